//! Code and data that all translations share, placed once at the start of the code cache.
#![allow(clippy::useless_conversion, reason = "dynasm converts register numbers")]

use dynasmrt::{DynasmApi, DynasmLabelApi, VecAssembler, dynasm, x64::X64Relocation};
use guest::{keys, offsets};
use ir::traits::thunk;
use ir::{CompiledCode, Inst, Leave, Op, Type};

use crate::asm::Mem;
use crate::helpers;
use crate::lower::TABLE_MASK;
use crate::regs::{self, BIAS, NONE, Pins, field, is_fp};

type Ops = VecAssembler<X64Relocation>;

/// Numbers of thunks. Those that leave expect the guest address to go on at in rcx.
pub const LEAVE: usize = thunk::FIXED;
/// Through an exit site, whose number is in eax; the code cache knows where that leads.
pub const JUMP: usize = 4;
pub const POLL: usize = 5;
/// A computed jump that the jump table does not know.
pub const MISS: usize = 6;
/// A return to somewhere else than predicted: to where the link register says.
pub const ASTRAY: usize = 7;
pub const SYSCALL: usize = 8;
/// The cause is in rax.
pub const TRAP: usize = 9;
pub const YIELD: usize = 10;
pub const FENCE: usize = 11;
/// Calls of helpers: keep all registers; arguments and results in cells.
pub const EVAL: usize = 12;
pub const ATOMIC: usize = 13;
/// Constants of 16 bytes.
pub const BOX32: usize = 14;
pub const SIGN64: usize = 15;
pub const ABS64: usize = 16;
pub const SIGN32: usize = 17;
pub const ABS32: usize = 18;
pub const NAN64: usize = 19;
pub const NAN32: usize = 20;
/// 2^63 as binary64 and binary32.
pub const LIMIT64: usize = 21;
pub const LIMIT32: usize = 22;
/// Address of the byte that is not 0 once strict reservations are in use.
pub const STRICT: usize = 23;
/// The guest's flags for each state of MXCSR's sticky flags, a byte each.
pub const FLAG_TABLE: usize = 24;
const COUNT: usize = 25;

/// Working words that are not for spilling, behind those of the IR.
const FIRST_CELL: usize = 448;
/// Cells 0 to 2 are a helper's arguments.
pub const OP_WORD: usize = 3;
pub const RESULT_WORD: usize = 4;
/// Not 0 if the helper's access faulted.
pub const FAILED_WORD: usize = 5;
pub const OPERAND_WORD: usize = 6;
pub const FENCE_WORD: usize = 7;
pub const CONST_WORD: usize = 8;
const MXCSR_WORD: usize = 9;
const SAVED_WORD: usize = 16;

/// All exceptions masked, to nearest.
pub const DEFAULT_MXCSR: u32 = 0x1f80;

/// The byte offset in `CpuState` of a cell.
pub const fn cell_offset(number: usize) -> usize {
    offsets::SCRATCH + (FIRST_CELL + number) * 8
}
const fn cell_disp(number: usize) -> i32 {
    field(cell_offset(number))
}
/// A cell as an operand.
pub fn cell(number: usize) -> Mem {
    Mem::state(cell_disp(number))
}

/// What a helper has to know about an instruction, in 32 bits.
pub fn pack(inst: &Inst) -> i32 {
    inst.op as i32 | (inst.ty as i32) << 8 | (inst.aux as i32) << 16 | (inst.imm as i32) << 24
}

/// The inverse of [`pack`]: op, type, aux, imm.
pub fn unpack(word: u64) -> (Op, Type, u16, i64) {
    let byte = |n: u64| (word >> (8 * n) & 0xff) as usize;
    (Op::ALL[byte(0)], Type::ALL[byte(1)], byte(2) as u16, byte(3) as i64)
}

/// Emits all thunks; gives the offset of each.
pub fn build(pins: &Pins) -> (CompiledCode, Vec<u32>) {
    let mut b = Build { ops: Ops::new(0), pins, at: vec![0; COUNT] };
    b.leave();
    b.enter();
    b.exits();
    b.jumps();
    b.helpers();
    b.data();
    let bytes = b.ops.finalize().expect("all labels are bound");
    (CompiledCode { bytes, ..CompiledCode::default() }, b.at)
}

struct Build<'a> {
    ops: Ops,
    pins: &'a Pins,
    at: Vec<u32>,
}

impl Build<'_> {
    /// Thunk `number` starts here.
    fn here(&mut self, number: usize) {
        self.at[number] = self.ops.offset().0 as u32;
    }

    /// Loads or stores the registers of slots that have homes.
    fn homes(&mut self, load: bool) {
        for slot in self.pins.slots() {
            let (disp, reg) = (regs::slot_disp(slot.0), self.pins.home(slot.0));
            transfer(&mut self.ops, load, reg, disp);
        }
    }

    /// Sets the processor's register of protection keys, if there is something to set. Changes
    /// eax, ecx and edx.
    fn keys(&mut self, pkru: Option<u32>) {
        const WRPKRU: [u8; 3] = [0x0f, 0x01, 0xef];
        if let Some(pkru) = pkru {
            dynasm!(self.ops ; .arch x64 ; xor ecx, ecx ; xor edx, edx ; mov eax, pkru as i32);
            self.ops.extend(WRPKRU);
        }
    }

    /// The runtime's registers are saved on its stack.
    fn enter(&mut self) {
        self.here(thunk::ENTER);
        let (call_sp, control) = (field(offsets::CALL_SP), field(offsets::FP_CONTROL));
        dynasm!(self.ops
            ; .arch x64
            ; push rbp
            ; push rbx
            ; push r12
            ; push r13
            ; push r14
            ; push r15
            ; sub rsp, 8
            ; mov [rdi + offsets::HOST_SP as i32], rsp
            ; lea rbp, [rdi + BIAS]
        );
        self.keys(keys::closed());
        dynasm!(self.ops
            ; .arch x64
            ; mov rax, rsi
            ; mov rsp, [rbp + call_sp]
            ; ldmxcsr [rbp + control]
        );
        self.homes(true);
        dynasm!(self.ops ; .arch x64 ; jmp rax);
    }

    /// Back to the runtime with eax.
    fn leave(&mut self) {
        self.here(thunk::FAULT);
        for reg in 0..regs::COUNT as u8 {
            let word = thunk::FAULT_DUMP as usize + reg as usize;
            transfer(&mut self.ops, false, reg, field(offsets::SCRATCH + word * 8));
        }
        dynasm!(self.ops ; .arch x64 ; mov eax, Leave::Fault as i32);
        self.here(LEAVE);
        dynasm!(self.ops ; .arch x64 ; ->leave:);
        self.homes(false);
        if keys::closed().is_some() {
            dynasm!(self.ops ; .arch x64 ; mov esi, eax);
            self.keys(Some(keys::OPEN));
            dynasm!(self.ops ; .arch x64 ; mov eax, esi);
        }
        let (call_sp, host_sp) = (field(offsets::CALL_SP), field(offsets::HOST_SP));
        let control = field(offsets::FP_CONTROL);
        dynasm!(self.ops
            ; .arch x64
            ; stmxcsr [rbp + control]
            ; ldmxcsr [->mxcsr]
            ; mov [rbp + call_sp], rsp
            ; mov rsp, [rbp + host_sp]
            ; add rsp, 8
            ; pop r15
            ; pop r14
            ; pop r13
            ; pop r12
            ; pop rbx
            ; pop rbp
            // Not a return: those are predicted for the guest.
            ; pop rcx
            ; jmp rcx
        );
    }

    /// The ways to leave: they write down where to go on, and why.
    fn exits(&mut self) {
        let site = field(offsets::EXIT_SITE);
        self.here(JUMP);
        dynasm!(self.ops
            ; .arch x64
            ; mov [rbp + site], rax
            ; xor eax, eax
            ; jmp ->leave
        );
        self.here(TRAP);
        let value = field(offsets::EXIT_VALUE);
        dynasm!(self.ops ; .arch x64 ; mov [rbp + value], rax);
        self.plain_exit(TRAP, Leave::Trap, false);
        self.plain_exit(POLL, Leave::Poll, true);
        self.plain_exit(SYSCALL, Leave::Syscall, true);
        self.plain_exit(YIELD, Leave::Yield, true);
        self.plain_exit(FENCE, Leave::Fence, true);
        self.miss();
    }

    /// The address in rcx is not in its entry at `rdx + rax * 8`: perhaps the neighbour has it.
    fn miss(&mut self) {
        const NEIGHBOUR: i32 = 2;
        self.here(MISS);
        dynasm!(self.ops
            ; .arch x64
            ; ->miss:
            ; xor eax, NEIGHBOUR
            ; cmp [rdx + rax * 8], rcx
            ; jne >unknown
            ; jmp QWORD [rdx + rax * 8 + 8]
            ; unknown:
        );
        self.plain_exit(MISS, Leave::Indirect, false);
    }

    fn plain_exit(&mut self, number: usize, leave: Leave, starts: bool) {
        if starts {
            self.here(number);
        }
        let (pc, site) = (field(offsets::PC), field(offsets::EXIT_SITE));
        dynasm!(self.ops
            ; .arch x64
            ; mov [rbp + pc], rcx
            ; mov QWORD [rbp + site], 0
            ; mov eax, leave as i32
            ; jmp ->leave
        );
    }

    /// Returns that were not predicted: to the link register, by way of the jump table.
    fn jumps(&mut self) {
        self.here(thunk::UNDERFLOW);
        let link = self.pins.home(self.pins.link);
        let (base, slot) = (field(offsets::CALL_BASE), regs::slot_disp(self.pins.link));
        dynasm!(self.ops ; .arch x64 ; mov rsp, [rbp + base]);
        self.here(ASTRAY);
        match link {
            NONE => dynasm!(self.ops ; .arch x64 ; mov rcx, [rbp + slot]),
            home => dynasm!(self.ops ; .arch x64 ; mov rcx, Rq(home)),
        }
        let table = field(offsets::JUMP_TABLE);
        dynasm!(self.ops
            ; .arch x64
            // Instructions lie at even addresses.
            ; and rcx, -2
            ; mov rdx, [rbp + table]
            ; mov eax, ecx
            ; and eax, TABLE_MASK
            ; cmp [rdx + rax * 8], rcx
            ; jne ->miss
            ; jmp QWORD [rdx + rax * 8 + 8]
        );
    }

    fn helpers(&mut self) {
        self.here(EVAL);
        self.call(helpers::eval as *const () as i64);
        dynasm!(self.ops ; .arch x64 ; ret);
        self.here(ATOMIC);
        self.call(helpers::atomic as *const () as i64);
        let failed = cell_disp(FAILED_WORD);
        dynasm!(self.ops
            ; .arch x64
            ; cmp QWORD [rbp + failed], 0
            ; jne >fault
            ; ret
            ; fault:
            // The call that came here is not one of the guest's.
            ; lea rsp, [rsp + 8]
            ; mov eax, Leave::Fault as i32
            ; jmp ->leave
        );
    }

    /// Calls Rust on its own stack, all registers kept.
    fn call(&mut self, to: i64) {
        let (call_sp, host_sp) = (field(offsets::CALL_SP), field(offsets::HOST_SP));
        let mxcsr = cell_disp(MXCSR_WORD);
        self.volatile(false);
        self.keys(keys::closed().map(|_| keys::OPEN));
        dynasm!(self.ops
            ; .arch x64
            ; stmxcsr [rbp + mxcsr]
            ; ldmxcsr [->mxcsr]
            ; mov [rbp + call_sp], rsp
            ; mov rsp, [rbp + host_sp]
            ; lea rdi, [rbp - BIAS]
            ; mov rax, QWORD to
            ; call rax
            ; mov rsp, [rbp + call_sp]
            ; ldmxcsr [rbp + mxcsr]
        );
        self.keys(keys::closed());
        self.volatile(true);
    }

    /// Loads or stores the registers that a call of Rust may change.
    fn volatile(&mut self, load: bool) {
        const INT: [u8; 9] = [0, 1, 2, 6, 7, 8, 9, 10, 11];
        for (i, reg) in INT.into_iter().chain(16..32).enumerate() {
            transfer(&mut self.ops, load, reg, cell_disp(SAVED_WORD + i));
        }
    }

    fn data(&mut self) {
        let pairs: [(usize, u64); 9] = [
            (BOX32, 0xffff_ffff_0000_0000),
            (SIGN64, 1 << 63),
            (ABS64, !(1 << 63)),
            (SIGN32, 1 << 31),
            (ABS32, 0x7fff_ffff),
            (NAN64, 0x7ff8_0000_0000_0000),
            (NAN32, 0x7fc0_0000),
            (LIMIT64, 2f64.powi(63).to_bits()),
            (LIMIT32, 2f32.powi(63).to_bits() as u64),
        ];
        dynasm!(self.ops ; .arch x64 ; .align 64);
        for (number, bits) in pairs {
            self.here(number);
            dynasm!(self.ops ; .arch x64 ; .u64 bits, 0);
        }
        self.here(STRICT);
        let strict = helpers::strict_flag();
        dynasm!(self.ops ; .arch x64 ; .u64 strict ; ->mxcsr: ; .u32 DEFAULT_MXCSR);
        self.here(FLAG_TABLE);
        for sticky in 0..64 {
            self.ops.push(guest_flags(sticky));
        }
    }
}

/// Loads or stores one register.
fn transfer(ops: &mut Ops, load: bool, reg: u8, disp: i32) {
    match (is_fp(reg), load) {
        (false, true) => dynasm!(ops ; .arch x64 ; mov Rq(reg), [rbp + disp]),
        (false, false) => dynasm!(ops ; .arch x64 ; mov [rbp + disp], Rq(reg)),
        (true, true) => dynasm!(ops ; .arch x64 ; vmovsd Rx(reg - 16), QWORD [rbp + disp]),
        (true, false) => dynasm!(ops ; .arch x64 ; vmovsd QWORD [rbp + disp], Rx(reg - 16)),
    }
}

/// The guest's exception flags for MXCSR's. Denormal operands have no flag there.
pub fn guest_flags(sticky: u32) -> u8 {
    const PAIRS: [(u32, u8); 5] = [(0x01, 16), (0x04, 8), (0x08, 4), (0x10, 2), (0x20, 1)];
    PAIRS.iter().filter(|(host, _)| sticky & host != 0).map(|(_, guest)| guest).sum()
}
