//! The pipeline: from guest code to a translation in the cache.

use std::cell::RefCell;

use codecache::{Full, Writer};
use guest::GuestAddr;
use ir::{CompiledCode, InterpCode, LiftLimits, Region};
use lending::Section;

use crate::Process;
use crate::stats::Counters;

/// Guest bytes that a block may span.
pub(crate) const WINDOW: usize = 768;
/// The same for each instruction that it may have: a chain has half as many again.
const SPAN: usize = 6;
/// Most guest instructions of a block as long as a program starts, when what a long one holds is often there twice.
const SHORT: u32 = 64;

/// What translation works in, reused from block to block.
struct Workshop {
    window: [u8; WINDOW],
    region: Region,
    compiled: CompiledCode,
    lowered: InterpCode,
}

impl Default for Workshop {
    fn default() -> Workshop {
        Workshop {
            window: [0; WINDOW],
            region: Region::default(),
            compiled: CompiledCode::default(),
            lowered: InterpCode::default(),
        }
    }
}

thread_local! {
    static WORKSHOP: RefCell<Workshop> = RefCell::default();
}

/// A translation that was not made.
pub enum Failed {
    /// The cache is full.
    Full,
    /// The backend cannot compile the block.
    Unsupported,
}

impl From<Full> for Failed {
    fn from(_: Full) -> Failed {
        Failed::Full
    }
}

impl Process {
    /// Compiles the block at `pc`.
    pub(crate) fn compile(&self, pc: GuestAddr) -> Result<(), Failed> {
        let mut cache = self.cache.lock();
        match self.cache.native(pc) {
            Some(_) => Ok(()),
            None => self.compile_anew(pc, &mut cache),
        }
    }

    /// Compiles the block at `pc`, which takes the place of what was compiled there before.
    pub(crate) fn compile_anew(&self, pc: GuestAddr, cache: &mut Writer<'_>) -> Result<(), Failed> {
        let backend = self.backend.as_ref().ok_or(Failed::Unsupported)?;
        let since = self.since();
        WORKSHOP.with_borrow_mut(|w| {
            let compiled = self.measured(|| {
                self.form_chain(pc, cache, w);
                backend.compile(&w.region, &mut w.compiled)
            });
            if compiled.is_err() {
                Counters::add(&self.counters.fallbacks, 1);
                return Err(Failed::Unsupported);
            }
            let bytes = std::slice::from_ref(&w.region.bytes);
            let host = cache.insert_native(pc, bytes, &w.compiled)?;
            cache.take_in(w.region.blocks.iter().skip(1).filter_map(|b| w.region.start(b)));
            since.end(&self.counters.compiled_ns);
            self.tell(pc, host, w.compiled.bytes.len(), false);
            self.count_guest(bytes);
            Counters::add_locked(&self.counters.compiled_blocks, 1);
            Counters::add_locked(&self.counters.compiled_insns, w.region.guest_insns as u64);
            Counters::add_locked(&self.counters.compiled_bytes, w.compiled.bytes.len() as u64);
            Ok(())
        })
    }

    /// Makes the block at `pc` ready for the interpreter.
    pub(crate) fn lower(&self, pc: GuestAddr) -> Result<(), Full> {
        let mut cache = self.cache.lock();
        let since = self.since();
        if self.cache.interp(pc).is_some() {
            return Ok(());
        }
        WORKSHOP.with_borrow_mut(|w| {
            self.form(pc, opt::INTERPRETED, w);
            self.interp.lower(&w.region, &mut w.lowered);
            cache.insert_interp(pc, &w.region.bytes, &w.lowered.words)?;
            Counters::add(&self.counters.lowered_blocks, 1);
            Counters::add(&self.counters.lowered_insns, w.region.guest_insns as u64);
            since.end(&self.counters.lowered_ns);
            Ok(())
        })
    }

    /// The one instruction at `pc`, for the interpreter, outside of the cache.
    pub(crate) fn lower_one(&self, pc: GuestAddr, out: &mut InterpCode) {
        // What the interpreter works in is the thread's, and so the lender's too.
        let _section = Section::enter();
        let mut region = Region::default();
        self.lift_one(pc, &mut region);
        self.interp.lower(&region, out);
    }

    /// The one instruction at `pc` as IR.
    pub(crate) fn lift_one(&self, pc: GuestAddr, region: &mut Region) {
        let mut window = [0; 16];
        let len = self.memory.fetch(pc.0, &mut window);
        self.frontend.lift(pc, &window[..len], LiftLimits::of(1), region);
    }

    /// Decodes, lifts and optimises the block at `pc`.
    fn form(&self, pc: GuestAddr, passes: &[opt::Pass], workshop: &mut Workshop) {
        let Workshop { window, region, .. } = workshop;
        self.lift(pc, self.options.max_insns, window, region);
        opt::run(passes, region);
    }

    /// Decodes, lifts and optimises the block at `pc` for the compiler, and what follows branches ahead that are not
    /// taken, up to code that is compiled.
    fn form_chain(&self, pc: GuestAddr, cache: &Writer<'_>, workshop: &mut Workshop) {
        let Workshop { window, region, .. } = workshop;
        let goes_on = |next| {
            !self.options.count && cache.goes_on(pc, next) && self.cache.native(next).is_none()
        };
        let most = if cache.is_renewed() { u32::MAX } else { SHORT };
        self.lift_chain(pc, self.options.max_insns.min(most), &goes_on, window, region);
        opt::run(opt::BASELINE, region);
    }

    /// Decodes and lifts the block at `pc`. Its pages are watched for writes *before* they are
    /// read, so that no change goes unseen; the cache is locked meanwhile.
    pub(crate) fn lift(
        &self,
        pc: GuestAddr,
        max_insns: u32,
        window: &mut [u8; WINDOW],
        region: &mut Region,
    ) {
        self.lift_chain(pc, max_insns, &|_| false, window, region);
    }

    /// As [`Process::lift`]; see [`ir::Frontend::lift_chain`].
    fn lift_chain(
        &self,
        pc: GuestAddr,
        max_insns: u32,
        goes_on: &dyn Fn(GuestAddr) -> bool,
        window: &mut [u8; WINDOW],
        region: &mut Region,
    ) {
        let window = &mut window[..WINDOW.min((max_insns as usize).saturating_mul(SPAN))];
        let end = pc.0.saturating_add(window.len() as u64);
        let (len, unnoticed) = self.memory.watch_and_fetch(pc.0, window);
        if unnoticed {
            self.suspect(pc.page().0, GuestAddr(end).page_up().0);
        }
        let limits = LiftLimits { every_round: self.options.count, ..LiftLimits::of(max_insns) };
        self.frontend.lift_chain(pc, &window[..len], limits, goes_on, region);
        debug_assert_eq!(ir::verify(region), Ok(()), "at {pc}");
        if self.options.count {
            crate::instrument::count(region);
        }
    }

    /// Remembers that `[start, end)` holds translated code that can change unnoticed.
    fn suspect(&self, start: u64, end: u64) {
        self.suspects.lock().insert((start, end));
    }

    /// The block at `pc` as IR and as compiled code, for listings; nothing enters the cache.
    pub fn inspect(&self, pc: GuestAddr) -> (Region, Region, Option<CompiledCode>) {
        let mut window = [0; WINDOW];
        let len = self.memory.fetch(pc.0, &mut window);
        let mut lifted = Region::default();
        let limits = LiftLimits::of(self.options.max_insns);
        self.frontend.lift_chain(pc, &window[..len], limits, &|_| true, &mut lifted);
        let mut optimised = lifted.clone();
        opt::run(opt::BASELINE, &mut optimised);
        let mut code = CompiledCode::default();
        let compiled = self.backend.as_ref().and_then(|b| b.compile(&optimised, &mut code).ok());
        (lifted, optimised, compiled.map(|()| code))
    }
}
