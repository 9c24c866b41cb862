//! The textual form of regions; [`crate::parse()`] reads it back exactly.
//!
//! ```text
//! region 0x10000 bytes 0x10000..0x10008 insns 2 {
//! b0:
//!   insn 0x10000 4
//!   v1 = get.i64 r10
//!   v2 = ld64 v1 + 8
//!   set.i64 r11, v2
//!   insn 0x10004 4
//!   if v2 -> jump 0x10010, jump 0x10008
//! }
//! ```

use std::fmt::{self, Write};

use guest::{RegFile, Slot};

use crate::{
    Arg, Block, BlockCall, Effect, Exit, Inst, Op, Region, Res, Round, Target, Term, Trap, Type,
    Value,
};

/// `region` as text, registers as `r` and their slot's number.
pub fn print(region: &Region) -> String {
    region.to_string()
}

/// `region` as text, registers by the names of `regs`.
pub fn print_with(region: &Region, regs: &RegFile) -> String {
    let mut out = String::new();
    Printer { out: &mut out, regs: Some(regs) }.region(region).expect("strings grow");
    out
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Printer { out: f, regs: None }.region(self)
    }
}

/// True if the type of `op` is part of its name in the text.
pub(crate) fn has_own_type(op: Op) -> bool {
    op.res() == Res::Own || op.args().contains(&Arg::Own)
}

/// The type that an instruction carries if the text does not say.
pub(crate) fn default_type(op: Op) -> Type {
    match op.res() {
        _ if op.may_fault() => Type::I64,
        Res::I32 => Type::I32,
        Res::F16 => Type::F16,
        Res::F32 => Type::F32,
        Res::F64 => Type::F64,
        Res::None | Res::Own | Res::I64 => Type::I64,
    }
}

/// The suffix of a rounding mode; to nearest has none.
pub(crate) const ROUNDINGS: [(Round, &str); 5] = [
    (Round::Rtz, "rtz"),
    (Round::Rdn, "rdn"),
    (Round::Rup, "rup"),
    (Round::Rmm, "rmm"),
    (Round::Dyn, "dyn"),
];

/// A number in the form `0x1f` or `-0x1f`.
struct Hex(i64);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{:#x}", self.0.unsigned_abs())
    }
}

/// A displacement behind its base: ` + 8`.
struct Disp(i64);

impl fmt::Display for Disp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            n if n < 0 => write!(f, " - {}", n.unsigned_abs()),
            n => write!(f, " + {n}"),
        }
    }
}

struct Printer<'a, W> {
    out: &'a mut W,
    regs: Option<&'a RegFile>,
}

impl<W: Write> Printer<'_, W> {
    fn region(&mut self, region: &Region) -> fmt::Result {
        let Region { entry, bytes, guest_insns, .. } = region;
        let (start, end) = (bytes.start, bytes.end);
        write!(self.out, "region {entry} bytes {start:#x}..{end:#x}")?;
        for more in &region.more {
            write!(self.out, ", {:#x}..{:#x}", more.start, more.end)?;
        }
        writeln!(self.out, " insns {guest_insns} {{")?;
        for (number, block) in region.blocks.iter().enumerate() {
            self.block(region, number, block)?;
        }
        self.out.write_str("}\n")
    }

    fn block(&mut self, region: &Region, number: usize, block: &Block) -> fmt::Result {
        write!(self.out, "b{number}")?;
        let insts = block.insts.clone().map(|i| (Value(i), region.inst(Value(i))));
        let params = insts.clone().take_while(|(_, inst)| inst.op == Op::Param);
        for (i, (value, inst)) in params.clone().enumerate() {
            let before = if i == 0 { "(" } else { ", " };
            write!(self.out, "{before}{value:?}: {}", inst.ty.name())?;
        }
        let count = params.count();
        self.out.write_str(if count == 0 { ":\n" } else { "):\n" })?;
        for (value, inst) in insts.skip(count) {
            self.out.write_str("  ")?;
            self.inst(value, inst)?;
            self.out.write_char('\n')?;
        }
        self.term(&block.term)
    }

    fn inst(&mut self, value: Value, inst: &Inst) -> fmt::Result {
        if inst.result().is_some() {
            write!(self.out, "{value:?} = ")?;
        }
        self.name(inst)?;
        match inst.op {
            Op::Insn => write!(self.out, " {:#x} {}", inst.imm as u64, inst.aux),
            Op::Const => write!(self.out, " {}", Hex(inst.imm)),
            Op::Get => self.slot(" ", inst),
            Op::Set => {
                self.slot(" ", inst)?;
                write!(self.out, ", {:?}", inst.args[0])
            }
            op if op.has_displacement() => {
                write!(self.out, " {:?}{}", inst.args[0], Disp(inst.imm))?;
                self.list(", ", &inst.operands()[1..])
            }
            _ => {
                self.list(" ", inst.operands())?;
                if inst.imm != 0 {
                    write!(self.out, " #{}", Hex(inst.imm))?;
                }
                Ok(())
            }
        }
    }

    /// The op with its type and what `aux` says.
    fn name(&mut self, inst: &Inst) -> fmt::Result {
        self.out.write_str(inst.op.text())?;
        if has_own_type(inst.op) || inst.ty != default_type(inst.op) {
            write!(self.out, ".{}", inst.ty.name())?;
        }
        let round = ROUNDINGS.iter().find(|(round, _)| *round as u16 == inst.aux);
        match (inst.op, inst.op.effect(), round) {
            (Op::Insn | Op::Get | Op::Set, ..) => Ok(()),
            (_, Effect::Fp, Some((_, suffix))) => write!(self.out, ".{suffix}"),
            _ if inst.aux == 0 => Ok(()),
            _ => write!(self.out, ".{}", inst.aux),
        }
    }

    fn slot(&mut self, before: &str, inst: &Inst) -> fmt::Result {
        let slot = Slot(inst.aux as u8);
        match self.regs.and_then(|regs| regs.info(slot)) {
            Some(info) => write!(self.out, "{before}{}", info.name),
            None => write!(self.out, "{before}r{}", inst.aux),
        }
    }

    fn list(&mut self, mut before: &str, values: &[Value]) -> fmt::Result {
        for value in values {
            write!(self.out, "{before}{value:?}")?;
            before = ", ";
        }
        Ok(())
    }

    fn term(&mut self, term: &Term) -> fmt::Result {
        match term {
            Term::Go(target) => {
                self.out.write_str("  -> ")?;
                self.target(target)?;
            }
            Term::If { cond, then, other } => {
                write!(self.out, "  if {cond:?} -> ")?;
                self.target(then)?;
                self.out.write_str(", ")?;
                self.target(other)?;
            }
        }
        self.out.write_char('\n')
    }

    fn target(&mut self, target: &Target) -> fmt::Result {
        match target {
            Target::Block(BlockCall { block, args }) => {
                write!(self.out, "b{}", block.0)?;
                self.list("(", args)?;
                self.out.write_str(if args.is_empty() { "" } else { ")" })
            }
            Target::Exit(exit) => self.exit(exit),
        }
    }

    fn exit(&mut self, exit: &Exit) -> fmt::Result {
        match exit {
            Exit::Jump { to } => write!(self.out, "jump {to}"),
            Exit::Call { to, ret } => write!(self.out, "call {to} ret {ret}"),
            Exit::Indirect { to } => write!(self.out, "indirect {to:?}"),
            Exit::CallIndirect { to, ret } => write!(self.out, "callind {to:?} ret {ret}"),
            Exit::Return { to } => write!(self.out, "return {to:?}"),
            Exit::Syscall { next } => write!(self.out, "syscall next {next}"),
            Exit::Trap { cause: Trap::Illegal, pc } => write!(self.out, "trap illegal at {pc}"),
            Exit::Trap { cause: Trap::Breakpoint, pc } => {
                write!(self.out, "trap breakpoint at {pc}")
            }
            Exit::Trap { cause: Trap::Fetch, pc } => write!(self.out, "trap fetch at {pc}"),
            Exit::Trap { cause: Trap::HostCall(n), pc } => {
                write!(self.out, "trap host {n} at {pc}")
            }
            Exit::Yield { next, fence: false } => write!(self.out, "yield {next}"),
            Exit::Yield { next, fence: true } => write!(self.out, "fence {next}"),
        }
    }
}
