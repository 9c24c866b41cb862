//! The rules of the house: who may import whom, and where unsafe code may stand.

#[path = "house/documents.rs"]
mod documents;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Crate and the crates of this workspace that it may depend on.
const IMPORTS: &[(&str, &[&str])] = &[
    ("metic-guest", &[]),
    ("metic-lending", &[]),
    ("metic-softfloat", &[]),
    ("metic-ir", &["metic-guest", "metic-softfloat"]),
    ("metic-opt", &["metic-guest", "metic-ir"]),
    ("metic-memory", &["metic-guest", "metic-lending"]),
    ("metic-codecache", &["metic-guest", "metic-lending", "metic-ir"]),
    ("metic-loader", &["metic-guest", "metic-memory"]),
    (
        "metic-runtime",
        &[
            "metic-guest",
            "metic-lending",
            "metic-ir",
            "metic-opt",
            "metic-memory",
            "metic-codecache",
        ],
    ),
    ("metic-riscv64", &["metic-guest", "metic-ir"]),
    ("metic-interp", &["metic-guest", "metic-ir"]),
    ("metic-x64", &["metic-guest", "metic-ir"]),
    (
        "metic-syscalls",
        &[
            "metic-guest",
            "metic-lending",
            "metic-ir",
            "metic-memory",
            "metic-runtime",
            "metic-loader",
        ],
    ),
];

/// Files that may hold unsafe code; each block says why it is sound.
const UNSAFE: &[&str] = &include!("house/unsafe_files.in");

fn metadata() -> serde_json::Value {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(ROOT)
        .output()
        .expect("cargo metadata runs");
    serde_json::from_slice(&out.stdout).expect("cargo metadata prints JSON")
}

/// Workspace crate -> the workspace crates it depends on (not for tests only).
fn imports() -> BTreeMap<String, Vec<String>> {
    let data = metadata();
    let packages = data["packages"].as_array().expect("packages");
    packages.iter().map(|p| (p["name"].as_str().unwrap().to_string(), own_imports(p))).collect()
}

fn own_imports(package: &serde_json::Value) -> Vec<String> {
    let all = package["dependencies"].as_array().expect("dependencies");
    let kept = all.iter().filter(|d| d["kind"].is_null() && d["path"].is_string());
    kept.map(|d| d["name"].as_str().unwrap().to_string()).collect()
}

#[test]
fn crates_import_only_what_the_table_allows() {
    let found = imports();
    for (name, allowed) in IMPORTS {
        let imports = found.get(*name).unwrap_or_else(|| panic!("{name} is in the table only"));
        for import in imports {
            assert!(allowed.contains(&import.as_str()), "{name} must not import {import}");
        }
    }
}

#[test]
fn every_crate_has_a_row_in_the_import_table() {
    for name in imports().keys() {
        let known = IMPORTS.iter().any(|(n, _)| n == name);
        assert!(known || name == "metic" || name == "metic-fuzz", "{name} has no row");
    }
}

/// Every source file of the workspace; the soft float's oracle is a package of its own.
fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a readable folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "oracle" && !name.starts_with('.') {
            sources(&path, found);
        } else if name.ends_with(".rs") && path != Path::new(file!()) {
            found.push(path);
        }
    }
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//"))
}

fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    ["unsafe {", "unsafe fn", "unsafe impl"].iter().any(|w| code.contains(w))
}

fn each_unsafe_line(mut check: impl FnMut(&str, usize, &[&str])) {
    let mut files = Vec::new();
    sources(Path::new(ROOT), &mut files);
    for file in files {
        let name = file.strip_prefix(ROOT).unwrap().to_string_lossy().into_owned();
        if name == "tests/house.rs" {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a readable source");
        let lines: Vec<&str> = text.lines().collect();
        code_lines(&text).filter(|(_, l)| is_unsafe(l)).for_each(|(i, _)| check(&name, i, &lines));
    }
}

#[test]
fn unsafe_code_stands_only_in_named_files() {
    each_unsafe_line(|file, line, _| {
        assert!(UNSAFE.contains(&file), "{file}:{}: unsafe code is not allowed here", line + 1);
    });
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    each_unsafe_line(|file, line, lines| {
        let before = &lines[line.saturating_sub(10)..=line];
        let said = before.iter().any(|l| l.contains("SAFETY") || l.contains("# Safety"));
        assert!(said, "{file}:{}: no SAFETY comment", line + 1);
    });
}

/// Who may use the standard library's locks: those who hold them in sections, and a thread's start, which nobody waits for
/// but its maker.
const LOCKS: &[&str] = &["crates/lending/src/locks.rs", "crates/runtime/src/threads.rs"];

#[test]
fn locks_are_held_in_sections() {
    let mut files = Vec::new();
    sources(Path::new(ROOT), &mut files);
    for file in files {
        let name = file.strip_prefix(ROOT).unwrap().to_string_lossy().into_owned();
        if LOCKS.contains(&name.as_str()) || name.contains("tests") || name.starts_with("fuzz") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a readable source");
        for (line, code) in code_lines(&text) {
            let standard = code.contains("sync::")
                && ["Mutex", "RwLock", "LazyLock"].iter().any(|lock| code.contains(lock));
            assert!(!standard, "{name}:{}: a lock that a killed child may hold", line + 1);
        }
    }
}

/// More than any text of ours has: a file of this size was made by a program.
const LARGEST: u64 = 256 << 10;

#[test]
fn no_file_is_a_programs_output() {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(ROOT).output();
    // Sources without their history are taken as they are.
    let Some(listed) = listed.ok().filter(|out| out.status.success()) else { return };
    let names = String::from_utf8(listed.stdout).expect("names in UTF-8");
    let size = |name: &str| Path::new(ROOT).join(name).metadata().map_or(0, |data| data.len());
    let large: Vec<_> = names.split('\0').filter(|name| size(name) > LARGEST).collect();
    assert!(large.is_empty(), "{large:?}: larger than {LARGEST} bytes");
}
