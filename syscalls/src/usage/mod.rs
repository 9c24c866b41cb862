//! The most memory that a guest had resident, and how its parent learns of it.
//!
//! The host's figure of a process counts the translator in, and once the process has ended nobody can take that apart. So a
//! process says it itself, in a record that its parent made for it:
//!
//! ```text
//! parent                                      child
//! a record in a memory file, then fork ─────► inherits the file
//!                                             start of a program, execve, end: writes the record
//! wait4: reads the record ◄────────────────── is killed at any time: the host's figure, less what it said of its translator
//! ```
//!
//! A program that is executed inherits the descriptor of the file, by `--usage=...` on the translator's command line.

mod children;
mod record;
mod resident;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use memory::AddressSpace;
use runtime::Vcpu;

use crate::fds::HostFds;
use crate::host::sys;
use crate::linux::Linux;
use crate::thread::Thread;

pub use children::{Children, expect, settle};
use record::Record;
pub use record::Stage;
pub use resident::Resident;
use resident::resident;

/// Where `ru_maxrss` is, in words: behind two times of two words each.
pub const MAX_RESIDENT: usize = 4;
/// Where `ru_minflt` is, with `ru_majflt` behind it.
const FAULTS: usize = 8;
const WORDS: usize = size_of::<libc::rusage>() / 8;

/// `struct rusage`.
pub type Rusage = [u64; WORDS];

/// Nothing used.
pub const UNUSED: Rusage = [0; WORDS];

/// The host's getrusage(2).
pub fn of_host(who: i32) -> Result<Rusage, memory::Errno> {
    let mut usage = UNUSED;
    sys(libc::SYS_getrusage, [who as u64, usage.as_mut_ptr() as u64])?;
    Ok(usage)
}

/// Pages that the calling process had to be given up to now. Its memory has grown by that much at most, but for files, of which
/// the kernel gives 16 pages at once.
fn faults() -> u64 {
    of_host(libc::RUSAGE_SELF).map_or(u64::MAX, |usage| usage[FAULTS] + usage[FAULTS + 1])
}

/// What a process knows of its own and its children's use. All in KiB.
pub struct Own {
    /// Its record; -1 for none.
    slot: AtomicI64,
    /// The most of the programs that it executed before.
    before: AtomicU64,
    /// The host's figure when it executed the last of them.
    mark: AtomicU64,
    /// The most of any child that was waited for.
    children: AtomicU64,
    /// It is a copy of its parent still: it has executed no program.
    copy: AtomicBool,
}

impl Own {
    /// A process that has used nothing, with a record or none.
    pub fn new(slot: Option<u32>) -> Own {
        let [before, mark, children] = [const { AtomicU64::new(0) }; 3];
        let slot = slot.map_or(-1, i64::from).into();
        Own { slot, before, mark, children, copy: false.into() }
    }

    /// In a process that has just been forked.
    pub fn forked(&self, slot: Option<u32>) {
        self.slot.store(slot.map_or(-1, i64::from), Ordering::Relaxed);
        for figure in [&self.before, &self.mark, &self.children] {
            figure.store(0, Ordering::Relaxed);
        }
        self.copy.store(true, Ordering::Relaxed);
    }

    /// A program that is started: with what [`hand_on`] said, or by a host program.
    pub fn started(fds: &HostFds, memory: &AddressSpace, handed: Option<&str>) -> Own {
        let Some(own) = handed.and_then(|text| Own::parse(fds, text)) else {
            let own = Own::new(None);
            let usage = of_host(libc::RUSAGE_CHILDREN).unwrap_or(UNUSED);
            own.children.store(usage[MAX_RESIDENT], Ordering::Relaxed);
            return own;
        };
        let place = own.place(fds.record.get());
        if place.is_some() {
            own.tell(place, memory, Stage::Runs);
        }
        own
    }

    fn parse(fds: &HostFds, text: &str) -> Option<Own> {
        let mut words = text.split(',').map(|word| word.parse::<i64>().ok());
        let [fd, slot, figures @ ..]: [i64; 5] =
            std::array::from_fn(|_| words.next().flatten().unwrap_or(-1));
        if fd >= 0 {
            fds.record.set(crate::fds::raise_fd(fd as i32));
        }
        let [before, mark, children] = figures.map(|figure| AtomicU64::new(figure.max(0) as u64));
        Some(Own { slot: slot.into(), before, mark, children, copy: false.into() })
    }

    /// The most of any child that was waited for.
    pub fn children(&self) -> u64 {
        self.children.load(Ordering::Relaxed)
    }

    /// A child that used `most` was waited for.
    pub fn add_child(&self, most: u64) {
        self.children.fetch_max(most, Ordering::Relaxed);
    }

    /// The most that was resident, where the host says `all` of the process, and so much is there now.
    pub fn most(&self, all: u64, now: &Resident) -> u64 {
        // The host's figure is of all programs that this process has executed.
        let here = if all > self.mark.load(Ordering::Relaxed) { all } else { 0 };
        // The kernel counts the whole in steps of many pages; what is there now is known exactly.
        here.saturating_sub(now.own).max(now.guest).max(self.before.load(Ordering::Relaxed))
    }

    /// What the parent wrote into the record is right still: a copy that was given few pages, most of them for the translator, and had no
    /// children.
    fn as_made(&self) -> bool {
        /// What a child has that ends at once is some 60.
        const FEW: u64 = 160;
        self.copy.load(Ordering::Relaxed) && self.children() == 0 && faults() < FEW
    }

    /// Descriptor and number of the record.
    fn place(&self, fd: Option<i32>) -> Option<(i32, u32)> {
        Some((fd?, u32::try_from(self.slot.load(Ordering::Relaxed)).ok()?))
    }

    /// Writes the record. Gives the most that was resident, and what the host says of that.
    fn tell(
        &self,
        place: Option<(i32, u32)>,
        memory: &AddressSpace,
        stage: Stage,
    ) -> Option<(u64, u64)> {
        let (most, all, now) = self.measure(memory)?;
        if let Some((fd, slot)) = place {
            Record::new(stage, most.max(self.children()), now.own, all).write(fd, slot);
        }
        Some((most, all))
    }

    /// The most that was resident, what the host says of that, and what is there now.
    fn measure(&self, memory: &AddressSpace) -> Option<(u64, u64, Resident)> {
        let now = resident(memory)?;
        let all = of_host(libc::RUSAGE_SELF).ok()?[MAX_RESIDENT];
        Some((self.most(all, &now), all, now))
    }
}

/// The descriptor with the record of the calling process: a child in our memory has the one of its maker's children.
fn record_fd(linux: &Linux, vcpu: &mut Vcpu) -> Option<i32> {
    let fds = &linux.fds;
    if Thread::of(vcpu).vfork_child { fds.children.get() } else { fds.record.get() }
}

/// Tells the parent how far the process is.
pub fn tell(linux: &Linux, vcpu: &mut Vcpu, stage: Stage) {
    let (fd, process) = (record_fd(linux, vcpu), vcpu.process);
    let own = &Thread::of(vcpu).shared.usage;
    let place = own.place(fd);
    if place.is_some() && !(stage == Stage::Ends && own.as_made()) {
        own.tell(place, &process.memory, stage);
    }
}

/// What the next program of this process is told: its record, and what the process had resident up to then. The
/// descriptor is not inherited as it is.
pub fn hand_on(linux: &Linux, vcpu: &mut Vcpu) -> (Option<i32>, String) {
    let (fd, process) = (record_fd(linux, vcpu), vcpu.process);
    let own = &Thread::of(vcpu).shared.usage;
    let place = own.place(fd);
    let (most, all) = own.tell(place, &process.memory, Stage::Runs).unwrap_or((0, 0));
    let slot = place.map_or(-1, |(_, slot)| slot as i64);
    (place.map(|(fd, _)| fd), format!("{slot},{most},{all},{}", own.children()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_kernels() {
        assert_eq!(std::mem::offset_of!(libc::rusage, ru_maxrss), MAX_RESIDENT * 8);
        assert_eq!(std::mem::offset_of!(libc::rusage, ru_minflt), FAULTS * 8);
        assert_eq!(std::mem::offset_of!(libc::rusage, ru_majflt), FAULTS * 8 + 8);
        assert_eq!(WORDS * 8, 144);
    }

    #[test]
    fn an_earlier_program_does_not_count_as_this_one() {
        let own = Own::new(None);
        own.before.store(300, Ordering::Relaxed);
        own.mark.store(5000, Ordering::Relaxed);
        let now = Resident { own: 2000, guest: 500, ..Resident::default() };
        assert_eq!(own.most(5000, &now), 500);
        assert_eq!(own.most(9000, &now), 7000);
        assert_eq!(own.most(5000, &Resident { guest: 200, ..now }), 300);
    }
}
