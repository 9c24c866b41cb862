//! A guest process.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use codecache::CodeCache;
use guest::GuestAddr;
use ir::{Backend, Frontend, Interpreter};
use lending::Mutex;
use memory::{AddressSpace, CodeListener};

use crate::hot::Hot;
use crate::observe::{Observer, Placed};
use crate::running::Threads;
use crate::stats::Counters;
use crate::tables::{Age, Idle, Tables};
use crate::{Kernel, Stats};

/// Most jumps back between two looks at where a thread is: a few milliseconds. A thread that is armed by another
/// may be this late to leave (see `ThreadCell::arm`), whether its engine looks for loops or not.
pub(crate) const MOST_FUEL: i32 = 1 << 20;

/// Which engines may run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// Only the interpreter.
    Interp,
    /// Only compiled code, where the backend can.
    Baseline,
    /// Compiled code, after the interpreter where [`Options::warm`] says so, and regions where loops are hot.
    Auto,
    /// As `Auto`, but every loop that goes round a few times is hot.
    Opt,
}

/// How the machine is to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The engines.
    pub engine: Engine,
    /// `Auto`: executions of a block in the interpreter before it is compiled. Compiling costs
    /// less than twice what making ready to interpret does, so 0 measures best (docs/adr/0006).
    pub warm: u64,
    /// Jumps back that a thread makes between two of its first looks at where it is.
    pub fuel: i32,
    /// `Auto`: jumps back in a loop before it is compiled as a region.
    pub hot: u64,
    /// Most guest instructions in a block.
    pub max_insns: u32,
    /// Count executed guest instructions.
    pub count: bool,
    /// Count how often regions are executed, and keep them: see [`Process::take_hot_regions`].
    pub counts_regions: bool,
    /// Bound on the bytes of compiled code.
    pub code_limit: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            engine: Engine::Auto,
            warm: 0,
            fuel: 1 << 12,
            hot: 1 << 19,
            max_insns: 128,
            count: false,
            counts_regions: false,
            code_limit: None,
        }
    }
}

/// How soon loops become regions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heat {
    /// Jumps back that a thread makes before the first look at where it is.
    pub first_fuel: i32,
    /// Most jumps back between two looks.
    pub fuel: i32,
    /// Jumps back in a loop before it is compiled.
    pub hot: u64,
    /// Regions that their loops leave in most rounds are undone.
    pub undoes: bool,
    /// Blocks that are interpreted to learn about a loop's branches.
    pub trace: usize,
    /// The same, to learn about its computed jumps only.
    pub jump_trace: usize,
    /// Jumps back for each guest instruction compiled before blocks are first made longer.
    pub renews: u64,
}

/// What runs so often is worth the work of being compiled again.
const RENEWS: u64 = 64;
/// So many rounds of usual loops that what can be learned is.
const TRACE: usize = 2048;
/// Where jumps lead is learned sooner than whether branches follow a rule.
const JUMP_TRACE: usize = 512;
/// Where all loops are to be compiled at once.
const SHORT_TRACE: usize = 128;

impl Options {
    /// How soon loops become regions; `None` if never.
    pub(crate) fn regions(&self) -> Option<Heat> {
        let first_fuel = self.fuel;
        match self.engine {
            Engine::Interp | Engine::Baseline => None,
            Engine::Auto => Some(Heat {
                first_fuel,
                fuel: MOST_FUEL,
                hot: self.hot,
                undoes: true,
                trace: TRACE,
                renews: RENEWS,
                jump_trace: JUMP_TRACE,
            }),
            Engine::Opt => Some(Heat {
                first_fuel: 1,
                fuel: first_fuel,
                hot: 1,
                undoes: false,
                trace: SHORT_TRACE,
                renews: 0,
                jump_trace: SHORT_TRACE,
            }),
        }
    }

    /// Jumps back before the first look.
    pub(crate) fn first_fuel(&self) -> i32 {
        self.regions().map_or(MOST_FUEL, |heat| heat.first_fuel)
    }
}

/// What a process is put together from.
pub struct Parts {
    /// Its address space, with the program in it.
    pub memory: AddressSpace,
    /// Its instruction set.
    pub frontend: Box<dyn Frontend>,
    /// Its compiler, if the engine needs one.
    pub backend: Option<Box<dyn Backend>>,
    /// Its interpreter.
    pub interp: Box<dyn Interpreter>,
    /// Its operating system.
    pub kernel: Box<dyn Kernel>,
    /// How it runs.
    pub options: Options,
    /// Who is told of translations.
    pub observer: Option<Box<dyn Observer>>,
    /// Called with `true` before something is compiled and with `false` behind it; gives the most bytes of
    /// the heap that compiling held so far.
    pub heap: Option<fn(bool) -> u64>,
    /// Called once when the process ends, before the host process does.
    pub at_exit: Option<fn(&Process, i32)>,
}

/// A guest process: what its threads share. Lives as long as the host process.
pub struct Process {
    /// Its address space.
    pub memory: AddressSpace,
    /// Its instruction set.
    pub frontend: Box<dyn Frontend>,
    /// Its compiler.
    pub backend: Option<Box<dyn Backend>>,
    /// Its interpreter.
    pub interp: Box<dyn Interpreter>,
    /// Its operating system.
    pub kernel: Box<dyn Kernel>,
    /// How it runs.
    pub options: Options,
    /// Its translations.
    pub cache: CodeCache,
    pub(crate) threads: Threads,
    /// The first thread has its tables.
    started: AtomicBool,
    /// What ended threads left.
    pub(crate) idle: Idle,
    /// Guest ranges with translations that only an instruction fence tells to be stale.
    pub(crate) suspects: Mutex<BTreeSet<(u64, u64)>>,
    pub(crate) resetting: AtomicBool,
    pub(crate) resets: AtomicU64,
    /// How often the cache was to be filled with longer blocks.
    pub(crate) renewals: AtomicU32,
    pub(crate) observer: Option<Box<dyn Observer>>,
    pub(crate) counters: Counters,
    pub(crate) heap: Option<fn(bool) -> u64>,
    pub(crate) hot: Option<Hot>,
    pub(crate) at_exit: Option<fn(&Process, i32)>,
}

impl Process {
    /// Puts a process together; it is never freed.
    pub fn new(parts: Parts) -> std::io::Result<&'static Process> {
        let (thunks, offsets) = parts.backend.as_ref().map(|b| b.thunks()).unwrap_or_default();
        let cache = CodeCache::new(&thunks, offsets, parts.options.code_limit)?;
        let process: &'static Process = Box::leak(Box::new(Process {
            memory: parts.memory,
            frontend: parts.frontend,
            backend: parts.backend,
            interp: parts.interp,
            kernel: parts.kernel,
            options: parts.options,
            cache,
            threads: Threads::default(),
            started: AtomicBool::new(false),
            idle: Idle::default(),
            suspects: Mutex::default(),
            resetting: AtomicBool::new(false),
            resets: AtomicU64::new(0),
            renewals: AtomicU32::new(0),
            observer: parts.observer,
            counters: Counters::default(),
            heap: parts.heap,
            hot: parts.options.counts_regions.then(Hot::new),
            at_exit: parts.at_exit,
        }));
        process.memory.set_listener(process);
        crate::handlers::install(process);
        Ok(process)
    }

    pub(crate) fn resets(&self) -> u64 {
        self.resets.load(Ordering::Acquire)
    }

    /// What was translated and how, so far.
    pub fn stats(&self) -> Stats {
        Stats::of(self)
    }

    /// Tells of a translation of `len` bytes.
    pub(crate) fn tell(&self, guest: GuestAddr, start: u64, len: usize, region: bool) {
        if let Some(observer) = &self.observer {
            observer.placed(&Placed { host: start..start + len as u64, guest, region });
        }
    }

    /// Tables for a new thread.
    pub(crate) fn take_tables(&self) -> Tables {
        let age = Age { resets: self.resets(), removals: self.threads.removals() };
        let tables = self.idle.take(age);
        // The first thread finds all of the program's code for the first time.
        if !self.started.swap(true, Ordering::Relaxed) {
            tables.populate();
        }
        tables.lead_to(self.cache.thunk(ir::traits::thunk::UNDERFLOW));
        tables
    }
}

impl CodeListener for Process {
    fn changed(&self, start: u64, end: u64) {
        self.code_changed(start, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_leaves_within_milliseconds_though_arming_it_was_lost() {
        for engine in [Engine::Interp, Engine::Baseline, Engine::Auto, Engine::Opt] {
            let options = Options { engine, ..Options::default() };
            assert!((1..=MOST_FUEL).contains(&options.first_fuel()), "{engine:?}");
        }
    }
}
