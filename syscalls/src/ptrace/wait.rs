//! wait4(2), waitid(2): stops of traced threads that are none of the guest's are not told.

use runtime::{SigInfo, borrowers};

use super::look::{look, look_at_others};
use super::tracees::{self, tracees};
use crate::call::{Answer, Call, Stop, fail};
use crate::calls::usage;
use crate::mem;
use crate::usage::UNUSED;

const STOPPED: i32 = 0x7f;
const CONTINUED: i32 = 0xffff;
const CLD_EXITED: i32 = 1;
const CLD_DUMPED: i32 = 3;
const CLD_TRAPPED: i32 = 4;
const CLD_STOPPED: i32 = 5;

/// wait4(2).
pub fn wait4(call: &mut Call<'_>) -> Answer {
    let [pid, status_at, options, usage_at, ..] = call.args;
    loop {
        let (mut status, mut usage) = (0i32, UNUSED);
        let usage_to = usage.as_mut_ptr() as u64;
        let args = [pid, &raw mut status as u64, options, usage_to, 0, 0];
        let found = wait(call, libc::SYS_wait4, args, 2, one(pid))?;
        if found != 0 {
            let tid = found as i32;
            let gone = status & 0xff != STOPPED && status != CONTINUED;
            usage::childs(call, &mut usage, tid, gone);
            let Some(told) = told(call, tid, status) else { continue };
            if status_at != 0 {
                call.write(status_at, &told)?;
            }
        }
        if usage_at != 0 && found != 0 {
            call.write(usage_at, &usage)?;
        }
        return Ok(found);
    }
}

/// The one child that wait4(2)'s first argument names.
fn one(pid: u64) -> Option<i32> {
    Some(pid as i32).filter(|pid| *pid > 0)
}

/// What the guest is told where the host says `status`; `None` if nothing.
fn told(call: &Call<'_>, tid: i32, status: i32) -> Option<i32> {
    match status {
        CONTINUED => Some(status),
        _ if status & 0xff == STOPPED => look(tid, status >> 8).map(|code| code << 8 | STOPPED),
        _ => {
            borrowers::has_ended(call.process(), tid);
            (!tracees::any() || tracees().ended(tid)).then_some(status)
        }
    }
}

/// waitid(2).
pub fn waitid(call: &mut Call<'_>) -> Answer {
    let [kind, id, info_at, options, usage_at, _] = call.args;
    loop {
        let (mut info, mut usage) = (SigInfo::zeroed(), UNUSED);
        let usage_to = usage.as_mut_ptr() as u64;
        let args = [kind, id, &raw mut info as u64, options, usage_to, 0];
        let named = (kind == libc::P_PID as u64).then_some(id as i32);
        wait(call, libc::SYS_waitid, args, 3, named)?;
        if info.signo != 0 {
            let keep = options & libc::WNOWAIT as u64 != 0;
            let gone = !keep && (CLD_EXITED..=CLD_DUMPED).contains(&info.code);
            usage::childs(call, &mut usage, info.fields[0] as i32, gone);
            let Some(told) = told_by_info(call, &info, keep) else { continue };
            info = told;
        }
        if usage_at != 0 && info.signo != 0 {
            call.write(usage_at, &usage)?;
        }
        return write_info(call, info_at, &info);
    }
}

fn told_by_info(call: &Call<'_>, info: &SigInfo, keep: bool) -> Option<SigInfo> {
    let mut told = *info;
    let tid = info.fields[0] as u32 as i32;
    match info.code {
        CLD_TRAPPED | CLD_STOPPED => {
            let status = look(tid, info.fields[1] as i32)?;
            told.fields[1] = info.fields[1] & !(u32::MAX as u64) | status as u64;
        }
        CLD_EXITED..=CLD_DUMPED => {
            borrowers::has_ended(call.process(), tid);
            if !keep && tracees::any() && !tracees().ended(tid) {
                return None;
            }
        }
        _ => {}
    }
    Some(told)
}

/// The part of `siginfo_t` that waitid(2) writes.
fn write_info(call: &Call<'_>, at: u64, info: &SigInfo) -> Answer {
    const PARTS: [std::ops::Range<usize>; 2] = [0..12, 16..28];
    if at != 0 {
        let bytes = mem::bytes_of(info);
        for part in PARTS {
            mem::write_bytes(call.process(), at + part.start as u64, &bytes[part])?;
        }
    }
    Ok(0)
}

/// The host's call. One that waits for a certain thread may not return before others go on that
/// are held up by stops which only this process can end.
fn wait(call: &mut Call<'_>, nr: i64, args: [u64; 6], at: usize, one: Option<i32>) -> Answer {
    let waits = args[at] & libc::WNOHANG as u64 == 0;
    let Some(tid) = one.filter(|tid| tracees::any() && traces_others(*tid)) else {
        return call.block_with(nr, args);
    };
    let mut poll = args;
    poll[at] |= libc::WNOHANG as u64;
    let mut pause = 50_000;
    loop {
        look_at_others(tid);
        let found = call.block_with(nr, poll)?;
        if found != 0 || !waits || has_found(&args, nr) {
            return Ok(found);
        }
        nap(call, pause)?;
        pause = (pause * 2).min(2_000_000);
    }
}

fn traces_others(than: i32) -> bool {
    tracees().all.iter().any(|(tid, tracee)| *tid != than && tracee.stopped.is_none())
}

/// True if waitid(2) has found something: it returns 0 in any case.
fn has_found(args: &[u64; 6], nr: i64) -> bool {
    nr == libc::SYS_waitid && mem::read::<u32>(args[2]).is_ok_and(|signo| signo != 0)
}

/// Sleeps for some nanoseconds, or up to a signal.
fn nap(call: &mut Call<'_>, nanoseconds: u64) -> Answer {
    let time = [0u64, nanoseconds];
    let args = [&raw const time as u64, 0, 0, 0, 0, 0];
    match call.block_with(libc::SYS_nanosleep, args) {
        Err(Stop::Errno(_)) => fail(libc::EINTR),
        other => other,
    }
}
