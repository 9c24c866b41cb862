//! Structures in guest memory. A bad pointer is `EFAULT`; a page whose code is translated loses
//! its translations when it is written.
#![allow(unsafe_code, reason = "plain structures as bytes")]

use guest::{PAGE_MASK, PAGE_SIZE, access};
use memory::Errno;
use runtime::Process;

/// `EFAULT`.
pub const FAULT: Errno = Errno(libc::EFAULT);

/// A type without padding for which every pattern of bits is a value.
///
/// # Safety
/// The type must be as said.
pub unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($ty:ty),* $(,)?) => { $(
        // SAFETY: integers, or a `repr(C)` structure of integers without gaps.
        unsafe impl Plain for $ty {}
    )* };
}
plain!(u8, u16, u32, u64, i32, i64, runtime::SigInfo, libc::timespec, libc::timeval);
plain!(runtime::clone::CloneArgs, crate::signals::Action, crate::signals::AltStack);
plain!(crate::calls::stat::Stat, crate::calls::ipc::Semid, crate::abi::hwprobe::Pair);
plain!(crate::abi::frame::Frame, crate::calls::poll::MaskArg, crate::calls::poll::Event);
plain!(libc::rlimit64, crate::seccomp::Insn, crate::proc::names::Map);
plain!(crate::proc::query::Query, crate::ptrace::Record);
// SAFETY: an array has no gaps that its elements don't have.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// A value as bytes.
pub fn bytes_of<T: Plain>(value: &T) -> &[u8] {
    // SAFETY: `Plain` has no padding.
    unsafe { std::slice::from_raw_parts((&raw const *value).cast(), size_of::<T>()) }
}

/// A value of zeros.
pub fn zeroed<T: Plain>() -> T {
    // SAFETY: all zeros is a value of a `Plain` type.
    unsafe { std::mem::zeroed() }
}

/// The value that `bytes` are; as many as it has.
pub fn from_bytes<T: Plain>(bytes: &[u8]) -> T {
    assert_eq!(bytes.len(), size_of::<T>());
    // SAFETY: any bytes are a value of a `Plain` type, and there are enough.
    unsafe { bytes.as_ptr().cast::<T>().read_unaligned() }
}

/// The host's `struct stat`, of zeros.
pub fn zeroed_stat() -> libc::stat {
    // SAFETY: all zeros is a value of this structure of integers.
    unsafe { std::mem::zeroed() }
}

/// Reads a structure.
pub fn read<T: Plain>(addr: u64) -> Result<T, Errno> {
    let mut value = zeroed::<T>();
    // SAFETY: any bytes are a value of a `Plain` type.
    let bytes =
        unsafe { std::slice::from_raw_parts_mut((&raw mut value).cast::<u8>(), size_of::<T>()) };
    access::copy_in(addr, bytes).map_err(|_| FAULT)?;
    Ok(value)
}

/// Writes a structure.
pub fn write<T: Plain>(process: &Process, addr: u64, value: &T) -> Result<(), Errno> {
    write_bytes(process, addr, bytes_of(value))
}

/// Writes bytes.
pub fn write_bytes(process: &Process, addr: u64, bytes: &[u8]) -> Result<(), Errno> {
    if access::copy_out(addr, bytes).is_ok() {
        return Ok(());
    }
    let end = addr.checked_add(bytes.len() as u64).ok_or(FAULT)?;
    if !process.open_to_writes(addr, end) {
        return Err(FAULT);
    }
    access::copy_out(addr, bytes).map_err(|_| FAULT)
}

/// Reads `len` bytes.
pub fn read_bytes(addr: u64, len: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = vec![0; len];
    access::copy_in(addr, &mut bytes).map_err(|_| FAULT)?;
    Ok(bytes)
}

/// Reads a string of less than `max` bytes, without its NUL; `None` if it is longer.
pub fn read_string(addr: u64, max: usize) -> Result<Option<Vec<u8>>, Errno> {
    const CHUNK: usize = 256;
    let mut text = Vec::new();
    while text.len() < max {
        let at = addr.wrapping_add(text.len() as u64);
        let to_page_end = (PAGE_SIZE - (at & PAGE_MASK)) as usize;
        let chunk = read_bytes(at, to_page_end.min(CHUNK).min(max - text.len()))?;
        if let Some(end) = chunk.iter().position(|&b| b == 0) {
            text.extend_from_slice(&chunk[..end]);
            return Ok(Some(text));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(None)
}

/// The length of a string of less than `max` bytes; `None` if it is longer.
pub fn string_len(addr: u64, max: usize) -> Result<Option<usize>, Errno> {
    Ok(read_string(addr, max)?.map(|text| text.len()))
}

/// Reads a path.
pub fn read_path(addr: u64) -> Result<Vec<u8>, Errno> {
    read_string(addr, libc::PATH_MAX as usize)?.ok_or(Errno(libc::ENAMETOOLONG))
}
