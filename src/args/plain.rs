//! The usual command lines of `metic run`, read without clap: every program that a guest executes is one,
//! and building clap's tables takes as long as starting a small program. What is not plain is left to clap,
//! which knows the same options, and how to complain.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::str::FromStr;

use super::RunArgs;
use crate::registry;

/// Settings whose names begin so may stand in the environment.
const SETTINGS: &[u8] = b"METIC_";

/// What `metic run WORDS` asks for; `None` if clap has to say.
pub fn parse(words: &[OsString]) -> Option<RunArgs> {
    if std::env::vars_os().any(|(name, _)| name.as_bytes().starts_with(SETTINGS)) {
        return None;
    }
    parse_alone(words)
}

/// The same in an environment without settings.
fn parse_alone(words: &[OsString]) -> Option<RunArgs> {
    let mut args = RunArgs::default();
    let mut words = words.iter();
    let program = loop {
        let word = words.next()?;
        if word == "--" {
            break words.next()?;
        }
        if !word.as_bytes().starts_with(b"-") {
            break word;
        }
        option(&mut args, word, &mut words)?;
    };
    args.command = std::iter::once(program).chain(words).cloned().collect();
    Some(args)
}

fn option<'a>(
    args: &mut RunArgs,
    word: &'a OsStr,
    words: &mut impl Iterator<Item = &'a OsString>,
) -> Option<()> {
    let bytes = word.as_bytes();
    let (name, value) = match bytes.iter().position(|&byte| byte == b'=') {
        Some(at) => (&bytes[..at], Some(OsStr::from_bytes(&bytes[at + 1..]))),
        None => (bytes, None),
    };
    if let Some(flag) = flag(args, name) {
        return (value.is_none() && !std::mem::replace(flag, true)).then_some(());
    }
    let joined = value.is_some();
    let value = value.or_else(|| words.next().map(OsString::as_os_str))?;
    let plain = !value.is_empty() && (joined || !value.as_bytes().starts_with(b"-"));
    if plain { set(args, name, value) } else { None }
}

fn flag<'a>(args: &'a mut RunArgs, name: &[u8]) -> Option<&'a mut bool> {
    match name {
        b"--by-kernel" => Some(&mut args.by_kernel),
        b"--strace" => Some(&mut args.strace),
        b"--stats" => Some(&mut args.stats),
        b"--count" => Some(&mut args.count),
        b"--jitdump" => Some(&mut args.jitdump),
        b"--perf-map" => Some(&mut args.perf_map),
        _ => None,
    }
}

fn set(args: &mut RunArgs, name: &[u8], value: &OsStr) -> Option<()> {
    match name {
        b"--sysroot" | b"-L" => once(&mut args.sysroot, value.into()),
        b"--argv0" => once(&mut args.argv0, value.into()),
        b"--execfn" => once(&mut args.execfn, value.into()),
        b"--limits" => once(&mut args.limits, value.to_str()?.into()),
        b"--traced" => once(&mut args.traced, value.to_str()?.into()),
        b"--usage" => once(&mut args.usage, value.to_str()?.into()),
        b"--program-fd" => once(&mut args.program_fd, number(value)?),
        b"--exe-fd" => once(&mut args.exe_fd, number(value)?),
        b"--seccomp-fd" => once(&mut args.seccomp_fd, number(value)?),
        b"--engine" => {
            let name = value.to_str().filter(|name| registry::engine(name).is_some())?;
            args.engine = name.into();
            Some(())
        }
        _ => None,
    }
}

/// A value, unless there is one.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn number<T: FromStr>(value: &OsStr) -> Option<T> {
    value.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn by_clap(line: &str) -> RunArgs {
        let command = RunArgs::augment_args(clap::Command::new("run").no_binary_name(true));
        let matches = command.try_get_matches_from(words(line)).expect("clap takes it");
        RunArgs::from_arg_matches(&matches).expect("clap takes it")
    }

    #[test]
    fn plain_lines_mean_what_clap_says() {
        for line in [
            "prog",
            "prog -L x --stats",
            "-L /root prog a b",
            "--sysroot /root --stats -- -prog --count",
            "--sysroot=/a=b --argv0=-sh --execfn=./x prog",
            "--by-kernel --execfn=x --program-fd=3 -- /bin/dash -c --stats",
            "--engine interp --strace --count --perf-map --jitdump prog",
            "--limits 1,2,3,4 --exe-fd 1000 --seccomp-fd 5 --traced how --usage=-1,0,0 prog",
            "-- prog -- x",
        ] {
            assert_eq!(parse_alone(&words(line)), Some(by_clap(line)), "{line}");
        }
    }

    #[test]
    fn other_lines_are_left_to_clap() {
        for line in [
            "",
            "--help",
            "-L",
            "-Lx prog",
            "--nonsense prog",
            "--engine steam prog",
            "--stats --stats prog",
            "--stats=1 prog",
            "--execfn= prog",
            "--argv0 -sh prog",
            "--program-fd x prog",
            "--sysroot a -L b prog",
            "-E A=1 prog",
            "--",
        ] {
            let words: Vec<OsString> = words(line).into_iter().filter(|w| !w.is_empty()).collect();
            assert_eq!(parse_alone(&words), None, "{line}");
        }
    }
}
