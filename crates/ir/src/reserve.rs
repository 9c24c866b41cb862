//! Load reservations (LR/SC, exclusive pairs), shared by every engine.
//!
//! An exact reservation is proved by the value alone. A strict one also takes the version of the
//! address's line: a word of a static table that every atomic access changes while strict
//! reservations are in use. A line's word counts the atomic accesses in flight in its low half
//! and the finished ones above; `LOCKED` shuts accesses out while a conditional store decides.
//!
//! Plain stores of other threads change no version: two of them that restore the reserved value
//! stay unseen.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use guest::access::{self, Faulted};
use guest::{CpuState, FaultKind, Reservation};

const LINES: usize = 4096;
const LINE_SHIFT: u32 = 6;
const LOCKED: u64 = 1 << 31;
const IN_FLIGHT: u64 = LOCKED - 1;
const FINISHED: u64 = 1 << 32;

static VERSIONS: [AtomicU64; LINES] = [const { AtomicU64::new(0) }; LINES];
static STRICT_USED: AtomicBool = AtomicBool::new(false);

fn line(addr: u64) -> &'static AtomicU64 {
    let line = addr >> LINE_SHIFT;
    &VERSIONS[(line ^ line >> 12) as usize % LINES]
}

/// True once a strict reservation was made in this process; it stays true. Generated code may
/// use plain locked instructions without [`guarded`] while it is false.
#[inline]
pub fn strict_used() -> bool {
    STRICT_USED.load(SeqCst)
}

/// Forgets accesses in flight. For the child of a fork, whose other threads are gone.
pub fn reset_after_fork() {
    for version in &VERSIONS {
        version.store(0, SeqCst);
    }
}

/// Performs `access`, an atomic access to the line of `addr`, so that strict reservations of
/// the line end.
#[inline]
pub fn guarded<T>(addr: u64, access: impl FnOnce() -> T) -> T {
    if !strict_used() {
        return access();
    }
    begin(line(addr));
    let result = access();
    line(addr).fetch_add(FINISHED - 1, SeqCst);
    result
}

fn begin(version: &AtomicU64) {
    loop {
        let old = version.load(SeqCst);
        if old & LOCKED == 0 && version.compare_exchange(old, old + 1, SeqCst, SeqCst).is_ok() {
            return;
        }
        spin_loop();
    }
}

/// Fills in the fault of a misaligned atomic access.
pub fn check_aligned(
    state: &mut CpuState,
    addr: u64,
    size: u64,
    write: bool,
) -> Result<(), Faulted> {
    if addr.is_multiple_of(size) {
        return Ok(());
    }
    state.fault.addr = addr;
    state.fault.kind = FaultKind::Misaligned;
    state.fault.write = write as u32;
    Err(Faulted)
}

/// Loads `size` (4 or 8, also 1 or 2) bytes, sign-extended, and reserves them by value.
pub fn exact_load(state: &mut CpuState, addr: u64, size: u64) -> Result<u64, Faulted> {
    check_aligned(state, addr, size, false)?;
    let value = load(addr, size)?;
    state.reservation = Reservation { addr, value, version: 0, size };
    Ok(value)
}

/// Loads `size` bytes, sign-extended, and reserves them strictly.
pub fn strict_load(state: &mut CpuState, addr: u64, size: u64) -> Result<u64, Faulted> {
    check_aligned(state, addr, size, false)?;
    STRICT_USED.store(true, SeqCst);
    let mut version = line(addr).load(SeqCst);
    while version & LOCKED != 0 {
        spin_loop();
        version = line(addr).load(SeqCst);
    }
    let value = load(addr, size)?;
    state.reservation = Reservation { addr, value, version, size: size | Reservation::STRICT };
    Ok(value)
}

/// Stores `size` bytes if the reservation, exact or strict, still holds: 0, else 1. The
/// reservation is gone either way, except after a fault.
pub fn store_conditional(
    state: &mut CpuState,
    addr: u64,
    size: u64,
    value: u64,
) -> Result<u64, Faulted> {
    check_aligned(state, addr, size, true)?;
    let held = state.reservation;
    let exchange = || cas(addr, size, held.value, value).map(|old| (old != held.value) as u64);
    let failed = if held.addr != addr || held.size & !Reservation::STRICT != size {
        1
    } else if held.size & Reservation::STRICT != 0 {
        strict_store(addr, held.version, exchange)?
    } else {
        guarded(addr, exchange)?
    };
    state.reservation.addr = Reservation::NONE;
    Ok(failed)
}

/// `exchange` with the line shut, if its version is still `version` and nothing is in flight.
fn strict_store(
    addr: u64,
    version: u64,
    exchange: impl FnOnce() -> Result<u64, Faulted>,
) -> Result<u64, Faulted> {
    let line = line(addr);
    let quiet = version & IN_FLIGHT == 0;
    if !quiet || line.compare_exchange(version, version | LOCKED, SeqCst, SeqCst).is_err() {
        return Ok(1);
    }
    let result = exchange();
    let changed = if result.is_ok() { version.wrapping_add(FINISHED) } else { version };
    line.store(changed, SeqCst);
    result
}

/// Loads `size` bytes, sign-extended.
fn load(addr: u64, size: u64) -> Result<u64, Faulted> {
    match size {
        1 => access::load_i8(addr),
        2 => access::load_i16(addr),
        4 => access::load_i32(addr),
        _ => access::load_u64(addr),
    }
}

/// Compares and exchanges `size` bytes of aligned guest memory; gives what was there,
/// sign-extended. `expected` is sign-extended, too.
#[inline]
pub fn cas(addr: u64, size: u64, expected: u64, new: u64) -> Result<u64, Faulted> {
    Ok(match size {
        1 => access::cas_u8(addr, expected as u8, new as u8)? as i8 as u64,
        2 => access::cas_u16(addr, expected as u16, new as u16)? as i16 as u64,
        4 => access::cas_u32(addr, expected as u32, new as u32)? as i32 as u64,
        _ => access::cas_u64(addr, expected, new)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_and_word(value: u64) -> (Box<CpuState>, Box<AtomicU64>, u64) {
        let word = Box::new(AtomicU64::new(value));
        let addr = &raw const *word as u64;
        (CpuState::new(), word, addr)
    }

    #[test]
    fn a_reserved_store_succeeds_once() {
        let (mut state, word, addr) = state_and_word(5);
        assert_eq!(exact_load(&mut state, addr, 8), Ok(5));
        assert_eq!(store_conditional(&mut state, addr, 8, 6), Ok(0));
        assert_eq!(store_conditional(&mut state, addr, 8, 7), Ok(1));
        assert_eq!(word.load(SeqCst), 6);
    }

    #[test]
    fn a_strict_reservation_ends_when_the_value_was_restored() {
        let (mut state, word, addr) = state_and_word(5);
        assert_eq!(strict_load(&mut state, addr, 4), Ok(5));
        guarded(addr, || word.store(6, SeqCst));
        guarded(addr, || word.store(5, SeqCst));
        assert_eq!(store_conditional(&mut state, addr, 4, 9), Ok(1));
        assert_eq!(strict_load(&mut state, addr, 4), Ok(5));
        assert_eq!(store_conditional(&mut state, addr, 4, 9), Ok(0));
        assert_eq!(word.load(SeqCst), 9);
    }

    #[test]
    fn a_plain_store_ends_both_kinds() {
        for strict in [false, true] {
            let (mut state, word, addr) = state_and_word(5);
            let reserve = if strict { strict_load } else { exact_load };
            assert_eq!(reserve(&mut state, addr, 8), Ok(5));
            word.store(6, SeqCst);
            assert_eq!(store_conditional(&mut state, addr, 8, 9), Ok(1));
        }
    }

    #[test]
    fn misaligned_reservations_fault() {
        let (mut state, _word, addr) = state_and_word(5);
        assert_eq!(strict_load(&mut state, addr + 2, 4), Err(Faulted));
        assert_eq!((state.fault.addr, state.fault.kind), (addr + 2, FaultKind::Misaligned));
    }
}
