//! What other processes that run this program read of a guest: which signals it catches and
//! ignores, which descriptors are not its own, and where the lists of its regions and of its threads lie.
//!
//! It is read through process_vm_readv(2), at the address that it has in the reader, moved by the
//! difference between where the program's file is mapped in the two.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use runtime::signals::bit;

use crate::signals::{SIG_DFL, SIG_IGN};

/// Of `Note`; changes with its layout.
pub const MAGIC: u64 = u64::from_le_bytes(*b"metic\0\0\x03");

/// Own descriptors there may be.
pub const OWN_FDS: usize = 6;

/// The note. All words of 8 bytes but the descriptors.
#[repr(C)]
pub struct Note {
    magic: AtomicU64,
    /// Bit n - 1: signal n has a handler.
    caught: AtomicU64,
    /// Bit n - 1: signal n is ignored.
    ignored: AtomicU64,
    /// Address of `memory::Published`.
    pub regions: AtomicU64,
    /// Address of the list in `proc::standing`.
    pub places: AtomicU64,
    /// The translator's descriptors; -1 for none.
    pub fds: [AtomicI32; OWN_FDS],
}

/// This process's.
pub static NOTE: Note = Note {
    magic: AtomicU64::new(MAGIC),
    caught: AtomicU64::new(0),
    ignored: AtomicU64::new(0),
    regions: AtomicU64::new(0),
    places: AtomicU64::new(0),
    fds: [const { AtomicI32::new(-1) }; OWN_FDS],
};

/// Words of a note.
pub const WORDS: usize = size_of::<Note>() / 8;

impl Note {
    /// Signals with handlers.
    pub fn caught(&self) -> u64 {
        self.caught.load(Ordering::Relaxed)
    }
    /// Signals that are ignored.
    pub fn ignored(&self) -> u64 {
        self.ignored.load(Ordering::Relaxed)
    }
    /// Notes what is done with a signal.
    pub fn set_handler(&self, signo: i32, handler: u64) {
        let set = |word: &AtomicU64, on: bool| {
            if on {
                word.fetch_or(bit(signo), Ordering::Relaxed);
            } else {
                word.fetch_and(!bit(signo), Ordering::Relaxed);
            }
        };
        set(&self.ignored, handler == SIG_IGN);
        set(&self.caught, !matches!(handler, SIG_DFL | SIG_IGN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_words() {
        assert_eq!((WORDS, size_of::<Note>() % 8), (8, 0));
    }
}
