//! What is printed where nobody reads it, or where there is no room.

use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

use libtest_mimic::Failed;

use crate::support;

/// Where an output goes.
enum To {
    Us,
    Full,
    Nobody,
}

impl To {
    fn stdio(&self) -> Result<Stdio, Failed> {
        Ok(match self {
            To::Us => Stdio::piped(),
            To::Full => OpenOptions::new().write(true).open("/dev/full")?.into(),
            To::Nobody => std::io::pipe()?.1.into(),
        })
    }
}

fn run(words: &[&str], out: &To, err: &To) -> Result<Output, Failed> {
    let mut command = Command::new(support::METIC);
    command.args(words).stdout(out.stdio()?).stderr(err.stdio()?);
    Ok(command.output()?)
}

fn check(words: &[&str], out: &To, err: &To, status: i32, said: &str) -> Result<(), Failed> {
    let output = run(words, out, err)?;
    let text = String::from_utf8_lossy(&output.stderr);
    // SIGPIPE may end it, as in a shell's terms.
    let ended = output.status.code().or(output.status.signal().map(|signal| 128 + signal));
    if ended != Some(status) || text != said {
        return Err(format!("{words:?}: {}, stderr: {text}", output.status).into());
    }
    Ok(())
}

/// No panic, one line at most, and the status that there would be.
pub fn unread() -> Result<(), Failed> {
    let full = "metic: cannot write to stdout: No space left on device (os error 28)\n";
    for words in [&["syscalls"][..], &["dump", super::INTEGER]] {
        check(words, &To::Full, &To::Us, 2, full)?;
        check(words, &To::Nobody, &To::Us, 141, "")?;
    }
    for to in [To::Full, To::Nobody] {
        check(&["run", "/nonexistent"], &To::Us, &to, 127, "")?;
        check(&["bench", "--list", "/nonexistent"], &To::Us, &to, 2, "")?;
    }
    check(&["run", "--stats", super::INTEGER], &To::Us, &To::Full, 0, "")
}
