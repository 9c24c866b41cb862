//! Finding hot loops: a thread that has used its fuel up stands at a jump back, and those that run
//! most are found most often.

use std::sync::atomic::Ordering;

use guest::GuestAddr;
use ir::{Exit, Region, Target};
use rustc_hash::FxHashMap;

use crate::Vcpu;

/// How often a thread was found at each loop.
#[derive(Default)]
pub struct Profile {
    found: FxHashMap<u64, u32>,
    /// The cache's emptyings that it knows of.
    resets: u64,
}

impl Vcpu {
    /// The thread stands at a safepoint. If nobody asked it to, its fuel is used up: it is
    /// noted where, and a loop that is found often is compiled as a region.
    pub(crate) fn sample(&mut self) {
        if self.state.poll.load(Ordering::Relaxed) != 0 {
            return;
        }
        self.cell.refuel(self.process.options.first_fuel());
        let Some((_, hot)) = self.process.options.regions() else { return };
        let head = self.head(GuestAddr(self.state.pc));
        let resets = self.process.resets();
        if std::mem::replace(&mut self.profile.resets, resets) != resets {
            self.profile.found.clear();
        }
        let found = self.profile.found.entry(head.0).or_insert(0);
        *found += 1;
        if *found == hot {
            self.optimise(head);
        }
    }

    /// The head of the loop whose jump back is at `pc`; `pc` itself if that is no jump back.
    fn head(&self, pc: GuestAddr) -> GuestAddr {
        let mut region = Region::default();
        self.process.lift_one(pc, &mut region);
        let mut targets = region.blocks.iter().flat_map(|block| block.term.targets());
        let back = targets.find_map(|target| match target {
            Target::Exit(Exit::Jump { to } | Exit::Call { to, .. }) if *to < pc => Some(*to),
            _ => None,
        });
        back.unwrap_or(pc)
    }
}
