//! getrlimit(2), setrlimit(2), prlimit64(2). The limits of address space and data are the guest's
//! own (`memory::Limits`): the host's would count the translator's memory too. The host's are raised as
//! far as they may be; a host program that the guest executes gets the guest's.

use std::sync::atomic::{AtomicU64, Ordering};

use memory::{Errno, Limits};

use crate::call::{Answer, Call, Stop};
use crate::host::{getpid, has_capability, sys};
use crate::mem;

/// A limit: soft and hard.
pub type Pair = [u64; 2];

const INFINITY: u64 = u64::MAX;

/// The resources that are counted here, and their hard limits.
pub struct Own {
    space: AtomicU64,
    data: AtomicU64,
}

impl Own {
    /// As `pairs` says (space, then data), or as the host has them, which is raised then.
    pub fn start(pairs: Option<[Pair; 2]>, limits: &Limits) -> Own {
        let [space, data] = pairs.unwrap_or_else(|| RESOURCES.map(taken_over));
        limits.space.store(space[0], Ordering::Relaxed);
        limits.data.store(data[0], Ordering::Relaxed);
        Own { space: space[1].into(), data: data[1].into() }
    }

    fn hard(&self, resource: u64) -> &AtomicU64 {
        if resource == RESOURCES[0] { &self.space } else { &self.data }
    }

    /// The limits of space and data; `None` if there are none.
    pub fn pairs(&self, limits: &Limits) -> Option<[Pair; 2]> {
        let pairs = RESOURCES.map(|resource| self.get(limits, resource));
        (pairs != [[INFINITY; 2]; 2]).then_some(pairs)
    }

    fn get(&self, limits: &Limits, resource: u64) -> Pair {
        [soft(limits, resource), self.hard(resource)].map(|limit| limit.load(Ordering::Relaxed))
    }

    fn set(&self, limits: &Limits, resource: u64, [new_soft, new_hard]: Pair) -> Result<(), Errno> {
        if new_soft > new_hard {
            return Err(Errno(libc::EINVAL));
        }
        if new_hard > self.hard(resource).load(Ordering::Relaxed) && !may_raise() {
            return Err(Errno(libc::EPERM));
        }
        soft(limits, resource).store(new_soft, Ordering::Relaxed);
        self.hard(resource).store(new_hard, Ordering::Relaxed);
        Ok(())
    }
}

const RESOURCES: [u64; 2] = [libc::RLIMIT_AS as u64, libc::RLIMIT_DATA as u64];

fn soft(limits: &Limits, resource: u64) -> &AtomicU64 {
    if resource == RESOURCES[0] { &limits.space } else { &limits.data }
}

/// The host's call on this process.
pub(super) fn host_limit(resource: u64, new: Option<&Pair>) -> Result<Pair, Errno> {
    let mut old = [INFINITY; 2];
    let new = new.map_or(0, |new| new.as_ptr() as u64);
    sys(libc::SYS_prlimit64, [0, resource, new, old.as_mut_ptr() as u64])?;
    Ok(old)
}

/// The host's limit, which is raised.
fn taken_over(resource: u64) -> Pair {
    let Ok(limit) = host_limit(resource, None) else { return [INFINITY; 2] };
    if limit[0] != limit[1] {
        let _ = host_limit(resource, Some(&[limit[1]; 2]));
    }
    limit
}

/// CAP_SYS_RESOURCE: who has it may raise any hard limit to what it is.
fn may_raise() -> bool {
    const CAP_SYS_RESOURCE: u32 = 24;
    has_capability(CAP_SYS_RESOURCE)
}

/// getrlimit(2).
pub fn getrlimit(call: &mut Call<'_>) -> Answer {
    let [resource, old, ..] = call.args;
    prlimit(call, libc::SYS_getrlimit, [0, resource, 0, old])
}

/// setrlimit(2).
pub fn setrlimit(call: &mut Call<'_>) -> Answer {
    let [resource, new, ..] = call.args;
    // A null pointer is no new limit for prlimit64(2) only.
    mem::read::<Pair>(new)?;
    prlimit(call, libc::SYS_setrlimit, [0, resource, new, 0])
}

/// prlimit64(2).
pub fn prlimit64(call: &mut Call<'_>) -> Answer {
    let [pid, resource, new, old, ..] = call.args;
    prlimit(call, libc::SYS_prlimit64, [pid, resource, new, old])
}

fn prlimit(call: &mut Call<'_>, nr: i64, [pid, resource, new, old]: [u64; 4]) -> Answer {
    let resource = resource as u32 as u64;
    let own = pid as i32 == 0 || pid as i32 == getpid();
    // A child in its parent's memory, which the limits here belong to, has the host's.
    if !own || !RESOURCES.contains(&resource) || call.thread().vfork_child {
        return call.pass(nr);
    }
    let wanted = if new == 0 { None } else { Some(mem::read::<Pair>(new)?) };
    let limits = &call.process().memory.limits;
    let before = call.linux.limits.get(limits, resource);
    if let Some(wanted) = wanted {
        call.linux.limits.set(limits, resource, wanted).map_err(Stop::Errno)?;
    }
    if old != 0 {
        call.write(old, &before)?;
    }
    Ok(0)
}

impl Call<'_> {
    /// The guest's limits of address space and data.
    pub fn own_limits(&self) -> [Pair; 2] {
        let limits = &self.process().memory.limits;
        self.linux.limits.pairs(limits).unwrap_or([[INFINITY; 2]; 2])
    }
}

/// The limits of the program that takes the guest's place; `None` if there are none.
pub fn for_next(call: &mut Call<'_>) -> Option<[Pair; 2]> {
    let pairs = call.linux.limits.pairs(&call.process().memory.limits);
    if !call.thread().vfork_child {
        return pairs;
    }
    // What it set itself, the host has.
    let pairs = pairs.unwrap_or([[INFINITY; 2]; 2]);
    let least = |n: usize| {
        let host = host_limit(RESOURCES[n], None).unwrap_or([INFINITY; 2]);
        [pairs[n][0].min(host[0]), pairs[n][1].min(host[1])]
    };
    Some([least(0), least(1)])
}

/// The guest's limits, made the host's for the program that takes its place; dropped, that is undone as
/// far as it can be.
pub struct OnHost([Option<(u64, Pair)>; 2]);

impl OnHost {
    /// Sets those that there are.
    pub fn set(call: &mut Call<'_>) -> OnHost {
        let pairs = for_next(call);
        OnHost(std::array::from_fn(|n| {
            let before = host_limit(RESOURCES[n], Some(&pairs?[n])).ok()?;
            Some((RESOURCES[n], before))
        }))
    }
}

impl Drop for OnHost {
    fn drop(&mut self) {
        for (resource, before) in self.0.iter().flatten() {
            let _ = host_limit(*resource, Some(before));
        }
    }
}

/// `SOFT,HARD,SOFT,HARD` of space and data, for the command line.
pub fn print(pairs: &[Pair; 2]) -> String {
    let numbers: Vec<String> = pairs.iter().flatten().map(u64::to_string).collect();
    numbers.join(",")
}

/// `PR_MDWE_NO_INHERIT`: the child may have memory become code.
const NO_INHERIT: u64 = 2;

/// In the child of a fork.
pub fn forked(limits: &Limits) {
    limits.lock_future.store(0, Ordering::Relaxed);
    if limits.write_exec.load(Ordering::Relaxed) & NO_INHERIT != 0 {
        limits.write_exec.store(0, Ordering::Relaxed);
    }
}

/// What the next program starts with, of `PR_SET_MDWE`.
pub fn write_exec_for_next(limits: &Limits) -> Option<u64> {
    let bits = limits.write_exec.load(Ordering::Relaxed);
    (bits != 0 && bits & NO_INHERIT == 0).then_some(bits)
}

/// What `print` printed.
pub fn parse(text: &str) -> Option<[Pair; 2]> {
    let numbers: Vec<u64> = text.split(',').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let [a, b, c, d] = numbers.try_into().ok()?;
    Some([[a, b], [c, d]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_parsed() {
        let pairs = [[1, 2], [3, INFINITY]];
        assert_eq!(parse(&print(&pairs)), Some(pairs));
        assert_eq!(parse("1,2,3"), None);
    }

    #[test]
    fn a_soft_limit_is_below_its_hard_one() {
        let limits = Limits::default();
        let own = Own::start(Some([[INFINITY; 2]; 2]), &limits);
        assert_eq!(own.pairs(&limits), None);
        assert_eq!(own.set(&limits, RESOURCES[0], [5, 4]), Err(Errno(libc::EINVAL)));
        assert_eq!(own.set(&limits, RESOURCES[0], [4, 5]), Ok(()));
        assert_eq!(own.get(&limits, RESOURCES[0]), [4, 5]);
        assert_eq!(own.pairs(&limits), Some([[4, 5], [INFINITY; 2]]));
    }
}
