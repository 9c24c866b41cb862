//! What a process says of its use to its parent.

use super::resident::Resident;
use crate::host::sys;

/// How far a process is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Stage {
    /// It has said nothing.
    Made,
    /// It runs a guest program.
    Runs,
    /// It executes a host program, which says nothing.
    Host,
    /// It is about to end.
    Ends,
}

/// All in KiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    stage: Stage,
    /// The most of the guest's that was resident, in the process or in a child that it waited for.
    most: u32,
    /// The translator's.
    own: u32,
    /// What the host says of the whole.
    all: u32,
}

const STAGES: [Stage; 4] = [Stage::Made, Stage::Runs, Stage::Host, Stage::Ends];
const SIZE: u64 = 16;
/// KiB by which the kernel's figure may be wrong: each processor keeps what it counts to itself up to 32 pages or more. The
/// translator's own growth in a child that does little is less than this, too.
const INEXACT: u64 = 2 << 10;
/// KiB of its program that a child finds again with its first instruction: the kernel maps 16 pages at once.
const AROUND: u64 = 64;

impl Record {
    /// A process that has said nothing, and begins with a copy of what its parent has.
    pub fn made(parent: Resident) -> Record {
        let most = parent.guest.min(parent.copied + AROUND);
        Record::new(Stage::Made, most, parent.own, parent.own + parent.guest)
    }

    pub fn new(stage: Stage, most: u64, own: u64, all: u64) -> Record {
        let [most, own, all] = [most, own, all].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Record { stage, most, own, all }
    }

    /// The most that the guest had resident, where the host says `all` of the process.
    pub fn most(&self, all: u64) -> u64 {
        let most = self.most as u64;
        let growth = all.saturating_sub(self.all as u64);
        match self.stage {
            Stage::Ends => most,
            Stage::Made => most + if growth > INEXACT { growth } else { 0 },
            Stage::Runs => most.max(all.saturating_sub(self.own as u64)),
            Stage::Host => most.max(if growth > 0 { all } else { 0 }),
        }
    }

    /// Puts it into place `slot` of a file.
    pub fn write(&self, fd: i32, slot: u32) {
        let words = [self.stage as u32, self.most, self.own, self.all];
        let args = [fd as u64, words.as_ptr() as u64, SIZE, slot as u64 * SIZE];
        let _ = sys(libc::SYS_pwrite64, args);
    }

    /// What stands in place `slot` of a file. Who writes there may be anyone with its descriptor, so any figure may.
    pub fn read(fd: i32, slot: u32) -> Option<Record> {
        let mut words = [0u32; SIZE as usize / 4];
        let args = [fd as u64, words.as_mut_ptr() as u64, SIZE, slot as u64 * SIZE];
        let got = sys(libc::SYS_pread64, args).ok()?;
        let [stage, most, own, all] = words;
        let stage = *STAGES.get(stage as usize)?;
        (got as u64 == SIZE).then_some(Record { stage, most, own, all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_ended_in_good_order_is_believed() {
        assert_eq!(Record::new(Stage::Ends, 500, 4000, 4400).most(6000), 500);
    }

    #[test]
    fn of_a_copy_that_says_nothing_the_growth_is_its_own() {
        let record = Record::made(Resident { own: 2500, guest: 1000, copied: 500 });
        assert_eq!(record.most(3800), 564);
        assert_eq!(record.most(53_500), 50_564);
    }

    #[test]
    fn of_one_that_was_killed_the_translators_is_taken_away() {
        let record = Record::new(Stage::Runs, 500, 4000, 4400);
        assert_eq!(record.most(54_000), 50_000);
        assert_eq!(record.most(4400), 500);
        assert_eq!(record.most(100), 500);
    }

    #[test]
    fn a_host_program_has_no_translator() {
        let record = Record::new(Stage::Host, 500, 4000, 4400);
        assert_eq!(record.most(54_000), 54_000);
        assert_eq!(record.most(4400), 500);
    }

    #[test]
    fn records_lie_side_by_side_in_a_file() {
        let name = c"usage".as_ptr() as u64;
        let file = crate::host::Fd(sys(libc::SYS_memfd_create, [name, 0]).unwrap() as i32);
        let record = Record::new(Stage::Host, 1, 2, u64::MAX);
        let made = Record::made(Resident { own: 8, guest: 9, copied: 7 });
        assert_eq!(made.most, 9);
        made.write(file.0, 0);
        record.write(file.0, 1);
        assert_eq!(Record::read(file.0, 0), Some(made));
        assert_eq!(Record::read(file.0, 1), Some(record));
        assert_eq!(Record::read(file.0, 2), None);
    }
}
