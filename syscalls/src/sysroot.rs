//! Guest paths to host paths.
//!
//! Without a sysroot they are the same. With one, an absolute path is looked up inside it
//! first, with symbolic links resolved as if it were the root, and used on the host as it is if
//! it is not there. A file to be made is made on the host, unless its directory exists only in
//! the sysroot. What the kernel provides (`/proc`, `/sys`, `/dev`) is always the host's.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::IntoRawFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use memory::Errno;

use crate::fds::raise_fd;
use crate::host::{self, Fd, cstring, path_of, sys};

/// How the last part of a path is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Last {
    /// A symbolic link is followed.
    Follow,
    /// A symbolic link is meant itself.
    Link,
    /// It may have to be made; a link that is there is meant itself.
    New,
    /// It may have to be made; a link that is there is followed.
    NewFollow,
}

/// The directory that holds the guest's files.
pub struct Sysroot {
    /// Its real path, without a slash at the end.
    path: Vec<u8>,
}

/// What the host's calls fail with `ENOTDIR` for.
pub const NO_DIRECTORY: &CStr = c"/proc/self/stat/none";

/// Directories that the host provides.
const KERNEL_DIRS: [&[u8]; 3] = [b"/proc", b"/sys", b"/dev"];

impl Sysroot {
    /// Opens the directory; gives its descriptor too, at a high number.
    pub fn open(path: &Path) -> io::Result<(Sysroot, i32)> {
        let real = std::fs::canonicalize(path)?;
        let file = std::fs::File::open(&real)?;
        if !file.metadata()?.is_dir() {
            return Err(io::Error::from_raw_os_error(libc::ENOTDIR));
        }
        let fd = raise_fd(file.into_raw_fd());
        let mut path = real.into_os_string().into_vec();
        if path.ends_with(b"/") {
            path.pop();
        }
        Ok((Sysroot { path }, fd))
    }

    /// Its real path on the host, without a slash at the end.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The host's path for a guest path, if it is another one. `root` is the open directory.
    pub fn map(&self, root: i32, path: &[u8], last: Last) -> Option<CString> {
        if !is_ours(path) {
            return None;
        }
        let follow = matches!(last, Last::Follow | Last::NewFollow);
        let inside = resolve(root, path, follow);
        if inside.is_ok() || matches!(last, Last::Follow | Last::Link) {
            return or_no_directory(inside);
        }
        let (parent, name) = split(path)?;
        if host::exists(&cstring(parent.to_vec()), true) {
            return None;
        }
        let mut made = match resolve(root, parent, true) {
            Ok(dir) => dir.into_bytes(),
            failed => return or_no_directory(failed),
        };
        made.push(b'/');
        made.extend_from_slice(name);
        Some(cstring(made))
    }

    /// What a path names inside the sysroot, open for its path only; `ENOENT` if it names nothing
    /// there, `ENOTDIR` if something there is in its way.
    pub fn locate(&self, root: i32, path: &[u8], last: Last) -> Result<Fd, Errno> {
        let follow = matches!(last, Last::Follow | Last::NewFollow);
        if is_ours(path) { locate(root, path, follow) } else { Err(Errno(libc::ENOENT)) }
    }

    /// A host path as the guest knows it.
    pub fn strip<'a>(&self, path: &'a [u8]) -> &'a [u8] {
        match path.strip_prefix(self.path.as_slice()) {
            Some([]) => b"/",
            Some(rest) if rest.starts_with(b"/") => rest,
            _ => path,
        }
    }
}

/// True if a path is looked up in the sysroot.
pub fn is_ours(path: &[u8]) -> bool {
    path.starts_with(b"/") && !in_kernel_dir(path)
}

fn in_kernel_dir(path: &[u8]) -> bool {
    let start = path.iter().position(|&b| b != b'/').unwrap_or(path.len());
    let path = &path[start.saturating_sub(1)..];
    KERNEL_DIRS
        .iter()
        .any(|dir| path.strip_prefix(*dir).is_some_and(|r| r.is_empty() || r.starts_with(b"/")))
}

/// openat2(2) inside `root`, as if it were the root directory; the arguments of the call. `how`
/// is filled in and must live until the call is made.
pub fn open_inside(root: i32, path: &CString, how: &mut [u64; 3], flags: i32) -> [u64; 6] {
    const RESOLVE_IN_ROOT: u64 = 0x10;
    *how = [flags as u32 as u64, 0, RESOLVE_IN_ROOT];
    let size = size_of_val(how) as u64;
    [root as u64, path.as_ptr() as u64, how.as_ptr() as u64, size, 0, 0]
}

/// What `path` names inside `root`, open for its path only.
fn locate(root: i32, path: &[u8], follow: bool) -> Result<Fd, Errno> {
    let nofollow = if follow { 0 } else { libc::O_NOFOLLOW };
    let mut how = [0; 3];
    let path = cstring(path.to_vec());
    let args = open_inside(root, &path, &mut how, libc::O_PATH | libc::O_CLOEXEC | nofollow);
    Ok(Fd(sys(libc::SYS_openat2, args)? as i32))
}

/// The real path on the host of what `path` names inside `root`.
fn resolve(root: i32, path: &[u8], follow: bool) -> Result<CString, Errno> {
    let fd = locate(root, path, follow)?;
    Ok(cstring(path_of(fd.0)?))
}

/// What is in the way inside is in the way: the host is not asked.
fn or_no_directory(inside: Result<CString, Errno>) -> Option<CString> {
    match inside {
        Err(Errno(libc::ENOTDIR)) => Some(NO_DIRECTORY.to_owned()),
        inside => inside.ok(),
    }
}

/// A path's directory and last name.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = path.iter().rposition(|&b| b != b'/')? + 1;
    let slash = path[..end].iter().rposition(|&b| b == b'/')?;
    let parent = if slash == 0 { &path[..1] } else { &path[..slash] };
    Some((parent, &path[slash + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Fixture(std::path::PathBuf, Sysroot, i32);

    impl Fixture {
        fn new(name: &str) -> Fixture {
            let dir = std::env::temp_dir().join(format!("metic-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&dir);
            std::fs::create_dir_all(dir.join("usr/lib")).unwrap();
            std::fs::create_dir_all(dir.join("proc")).unwrap();
            std::fs::write(dir.join("usr/lib/a"), "a").unwrap();
            symlink("/usr/lib", dir.join("lib")).unwrap();
            symlink("/usr/lib/a", dir.join("usr/link")).unwrap();
            let (sysroot, fd) = Sysroot::open(&dir).unwrap();
            Fixture(std::fs::canonicalize(dir).unwrap(), sysroot, fd)
        }
        fn map(&self, path: &str, last: Last) -> Option<String> {
            let mapped = self.1.map(self.2, path.as_bytes(), last)?;
            let text = mapped.into_string().unwrap();
            Some(text.strip_prefix(self.0.to_str().unwrap()).unwrap_or(&text).to_owned())
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn absolute_links_stay_inside() {
        let f = Fixture::new("inside");
        assert_eq!(f.map("/lib/a", Last::Follow).as_deref(), Some("/usr/lib/a"));
        assert_eq!(f.map("/usr/link", Last::Follow).as_deref(), Some("/usr/lib/a"));
        assert_eq!(f.map("/usr/link", Last::Link).as_deref(), Some("/usr/link"));
        assert_eq!(f.map("/../../usr/lib/a", Last::Follow).as_deref(), Some("/usr/lib/a"));
    }

    #[test]
    fn what_is_not_inside_is_the_hosts() {
        let f = Fixture::new("outside");
        assert_eq!(f.map("/nowhere", Last::Follow), None);
        assert_eq!(f.map("usr/lib/a", Last::Follow), None);
        assert_eq!(f.map("/proc", Last::Follow), None);
        assert_eq!(f.map("//proc/self", Last::Follow), None);
    }

    #[test]
    fn a_file_inside_is_in_the_way() {
        let f = Fixture::new("way");
        for path in ["/usr/lib/a/x", "/lib/a/x", "/lib/a/x/y", "/usr/link/x", "/lib/a/"] {
            assert_eq!(f.map(path, Last::Follow).as_deref(), NO_DIRECTORY.to_str().ok());
        }
        let deep = f.map("/lib/a/x/y", Last::New);
        assert_eq!(deep.as_deref(), NO_DIRECTORY.to_str().ok());
        assert_eq!(f.map("/usr/lib/a/x", Last::New).as_deref(), Some("/usr/lib/a/x"));
    }

    #[test]
    fn a_new_file_goes_where_its_directory_is() {
        let f = Fixture::new("new");
        std::fs::create_dir_all(f.0.join("only/here")).unwrap();
        assert_eq!(f.map("/only/here/x", Last::New).as_deref(), Some("/only/here/x"));
        assert_eq!(f.map("/usr/x-of-metic", Last::New), None);
        assert_eq!(f.map("/usr/lib/a", Last::New).as_deref(), Some("/usr/lib/a"));
        assert_eq!(f.map("/usr/link", Last::NewFollow).as_deref(), Some("/usr/lib/a"));
    }

    #[test]
    fn the_guest_sees_paths_without_the_sysroot() {
        let sysroot = Sysroot { path: b"/srv/root".to_vec() };
        assert_eq!(sysroot.strip(b"/srv/root/bin/sh"), b"/bin/sh");
        assert_eq!(sysroot.strip(b"/srv/root"), b"/");
        assert_eq!(sysroot.strip(b"/srv/rooted"), b"/srv/rooted");
    }
}
