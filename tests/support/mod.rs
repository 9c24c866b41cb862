//! What the test targets share: where things are, programs run under a limit, random numbers,
//! small guest programs, and the instruction table.
#![allow(dead_code, reason = "every test target uses a part of it")]

pub mod asm;
pub mod elf;
pub mod process;
pub mod rng;
pub mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

/// The root of the repository.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The `metic` under test.
pub const METIC: &str = env!("CARGO_BIN_EXE_metic");
/// What a test says that lacks something of the machine.
pub const SET_UP: &str = "run tests/setup first";

/// A folder or file of `tests`.
pub fn tests(path: &str) -> PathBuf {
    Path::new(ROOT).join("tests").join(path)
}

/// A folder of this build's own, made if it is not there.
pub fn scratch(path: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(path);
    std::fs::create_dir_all(&dir).expect("the target folder can be written");
    dir
}

/// A part of what `tests/setup` cached.
pub fn cached(path: &str) -> Result<PathBuf, Failed> {
    let cache = std::env::var_os("METIC_CACHE").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/metic"));
    let found = cache.or_else(home).map(|dir| dir.join(path)).filter(|found| found.exists());
    found.ok_or_else(|| format!("no {path} in the cache: {SET_UP}").into())
}

/// The reference emulator, with the extensions that metic has and no others.
pub fn qemu() -> Result<Command, Failed> {
    const CPU: &str = "rva23u64,v=off,zve64d=off,zve64f=off,zve64x=off,zve32f=off,zve32x=off,\
                       zvbb=off,zvkb=off,zvkt=off,zvfhmin=off,zbc=on,zbkb=on,zbkc=on,zbkx=on,zkne=on,zknd=on,zknh=on,\
                       zfh=on,zacas=on,zabha=on,zifencei=on";
    let mut command = Command::new(cached("qemu/usr/bin/qemu-riscv64")?);
    command.env_clear().env("QEMU_CPU", CPU).stdin(Stdio::null());
    Ok(command)
}

/// `metic run --engine ENGINE`.
pub fn metic(engine: &str) -> Command {
    let mut command = process::fresh(Path::new(METIC));
    command.args(["run", "--engine", engine]).stdin(Stdio::null());
    command
}

/// True if expectations are to be written anew.
pub fn bless() -> bool {
    std::env::var_os("METIC_BLESS").is_some_and(|v| v == "1")
}

/// Files of `dir` whose names end with `ending`, sorted.
pub fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut found: Vec<PathBuf> = entries.map(|e| e.expect("readable").path()).collect();
    found.retain(|path| path.to_string_lossy().ends_with(ending));
    found.sort();
    found
}

/// The name of a file without folder and ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().expect("a file").to_string_lossy().into_owned()
}

/// A number from the environment, or `default`.
pub fn setting(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |v| v.parse().unwrap_or_else(|_| panic!("{name}={v} is no number")))
}

/// The first difference of two texts, by line.
pub fn difference(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let (mut e, mut a) = (expected.lines(), actual.lines());
    for line in 1.. {
        match (e.next(), a.next()) {
            (None, None) => return Some("only the last end of line differs".into()),
            (x, y) if x != y => {
                let shown = |l: Option<&str>| l.map_or("nothing".into(), |l| format!("{l:?}"));
                return Some(format!("line {line}: expected {}, got {}", shown(x), shown(y)));
            }
            _ => {}
        }
    }
    None
}
