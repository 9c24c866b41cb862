//! `/tmp/jit-PID.dump`, from which `perf inject --jit` makes files with the names and the bytes of translated code
//! (Linux, tools/perf/Documentation/jitdump-specification.txt). Unlike a map it knows what lay where at which time.
#![allow(unsafe_code, reason = "maps the file, reads translated code")]

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::time::Duration;

use lending::Mutex;
use nix::time::{ClockId, clock_gettime};
use runtime::{Observer, Placed};

use crate::process_age::age;
use crate::symbols::Symbols;

const MAGIC: u32 = 0x4a69_5444;
const VERSION: u32 = 1;
const HEADER: u32 = 40;
const X86_64: u32 = 62;
/// A record of a translation: its number, and its bytes ahead of name and code.
const LOAD: u32 = 0;
const LOAD_BYTES: usize = 56;
const PAGE: usize = 4096;

/// Writes a record for each translation. No descriptor stays open: the guest has them all.
#[derive(Default)]
pub struct JitDump(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whose file was written last: a fork's child has its own, and perf gives it its parent's names.
    pid: u32,
    /// Translations in it.
    count: u64,
    symbols: Symbols,
}

impl Observer for JitDump {
    fn placed(&self, placed: &Placed) {
        let mut state = self.0.lock();
        let title = state.symbols.title(placed);
        // Whom the file helps is not helped by a guest that does not run for the lack of it.
        let _ = state.write(placed, &title);
    }
}

impl State {
    fn write(&mut self, placed: &Placed, title: &str) -> std::io::Result<()> {
        let pid = std::process::id();
        let mut file = match self.pid == pid {
            true => OpenOptions::new().append(true).open(path_of(pid))?,
            false => begin(pid)?,
        };
        self.pid = pid;
        self.count += 1;
        let host = &placed.host;
        let len = (host.end - host.start) as usize;
        // SAFETY: a translation in the code cache, which is locked.
        let code = unsafe { std::slice::from_raw_parts(host.start as *const u8, len) };
        file.write_all(&load(
            host.start,
            code,
            title,
            [pid, runtime::threads::gettid() as u32],
            self.count,
        ))
    }
}

/// The record of the `number`th translation, whose code lies at `at`.
fn load(at: u64, code: &[u8], title: &str, [pid, tid]: [u32; 2], number: u64) -> Vec<u8> {
    let size = LOAD_BYTES + title.len() + 1 + code.len();
    let mut record = Vec::with_capacity(size);
    [LOAD, size as u32].iter().for_each(|word| record.extend(word.to_le_bytes()));
    record.extend(now().to_le_bytes());
    [pid, tid].iter().for_each(|word| record.extend(word.to_le_bytes()));
    let words = [at, at, code.len() as u64, number];
    words.iter().for_each(|word| record.extend(word.to_le_bytes()));
    record.extend(title.bytes().chain([0]));
    record.extend(code);
    record
}

/// Opens the file of a process that has not written to it, unless the program that it ran before has.
fn begin(pid: u32) -> std::io::Result<File> {
    let path = path_of(pid);
    let fresh = !std::fs::read(&path).is_ok_and(|bytes| is_of_this_process(&bytes));
    let mut file = match fresh {
        true => OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?,
        false => OpenOptions::new().read(true).append(true).open(path)?,
    };
    if fresh {
        file.write_all(&header(pid))?;
    }
    mark(&file);
    Ok(file)
}

fn header(pid: u32) -> Vec<u8> {
    let words = [MAGIC, VERSION, HEADER, X86_64, 0, pid];
    let mut header: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    header.extend(now().to_le_bytes());
    header.extend(0u64.to_le_bytes());
    header
}

/// True if the file was begun after this process was: numbers of processes come again.
fn is_of_this_process(bytes: &[u8]) -> bool {
    let begun = bytes.get(24..32).and_then(|word| Some(u64::from_le_bytes(word.try_into().ok()?)));
    let Some((begun, age)) = begun.zip(age()) else { return false };
    now().checked_sub(begun).is_some_and(|dump_age| dump_age as u128 <= age.as_nanos())
}

/// Maps a page of the file as code, which tells perf of it. It stays for good.
fn mark(file: &File) {
    let prot = libc::PROT_READ | libc::PROT_EXEC;
    // SAFETY: a fresh mapping that nobody uses.
    unsafe {
        libc::mmap(std::ptr::null_mut(), PAGE, prot, libc::MAP_PRIVATE, file.as_raw_fd(), 0);
    }
}

/// The clock of `perf record -k 1`.
fn now() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from);
    now.unwrap_or_default().as_nanos() as u64
}

fn path_of(pid: u32) -> PathBuf {
    format!("/tmp/jit-{pid}.dump").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_its_name_and_code_behind_its_fields() {
        let record = load(0x7f00, &[0x90, 0xc3], "main+0x4", [7, 8], 3);
        let word = |at: usize| u64::from_le_bytes(record[at..at + 8].try_into().unwrap());
        assert_eq!(word(0), (record.len() as u64) << 32);
        assert_eq!([16, 24, 32, 40, 48].map(word), [8 << 32 | 7, 0x7f00, 0x7f00, 2, 3]);
        assert_eq!(&record[LOAD_BYTES..], b"main+0x4\0\x90\xc3");
    }

    #[test]
    fn what_another_process_of_this_number_wrote_is_not_taken_for_ours() {
        let mut bytes = header(std::process::id());
        assert_eq!(bytes.len(), HEADER as usize);
        assert!(is_of_this_process(&bytes));
        bytes[24..32].fill(0);
        assert!(!is_of_this_process(&bytes));
        bytes[24..32].fill(0xff);
        assert!(!is_of_this_process(&bytes));
        assert!(!is_of_this_process(&[]));
    }
}
