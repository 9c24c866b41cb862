//! Finding hot loops: a thread that has used its fuel up stands at a jump back, and those that run
//! most are found most often.

use std::sync::atomic::Ordering;

use guest::GuestAddr;
use ir::{Exit, Region, Target};
use rustc_hash::FxHashMap;

use crate::Vcpu;

/// Most looks at a loop that may make a region of it: code that ran for the first time in between
/// belongs to it, too.
const TRIES: u32 = 4;
/// Looks grow rarer by this up to [`Options::fuel`](crate::Options::fuel).
const GROWTH: i32 = 2;

/// What is known of a loop.
#[derive(Default)]
struct Loop {
    /// How often the thread was found at it.
    found: u32,
    /// When it is to be compiled next.
    next: u32,
    /// Guest instructions in its region so far.
    insns: u32,
}

/// The loops that a thread was found at.
#[derive(Default)]
pub struct Profile {
    loops: FxHashMap<u64, Loop>,
    fuel: i32,
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
        let fuel = self.next_fuel();
        self.cell.refuel(fuel);
        let Some(heat) = self.process.options.regions() else { return };
        let head = self.head(GuestAddr(self.state.pc));
        let resets = self.process.resets();
        if std::mem::replace(&mut self.profile.resets, resets) != resets {
            self.profile.loops.clear();
        }
        let known = self.profile.loops.entry(head.0).or_default();
        known.found += 1;
        if known.next == 0 {
            known.next = heat.hot;
        }
        if known.found == known.next {
            let tries_left = known.found < heat.hot << (2 * TRIES);
            known.next = if tries_left { known.found * 4 } else { u32::MAX };
            let before = known.insns;
            let insns = self.optimise(head, before);
            self.profile.loops.entry(head.0).or_default().insns = insns;
        }
    }

    /// Jumps back up to the next look.
    fn next_fuel(&mut self) -> i32 {
        let Some(heat) = self.process.options.regions() else { return i32::MAX };
        let fuel = self.profile.fuel.max(heat.first_fuel);
        self.profile.fuel = fuel.saturating_mul(GROWTH).min(heat.fuel);
        fuel
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
