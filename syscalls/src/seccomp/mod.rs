//! seccomp(2): the guest's filters, run at its system calls with its machine and its numbers.
//!
//! The translator's own calls are not the guest's, so no filter goes to the host; what the guest
//! can reach goes through here.

mod bpf;
mod carry;
mod enforce;
pub mod notify;
mod state;

use std::sync::Arc;

pub use bpf::{Insn, MAX_LEN, Program};
pub use carry::{restore, save};
pub use enforce::{call_info, enforce};
pub use state::{DISABLED, FILTER, STRICT, Seccomp, Threads};

use crate::abi::regs::AUDIT_ARCH;

/// Calls whose answer may be known beforehand.
const NUMBERS: usize = 512;
/// Instructions in all filters of a thread (`MAX_INSNS_PER_PATH`), each filter counting for
/// some more.
const MAX_INSNS: usize = (1 << 18) / size_of::<Insn>();
const PER_FILTER: usize = 4;

/// A filter and those that were there before it.
pub struct Filter {
    program: Program,
    log: bool,
    /// Which listener it asks, if it has one.
    listener: Option<usize>,
    /// Listeners that it and those before it have.
    listeners: usize,
    before: Option<Arc<Filter>>,
    /// Calls that it and all before it allow whatever their arguments are.
    allowed: [u64; NUMBERS / 64],
    insns: usize,
    /// Filters, this one included.
    pub depth: usize,
}

/// What filters say of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The action in the upper half, its datum below.
    pub answer: u32,
    /// The listener of the filter whose answer it is.
    pub listener: Option<usize>,
}

impl Filter {
    /// Puts a filter before others; `None` if they become too many. `log` and `listens` are what its flags ask for.
    pub fn new(
        program: Program,
        log: bool,
        listens: bool,
        before: Option<Arc<Filter>>,
    ) -> Option<Arc<Filter>> {
        let earlier = before.as_ref().map_or(0, |f| f.insns);
        let insns = earlier + program.insns().len() + PER_FILTER;
        let depth = before.as_ref().map_or(0, |f| f.depth) + 1;
        let allowed = allowed(&program, before.as_deref());
        let others = before.as_ref().map_or(0, |f| f.listeners);
        let listener = listens.then_some(others);
        let listeners = others + usize::from(listens);
        let filter = Filter { program, log, listener, listeners, before, allowed, insns, depth };
        (insns - PER_FILTER <= MAX_INSNS && listeners <= notify::MOST).then(|| Arc::new(filter))
    }

    /// Which listener it asks, if it has one.
    pub fn listener(&self) -> Option<usize> {
        self.listener
    }

    /// True if `other` is this filter or one of those before it; no filter is before all.
    fn descends_from(self: &Arc<Self>, other: Option<&Arc<Filter>>) -> bool {
        let Some(other) = other else { return true };
        Arc::ptr_eq(self, other)
            || self.before.as_ref().is_some_and(|b| b.descends_from(Some(other)))
    }

    /// The strictest of the filters' answers, of several the newest's.
    pub fn run(&self, call: &Attempt) -> Verdict {
        if call.nr < NUMBERS as u64
            && self.allowed[call.nr as usize / 64] >> (call.nr % 64) & 1 != 0
        {
            return Verdict::ALLOW;
        }
        let data = call.data();
        let mut strictest = Verdict::ALLOW;
        let mut filter = Some(self);
        while let Some(this) = filter {
            let answer = this.program.run(&data);
            if severity(answer) < severity(strictest.answer) {
                strictest = Verdict { answer, listener: this.listener };
            }
            filter = this.before.as_deref();
        }
        strictest
    }
}

impl Verdict {
    /// No objection.
    pub const ALLOW: Verdict = Verdict { answer: libc::SECCOMP_RET_ALLOW, listener: None };
}

impl Drop for Filter {
    /// One after the other, not one within the other: there may be thousands.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(mut filter) = next.and_then(Arc::into_inner) {
            next = filter.before.take();
        }
    }
}

/// Actions in the order of the manual, the strictest lowest.
fn severity(answer: u32) -> i32 {
    (answer & libc::SECCOMP_RET_ACTION_FULL) as i32
}

fn allowed(program: &Program, before: Option<&Filter>) -> [u64; NUMBERS / 64] {
    let mut set = before.map_or([u64::MAX; NUMBERS / 64], |f| f.allowed);
    for nr in 0..NUMBERS {
        let data = Attempt { nr: nr as u64, pc: 0, args: [0; 6] }.data();
        if program.constant(&data) != Some(libc::SECCOMP_RET_ALLOW) {
            set[nr / 64] &= !(1 << (nr % 64));
        }
    }
    set
}

/// A system call that a guest wants to make.
pub struct Attempt {
    pub nr: u64,
    /// Behind the instruction.
    pub pc: u64,
    pub args: [u64; 6],
}

impl Attempt {
    /// `struct seccomp_data`.
    fn data(&self) -> [u32; bpf::DATA] {
        let mut data = [0; bpf::DATA];
        (data[0], data[1]) = (self.nr as u32, AUDIT_ARCH);
        for (n, word) in [self.pc].iter().chain(&self.args).enumerate() {
            (data[2 + 2 * n], data[3 + 2 * n]) = (*word as u32, (*word >> 32) as u32);
        }
        data
    }
}
