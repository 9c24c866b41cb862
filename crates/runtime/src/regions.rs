//! Hot loops as regions of several blocks.

use codecache::{Full, Writer};
use guest::GuestAddr;
use ir::{Backend, CompiledCode, Exit, Op, Region, Target, Term};
use opt::form::{Limits, Source};
use rustc_hash::FxHashMap;

use crate::seen::Seen;
use crate::stats::Counters;
use crate::trace::Trace;
use crate::translate::{Failed, WINDOW};
use crate::{Process, Vcpu};

/// A process's guest code, while its cache is locked.
struct Code<'a> {
    process: &'a Process,
    /// None: everything counts as having run.
    cache: Option<&'a Writer<'a>>,
    window: [u8; WINDOW],
    seen: Option<&'a Seen>,
    /// Computed jumps and calls that were met.
    met: Vec<GuestAddr>,
    /// Some of them are known to be likely to lead somewhere.
    followed: bool,
}

impl Source for Code<'_> {
    fn lift(&mut self, pc: GuestAddr, max_insns: u32, out: &mut Region) {
        self.process.lift(pc, max_insns, &mut self.window, out);
    }
    fn has_run(&self, pc: GuestAddr) -> bool {
        self.process.cache.native(pc).is_some() || self.cache.is_none_or(|cache| cache.had(pc))
    }
    fn goes_on(&self, from: GuestAddr, to: GuestAddr) -> bool {
        self.cache.is_some_and(|cache| cache.goes_on(from, to))
    }
    fn likely(&mut self, jump: GuestAddr) -> Vec<GuestAddr> {
        self.met.push(jump);
        let likely = self.seen.map_or(Vec::new(), |seen| seen.likely(jump));
        self.followed |= !likely.is_empty();
        likely
    }
}

impl<'a> Code<'a> {
    fn new(
        process: &'a Process,
        cache: Option<&'a Writer<'a>>,
        seen: Option<&'a Seen>,
    ) -> Code<'a> {
        Code { process, cache, window: [0; WINDOW], seen, met: Vec::new(), followed: false }
    }

    /// The loop at `pc` as formed, if there is one.
    fn form(&mut self, pc: GuestAddr) -> Option<Region> {
        let block_insns = self.process.options.max_insns;
        opt::form::form(pc, self, Limits { block_insns, ..Limits::default() })
    }
}

/// What came of having a loop as a region.
pub(crate) enum Tried {
    /// It has so many guest instructions, or had as many before.
    Formed(u32),
    /// Its branches are to be looked at first.
    Branches,
    /// Its computed jumps are.
    Jumps,
}

impl Vcpu {
    /// Compiles the region at `pc`, unless that has `before` guest instructions as at the last try, or there is none, or it is
    /// to be looked at first, which it is not yet if not `traced`.
    pub(crate) fn optimise(&mut self, pc: GuestAddr, before: u32, traced: bool) -> Tried {
        let trace = traced.then_some(&self.trace);
        match self.process.optimise(pc, before, &mut self.profile.seen, trace) {
            Ok(tried) => tried,
            Err(Full) => {
                self.process.reset_cache();
                Tried::Formed(0)
            }
        }
    }

    /// Has a block take the place of the region at `pc`.
    pub(crate) fn undo_region(&mut self, pc: GuestAddr) {
        match self.process.undo_region(pc) {
            Ok(()) | Err(Failed::Unsupported) => {}
            Err(Failed::Full) => self.process.reset_cache(),
        }
    }
}

impl Process {
    fn optimise(
        &self,
        pc: GuestAddr,
        before: u32,
        seen: &mut Seen,
        trace: Option<&Trace>,
    ) -> Result<Tried, Full> {
        let Some(backend) = &self.backend else { return Ok(Tried::Formed(0)) };
        let mut cache = self.cache.lock();
        let since = self.since();
        let region = match self.form_loop((pc, before), &cache, seen, trace) {
            Ok(region) => region.filter(|region| region.guest_insns != before),
            Err(tried) => {
                since.end(&self.counters.region_ns);
                return Ok(tried);
            }
        };
        let insns = region.as_ref().map_or(before, |region| region.guest_insns);
        let compiled = self.measured(|| {
            let mut region = region?;
            region.unsteady = seen.unsteady.iter().copied().collect();
            self.compile_region(region, &**backend)
        });
        if let Some((region, code)) = compiled {
            let mut bytes = vec![region.bytes.clone()];
            bytes.extend(region.more.iter().cloned());
            let host = cache.insert_native(pc, &bytes, &code)?;
            self.tell(pc, host, code.bytes.len(), true);
            self.note_region(host..host + code.bytes.len() as u64);
            self.count_guest(&bytes);
            self.threads.each(|cell| cell.forget(pc));
            Counters::add(&self.counters.regions, 1);
            Counters::add(&self.counters.region_insns, region.guest_insns as u64);
            Counters::add(&self.counters.region_bytes, code.bytes.len() as u64);
        }
        since.end(&self.counters.region_ns);
        Ok(Tried::Formed(insns))
    }

    /// The loop at `pc` as formed, if there is one; or what is to be looked at first.
    fn form_loop(
        &self,
        (pc, before): (GuestAddr, u32),
        cache: &Writer<'_>,
        seen: &mut Seen,
        trace: Option<&Trace>,
    ) -> Result<Option<Region>, Tried> {
        let follows = !seen.is_left(pc);
        let mut code = Code::new(self, Some(cache), follows.then_some(seen));
        let region = code.form(pc);
        let (met, followed) = (code.met, code.followed);
        if trace.is_none() {
            let twins = |region: &Region| region.guest_insns != before && opt::has_twins(region);
            if region.as_ref().is_some_and(twins) {
                return Err(Tried::Branches);
            } else if follows && (followed || !seen.knows(&met)) {
                return Err(Tried::Jumps);
            }
        }
        seen.look_for(met);
        if followed && region.as_ref().is_some_and(|region| !self.holds(region, trace)) {
            seen.leave(pc);
            return Ok(Code::new(self, Some(cache), None).form(pc));
        }
        Ok(region)
    }

    /// True if a region that follows computed jumps is worth it: who comes in stays.
    fn holds(&self, region: &Region, trace: Option<&Trace>) -> bool {
        let Some(heat) = self.options.regions() else { return false };
        let crowded = self.backend.as_ref().is_some_and(|backend| backend.is_crowded(region));
        let inside = |pc: GuestAddr| {
            region.bytes.contains(&pc.0) || region.more.iter().any(|range| range.contains(&pc.0))
        };
        !crowded && (!heat.undoes || trace.is_some_and(|trace| trace.stays(region.entry, inside)))
    }

    /// The last instruction of the block at each of `starts`, and whether it is a computed jump or call.
    pub(crate) fn ends(
        &self,
        starts: impl Iterator<Item = GuestAddr>,
    ) -> FxHashMap<GuestAddr, (GuestAddr, bool)> {
        let _locked = self.cache.lock();
        let mut window = [0; WINDOW];
        let mut block = Region::default();
        let mut ends = FxHashMap::default();
        for start in starts {
            ends.entry(start).or_insert_with(|| {
                self.lift(start, self.options.max_insns, &mut window, &mut block);
                let last = block.insts.iter().rev().find(|inst| inst.op == Op::Insn);
                (last.map_or(start, |inst| GuestAddr(inst.imm as u64)), is_computed(&block))
            });
        }
        ends
    }

    fn undo_region(&self, pc: GuestAddr) -> Result<(), Failed> {
        self.compile_anew(pc, &mut self.cache.lock())?;
        self.threads.each(|cell| cell.forget(pc));
        Counters::add(&self.counters.regions_undone, 1);
        Ok(())
    }

    fn compile_region(
        &self,
        mut region: Region,
        backend: &dyn Backend,
    ) -> Option<(Region, CompiledCode)> {
        let counting = self.hot.as_ref().and_then(|hot| Some((hot, hot.counting(&region)?)));
        let code = optimised(&mut region, backend);
        Counters::add(&self.counters.region_fallbacks, code.is_none() as u64);
        let code = code?;
        if let Some((hot, (mut other, counts))) = counting
            && let Some(counted) = optimised(&mut other, backend)
        {
            hot.keep(region, code, counts);
            return Some((other, counted));
        }
        Some((region, code))
    }

    /// The loop at `pc` as a region, optimised, and its code if the backend takes it: as if all of the
    /// guest's code had run.
    pub fn inspect_region(&self, pc: GuestAddr) -> Option<(Region, Option<CompiledCode>)> {
        let backend = self.backend.as_ref()?;
        let mut region = Code::new(self, None, None).form(pc)?;
        let code = optimised(&mut region, &**backend);
        Some((region, code))
    }
}

/// The code of `region`, which is optimised; `None` if the backend does not take it.
fn optimised(region: &mut Region, backend: &dyn Backend) -> Option<CompiledCode> {
    let mut code = CompiledCode::default();
    let compiled = if backend.is_crowded(region) {
        opt::run(opt::BASELINE, region);
        backend.compile(region, &mut code)
    } else {
        opt::run(opt::OPTIMISED, region);
        debug_assert_eq!(opt::normal::check(region), Ok(()), "at {}", region.entry);
        backend.compile_region(region, &mut code)
    };
    compiled.ok().map(|()| code)
}

/// True if `block` ends with a computed jump or call.
fn is_computed(block: &Region) -> bool {
    let exit = block.blocks.last().map(|block| &block.term);
    matches!(exit, Some(Term::Go(Target::Exit(Exit::Indirect { .. } | Exit::CallIndirect { .. }))))
}
