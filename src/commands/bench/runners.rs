//! What a program can run by: the host itself, qemu-user, and the engines of metic.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use super::list::{Command, Row};

/// One way to run the programs.
pub enum Runner {
    /// The host's twin of the program, as it is.
    Native,
    /// The guest program under `qemu-riscv64`.
    Qemu(PathBuf),
    /// The guest program under this engine of `metic run`.
    Engine(String),
}

/// Everything that RVA23 profiles have, as metic offers it.
const QEMU_CPU: &str = "rva23u64";

impl Runner {
    /// What it is called in figures.
    pub fn name(&self) -> &str {
        match self {
            Runner::Native => "native",
            Runner::Qemu(_) => "qemu",
            Runner::Engine(name) => name,
        }
    }

    /// The process that runs `row` this way, not started yet.
    pub fn process(&self, row: &Row) -> Process {
        match self {
            Runner::Native => process(&row.native.words[0], &row.native.words[1..], &row.native),
            Runner::Qemu(path) => {
                let mut process = process(path, &row.guest.words, &row.guest);
                process.env("QEMU_CPU", QEMU_CPU);
                process
            }
            Runner::Engine(name) => {
                let own = ["run", "--engine", name].map(String::from);
                process("/proc/self/exe", own.iter().chain(&row.guest.words), &row.guest)
            }
        }
    }
}

fn process<'a>(
    program: impl AsRef<Path>,
    args: impl IntoIterator<Item = &'a String>,
    command: &'a Command,
) -> Process {
    let mut process = Process::new(program.as_ref());
    let env = command.env.iter().map(|(name, value)| (name, value));
    process.args(args).env("LC_ALL", "C").envs(env);
    process
}

#[cfg(test)]
mod tests {
    use super::super::list;
    use super::*;

    fn shown(runner: &Runner) -> String {
        let rows = list::parse("n c A=1 /n 2 ; B=3 -L /r /g 4", list::Variables::new()).unwrap();
        format!("{:?}", runner.process(&rows[0]))
    }

    #[test]
    fn each_runner_starts_its_own_command() {
        assert_eq!(shown(&Runner::Native), r#"A="1" LC_ALL="C" "/n" "2""#);
        let qemu = r#"B="3" LC_ALL="C" QEMU_CPU="rva23u64" "/q" "-L" "/r" "/g" "4""#;
        assert_eq!(shown(&Runner::Qemu("/q".into())), qemu);
        let metic = r#"B="3" LC_ALL="C" "/proc/self/exe" "run" "--engine" "e" "-L" "/r" "/g" "4""#;
        assert_eq!(shown(&Runner::Engine("e".into())), metic);
    }
}
