//! Operands of one instruction when a global allocator decides where values are.
//!
//! The lowering of an op asks for what it needs as it goes: operands, temporaries, a place for
//! its result. For regions of several blocks each op is lowered twice. The first time what it asks is
//! written down, and what it emits is thrown away. Then registers are allocated, and the second time
//! the same questions get the allocator's answers.

use ir::{Op, Value};

use crate::alloc::Src;
use crate::asm::Mem;
use crate::lower::Lower;
use crate::plan::is_fp;
use crate::regs::{self, NONE, RAX, Reg, XMM0};

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// An operand.
    Use,
    /// A constant in a register.
    Const,
    /// A register to work in.
    Temp,
    /// The place of the result.
    Def,
}

/// One question, and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub role: Role,
    pub value: Value,
    pub fp: bool,
    /// An operand that may be in memory.
    pub any: bool,
    /// An operand that the instruction can read from memory, if it does not read another one there.
    pub foldable: bool,
    /// The register that it has to be, or [`NONE`].
    pub fixed: Reg,
    /// A result in a register that no operand is in.
    pub apart: bool,
    /// A result that is best made in the register of this question's operand.
    pub like: Option<u8>,
    /// The register, or [`NONE`] if it is in memory.
    pub reg: Reg,
    pub mem: Mem,
    taken: bool,
}

impl Asked {
    fn new(role: Role, value: Value, fp: bool) -> Asked {
        let (any, foldable, fixed, apart, like) = (false, false, NONE, false, None);
        let (reg, mem) = (NONE, Mem::state(0));
        Asked { role, value, fp, any, foldable, fixed, apart, like, reg, mem, taken: false }
    }
    /// A value in a certain register.
    pub fn fixed(role: Role, value: Value, reg: Reg) -> Asked {
        Asked { fixed: reg, ..Asked::new(role, value, regs::is_fp(reg)) }
    }
    /// A result in any register.
    pub fn def(value: Value, fp: bool) -> Asked {
        Asked::new(Role::Def, value, fp)
    }
    /// A register to work in.
    pub fn temp(fp: bool) -> Asked {
        Asked::new(Role::Temp, Value::NONE, fp)
    }
    /// The question with its answer.
    pub fn at(self, reg: Reg, mem: Mem) -> Asked {
        Asked { reg, mem, taken: false, ..self }
    }
    /// An operand in any register.
    pub fn operand(value: Value, fp: bool) -> Asked {
        Asked::new(Role::Use, value, fp)
    }
    /// An operand that is only to be kept.
    pub fn shown(value: Value, fp: bool) -> Asked {
        Asked { any: true, ..Asked::new(Role::Use, value, fp) }
    }
}

/// Who decides where values are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// The block's own allocator.
    #[default]
    Block,
    /// Nobody yet.
    Collect,
    /// What is in the list.
    Assigned,
}

/// The questions of one instruction.
#[derive(Default)]
pub struct Operands {
    pub mode: Mode,
    pub list: Vec<Asked>,
    /// A question came that had not come before.
    pub broken: bool,
}

/// Registers that no instruction asks for by name.
const STAND_INS: [Reg; 11] = [8, 9, 10, 11, 12, 13, 14, 15, 3, 6, 7];

impl Operands {
    /// Forgets everything; keeps its memory.
    pub fn reset(&mut self) {
        (self.mode, self.broken) = (Mode::Block, false);
        self.list.clear();
    }
    /// Starts to write down.
    pub fn collect(&mut self) {
        self.mode = Mode::Collect;
        self.list.clear();
    }
    /// Answers from now on what was asked then.
    pub fn answer(&mut self, list: impl Iterator<Item = Asked>) {
        self.mode = Mode::Assigned;
        self.list.clear();
        self.list.extend(list);
    }

    fn position(&self, wanted: impl Fn(&Asked) -> bool) -> Option<usize> {
        self.list.iter().position(wanted)
    }
    fn stand_in(&self, fp: bool) -> Reg {
        let n = self.list.iter().filter(|a| a.fp == fp).count();
        if fp { XMM0 + n as Reg % 16 } else { STAND_INS[n % STAND_INS.len()] }
    }
    fn push(&mut self, role: Role, value: Value, fp: bool) -> usize {
        let reg = self.stand_in(fp);
        self.list.push(Asked { reg, ..Asked::new(role, value, fp) });
        self.list.len() - 1
    }
    /// Notes that something is asked for the first time.
    fn ask(&mut self, role: Role, value: Value, fp: bool) -> Option<usize> {
        if self.mode == Mode::Collect {
            return Some(self.push(role, value, fp));
        }
        self.broken = true;
        None
    }
}

fn any_reg(fp: bool) -> Reg {
    if fp { XMM0 } else { RAX }
}

impl Lower<'_> {
    fn fp_value(&self, value: Value) -> bool {
        self.region.type_of(value).is_some_and(is_fp)
    }

    /// An operand as a register.
    pub fn asked_reg(&mut self, value: Value) -> Reg {
        let fp = self.fp_value(value);
        let role = if self.region.inst(value).op == Op::Const { Role::Const } else { Role::Use };
        let known = self.operands.position(|a| a.role == role && a.value == value);
        let Some(i) = known.or_else(|| self.operands.ask(role, value, fp)) else {
            return any_reg(fp);
        };
        let asked = &mut self.operands.list[i];
        let first = !std::mem::replace(&mut asked.taken, true);
        let reg = asked.reg;
        (asked.any, asked.foldable) = (false, false);
        if reg == NONE {
            self.operands.broken = true;
            return any_reg(fp);
        }
        if role == Role::Const && first {
            self.fill_const(reg, value);
        }
        reg
    }

    /// An operand as a register or memory; only one of an instruction can be in memory.
    pub fn asked_rm(&mut self, value: Value) -> Src {
        let same = |a: &Asked| a.role == Role::Use && a.value == value;
        if self.region.inst(value).op == Op::Const {
            return Src::Reg(self.asked_reg(value));
        }
        let fp = self.fp_value(value);
        match self.operands.mode {
            Mode::Collect if self.operands.position(same).is_none() => {
                let free = self.operands.position(|a| a.any).is_none();
                let i = self.operands.push(Role::Use, value, fp);
                self.operands.list[i].any = free;
                self.operands.list[i].foldable = true;
                Src::Reg(self.operands.list[i].reg)
            }
            Mode::Assigned => match self.operands.list.iter().find(|a| same(a)) {
                Some(asked) if asked.reg == NONE => Src::Mem(asked.mem),
                _ => Src::Reg(self.asked_reg(value)),
            },
            Mode::Collect | Mode::Block => Src::Reg(self.asked_reg(value)),
        }
    }

    /// A temporary of the allocator's choice.
    pub fn asked_temp(&mut self, fp: bool) -> Reg {
        let free = |a: &Asked| a.role == Role::Temp && a.fp == fp && a.fixed == NONE && !a.taken;
        let known = self.operands.position(free);
        let Some(i) = known.or_else(|| self.operands.ask(Role::Temp, Value::NONE, fp)) else {
            return any_reg(fp);
        };
        self.operands.list[i].taken = true;
        self.operands.list[i].reg
    }

    /// A certain register to work in.
    pub fn asked_take(&mut self, reg: Reg) {
        if self.operands.position(|a| a.fixed == reg).is_some() {
            return;
        }
        if let Some(i) = self.operands.ask(Role::Temp, Value::NONE, regs::is_fp(reg)) {
            self.operands.list[i].fixed = reg;
            self.operands.list[i].reg = reg;
        }
    }

    /// An operand in a certain register, which the instruction may change.
    pub fn asked_bring(&mut self, value: Value, reg: Reg) {
        let constant = self.region.inst(value).op == Op::Const;
        let source = if constant { None } else { Some(self.asked_rm(value)) };
        self.asked_take(reg);
        match source {
            None => self.fill_const(reg, value),
            Some(Src::Reg(from)) => self.copy(reg, from),
            Some(Src::Mem(mem)) => self.load(reg, mem),
            Some(Src::Imm(_)) => unreachable!("operands are no immediates here"),
        }
    }

    /// The register of the result.
    pub fn asked_def(&mut self, value: Value, like: Option<Reg>, apart: bool) -> Reg {
        let fp = self.fp_value(value);
        let known = self.operands.position(|a| a.role == Role::Def && a.value == value);
        let same = |a: &Asked| a.role == Role::Use && Some(a.reg) == like && a.fp == fp;
        let like = self.operands.position(same);
        let Some(i) = known.or_else(|| self.operands.ask(Role::Def, value, fp)) else {
            return any_reg(fp);
        };
        if self.operands.mode == Mode::Collect {
            self.operands.list[i].like = like.map(|l| l as u8);
            self.operands.list[i].apart = apart;
        }
        self.operands.list[i].reg
    }

    /// The result is in a register that was taken before.
    pub fn asked_claim(&mut self, value: Value, reg: Reg) {
        let taken = self.operands.position(|a| a.fixed == reg);
        match (taken, self.operands.mode) {
            (Some(i), Mode::Collect) => {
                let asked = &mut self.operands.list[i];
                (asked.role, asked.value, asked.apart) = (Role::Def, value, true);
            }
            (Some(_), _) => {}
            (None, _) => self.operands.broken = true,
        }
    }
}
