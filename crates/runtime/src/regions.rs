//! Hot loops as regions of several blocks.

use codecache::{Full, Writer};
use guest::GuestAddr;
use ir::{Backend, CompiledCode, Op, Region};
use opt::form::{Limits, Source};
use rustc_hash::FxHashSet;

use crate::stats::Counters;
use crate::translate::{Failed, WINDOW};
use crate::{Process, Vcpu};

/// A process's guest code, while its cache is locked.
struct Code<'a> {
    process: &'a Process,
    /// None: everything counts as having run.
    cache: Option<&'a Writer<'a>>,
    window: [u8; WINDOW],
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
}

impl Vcpu {
    /// Compiles the region at `pc`, unless that has `before` guest instructions as at the last try, or there is none. Gives how many it
    /// has; `None` if its branches are to be looked at first, which they are not yet if not `traced`.
    pub(crate) fn optimise(&mut self, pc: GuestAddr, before: u32, traced: bool) -> Option<u32> {
        let unsteady = traced.then_some(&self.profile.unsteady);
        match self.process.optimise(pc, before, unsteady) {
            Ok(insns) => insns,
            Err(Full) => {
                self.process.reset_cache();
                Some(0)
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
        unsteady: Option<&FxHashSet<GuestAddr>>,
    ) -> Result<Option<u32>, Full> {
        let Some(backend) = &self.backend else { return Ok(Some(0)) };
        let mut cache = self.cache.lock();
        let since = self.since();
        let region =
            self.form_region(pc, Some(&cache)).filter(|region| region.guest_insns != before);
        if unsteady.is_none() && region.as_ref().is_some_and(opt::has_twins) {
            since.end(&self.counters.region_ns);
            return Ok(None);
        }
        let insns = region.as_ref().map_or(before, |region| region.guest_insns);
        let compiled = self.measured(|| {
            let mut region = region?;
            region.unsteady = unsteady.into_iter().flatten().copied().collect();
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
        Ok(Some(insns))
    }

    /// The last instructions of the blocks at `starts`.
    pub(crate) fn ends(&self, starts: Vec<GuestAddr>) -> Vec<GuestAddr> {
        let _locked = self.cache.lock();
        let mut window = [0; WINDOW];
        let mut block = Region::default();
        let end = |start| {
            self.lift(start, self.options.max_insns, &mut window, &mut block);
            let last = block.insts.iter().rev().find(|inst| inst.op == Op::Insn)?;
            Some(GuestAddr(last.imm as u64))
        };
        starts.into_iter().filter_map(end).collect()
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
        let mut code = CompiledCode::default();
        let compiled = if backend.is_crowded(&region) {
            opt::run(opt::BASELINE, &mut region);
            backend.compile(&region, &mut code)
        } else {
            opt::run(opt::OPTIMISED, &mut region);
            debug_assert_eq!(opt::normal::check(&region), Ok(()), "at {}", region.entry);
            backend.compile_region(&region, &mut code)
        };
        Counters::add(&self.counters.region_fallbacks, compiled.is_err() as u64);
        compiled.ok().map(|()| (region, code))
    }

    /// The loop at `pc` as a region, optimised, and its code if the backend takes it: as if all of the
    /// guest's code had run.
    pub fn inspect_region(&self, pc: GuestAddr) -> Option<(Region, Option<CompiledCode>)> {
        let backend = self.backend.as_ref()?;
        let mut region = self.form_region(pc, None)?;
        opt::run(opt::OPTIMISED, &mut region);
        let mut code = CompiledCode::default();
        let compiled = backend.compile_region(&region, &mut code);
        Some((region, compiled.ok().map(|()| code)))
    }

    /// The loop at `pc` as formed, if there is one; without the cache as if all code had run.
    fn form_region(&self, pc: GuestAddr, cache: Option<&Writer<'_>>) -> Option<Region> {
        let mut code = Code { process: self, cache, window: [0; WINDOW] };
        let limits = Limits { block_insns: self.options.max_insns, ..Limits::default() };
        opt::form::form(pc, &mut code, limits)
    }
}
