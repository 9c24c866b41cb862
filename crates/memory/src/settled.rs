//! Where code was last found that nobody can write: asked for each block, so read without a lock.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use lending::Section;

/// Guest addresses that hold such code, and when that was so.
#[derive(Default)]
pub(crate) struct Settled {
    /// Odd while somebody writes the others.
    turn: AtomicU64,
    start: AtomicU64,
    end: AtomicU64,
    version: AtomicU64,
}

impl Settled {
    /// Notes that `start..end` is such code at `version`, unless another thread is noting something. It never waits: a fork may
    /// have caught that thread in here.
    pub fn note(&self, start: u64, end: u64, version: u64) {
        let _section = Section::enter();
        let turn = self.turn.load(Ordering::Relaxed);
        let odd = turn | 1;
        let ours = self.turn.compare_exchange(turn, odd, Ordering::Acquire, Ordering::Relaxed);
        if turn == odd || ours.is_err() {
            return;
        }
        // Who sees one of these sees the odd turn.
        fence(Ordering::Release);
        self.start.store(start, Ordering::Relaxed);
        self.end.store(end, Ordering::Relaxed);
        self.version.store(version, Ordering::Relaxed);
        self.turn.store(odd + 1, Ordering::Release);
    }

    /// True if `start..end` was noted as such at `version`.
    pub fn holds(&self, start: u64, end: u64, version: u64) -> bool {
        let turn = self.turn.load(Ordering::Acquire);
        let holds = self.start.load(Ordering::Relaxed) <= start
            && end <= self.end.load(Ordering::Relaxed)
            && self.version.load(Ordering::Relaxed) == version;
        fence(Ordering::Acquire);
        holds && turn & 1 == 0 && self.turn.load(Ordering::Relaxed) == turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_holds_at_its_version() {
        let settled = Settled::default();
        settled.note(0x1000, 0x3000, 7);
        assert!(settled.holds(0x1000, 0x3000, 7) && settled.holds(0x2000, 0x2004, 7));
        assert!(!settled.holds(0x1000, 0x3000, 8), "the memory changed");
        assert!(!settled.holds(0xfff, 0x2000, 7) && !settled.holds(0x2000, 0x3001, 7));
        settled.note(0x5000, 0x6000, 8);
        assert!(settled.holds(0x5000, 0x6000, 8) && !settled.holds(0x1000, 0x3000, 7));
    }

    #[test]
    fn while_somebody_notes_nothing_holds() {
        let settled = Settled::default();
        settled.note(0x1000, 0x3000, 7);
        settled.turn.fetch_add(1, Ordering::Relaxed);
        assert!(!settled.holds(0x1000, 0x3000, 7));
        settled.note(0x5000, 0x6000, 8);
        assert!(!settled.holds(0x5000, 0x6000, 8));
    }
}
