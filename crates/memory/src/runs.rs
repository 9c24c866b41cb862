//! A sorted list in runs of bounded length, so that a change moves few of its regions.

use crate::regions::Region;

/// Most regions in a run.
const MOST: usize = if cfg!(test) { 4 } else { 256 };

/// Where a region stands: its run, and its place there.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    run: usize,
    at: usize,
}

/// Where a run lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Run {
    /// Address of its first region.
    pub start: u64,
    /// How many there are.
    pub count: u64,
}

impl Run {
    /// Words in which it lies in memory ([`crate::Published`]).
    pub const WORDS: usize = size_of::<Run>() / 8;
}

/// The list. No run is empty.
#[derive(Default)]
pub struct Runs {
    runs: Vec<Vec<Region>>,
    listed: Vec<Run>,
}

impl Runs {
    /// The place of the first region that `before` does not hold for; it holds for all before it.
    pub fn first_not(&self, before: impl Fn(&Region) -> bool) -> Place {
        let run = self.runs.partition_point(|run| run.last().is_some_and(&before));
        let at = self.runs.get(run).map_or(0, |run| run.partition_point(&before));
        Place { run, at }
    }

    /// The region at a place; `None` behind the last.
    pub fn get(&self, place: Place) -> Option<&Region> {
        self.runs.get(place.run)?.get(place.at)
    }

    /// The place before another.
    pub fn previous(&self, place: Place) -> Option<Place> {
        if place.at > 0 {
            return Some(Place { at: place.at - 1, ..place });
        }
        let run = place.run.checked_sub(1)?;
        Some(Place { run, at: self.runs[run].len() - 1 })
    }

    /// The regions from a place on, ascending.
    pub fn from(&self, place: Place) -> impl Iterator<Item = &Region> {
        let first = self.runs.get(place.run).map_or(&[][..], |run| &run[place.at..]);
        let rest = self.runs.get(place.run + 1..).unwrap_or_default();
        first.iter().chain(rest.iter().flatten())
    }

    /// The regions before a place, descending.
    pub fn before(&self, place: Place) -> impl Iterator<Item = &Region> {
        let last = self.runs.get(place.run).map_or(&[][..], |run| &run[..place.at]);
        let rest = self.runs[..place.run].iter().rev();
        last.iter().rev().chain(rest.flat_map(|run| run.iter().rev()))
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.runs.iter().flatten()
    }

    /// Puts `new` in place of `count` regions from a place on.
    pub fn replace(&mut self, place: Place, count: usize, new: &[Region]) {
        let place = self.inside(place);
        let run = &mut self.runs[place.run];
        let here = count.min(run.len() - place.at);
        run.splice(place.at..place.at + here, new.iter().copied());
        self.drop_behind(place.run, count - here);
        self.settle(place.run);
    }

    /// Behind the last region is at the end of the last run.
    fn inside(&mut self, place: Place) -> Place {
        if place.run < self.runs.len() {
            return place;
        }
        if self.runs.is_empty() {
            self.runs.push(Vec::new());
        }
        let run = self.runs.len() - 1;
        Place { run, at: self.runs[run].len() }
    }

    /// Takes the first `count` regions behind a run away.
    fn drop_behind(&mut self, run: usize, mut count: usize) {
        let mut next = run + 1;
        while count > 0 {
            let here = count.min(self.runs[next].len());
            self.runs[next].drain(..here);
            count -= here;
            next += usize::from(self.runs[next].is_empty());
        }
        self.runs.drain(run + 1..next);
    }

    /// Makes a run that changed neither empty, nor too long, nor one of many short ones.
    fn settle(&mut self, run: usize) {
        let len = self.runs[run].len();
        let next = self.runs.get(run + 1).map_or(MOST, Vec::len);
        if len == 0 {
            self.runs.remove(run);
        } else if len > MOST {
            let upper = self.runs[run].split_off(len / 2);
            self.runs.insert(run + 1, upper);
        } else if len + next <= MOST / 2 {
            let next = self.runs.remove(run + 1);
            self.runs[run].extend(next);
        }
    }

    /// Where the runs lie, until the list changes.
    pub fn list(&mut self) -> &[Run] {
        let place = |run: &Vec<Region>| Run { start: run.as_ptr() as u64, count: run.len() as u64 };
        self.listed.clear();
        self.listed.extend(self.runs.iter().map(place));
        &self.listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Prot};

    fn region(start: u64) -> Region {
        Region { start, end: start + 1, prot: Prot::RW, shared: false, kind: Kind::Anon }
    }

    /// Numbers that look random.
    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        *seed >> 33
    }

    #[test]
    fn changes_are_those_of_one_sorted_vector() {
        let (mut runs, mut model, mut seed) = (Runs::default(), Vec::<Region>::new(), 1);
        for _ in 0..20_000 {
            let start = next(&mut seed) % 200;
            let index = model.partition_point(|r| r.start < start);
            let place = runs.first_not(|r| r.start < start);
            let there = model.get(index).is_some_and(|r| r.start == start);
            let most = (model.len() - index).min(next(&mut seed) as usize % 9);
            let count = if there { most } else { 0 };
            let new = if there { vec![] } else { vec![region(start)] };
            runs.replace(place, count, &new);
            model.splice(index..index + count, new);
            let place = runs.first_not(|r| r.start < start);
            assert!(runs.iter().eq(&model));
            let index = model.partition_point(|r| r.start < start);
            assert!(runs.from(place).eq(&model[index..]));
            assert!(runs.before(place).eq(model[..index].iter().rev()));
            let last = runs.previous(place).and_then(|place| runs.get(place));
            assert_eq!(last, model[..index].last());
            assert!(runs.runs.iter().all(|run| !run.is_empty() && run.len() <= MOST));
            let counts = runs.list().iter().map(|run| run.count);
            assert_eq!(counts.sum::<u64>(), model.len() as u64);
        }
    }
}
