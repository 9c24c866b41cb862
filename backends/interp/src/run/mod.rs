//! The engine: one `match` in a loop.
//!
//! This module reads and writes words of `CpuState` by number without checks. What makes that
//! sound: code comes from [`crate::lower`] only, which hands out numbers below the frame's size
//! and ends every path with an instruction that leaves or jumps.
#![allow(unsafe_code, reason = "operands are word numbers that lowering has checked")]

mod atomics;

use std::hint::spin_loop;
use std::sync::atomic::{Ordering, compiler_fence, fence};

use guest::{CpuState, Reservation, access};
use ir::{FpEnv, Leave, Op, Type};

use crate::code::{Code, DISCARD, Extra, HEADER, Ins, ZERO};

/// Runs lowered code on `state`.
pub(crate) fn run(code: &[u64], state: &mut CpuState) -> Leave {
    let start = code[HEADER..].as_ptr().cast::<Ins>();
    let machine = Machine { start, entry: code[0], state: &raw mut *state };
    match code[1] {
        // SAFETY: no operand lies beyond `CpuState`, see the module's head.
        0 => unsafe { machine.run(machine.state.cast()) },
        frame => run_in_copy(&machine, frame as usize),
    }
}

/// For regions with more values than scratch words: slots and temporaries lie in a copy.
#[cold]
fn run_in_copy(machine: &Machine, frame: usize) -> Leave {
    let first = crate::code::slot_word(guest::Slot(0)) as usize;
    let slots = first..first + guest::SLOT_COUNT;
    let mut copy = vec![0; frame];
    // SAFETY: the copy has as many words as operands reach; the state is the caller's.
    unsafe {
        copy[slots.clone()].copy_from_slice(&(*machine.state).slots);
        let leave = machine.run(copy.as_mut_ptr());
        (*machine.state).slots.copy_from_slice(&copy[slots]);
        leave
    }
}

struct Machine {
    start: *const Ins,
    entry: u64,
    state: *mut CpuState,
}

/// `$x` as a signed number.
macro_rules! s {
    ($x:expr) => {
        ($x) as i64
    };
}

impl Machine {
    /// # Safety
    /// `words` is valid for every operand, and the code is what [`crate::lower`] made.
    unsafe fn run(&self, words: *mut u64) -> Leave {
        let state = self.state;
        let mut ip = self.start;
        macro_rules! ins {
            () => {
                // SAFETY: the pointer stays in the code, see the module's head.
                unsafe { &*ip }
            };
        }
        macro_rules! read {
            ($word:expr) => {{
                let word = $word as usize;
                // SAFETY: words are valid, see the module's head.
                unsafe { *words.add(word) }
            }};
        }
        macro_rules! write {
            ($word:expr, $value:expr) => {{
                let (word, value): (usize, u64) = ($word as usize, $value);
                // SAFETY: words are valid, see the module's head.
                unsafe { *words.add(word) = value }
            }};
        }
        macro_rules! state {
            () => {
                // SAFETY: the one reference to the state; operands are not held across it.
                unsafe { &mut *state }
            };
        }
        macro_rules! goto {
            ($index:expr) => {{
                let index = $index as u32 as usize;
                // SAFETY: jumps go to instructions of the code.
                ip = unsafe { self.start.add(index) };
                continue;
            }};
        }
        // dst = a op b.
        macro_rules! binary {
            (|$a:ident, $b:ident| $value:expr) => {{
                let ($a, $b) = (read!(ins!().a), read!(ins!().b));
                write!(ins!().dst, $value as u64)
            }};
        }
        // dst = a op constant.
        macro_rules! constant {
            (|$a:ident, $b:ident| $value:expr) => {{
                let ($a, $b) = (read!(ins!().a), ins!().imm as u64);
                write!(ins!().dst, $value as u64)
            }};
        }
        macro_rules! unary {
            (|$a:ident| $value:expr) => {{
                let $a = read!(ins!().a);
                write!(ins!().dst, $value as u64)
            }};
        }
        macro_rules! load {
            ($access:ident) => {
                match access::$access(read!(ins!().a).wrapping_add_signed(ins!().low() as i64)) {
                    Ok(value) => write!(ins!().dst, value),
                    Err(access::Faulted) => return fault(state!(), self.entry, ins!()),
                }
            };
        }
        macro_rules! store {
            ($access:ident) => {{
                let addr = read!(ins!().a).wrapping_add_signed(ins!().low() as i64);
                if access::$access(addr, read!(ins!().b)).is_err() {
                    return fault(state!(), self.entry, ins!());
                }
            }};
        }
        macro_rules! jump_if {
            (|$a:ident, $b:ident| $holds:expr) => {{
                let ($a, $b) = (read!(ins!().a), read!(ins!().b));
                if $holds {
                    goto!(ins!().low())
                }
            }};
        }
        macro_rules! jump_if_small {
            (|$a:ident, $b:ident| $holds:expr) => {{
                let ($a, $b) = (read!(ins!().a), ins!().small() as u64);
                if $holds {
                    goto!(ins!().low())
                }
            }};
        }
        macro_rules! leave_by {
            ($holds:expr) => {{
                let delta = if $holds { ins!().low() } else { ins!().high() };
                if delta == 0 && state!().poll.load(Ordering::Relaxed) == 0 {
                    goto!(0)
                }
                state!().pc = self.entry.wrapping_add_signed(delta as i64);
                return jumped(state!(), delta == 0);
            }};
        }
        macro_rules! leave_if {
            (|$a:ident, $b:ident| $holds:expr) => {{
                let ($a, $b) = (read!(ins!().a), read!(ins!().b));
                leave_by!($holds)
            }};
        }
        macro_rules! leave_if_small {
            (|$a:ident, $b:ident| $holds:expr) => {{
                let ($a, $b) = (read!(ins!().a), ins!().small() as u64);
                leave_by!($holds)
            }};
        }

        write!(ZERO, 0);
        loop {
            match ins!().code {
                Code::Li => write!(ins!().dst, ins!().imm as u64),
                Code::Mov => unary!(|a| a),
                Code::Add => binary!(|a, b| a.wrapping_add(b)),
                Code::Sub => binary!(|a, b| a.wrapping_sub(b)),
                Code::And => binary!(|a, b| a & b),
                Code::Or => binary!(|a, b| a | b),
                Code::Xor => binary!(|a, b| a ^ b),
                Code::AndNot => binary!(|a, b| a & !b),
                Code::Shl => binary!(|a, b| a.wrapping_shl(b as u32)),
                Code::Shr => binary!(|a, b| a.wrapping_shr(b as u32)),
                Code::Sar => binary!(|a, b| s!(a).wrapping_shr(b as u32)),
                Code::Mul => binary!(|a, b| a.wrapping_mul(b)),
                Code::MulHS => binary!(|a, b| (s!(a) as i128 * s!(b) as i128) >> 64),
                Code::MulHU => binary!(|a, b| (a as u128 * b as u128) >> 64),
                Code::DivS => binary!(|a, b| if b == 0 { -1 } else { s!(a).wrapping_div(s!(b)) }),
                Code::DivU => binary!(|a, b| a.checked_div(b).unwrap_or(u64::MAX)),
                Code::RemS => {
                    binary!(|a, b| if b == 0 { s!(a) } else { s!(a).wrapping_rem(s!(b)) })
                }
                Code::RemU => binary!(|a, b| a.checked_rem(b).unwrap_or(a)),
                Code::MinS => binary!(|a, b| s!(a).min(s!(b))),
                Code::MaxS => binary!(|a, b| s!(a).max(s!(b))),
                Code::MinU => binary!(|a, b| a.min(b)),
                Code::MaxU => binary!(|a, b| a.max(b)),
                Code::Eq => binary!(|a, b| a == b),
                Code::Ne => binary!(|a, b| a != b),
                Code::LtS => binary!(|a, b| s!(a) < s!(b)),
                Code::LtU => binary!(|a, b| a < b),
                Code::GeS => binary!(|a, b| s!(a) >= s!(b)),
                Code::GeU => binary!(|a, b| a >= b),
                Code::AddW => binary!(|a, b| (a as i32).wrapping_add(b as i32)),
                Code::SubW => binary!(|a, b| (a as i32).wrapping_sub(b as i32)),
                Code::ShlW => binary!(|a, b| (a as i32).wrapping_shl(b as u32)),
                Code::ShrW => binary!(|a, b| (a as u32).wrapping_shr(b as u32) as i32),
                Code::SarW => binary!(|a, b| (a as i32).wrapping_shr(b as u32)),
                Code::MulW => binary!(|a, b| (a as i32).wrapping_mul(b as i32)),

                Code::AddI => constant!(|a, b| a.wrapping_add(b)),
                Code::AndI => constant!(|a, b| a & b),
                Code::OrI => constant!(|a, b| a | b),
                Code::XorI => constant!(|a, b| a ^ b),
                Code::ShlI => constant!(|a, b| a.wrapping_shl(b as u32)),
                Code::ShrI => constant!(|a, b| a.wrapping_shr(b as u32)),
                Code::SarI => constant!(|a, b| s!(a).wrapping_shr(b as u32)),
                Code::EqI => constant!(|a, b| a == b),
                Code::NeI => constant!(|a, b| a != b),
                Code::LtSI => constant!(|a, b| s!(a) < s!(b)),
                Code::LtUI => constant!(|a, b| a < b),
                Code::GeSI => constant!(|a, b| s!(a) >= s!(b)),
                Code::GeUI => constant!(|a, b| a >= b),
                Code::AddWI => constant!(|a, b| (a as i32).wrapping_add(b as i32)),
                Code::ShlWI => constant!(|a, b| (a as i32).wrapping_shl(b as u32)),
                Code::ShrWI => constant!(|a, b| (a as u32).wrapping_shr(b as u32) as i32),
                Code::SarWI => constant!(|a, b| (a as i32).wrapping_shr(b as u32)),

                Code::Sext8 => unary!(|a| a as i8),
                Code::Sext16 => unary!(|a| a as i16),
                Code::SextW => unary!(|a| a as i32),
                Code::Zext8 => unary!(|a| a as u8),
                Code::Zext16 => unary!(|a| a as u16),
                Code::ZextW => unary!(|a| a as u32),
                Code::BoxF32 => unary!(|a| a | !0xffff_ffff),
                Code::UnboxF32 => {
                    unary!(|a| if a >> 32 == 0xffff_ffff { a as u32 } else { 0x7fc0_0000 })
                }

                Code::Select => {
                    let c = Extra::unpack(ins!().imm).c;
                    let taken = if read!(ins!().a) != 0 { ins!().b } else { c };
                    write!(ins!().dst, read!(taken))
                }
                Code::Eval => {
                    let c = read!(Extra::unpack(ins!().imm).c);
                    write!(ins!().dst, eval(ins!(), [read!(ins!().a), read!(ins!().b), c]))
                }
                Code::EvalW => {
                    let c = read!(Extra::unpack(ins!().imm).c);
                    let value = eval(ins!(), [read!(ins!().a), read!(ins!().b), c]);
                    write!(ins!().dst, value as i32 as u64)
                }
                Code::EvalFp => {
                    let c = read!(Extra::unpack(ins!().imm).c);
                    let args = [read!(ins!().a), read!(ins!().b), c];
                    write!(ins!().dst, eval_fp(ins!(), args, state!()))
                }

                Code::Ld8U => load!(load_u8),
                Code::Ld8S => load!(load_i8),
                Code::Ld16U => load!(load_u16),
                Code::Ld16S => load!(load_i16),
                Code::Ld32U => load!(load_u32),
                Code::Ld32S => load!(load_i32),
                Code::Ld64 => load!(load_u64),
                Code::St8 => store!(store_u8),
                Code::St16 => store!(store_u16),
                Code::St32 => store!(store_u32),
                Code::St64 => store!(store_u64),
                Code::Atomic => {
                    let (a, b, c) = (read!(ins!().a), read!(ins!().b), ins!().imm as u16);
                    let op = (ins!().imm >> 16) as u8;
                    // What stands in place of `c` is a word for `cas` alone.
                    let c = if op == Op::Cas as u8 { read!(c) } else { c as u64 };
                    let size = (ins!().imm >> 24) as u8 as u64;
                    match atomics::run(Op::ALL[op as usize], size, [a, b, c], state!(), words) {
                        Ok(value) => write!(ins!().dst, value),
                        Err(access::Faulted) => return fault(state!(), self.entry, ins!()),
                    }
                }

                Code::FenceFull => fence(Ordering::SeqCst),
                Code::FenceCompiler => compiler_fence(Ordering::SeqCst),
                Code::Pause => spin_loop(),
                Code::Unreserve => state!().reservation.addr = Reservation::NONE,
                Code::Clock => write!(ins!().dst, clock()),
                Code::Poll => write!(ins!().dst, state!().poll.load(Ordering::Relaxed) as u64),
                Code::FlagsGet => write!(ins!().dst, state!().fp_flags),
                Code::FlagsSet => state!().fp_flags = read!(ins!().a),
                Code::RoundGet => write!(ins!().dst, state!().fp_round),
                Code::RoundSet => state!().fp_round = read!(ins!().a),

                Code::JEq => jump_if!(|a, b| a == b),
                Code::JNe => jump_if!(|a, b| a != b),
                Code::JLtS => jump_if!(|a, b| s!(a) < s!(b)),
                Code::JLtU => jump_if!(|a, b| a < b),
                Code::JGeS => jump_if!(|a, b| s!(a) >= s!(b)),
                Code::JGeU => jump_if!(|a, b| a >= b),
                Code::JEqI => jump_if_small!(|a, b| a == b),
                Code::JNeI => jump_if_small!(|a, b| a != b),
                Code::JLtSI => jump_if_small!(|a, b| s!(a) < s!(b)),
                Code::JLtUI => jump_if_small!(|a, b| a < b),
                Code::JGeSI => jump_if_small!(|a, b| s!(a) >= s!(b)),
                Code::JGeUI => jump_if_small!(|a, b| a >= b),
                Code::XEq => leave_if!(|a, b| a == b),
                Code::XNe => leave_if!(|a, b| a != b),
                Code::XLtS => leave_if!(|a, b| s!(a) < s!(b)),
                Code::XLtU => leave_if!(|a, b| a < b),
                Code::XGeS => leave_if!(|a, b| s!(a) >= s!(b)),
                Code::XGeU => leave_if!(|a, b| a >= b),
                Code::XEqI => leave_if_small!(|a, b| a == b),
                Code::XNeI => leave_if_small!(|a, b| a != b),
                Code::XLtSI => leave_if_small!(|a, b| s!(a) < s!(b)),
                Code::XLtUI => leave_if_small!(|a, b| a < b),
                Code::XGeSI => leave_if_small!(|a, b| s!(a) >= s!(b)),
                Code::XGeUI => leave_if_small!(|a, b| a >= b),
                Code::Goto => goto!(ins!().low()),
                Code::PollGoto => {
                    if state!().poll.load(Ordering::Relaxed) == 0 {
                        goto!(ins!().low())
                    }
                    state!().pc = self.entry.wrapping_add_signed(ins!().high() as i64);
                    return Leave::Poll;
                }
                Code::Loop => {
                    if state!().poll.load(Ordering::Relaxed) == 0 {
                        goto!(0)
                    }
                    state!().pc = ins!().imm as u64;
                    return jumped(state!(), true);
                }
                Code::Jump => {
                    state!().pc = ins!().imm as u64;
                    return jumped(state!(), false);
                }
                Code::Indirect => {
                    state!().pc = read!(ins!().a);
                    return Leave::Indirect;
                }
                Code::Leave => {
                    state!().pc = ins!().imm as u64;
                    return Leave::from_code(ins!().a as u64);
                }
                Code::Trap => {
                    state!().pc = ins!().imm as u64;
                    state!().exit_value = ins!().a as u64;
                    return Leave::Trap;
                }
            }
            // SAFETY: an instruction that neither left nor jumped is not the last.
            ip = unsafe { ip.add(1) };
        }
    }
}

fn jumped(state: &mut CpuState, polled: bool) -> Leave {
    state.exit_site = 0;
    if polled { Leave::Poll } else { Leave::Jump }
}

#[cold]
fn fault(state: &mut CpuState, entry: u64, ins: &Ins) -> Leave {
    state.pc = entry.wrapping_add_signed(ins.high() as i64);
    Leave::Fault
}

const TYPES: [Type; 8] = {
    let mut types = [Type::I64; 8];
    let mut i = 0;
    while i < Type::ALL.len() {
        types[Type::ALL[i] as usize] = Type::ALL[i];
        i += 1;
    }
    types
};

#[inline(never)]
fn eval(ins: &Ins, args: [u64; 3]) -> u64 {
    eval_in(ins, args, &mut FpEnv::default())
}

#[inline(never)]
fn eval_fp(ins: &Ins, args: [u64; 3], state: &mut CpuState) -> u64 {
    let mut env = FpEnv { round: state.fp_round as u8, flags: 0 };
    let value = eval_in(ins, args, &mut env);
    state.fp_flags |= env.flags as u64;
    value
}

fn eval_in(ins: &Ins, args: [u64; 3], env: &mut FpEnv) -> u64 {
    let extra = Extra::unpack(ins.imm);
    let (op, ty) = (Op::ALL[extra.op as usize], TYPES[extra.ty as usize & 7]);
    ir::eval(op, ty, args, extra.imm as i64, extra.aux, env)
        .unwrap_or_else(|| panic!("{} is not a function", op.text()))
}

/// A counter that never goes back.
fn clock() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has the instruction.
    return unsafe { std::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64
    }
}

const _: () = assert!(size_of::<Ins>() == 16 && (DISCARD as usize) < 2048);
