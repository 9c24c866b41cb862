//! The strings that a program is started with.

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use memory::Errno;

use crate::host::{cstring, sys};
use crate::mem;

/// One argument is shorter than this.
const MAX_ARG_STRLEN: usize = 32 * 4096;
/// Arguments that are looked at; the host's limit on their bytes is far lower.
const MAX_ARGS: u64 = 1 << 24;

/// An argument: the guest's own string, or one of ours.
pub(super) enum Word {
    Guest(u64),
    Own(CString),
}

impl Word {
    pub(super) fn pointer(&self) -> u64 {
        match self {
            Word::Guest(addr) => *addr,
            Word::Own(text) => text.as_ptr() as u64,
        }
    }
    pub(super) fn text(&self) -> Result<Vec<u8>, Errno> {
        match self {
            Word::Guest(addr) => mem::read_string(*addr, MAX_ARG_STRLEN)?.ok_or(Errno(libc::E2BIG)),
            Word::Own(text) => Ok(text.as_bytes().to_vec()),
        }
    }
}

pub(super) fn own(bytes: impl Into<Vec<u8>>) -> Word {
    Word::Own(cstring(bytes.into()))
}

/// The addresses in the vector at `addr`; none for a null pointer.
pub(super) fn read_vector(addr: u64) -> Result<Vec<u64>, Errno> {
    let mut words = Vec::new();
    for n in 0..MAX_ARGS {
        let word = if addr == 0 { 0 } else { mem::read::<u64>(addr.wrapping_add(8 * n))? };
        if word == 0 {
            return Ok(words);
        }
        words.push(word);
    }
    Err(Errno(libc::E2BIG))
}

/// The arguments at `addr`; never empty, as in Linux.
pub(super) fn read_args(addr: u64) -> Result<Vec<Word>, Errno> {
    let mut words: Vec<Word> = read_vector(addr)?.into_iter().map(Word::Guest).collect();
    if words.is_empty() {
        words.push(own(""));
    }
    Ok(words)
}

/// As execve(2) does before it looks into the file: every string is there, none is too long.
pub(super) fn check_strings(argv: u64, envp: u64) -> Result<(), Errno> {
    let room = string_room();
    let mut total = 0;
    for vector in [argv, envp] {
        for word in read_vector(vector)? {
            total += mem::string_len(word, MAX_ARG_STRLEN)?.ok_or(Errno(libc::E2BIG))? + 9;
            if total as u64 > room {
                return Err(Errno(libc::E2BIG));
            }
        }
    }
    Ok(())
}

/// Bytes for strings and their pointers: a quarter of the stack, within bounds (execve(2)).
pub(super) fn string_room() -> u64 {
    const SMALLEST: u64 = 128 << 10;
    const LARGEST: u64 = 6 << 20;
    let mut limit = [8u64 << 20, 0];
    let args = [0, libc::RLIMIT_STACK as u64, 0, limit.as_mut_ptr() as u64];
    let _ = sys(libc::SYS_prlimit64, args);
    (limit[0] / 4).clamp(SMALLEST, LARGEST)
}

/// `argv[0]` of a script becomes interpreter, its argument, and the script's name.
pub(super) fn replace_first(
    args: &mut Vec<Word>,
    interp: &OsStr,
    arg: Option<OsString>,
    script: Vec<u8>,
) {
    let arg = arg.map(|a| own(a.as_bytes()));
    let words = [Some(own(interp.as_bytes())), arg, Some(own(script))];
    args.splice(0..1, words.into_iter().flatten());
}

#[cfg(test)]
pub(super) fn texts(words: &[Word]) -> Vec<String> {
    words.iter().map(|w| String::from_utf8(w.text().unwrap()).unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_takes_the_place_of_its_first_argument() {
        let mut args = vec![own("first"), own("second")];
        replace_first(&mut args, OsStr::new("/bin/sh"), Some("-e -u".into()), b"./x".to_vec());
        assert_eq!(texts(&args), ["/bin/sh", "-e -u", "./x", "second"]);
    }
}
