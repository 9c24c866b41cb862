//! What documents and comments refer to is there.

use std::path::{Path, PathBuf};

use super::ROOT;

/// Every file with one of these endings.
fn files(dir: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a readable folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files(&path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

/// File and text of all files with one of these endings.
fn texts(endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(Path::new(ROOT), endings, &mut found);
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("a readable text");
        (file, text)
    };
    found.into_iter().map(read).collect()
}

#[test]
fn links_lead_somewhere() {
    for (file, text) in texts(&[".md"]) {
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
            let target = file.parent().expect("a folder").join(link);
            assert!(target.exists(), "{}: {link} is not there", file.display());
        }
    }
}

#[test]
fn decisions_that_are_named_are_written() {
    let mut adrs = Vec::new();
    files(&Path::new(ROOT).join("docs/adr"), &[".md"], &mut adrs);
    let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbers: Vec<u32> = adrs.iter().filter_map(|file| name(file)[..4].parse().ok()).collect();
    let mut named = 0;
    for (file, text) in texts(&[".md", ".rs", ".toml"]) {
        for mark in ["docs/adr/", "ADR "] {
            let numbers_behind = text.split(mark).skip(1).filter_map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                rest[..end].parse::<u32>().ok()
            });
            for number in numbers_behind {
                assert!(
                    numbers.contains(&number),
                    "{}: there is no {mark}{number}",
                    file.display()
                );
                named += 1;
            }
        }
    }
    assert!(named > 20, "{named} decisions are named: this test does not see them");
}
