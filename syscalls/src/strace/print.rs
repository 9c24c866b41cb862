//! One argument as text.

use std::fmt::Write;

use super::names::{AT, FUTEX, Name, SIGNALS};
use crate::call::Answer;
use crate::mem;
use crate::table::Arg;

/// Bytes of a string that are shown.
const SHOWN: usize = 32;

/// Argument `n` of a call.
pub fn argument(kinds: &[Arg], args: &[u64; 6], n: usize) -> String {
    let value = args[n];
    match kinds[n] {
        Arg::Int => (value as i32).to_string(),
        Arg::Fd => (value as i32).to_string(),
        Arg::Long => (value as i64).to_string(),
        Arg::Hex if value < 10 => value.to_string(),
        Arg::Hex => format!("{value:#x}"),
        Arg::Octal => format!("0{:o}", value as u32),
        Arg::Ptr | Arg::Out => pointer(value),
        Arg::Dir if value as i32 == libc::AT_FDCWD => "AT_FDCWD".to_owned(),
        Arg::Dir => (value as i32).to_string(),
        Arg::Path | Arg::Link | Arg::New | Arg::Str => string(value),
        Arg::In => buffer(value, args.get(n + 1).copied().unwrap_or(0)),
        Arg::AtFlags => bits(value as u32 as u64, AT),
        Arg::Signal => signal_name(value),
        Arg::Bits(names) => bits(value, names),
        Arg::One(names) => one(value, names),
    }
}

/// What a call has written to `addr`: as many bytes as its result says.
pub fn output(addr: u64, answer: Answer) -> String {
    answer.map_or_else(|_| pointer(addr), |len| buffer(addr, len as u64))
}

fn pointer(addr: u64) -> String {
    if addr == 0 { "NULL".to_owned() } else { format!("{addr:#x}") }
}

fn string(addr: u64) -> String {
    if addr == 0 {
        return "NULL".to_owned();
    }
    match mem::read_string(addr, libc::PATH_MAX as usize) {
        Ok(Some(text)) => quoted(&text, usize::MAX),
        Ok(None) => "\"...\"".to_owned(),
        Err(_) => pointer(addr),
    }
}

fn buffer(addr: u64, len: u64) -> String {
    let shown = (len as usize).min(SHOWN + 1);
    match mem::read_bytes(addr, shown) {
        Ok(bytes) => quoted(&bytes, SHOWN),
        Err(_) => pointer(addr),
    }
}

fn quoted(bytes: &[u8], most: usize) -> String {
    let mut text = String::from("\"");
    for &b in bytes.iter().take(most) {
        match b {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(b as char);
            }
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            0x20..0x7f => text.push(b as char),
            _ => {
                let _ = write!(text, "\\x{b:02x}");
            }
        }
    }
    text.push('"');
    if bytes.len() > most {
        text.push_str("...");
    }
    text
}

/// Named bits, joined.
fn bits(value: u64, names: &[Name]) -> String {
    let mut rest = value;
    let mut parts = Vec::new();
    for &(bit, mask, name) in names {
        if value & mask == bit {
            parts.push(name.to_owned());
            rest &= !mask;
        }
    }
    if rest != 0 || parts.is_empty() {
        parts.push(if rest < 10 { rest.to_string() } else { format!("{rest:#x}") });
    }
    parts.join("|")
}

fn one(value: u64, names: &[Name]) -> String {
    let (plain, more) = split_flags(value, names);
    let found = names.iter().find(|n| n.0 == plain as i32 as u64 || n.0 == plain);
    found.map_or_else(|| format!("{value:#x}"), |n| format!("{}{more}", n.2))
}

/// A futex operation has flags beside its number.
fn split_flags(value: u64, names: &[Name]) -> (u64, &'static str) {
    const PRIVATE: u64 = 128;
    const REALTIME: u64 = 256;
    if names.first() != FUTEX.first() {
        return (value, "");
    }
    let more = match (value & PRIVATE != 0, value & REALTIME != 0) {
        (true, true) => "_PRIVATE|FUTEX_CLOCK_REALTIME",
        (true, false) => "_PRIVATE",
        (false, true) => "|FUTEX_CLOCK_REALTIME",
        (false, false) => "",
    };
    (value & !(PRIVATE | REALTIME), more)
}

/// `SIGINT`; from 32 on, `SIGRT_n`.
pub fn signal_name(signo: u64) -> String {
    match signo {
        0 => "0".to_owned(),
        1..=31 => SIGNALS[signo as usize - 1].to_owned(),
        _ => format!("SIGRT_{}", signo as i64 - 32),
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::{FUTEX, MAP, OPEN, PROT};
    use super::*;

    #[test]
    fn bits_are_joined() {
        assert_eq!(bits(0, OPEN), "O_RDONLY");
        assert_eq!(bits(0o2000101, OPEN), "O_WRONLY|O_CREAT|O_CLOEXEC");
        assert_eq!(bits(5, PROT), "PROT_READ|PROT_EXEC");
        assert_eq!(bits(0, PROT), "PROT_NONE");
        assert_eq!(bits(0x22, MAP), "MAP_PRIVATE|MAP_ANONYMOUS");
        assert_eq!(bits(0x4000_0000_0001, MAP), "MAP_SHARED|0x400000000000");
    }

    #[test]
    fn values_have_names() {
        assert_eq!(one(129, FUTEX), "FUTEX_WAKE_PRIVATE");
        assert_eq!(one(9 | 128 | 256, FUTEX), "FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME");
        assert_eq!(signal_name(11), "SIGSEGV");
        assert_eq!(signal_name(34), "SIGRT_2");
    }

    #[test]
    fn strings_are_cut_and_escaped() {
        assert_eq!(quoted(b"a\"\n\x01", 9), "\"a\\\"\\n\\x01\"");
        assert_eq!(quoted(b"abcdef", 3), "\"abc\"...");
    }
}
