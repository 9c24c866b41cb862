//! `/tmp/perf-PID.map`, in which perf(1) finds the names of translated code: the guest's symbols.

use std::fs::OpenOptions;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lending::Mutex;
use runtime::{Observer, Placed};

use crate::process_age::age;
use crate::symbols::Symbols;

/// Writes a line for each translation. No descriptor stays open: the guest has them all.
#[derive(Default)]
pub struct PerfMap(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whose map was written last; a fork's child begins with its parent's.
    pid: u32,
    symbols: Symbols,
}

impl Observer for PerfMap {
    fn placed(&self, placed: &Placed) {
        let mut state = self.0.lock();
        let title = state.symbols.title(placed);
        let Range { start, end } = placed.host;
        state.append(&format!("{start:x} {:x} {title}\n", end - start));
    }
}

impl State {
    fn append(&mut self, line: &str) {
        let pid = std::process::id();
        let path = map_of(pid);
        match self.pid {
            0 => drop_stale(&path),
            before if before != pid => _ = std::fs::copy(map_of(before), &path),
            _ => {}
        }
        self.pid = pid;
        // Whom a map helps is not helped by a guest that does not run for the lack of it.
        let file = OpenOptions::new().append(true).create(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// Takes away what an earlier process of this number left at `path`. What this one left, by the program before, stays.
fn drop_stale(path: &Path) {
    /// Files' times are less exact than those of processes.
    const SLACK: Duration = Duration::from_secs(1);
    let modified = std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let untouched = modified.and_then(|time| time.elapsed().ok());
    if untouched.zip(age()).is_some_and(|(untouched, age)| untouched > age + SLACK) {
        let _ = std::fs::remove_file(path);
    }
}

fn map_of(pid: u32) -> PathBuf {
    format!("/tmp/perf-{pid}.map").into()
}
