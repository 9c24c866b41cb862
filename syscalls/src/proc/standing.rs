//! Where a guest's threads stand: `/proc/PID/syscall`, and what listeners of seccomp(2) are told.
//!
//! Threads enter the addresses of their states in a list that other processes find through the note. A thread that waits in the
//! host's kernel on its guest's behalf has an exact state, with the system call's registers. Of the thread that opens the file it is
//! the call that opens it, not the one that reads it.

use std::sync::atomic::{AtomicU64, Ordering};

use guest::{CpuState, offsets};
use runtime::Vcpu;

use super::peer::Peer;
use crate::abi::regs;
use crate::linux::Linux;
use crate::thread::Thread;

/// Threads that a process may list; of others it is not known where they stand.
const PLACES: usize = 128;
/// Id of the thread, 0 for nobody's; the address of its state.
struct Place([AtomicU64; 2]);

static LIST: [Place; PLACES] = [const { Place([const { AtomicU64::new(0) }; 2]) }; PLACES];

/// Address of the list.
pub fn list() -> u64 {
    &raw const LIST as u64
}

/// Lists a thread, which takes itself off before its state is gone. A vfork child, which may be gone at any time, is not listed.
pub fn enter(vcpu: &mut Vcpu) {
    if Thread::of(vcpu).vfork_child {
        return;
    }
    let (tid, state) = (vcpu.tid as u64, &raw const *vcpu.state as u64);
    for Place([id, at]) in &LIST {
        if id.compare_exchange(0, tid, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            at.store(state, Ordering::Release);
            return;
        }
    }
}

/// Takes a thread off the list.
pub fn leave(tid: i32) {
    for Place([id, at]) in LIST.iter().filter(|p| p.0[0].load(Ordering::Relaxed) == tid as u64) {
        at.store(0, Ordering::Relaxed);
        id.store(0, Ordering::Release);
    }
}

/// In the child of a fork: there is only this thread.
pub fn only(vcpu: &mut Vcpu) {
    for Place([id, at]) in &LIST {
        at.store(0, Ordering::Relaxed);
        id.store(0, Ordering::Relaxed);
    }
    enter(vcpu);
}

/// A thread that makes a system call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    pub nr: u64,
    pub args: [u64; 6],
    pub sp: u64,
    /// Behind the system call instruction.
    pub pc: u64,
}

impl Standing {
    /// Of a guest's thread, if it may be looked at and is in a system call.
    pub fn of(linux: &Linux, tid: i32) -> Option<Standing> {
        let peer = Peer::find(linux, tid)?;
        let id = inner_id(tid)?;
        let places = peer.read(peer.said()?.places, PLACES * 2).ok()?;
        let places = places.as_chunks::<2>().0;
        let [_, state] = *places.iter().find(|[listed, at]| *listed == id && *at != 0)?;
        let slots = peer.read(state + offsets::SLOTS as u64, size_of::<[u64; 32]>() / 8).ok()?;
        let pc = peer.read(state + offsets::PC as u64, 1).ok()?[0];
        let mut copy = CpuState::new();
        copy.slots[..slots.len()].copy_from_slice(&slots);
        let (nr, args, sp) = (regs::number(&copy), regs::args(&copy), copy.get(regs::SP));
        makes_call(&peer, pc).then_some(Standing { nr, args, sp, pc })
    }

    /// The line of `/proc/PID/syscall`.
    pub fn text(&self) -> String {
        let numbers = self.args.iter().chain([&self.sp, &self.pc]);
        let numbers: String = numbers.map(|n| format!(" {n:#x}")).collect();
        format!("{}{numbers}\n", self.nr as i32)
    }
}

/// True if a system call instruction lies before `pc`.
fn makes_call(peer: &Peer, pc: u64) -> bool {
    let at = pc.wrapping_sub(regs::SYSCALL_LEN);
    peer.read_bytes::<{ regs::SYSCALL_LEN as usize }>(at) == Ok(regs::SYSCALL)
}

/// The thread's id as it knows it itself: that of the innermost namespace.
fn inner_id(tid: i32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    ids.split_whitespace().next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_procs() {
        let standing = Standing { nr: 63, args: [3, 0x1000, 1, 0, 0, 0], sp: 0x2000, pc: 0x104 };
        assert_eq!(standing.text(), "63 0x3 0x1000 0x1 0x0 0x0 0x0 0x2000 0x104\n");
    }
}
