//! getcwd(2), chdir(2), chroot(2), getdents64(2).

use memory::Region;

use crate::call::{Answer, Call, fail};
use crate::calls::path::{self, Place, place};
use crate::host::{CWD, path_of, sys};
use crate::mem;
use crate::proc::{self, Whose, is_guests, mapping_start};
use crate::sysroot::Last;

/// getcwd(2): in the sysroot, the path inside it.
pub fn getcwd(call: &mut Call<'_>) -> Answer {
    let Some(sysroot) = &call.linux.sysroot else { return call.pass(libc::SYS_getcwd) };
    let mut buffer = [0u8; libc::PATH_MAX as usize];
    let args = [buffer.as_mut_ptr() as u64, buffer.len() as u64];
    let len = sys(libc::SYS_getcwd, args)? as usize;
    let mut path = sysroot.strip(&buffer[..len.saturating_sub(1)]).to_vec();
    path.push(0);
    if path.len() as u64 > call.args[1] {
        return fail(libc::ERANGE);
    }
    mem::write_bytes(call.process(), call.args[0], &path)?;
    Ok(path.len() as i64)
}

/// chdir(2).
pub fn chdir(call: &mut Call<'_>) -> Answer {
    let addr = call.args[0];
    match path::find(call, CWD, addr, Last::Follow) {
        Place::File(dir) => call.block_with(libc::SYS_fchdir, [dir.0 as u64, 0, 0, 0, 0, 0]),
        place => call.block_with(libc::SYS_chdir, [place.at(CWD, addr).1, 0, 0, 0, 0, 0]),
    }
}

/// chroot(2). What follows is looked up in the new root alone.
pub fn chroot(call: &mut Call<'_>) -> Answer {
    let _path = place(call, CWD, 0, Last::Follow);
    let result = call.block(libc::SYS_chroot)?;
    call.linux.fds.sysroot.forget();
    Ok(result)
}

/// getdents64(2): `/proc/self/fd` does not list the translator's descriptors, `/proc/self/map_files` not its mappings.
pub fn getdents64(call: &mut Call<'_>) -> Answer {
    let len = call.block(libc::SYS_getdents64)?;
    let Ok(mut entries) = mem::read_bytes(call.args[1], len as usize) else { return Ok(len) };
    if any_entry(&entries, &is_high) {
        let Some(owned) = own_in(call, call.int(0)) else { return Ok(len) };
        let named = |name: &[u8]| owned.iter().any(|fd| name == fd.to_string().as_bytes());
        remove_entries(&mut entries, &named);
    } else if any_entry(&entries, &|name| mapping_start(name).is_some()) {
        let Some(regions) = mapped_in(call, call.int(0)) else { return Ok(len) };
        let named = |name: &[u8]| mapping_start(name).is_some_and(|at| !is_guests(&regions, at));
        remove_entries(&mut entries, &named);
    } else {
        return Ok(len);
    }
    mem::write_bytes(call.process(), call.args[1], &entries)?;
    Ok(entries.len() as i64)
}

/// Offsets in `struct linux_dirent64`.
const RECLEN: usize = 16;
const NAME: usize = 19;

fn entry(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let len = u16::from_le_bytes([*bytes.get(RECLEN)?, *bytes.get(RECLEN + 1)?]) as usize;
    let name = bytes.get(NAME..len)?;
    Some((len, name.split(|&b| b == 0).next()?))
}

fn any_entry(mut bytes: &[u8], named: &dyn Fn(&[u8]) -> bool) -> bool {
    while let Some((len, name)) = entry(bytes) {
        if named(name) {
            return true;
        }
        bytes = &bytes[len..];
    }
    false
}

fn remove_entries(bytes: &mut Vec<u8>, named: &dyn Fn(&[u8]) -> bool) {
    let mut at = 0;
    while let Some((len, name)) = entry(&bytes[at..]) {
        if named(name) {
            bytes.drain(at..at + len);
        } else {
            at += len;
        }
    }
}

/// True for the number of a descriptor that may be a translator's.
fn is_high(name: &[u8]) -> bool {
    name.len() > 1 && name.iter().all(u8::is_ascii_digit)
}

/// The translator's descriptors of the guest process whose descriptors this directory lists.
fn own_in(call: &Call<'_>, fd: i32) -> Option<Vec<i32>> {
    let path = path_of(fd).ok().filter(|path| path.starts_with(b"/"))?;
    let last = path.rsplit(|&b| b == b'/').next()?;
    if !matches!(last, b"fd" | b"fdinfo") {
        return None;
    }
    match proc::owner(call, &path)? {
        Whose::Own => {
            let own = call.linux.fds.within(0, u32::MAX);
            Some(own.into_iter().map(|fd| fd as i32).collect())
        }
        Whose::Other(peer) => Some(peer.said()?.fds()),
    }
}

/// The regions of the guest process whose mappings this directory lists.
fn mapped_in(call: &Call<'_>, fd: i32) -> Option<Vec<Region>> {
    let path = path_of(fd).ok().filter(|path| path.ends_with(b"/map_files"))?;
    proc::regions_of(call, proc::owner(call, &path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirent(name: &str) -> Vec<u8> {
        let len = (NAME + name.len() + 1).next_multiple_of(8);
        let mut bytes = vec![0; len];
        bytes[RECLEN] = len as u8;
        bytes[NAME..NAME + name.len()].copy_from_slice(name.as_bytes());
        bytes
    }

    #[test]
    fn own_descriptors_are_left_out() {
        let mut bytes = [dirent("0"), dirent("1000"), dirent("10001")].concat();
        let named = |name: &[u8]| name == b"1000";
        assert!(any_entry(&bytes, &named));
        remove_entries(&mut bytes, &named);
        assert_eq!(bytes, [dirent("0"), dirent("10001")].concat());
    }
}
