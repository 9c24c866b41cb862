//! The signal handlers, in the guest's instructions; rt_sigaction(2), and the kernel's
//! arch/riscv/include/uapi/asm/{sigcontext,ucontext}.h.

use super::{ALTERNATE, ALTERNATE_LEN, CALLS, FAULTS, FLIPPED, HANDLERS, PAGE, SCRATCH, SUM};
use crate::support::asm::{self, Code};

// In the page of structures.
const ON_FAULT: u64 = CALLS;
const ON_ALARM: u64 = CALLS + 64;
const STACK: u64 = CALLS + 128;
const TIMER: u64 = CALLS + 192;
const NO_TIMER: u64 = CALLS + 256;
/// How often the timer's signal came.
pub const ALARMS: u64 = CALLS + 320;

const SIGSEGV: u64 = 11;
const SIGALRM: u64 = 14;
/// SA_SIGINFO, SA_ONSTACK, SA_RESTART.
const FLAGS: u64 = 4 | 0x0800_0000 | 0x1000_0000;
const INTERVAL: u64 = 1000;

// System calls.
const RT_SIGACTION: u64 = 134;
const SIGALTSTACK: u64 = 132;
const SETITIMER: u64 = 103;
const MPROTECT: u64 = 226;
const MMAP: u64 = 222;
const READ_WRITE: u64 = 3;
/// MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS.
const FRESH: u64 = 0x32;

// Offsets in siginfo and ucontext.
const CODE: i32 = 8;
const ADDR: i32 = 16;
const REGISTERS: i32 = 176;
/// `pc`, x1 to x31, f0 to f31; `fcsr` follows.
const REGISTER_BYTES: i32 = 64 * 8;
/// `si_code` of an address where nothing is.
const SEGV_MAPERR: i32 = 1;

/// The handlers and what system calls are given to install them.
pub struct Handlers {
    pub code: Vec<u8>,
    pub structures: Vec<u8>,
}

impl Handlers {
    pub fn new() -> Handlers {
        let mut code = Code::default();
        on_fault(&mut code);
        let alarm = HANDLERS + code.bytes.len() as u64;
        on_alarm(&mut code);
        let mut structures = vec![0; PAGE as usize];
        let mut put = |addr: u64, words: &[u64]| {
            let at = (addr - CALLS) as usize;
            let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            structures[at..at + bytes.len()].copy_from_slice(&bytes);
        };
        put(ON_FAULT, &[HANDLERS, FLAGS, u64::MAX]);
        put(ON_ALARM, &[alarm, FLAGS, 0]);
        // Random code may have ALTERNATE as its stack pointer. qemu takes one at the low end of the alternate stack for one on
        // it, Linux does not (`tests/guest/signals/altstack-end`).
        put(STACK, &[ALTERNATE + 16, 0, ALTERNATE_LEN - 16]);
        put(TIMER, &[0, INTERVAL, 0, INTERVAL]);
        Handlers { code: code.bytes, structures }
    }
}

/// The handlers become the program's.
pub fn install(code: &mut Code) {
    code.syscall(SIGALTSTACK, &[STACK, 0]);
    code.syscall(RT_SIGACTION, &[SIGSEGV, ON_FAULT, 0, 8]);
    code.syscall(RT_SIGACTION, &[SIGALRM, ON_ALARM, 0, 8]);
    code.syscall(SETITIMER, &[0, TIMER, 0]);
}

/// No further signal comes.
pub fn stop_timer(code: &mut Code) {
    code.syscall(SETITIMER, &[0, NO_TIMER, 0]);
}

/// Folds what the fault was, and all registers, into the sum, and brings the page back.
fn on_fault(code: &mut Code) {
    let (middle, sum, word, spare, at, end) = (5, 6, 7, 28, 29, 30);
    let (info, context) = (11, 12);
    let fold = [asm::slli(spare, sum, 5), asm::add(sum, sum, spare), asm::add(sum, sum, word)];
    code.number(middle, SCRATCH + PAGE / 2);
    code.word(asm::ld(sum, SUM, middle));
    code.word(asm::ld(word, ADDR, info));
    code.words(&fold);
    code.word(load_word(word, CODE, info));
    code.words(&fold);
    // Also what decides below how the page comes back.
    code.word(asm::addi(13, word, 0));
    code.words(&[asm::addi(at, context, REGISTERS), asm::addi(end, at, REGISTER_BYTES)]);
    let again = code.bytes.len();
    code.word(asm::ld(word, 0, at));
    code.words(&fold);
    code.word(asm::addi(at, at, 8));
    code.word(asm::branch(1, at, end, again as i32 - code.bytes.len() as i32));
    code.word(load_word(word, 0, at));
    code.words(&fold);
    code.word(asm::sd(sum, SUM, middle));
    code.words(&[asm::ld(word, FAULTS, middle), asm::addi(word, word, 1)]);
    code.word(asm::sd(word, FAULTS, middle));
    bring_back(code, 13);
    code.word(asm::jalr(0, 0, 1));
}

/// `lw rd, imm(rs1)`.
fn load_word(rd: u32, imm: i32, rs1: u32) -> u32 {
    asm::ld(rd, imm, rs1) & !(1 << 12)
}

fn bring_back(code: &mut Code, si_code: u32) {
    let (mut map, mut protect) = (Code::default(), Code::default());
    map.words(&[asm::addi(14, 0, -1), asm::addi(15, 0, 0)]);
    map.syscall(MMAP, &[FLIPPED, PAGE, READ_WRITE, FRESH]);
    protect.syscall(MPROTECT, &[FLIPPED, PAGE, READ_WRITE]);
    code.words(&[asm::addi(si_code, si_code, -SEGV_MAPERR)]);
    code.word(asm::branch(1, si_code, 0, map.bytes.len() as i32 + 8));
    code.bytes.extend(&map.bytes);
    code.word(asm::jal(0, protect.bytes.len() as i32 + 4));
    code.bytes.extend(&protect.bytes);
}

/// Counts itself and spoils registers.
fn on_alarm(code: &mut Code) {
    code.number(5, ALARMS);
    code.words(&[asm::ld(6, 0, 5), asm::addi(6, 6, 1), asm::sd(6, 0, 5)]);
    code.words(&[asm::csrrwi(0, asm::FRM, 1), asm::csrrwi(0, asm::FFLAGS, 31)]);
    (0..32).for_each(|r| code.word(asm::fld(r, 0, 5)));
    (6..31).for_each(|r| code.word(asm::addi(r, 0, r as i32)));
    code.word(asm::jalr(0, 0, 1));
}
