//! ptrace(2), by its requests.

use memory::Errno;

use super::data;
use super::look::{GONE, look_if_stopped};
use super::record::Go;
use super::resume::{listen, resume};
use super::tracees::tracees;
use super::{attach, host, options};
use crate::call::{Answer, Call, Stop, fail};
use crate::mem;

const TRACEME: u64 = 0;
const PEEKTEXT: u64 = 1;
const PEEKDATA: u64 = 2;
const POKETEXT: u64 = 4;
const POKEDATA: u64 = 5;
const CONT: u64 = 7;
const KILL: u64 = 8;
const ATTACH: u64 = 16;
const DETACH: u64 = 17;
const SYSCALL: u64 = 24;
const SETOPTIONS: u64 = 0x4200;
const GETEVENTMSG: u64 = 0x4201;
const GETSIGINFO: u64 = 0x4202;
const SETSIGINFO: u64 = 0x4203;
const GETREGSET: u64 = 0x4204;
const SETREGSET: u64 = 0x4205;
const SEIZE: u64 = 0x4206;
const INTERRUPT: u64 = 0x4207;
const LISTEN: u64 = 0x4208;
const GETSIGMASK: u64 = 0x420a;
const SETSIGMASK: u64 = 0x420b;
const GET_SYSCALL_INFO: u64 = 0x420e;

/// ptrace(2). What RISC-V does not have is `EIO`, as there: `PTRACE_SINGLESTEP` and `_SINGLEBLOCK`
/// (debuggers step by breakpoints), `_PEEKUSR`, `_GETREGS`, `_SYSEMU`; what only checkpoints need
/// too: `_SECCOMP_GET_FILTER`, `_GET_RSEQ_CONFIGURATION`, `_SET_SYSCALL_INFO`.
pub fn ptrace(call: &mut Call<'_>) -> Answer {
    let [request, pid, addr, data, ..] = call.args;
    let tid = pid as i32;
    match request {
        TRACEME => return attach::trace_me(call),
        ATTACH => return attach::attach(call, tid),
        SEIZE => return attach::seize(call, tid, addr, data),
        _ if !tracees().all.contains_key(&tid) => return Err(GONE.into()),
        KILL => return kill(tid),
        INTERRUPT => return attach::interrupt(tid),
        _ => {}
    }
    require_stopped(tid)?;
    match request {
        PEEKTEXT | PEEKDATA => peek(call, tid, addr, data),
        POKETEXT | POKEDATA => poke(tid, addr, data),
        CONT => resumed(resume(tid, Go::On, data)),
        SYSCALL => resumed(resume(tid, Go::ToCall, data)),
        DETACH => resumed(resume(tid, Go::Free, data)),
        LISTEN => resumed(listen(tid)),
        SETOPTIONS => set_options(tid, data),
        GETEVENTMSG => data::message(call, tid, data),
        GETSIGINFO => data::signal_info(call, tid, data),
        SETSIGINFO => data::set_signal_info(tid, data),
        GETREGSET => data::registers(call, tid, addr, data),
        SETREGSET => data::set_registers(call, tid, addr, data),
        host::PEEKSIGINFO => call.pass(libc::SYS_ptrace),
        GETSIGMASK => data::mask(call, tid, addr, data),
        SETSIGMASK => data::set_mask(tid, addr, data),
        GET_SYSCALL_INFO => data::call_info(call, tid, addr, data),
        _ => fail(libc::EIO),
    }
}

/// A tracee can be asked for things once it has stopped, waited for or not.
fn require_stopped(tid: i32) -> Result<(), Stop> {
    let stopped = || tracees().all.get(&tid).is_some_and(|tracee| tracee.stopped.is_some());
    if !stopped() {
        look_if_stopped(tid);
    }
    if stopped() { Ok(()) } else { Err(GONE.into()) }
}

fn resumed(result: Result<i64, Errno>) -> Answer {
    Ok(result?)
}

fn kill(tid: i32) -> Answer {
    let process = host::process_of(tid).ok_or(GONE)?;
    let signal = libc::SIGKILL as u64;
    Ok(crate::host::sys(libc::SYS_tgkill, [process as u64, tid as u64, signal])?)
}

/// process_vm_writev(2). A tracee hears of what was written when it goes on.
pub fn process_vm_writev(call: &mut Call<'_>) -> Answer {
    const MOST: u64 = 1024;
    let [pid, _, _, places, count, _] = call.args;
    let written = call.pass(libc::SYS_process_vm_writev)?;
    for n in 0..if super::tracees::any() { count.min(MOST) } else { 0 } {
        let Ok([start, len]) = mem::read::<[u64; 2]>(places.wrapping_add(16 * n)) else { break };
        super::wrote(pid as i32, start, start.saturating_add(len));
    }
    Ok(written)
}

fn peek(call: &Call<'_>, tid: i32, addr: u64, to: u64) -> Answer {
    call.write(to, &host::peek(tid, addr)?)?;
    Ok(0)
}

fn poke(tid: i32, addr: u64, word: u64) -> Answer {
    host::poke(tid, addr, word)?;
    super::wrote(tid, addr, addr.saturating_add(8));
    Ok(0)
}

fn set_options(tid: i32, wanted: u64) -> Answer {
    if wanted & !options::KNOWN != 0 {
        return fail(libc::EINVAL);
    }
    host::set_options(tid, wanted)?;
    if let Some(tracee) = tracees().all.get_mut(&tid) {
        tracee.options = wanted;
    }
    Ok(0)
}
