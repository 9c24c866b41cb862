//! Which engine runs the next block.

use std::sync::atomic::{Ordering, fence};

use codecache::InterpBlock;
use guest::GuestAddr;
use ir::traits::thunk;
use ir::{Leave, Place};
use lending::Section;

use crate::process::Engine;
use crate::translate::Failed;
use crate::{Vcpu, enter};

/// Dynamic rounding modes above this have no form in generated code.
const LAST_NATIVE_ROUND: u64 = 3;
const INTERP_CACHE_LEN: usize = 1024;

/// A thread's direct-mapped copy of the interpreter's lookup table.
#[derive(Default)]
pub struct InterpCache {
    entries: Vec<(u64, Option<InterpBlock>)>,
    version: u64,
}

/// A translation that the step needs first.
enum Missing {
    Compiled,
    Lowered,
}

impl InterpCache {
    fn entry(&mut self, pc: GuestAddr, version: u64) -> &mut (u64, Option<InterpBlock>) {
        if self.version != version || self.entries.is_empty() {
            self.entries.clear();
            self.entries.resize(INTERP_CACHE_LEN, (0, None));
            self.version = version;
        }
        &mut self.entries[(pc.0 >> 1) as usize % INTERP_CACHE_LEN]
    }
}

impl Vcpu {
    /// Runs one engine once: up to the end of a block, or as far as links lead.
    pub(crate) fn step(&mut self) -> Leave {
        if self.round_is_invalid() {
            return self.step_without_round();
        }
        let pc = GuestAddr(self.state.pc);
        let mut engine = self.engine();
        loop {
            self.start_running();
            let tried = match engine {
                Engine::Baseline => self.run_compiled(pc),
                Engine::Auto | Engine::Opt => self.run_either(pc),
                Engine::Interp => self.run_interp(pc),
            };
            self.cell.running.store(false, Ordering::Release);
            match tried {
                Ok(leave) => return leave,
                Err(Missing::Compiled) if !self.compile(pc) => engine = Engine::Interp,
                Err(Missing::Compiled) => {}
                Err(Missing::Lowered) => self.lower(pc),
            }
        }
    }

    fn engine(&self) -> Engine {
        let native = self.process.backend.is_some() && self.state.fp_round <= LAST_NATIVE_ROUND;
        if native && !self.trace.runs() { self.process.options.engine } else { Engine::Interp }
    }

    /// Marks this thread as a user of the cache, and catches up with resets.
    pub(crate) fn start_running(&mut self) {
        self.cell.running.store(true, Ordering::SeqCst);
        while self.process.resetting.load(Ordering::SeqCst) {
            self.cell.running.store(false, Ordering::SeqCst);
            self.process.wait_for_reset();
            self.cell.running.store(true, Ordering::SeqCst);
        }
        let resets = self.process.resets();
        if self.seen_resets != resets {
            self.seen_resets = resets;
            self.state.call_sp = self.state.call_base;
            self.state.exit_site = 0;
            self.cell.clear_jump_table();
        }
    }

    fn run_compiled(&mut self, pc: GuestAddr) -> Result<Leave, Missing> {
        let host = self.connect(pc).ok_or(Missing::Compiled)?;
        Ok(self.run_native(host))
    }

    fn run_either(&mut self, pc: GuestAddr) -> Result<Leave, Missing> {
        match self.run_compiled(pc) {
            Err(Missing::Compiled) => {}
            done => return done,
        }
        if self.process.options.warm == 0 {
            return Err(Missing::Compiled);
        }
        let block = self.interp_block(pc).ok_or(Missing::Lowered)?;
        match self.process.cache.warm(block) == self.process.options.warm {
            true => Err(Missing::Compiled),
            false => Ok(self.interpret(block)),
        }
    }

    fn run_interp(&mut self, pc: GuestAddr) -> Result<Leave, Missing> {
        let block = self.interp_block(pc).ok_or(Missing::Lowered)?;
        Ok(self.interpret(block))
    }

    fn interpret(&mut self, block: InterpBlock) -> Leave {
        self.state.exit_site = 0;
        let since = self.process.since();
        let leave = self.process.interp.run(block.words, &mut self.state);
        since.end(&self.process.counters.interp_ns);
        leave
    }

    /// The translation of `pc`. Makes the way just taken shorter: links the exit site, or remembers the jump.
    fn connect(&mut self, pc: GuestAddr) -> Option<u64> {
        let version = self.process.cache.version();
        let host = self.process.cache.native(pc)?;
        let site = std::mem::take(&mut self.state.exit_site);
        if site == 0 {
            enter::fill_jump_table(self.cell.jump_table, pc, host);
            // Who has removed it meanwhile may have cleared the jump table before it came in.
            fence(Ordering::SeqCst);
            if self.process.cache.version() != version {
                self.cell.clear_jump_table();
            }
        } else if let Some(mut cache) = self.process.cache.try_lock() {
            cache.link(site);
        }
        Some(host)
    }

    fn run_native(&mut self, host: u64) -> Leave {
        let process = self.process;
        let Some(backend) = &process.backend else { return Leave::Yield };
        let thunk = process.cache.thunk(thunk::ENTER);
        backend.load_fp(&mut self.state);
        if process.at_exit.is_some() {
            self.times.sample(process);
        }
        let mut host = host;
        let leave = loop {
            self.state.exit_value = 0;
            let since = process.since();
            let leave = enter::enter(thunk, &mut self.state, host);
            since.end(&process.counters.native_ns);
            if leave == Leave::Jump {
                self.state.pc = process.cache.target(self.state.exit_site).0;
            }
            match self.answer_quickly(leave) {
                Ok(next) => host = next,
                Err(leave) => break leave,
            }
        };
        backend.save_fp(&mut self.state);
        if leave == Leave::Fault {
            self.recover(self.state.exit_value);
        }
        leave
    }

    /// Puts the guest registers in order that the faulting instruction at host address `pc` left
    /// elsewhere.
    fn recover(&mut self, pc: u64) {
        let state = &mut self.state;
        for (slot, place) in self.process.cache.recover(pc) {
            let value = match place {
                Place::Word(word, make) => {
                    make.apply(state.scratch[word as usize % guest::SCRATCH_LEN])
                }
                Place::Const(bits) => bits as u64,
            };
            state.set(slot, value);
        }
    }

    /// Compiles the block at `pc`; false if the backend cannot.
    fn compile(&mut self, pc: GuestAddr) -> bool {
        let _section = Section::enter();
        crate::isolation::cover_heap();
        loop {
            match self.process.compile(pc) {
                Ok(()) => {
                    self.connect_in_section(pc);
                    return true;
                }
                Err(Failed::Unsupported) => return false,
                Err(Failed::Full) => self.process.reset_cache(),
            }
        }
    }

    /// A child in our memory connects what is translated for it in the same section: each has its price.
    fn connect_in_section(&mut self, pc: GuestAddr) {
        if lending::is_lent() {
            self.start_running();
            self.connect(pc);
            self.cell.running.store(false, Ordering::Release);
        }
    }

    fn lower(&mut self, pc: GuestAddr) {
        while self.process.lower(pc).is_err() {
            self.process.reset_cache();
        }
    }

    fn interp_block(&mut self, pc: GuestAddr) -> Option<InterpBlock> {
        let cache = &self.process.cache;
        let entry = self.interp_cache.entry(pc, cache.version());
        if entry.0 != pc.0 || entry.1.is_none() {
            *entry = (pc.0, cache.interp(pc));
        }
        entry.1
    }
}
