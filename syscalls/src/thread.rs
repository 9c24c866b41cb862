//! What Linux keeps for a guest thread, and for the threads that share a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guest::access;
use lending::{Mutex, MutexGuard};
use runtime::host::syscall_raw;
use runtime::signals::bit;
use runtime::{SigInfo, Vcpu};

use crate::calls::clone::Ids;
use crate::calls::exit::End;
use crate::mem;
use crate::proc::standing;
use crate::ptrace::{Hello, Trace};
use crate::seccomp::{self, Seccomp};
use crate::signals::{Actions, AltStack};
use crate::usage;
use crate::user_dispatch::UserDispatch;

/// Shared by the threads of a process; a vfork child has its own.
pub struct Shared {
    actions: Arc<Mutex<Actions>>,
    /// Threads that have not ended.
    pub live: AtomicUsize,
    /// How the first thread ended, if it has.
    first_end: Mutex<Option<End>>,
    /// Their filters of system calls.
    pub seccomp: seccomp::Threads,
    /// What they used.
    pub usage: usage::Own,
}

impl Shared {
    pub fn new(actions: Actions, usage: usage::Own) -> Arc<Shared> {
        Shared::of(Arc::new(Mutex::of_one_process(actions)), usage)
    }
    /// Another process with the same actions.
    pub fn with_actions(&self, usage: usage::Own) -> Arc<Shared> {
        self.actions.share();
        Shared::of(Arc::clone(&self.actions), usage)
    }
    fn of(actions: Arc<Mutex<Actions>>, usage: usage::Own) -> Arc<Shared> {
        Arc::new(Shared {
            actions,
            live: AtomicUsize::new(1),
            first_end: Mutex::of_one_process(None),
            seccomp: seccomp::Threads::default(),
            usage,
        })
    }
    /// Remembers how the first thread ended.
    pub fn set_first_end(&self, end: End) {
        *self.lock_first_end() = Some(end);
    }
    /// How the first thread ended, if it has.
    pub fn first_end(&self) -> Option<End> {
        *self.lock_first_end()
    }
    /// In the child of a fork, whose first thread is the one that forked.
    pub fn forget_first_end(&self) {
        *self.lock_first_end() = None;
    }
    fn lock_first_end(&self) -> MutexGuard<'_, Option<End>> {
        self.first_end.lock()
    }
    /// What the guest does with each signal.
    pub fn actions(&self) -> MutexGuard<'_, Actions> {
        self.actions.lock()
    }
}

/// A guest thread: the `ext` of its `Vcpu`.
pub struct Thread {
    /// Blocked signals, all 64.
    pub mask: u64,
    /// The mask before a call that replaced it for its duration, until a handler's frame has it.
    pub saved_mask: Option<u64>,
    /// sigaltstack(2).
    pub altstack: AltStack,
    /// set_tid_address(2): cleared, and waiters woken, at the thread's end.
    pub clear_tid: u64,
    /// Where its id is to be written before its first instruction.
    pub ids: Option<Arc<Ids>>,
    /// set_robust_list(2): the head.
    pub robust_list: u64,
    /// Synchronous signals that were sent while blocked: the host does not block them.
    pub pending: Vec<SigInfo>,
    /// True in a child that runs in its parent's memory.
    pub vfork_child: bool,
    /// How it is traced (ptrace(2)), if it is.
    pub trace: Option<Trace>,
    /// It stops for its tracer before its first instruction.
    pub hello: Option<Hello>,
    /// The first argument of a call that signals ended which may turn out not to be delivered.
    pub interrupted: Option<u64>,
    /// Its filters of system calls.
    pub seccomp: Arc<Seccomp>,
    /// Which of them it makes itself.
    pub user_dispatch: Option<UserDispatch>,
    pub shared: Arc<Shared>,
}

impl Thread {
    pub fn new(mask: u64, shared: Arc<Shared>, seccomp: Arc<Seccomp>) -> Thread {
        shared.seccomp.add(&seccomp);
        Thread {
            mask,
            saved_mask: None,
            altstack: AltStack::NONE,
            clear_tid: 0,
            ids: None,
            robust_list: 0,
            pending: Vec::new(),
            vfork_child: false,
            trace: None,
            hello: None,
            interrupted: None,
            seccomp,
            user_dispatch: None,
            shared,
        }
    }

    /// The thread of a `Vcpu`.
    ///
    /// # Panics
    /// If its `ext` was not made by this crate.
    pub fn of(vcpu: &mut Vcpu) -> &mut Thread {
        vcpu.ext.downcast_mut().expect("a thread's ext is syscalls::Thread")
    }

    /// The signals in `pending`, a bit each.
    pub fn pending_set(&self) -> u64 {
        self.pending.iter().fold(0, |set, info| set | bit(info.signo))
    }

    /// One thread fewer in the process; true for the last.
    pub fn leave(&self) -> bool {
        self.shared.live.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

/// What the kernel does when a thread ends: its robust futexes are marked, its id is cleared.
/// The host's kernel can't do it, since the host thread outlives what the guest may free then.
pub fn ended(vcpu: &mut Vcpu) {
    let tid = vcpu.tid;
    standing::leave(tid);
    let thread = Thread::of(vcpu);
    let list = thread.robust_list;
    if list != 0 {
        // The host must not walk the list again.
        let _ = syscall_raw(libc::SYS_set_robust_list as u64, [0, ROBUST_HEAD_LEN, 0, 0, 0, 0]);
        release_robust(list, tid as u32);
    }
    clear_tid(vcpu);
}

/// The thread's id is cleared, once.
pub fn clear_tid(vcpu: &mut Vcpu) {
    let clear = std::mem::take(&mut Thread::of(vcpu).clear_tid);
    if clear != 0 && mem::write(vcpu.process, clear, &0u32).is_ok() {
        wake(clear, 1);
    }
}

/// `sizeof(struct robust_list_head)`.
pub const ROBUST_HEAD_LEN: u64 = 24;
const ROBUST_LIST_LIMIT: usize = 2048;

/// Marks the futexes of a dead thread's robust list; see get_robust_list(2).
fn release_robust(head: u64, tid: u32) {
    let word = |n: u64| access::load_u64(head.wrapping_add(8 * n));
    let (Ok(first), Ok(offset), Ok(pending)) = (word(0), word(1), word(2)) else { return };
    let mut entry = first;
    for _ in 0..ROBUST_LIST_LIMIT {
        if entry & !1 == head {
            break;
        }
        let Ok(next) = access::load_u64(entry & !1) else { return };
        if entry != pending {
            mark_dead((entry & !1).wrapping_add(offset), tid);
        }
        entry = next;
    }
    if pending & !1 != 0 {
        mark_dead((pending & !1).wrapping_add(offset), tid);
    }
}

fn mark_dead(futex: u64, tid: u32) {
    while let Ok(value) = access::load_u32(futex) {
        let value = value as u32;
        if value & libc::FUTEX_TID_MASK != tid {
            return;
        }
        let dead = (value & libc::FUTEX_WAITERS) | libc::FUTEX_OWNER_DIED;
        match access::cas_u32(futex, value, dead) {
            Ok(old) if old == value => {
                if value & libc::FUTEX_WAITERS != 0 {
                    wake(futex, 1);
                }
                return;
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn wake(futex: u64, count: u64) {
    let args = [futex, libc::FUTEX_WAKE as u64, count, 0, 0, 0];
    let _ = syscall_raw(libc::SYS_futex as u64, args);
}
