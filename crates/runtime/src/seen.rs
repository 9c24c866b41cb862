//! What looks at hot loops have shown.

use guest::GuestAddr;
use rustc_hash::{FxHashMap, FxHashSet};

/// A computed jump leads to a place once in so many times at least, or that is not likely.
const ONE_IN: u32 = 64;

/// What is known of branches and computed jumps from interpreting loops for a while.
#[derive(Default)]
pub(crate) struct Seen {
    /// Branches that are hard to predict.
    pub unsteady: FxHashSet<GuestAddr>,
    /// How often each computed jump or call led where, by its address.
    targets: FxHashMap<GuestAddr, FxHashMap<GuestAddr, u32>>,
    /// Loops that go on outside a region soon even if it goes on through computed jumps.
    left: FxHashSet<GuestAddr>,
    /// The computed jumps of loops that were looked at.
    known: FxHashSet<GuestAddr>,
}

impl Seen {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.unsteady.clear();
        self.targets.clear();
        self.known.clear();
        self.left.clear();
    }

    /// True if the region of the loop at `head` is left soon.
    pub fn is_left(&self, head: GuestAddr) -> bool {
        self.left.contains(&head)
    }

    /// Notes that it is.
    pub fn leave(&mut self, head: GuestAddr) {
        self.left.insert(head);
    }

    /// True if all of `jumps` were there to be seen.
    pub fn knows(&self, jumps: &[GuestAddr]) -> bool {
        jumps.iter().all(|jump| self.known.contains(jump))
    }

    /// Notes that `jumps` were there to be seen, whether they ran or not.
    pub fn look_for(&mut self, jumps: Vec<GuestAddr>) {
        self.known.extend(jumps);
    }

    /// Notes that the computed jump at `jump` led to `to`.
    pub fn note(&mut self, jump: GuestAddr, to: GuestAddr) {
        *self.targets.entry(jump).or_default().entry(to).or_default() += 1;
    }

    /// Where the computed jump at `jump` is likely to lead, most often first.
    pub fn likely(&self, jump: GuestAddr) -> Vec<GuestAddr> {
        let Some(targets) = self.targets.get(&jump) else { return Vec::new() };
        let all: u32 = targets.values().sum();
        let often = targets.iter().filter(|&(_, count)| count * ONE_IN >= all);
        let mut likely: Vec<(u32, GuestAddr)> = often.map(|(&to, &count)| (count, to)).collect();
        likely.sort_unstable_by_key(|&(count, to)| (std::cmp::Reverse(count), to));
        likely.into_iter().map(|(_, to)| to).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_jump_leads_to_rarely_is_not_likely() {
        let mut seen = Seen::default();
        for (to, times) in [(8, 40), (16, 200), (24, 2), (32, 40)] {
            (0..times).for_each(|_| seen.note(GuestAddr(4), GuestAddr(to)));
        }
        assert_eq!(seen.likely(GuestAddr(4)), [16, 8, 32].map(GuestAddr));
        assert_eq!(seen.likely(GuestAddr(12)), []);
    }
}
