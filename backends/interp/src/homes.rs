//! Which word each value lives in.

use guest::SLOT_COUNT;
use ir::Value;

use crate::code::{END_TEMP, FIRST_TEMP, is_slot, slot_word};

const NOWHERE: u16 = 0;

/// Words of values, handed out in one pass over the region.
pub(crate) struct Homes {
    words: Vec<u16>,
    free: Vec<u16>,
    /// The first temporary that was never used.
    fresh: u16,
    /// Position up to which values live in each slot.
    busy: [u32; SLOT_COUNT],
}

impl Default for Homes {
    fn default() -> Self {
        Homes { words: Vec::new(), free: Vec::new(), fresh: FIRST_TEMP, busy: [0; SLOT_COUNT] }
    }
}

impl Homes {
    /// Forgets everything; there are `len` values.
    pub(crate) fn start(&mut self, len: usize) {
        self.words.clear();
        self.words.resize(len, NOWHERE);
        self.free.clear();
        self.fresh = FIRST_TEMP;
    }

    /// Slots hold no values when a block starts.
    pub(crate) fn start_block(&mut self) {
        self.busy = [0; SLOT_COUNT];
    }

    /// The word of `value`, if it has one.
    pub(crate) fn get(&self, value: Value) -> Option<u16> {
        let word = self.words[value.index()];
        (word != NOWHERE).then_some(word)
    }

    /// Puts `value` into `word`.
    pub(crate) fn assign(&mut self, value: Value, word: u16) {
        self.words[value.index()] = word;
    }

    /// Puts `value` into a temporary.
    pub(crate) fn assign_temp(&mut self, value: Value) -> u16 {
        let word = self.temp();
        self.assign(value, word);
        word
    }

    /// Puts `value` into a temporary of its own: blocks run in any order, so a value that
    /// crosses blocks can't share its word.
    pub(crate) fn assign_own(&mut self, value: Value) -> u16 {
        let word = self.own_temp();
        self.assign(value, word);
        word
    }

    fn temp(&mut self) -> u16 {
        self.free.pop().unwrap_or_else(|| self.own_temp())
    }

    /// A temporary that nothing else in the region has.
    pub(crate) fn own_temp(&mut self) -> u16 {
        self.fresh = self.fresh.checked_add(1).expect("fewer than 64 K values live at once");
        self.fresh - 1
    }

    /// Gives the temporary of `value` back, if it is in one.
    pub(crate) fn release(&mut self, value: Value) {
        let word = std::mem::replace(&mut self.words[value.index()], NOWHERE);
        if word >= FIRST_TEMP {
            self.free.push(word);
        }
    }

    /// True if nothing lives in the slot behind position `at`.
    pub(crate) fn slot_is_free(&self, slot: guest::Slot, at: u32) -> bool {
        self.busy[slot.0 as usize] <= at
    }

    /// Puts `value` into a slot's own word, where it lives until `until`.
    pub(crate) fn assign_slot(&mut self, value: Value, slot: guest::Slot, until: u32) -> u16 {
        let busy = &mut self.busy[slot.0 as usize];
        *busy = until.max(*busy);
        let word = slot_word(slot);
        self.assign(value, word);
        debug_assert!(is_slot(word));
        word
    }

    /// Words that operands reach, if `CpuState` has not enough of them; else 0.
    pub(crate) fn frame(&self) -> u64 {
        if self.fresh > END_TEMP { self.fresh as u64 } else { 0 }
    }
}
