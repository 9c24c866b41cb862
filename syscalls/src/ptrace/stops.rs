//! The occasions at which a traced thread stops. Each is nothing for a thread that is not traced.

use runtime::clone::CloneArgs;
use runtime::{Flow, SigInfo, Vcpu, tracing};

use super::record::{Kind, Record};
use super::stop::{self, Trace, record_of, stop};
use super::{events, options};
use crate::abi::regs::{self, arg};
use crate::abi::regsets::AT_RESULT;
use crate::calls::exit::End;
use crate::host::{getpid, sys};
use crate::linux::Linux;
use crate::signals;
use crate::thread::Thread;

/// A thread that stops before its first instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hello {
    /// It was made by a traced thread.
    Made,
    /// It was a traced thread of another program.
    Executed,
}

/// `si_code`s of signals that the kernel sends on behalf of a process.
const SI_USER: i32 = 0;
const CLONE_PTRACE: i32 = libc::CLONE_PTRACE;

fn trace(vcpu: &mut Vcpu) -> Option<&mut Trace> {
    Thread::of(vcpu).trace.as_mut()
}

fn wants(vcpu: &mut Vcpu, event: u64) -> bool {
    trace(vcpu).is_some_and(|trace| trace.options & options::of(event) != 0)
}

/// A signal as if this process had sent it with kill(2).
fn own_signal(signo: i32) -> SigInfo {
    let mut info = SigInfo::fault(signo, SI_USER, 0);
    let user = sys(libc::SYS_getuid, []).unwrap_or(0) as u64;
    info.fields[0] = getpid() as u64 | user << 32;
    info
}

/// The signal with which the tracer lets the thread go on where `info` was to be delivered.
pub fn signal(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Option<SigInfo> {
    if trace(vcpu).is_none() {
        return Some(*info);
    }
    let record = Record { info: *info, ..record_of(vcpu, Kind::Signal) };
    match stop(linux, vcpu, &record) {
        None => Some(*info),
        Some(answered) if answered.signal == 0 => None,
        Some(answered) if answered.signal == answered.info.signo as u64 => Some(answered.info),
        Some(answered) => {
            let mut info = SigInfo::fault(answered.signal as i32, SI_USER, 0);
            info.fields[0] = answered.message;
            Some(info)
        }
    }
}

/// What the runtime remembered came through the tracer: a signal, which it gives then, or a request
/// to stop, which is done.
pub fn take_from_tracer(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> Option<SigInfo> {
    let carried = tracing::carries(info);
    let asked = info.signo == libc::SIGTRAP && info.code == tracing::ASK;
    if !asked && carried.is_none() {
        return Some(*info);
    }
    linux.look_at_calls();
    Thread::of(vcpu).trace.get_or_insert_with(|| Trace::new(0, true, false));
    if asked {
        let record = record_of(vcpu, Kind::Asked);
        stop(linux, vcpu, &record);
    }
    carried
}

/// A signal whose default action is to stop the process, of a traced thread; false for others.
pub fn group_stop(linux: &Linux, vcpu: &mut Vcpu, info: &SigInfo) -> bool {
    const STOPPING: [i32; 4] = [libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];
    let stops = STOPPING.contains(&info.signo) && trace(vcpu).is_some();
    if stops {
        let record = Record { info: *info, ..record_of(vcpu, Kind::Group) };
        stop::stop_group(linux, vcpu, info.signo, &record);
    }
    stops
}

/// A system call is about to be made: the tracer may change it. The first argument, if so: the
/// registers have no place for it besides the result. `Err` if the call is not to be made.
pub fn before_call(linux: &Linux, vcpu: &mut Vcpu) -> Result<(), Flow> {
    if !trace(vcpu).is_some_and(|trace| trace.calls) {
        return Ok(());
    }
    let first = vcpu.state.get(arg(0));
    let call = call_of(vcpu);
    let mut record = Record { call, ..record_of(vcpu, Kind::Entry) };
    record.regs[AT_RESULT] = -libc::ENOSYS as i64 as u64;
    let Some(answered) = stop(linux, vcpu, &record) else { return Ok(()) };
    send(vcpu, &answered);
    if regs::number(&vcpu.state) as i32 == -1 {
        regs::set_result(&mut vcpu.state, answered.regs[AT_RESULT] as i64);
        return Err(after_call(linux, vcpu, Flow::Continue));
    }
    vcpu.state.set(arg(0), first);
    Ok(())
}

fn call_of(vcpu: &Vcpu) -> [u64; 7] {
    let [a, b, c, d, e, f] = regs::args(&vcpu.state);
    [regs::number(&vcpu.state), a, b, c, d, e, f]
}

/// The signal with which a thread goes on from a system call is sent to it.
fn send(vcpu: &Vcpu, answered: &Record) {
    if answered.signal != 0 {
        let args = [getpid() as u64, vcpu.tid as u64, answered.signal];
        let _ = sys(libc::SYS_tgkill, args);
    }
}

/// A system call was made.
pub fn after_call(linux: &Linux, vcpu: &mut Vcpu, flow: Flow) -> Flow {
    if flow == Flow::Continue && trace(vcpu).is_some_and(|trace| trace.calls) {
        let result = vcpu.state.get(arg(0));
        let record = Record { result, call: call_of(vcpu), ..record_of(vcpu, Kind::Leave) };
        if let Some(answered) = stop(linux, vcpu, &record) {
            send(vcpu, &answered);
        }
    }
    flow
}

/// An event, if the tracer wants to be told.
pub fn event(linux: &Linux, vcpu: &mut Vcpu, event: u64, message: u64) {
    if wants(vcpu, event) {
        let record = Record { event, message, ..record_of(vcpu, Kind::Event) };
        stop(linux, vcpu, &record);
    }
}

/// A filter of system calls wants the tracer to see the call; false if it can't.
pub fn seccomp(linux: &Linux, vcpu: &mut Vcpu, datum: u32) -> bool {
    let wants = wants(vcpu, events::SECCOMP);
    if wants {
        let (event, message, call) = (events::SECCOMP, datum as u64, call_of(vcpu));
        let first = vcpu.state.get(arg(0));
        let mut record = Record { event, message, call, ..record_of(vcpu, Kind::Event) };
        record.regs[AT_RESULT] = -libc::ENOSYS as i64 as u64;
        if let Some(answered) = stop(linux, vcpu, &record)
            && regs::number(&vcpu.state) as i32 == -1
        {
            regs::set_result(&mut vcpu.state, answered.regs[AT_RESULT] as i64);
        } else {
            vcpu.state.set(arg(0), first);
        }
    }
    wants
}

/// Which event a child is.
pub fn event_of(args: &CloneArgs) -> u64 {
    match () {
        () if args.has(libc::CLONE_VFORK) => events::VFORK,
        () if args.exit_signal == libc::SIGCHLD as u64 => events::FORK,
        () => events::CLONE,
    }
}

/// What a child that a thread makes is traced as, if it is.
pub fn child(vcpu: &mut Vcpu, args: &CloneArgs) -> Option<Trace> {
    if args.has(libc::CLONE_UNTRACED) {
        return None;
    }
    let wanted = wants(vcpu, event_of(args)) || args.has(CLONE_PTRACE);
    let parent = trace(vcpu).filter(|_| wanted)?;
    Some(Trace::new(parent.options, parent.seized, false))
}

/// True if the tracer is to be told of a child whose maker waits for it.
pub fn stops_vfork(vcpu: &mut Vcpu) -> bool {
    wants(vcpu, events::VFORK)
}

/// A child is about to be made whose maker waits until it has ended or executes a program: the stop
/// is the host's own.
pub fn vfork_starts(vcpu: &mut Vcpu) {
    if wants(vcpu, events::VFORK) {
        let record = Record { event: events::VFORK, ..record_of(vcpu, Kind::Event) };
        stop::leave(vcpu, &record);
    }
}

/// It has ended, or executes a program.
pub fn vfork_done(linux: &Linux, vcpu: &mut Vcpu, pid: i32) {
    if wants(vcpu, events::VFORK)
        && let Some(answered) = stop::answer(vcpu)
    {
        stop::obey(linux, vcpu, answered);
    }
    event(linux, vcpu, events::VFORK_DONE, pid as u64);
}

/// The thread is about to end. (Ends that others bring about are the host's to tell of.)
pub fn ends(linux: &Linux, vcpu: &mut Vcpu, end: End) {
    let message = match end {
        End::Status(status) => (status as u64 & 0xff) << 8,
        End::Signal(signo) => signo as u64,
    };
    event(linux, vcpu, events::EXIT, message);
}

/// The thread is about to run its first instruction.
pub fn start(linux: &Linux, vcpu: &mut Vcpu) -> Flow {
    match Thread::of(vcpu).hello.take() {
        None => Flow::Continue,
        Some(Hello::Made) => made(linux, vcpu),
        Some(Hello::Executed) => executed(linux, vcpu),
    }
}

fn made(linux: &Linux, vcpu: &mut Vcpu) -> Flow {
    let Some(trace) = trace(vcpu) else { return Flow::Continue };
    if !trace.seized {
        return signals::deliver(linux, vcpu, &own_signal(libc::SIGSTOP));
    }
    let record = Record { event: events::STOP, ..record_of(vcpu, Kind::Event) };
    stop(linux, vcpu, &record);
    Flow::Continue
}

fn executed(linux: &Linux, vcpu: &mut Vcpu) -> Flow {
    const EXECVE: u64 = 221;
    let told = wants(vcpu, events::EXEC);
    event(linux, vcpu, events::EXEC, 0);
    let number = regs::number(&vcpu.state);
    regs::set_number(&mut vcpu.state, EXECVE);
    let flow = after_call(linux, vcpu, Flow::Continue);
    if regs::number(&vcpu.state) == EXECVE {
        regs::set_number(&mut vcpu.state, number);
    }
    if told || trace(vcpu).is_none_or(|trace| trace.seized) {
        return flow;
    }
    signals::deliver(linux, vcpu, &own_signal(libc::SIGTRAP))
}
