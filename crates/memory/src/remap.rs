//! mremap(2).

use guest::{PAGE_MASK, PAGE_SIZE};

use crate::regions::Region;
use crate::space::{AddressSpace, Changes, Inner, release, span};
use crate::{Errno, TASK_SIZE, host};

const KNOWN: i32 = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP;

/// The arguments of mremap(2), lengths in whole pages.
#[derive(Clone, Copy)]
struct Move {
    old: u64,
    old_len: u64,
    new_len: u64,
    flags: i32,
    new: u64,
}

impl AddressSpace {
    /// mremap(2); `new` counts with `MREMAP_FIXED`, and is a hint with `MREMAP_DONTUNMAP`.
    pub fn remap(
        &self,
        old: u64,
        old_len: u64,
        new_len: u64,
        flags: i32,
        new: u64,
    ) -> Result<u64, Errno> {
        let request = Move::check(old, old_len, new_len, flags, new)?;
        self.change(|inner, changes| inner.remap(&request, changes))
    }
}

impl Move {
    fn check(old: u64, old_len: u64, new_len: u64, flags: i32, new: u64) -> Result<Move, Errno> {
        let bad = Err(Errno(libc::EINVAL));
        let may_move = flags & libc::MREMAP_MAYMOVE != 0;
        let needs_move = flags & (libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP) != 0;
        if flags & !KNOWN != 0 || old & PAGE_MASK != 0 || (needs_move && !may_move) {
            return bad;
        }
        let (Some((_, old_end)), Some((_, new_end))) = (span(old, old_len), span(0, new_len))
        else {
            return bad;
        };
        let mut request = Move { old, old_len: old_end - old, new_len: new_end, flags, new };
        if new_end == 0 || (request.keeps_old() && request.old_len != request.new_len) {
            return bad;
        }
        if request.fixed() {
            let Some((_, end)) = span(new, new_len) else { return bad };
            if new & PAGE_MASK != 0 || (new < old_end && old < end) {
                return bad;
            }
        } else if new > TASK_SIZE - PAGE_SIZE || new & PAGE_MASK != 0 {
            request.new = 0;
        }
        Ok(request)
    }
    fn fixed(&self) -> bool {
        self.flags & libc::MREMAP_FIXED != 0
    }
    fn keeps_old(&self) -> bool {
        self.flags & libc::MREMAP_DONTUNMAP != 0
    }
    fn host(&self) -> Result<u64, Errno> {
        host::mremap(self.old, self.old_len, self.new_len, self.flags, self.new)
    }
}

impl Inner {
    fn remap(&mut self, m: &Move, changes: &mut Changes) -> Result<u64, Errno> {
        // An old length of 0 makes a second mapping of shared memory.
        let old_end = m.old + m.old_len.max(PAGE_SIZE);
        self.catch_up(m.old, old_end, changes);
        if !self.regions.holes(m.old, old_end).is_empty() {
            return Err(Errno(libc::EFAULT));
        }
        if m.new_len < m.old_len && !m.fixed() {
            self.unmap(m.old + m.new_len, old_end, changes)?;
            return Ok(m.old);
        }
        self.admit_growth(m)?;
        // Watches split the host's mapping, and it moves only whole ones.
        self.lift_watches(m.old, old_end);
        let pieces: Vec<Region> = self.regions.parts(m.old, old_end).collect();
        changes.extend(pieces.iter().filter(|r| r.prot.is_exec()).map(|r| (r.start, r.end)));
        if m.fixed() {
            self.catch_up(m.new, m.new + m.new_len, changes);
        }
        let held = if m.fixed() { self.hold(m.new, m.new + m.new_len)? } else { Vec::new() };
        let new = self.moved(m).inspect_err(|_| release(&held))?;
        self.record_move(m, new, &pieces, changes);
        Ok(new)
    }

    /// The host's call. What may move and is not told where goes to the guest's area.
    fn moved(&mut self, m: &Move) -> Result<u64, Errno> {
        let free = m.flags & libc::MREMAP_MAYMOVE != 0 && !m.fixed() && m.new == 0;
        if !free {
            return m.host();
        }
        if !m.keeps_old() && m.old_len != 0 {
            let stay = Move { flags: m.flags & !libc::MREMAP_MAYMOVE, ..*m }.host();
            if stay != Err(Errno(libc::ENOMEM)) {
                return stay;
            }
        }
        let Some(new) = self.place(m.new_len, PAGE_SIZE) else { return m.host() };
        let Ok(held) = self.hold(new, new + m.new_len) else { return m.host() };
        let flags = m.flags | libc::MREMAP_FIXED;
        Move { flags, new, ..*m }.host().inspect_err(|_| release(&held))
    }

    /// That the limits allow for what the new mapping has more than the old.
    fn admit_growth(&self, m: &Move) -> Result<(), Errno> {
        let kept = if m.keeps_old() { 0 } else { m.old_len };
        let more = m.new_len.saturating_sub(kept);
        match self.regions.at(m.old) {
            Some(old) if more > 0 => {
                let start = TASK_SIZE;
                self.limits.admit(&self.regions, &Region { start, end: start + more, ..*old })
            }
            _ => Ok(()),
        }
    }

    fn record_move(&mut self, m: &Move, new: u64, pieces: &[Region], changes: &mut Changes) {
        if m.old_len != 0 && !m.keeps_old() {
            self.drop_range(m.old, m.old + m.old_len, changes);
        }
        let new_end = new + m.new_len;
        self.drop_range(new, new_end, changes);
        for (i, piece) in pieces.iter().enumerate() {
            let start = piece.start - m.old + new;
            let last = i + 1 == pieces.len();
            let end = if last { new_end } else { (piece.end - m.old + new).min(new_end) };
            if start < end {
                self.insert(piece.part(start, end), changes);
            }
        }
    }
}
