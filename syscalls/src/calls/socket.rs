//! Sockets with names in the file system; see unix(7).

use std::mem::offset_of;

use crate::call::{Answer, Call};
use crate::host::cstring;
use crate::mem;
use crate::sysroot::Last;

const PATH: usize = offset_of!(libc::sockaddr_un, sun_path);
const ADDRESS: usize = size_of::<libc::sockaddr_un>();

/// bind(2).
pub fn bind(call: &mut Call<'_>) -> Answer {
    named(call, libc::SYS_bind, 1, Last::New)
}

/// connect(2).
pub fn connect(call: &mut Call<'_>) -> Answer {
    named(call, libc::SYS_connect, 1, Last::Follow)
}

/// sendto(2).
pub fn sendto(call: &mut Call<'_>) -> Answer {
    named(call, libc::SYS_sendto, 4, Last::Follow)
}

/// The host's call, with the address at argument `n` (and its length at `n + 1`) looked up.
fn named(call: &mut Call<'_>, nr: i64, n: usize, last: Last) -> Answer {
    let mut args = call.args;
    let address = host_address(call, args[n], args[n + 1] as u32 as usize, last);
    if let Some(address) = &address {
        (args[n], args[n + 1]) = (address.as_ptr() as u64, address.len() as u64);
    }
    call.block_with(nr, args)
}

/// The address of a Unix socket in the sysroot; `None` if the guest's is as good.
fn host_address(call: &Call<'_>, addr: u64, len: usize, last: Last) -> Option<Vec<u8>> {
    let sysroot = call.linux.sysroot.as_ref()?;
    let root = call.linux.fds.sysroot.get()?;
    if addr == 0 || len <= PATH || len > ADDRESS {
        return None;
    }
    let given = mem::read_bytes(addr, len).ok()?;
    let family = u16::from_le_bytes([given[0], given[1]]);
    if family != libc::AF_UNIX as u16 || given[PATH] != b'/' {
        return None;
    }
    let path = cstring(given[PATH..].to_vec());
    let path = sysroot.map(root, path.as_bytes(), last)?;
    let address = [&given[..PATH], path.as_bytes_with_nul()].concat();
    (address.len() <= ADDRESS).then_some(address)
}
