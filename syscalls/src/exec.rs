//! execve(2), execveat(2): a guest program goes back through the translator's own file, a host
//! program is executed as it is, a script is followed to its interpreter.

mod arguments;
mod file;
mod host_call;

use std::ffi::{CStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use loader::FileKind;
use memory::Errno;

use crate::call::{Answer, Call, fail};
use crate::calls::limits::{self, OnHost};
use crate::host::{self, CWD, Fd, sys};
use crate::linux::Linux;
use crate::mem;
use crate::ptrace;
use crate::seccomp;
use crate::usage;
use arguments::{Word, check_strings, own, read_args, replace_first};
use file::ExecFile;
use host_call::execute;

/// Scripts whose interpreters are scripts, at most.
const MAX_SCRIPTS: usize = 5;

/// execve(2).
pub fn execve(call: &mut Call<'_>) -> Answer {
    let [path, argv, envp, ..] = call.args;
    let path = mem::read_path(path)?;
    let file = ExecFile::open(call, CWD, &path, 0)?;
    let how = Named { name: path, lost: false };
    run(call, file, how, argv, envp)
}

/// execveat(2).
pub fn execveat(call: &mut Call<'_>) -> Answer {
    let [dir, path, argv, envp, flags, _] = call.args;
    let flags = flags as i32;
    if flags & !(libc::AT_EMPTY_PATH | libc::AT_SYMLINK_NOFOLLOW | AT_EXECVE_CHECK) != 0 {
        return fail(libc::EINVAL);
    }
    let path = mem::read_path(path)?;
    let file = ExecFile::open(call, dir, &path, flags)?;
    if flags & AT_EXECVE_CHECK != 0 {
        check_strings(argv, envp)?;
        return Ok(0);
    }
    let lost = is_relative_to_fd(dir, &path) && closes_on_exec(dir);
    let how = Named { name: name_at(dir, path), lost };
    run(call, file, how, argv, envp)
}

/// Only says whether the file could be executed (Linux 6.14).
pub(crate) const AT_EXECVE_CHECK: i32 = 0x10000;

/// How the guest named the program.
struct Named {
    name: Vec<u8>,
    /// The name is that of a descriptor which is closed when the program starts: a script's
    /// interpreter could not open it.
    lost: bool,
}

fn is_relative_to_fd(dir: u64, path: &[u8]) -> bool {
    !path.starts_with(b"/") && dir as i32 != libc::AT_FDCWD
}

fn closes_on_exec(fd: u64) -> bool {
    sys(libc::SYS_fcntl, [fd, libc::F_GETFD as u64]).is_ok_and(|f| f as i32 & libc::FD_CLOEXEC != 0)
}

/// The program's name for itself (`AT_EXECFN`), and for the interpreter of a script.
fn name_at(dir: u64, path: Vec<u8>) -> Vec<u8> {
    if !is_relative_to_fd(dir, &path) {
        return path;
    }
    let fd = format!("/dev/fd/{}", dir as i32).into_bytes();
    if path.is_empty() { fd } else { [fd.as_slice(), b"/", &path].concat() }
}

/// Executes `file`. What is wrong with the strings is said before what is wrong with the file.
fn run(call: &mut Call<'_>, file: ExecFile, named: Named, argv: u64, envp: u64) -> Answer {
    let answer = run_file(call, file, named, argv, envp);
    if answer.is_err() {
        check_strings(argv, envp)?;
    }
    answer
}

fn run_file(call: &mut Call<'_>, file: ExecFile, named: Named, argv: u64, envp: u64) -> Answer {
    let mut args = read_args(argv)?;
    let mut file = file;
    let mut script = named.name.clone();
    for _ in 0..=MAX_SCRIPTS {
        match file.kind(call)? {
            FileKind::GuestElf => return run_guest(call, &file, &named.name, args, envp),
            FileKind::HostElf => return run_host(call, &file, &args, envp),
            FileKind::Script { .. } if named.lost => return fail(libc::ENOENT),
            FileKind::Script { interp, arg } => {
                let interp = interp.into_os_string();
                replace_first(&mut args, &interp, arg, script);
                script = interp.as_bytes().to_vec();
                file = ExecFile::open(call, CWD, &script, 0)?;
            }
            FileKind::OtherElf(_) | FileKind::Unknown => return fail(libc::ENOEXEC),
        }
    }
    fail(libc::ELOOP)
}

/// The translator's command line; see [`crate::Config::exec_options`].
fn command_line(
    options: &[OsString],
    name: &[u8],
    program: &[u8],
    fds: &[(&str, Option<i32>)],
    args: Vec<Word>,
) -> Result<Vec<Word>, Errno> {
    let mut words = vec![own("metic"), own("run")];
    words.extend(options.iter().map(|o| own(o.as_bytes())));
    words.push(own([b"--execfn=", name].concat()));
    let mut args = args.into_iter();
    let first = args.next().map_or(Ok(Vec::new()), |w| w.text())?;
    words.push(own([b"--argv0=", first.as_slice()].concat()));
    let fds = fds.iter().filter_map(|(option, fd)| Some(own(format!("{option}={}", (*fd)?))));
    words.extend(fds);
    words.push(own("--"));
    words.push(own(program));
    words.extend(args);
    Ok(words)
}

fn run_guest(
    call: &mut Call<'_>,
    file: &ExecFile,
    name: &[u8],
    args: Vec<Word>,
    envp: u64,
) -> Answer {
    file.check_headers(call)?;
    let own = call.linux.fds.exe.get();
    let write_exec = limits::write_exec_for_next(&call.process().memory.limits);
    // A translator that the kernel starts would not know what this one holds the guest to.
    let bound = write_exec.is_some() || call.thread().seccomp.filter().is_some();
    let may = call.linux.config.by_kernel && !bound;
    if may && (own.is_none() || file.changes_credentials()) {
        let answer = run_by_kernel(call, file, &args, envp);
        if own.is_none() || answer != fail(libc::ENOEXEC) {
            return answer;
        }
    }
    let Some(metic) = own else { return fail(libc::ENOEXEC) };
    let (program, held) = file.lasting_path()?;
    let itself = own_file(metic)?;
    let mut options = call.linux.config.exec_options.clone();
    options.extend(sysroot_option(call.linux));
    let limits = limits::for_next(call);
    options.extend(limits.map(|pairs| format!("--limits={}", limits::print(&pairs)).into()));
    options.extend(write_exec.map(|bits| format!("--write-exec={bits}").into()));
    let trace = call.thread().trace.as_ref().map(ptrace::Trace::hand_on);
    options.extend(trace.map(|how| format!("--traced={how}").into()));
    let filters = call.thread().seccomp.filter().map(|f| seccomp::save(&f)).transpose()?;
    let (record, used) = usage::hand_on(call.linux, call.vcpu);
    let record = record.map(host::inheritable).transpose()?;
    options.push(format!("--usage={},{used}", record.as_ref().map_or(-1, |fd| fd.0)).into());
    let number = |fd: &Option<Fd>| fd.as_ref().map(|fd| fd.0);
    let fds = [
        ("--program-fd", number(&held)),
        ("--exe-fd", number(&itself)),
        ("--seccomp-fd", number(&filters)),
    ];
    let words = command_line(&options, name, &program, &fds, args)?;
    execute(call, open_file(metic), &words, envp)
}

/// The sysroot of the next program: the same one, by its real path. None after a chroot(2), and
/// no other that the environment may name.
fn sysroot_option(linux: &Linux) -> Option<OsString> {
    let sysroot = linux.sysroot.as_ref()?;
    let path = if linux.fds.sysroot.get().is_some() { sysroot.path() } else { b"" };
    Some(OsString::from_vec([b"--sysroot=", path].concat()))
}

/// A descriptor of the translator's file that the next program inherits; `None` where that
/// program finds its own file through `/proc`.
fn own_file(metic: i32) -> Result<Option<Fd>, Errno> {
    if host::exists(c"/proc/self/exe", true) {
        Ok(None)
    } else {
        host::inheritable(metic).map(Some)
    }
}

/// A guest program for which the host's kernel starts the translator (binfmt_misc): with the
/// credentials that the program gives, if the administrator allowed that.
fn run_by_kernel(call: &mut Call<'_>, file: &ExecFile, args: &[Word], envp: u64) -> Answer {
    let (dir, path, flags) = file.place();
    let _limits = OnHost::set(call);
    execute(call, (*dir, path, *flags), args, envp)
}

fn run_host(call: &mut Call<'_>, file: &ExecFile, args: &[Word], envp: u64) -> Answer {
    // The guest's filters know its own calls only, so a host program would go unfiltered.
    if call.thread().seccomp.filter().is_some() {
        return fail(libc::EACCES);
    }
    let _limits = OnHost::set(call);
    usage::tell(call.linux, call.vcpu, usage::Stage::Host);
    let answer = execute(call, open_file(file.descriptor()), args, envp);
    usage::tell(call.linux, call.vcpu, usage::Stage::Runs);
    answer
}

/// An open file as execveat(2)'s directory, path and flags.
fn open_file(fd: i32) -> (u64, &'static CStr, i32) {
    (fd as u64, c"", libc::AT_EMPTY_PATH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::arguments::texts;

    #[test]
    fn the_command_line_names_program_and_arguments() {
        let args = vec![own("-sh"), own("-c"), own("true")];
        let options = [OsString::from("--sysroot=/r")];
        let fds = [("--exe-fd", Some(5)), ("--seccomp-fd", None)];
        let words = command_line(&options, b"bin/sh", b"/r/bin/dash", &fds, args).unwrap();
        let expected = [
            "metic",
            "run",
            "--sysroot=/r",
            "--execfn=bin/sh",
            "--argv0=-sh",
            "--exe-fd=5",
            "--",
            "/r/bin/dash",
            "-c",
            "true",
        ];
        assert_eq!(texts(&words), expected);
    }

    #[test]
    fn a_file_without_a_path_is_named_by_its_descriptor() {
        assert_eq!(name_at(5, Vec::new()), b"/dev/fd/5");
        assert_eq!(name_at(5, b"a".to_vec()), b"/dev/fd/5/a");
        assert_eq!(name_at(5, b"/a".to_vec()), b"/a");
        assert_eq!(name_at(CWD, b"a".to_vec()), b"a");
    }
}
