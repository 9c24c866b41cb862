//! `metic run`: a guest program in place of this process.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

use runtime::{Options, Process, Stats};

use crate::args::RunArgs;
use crate::launch::{self, Launch};
use crate::registry;

/// Runs the program; gives control back only if it could not be started.
pub fn run(args: &RunArgs) -> ExitCode {
    let Err(error) = launch::run(launch(args));
    eprintln!("metic: {error}");
    ExitCode::from(error.status)
}

fn launch(args: &RunArgs) -> Launch {
    let mut launch = Launch::new(&args.command[0]);
    launch.args = args.command[1..].to_vec();
    launch.argv0 = args.argv0.clone();
    launch.execfn = args.execfn.clone();
    launch.program_fd = args.program_fd;
    launch.exe_fd = args.exe_fd;
    launch.by_kernel = args.by_kernel;
    launch.seccomp_fd = args.seccomp_fd;
    launch.limits = args.limits.as_deref().and_then(syscalls::parse_limits);
    launch.write_exec = args.write_exec;
    launch.traced = args.traced.clone();
    launch.sysroot = args.sysroot.clone().filter(|path| !path.as_os_str().is_empty());
    launch.strace = args.strace;
    launch.stats = args.stats;
    launch.perf_map = args.perf_map;
    launch.options = Options {
        engine: registry::engine(&args.engine).unwrap_or(Options::default().engine),
        warm: args.warm,
        count: args.count,
        code_limit: args.code_limit,
        ..Options::default()
    };
    args.unset_env.iter().for_each(|name| unset(&mut launch.env, name));
    for row in &args.set_env {
        unset(&mut launch.env, name_of(row));
        launch.env.push(row.clone());
    }
    launch
}

fn name_of(row: &OsStr) -> &OsStr {
    let bytes = row.as_bytes();
    let end = bytes.iter().position(|&b| b == b'=').unwrap_or(bytes.len());
    OsStr::from_bytes(&bytes[..end])
}

fn unset(env: &mut Vec<OsString>, name: &OsStr) {
    env.retain(|row| name_of(row) != name);
}

/// Prints what was translated and how it ran.
pub fn print_stats(process: &Process, status: i32) {
    let stats = process.stats();
    let mut text = format!("metic: statistics (exit status {status})\n");
    for (name, value) in rows(&stats) {
        text.push_str(&format!("  {name:<42} {:>16}\n", grouped(value)));
    }
    eprint!("{text}");
}

fn rows(s: &Stats) -> Vec<(&'static str, u64)> {
    const LEAVES: [&str; 8] = [
        "left: block not linked yet",
        "left: computed jump not in the table",
        "left: system call",
        "left: trap",
        "left: safepoint",
        "left: yield",
        "left: instruction fence",
        "left: memory fault",
    ];
    let mut rows = vec![
        ("guest instructions executed", s.executed),
        ("blocks compiled", s.compiled_blocks),
        ("guest instructions compiled", s.compiled_insns),
        ("bytes of code compiled", s.compiled_bytes),
        ("microseconds spent on compiling blocks", s.compiled_ns / 1000),
        ("blocks made ready to interpret", s.lowered_blocks),
        ("guest instructions made ready to interpret", s.lowered_insns),
        ("blocks the compiler could not do", s.fallbacks),
        ("regions compiled", s.regions),
        ("guest instructions in regions", s.region_insns),
        ("bytes of code in regions", s.region_bytes),
        ("regions the compiler could not do", s.region_fallbacks),
        ("microseconds spent on regions", s.region_ns / 1000),
        ("writes to translated code", s.code_writes),
        ("cache: bytes of compiled code", s.cache.native_bytes as u64),
        ("cache: bytes of interpreter code", s.cache.interp_bytes as u64),
        ("cache: links", s.cache.links),
        ("cache: blocks invalidated", s.cache.invalidated),
        ("cache: times emptied", s.cache.resets),
    ];
    rows.extend(LEAVES.into_iter().zip(s.leaves));
    rows
}

/// `1234567` as `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1234567), "1,234,567");
    }

    #[test]
    fn a_variable_set_twice_has_its_last_value() {
        let mut env = vec![OsString::from("A=1"), OsString::from("AB=2")];
        unset(&mut env, OsStr::new("A"));
        assert_eq!(env, [OsString::from("AB=2")]);
    }
}
