//! Finding hot loops: a thread that has used its fuel up stands at a jump back, and those that run
//! most are found most often.

use std::sync::atomic::Ordering;

use guest::GuestAddr;
use ir::{Exit, Region, Target};
use rustc_hash::FxHashMap;

use crate::Vcpu;
use crate::host::thread_time;
use crate::process::{Heat, MOST_FUEL};
use crate::regions::Tried;
use crate::seen::Seen;

/// Most looks at a loop that may make a region of it: code that ran for the first time in between
/// belongs to it, too.
const TRIES: u32 = 5;
/// How much rarer a loop is looked at each time.
const RARER: u64 = 4;
/// A region keeps at least so much of its loop's jumps back inside, or it is undone.
const LEFT: f64 = 0.5;
/// Looks come after so small a part of all jumps back so far.
const SHARE: u64 = 64;

/// What is known of a loop.
#[derive(Default)]
struct Loop {
    /// Jumps back that the thread made from the look before to those that found it at this loop.
    jumps: u64,
    /// When it is to be compiled next.
    next: u64,
    /// How often it was.
    tries: u32,
    /// Guest instructions in its region so far.
    insns: u32,
    /// What `jumps` was, and the thread's processor time in nanoseconds, when it was first looked at or last formed.
    since: (u64, u64),
    /// Jumps back in a nanosecond before it had a region.
    pace: f64,
}

/// A loop that is to be compiled.
struct Due {
    head: GuestAddr,
    /// Guest instructions in the region that it has.
    before: u32,
    /// The thread's processor time in nanoseconds when that was found out.
    time: u64,
}

/// The loops that a thread was found at.
#[derive(Default)]
pub struct Profile {
    loops: FxHashMap<u64, Loop>,
    /// Jumps back so far.
    jumps: u64,
    /// Those between the last look and the next one.
    fuel: i32,
    /// What makes the numbers between looks irregular.
    seed: u64,
    /// The cache's emptyings that it knows of.
    resets: u64,
    /// The thread's processor time in nanoseconds when it met the last one.
    start: u64,
    /// The loop that is to be compiled when its branches have been looked at.
    due: Option<Due>,
    /// What looks at loops have shown.
    pub(crate) seen: Seen,
}

impl Profile {
    /// Notes that the fuel was used up; gives the next one and what there was. A long run is looked at
    /// rarely: a look costs more than it seems, since it puts the host's prediction of returns out. Looks are irregular, since
    /// loops in loops have rhythms: regular ones would find the same loop each time.
    fn refuel(&mut self, heat: Heat) -> (i32, u64) {
        let used = self.fuel.max(heat.first_fuel) as u64;
        self.jumps += used;
        let most = (self.jumps / SHARE).clamp(heat.first_fuel as u64, heat.fuel as u64);
        self.fuel = (most - self.random() % most.div_ceil(2)) as i32;
        (self.fuel, used)
    }

    /// Forgets all loops: their code is gone.
    fn forget(&mut self, time: u64) {
        self.loops.clear();
        self.seen.clear();
        self.start = time;
    }

    /// What is known of the loop at `head`. Its pace counts from where nothing was known, until it was looked at.
    fn known(&mut self, head: GuestAddr) -> &mut Loop {
        let since = (0, self.start);
        self.loops.entry(head.0).or_insert_with(|| Loop { since, ..Loop::default() })
    }

    /// Knuth's linear congruential generator (The Art of Computer Programming, volume 2, 3.3.4); its upper bits.
    fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.seed >> 33
    }
}

impl Loop {
    /// Notes a look that found the loop; true if it is to be compiled.
    fn is_due(&mut self, jumps: u64, hot: u64) -> bool {
        self.jumps += jumps;
        let due = self.tries < TRIES && self.jumps >= self.next.max(hot);
        if due {
            self.tries += 1;
            self.next = self.jumps * RARER;
        }
        due
    }

    /// Starts to measure its pace.
    fn start(&mut self, time: u64) {
        self.since = (self.jumps, time);
    }

    /// A due loop was formed, as a region of `insns` guest instructions. False if that is the one it had, and it
    /// is jumped back to as it was without: its rounds leave the region.
    fn is_better(&mut self, insns: u32, time: u64) -> bool {
        let (jumps, started) = self.since;
        let pace = (self.jumps - jumps) as f64 / time.saturating_sub(started).max(1) as f64;
        let had = std::mem::replace(&mut self.insns, insns);
        if had == 0 {
            self.pace = pace;
        }
        had == 0 || had != insns || pace < self.pace * LEFT
    }

    /// Has it run as blocks from here on.
    fn give_up(&mut self) {
        self.tries = TRIES;
        self.insns = 0;
    }
}

impl Vcpu {
    /// The thread stands at a safepoint. If nobody asked it to, its fuel is used up: it is
    /// noted where, and a loop that is found often is compiled as a region.
    pub(crate) fn sample(&mut self) {
        if self.state.poll.load(Ordering::Relaxed) != 0 {
            return;
        }
        let Some(heat) = self.process.options.regions() else {
            return self.cell.refuel(MOST_FUEL);
        };
        if self.trace.runs() {
            return;
        }
        let (fuel, used) = self.profile.refuel(heat);
        self.cell.refuel(fuel);
        if self.process.is_to_renew(self.profile.jumps, heat) {
            return self.process.renew_cache();
        }
        let head = self.head(GuestAddr(self.state.pc));
        let resets = self.process.resets();
        if std::mem::replace(&mut self.profile.resets, resets) != resets {
            self.profile.forget(thread_time());
        }
        let known = self.profile.known(head);
        let (first, before) = (known.jumps == 0, known.insns);
        if known.is_due(used, heat.hot) {
            let due = Due { head, before, time: thread_time() };
            self.form(due, false, heat);
        } else if first {
            known.start(thread_time());
        }
    }

    /// Compiles the loop, or looks at its branches first.
    fn form(&mut self, due: Due, traced: bool, heat: Heat) {
        let length = match self.optimise(due.head, due.before, traced) {
            Tried::Formed(insns) => return self.judge(due.head, insns, due.time, heat),
            Tried::Branches => heat.trace,
            Tried::Jumps => heat.jump_trace,
        };
        self.profile.due = Some(due);
        self.trace.start(length);
    }

    /// Notes the block that comes next, if branches are being looked at, and compiles their loop behind the last one.
    pub(crate) fn trace(&mut self) {
        if !self.trace.runs() || !self.trace.note(GuestAddr(self.state.pc)) {
            return;
        }
        self.learn();
        if let (Some(due), Some(heat)) = (self.profile.due.take(), self.process.options.regions()) {
            self.form(due, true, heat);
        }
    }

    /// What the trace shows of branches and computed jumps.
    fn learn(&mut self) {
        let ends = self.process.ends(self.trace.ways().map(|[from, _]| from));
        let seen = &mut self.profile.seen;
        let unsteady = self.trace.unsteady().into_iter();
        seen.unsteady.extend(unsteady.filter_map(|start| ends.get(&start)).map(|end| end.0));
        for [from, to] in self.trace.ways() {
            if let Some(&(jump, true)) = ends.get(&from) {
                seen.note(jump, to);
            }
        }
    }

    /// Undoes the region of the loop at `head`, as formed at `time`, if it is of no use.
    fn judge(&mut self, head: GuestAddr, insns: u32, time: u64, heat: Heat) {
        let known = self.profile.known(head);
        if known.is_better(insns, time) || !heat.undoes {
            known.start(thread_time());
        } else {
            known.give_up();
            self.undo_region(head);
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

#[cfg(test)]
mod tests {
    use super::*;

    const HEAT: Heat = Heat {
        first_fuel: 16,
        fuel: 64,
        hot: 100,
        undoes: true,
        trace: 8,
        jump_trace: 8,
        renews: 0,
    };

    #[test]
    fn looks_grow_rarer_with_all_jumps_back_up_to_a_bound() {
        let mut profile = Profile::default();
        let given: Vec<i32> = (0..512).map(|_| profile.refuel(HEAT).0).collect();
        assert!(given[..64].iter().all(|fuel| (9..=16).contains(fuel)), "{given:?}");
        assert!(given[400..].iter().all(|fuel| (33..=64).contains(fuel)), "{given:?}");
    }

    #[test]
    fn looks_follow_no_rhythm() {
        let mut profile = Profile::default();
        let heat = Heat {
            first_fuel: 1 << 12,
            fuel: 1 << 12,
            hot: 1,
            undoes: true,
            trace: 8,
            jump_trace: 8,
            renews: 0,
        };
        let odd = (0..64).filter(|_| profile.refuel(heat).0 % 2 == 1).count();
        assert!((16..48).contains(&odd), "{odd} of 64");
    }

    #[test]
    fn a_loop_is_due_by_its_jumps_and_ever_more_rarely() {
        let mut known = Loop::default();
        let due: Vec<usize> = (1..10_000).filter(|_| known.is_due(50, HEAT.hot)).collect();
        assert_eq!(due, [2, 8, 32, 128, 512]);
    }

    /// A loop with a region of 10 instructions, made after 1,000 jumps in 1,000 ns.
    fn with_region() -> Loop {
        let mut known = Loop::default();
        known.start(5_000);
        known.jumps = 1_000;
        assert!(known.is_better(10, 6_000));
        known.start(7_000);
        known
    }

    #[test]
    fn a_region_that_its_rounds_leave_is_of_no_use() {
        for (time, better) in [(8_000, false), (8_900, false), (9_100, true), (107_000, true)] {
            let mut known = with_region();
            known.jumps += 1_000;
            assert_eq!(known.is_better(10, time), better, "{time}");
        }
    }

    #[test]
    fn a_pace_counts_from_where_loops_were_forgotten() {
        let mut profile = Profile::default();
        profile.forget(5_000);
        let known = profile.known(GuestAddr(0x1000));
        known.jumps = 1_000;
        assert!(known.is_better(10, 6_000));
        assert_eq!(known.pace, 1.0);
    }

    #[test]
    fn a_region_with_more_in_it_gets_another_chance() {
        let mut known = with_region();
        known.jumps += 1_000;
        assert!(known.is_better(11, 8_000));
        known.start(8_000);
        known.jumps += 1_000;
        assert!(!known.is_better(11, 9_000));
    }

    #[test]
    fn a_loop_that_was_given_up_stays_so() {
        let mut known = with_region();
        known.give_up();
        assert!(!(0..1_000).any(|_| known.is_due(1 << 20, HEAT.hot)));
    }
}
