//! epoll(7): `struct epoll_event` is packed on x86-64, and is not elsewhere.

use crate::call::{Answer, Call};
use crate::calls::poll::{Event, with_mask};
use crate::mem;

/// Bytes of the host's event: 32 bits of events, 64 of data.
pub const HOST_EVENT: usize = 12;
/// Events handed on in one call.
const MOST: usize = 1024;
const EVENT: u64 = size_of::<Event>() as u64;

/// The event as the host has it.
pub fn to_host(event: &Event) -> [u8; HOST_EVENT] {
    let mut bytes = [0; HOST_EVENT];
    bytes[..4].copy_from_slice(&event.events.to_le_bytes());
    bytes[4..].copy_from_slice(&event.data.to_le_bytes());
    bytes
}

fn from_host(bytes: &[u8]) -> Event {
    let mut event = Event::default();
    let (mut events, mut data) = ([0; 4], [0; 8]);
    events.copy_from_slice(&bytes[..4]);
    data.copy_from_slice(&bytes[4..HOST_EVENT]);
    (event.events, event.data) = (u32::from_le_bytes(events), u64::from_le_bytes(data));
    event
}

/// epoll_ctl(2).
pub fn ctl(call: &mut Call<'_>) -> Answer {
    if call.int(1) == libc::EPOLL_CTL_DEL {
        return call.pass(libc::SYS_epoll_ctl);
    }
    let event = to_host(&mem::read(call.args[3])?);
    let [epoll, op, fd, ..] = call.args;
    call.pass_with(libc::SYS_epoll_ctl, [epoll, op, fd, event.as_ptr() as u64, 0, 0])
}

/// epoll_pwait(2).
pub fn pwait(call: &mut Call<'_>) -> Answer {
    wait(call, libc::SYS_epoll_pwait)
}

/// epoll_pwait2(2).
pub fn pwait2(call: &mut Call<'_>) -> Answer {
    wait(call, libc::SYS_epoll_pwait2)
}

fn wait(call: &mut Call<'_>, nr: i64) -> Answer {
    let most = call.int(2);
    if most <= 0 {
        // The host says what is wrong first.
        return call.pass(nr);
    }
    let most = (most as usize).min(MOST);
    let mut events = vec![0u8; most * HOST_EVENT];
    let [epoll, to, _, timeout, mask, mask_len] = call.args;
    let args = [epoll, events.as_mut_ptr() as u64, most as u64, timeout, 0, mask_len];
    let count = with_mask(call, mask, mask_len, |call, mask| {
        call.block_with(nr, [args[0], args[1], args[2], args[3], mask, args[5]])
    })?;
    for (n, bytes) in events.chunks(HOST_EVENT).take(count as usize).enumerate() {
        call.write(to.wrapping_add(n as u64 * EVENT), &from_host(bytes))?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_event_is_not_packed() {
        assert_eq!(EVENT, 16);
        assert_eq!(std::mem::offset_of!(Event, data), 8);
        assert_eq!(size_of::<libc::epoll_event>(), HOST_EVENT);
    }

    #[test]
    fn events_survive_both_ways() {
        let mut event = Event::default();
        (event.events, event.data) = (0x8000_0001, 0x1122_3344_5566_7788);
        let back = from_host(&to_host(&event));
        assert_eq!((back.events, back.data), (event.events, event.data));
    }
}
