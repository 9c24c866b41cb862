//! How the kernel's binfmt_misc starts metic for a guest program: no options, and settings from
//! the environment; see the kernel's Documentation/admin-guide/binfmt-misc.rst.

use std::ffi::{OsStr, OsString};

/// Bit of `AT_FLAGS`: the arguments hold the program's `argv[0]` (flag P of the registration).
const PRESERVE_ARGV0: u64 = 1;

/// What the kernel says about a program that it hands over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandedOver {
    /// The arguments hold the program's `argv[0]` behind its path.
    pub argv0: bool,
    /// The program, open (`AT_EXECFD`; flag O).
    pub program_fd: Option<u64>,
    /// The file name as execve(2) was given it.
    pub execfn: Option<OsString>,
    /// The program changed user or group (flag C): the environment is not to be trusted.
    pub secure: bool,
}

impl HandedOver {
    /// What it says to this process; `None` if somebody started metic by its own name.
    pub fn to_this_process() -> Option<HandedOver> {
        let word = |key| loader::own_auxv(key);
        let argv0 = word(libc::AT_FLAGS).unwrap_or(0) & PRESERVE_ARGV0 != 0;
        let program_fd = word(libc::AT_EXECFD);
        (argv0 || program_fd.is_some()).then(|| HandedOver {
            argv0,
            program_fd,
            execfn: loader::own_execfn(),
            secure: word(libc::AT_SECURE).unwrap_or(0) != 0,
        })
    }

    /// The command line of `metic run` that does what the kernel's `argv` asks for: metic's
    /// path, the program's, its `argv[0]` if that is preserved, and the other arguments.
    pub fn command_line(&self, argv: Vec<OsString>) -> Vec<OsString> {
        let mut given = argv.into_iter().skip(1);
        let program = given.next().unwrap_or_default();
        let mut words: Vec<OsString> = ["metic", "run", "--by-kernel"].map(Into::into).into();
        words.extend(self.execfn.as_deref().map(|name| option("--execfn", name)));
        if self.argv0 {
            words.push(option("--argv0", &given.next().unwrap_or_default()));
        }
        words.extend(self.program_fd.map(|fd| format!("--program-fd={fd}").into()));
        words.extend(["--".into(), program]);
        words.extend(given);
        words
    }
}

/// `NAME=VALUE`.
fn option(name: &str, value: &OsStr) -> OsString {
    let mut word = OsString::from(name);
    word.push("=");
    word.push(value);
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn with_all_flags_the_program_is_open_and_has_its_name() {
        let all = HandedOver {
            argv0: true,
            program_fd: Some(3),
            execfn: Some("./x".into()),
            secure: false,
        };
        let line = all.command_line(words("/usr/bin/metic /bin/dash -sh -c --stats"));
        let expected =
            "metic run --by-kernel --execfn=./x --argv0=-sh --program-fd=3 -- /bin/dash -c --stats";
        assert_eq!(line, words(expected));
    }

    #[test]
    fn without_flag_p_every_argument_is_the_programs() {
        let open = HandedOver { argv0: false, program_fd: Some(0), execfn: None, secure: false };
        let line = open.command_line(words("/usr/bin/metic /bin/ls -l"));
        assert_eq!(line, words("metic run --by-kernel --program-fd=0 -- /bin/ls -l"));
    }
}
