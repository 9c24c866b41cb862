//! The ends of blocks.

use guest::GuestAddr;
use ir::{BlockCall, Exit, Op, Target, Term, Value};

use super::Lowering;
use crate::analyse::{GLOBAL, root};
use crate::code::{Code, Ins, ZERO, pair};

/// The conditional jump for a comparison: inside the region, and out of it.
fn jumps(comparison: Code) -> (Code, Code) {
    match comparison {
        Code::Eq => (Code::JEq, Code::XEq),
        Code::LtS => (Code::JLtS, Code::XLtS),
        Code::LtU => (Code::JLtU, Code::XLtU),
        Code::GeS => (Code::JGeS, Code::XGeS),
        Code::GeU => (Code::JGeU, Code::XGeU),
        Code::EqI => (Code::JEqI, Code::XEqI),
        Code::NeI => (Code::JNeI, Code::XNeI),
        Code::LtSI => (Code::JLtSI, Code::XLtSI),
        Code::LtUI => (Code::JLtUI, Code::XLtUI),
        Code::GeSI => (Code::JGeSI, Code::XGeSI),
        Code::GeUI => (Code::JGeUI, Code::XGeUI),
        _ => (Code::JNe, Code::XNe),
    }
}

/// Where the runtime goes on behind an exit that only jumps.
fn jump_target(target: &Target) -> Option<GuestAddr> {
    match target {
        Target::Exit(Exit::Jump { to } | Exit::Call { to, .. }) => Some(*to),
        _ => None,
    }
}

impl Lowering<'_> {
    pub(super) fn term(&mut self, number: usize, term: &Term) {
        match term {
            Term::Go(Target::Block(call)) => {
                self.pass_args(call);
                if call.block.0 as usize != number + 1 {
                    self.go(number, call);
                }
            }
            Term::Go(Target::Exit(exit)) => self.exit(exit),
            Term::If { cond, then, other } => self.choose(number, *cond, then, other),
        }
    }

    fn choose(&mut self, number: usize, cond: Value, then: &Target, other: &Target) {
        let mut passed_on = false;
        for target in [then, other] {
            let cond = root(self.region, cond);
            passed_on |= target.uses().any(|value| root(self.region, value) == cond);
        }
        let test = match self.take_comparison(cond) {
            Some(comparison) if !passed_on => comparison,
            Some(comparison) => {
                self.emit(comparison);
                Ins::new(Code::Ne, 0, comparison.dst, ZERO, 0)
            }
            None => Ins::new(Code::Ne, 0, self.word(cond), ZERO, 0),
        };
        // One way out must not rely on constants that the other one makes.
        for target in [then, other] {
            target.uses().for_each(|value| self.own_constant(value));
        }
        let (inside, out) = jumps(test.code);
        let small = test.imm;
        let jump = |code, imm| {
            let ins = Ins::new(code, test.dst, test.a, test.b, imm);
            let immediate = !matches!(
                test.code,
                Code::Eq | Code::Ne | Code::LtS | Code::LtU | Code::GeS | Code::GeU
            );
            if immediate { ins.with_small(small as i32) } else { ins }
        };
        if let Some(deltas) = self.two_deltas(then, other) {
            return self.emit(jump(out, deltas));
        }
        let at = self.s.code.len();
        self.emit(jump(inside, 0));
        self.target(number, other);
        self.s.code[at].imm = self.s.code.len() as i64;
        self.target(number, then);
    }

    /// Makes `value` here if it is a constant without a word. Its temporary is its own: the
    /// comparison behind may read one that is free already.
    fn own_constant(&mut self, value: Value) {
        let value = root(self.region, value);
        let Some(imm) = self.constant_of(value).filter(|&imm| imm != 0) else {
            return;
        };
        if self.s.homes.get(value).is_none() {
            let word = self.s.homes.assign_own(value);
            self.emit(Ins::new(Code::Li, word, 0, 0, imm));
        }
    }

    /// Distances from the entry, if both targets are jumps not far from it.
    fn two_deltas(&self, then: &Target, other: &Target) -> Option<i64> {
        let delta = |target| {
            let distance = jump_target(target)?.0.wrapping_sub(self.region.entry.0) as i64;
            i32::try_from(distance).ok()
        };
        Some(pair(delta(then)?, delta(other)?))
    }

    fn target(&mut self, number: usize, target: &Target) {
        match target {
            Target::Block(call) => {
                self.pass_args(call);
                self.go(number, call);
            }
            Target::Exit(exit) => self.exit(exit),
        }
    }

    /// Jumps to a block. Going back is a safepoint where the state is whole: the block starts
    /// with a guest instruction and no value is live.
    fn go(&mut self, number: usize, call: &BlockCall) {
        let block = &self.region.blocks[call.block.0 as usize];
        let first = &self.region.insts.get(block.insts.start as usize);
        let back = call.block.0 as usize <= number;
        let whole = || !self.s.facts.last_use.contains(&GLOBAL);
        let ins = match first {
            Some(first) if back && first.op == Op::Insn && whole() => {
                let delta = first.imm.wrapping_sub(self.region.entry.0 as i64) as i32;
                Ins::new(Code::PollGoto, 0, 0, 0, pair(call.block.0 as i32, delta))
            }
            _ => Ins::new(Code::Goto, 0, 0, 0, pair(call.block.0 as i32, 0)),
        };
        self.s.to_blocks.push(self.s.code.len() as u32);
        self.emit(ins);
    }

    /// Moves the arguments to the words of the parameters, all at once.
    fn pass_args(&mut self, call: &BlockCall) {
        let first = self.region.blocks[call.block.0 as usize].insts.start;
        let words: Vec<u16> = call.args.iter().map(|&arg| self.word(arg)).collect();
        let params: Vec<u16> = (first..first + words.len() as u32)
            .map(|param| self.s.homes.get(Value(param)).expect("parameters have words"))
            .collect();
        let overwritten = |i: usize| params[..i].contains(&words[i]);
        if (0..words.len()).any(overwritten) {
            let staged: Vec<u16> = words.iter().map(|_| self.s.homes.own_temp()).collect();
            self.moves(&words, &staged);
            self.moves(&staged, &params);
        } else {
            self.moves(&words, &params);
        }
    }

    fn moves(&mut self, from: &[u16], to: &[u16]) {
        for (&from, &to) in from.iter().zip(to) {
            if from != to {
                self.emit(Ins::new(Code::Mov, to, from, 0, 0));
            }
        }
    }

    fn exit(&mut self, exit: &Exit) {
        let entry = self.region.entry;
        let leave = |code: ir::Leave, next: GuestAddr| {
            Ins::new(Code::Leave, 0, code as u16, 0, next.0 as i64)
        };
        let ins = match *exit {
            Exit::Jump { to } | Exit::Call { to, .. } if to == entry => {
                Ins::new(Code::Loop, 0, 0, 0, to.0 as i64)
            }
            Exit::Jump { to } | Exit::Call { to, .. } => Ins::new(Code::Jump, 0, 0, 0, to.0 as i64),
            Exit::Indirect { to } | Exit::CallIndirect { to, .. } | Exit::Return { to } => {
                let a = self.word(to);
                Ins::new(Code::Indirect, 0, a, 0, 0)
            }
            Exit::Syscall { next } => leave(ir::Leave::Syscall, next),
            Exit::Trap { cause, pc } => {
                Ins::new(Code::Trap, 0, cause.code() as u16, 0, pc.0 as i64)
            }
            Exit::Yield { next, fence: false } => leave(ir::Leave::Yield, next),
            Exit::Yield { next, fence: true } => leave(ir::Leave::Fence, next),
        };
        self.emit(ins);
    }
}
