//! What is seen on stderr while the programs run.

use std::io::{self, IsTerminal};

use crate::output::note;

/// Where the progress goes: a line that is rewritten on a terminal, a line per program elsewhere.
pub struct Progress {
    kind: Kind,
    programs: usize,
    rounds: u32,
    done: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Terminal,
    Lines,
    #[cfg(test)]
    Silent,
}

/// Back to the beginning of the line, and clear it.
const REWRITE: &str = "\r\x1b[K";

impl Progress {
    /// Of so many programs and rounds, on stderr.
    pub fn new(programs: usize, rounds: u32) -> Self {
        let kind = if io::stderr().is_terminal() { Kind::Terminal } else { Kind::Lines };
        Progress { kind, programs, rounds, done: 0 }
    }

    /// Says nothing.
    #[cfg(test)]
    pub fn silent() -> Self {
        Progress { kind: Kind::Silent, programs: 0, rounds: 0, done: 0 }
    }

    /// A run begins.
    pub fn step(&self, program: &str, runner: &str, round: u32) {
        if let Kind::Terminal = self.kind {
            let (at, of, rounds) = (self.done + 1, self.programs, self.rounds);
            note!("{REWRITE}[{at}/{of}] {program}: {runner}, round {round} of {rounds}");
        }
    }

    /// A program has had all its rounds; `summary` says how it went.
    pub fn finished(&mut self, program: &str, summary: &str) {
        self.done += 1;
        if let Kind::Lines = self.kind {
            note!("[{}/{}] {program}: {summary}\n", self.done, self.programs);
        }
    }

    /// All programs are done.
    pub fn clear(&self) {
        if let Kind::Terminal = self.kind {
            note!("{REWRITE}");
        }
    }
}
