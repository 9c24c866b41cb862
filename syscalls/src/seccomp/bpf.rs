//! Classic BPF as seccomp(2) takes it: the checks of the kernel's `bpf_check_classic` and
//! `seccomp_check_filter`, and running a program; see also the kernel's filter.rst.

/// `struct sock_filter`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Insn {
    pub code: u16,
    /// Instructions skipped if a comparison holds, and if not.
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

/// `BPF_MAXINSNS`.
pub const MAX_LEN: usize = 4096;
/// `BPF_MEMWORDS`.
const MEMORY: usize = 16;
/// Words of `struct seccomp_data`.
pub const DATA: usize = 16;

/// What an instruction does. `K` is its own number, `X` the index register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Op {
    LoadData,
    LoadLen,
    LoadImm,
    LoadMem,
    IndexLen,
    IndexImm,
    IndexMem,
    Store,
    StoreIndex,
    Alu(Alu, Operand),
    Negate,
    Jump,
    Branch(Test, Operand),
    ReturnK,
    ReturnA,
    ToIndex,
    FromIndex,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Alu {
    Add,
    Sub,
    Mul,
    Div,
    Or,
    And,
    Xor,
    Lsh,
    Rsh,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Test {
    Equal,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operand {
    K,
    X,
}

const fn operand(code: u16) -> Operand {
    if code & 8 == 0 { Operand::K } else { Operand::X }
}

/// The operation of a code that seccomp allows.
fn decode(code: u16) -> Option<Op> {
    let alu = |op| Some(Op::Alu(op, operand(code)));
    let branch = |test| Some(Op::Branch(test, operand(code)));
    match code {
        0x20 => Some(Op::LoadData),
        0x80 => Some(Op::LoadLen),
        0x00 => Some(Op::LoadImm),
        0x60 => Some(Op::LoadMem),
        0x81 => Some(Op::IndexLen),
        0x01 => Some(Op::IndexImm),
        0x61 => Some(Op::IndexMem),
        0x02 => Some(Op::Store),
        0x03 => Some(Op::StoreIndex),
        0x04 | 0x0c => alu(Alu::Add),
        0x14 | 0x1c => alu(Alu::Sub),
        0x24 | 0x2c => alu(Alu::Mul),
        0x34 | 0x3c => alu(Alu::Div),
        0x44 | 0x4c => alu(Alu::Or),
        0x54 | 0x5c => alu(Alu::And),
        0x64 | 0x6c => alu(Alu::Lsh),
        0x74 | 0x7c => alu(Alu::Rsh),
        0xa4 | 0xac => alu(Alu::Xor),
        0x84 => Some(Op::Negate),
        0x05 => Some(Op::Jump),
        0x15 | 0x1d => branch(Test::Equal),
        0x25 | 0x2d => branch(Test::Greater),
        0x35 | 0x3d => branch(Test::GreaterOrEqual),
        0x45 | 0x4d => branch(Test::AnyBit),
        0x06 => Some(Op::ReturnK),
        0x16 => Some(Op::ReturnA),
        0x07 => Some(Op::ToIndex),
        0x87 => Some(Op::FromIndex),
        _ => None,
    }
}

/// A checked program: it ends, and touches nothing but its data and its memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program(Vec<(Op, Insn)>);

impl Program {
    /// Checks a program as the kernel does; `None` for one that it refuses.
    pub fn new(insns: &[Insn]) -> Option<Program> {
        if insns.is_empty() || insns.len() > MAX_LEN {
            return None;
        }
        let code: Vec<(Op, Insn)> =
            insns.iter().map(|insn| Some((decode(insn.code)?, *insn))).collect::<Option<_>>()?;
        let left = |at: usize| code.len() - at - 1;
        let sound = code.iter().enumerate().all(|(at, (op, insn))| in_bounds(*op, insn, left(at)));
        let ends = matches!(code.last()?.0, Op::ReturnK | Op::ReturnA);
        (sound && ends && reads_what_it_wrote(&code)).then_some(Program(code))
    }

    /// The instructions, as they were given.
    pub fn insns(&self) -> impl ExactSizeIterator<Item = Insn> + '_ {
        self.0.iter().map(|(_, insn)| *insn)
    }

    /// Runs it on `struct seccomp_data`.
    pub fn run(&self, data: &[u32; DATA]) -> u32 {
        let (mut a, mut x, mut memory, mut at) = (0u32, 0u32, [0u32; MEMORY], 0);
        loop {
            let (op, insn) = self.0[at];
            at += 1;
            let k = insn.k;
            let value = |o| if o == Operand::K { k } else { x };
            match op {
                Op::LoadData => a = data[k as usize / 4],
                Op::LoadLen => a = 4 * DATA as u32,
                Op::LoadImm => a = k,
                Op::LoadMem => a = memory[k as usize],
                Op::IndexLen => x = 4 * DATA as u32,
                Op::IndexImm => x = k,
                Op::IndexMem => x = memory[k as usize],
                Op::Store => memory[k as usize] = a,
                Op::StoreIndex => memory[k as usize] = x,
                // Division by zero ends the program with 0.
                Op::Alu(alu, o) => match calculate(alu, a, value(o)) {
                    Some(result) => a = result,
                    None => return 0,
                },
                Op::Negate => a = a.wrapping_neg(),
                Op::Jump => at += k as usize,
                Op::Branch(test, o) => at += target(&insn, holds(test, a, value(o))),
                Op::ReturnK => return k,
                Op::ReturnA => return a,
                Op::ToIndex => x = a,
                Op::FromIndex => a = x,
            }
        }
    }

    /// What it returns for a call's number whatever its arguments are, if that is certain
    /// without a look at them (`seccomp_is_const_allow`).
    pub fn constant(&self, data: &[u32; DATA]) -> Option<u32> {
        const KNOWN: u32 = 8;
        let (mut a, mut at) = (0u32, 0);
        loop {
            let (op, insn) = self.0[at];
            at += 1;
            match op {
                Op::LoadData if insn.k < KNOWN => a = data[insn.k as usize / 4],
                Op::Alu(Alu::And, Operand::K) => a &= insn.k,
                Op::Jump => at += insn.k as usize,
                Op::Branch(test, Operand::K) => at += target(&insn, holds(test, a, insn.k)),
                Op::ReturnK => return Some(insn.k),
                _ => return None,
            }
        }
    }
}

fn target(insn: &Insn, taken: bool) -> usize {
    (if taken { insn.jt } else { insn.jf }) as usize
}

fn calculate(alu: Alu, a: u32, b: u32) -> Option<u32> {
    Some(match alu {
        Alu::Add => a.wrapping_add(b),
        Alu::Sub => a.wrapping_sub(b),
        Alu::Mul => a.wrapping_mul(b),
        Alu::Div => a.checked_div(b)?,
        Alu::Or => a | b,
        Alu::And => a & b,
        Alu::Xor => a ^ b,
        Alu::Lsh => a << (b & 31),
        Alu::Rsh => a >> (b & 31),
    })
}

fn holds(test: Test, a: u32, b: u32) -> bool {
    match test {
        Test::Equal => a == b,
        Test::Greater => a > b,
        Test::GreaterOrEqual => a >= b,
        Test::AnyBit => a & b != 0,
    }
}

/// An instruction with `left` others behind it: its numbers are within bounds.
fn in_bounds(op: Op, insn: &Insn, left: usize) -> bool {
    match op {
        Op::LoadData => insn.k < 4 * DATA as u32 && insn.k.is_multiple_of(4),
        Op::LoadMem | Op::IndexMem | Op::Store | Op::StoreIndex => (insn.k as usize) < MEMORY,
        Op::Alu(Alu::Div, Operand::K) => insn.k != 0,
        Op::Alu(Alu::Lsh | Alu::Rsh, Operand::K) => insn.k < 32,
        Op::Jump => (insn.k as usize) < left,
        Op::Branch(..) => (insn.jt as usize) < left && (insn.jf as usize) < left,
        _ => true,
    }
}

/// That on every path a word of the memory is stored before it is loaded
/// (`check_load_and_stores`). Jumps go forward only, so one pass does.
fn reads_what_it_wrote(code: &[(Op, Insn)]) -> bool {
    let mut written = vec![u16::MAX; code.len() + 1];
    written[0] = 0;
    let mut now = 0;
    for (at, (op, insn)) in code.iter().enumerate() {
        now &= written[at];
        let bit = 1 << (insn.k as usize % MEMORY);
        let next = at + 1;
        match op {
            Op::Store | Op::StoreIndex => now |= bit,
            Op::LoadMem | Op::IndexMem if now & bit == 0 => return false,
            Op::Jump => {
                written[next + insn.k as usize] &= now;
                now = u16::MAX;
            }
            Op::Branch(..) => {
                written[next + insn.jt as usize] &= now;
                written[next + insn.jf as usize] &= now;
                now = u16::MAX;
            }
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn insn(code: u16, jt: u8, jf: u8, k: u32) -> Insn {
        Insn { code, jt, jf, k }
    }
    fn run(insns: &[Insn], data: &[u32; DATA]) -> Option<u32> {
        Some(Program::new(insns)?.run(data))
    }
    const RET_A: Insn = insn(0x16, 0, 0, 0);

    #[test]
    fn programs_compute() {
        let data = std::array::from_fn(|n| 100 + n as u32);
        let load = insn(0x20, 0, 0, 16);
        assert_eq!(run(&[load, RET_A], &data), Some(104));
        assert_eq!(run(&[load, insn(0x14, 0, 0, 105), RET_A], &data), Some(u32::MAX));
        assert_eq!(run(&[load, insn(0x34, 0, 0, 10), RET_A], &data), Some(10));
        assert_eq!(run(&[load, insn(0x3c, 0, 0, 0), RET_A], &data), Some(0));
        assert_eq!(run(&[load, insn(0x84, 0, 0, 0), RET_A], &data), Some(104u32.wrapping_neg()));
        assert_eq!(run(&[insn(0x80, 0, 0, 0), RET_A], &data), Some(64));
    }

    #[test]
    fn branches_skip_forward() {
        let program = |k| [insn(0x20, 0, 0, 0), insn(0x25, 1, 0, k), RET_A, insn(6, 0, 0, 7)];
        assert_eq!(run(&program(5), &[6; DATA]), Some(7));
        assert_eq!(run(&program(6), &[6; DATA]), Some(6));
    }

    #[test]
    fn what_the_kernel_refuses_is_refused() {
        let end = insn(6, 0, 0, 0);
        let refused: [&[Insn]; 12] = [
            &[],
            &[insn(0, 0, 0, 1)],
            &[insn(0x20, 0, 0, 64), end],
            &[insn(0x20, 0, 0, 2), end],
            &[insn(0x28, 0, 0, 0), end],
            &[insn(0x94, 0, 0, 3), end],
            &[insn(0x34, 0, 0, 0), end],
            &[insn(0x64, 0, 0, 32), end],
            &[insn(0x60, 0, 0, 0), end],
            &[insn(0x02, 0, 0, 16), end],
            &[insn(0x05, 0, 0, 1), end],
            &[insn(0x15, 0, 1, 0), end],
        ];
        for program in refused {
            assert_eq!(Program::new(program), None, "{program:?}");
        }
    }

    #[test]
    fn memory_is_written_on_every_path_before_it_is_read() {
        let store = insn(0x02, 0, 0, 3);
        let load = insn(0x60, 0, 0, 3);
        assert!(Program::new(&[store, load, RET_A]).is_some());
        assert!(Program::new(&[insn(0x15, 1, 0, 0), store, load, RET_A]).is_none());
        let both = [insn(0x15, 2, 0, 0), store, insn(5, 0, 0, 1), store, load, RET_A];
        assert!(Program::new(&both).is_some());
    }

    #[test]
    fn constants_are_those_that_no_argument_changes() {
        let number = insn(0x20, 0, 0, 0);
        let argument = insn(0x20, 0, 0, 16);
        let by_number = [number, insn(0x15, 0, 1, 5), insn(6, 0, 0, 1), argument, RET_A];
        let program = Program::new(&by_number).unwrap();
        let data = |nr| std::array::from_fn(|n| if n == 0 { nr } else { 0 });
        assert_eq!(program.constant(&data(5)), Some(1));
        assert_eq!(program.constant(&data(6)), None);
    }
}
