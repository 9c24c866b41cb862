//! Files whose text we make: memory with a name that says which file it is. As in procfs, the text is
//! made anew when it is read from its start again.

use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering};

use memory::Errno;

use super::{contents, find_path};
use crate::call::Call;
use crate::host::{self, CWD, Fd, cstring, fd_path, path_of, sys};

/// True once there was such a file: until then no descriptor can be of one.
static ANY: AtomicBool = AtomicBool::new(false);

const NAME: &[u8] = b"proc:";
/// What the link of such a descriptor looks like, but for the path.
const LINK: &[u8] = b"/memfd:proc:";
const DELETED: &[u8] = b" (deleted)";

/// An open, read-only file with the text of `path`, at the lowest free descriptor.
pub fn open(path: &[u8], text: &[u8], cloexec: i32) -> Result<i32, Errno> {
    ANY.store(true, Ordering::Relaxed);
    let name: CString = cstring([NAME, path].concat());
    let args = [name.as_ptr() as u64, libc::MFD_CLOEXEC as u64];
    let memory = Fd(sys(libc::SYS_memfd_create, args)? as i32);
    host::write_all(memory.0, text)?;
    let reader = host::open(CWD, &fd_path(memory.0), libc::O_RDONLY)?;
    sys(libc::SYS_dup3, [reader.0 as u64, memory.0 as u64, cloexec as u64])?;
    let fd = memory.0;
    std::mem::forget(memory);
    Ok(fd)
}

/// The path that the link of such a descriptor stands for.
pub fn path_in(link: &[u8]) -> Option<&[u8]> {
    link.strip_prefix(LINK).map(|path| path.strip_suffix(DELETED).unwrap_or(path))
}

/// The path of the file that a descriptor is of, if it is one of these.
pub fn path_behind(fd: i32) -> Option<Vec<u8>> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    path_in(&path_of(fd).ok()?).map(<[u8]>::to_vec)
}

/// The descriptor is about to be read from its start: makes its text anew, if it is one of these.
/// `ESRCH` if the process has ended.
pub fn refresh(call: &mut Call<'_>, fd: i32) -> Result<(), Errno> {
    let Some(path) = path_behind(fd) else { return Ok(()) };
    let found = find_path(call, CWD, &path).ok_or(Errno(libc::ESRCH))?;
    let text = contents(call, &found)?;
    let writer = host::open(CWD, &fd_path(fd), libc::O_RDWR | libc::O_TRUNC)?;
    host::write_all(writer.0, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn served_text_is_read_only_at_its_start_and_named() {
        let fd = Fd(open(b"/proc/42/stat", b"hello", libc::O_CLOEXEC).unwrap());
        let mut buffer = [0u8; 8];
        let len = sys(libc::SYS_read, [fd.0 as u64, buffer.as_mut_ptr() as u64, 8]).unwrap();
        assert_eq!(&buffer[..len as usize], b"hello");
        let write = sys(libc::SYS_write, [fd.0 as u64, buffer.as_ptr() as u64, 1]);
        assert_eq!(write, Err(Errno(libc::EBADF)));
        assert_eq!(path_behind(fd.0).as_deref(), Some(b"/proc/42/stat".as_slice()));
        assert_eq!(path_in(b"/memfd:other (deleted)"), None);
    }
}
