//! A new thread of the process.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lending::Mutex;
use memory::Errno;
use runtime::borrowers::{self, Child};
use runtime::clone::{CloneArgs, INTO_CGROUP};
use runtime::{Process, Vcpu, threads};

use super::{bits, child_state, clear_tid};
use crate::call::{Answer, Call, fail};
use crate::host::sys;
use crate::mem;
use crate::ptrace;
use crate::thread::{Thread, ended};

/// What a thread shares with its maker unless it is told not to, and the host's threads do: a
/// flag that is not set is made up for by unshare(2).
const SHARED: u64 = bits(libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SYSVSEM);
/// Namespaces that a thread can have for itself.
const SPACES: u64 = bits(
    libc::CLONE_NEWNS
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWCGROUP,
);
/// `PIDFD_THREAD`.
const PIDFD_THREAD: u64 = libc::O_EXCL as u64;

/// Starts it.
pub fn start(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    if args.has(libc::CLONE_NEWUSER) || args.has(libc::CLONE_NEWPID) {
        return fail(libc::EINVAL);
    }
    if call.thread().vfork_child {
        return beside_borrower(call, args);
    }
    // The host's library makes our threads, so they take the next id and stay in their cgroup.
    if args.set_tid_size != 0 {
        return fail(libc::EPERM);
    }
    if args.flags & INTO_CGROUP != 0 {
        return fail(libc::EOPNOTSUPP);
    }
    let process = call.process();
    if args.has(libc::CLONE_PIDFD) && !writable(process, args.pidfd) {
        return fail(libc::EFAULT);
    }
    if args.flags & bits(libc::CLONE_FILES) == 0 {
        call.linux.fds.pin();
    }
    let state = child_state(args, call.vcpu);
    let trace = ptrace::child(call.vcpu, args);
    let parent = call.thread();
    let mask = parent.mask;
    let shared = Arc::clone(&parent.shared);
    let mut child = Thread::new(mask, Arc::clone(&shared), parent.seccomp.inherited());
    let seccomp = Arc::clone(&child.seccomp);
    child.clear_tid = clear_tid(args);
    child.hello = trace.as_ref().map(|_| ptrace::Hello::Made);
    let ids = Arc::new(Ids::of(args));
    child.ids = Some(Arc::clone(&ids));
    let first = first(process, args, trace.is_some());
    child.trace = trace;
    shared.live.fetch_add(1, Ordering::AcqRel);
    let result = threads::spawn(process, state, Box::new(child), mask, first, ended);
    if result.is_err() {
        shared.live.fetch_sub(1, Ordering::AcqRel);
    }
    let tid = result?;
    seccomp.belongs_to(tid);
    ids.tell_maker(process, tid);
    ptrace::event(call.linux, call.vcpu, ptrace::event_of(args), tid as u64);
    Ok(tid as i64)
}

/// What its maker waits for: that there may turn out to be no thread, or that a tracer is to be told of it.
fn first<'a>(
    process: &'static Process,
    args: &'a CloneArgs,
    traced: bool,
) -> Option<threads::First<'a>> {
    let apart = (!args.flags & SHARED) | (args.flags & SPACES);
    let plain = apart == 0 && !args.has(libc::CLONE_PIDFD) && !traced;
    let first = move |tid| set_apart(process, args, apart, tid);
    (!plain).then(|| Box::new(first) as threads::First<'a>)
}

/// Where a thread's id is to be. Its maker's place has it before either goes on, so whoever comes first writes it; and nobody
/// does later, as the place may be the one that is cleared at the thread's end.
pub struct Ids {
    /// `CLONE_PARENT_SETTID`, until it was written.
    maker: Mutex<Option<u64>>,
    /// `CLONE_CHILD_SETTID`.
    own: Option<u64>,
}

impl Ids {
    fn of(args: &CloneArgs) -> Ids {
        let place = |flag, addr| args.has(flag).then_some(addr);
        Ids {
            maker: Mutex::of_one_process(place(libc::CLONE_PARENT_SETTID, args.parent_tid)),
            own: place(libc::CLONE_CHILD_SETTID, args.child_tid),
        }
    }
    fn tell_maker(&self, process: &Process, tid: i32) {
        let mut maker = self.maker.lock();
        if let Some(addr) = maker.take() {
            write_id(process, addr, tid);
        }
    }
}

/// In the new thread, before its guest code.
pub fn begin(vcpu: &mut Vcpu) {
    let Some(ids) = Thread::of(vcpu).ids.take() else { return };
    let (process, tid) = (vcpu.process, vcpu.tid);
    Thread::of(vcpu).seccomp.belongs_to(tid);
    ids.tell_maker(process, tid);
    if let Some(addr) = ids.own {
        write_id(process, addr, tid);
    }
}

/// As the kernel, which does not mind a place that is none.
fn write_id(process: &Process, addr: u64, tid: i32) {
    let _ = mem::write(process, addr, &tid);
}

/// Another thread of a child in its maker's memory: it has a lender too, and is the kernel's to make.
fn beside_borrower(call: &mut Call<'_>, args: &CloneArgs) -> Answer {
    let state = child_state(args, call.vcpu);
    let trace = ptrace::child(call.vcpu, args);
    let parent = call.thread();
    let shared = Arc::clone(&parent.shared);
    let mut ext = Thread::new(parent.mask, Arc::clone(&shared), parent.seccomp.inherited());
    let seccomp = Arc::clone(&ext.seccomp);
    ext.vfork_child = true;
    ext.clear_tid = clear_tid(args);
    ext.hello = trace.as_ref().map(|_| ptrace::Hello::Made);
    ext.trace = trace;
    shared.live.fetch_add(1, Ordering::AcqRel);
    let child = Child { state, ext: Box::new(ext), left: crate::thread::clear_tid };
    let result = borrowers::share(call.vcpu, args, child);
    if result.is_err() {
        shared.live.fetch_sub(1, Ordering::AcqRel);
    }
    let tid = result?;
    seccomp.belongs_to(tid);
    ptrace::event(call.linux, call.vcpu, ptrace::event_of(args), tid as u64);
    Ok(tid as i64)
}

/// Not every fault can be survived before the thread is registered.
fn writable(process: &Process, addr: u64) -> bool {
    process.memory.prot_at(addr).is_some_and(|p| p.is_write())
}

/// In the new thread, before its maker goes on: what it is not to share, and its descriptor where asked.
fn set_apart(
    process: &'static Process,
    args: &CloneArgs,
    apart: u64,
    tid: i32,
) -> Result<(), Errno> {
    let pidfd = match args.has(libc::CLONE_PIDFD) {
        true => Some(sys(libc::SYS_pidfd_open, [tid as u64, PIDFD_THREAD])?),
        false => None,
    };
    let unshared = sys(libc::SYS_unshare, [apart]);
    let Some(fd) = pidfd else { return unshared.map(drop) };
    if unshared.is_err() || args.flags & bits(libc::CLONE_FILES) == 0 {
        let _ = sys(libc::SYS_close, [fd as u64]);
    }
    unshared?;
    if writable(process, args.pidfd) {
        process.open_to_writes(args.pidfd, args.pidfd + 4);
        let _ = mem::write(process, args.pidfd, &(fd as i32));
    }
    Ok(())
}
