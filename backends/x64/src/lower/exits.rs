//! How blocks end.

use guest::{GuestAddr, offsets};
use ir::{Exit, ExitSite, Target, Term, Value};

use crate::asm::{Alu, Cc, Mem};
use crate::lower::Lower;
use crate::lower::cold::Cold;
use crate::regs::{self, NONE, RAX, RCX};
use crate::thunks;

impl Lower<'_> {
    pub fn term(&mut self, term: &Term) {
        match term {
            Term::Go(target) => self.go(target, false),
            Term::If { cond, then, other } => match self.constant(*cond) {
                Some(0) => self.go(other, false),
                Some(_) => self.go(then, false),
                None => self.branch(*cond, then, other),
            },
        }
    }

    fn branch(&mut self, cond: Value, then: &Target, other: &Target) {
        let back = self.is_back(then) || self.is_back(other);
        // One poll before the comparison serves both ways; the branch itself is then the
        // place to go on, so nothing of its instruction may be done yet.
        let polled = back && self.plan.quiet_end && !self.pc_map.is_empty();
        if polled {
            let counted = !self.is_back_inside(then) && !self.is_back_inside(other);
            self.poll(self.pc, counted);
        }
        let start = self.asm.pos();
        let cc = self.flags_for(cond);
        let turned = self.is_next(then);
        let (cc, then, other) = if turned { (cc.not(), other, then) } else { (cc, then, other) };
        let direct = polled || !self.is_back(then);
        match then {
            Target::Exit(Exit::Jump { to }) if direct => {
                self.asm.align_field(start, 2);
                let at = self.asm.jcc(cc);
                self.site(at, *to);
            }
            Target::Block(call) if direct => {
                let field = self.asm.jcc(cc);
                self.edges.push((field, call.block.0));
            }
            _ => {
                let over = self.asm.jcc(cc.not());
                self.go(then, polled);
                self.asm.bind_here(over);
            }
        }
        self.go(other, polled);
    }

    /// True if what follows is the block that `target` leads to.
    fn is_next(&self, target: &Target) -> bool {
        matches!(target, Target::Block(call) if call.block.0 as usize == self.starts.len())
    }

    /// True for jumps to known addresses that are not ahead.
    fn is_back(&self, target: &Target) -> bool {
        match target {
            Target::Exit(Exit::Jump { to } | Exit::Call { to, .. }) => to.0 <= self.pc.0,
            Target::Exit(
                Exit::Indirect { .. }
                | Exit::CallIndirect { .. }
                | Exit::Return { .. }
                | Exit::Syscall { .. }
                | Exit::Trap { .. }
                | Exit::Yield { .. },
            ) => false,
            Target::Block(call) => (call.block.0 as usize) < self.starts.len(),
        }
    }

    fn go(&mut self, target: &Target, polled: bool) {
        let poll = !polled && self.is_back(target);
        match target {
            Target::Exit(exit) => self.exit(*exit, poll),
            Target::Block(call) => {
                if poll {
                    self.poll(self.block_pc(call.block.0), false);
                }
                if !self.is_next(target) {
                    let field = self.asm.jmp();
                    self.edges.push((field, call.block.0));
                }
            }
        }
    }

    /// The guest address that a block starts at.
    fn block_pc(&self, block: u32) -> GuestAddr {
        self.region.start(&self.region.blocks[block as usize]).unwrap_or(self.pc)
    }

    /// True for jumps back inside the region.
    fn is_back_inside(&self, target: &Target) -> bool {
        matches!(target, Target::Block(_)) && self.is_back(target)
    }

    /// A safepoint: leaves, to go on at `to`, if the thread was asked to. Those that are counted find the loops that
    /// are to become regions, which those inside a region have done.
    fn poll(&mut self, to: GuestAddr, counted: bool) {
        let at = self.test_poll(counted);
        self.cold.push(Cold::Poll { at, to });
    }

    /// Goes where the displacement leads whose offset it gives if the thread was asked to leave.
    pub fn test_poll(&mut self, counted: bool) -> u32 {
        let (field, op, leaves) = match counted {
            true => (offsets::FUEL, Alu::Sub, Cc::S),
            false => (offsets::POLL, Alu::Cmp, Cc::Ne),
        };
        self.asm.alu_imm(op, false, Mem::state(regs::field(field)), counted as i32);
        self.asm.jcc(leaves)
    }

    /// Leaves a region, all guest registers in place. Any cycle of translations has a step that
    /// does not go ahead from one entry to the next.
    pub fn leave_region(&mut self, exit: Exit, pure_return: bool) {
        self.plan.pure_return = pure_return;
        let back = match exit {
            Exit::Jump { to } | Exit::Call { to, .. } => to.0 <= self.region.entry.0,
            Exit::Indirect { .. }
            | Exit::CallIndirect { .. }
            | Exit::Return { .. }
            | Exit::Syscall { .. }
            | Exit::Trap { .. }
            | Exit::Yield { .. } => false,
        };
        self.exit(exit, back);
    }

    fn exit(&mut self, exit: Exit, poll: bool) {
        match exit {
            Exit::Jump { to } => {
                if poll {
                    self.poll(to, true);
                }
                self.jump(to);
            }
            Exit::Call { to, ret } => {
                let polled = poll.then(|| self.test_poll(false));
                self.call(to, ret, polled);
            }
            Exit::CallIndirect { to, ret } => {
                self.call_computed(to);
                self.return_site(ret);
            }
            Exit::Return { .. } if self.plan.pure_return => self.asm.ret(),
            Exit::Indirect { to } | Exit::Return { to } => self.jump_computed(to),
            Exit::Syscall { next } => self.leave(thunks::SYSCALL, next),
            Exit::Trap { cause, pc } => {
                self.asm.mov_imm(RAX, cause.code() as i64);
                self.leave(thunks::TRAP, pc);
            }
            Exit::Yield { next, fence: false } => self.leave(thunks::YIELD, next),
            Exit::Yield { next, fence: true } => self.leave(thunks::FENCE, next),
        }
    }

    fn leave(&mut self, thunk: usize, pc: GuestAddr) {
        self.asm.mov_imm(RCX, pc.0 as i64);
        self.asm.jmp_thunk(thunk);
    }

    /// Records the exit site whose displacement is at `at`.
    fn site(&mut self, at: u32, to: GuestAddr) {
        debug_assert!(at.is_multiple_of(4));
        let site = self.exits.len() as u32;
        self.exits.push(ExitSite { at, stub: 0, to });
        self.cold.push(Cold::Stub { site });
    }

    fn jump(&mut self, to: GuestAddr) {
        self.asm.align_field(self.asm.pos(), 1);
        let at = self.asm.jmp();
        self.site(at, to);
    }

    /// A thread that was asked to leave does so as one that is called: `polled` leads there.
    fn call(&mut self, to: GuestAddr, ret: GuestAddr, polled: Option<u32>) {
        self.asm.align_field(self.asm.pos(), 1);
        let at = self.asm.call();
        self.site(at, to);
        let back = self.asm.target();
        self.cold.extend(polled.map(|at| Cold::PollCall { at, to, back }));
        self.return_site(ret);
    }

    /// Where a call returns to. The prediction was right if the link register says so.
    fn return_site(&mut self, ret: GuestAddr) {
        let bits = ret.0 as i64;
        let home = self.pins.home(self.pins.link);
        if bits == bits as i32 as i64 {
            match home {
                NONE => self.asm.alu_imm(Alu::Cmp, true, self.link_mem(), bits as i32),
                home => self.asm.alu_imm(Alu::Cmp, true, home, bits as i32),
            }
        } else {
            self.asm.mov_imm(RAX, bits);
            match home {
                NONE => self.asm.alu(Alu::Cmp, true, RAX, self.link_mem()),
                home => self.asm.alu(Alu::Cmp, true, RAX, home),
            }
        }
        let astray = self.asm.jcc(Cc::Ne);
        self.asm.lead_to_thunk(astray, thunks::ASTRAY);
        self.jump(ret);
    }

    fn link_mem(&self) -> Mem {
        Mem::state(regs::slot_disp(self.pins.link))
    }
}
