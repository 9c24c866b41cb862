//! Guest processes as host processes: children with memory of their own. Those in their maker's
//! memory are in [`crate::borrowers`].
#![allow(unsafe_code, reason = "fork")]

use std::sync::atomic::Ordering;

use memory::Errno;

use crate::clone::CloneArgs;
use crate::threads::gettid;
use crate::{Vcpu, signals, substitute};

/// Forks the process; only the calling thread exists in the child. Gives 0 there. Of `args`,
/// the guest's registers and the child's own places are the caller's business.
pub fn fork(vcpu: &mut Vcpu, args: &CloneArgs) -> Result<i32, Errno> {
    let process = vcpu.process;
    let mask = signals::block_all();
    let lent = lending::is_lent();
    let cache = process.cache.lock();
    let memory = process.memory.freeze();
    let mut threads = process.threads.lock();
    let mut args = args.for_host();
    if threads.len() > 1 {
        // The others must not find our locks held for as long as the child likes.
        args = args.dropping(libc::CLONE_VFORK as u64);
    }
    let pid = if args.is_fork() && !lent {
        // SAFETY: libc's fork keeps its allocator usable in the child; our own locks are held
        // here and released on both sides.
        unsafe { libc::fork() }
    } else {
        substitute::fork(&args)
    };
    let error = std::io::Error::last_os_error().raw_os_error();
    if pid == 0 {
        vcpu.tid = gettid();
        vcpu.cell.tid.store(vcpu.tid, Ordering::Relaxed);
        vcpu.times.forget();
        ir::reserve::reset_after_fork();
        lending::reset();
        threads.keep(&vcpu.cell);
    }
    drop(threads);
    drop(memory);
    drop(cache);
    signals::set_host_mask(mask);
    if pid < 0 { Err(Errno(error.unwrap_or(libc::EAGAIN))) } else { Ok(pid) }
}
