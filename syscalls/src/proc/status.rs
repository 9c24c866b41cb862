//! `/proc/PID/status`, `statm` and `stat`: the host's, with the memory and the signals of the guest.

use std::ops::Range;

use runtime::signals::SYNCHRONOUS;

use super::figures::Figures;

/// Signals as the guest has them, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signals {
    pub caught: u64,
    pub ignored: u64,
    /// Of the thread that asks for its own: blocked, and waiting without the host's knowledge.
    pub own: Option<(u64, u64)>,
}

impl Signals {
    /// What can be known of a guest that says nothing: the runtime has handlers of its own.
    pub const UNKNOWN: Signals = Signals { caught: !SYNCHRONOUS, ignored: 0, own: None };

    fn caught(&self, host: u64) -> u64 {
        if *self == Signals::UNKNOWN { host & self.caught } else { self.caught }
    }
    fn ignored(&self, host: u64) -> u64 {
        if *self == Signals::UNKNOWN { host } else { self.ignored }
    }
}

/// Lines whose values x86 has and RISC-V has not.
const OTHER_MACHINE: [(&str, &str); 2] =
    [("Speculation_Store_Bypass", "unknown"), ("SpeculationIndirectBranch", "unsupported")];

/// The host's `status` with the guest's figures; `filters` are of system calls: the mode, and how
/// many.
pub fn status(host: &str, figures: &Figures, signals: &Signals, filters: (u8, usize)) -> String {
    let kib = |name: &str| {
        let line = host.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|v| v.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) << 10
    };
    let peak = |peak: u64, now: u64, own: u64| own.max(peak.saturating_sub(now - own.min(now)));
    let code = kib("VmExe");
    let memory = [
        ("VmPeak", peak(kib("VmPeak"), kib("VmSize"), figures.size)),
        ("VmSize", figures.size),
        ("VmLck", figures.locked),
        ("VmHWM", peak(kib("VmHWM"), kib("VmRSS"), figures.resident())),
        ("VmRSS", figures.resident()),
        ("RssAnon", figures.anon),
        ("RssFile", figures.file),
        ("RssShmem", figures.shmem),
        ("VmData", figures.data),
        ("VmStk", figures.stack),
        ("VmLib", figures.code.saturating_sub(code)),
        ("VmSwap", figures.swap),
    ];
    let filters = [("Seccomp", filters.0 as usize), ("Seccomp_filters", filters.1)];
    let own = |l: &str| filter_line(l, &filters).unwrap_or_else(|| line(l, &memory, signals));
    host.lines().filter(|l| !l.starts_with("x86_")).map(own).collect()
}

fn filter_line(line: &str, filters: &[(&str, usize)]) -> Option<String> {
    let name = line.split(':').next()?;
    let (name, value) = filters.iter().find(|(n, _)| *n == name)?;
    Some(format!("{name}:\t{value}\n"))
}

fn line(line: &str, memory: &[(&str, u64)], signals: &Signals) -> String {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    if let Some((_, bytes)) = memory.iter().find(|(n, _)| *n == name) {
        return format!("{name}:\t{:8} kB\n", bytes >> 10);
    }
    if let Some((_, text)) = OTHER_MACHINE.iter().find(|(n, _)| *n == name) {
        return format!("{name}:\t{text}\n");
    }
    let host = u64::from_str_radix(value.trim(), 16).unwrap_or(0);
    let set = match (name, signals.own) {
        ("SigCgt", _) => signals.caught(host),
        ("SigIgn", _) => signals.ignored(host),
        ("SigBlk", Some((blocked, _))) => blocked,
        ("SigPnd", Some((_, waiting))) => host | waiting,
        _ => return format!("{line}\n"),
    };
    format!("{name}:\t{set:016x}\n")
}

/// `statm`: pages, `code` being the program's.
pub fn statm(figures: &Figures, code: &Range<u64>) -> String {
    let pages = Figures::pages;
    let mask = guest::PAGE_MASK;
    let code = (code.end.saturating_add(mask) & !mask).saturating_sub(code.start & !mask);
    let (size, resident) = (pages(figures.size), pages(figures.resident()));
    let shared = pages(figures.file + figures.shmem);
    let data = pages(figures.data + figures.stack);
    format!("{size} {resident} {shared} {} 0 {data} 0\n", pages(code))
}

/// The fields of `stat`, numbered from 1 as in the manual, that are the guest's.
pub fn stat_fields(figures: &Figures, signals: &Signals, host: &[u64; 4]) -> Vec<(usize, u64)> {
    const LOW: u64 = 0x7fff_ffff;
    let [pending, blocked, ignored, caught] = *host;
    let (own_blocked, waiting) = signals.own.unwrap_or((blocked, 0));
    vec![
        (23, figures.size),
        (24, Figures::pages(figures.resident())),
        (29, 0),
        (30, 0),
        (31, (pending | waiting) & LOW),
        (32, own_blocked & LOW),
        (33, signals.ignored(ignored) & LOW),
        (34, signals.caught(caught) & LOW),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "Name:\ta\nVmPeak:\t    5000 kB\nVmSize:\t    4000 kB\n\
                        VmExe:\t      20 kB\nVmLib:\t       0 kB\nSigBlk:\t0000000000000000\n\
                        SigCgt:\t00000000000006d8\nSeccomp:\t0\nx86_Thread_features:\t\n";

    #[test]
    fn the_guests_figures_take_the_place_of_the_hosts() {
        let figures = Figures { size: 1000 << 10, code: 50 << 10, ..Figures::default() };
        let signals = Signals { caught: 2, ignored: 0, own: Some((1, 0)) };
        let text = status(HOST, &figures, &signals, (2, 3));
        let expected = "Name:\ta\nVmPeak:\t    2000 kB\nVmSize:\t    1000 kB\n\
                        VmExe:\t      20 kB\nVmLib:\t      30 kB\nSigBlk:\t0000000000000001\n\
                        SigCgt:\t0000000000000002\nSeccomp:\t2\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn of_a_silent_guest_the_runtimes_handlers_are_left_out() {
        let text = status(HOST, &Figures::default(), &Signals::UNKNOWN, (0, 0));
        assert!(text.contains("SigCgt:\t0000000000000200\n"), "{text}");
    }
}
