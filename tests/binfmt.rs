//! metic as the kernel starts it: the scripts of `tests/binfmt/cases`, each in a user namespace
//! with a table of registrations of its own.

mod support;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use support::process;

const COMPILER: &str = "riscv64-linux-gnu-gcc";
const LIMIT: Duration = Duration::from_secs(60);
/// What a script says that can only be run by root.
const FOR_ROOT: &str = "# root only";

fn main() {
    let args = Arguments::from_args();
    let scripts = support::files(&support::tests("binfmt/cases"), ".sh");
    let possible = namespace(Path::new("true")).status().is_ok_and(|status| status.success());
    let root = nix::unistd::geteuid().is_root();
    let short = Short::new().expect("room for a copy of metic");
    let trial = |script: &PathBuf| {
        let text = std::fs::read_to_string(script).expect("a readable script");
        let runs = possible && (root || !text.contains(FOR_ROOT));
        let (path, metic) = (script.clone(), short.metic());
        Trial::test(support::stem(script), move || check(&path, &metic)).with_ignored_flag(!runs)
    };
    let conclusion = libtest_mimic::run(&args, scripts.iter().map(trial).collect());
    drop(short);
    conclusion.exit();
}

/// `command` in a namespace. Impossible before Linux 6.7.
fn namespace(command: &Path) -> Command {
    let mut namespace = Command::new(support::tests("binfmt/namespace"));
    namespace.arg(command).stdin(Stdio::null());
    namespace
}

/// A copy of metic at a path that binfmt_misc takes: at most 127 bytes long.
struct Short(PathBuf);

impl Short {
    fn new() -> std::io::Result<Self> {
        let short = Self(nix::unistd::mkdtemp("/tmp/metic-XXXXXX")?);
        std::fs::set_permissions(&short.0, Permissions::from_mode(0o755))?;
        std::fs::copy(support::METIC, short.metic())?;
        Ok(short)
    }

    fn metic(&self) -> PathBuf {
        self.0.join("metic")
    }
}

impl Drop for Short {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn check(script: &Path, metic: &Path) -> Result<(), Failed> {
    let home = support::scratch(&format!("binfmt-{}", support::stem(script)));
    compile(&home.join("who"))?;
    let mut command = namespace(Path::new("bash"));
    command.arg(script).env("METIC", metic).current_dir(&home);
    let outcome = process::run(&mut command, LIMIT)?;
    let _ = std::fs::remove_dir_all(&home);
    let expected = std::fs::read_to_string(script.with_extension("out"))?;
    match support::difference(&expected, &outcome.out()) {
        Some(difference) => Err(format!("{difference}; {}", outcome.describe()).into()),
        None => Ok(()),
    }
}

fn compile(program: &Path) -> Result<(), Failed> {
    let mut command = Command::new(COMPILER);
    command.args(["-O1", "-static", "-o"]).arg(program).arg(support::tests("binfmt/who.c"));
    let output = command.output().map_err(|_| format!("no {COMPILER}: {}", support::SET_UP))?;
    if !output.status.success() {
        return Err(format!("{COMPILER}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}
