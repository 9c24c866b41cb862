//! `PROCMAP_QUERY` on `/proc/PID/maps`: one mapping, as numbers; see ioctl(2) and
//! `include/uapi/linux/fs.h`.

use super::maps::HostLine;
use super::{contents, find_path, served};
use crate::call::{Answer, Call, fail};
use crate::host::CWD;
use crate::mem;

/// The request's number.
pub const PROCMAP_QUERY: u32 = 0xc068_6611;

const READABLE: u64 = 1;
const WRITABLE: u64 = 2;
const EXECUTABLE: u64 = 4;
const SHARED: u64 = 8;
const COVERING_OR_NEXT: u64 = 0x10;
const FILE_BACKED: u64 = 0x20;
const RIGHTS: u64 = READABLE | WRITABLE | EXECUTABLE | SHARED;

/// `struct procmap_query`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Query {
    size: u64,
    flags: u64,
    addr: u64,
    start: u64,
    end: u64,
    rights: u64,
    page_size: u64,
    offset: u64,
    inode: u64,
    device: [u32; 2],
    name_size: u32,
    build_id_size: u32,
    name_addr: u64,
    build_id_addr: u64,
}

/// The ioctl, if the descriptor is of a `maps` that we serve.
pub fn procmap_query(call: &mut Call<'_>) -> Option<Answer> {
    let path = served::path_behind(call.int(0)).filter(|path| path.ends_with(b"/maps"))?;
    Some(answer(call, &path))
}

fn answer(call: &mut Call<'_>, path: &[u8]) -> Answer {
    let at = call.args[2];
    let size: u64 = mem::read(at)?;
    // The kernel wants what comes before the results.
    if size < 24 {
        return fail(libc::EINVAL);
    }
    if size > guest::PAGE_SIZE {
        return fail(libc::E2BIG);
    }
    let known = size_of::<Query>().min(size as usize);
    let mut bytes = mem::read_bytes(at, known)?;
    bytes.resize(size_of::<Query>(), 0);
    let mut query: Query = mem::from_bytes(&bytes);
    let pairs = |addr: u64, size: u32| (addr == 0) == (size == 0);
    if query.flags & !(RIGHTS | COVERING_OR_NEXT | FILE_BACKED) != 0
        || !pairs(query.name_addr, query.name_size)
        || !pairs(query.build_id_addr, query.build_id_size)
    {
        return fail(libc::EINVAL);
    }
    let found = find_path(call, CWD, path).ok_or(memory::Errno(libc::ESRCH))?;
    let text = contents(call, &found)?;
    let lines = text.split(|&b| b == b'\n').filter_map(HostLine::parse);
    let Some(line) = pick(&query, lines) else { return fail(libc::ENOENT) };
    fill(call, &mut query, &line)?;
    mem::write_bytes(call.process(), at, &mem::bytes_of(&query)[..known])?;
    Ok(0)
}

/// The mapping that is asked for.
fn pick<'a>(query: &Query, lines: impl Iterator<Item = HostLine<'a>>) -> Option<HostLine<'a>> {
    let mut behind = lines.filter(|line| query.addr < line.end);
    let fits = |line: &HostLine<'_>| {
        let wanted = query.flags & RIGHTS;
        let file = query.flags & FILE_BACKED == 0 || line.is_file();
        line.rights_bits() & wanted == wanted && file
    };
    if query.flags & COVERING_OR_NEXT != 0 {
        return behind.find(fits);
    }
    behind.next().filter(|line| line.start <= query.addr && fits(line))
}

fn fill(call: &mut Call<'_>, query: &mut Query, line: &HostLine<'_>) -> Result<(), memory::Errno> {
    (query.start, query.end, query.rights) = (line.start, line.end, line.rights_bits());
    query.page_size = guest::PAGE_SIZE;
    (query.offset, query.inode, query.device) = line.file();
    let name = line.name();
    if query.name_size != 0 {
        if name.len() >= query.name_size as usize {
            return Err(memory::Errno(libc::ENAMETOOLONG));
        }
        let text = [name, b"\0"].concat();
        mem::write_bytes(call.process(), query.name_addr, &text)?;
        query.name_size = if name.is_empty() { 0 } else { text.len() as u32 };
    }
    // A note that nobody has looked up.
    query.build_id_size = 0;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &[u8] = b"\
10000-12000 r-xp 00001000 fe:01 77                         /bin/a
12000-13000 rw-p 00000000 00:00 0
20000-30000 rw-s 00000000 00:01 9                          /x
";

    fn picked(addr: u64, flags: u64) -> Option<u64> {
        let query = Query { addr, flags, ..mem::zeroed() };
        let lines = MAPS.split(|&b| b == b'\n').filter_map(HostLine::parse);
        pick(&query, lines).map(|line| line.start)
    }

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(size_of::<Query>(), 104);
        assert_eq!(std::mem::offset_of!(Query, name_addr), 88);
    }

    #[test]
    fn a_query_names_the_mapping_or_the_next_that_fits() {
        assert_eq!(picked(0x11000, 0), Some(0x10000));
        assert_eq!(picked(0x13000, 0), None);
        assert_eq!(picked(0x13000, COVERING_OR_NEXT), Some(0x20000));
        assert_eq!(picked(0, COVERING_OR_NEXT | WRITABLE), Some(0x12000));
        assert_eq!(picked(0x12000, COVERING_OR_NEXT | FILE_BACKED), Some(0x20000));
        assert_eq!(picked(0x11000, WRITABLE), None);
        assert_eq!(picked(0x30000, COVERING_OR_NEXT), None);
    }
}
