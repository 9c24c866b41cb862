//! Programs run under a time limit, with what they printed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How a program ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
    /// How it ended; `None` if it had to be killed.
    pub ended: Option<ExitStatus>,
}

impl Outcome {
    /// The exit status as a shell has it: 128 + n for a death by signal n.
    pub fn status(&self) -> Option<i32> {
        let ended = self.ended?;
        ended.code().or_else(|| ended.signal().map(|n| 128 + n))
    }
    /// The signal it died of.
    pub fn signal(&self) -> Option<i32> {
        self.ended.and_then(|e| e.signal())
    }
    /// Stdout as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
    /// Stderr as text.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
    /// Its end in words, with the end of its stderr.
    pub fn describe(&self) -> String {
        let end = match self.ended {
            Some(status) => status.to_string(),
            None => "hung, killed".to_string(),
        };
        let err = self.err();
        let last: Vec<&str> = err.lines().rev().take(3).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        if last.is_empty() { end } else { format!("{end}; stderr: {}", last.join(" | ")) }
    }
}

fn sink() -> Result<File, Failed> {
    Ok(File::from(memfd_create(c"metic-test", MFdFlags::MFD_CLOEXEC)?))
}

fn contents(file: &File) -> Result<Vec<u8>, Failed> {
    let mut bytes = vec![0; file.metadata()?.len() as usize];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// `program` as a login shell would start it: a background job of a script ignores SIGINT.
pub fn fresh(program: &Path) -> Command {
    let mut command = Command::new("env");
    command.arg("--default-signal").arg(program);
    command
}

/// Runs `command` in a process group of its own, for at most `limit`.
pub fn run(command: &mut Command, limit: Duration) -> Result<Outcome, Failed> {
    let (out, err) = (sink()?, sink()?);
    command.stdout(Stdio::from(out.try_clone()?)).stderr(Stdio::from(err.try_clone()?));
    let spawned = command.process_group(0).spawn();
    let mut child =
        spawned.map_err(|e| format!("{}: {e}", command.get_program().to_string_lossy()))?;
    let ended = wait(&mut child, limit)?;
    Ok(Outcome { stdout: contents(&out)?, stderr: contents(&err)?, ended })
}

fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>, Failed> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let passed = start.elapsed();
        if passed > limit {
            let _ = killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL);
            child.wait()?;
            return Ok(None);
        }
        // Short programs are seen at once, long ones cost nothing.
        std::thread::sleep(
            (passed / 16).clamp(Duration::from_micros(200), Duration::from_millis(20)),
        );
    }
}
