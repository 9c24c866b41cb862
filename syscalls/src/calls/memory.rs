//! mmap(2) and its kin: the address space keeps the guest's regions apart from the translator.

use memory::{MapRequest, Prot, Region};

use super::lock;
use crate::call::{Answer, Call, fail};
use crate::mem;

const PROT_SEM: u64 = 8;
const PROT_GROWSDOWN: u64 = libc::PROT_GROWSDOWN as u64;
const PROT_GROWSUP: u64 = libc::PROT_GROWSUP as u64;
const MAP_SHARED_VALIDATE: i32 = 3;

/// mmap(2).
pub fn mmap(call: &mut Call<'_>) -> Answer {
    let [addr, len, prot, flags, fd, offset] = call.args;
    let (flags, fd) = (flags as i32, fd as i32);
    let shape = flags & libc::MAP_TYPE;
    if offset & guest::PAGE_MASK != 0
        || !matches!(shape, libc::MAP_SHARED | libc::MAP_PRIVATE | MAP_SHARED_VALIDATE)
    {
        return fail(libc::EINVAL);
    }
    if flags & libc::MAP_ANONYMOUS == 0 && call.linux.fds.owns(fd as u64) {
        return fail(libc::EBADF);
    }
    let prot = Prot::from_linux(prot as i32);
    let memory = &call.process().memory;
    let flags = flags | lock::flags_for_new(memory);
    let start = memory.map(MapRequest { addr, len, prot, flags, fd, offset })?;
    lock::lock_new(memory, start, start.saturating_add(len));
    Ok(start as i64)
}

/// munmap(2).
pub fn munmap(call: &mut Call<'_>) -> Answer {
    call.process().memory.unmap(call.args[0], call.args[1])?;
    Ok(0)
}

/// mprotect(2).
pub fn mprotect(call: &mut Call<'_>) -> Answer {
    let [addr, len, prot, ..] = call.args;
    let memory = &call.process().memory;
    let both = PROT_GROWSDOWN | PROT_GROWSUP;
    let known = 7 | PROT_SEM | both;
    if prot & !known != 0 || prot & both == both || prot & PROT_GROWSUP != 0 {
        return fail(libc::EINVAL);
    }
    let rights = Prot::from_linux(prot as i32);
    if prot & PROT_GROWSDOWN != 0 {
        memory.protect_grows_down(addr, len, rights)?;
    } else {
        memory.protect(addr, len, rights)?;
    }
    Ok(0)
}

/// mremap(2).
pub fn mremap(call: &mut Call<'_>) -> Answer {
    let [old, old_len, new_len, flags, new, _] = call.args;
    Ok(call.process().memory.remap(old, old_len, new_len, flags as i32, new)? as i64)
}

/// remap_file_pages(2): the host's maps the pages of the file anew. Pages whose code is watched
/// have other rights on the host, so that they would be other mappings.
pub fn remap_file_pages(call: &mut Call<'_>) -> Answer {
    let [addr, len, ..] = call.args;
    let start = addr & !guest::PAGE_MASK;
    let Some(end) = start.checked_add(len & !guest::PAGE_MASK).filter(|&end| end > start) else {
        return fail(libc::EINVAL);
    };
    let memory = &call.process().memory;
    if !memory.covers(start, end) {
        return fail(libc::EINVAL);
    }
    call.process().open_to_writes(start, end);
    let answer = call.pass(libc::SYS_remap_file_pages);
    call.process().code_changed(start, end);
    answer
}

/// brk(2).
pub fn brk(call: &mut Call<'_>) -> Answer {
    let memory = &call.process().memory;
    let before = memory.brk(0);
    let end = memory.brk(call.args[0]);
    lock::lock_new(memory, before, end);
    Ok(end as i64)
}

/// madvise(2).
pub fn madvise(call: &mut Call<'_>) -> Answer {
    let [addr, len, advice, ..] = call.args;
    call.process().memory.advise(addr, len, advice as i32)?;
    Ok(0)
}

/// The host's call `nr` on the range that the first two arguments name, up to the first page that
/// is not the guest's; with a hole, `errno` comes after that.
fn in_guest(call: &mut Call<'_>, nr: i64, errno: i32) -> Answer {
    let [addr, len, ..] = call.args;
    let start = addr & !guest::PAGE_MASK;
    let end = addr.checked_add(len).and_then(|end| end.checked_add(guest::PAGE_MASK));
    let Some(end) = end.map(|end| end & !guest::PAGE_MASK).filter(|end| start < *end) else {
        // What there is to say about it, the host says.
        return call.block(nr);
    };
    let Some(hole) = call.process().memory.first_hole(start, end) else { return call.block(nr) };
    // Of nothing, the host says whether address and flags are right.
    call.args[1] = hole.saturating_sub(addr);
    call.block(nr)?;
    fail(errno)
}

/// mlock(2), as far as the memory is the guest's.
pub fn mlock(call: &mut Call<'_>) -> Answer {
    in_guest(call, libc::SYS_mlock, libc::ENOMEM)
}

/// mlock2(2).
pub fn mlock2(call: &mut Call<'_>) -> Answer {
    in_guest(call, libc::SYS_mlock2, libc::ENOMEM)
}

/// munlock(2).
pub fn munlock(call: &mut Call<'_>) -> Answer {
    in_guest(call, libc::SYS_munlock, libc::ENOMEM)
}

/// msync(2).
pub fn msync(call: &mut Call<'_>) -> Answer {
    in_guest(call, libc::SYS_msync, libc::ENOMEM)
}

/// mincore(2).
pub fn mincore(call: &mut Call<'_>) -> Answer {
    in_guest(call, libc::SYS_mincore, libc::ENOMEM)
}

/// mbind(2).
pub fn mbind(call: &mut Call<'_>) -> Answer {
    in_guest(call, libc::SYS_mbind, libc::EFAULT)
}

/// mseal(2): all of the range or nothing.
pub fn mseal(call: &mut Call<'_>) -> Answer {
    const MSEAL: i64 = 462;
    let [addr, len, ..] = call.args;
    let end = addr.saturating_add(len);
    if addr & guest::PAGE_MASK == 0 && call.process().memory.first_hole(addr, end).is_some() {
        // Of nothing, the host says whether the flags are right.
        call.args[1] = 0;
        call.pass(MSEAL)?;
        return fail(libc::ENOMEM);
    }
    call.pass(MSEAL)
}

/// io_setup(2): the kernel maps the ring of completions itself, and its address is the context.
pub fn io_setup(call: &mut Call<'_>) -> Answer {
    let before: u64 = mem::read(call.args[1])?;
    let mut context = before;
    let args = [call.args[0], &raw mut context as u64, 0, 0, 0, 0];
    call.pass_with(libc::SYS_io_setup, args)?;
    call.write(call.args[1], &context)?;
    if let Some((start, end)) = host_mapping(context) {
        let prot = Prot::RW;
        let region = Region { start, end, prot, shared: true, kind: memory::Kind::File };
        call.process().memory.adopt(region);
    }
    Ok(0)
}

/// io_destroy(2).
pub fn io_destroy(call: &mut Call<'_>) -> Answer {
    let context = call.args[0];
    let region = call.process().memory.region_at(context);
    call.block(libc::SYS_io_destroy)?;
    if let Some(region) = region {
        call.process().memory.forget(region.start, region.end);
    }
    Ok(0)
}

/// The borders of the host's mapping at `addr`.
fn host_mapping(addr: u64) -> Option<(u64, u64)> {
    let maps = std::fs::read("/proc/self/maps").ok()?;
    let mut entries = maps.split(|&b| b == b'\n').filter_map(crate::proc::maps::HostLine::parse);
    entries.find(|l| (l.start..l.end).contains(&addr)).map(|l| (l.start, l.end))
}
