//! prctl(2).

use std::sync::atomic::Ordering;

use super::seccomp;
use crate::call::{Answer, Call, fail};
use crate::mem;
use crate::proc::names;
use crate::user_dispatch;

const PR_GET_AUXV: i32 = 0x4155_5856;
const PR_SET_SYSCALL_USER_DISPATCH: i32 = 59;
const PR_SET_TAGGED_ADDR_CTRL: i32 = 55;
const PR_GET_TAGGED_ADDR_CTRL: i32 = 56;
const PR_SET_MDWE: i32 = 65;
const PR_GET_MDWE: i32 = 66;
const PR_RISCV_V_SET_CONTROL: i32 = 69;
const PR_RISCV_V_GET_CONTROL: i32 = 70;
const PR_RISCV_SET_ICACHE_FLUSH_CTX: i32 = 71;

/// prctl(2). Refused is what would change how the translator itself runs, or what a machine
/// without vectors and pointer masks does not know.
pub fn prctl(call: &mut Call<'_>) -> Answer {
    match call.int(0) {
        PR_GET_AUXV => get_auxv(call),
        libc::PR_SET_MM => set_mm(call),
        libc::PR_GET_SECCOMP => Ok(call.thread().seccomp.mode() as i64),
        libc::PR_SET_SECCOMP => seccomp::by_prctl(call),
        libc::PR_GET_TID_ADDRESS => {
            let at = call.thread().clear_tid;
            call.write(call.args[1], &at)?;
            Ok(0)
        }
        PR_RISCV_SET_ICACHE_FLUSH_CTX => set_icache_flush(call),
        PR_SET_SYSCALL_USER_DISPATCH => user_dispatch::set(call),
        PR_SET_MDWE => set_write_exec(call),
        PR_GET_MDWE => get_write_exec(call),
        libc::PR_SET_TSC
        | libc::PR_GET_TSC
        | PR_SET_TAGGED_ADDR_CTRL
        | PR_GET_TAGGED_ADDR_CTRL
        | PR_RISCV_V_SET_CONTROL
        | PR_RISCV_V_GET_CONTROL => fail(libc::EINVAL),
        _ => call.pass(libc::SYS_prctl),
    }
}

/// Whether `fence.i` of one processor is enough for a thread, or a process, wherever it runs; see
/// the kernel's `cmodx.rst`. Every fence here is for all of them.
fn set_icache_flush(call: &Call<'_>) -> Answer {
    const OFF: u64 = 1;
    const PER_THREAD: u64 = 1;
    let [_, context, scope, ..] = call.args;
    if context > OFF || scope > PER_THREAD { fail(libc::EINVAL) } else { Ok(0) }
}

/// `PR_SET_MDWE`. The host's kernel would hold the translator to it; what is set stays.
fn set_write_exec(call: &Call<'_>) -> Answer {
    const REFUSE: u64 = 1;
    const NOT_INHERITED: u64 = 1 | 2;
    let [_, bits, rest @ ..] = call.args;
    if rest[..3] != [0; 3] || !matches!(bits, 0 | REFUSE | NOT_INHERITED) {
        return fail(libc::EINVAL);
    }
    let state = &call.process().memory.limits.write_exec;
    let before = state.load(Ordering::Relaxed);
    if before != 0 && before != bits {
        return fail(libc::EPERM);
    }
    state.store(bits, Ordering::Relaxed);
    Ok(0)
}

/// `PR_GET_MDWE`.
fn get_write_exec(call: &Call<'_>) -> Answer {
    if call.args[1..5] != [0; 4] {
        return fail(libc::EINVAL);
    }
    Ok(call.process().memory.limits.write_exec.load(Ordering::Relaxed) as i64)
}

fn get_auxv(call: &mut Call<'_>) -> Answer {
    let [_, to, len, three, four, _] = call.args;
    if (three, four) != (0, 0) {
        return fail(libc::EINVAL);
    }
    let auxv = call.linux.image().auxv_bytes();
    mem::write_bytes(call.process(), to, &auxv[..auxv.len().min(len as usize)])?;
    Ok(auxv.len() as i64)
}

/// PR_SET_MM: where the program's parts lie. Its file and its heap stay as they are.
fn set_mm(call: &mut Call<'_>) -> Answer {
    const START_BRK: u64 = 6;
    const BRK: u64 = 7;
    const EXE_FILE: u64 = 13;
    const NO_FILE: u32 = u32::MAX;
    let [_, what, map, len, ..] = call.args;
    match what {
        START_BRK | BRK => fail(libc::EINVAL),
        // As Linux says while the program is mapped.
        EXE_FILE => fail(libc::EBUSY),
        names::PR_SET_MM_MAP if len == names::MAP_LEN => {
            let mut map: names::Map = mem::read(map)?;
            if map.exe_fd != NO_FILE {
                return fail(libc::EBUSY);
            }
            map.heap = names::host_heap()?;
            names::set(&map)?;
            Ok(0)
        }
        _ => call.pass(libc::SYS_prctl),
    }
}
