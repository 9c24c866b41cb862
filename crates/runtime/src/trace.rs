//! Which branches of a hot loop the host's processor can hardly predict.
//!
//! A loop that is to be compiled, and has a branch whose ways do alike, is interpreted for a while first, block by block. What followed what goes through a model of
//! branch prediction; the branches that it often gets wrong may become choices (`opt::MELD`).

use guest::GuestAddr;
use rustc_hash::FxHashMap;

/// A branch is to be seen so often.
const LEAST: u32 = 32;
/// One prediction in so many is wrong.
const ONE_IN: u32 = 8;
/// Blocks that a region with computed jumps goes through on average before it is left, or it is of no use (docs/adr/0028).
const LEAST_STAY: usize = 24;
/// Outcomes that a prediction goes by.
const HISTORY: u32 = 8;

/// Blocks that ran, in order.
#[derive(Default)]
pub(crate) struct Trace {
    starts: Vec<u64>,
    /// How many are still to come.
    left: usize,
}

impl Trace {
    /// Starts anew, for `length` blocks.
    pub fn start(&mut self, length: usize) {
        self.starts.clear();
        self.left = length;
    }

    /// True while blocks are to be noted.
    pub fn runs(&self) -> bool {
        self.left > 0
    }

    /// Notes that a block starts; true if it was the last one.
    pub fn note(&mut self, pc: GuestAddr) -> bool {
        self.starts.push(pc.0);
        self.left -= 1;
        self.left == 0
    }

    /// Each block with the next one, by their starts.
    pub fn ways(&self) -> impl Iterator<Item = [GuestAddr; 2]> {
        self.starts.windows(2).map(|way| [GuestAddr(way[0]), GuestAddr(way[1])])
    }

    /// True if who comes to the block at `entry` goes through many before the first that is not `inside`.
    pub fn stays(&self, entry: GuestAddr, inside: impl Fn(GuestAddr) -> bool) -> bool {
        let (mut stays, mut blocks, mut within) = (0, 0, false);
        for start in self.starts.iter().map(|&start| GuestAddr(start)) {
            let comes = !within && start == entry;
            within = comes || within && inside(start);
            stays += comes as usize;
            blocks += within as usize;
        }
        stays > 0 && blocks >= stays * LEAST_STAY
    }

    /// The starts of the blocks whose ends are hard to predict, in order.
    pub fn unsteady(&self) -> Vec<GuestAddr> {
        let mut ends: FxHashMap<u64, End> = FxHashMap::default();
        let mut history = 0;
        for way in self.starts.windows(2) {
            let end = ends.entry(way[0]).or_insert_with(|| End::new(way[1]));
            let taken = way[1] != end.first;
            end.note(taken, history);
            if end.branches {
                history = history << 1 | taken as usize;
            }
        }
        let hard = ends.into_iter().filter(|(_, end)| end.is_hard());
        let mut starts: Vec<GuestAddr> = hard.map(|(start, _)| GuestAddr(start)).collect();
        starts.sort_unstable();
        starts
    }
}

/// What is known of the end of a block.
struct End {
    /// Where it led first.
    first: u64,
    /// It led elsewhere, too.
    branches: bool,
    count: u32,
    /// The last outcomes.
    own: usize,
    /// Wrong predictions, by no history, its own, and that of all branches.
    wrong: [u32; 3],
    /// What each of them goes by: below 0 for the first way.
    tables: [Vec<i8>; 3],
}

impl End {
    fn new(first: u64) -> End {
        let tables = [0, HISTORY, HISTORY].map(|bits| vec![0; 1 << bits]);
        End { first, branches: false, count: 0, own: 0, wrong: [0; 3], tables }
    }

    fn note(&mut self, taken: bool, history: usize) {
        self.count += 1;
        self.branches |= taken;
        for (n, by) in [0, self.own, history].into_iter().enumerate() {
            let at = by % self.tables[n].len();
            let counter = &mut self.tables[n][at];
            self.wrong[n] += ((*counter >= 0) != taken) as u32;
            *counter = (*counter + if taken { 1 } else { -1 }).clamp(-2, 1);
        }
        self.own = self.own << 1 | taken as usize;
    }

    /// True if no prediction goes well.
    fn is_hard(&self) -> bool {
        let wrong = self.wrong.into_iter().min().unwrap_or(0);
        self.count >= LEAST && wrong * ONE_IN >= self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is unsteady where block 8 leads to 16 or 24 by `taken`, which lead back.
    fn unsteady(taken: impl Fn(u32) -> bool) -> Vec<GuestAddr> {
        let mut trace = Trace::default();
        trace.start(2048);
        let mut round = 0;
        while trace.runs() {
            trace.note(GuestAddr(8));
            if trace.runs() {
                trace.note(GuestAddr(if taken(round) { 16 } else { 24 }));
            }
            round += 1;
        }
        trace.unsteady()
    }

    #[test]
    fn what_follows_a_rule_is_steady() {
        assert_eq!(unsteady(|_| true), []);
        assert_eq!(unsteady(|round| round % 2 == 0), []);
        assert_eq!(unsteady(|round| round % 5 == 0), []);
        assert_eq!(unsteady(|round| round % 64 == 0), []);
    }

    #[test]
    fn who_leaves_after_few_blocks_does_not_stay() {
        let stays = |round: usize| {
            let mut trace = Trace::default();
            trace.start(1000);
            (0..1000).for_each(|n| {
                _ = trace.note(GuestAddr(if n % round == 0 { 8 } else { 16 + (n % round) as u64 }))
            });
            trace.stays(GuestAddr(8), |pc| pc.0 < 16 + 30)
        };
        assert!(stays(2) && stays(30));
        assert!(stays(40), "30 of 40 blocks");
        let few = |pc: GuestAddr| pc.0 < 16 + 10;
        let mut trace = Trace::default();
        trace.start(400);
        (0..400).for_each(|n| _ = trace.note(GuestAddr(8 + n % 20)));
        assert!(!trace.stays(GuestAddr(8), few));
        assert!(!trace.stays(GuestAddr(4), few), "nobody came");
    }

    #[test]
    fn what_follows_none_is_not() {
        let bit = |round: u32| {
            (round.wrapping_mul(2654435761) ^ round.wrapping_mul(0x9e37) >> 7).count_ones() % 2 == 1
        };
        assert_eq!(unsteady(bit), [GuestAddr(8)]);
    }
}
