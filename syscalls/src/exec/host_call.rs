//! The host's execveat(2), and what it inherits.

use std::ffi::CStr;

use runtime::host::syscall_raw;
use runtime::signals::{SYNCHRONOUS, bit, set_host_mask, set_whole_mask};

use super::arguments::Word;
use crate::call::{Answer, Call, Stop};
use crate::host::checked;
use crate::ptrace;
use crate::signals::{SET_LEN, SIG_IGN};

/// The host's execveat(2). Comes back only with an error.
pub(super) fn execute(
    call: &mut Call<'_>,
    (dir, path, flags): (u64, &CStr, i32),
    words: &[Word],
    envp: u64,
) -> Answer {
    let mut argv: Vec<u64> = words.iter().map(Word::pointer).collect();
    argv.push(0);
    let empty = 0u64;
    let envp = if envp == 0 { &raw const empty as u64 } else { envp };
    let args = [dir, path.as_ptr() as u64, argv.as_ptr() as u64, envp, flags as u64, 0];
    ptrace::executes(call);
    let ignored = Ignored::pass_on(call);
    // The new program inherits the guest's mask, synchronous signals included.
    set_whole_mask(call.thread().mask);
    lending::leaving(true);
    let pause = lending::Pause::begin();
    let raw = syscall_raw(libc::SYS_execveat as u64, args);
    drop(pause);
    lending::leaving(false);
    if !call.vcpu.signal_pending() {
        set_host_mask(call.thread().mask);
    }
    drop(ignored);
    checked(raw).map_err(Stop::Errno)
}

/// Synchronous signals are the runtime's on the host; those that the guest ignores stay ignored
/// in the new program. Dropped, the runtime has them back.
pub(super) struct Ignored(Vec<(i32, [u64; 4])>);

impl Ignored {
    fn pass_on(call: &mut Call<'_>) -> Ignored {
        let actions = call.thread().shared.actions();
        let ignored = (1..=64).filter(|&signo| {
            SYNCHRONOUS & bit(signo) != 0 && actions.get(signo).handler == SIG_IGN
        });
        Ignored(ignored.map(|signo| (signo, exchange(signo, &[SIG_IGN, 0, 0, 0]))).collect())
    }
}

impl Drop for Ignored {
    fn drop(&mut self) {
        for (signo, action) in &self.0 {
            exchange(*signo, action);
        }
    }
}

/// The host's rt_sigaction(2), raw.
pub(super) fn exchange(signo: i32, action: &[u64; 4]) -> [u64; 4] {
    let mut old = [0u64; 4];
    let args = [signo as u64, action.as_ptr() as u64, old.as_mut_ptr() as u64, SET_LEN, 0, 0];
    lending::syscall(libc::SYS_rt_sigaction as u64, args);
    old
}
