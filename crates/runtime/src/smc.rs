//! Code that changes: writes to watched pages, fences, mappings that go away, and a cache that
//! is full.

use std::sync::atomic::Ordering;

use codecache::Writer;
use guest::{FaultKind, GuestAddr, PAGE_SIZE};
use ir::{Effect, InterpCode, Leave, Region};
use lending::Section;
use memory::Access;

use crate::process::Heat;
use crate::stats::Counters;
use crate::{Flow, Process, Vcpu};

/// A program runs through so few phases that its code is compiled anew for.
const RENEWALS: u32 = 3;
/// The next time comes after 2 to the power of this as many jumps back.
const RARER: u32 = 4;

impl Process {
    /// Guest code in `[start, end)` may have changed: its translations go, and no thread enters
    /// them any more once it has passed a safepoint or an indirect jump.
    pub fn code_changed(&self, start: u64, end: u64) {
        self.drop_translations(&mut self.cache.lock(), [(start, end)]);
    }

    /// The watched pages that overlap `[start, end)` may be written from here on: their translations go. Whoever translates has
    /// the cache locked, so none is made between the one and the other, which nobody would see to be stale. False if
    /// there are no such pages.
    pub fn open_to_writes(&self, start: u64, end: u64) -> bool {
        let watched = || self.memory.watched_in(start, end);
        // Most often there are none, and nobody waits for a translation.
        if !self.memory.has_watches() || watched().is_empty() {
            return false;
        }
        let mut cache = self.cache.lock();
        let pages = watched().into_iter().map(|page| (page, page + PAGE_SIZE));
        self.drop_translations(&mut cache, pages);
        self.memory.unwatch(start, end);
        true
    }

    /// The guest announced new code without saying where (an instruction fence, a flush of the
    /// instruction cache): what was translated from memory that can be written through another mapping is suspect.
    pub fn fence(&self) {
        let mut cache = self.cache.lock();
        let windows = std::mem::take(&mut *self.suspects.lock());
        self.drop_translations(&mut cache, windows);
    }

    /// Who finds that another thread has removed them already must also find that no jump table leads to them: all
    /// of it is done with the cache locked.
    fn drop_translations(
        &self,
        cache: &mut Writer<'_>,
        ranges: impl IntoIterator<Item = (u64, u64)>,
    ) {
        let removed = ranges.into_iter().map(|(start, end)| cache.invalidate(start, end));
        if removed.sum::<usize>() > 0 {
            // A thread may go round in a region that is not entered anew.
            self.threads.each_after_removal(|cell| {
                cell.clear_jump_table();
                cell.arm();
            });
        }
    }

    /// Empties the code cache when no thread runs in it.
    pub(crate) fn reset_cache(&self) {
        self.empty_cache(&mut self.cache.lock(), |cache| cache.reset());
    }

    /// True if a thread that jumped back `jumps` times makes it worth the work to fill the cache with longer blocks.
    pub(crate) fn is_to_renew(&self, jumps: u64, heat: Heat) -> bool {
        let done = self.renewals.load(Ordering::Relaxed);
        let compiled = self.counters.compiled_insns.load(Ordering::Relaxed);
        done < RENEWALS
            && jumps >= (heat.renews * compiled) << (done * RARER)
            && !lending::is_lent()
    }

    /// Empties the code cache if much has run for the first time: what runs from here on goes on where branches
    /// are not taken (docs/adr/0026).
    pub(crate) fn renew_cache(&self) {
        let _section = Section::enter();
        let mut cache = self.cache.lock();
        self.renewals.fetch_add(1, Ordering::Relaxed);
        if cache.has_much_new() {
            self.empty_cache(&mut cache, |cache| cache.renew());
        }
    }

    fn empty_cache(&self, cache: &mut Writer<'_>, empty: fn(&mut Writer<'_>)) {
        self.resetting.store(true, Ordering::SeqCst);
        self.threads.each(|cell| {
            cell.arm();
            while cell.running.load(Ordering::SeqCst) {
                std::thread::yield_now();
                // What it counts down may have come in between.
                cell.arm();
            }
        });
        empty(cache);
        self.counters.forget_regions();
        self.resets.fetch_add(1, Ordering::SeqCst);
        self.resetting.store(false, Ordering::SeqCst);
    }

    /// Returns once no reset is under way.
    pub(crate) fn wait_for_reset(&self) {
        while self.resetting.load(Ordering::SeqCst) {
            drop(self.cache.lock());
            std::thread::yield_now();
        }
    }
}

impl Vcpu {
    /// The instruction at `pc` could not access memory: a matter for the guest, or for us.
    pub(crate) fn memory_fault(&mut self) -> Flow {
        match self.access() {
            Access::Guest(_) if self.may_be_several() => self.find_fault(),
            access => self.answer(access),
        }
    }

    /// What the fault in `state` means. Misaligned atomic accesses are the guest's.
    fn access(&self) -> Access {
        let fault = self.state.fault;
        match fault.kind {
            FaultKind::Misaligned => Access::Guest(FaultKind::Misaligned),
            kind => {
                let bus = kind == FaultKind::BeyondFile;
                self.process.memory.classify(fault.addr, fault.write != 0, bus)
            }
        }
    }

    fn answer(&mut self, access: Access) -> Flow {
        match access {
            Access::Guest(kind) => {
                self.state.fault.kind = kind;
                self.process.kernel.fault(self)
            }
            Access::Watched => self.code_write(GuestAddr(self.state.fault.addr)),
            Access::Retry => Flow::Continue,
        }
    }

    /// False if the instruction at `pc` surely made the access by itself: an atomic one, but for those
    /// that a translation blames for a whole loop of compare and swap.
    fn may_be_several(&self) -> bool {
        let fault = self.state.fault;
        let mut region = Region::default();
        self.process.lift_one(GuestAddr(self.state.pc), &mut region);
        let atomic = region.insts.iter().any(|inst| inst.op.effect() == Effect::Atomic);
        let denied = self.access() == Access::Guest(FaultKind::Denied) && fault.write != 0;
        fault.kind != FaultKind::Misaligned && (denied || !atomic)
    }

    /// The guest may not make the access that the translation made. It can be that of several
    /// instructions, of which `pc` is the first: executed alone, that says what it has to do with it. If
    /// nothing, the thread goes on behind it.
    fn find_fault(&mut self) -> Flow {
        match self.execute_alone() {
            Leave::Fault => {
                let access = self.access();
                self.answer(access)
            }
            leave => self.handle(leave),
        }
    }

    /// A write to a page with translations. They go; the instruction is then executed alone,
    /// since its own block may lie on the page and would be watched again.
    fn code_write(&mut self, addr: GuestAddr) -> Flow {
        Counters::add(&self.process.counters.code_writes, 1);
        // An access can straddle a page border: both pages lose their translations.
        let (start, end) = (addr.page().0, addr.offset(7).page().0 + PAGE_SIZE);
        self.process.open_to_writes(start, end);
        match self.execute_alone() {
            Leave::Fault => Flow::Continue,
            leave => self.handle(leave),
        }
    }

    fn execute_alone(&mut self) -> Leave {
        let mut code = InterpCode::default();
        self.process.lower_one(GuestAddr(self.state.pc), &mut code);
        self.state.exit_site = 0;
        self.process.interp.run(&code.words, &mut self.state)
    }
}
