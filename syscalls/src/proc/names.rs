//! What the host's kernel is told of a guest: where its program, its arguments, its environment
//! and its auxiliary vector lie (PR_SET_MM_MAP in PR_SET_MM(2const)). `/proc/PID/cmdline`, `environ`
//! and `auxv` are then the guest's for everybody, and follow what it writes there.

use loader::Image;
use memory::Errno;

use crate::host::sys;

pub const PR_SET_MM_MAP: u64 = 14;
/// Of `struct prctl_mm_map`.
pub const MAP_LEN: u64 = size_of::<Map>() as u64;
const NO_FILE: u32 = u32::MAX;

/// `struct prctl_mm_map`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Map {
    /// Code, data, heap: start and end of each.
    program: [u64; 4],
    /// The host's, which is the translator's.
    pub heap: [u64; 2],
    stack: u64,
    /// Arguments and environment.
    strings: [u64; 4],
    auxv: u64,
    auxv_len: u32,
    pub exe_fd: u32,
}

/// Tells the kernel; `Err` where it is built without the call.
pub fn tell(image: &Image) -> Result<(), Errno> {
    let auxv = image.auxv_bytes();
    let data = if image.data.start == 0 { &image.code } else { &image.data };
    let map = Map {
        program: [image.code.start, image.code.end, data.start, data.end],
        heap: host_heap()?,
        stack: image.stack_pointer,
        strings: [image.args.start, image.args.end, image.env.start, image.env.end],
        auxv: auxv.as_ptr() as u64,
        auxv_len: auxv.len() as u32,
        exe_fd: NO_FILE,
    };
    set(&map)
}

/// The call itself.
pub fn set(map: &Map) -> Result<(), Errno> {
    let at = std::ptr::from_ref(map) as u64;
    sys(libc::SYS_prctl, [libc::PR_SET_MM as u64, PR_SET_MM_MAP, at, MAP_LEN, 0]).map(drop)
}

/// The heap's borders for the call, which leave brk(2) of the translator as it is.
pub fn host_heap() -> Result<[u64; 2], Errno> {
    let end = sys(libc::SYS_brk, [0])? as u64;
    Ok([end, end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(MAP_LEN, 104);
        assert_eq!(std::mem::offset_of!(Map, auxv_len), 96);
    }
}
