//! How a thread comes to be traced.

use memory::Errno;

use super::look::{GONE, ask};
use super::stop::Trace;
use super::tracees::{Tracee, tracees};
use super::{host, options};
use crate::call::{Answer, Call, fail};
use crate::host::sys;
use crate::proc::peer::Peer;

const EPERM: Errno = Errno(libc::EPERM);
const EIO: Errno = Errno(libc::EIO);

/// `PTRACE_TRACEME`.
pub fn trace_me(call: &mut Call<'_>) -> Answer {
    if call.thread().trace.is_some() {
        return fail(libc::EPERM);
    }
    let deferred = call.thread().vfork_child;
    if !deferred {
        host::trace_me()?;
    }
    call.linux.look_at_calls();
    call.thread().trace = Some(Trace { deferred, ..Trace::new(0, false, false) });
    Ok(0)
}

/// The program is about to be executed: a child whose maker waits until then is traced from here.
pub fn executes(call: &mut Call<'_>) {
    if let Some(trace) = &mut call.thread().trace
        && std::mem::take(&mut trace.deferred)
    {
        let _ = host::trace_me();
    }
}

/// `PTRACE_ATTACH`.
pub fn attach(call: &mut Call<'_>, tid: i32) -> Answer {
    take(call, tid, 0, false)?;
    let process = host::process_of(tid).unwrap_or(tid);
    sys(libc::SYS_tgkill, [process as u64, tid as u64, libc::SIGSTOP as u64])?;
    Ok(0)
}

/// `PTRACE_SEIZE`.
pub fn seize(call: &mut Call<'_>, tid: i32, addr: u64, wanted: u64) -> Answer {
    if addr != 0 || wanted & !options::KNOWN != 0 {
        return Err(EIO.into());
    }
    take(call, tid, wanted, true)?;
    if let Some(tracee) = tracees().all.get_mut(&tid) {
        ask(tid, tracee);
    }
    Ok(0)
}

/// A process that is no guest has nothing to show to one.
fn take(call: &mut Call<'_>, tid: i32, wanted: u64, seized: bool) -> Result<(), Errno> {
    let process = host::process_of(tid).ok_or(GONE)?;
    if Peer::find(call.linux, process).is_none() {
        return Err(EPERM);
    }
    let mut list = tracees();
    host::seize(tid, wanted)?;
    super::tracees::note_any();
    let tracee = Tracee { process, known: true, seized, options: wanted, ..Tracee::default() };
    list.all.insert(tid, tracee);
    Ok(())
}

/// `PTRACE_INTERRUPT`.
pub fn interrupt(tid: i32) -> Answer {
    let mut list = tracees();
    let tracee = list.all.get_mut(&tid).ok_or(GONE)?;
    if !tracee.seized {
        return Err(EIO.into());
    }
    tracee.interrupt = true;
    if tracee.listening {
        host::interrupt(tid)?;
    } else {
        ask(tid, tracee);
    }
    Ok(0)
}
