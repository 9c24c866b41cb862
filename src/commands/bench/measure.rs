//! One run of a program: what it cost and what it printed.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::wait4::{Usage, wait4};

/// What a run cost, its descendants included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// User CPU time in seconds.
    pub user: f64,
    /// System CPU time in seconds.
    pub system: f64,
    /// Elapsed time in seconds.
    pub wall: f64,
    /// Most resident memory in KiB. The kernel counts from the fork on, so that it is never below
    /// that of the bench itself: 2 MiB or so.
    pub max_rss: u64,
}

/// What a run printed: enough to tell whether another one printed the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    digest: u64,
    length: u64,
    /// Its beginning.
    head: Vec<u8>,
}

/// How much of an output is kept.
const HEAD: usize = 1 << 16;

/// Characters of a line that go into a message.
const SHOWN: usize = 200;

/// Runs `process` with stdin from /dev/null, in a process group of its own, which is killed as a
/// whole after `limit`.
///
/// Any end but an exit with status 0 is an error.
pub fn run(mut process: Command, limit: Duration) -> anyhow::Result<(Figures, Output)> {
    let stdout = memory_file()?;
    let stderr = memory_file()?;
    process.stdin(Stdio::null()).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    process.process_group(0);
    let start = Instant::now();
    let child = process
        .spawn()
        .with_context(|| format!("cannot start {}", process.get_program().to_string_lossy()))?;
    let pid = Pid::from_raw(child.id().cast_signed());
    let in_time = wait_or_kill(pid, limit)?;
    let wall = start.elapsed().as_secs_f64();
    let (status, usage) = wait4(pid)?;
    if !in_time {
        bail!("ran longer than {} s", limit.as_secs());
    }
    let output = read_output(stdout)?;
    check_status(status, &read_output(stderr)?, &output)?;
    Ok((figures(wall, &usage), output))
}

/// A file that has no name; the child's writes need no reader that would run beside it.
fn memory_file() -> anyhow::Result<File> {
    let fd = memfd_create("bench", MFdFlags::MFD_CLOEXEC).context("memfd_create")?;
    Ok(File::from(fd))
}

/// Waits for the end of `pid`, but does not reap it: until then its number is not used again, and
/// killing it late hits nobody else. Returns whether it ended by itself.
fn wait_or_kill(pid: Pid, limit: Duration) -> anyhow::Result<bool> {
    let (ended, end) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        let late = end.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        if late {
            // It fails if all of the group have ended in the meantime.
            let _ = killpg(pid, Signal::SIGKILL);
        }
        !late
    });
    let waited = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
    drop(ended);
    let in_time = watchdog.join().expect("the watchdog does not panic");
    waited.context("waitid")?;
    Ok(in_time)
}

/// The message is the last line on stderr, or on stdout, where qemu says that it can't load a file.
fn check_status(status: ExitStatus, stderr: &Output, stdout: &Output) -> anyhow::Result<()> {
    if status.success() {
        return Ok(());
    }
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    };
    match stderr.last_line().or(stdout.last_line()) {
        Some(line) => bail!("{how}: {line}"),
        None => bail!("{how}"),
    }
}

fn figures(wall: f64, usage: &Usage) -> Figures {
    Figures { user: usage.user, system: usage.system, wall, max_rss: usage.max_rss }
}

/// Reads a piece at a time: the bench's own size shows in the children's.
fn read_output(mut file: File) -> anyhow::Result<Output> {
    file.rewind()?;
    let mut hasher = DefaultHasher::new();
    let mut output = Output { digest: 0, length: 0, head: Vec::new() };
    let mut buffer = [0; 1 << 14];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            output.digest = hasher.finish();
            return Ok(output);
        }
        hasher.write(&buffer[..n]);
        output.length += n as u64;
        let room = HEAD.saturating_sub(output.head.len());
        output.head.extend_from_slice(&buffer[..n.min(room)]);
    }
}

impl Output {
    /// How `self` differs from `other`, which is what `whose` printed; `None` if it does not.
    pub fn difference(&self, other: &Output, whose: &str) -> Option<String> {
        if self == other {
            return None;
        }
        let (ours, theirs) = (self.lines(), other.lines());
        let same = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        let shown = |lines: &[String]| match lines.get(same) {
            Some(line) => format!("{line:?}"),
            None => "nothing".into(),
        };
        Some(if same == ours.len() && same == theirs.len() {
            format!("{} bytes on stdout differ from the {} of {whose}", self.length, other.length)
        } else {
            format!(
                "line {} of stdout is {}, not {} as by {whose}",
                same + 1,
                shown(&ours),
                shown(&theirs)
            )
        })
    }

    /// The last line that is not blank.
    fn last_line(&self) -> Option<String> {
        self.lines().into_iter().rfind(|line| !line.trim().is_empty())
    }

    /// The lines of its beginning, each cut at `SHOWN` characters.
    fn lines(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.head)
            .lines()
            .map(|line| line.chars().take(SHOWN).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut process = Command::new("/bin/sh");
        process.args(["-c", script]);
        process
    }

    fn error(process: Command, limit: Duration) -> String {
        format!("{:#}", run(process, limit).unwrap_err())
    }

    fn printed(script: &str) -> Output {
        run(shell(script), Duration::from_secs(20)).unwrap().1
    }

    #[test]
    fn a_run_has_figures_and_an_output() {
        let (figures, output) = run(shell("echo a; cat"), Duration::from_secs(20)).unwrap();
        assert_eq!((output.head.as_slice(), output.length), (&b"a\n"[..], 2));
        assert!(figures.wall > 0.0 && figures.max_rss > 100, "{figures:?}");
    }

    #[test]
    fn an_end_that_is_not_success_is_an_error() {
        let limit = Duration::from_secs(20);
        assert_eq!(error(shell("echo why >&2; exit 3"), limit), "exit status 3: why");
        assert_eq!(error(shell("echo where; exit 1"), limit), "exit status 1: where");
        assert_eq!(error(shell("kill -SEGV $$"), limit), "killed by signal 11");
        let missing = error(Command::new("/none/such"), limit);
        assert!(missing.starts_with("cannot start /none/such: No such file"), "{missing}");
    }

    #[test]
    fn a_run_that_exceeds_its_limit_is_killed() {
        let start = Instant::now();
        assert_eq!(error(shell("exec sleep 30"), Duration::from_secs(1)), "ran longer than 1 s");
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_a_late_run_started_is_killed_with_it() {
        let mark = tempfile("group");
        let script = format!("(sleep 3; echo alive > {mark}) & sleep 30");
        assert_eq!(error(shell(&script), Duration::from_secs(1)), "ran longer than 1 s");
        thread::sleep(Duration::from_secs(4));
        assert!(!std::path::Path::new(&mark).exists());
    }

    fn tempfile(name: &str) -> String {
        let file = std::env::temp_dir().join(format!("metic-bench-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&file);
        file.to_string_lossy().into_owned()
    }

    #[test]
    fn outputs_are_compared_line_by_line() {
        let (one, two) = (printed("echo a; echo b"), printed("echo a; echo c; echo d"));
        assert_eq!(one.difference(&printed("echo a; echo b"), "native"), None);
        let line = "line 2 of stdout is \"b\", not \"c\" as by native";
        assert_eq!(one.difference(&two, "native").unwrap(), line);
        let missing = "line 1 of stdout is nothing, not \"a\" as by native";
        assert_eq!(printed(":").difference(&one, "native").unwrap(), missing);
    }

    #[test]
    fn outputs_that_differ_late_still_differ() {
        let (one, two) = (printed("yes | head -n 100000"), printed("yes | head -n 100001"));
        let said = "200000 bytes on stdout differ from the 200002 of native";
        assert_eq!(one.difference(&two, "native").unwrap(), said);
    }
}
