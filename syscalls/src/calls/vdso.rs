//! The functions of the guest's vDSO, by the host's; see vdso(7).
#![allow(unsafe_code, reason = "libc's clock functions, which use the host's vDSO")]

use guest::access;
use runtime::{Flow, Process, Vcpu};

use crate::abi::regs::{self, SYSCALL_LEN};
use crate::mem::{self, Plain};

/// Function `number` of the vDSO, for the instruction at `pc`.
pub fn host_call(vcpu: &mut Vcpu, number: u16) -> Flow {
    let args = regs::args(&vcpu.state);
    let result = match number {
        1 => clock_gettime(vcpu.process, args[0], args[1]),
        2 => gettimeofday(vcpu.process, args[0], args[1]),
        3 => getcpu(vcpu.process, args[0], args[1]),
        4 => clock_getres(vcpu.process, args[0], args[1]),
        _ => -libc::ENOSYS as i64,
    };
    regs::set_result(&mut vcpu.state, result);
    vcpu.state.pc += SYSCALL_LEN;
    Flow::Continue
}

/// clock_gettime(2), which programs call most: false, with nothing changed, if it goes the long
/// way.
pub fn quick(vcpu: &mut Vcpu, number: u16) -> bool {
    let [clock, to, ..] = regs::args(&vcpu.state);
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the structure, or fails.
    if number != 1 || unsafe { libc::clock_gettime(clock as i32, &mut time) } != 0 {
        return false;
    }
    let halves = [(to, time.tv_sec), (to.wrapping_add(8), time.tv_nsec)];
    if halves.into_iter().any(|(at, value)| access::store_u64(at, value as u64).is_err()) {
        return false;
    }
    regs::set_result(&mut vcpu.state, 0);
    vcpu.state.pc += SYSCALL_LEN;
    true
}

fn error() -> i64 {
    -std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL) as i64
}

/// Writes to `addr`, if there is one.
fn put<T: Plain>(process: &Process, addr: u64, value: &T) -> i64 {
    match addr {
        0 => 0,
        _ => mem::write(process, addr, value).map_or_else(|e| -e.0 as i64, |()| 0),
    }
}

fn clock_gettime(process: &Process, clock: u64, to: u64) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the structure, or fails.
    if unsafe { libc::clock_gettime(clock as i32, &mut time) } != 0 {
        return error();
    }
    mem::write(process, to, &time).map_or_else(|e| -e.0 as i64, |()| 0)
}

fn clock_getres(process: &Process, clock: u64, to: u64) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the structure, or fails.
    if unsafe { libc::clock_getres(clock as i32, &mut time) } != 0 {
        return error();
    }
    put(process, to, &time)
}

fn gettimeofday(process: &Process, to: u64, zone: u64) -> i64 {
    if zone != 0 {
        let args = [to, zone];
        return crate::host::sys(libc::SYS_gettimeofday, args).unwrap_or_else(|e| -e.0 as i64);
    }
    let mut time = libc::timeval { tv_sec: 0, tv_usec: 0 };
    // SAFETY: writes the structure.
    if unsafe { libc::gettimeofday(&mut time, std::ptr::null_mut()) } != 0 {
        return error();
    }
    put(process, to, &time)
}

fn getcpu(process: &Process, cpu: u64, node: u64) -> i64 {
    if node != 0 {
        let args = [cpu, node, 0];
        return crate::host::sys(libc::SYS_getcpu, args).unwrap_or_else(|e| -e.0 as i64);
    }
    // SAFETY: takes nothing.
    let on = unsafe { libc::sched_getcpu() };
    if on < 0 { error() } else { put(process, cpu, &on) }
}
