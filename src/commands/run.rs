//! `metic run`: a guest program in place of this process.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

use runtime::Options;

use crate::args::RunArgs;
use crate::launch::{self, Launch};
use crate::output::note;
use crate::registry;

/// Runs the program; gives control back only if it could not be started.
pub fn run(args: &RunArgs) -> ExitCode {
    let Err(error) = launch::run(launch(args));
    note!("metic: {error}\n");
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
    launch.usage = args.usage.clone();
    launch.sysroot = args.sysroot.clone().filter(|path| !path.as_os_str().is_empty());
    launch.strace = args.strace;
    launch.stats = args.stats;
    launch.perf_map = args.perf_map;
    launch.jitdump = args.jitdump;
    launch.isolate = registry::isolation(&args.isolate);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_set_twice_has_its_last_value() {
        let mut env = vec![OsString::from("A=1"), OsString::from("AB=2")];
        unset(&mut env, OsStr::new("A"));
        assert_eq!(env, [OsString::from("AB=2")]);
    }
}
