//! Loads, stores, atomics, and the state when they fault.

mod support;

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use guest::{FaultKind, GuestAddr, Slot};
use ir::traits::thunk;
use ir::{Builder, Exit, FpEnv, Leave, Op, Region, Round, Type, Value};
use support::Machine;
use support::faults::{self, FAULTED, RESUME};
use support::random::Rng;

const BASE: Slot = Slot(3);
const DATA: Slot = Slot(4);
const OUT: Slot = Slot(5);
const COLD: [Slot; 3] = [Slot(23), Slot(24), Slot(25)];
const PC: u64 = 0x7f00_0000_1000;

fn region(body: impl FnOnce(&mut Builder)) -> Region {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(PC));
    b.insn(GuestAddr(PC), 4);
    body(&mut b);
    b.exit(Exit::Jump { to: GuestAddr(PC + 4) });
    region
}

#[repr(align(64))]
struct Memory([u64; 8]);

impl Memory {
    fn new(rng: &mut Rng) -> Memory {
        Memory([0; 8].map(|_| rng.next()))
    }
    fn addr(&mut self) -> u64 {
        &raw mut self.0 as u64
    }
    fn bytes(&self) -> [u8; 64] {
        std::array::from_fn(|i| (self.0[i / 8] >> (8 * (i % 8))) as u8)
    }
}

fn extended(bytes: &[u8], signed: bool) -> u64 {
    let mut value = [if signed && bytes[bytes.len() - 1] >= 0x80 { 0xff } else { 0 }; 8];
    value[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(value)
}

#[test]
fn loads_extend() {
    let loads = [
        (Op::Ld8U, 1, false),
        (Op::Ld8S, 1, true),
        (Op::Ld16U, 2, false),
        (Op::Ld16S, 2, true),
        (Op::Ld32U, 4, false),
        (Op::Ld32S, 4, true),
        (Op::Ld64, 8, false),
    ];
    let mut rng = Rng(7);
    let mut m = Machine::new();
    for (op, size, signed) in loads {
        for base in [BASE, COLD[0]] {
            for out in [OUT, base, COLD[1]] {
                for offset in [0, 1, 8, 13] {
                    let disp = if offset == 8 { 0x4000 } else { offset };
                    m.reset();
                    let host = m.add(&region(|b| {
                        let a = b.get(Type::I64, base);
                        let v = b.load(op, a, disp as i32);
                        b.set(out, v);
                    }));
                    let mut memory = Memory::new(&mut rng);
                    let at = memory.addr() + offset;
                    m.state.set(base, at.wrapping_sub(disp));
                    assert_eq!(m.run(host), Leave::Jump);
                    let bytes = &memory.bytes()[offset as usize..][..size];
                    assert_eq!(m.state.get(out), extended(bytes, signed), "{op:?}");
                }
            }
        }
    }
}

/// Every pair of registers, with homes (the slots up to 11) and without.
#[test]
fn addresses_are_sums() {
    let memory = [0x1122_3344_5566_7788u64, 0x99aa_bbcc_ddee_ff00, 7, 8];
    let mut m = Machine::new();
    for (x, y) in (1..14).flat_map(|x| (1..14).map(move |y| (Slot(x), Slot(y)))) {
        for (shift, disp) in [(0, 0), (0, 8), (1, 0), (2, 8), (3, 0), (4, 8)] {
            let region = region(|b| {
                let (a, i) = (b.get(Type::I64, x), b.get(Type::I64, y));
                let count = b.iconst(Type::I64, shift);
                let part = if shift == 0 { i } else { b.bin(Op::Shl, Type::I64, i, count) };
                let sum = b.bin(Op::Add, Type::I64, part, a);
                let v = b.load(Op::Ld64, sum, disp);
                b.set(OUT, v);
            });
            let index = if x == y { memory.as_ptr() as u64 >> 1 } else { 8 >> shift };
            if x == y && shift > 0 {
                continue;
            }
            for several in [false, true] {
                m.reset();
                let host = match several {
                    true => m.add_region(&region).expect("all ops are supported"),
                    false => m.add(&region),
                };
                m.state.set(x, memory.as_ptr() as u64);
                m.state.set(y, index);
                assert_eq!(m.run(host), Leave::Jump);
                let at = if x == y { 0 } else { (index << shift) as usize / 8 };
                assert_eq!(m.state.get(OUT), memory[at + disp as usize / 8], "{x:?} {y:?}");
            }
        }
    }
}

#[test]
fn stores_write_their_bytes_only() {
    let stores = [(Op::St8, 1), (Op::St16, 2), (Op::St32, 4), (Op::St64, 8)];
    let constants = [0, -1, 0x1234_5678, 0x1234_5678_9abc_def0];
    let mut rng = Rng(8);
    let mut m = Machine::new();
    for (op, size) in stores {
        for base in [BASE, COLD[0]] {
            for source in 0..6 {
                m.reset();
                let slot = if source == 5 { COLD[1] } else { DATA };
                let host = m.add(&region(|b| {
                    let a = b.get(Type::I64, base);
                    let v = match constants.get(source) {
                        Some(&c) => b.iconst(Type::I64, c),
                        None => b.get(Type::I64, slot),
                    };
                    b.store(op, a, v, 3);
                }));
                let mut memory = Memory::new(&mut rng);
                let mut expected = memory.bytes();
                let data = constants.get(source).map_or_else(|| rng.next(), |&c| c as u64);
                expected[11..11 + size].copy_from_slice(&data.to_le_bytes()[..size]);
                m.state.set(base, memory.addr() + 8);
                m.state.set(slot, data);
                assert_eq!(m.run(host), Leave::Jump);
                assert_eq!(memory.bytes(), expected, "{op:?}");
            }
        }
    }
}

#[test]
fn absolute_addresses_need_no_register() {
    let at = 0x1_0000;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a private page at an address that nothing else of the test uses.
    let low = unsafe { libc::mmap(at as *mut _, 4096, prot, flags, -1, 0) };
    assert_eq!(low as u64, at);
    let high = [7u64];
    let mut m = Machine::new();
    let host = m.add(&region(|b| {
        let a = b.iconst(Type::I64, at as i64);
        let high = b.iconst(Type::I64, high.as_ptr() as i64);
        let v = b.load(Op::Ld64, high, 0);
        b.store(Op::St64, a, v, 16);
    }));
    assert_eq!(m.run(host), Leave::Jump);
    // SAFETY: the page was mapped above and stays mapped.
    assert_eq!(unsafe { ((at + 16) as *const u64).read() }, 7);
}

#[test]
fn floats_travel() {
    let mut memory = Memory([0x4009_21fb_5444_2d18, 0x4049_0fdb, 0, 0, 0, 0, 0, 0]);
    let mut m = Machine::new();
    let host = m.add(&region(|b| {
        let a = b.get(Type::I64, BASE);
        let d = b.load(Op::LdF64, a, 0);
        b.store(Op::StF64, a, d, 16);
        let f = b.load(Op::LdF32, a, 8);
        b.store(Op::StF32, a, f, 24);
        b.set(Slot(33), d);
        let boxed = b.un(Op::Box, Type::F32, f);
        b.set(Slot(60), boxed);
    }));
    m.state.set(BASE, memory.addr());
    assert_eq!(m.run(host), Leave::Jump);
    assert_eq!(memory.0[2..4], [memory.0[0], memory.0[1]]);
    assert_eq!(m.state.get(Slot(33)), memory.0[0]);
    assert_eq!(m.state.get(Slot(60)), 0xffff_ffff_4049_0fdb);
}

fn amo(op: Op, size: u16, old: u64, b: u64) -> u64 {
    let extend = |v: u64| extended(&v.to_le_bytes()[..size as usize], true);
    let (old, b) = (extend(old), extend(b));
    match op {
        Op::AmoSwap => b,
        Op::AmoAdd => old.wrapping_add(b),
        Op::AmoAnd => old & b,
        Op::AmoOr => old | b,
        Op::AmoXor => old ^ b,
        Op::AmoMinS => (old as i64).min(b as i64) as u64,
        Op::AmoMaxS => (old as i64).max(b as i64) as u64,
        Op::AmoMinU => old.min(b),
        _ => old.max(b),
    }
}

const AMOS: [Op; 9] = [
    Op::AmoSwap,
    Op::AmoAdd,
    Op::AmoAnd,
    Op::AmoOr,
    Op::AmoXor,
    Op::AmoMinS,
    Op::AmoMaxS,
    Op::AmoMinU,
    Op::AmoMaxU,
];

/// Every kind of place for the operands and the result.
fn amo_region(op: Op, size: u16, rng: &mut Rng) -> (Region, Slot, Slot, Slot) {
    let addr = rng.pick(&[BASE, COLD[0]]);
    let data = rng.pick(&[DATA, COLD[1]]);
    let out = rng.pick(&[OUT, addr, data, COLD[2], Slot(0)]);
    let live = rng.chance(50);
    let made = region(|b| {
        let mut a = b.get(Type::I64, addr);
        let mut v = b.get(Type::I64, data);
        let other = b.get(Type::I64, Slot(28));
        let other = b.bin_imm(Op::Add, Type::I64, other, 5);
        if rng.chance(50) {
            a = b.bin_imm(Op::Xor, Type::I64, a, 0);
        }
        if rng.chance(50) {
            v = b.bin_imm(Op::Xor, Type::I64, v, 0);
        }
        let old = b.push(op, Type::I64, size, &[a, v], 0);
        if out != Slot(0) {
            b.set(out, old);
        }
        if live {
            b.set(Slot(6), a);
            b.set(Slot(26), v);
        }
        b.set(Slot(29), other);
    });
    (made, addr, data, out)
}

fn check_amos(seed: u64) {
    let mut rng = Rng(seed);
    let mut m = Machine::new();
    for _ in 0..3000 {
        let op = rng.pick(&AMOS);
        let size = rng.pick(&[1, 2, 4, 8]);
        let (region, addr, data, out) = amo_region(op, size, &mut rng);
        m.reset();
        let host = m.add(&region);
        let mut memory = Memory::new(&mut rng);
        memory.0[2] = rng.int();
        let (old, b) = (memory.0[2], rng.int());
        m.state.set(Slot(28), 37);
        m.state.set(addr, memory.addr() + 16);
        m.state.set(data, b);
        assert_eq!(m.run(host), Leave::Jump);
        let keep = if size == 8 { 0 } else { !0 << (8 * size) };
        assert_eq!(memory.0[2], old & keep | amo(op, size, old, b) & !keep, "{op:?} {size}");
        let result = extended(&old.to_le_bytes()[..size as usize], true);
        assert!(out == Slot(0) || m.state.get(out) == result, "{op:?} {size}");
        assert_eq!(m.state.get(Slot(29)), 42);
    }
}

#[test]
fn atomics_read_modify_and_write() {
    check_amos(11);
}

#[test]
fn misaligned_atomics_fault_and_write_nothing() {
    let mut rng = Rng(12);
    let mut m = Machine::new();
    for _ in 0..500 {
        let op = rng.pick(&AMOS);
        let size = rng.pick(&[2, 4, 8]);
        let (region, addr, ..) = amo_region(op, size, &mut rng);
        m.reset();
        let host = m.add(&region);
        let mut memory = Memory::new(&mut rng);
        let before = memory.bytes();
        (1..32).for_each(|s| m.state.set(Slot(s), s as u64));
        m.state.set(addr, memory.addr() + 1);
        let slots = m.state.slots;
        assert_eq!(m.run(host), Leave::Fault);
        assert_eq!((m.state.slots, memory.bytes()), (slots, before));
        assert_eq!((m.state.pc, m.state.call_sp), (PC, m.state.call_base));
        let fault = m.state.fault;
        assert_eq!((fault.addr, fault.kind), (memory.addr() + 1, FaultKind::Misaligned));
        assert_eq!(fault.write, 1);
    }
}

#[test]
fn compare_and_swap_compares() {
    let mut rng = Rng(13);
    let mut m = Machine::new();
    for _ in 0..1000 {
        let size = rng.pick(&[1u16, 2, 4, 8]);
        let slots = [rng.pick(&[BASE, COLD[0]]), rng.pick(&[DATA, COLD[1]]), Slot(6)];
        let out = rng.pick(&[OUT, slots[1], COLD[2]]);
        m.reset();
        let host = m.add(&region(|b| {
            let args = slots.map(|s| b.get(Type::I64, s));
            let old = b.push(Op::Cas, Type::I64, size, &args, 0);
            b.set(out, old);
        }));
        let mut memory = Memory([rng.int(); 8]);
        let old = memory.0[1];
        let expected = if rng.chance(60) { old } else { rng.int() };
        let new = rng.next();
        m.state.set(slots[0], memory.addr() + 8);
        m.state.set(slots[1], expected);
        m.state.set(slots[2], new);
        assert_eq!(m.run(host), Leave::Jump);
        let mask = if size == 8 { !0 } else { !(!0 << (8 * size)) };
        let hit = (old ^ expected) & mask == 0;
        let want = if hit { old & !mask | new & mask } else { old };
        assert_eq!(memory.0[1], want);
        assert_eq!(m.state.get(out), extended(&old.to_le_bytes()[..size as usize], true));
    }
}

#[test]
fn sixteen_bytes_are_exchanged_at_once() {
    let mut m = Machine::new();
    let host = m.add(&region(|b| {
        for word in 0..4 {
            let v = b.get(Type::I64, Slot(20 + word));
            b.push(Op::SetScratch, Type::I64, word as u16, &[v], 0);
        }
        let a = b.get(Type::I64, BASE);
        b.push(Op::Cas128, Type::I64, 0, &[a], 0);
        for word in 0..2 {
            let v = b.push(Op::GetScratch, Type::I64, word, &[], 0);
            b.set(Slot(4 + word as u8), v);
        }
    }));
    let mut memory = Memory([1, 2, 3, 4, 5, 6, 7, 8]);
    m.state.set(BASE, memory.addr() + 16);
    for (slot, value) in [(20, 3), (21, 4), (22, 30), (23, 40)] {
        m.state.set(Slot(slot), value);
    }
    assert_eq!(m.run(host), Leave::Jump);
    assert_eq!(memory.0[..5], [1, 2, 30, 40, 5]);
    assert_eq!((m.state.get(Slot(4)), m.state.get(Slot(5))), (3, 4));
    assert_eq!(m.run(host), Leave::Jump);
    assert_eq!((m.state.get(Slot(4)), m.state.get(Slot(5))), (30, 40));
    m.state.set(BASE, memory.addr() + 8);
    assert_eq!(m.run(host), Leave::Fault);
}

fn reserve(imm: i64, size: u16) -> Region {
    region(|b| {
        let a = b.get(Type::I64, BASE);
        let v = b.push(Op::LoadReserved, Type::I64, size, &[a], imm);
        b.set(OUT, v);
    })
}

fn conditional(size: u16) -> Region {
    region(|b| {
        let (a, v) = (b.get(Type::I64, BASE), b.get(Type::I64, DATA));
        let failed = b.push(Op::StoreConditional, Type::I64, size, &[a, v], 1);
        b.set(Slot(6), failed);
    })
}

#[test]
fn reservations_hold_until_something_changes() {
    for strict in [0, 1] {
        for size in [4, 8] {
            let word = AtomicU64::new(0xffff_ffff_8000_0000);
            let mut m = Machine::new();
            let (lr, sc) = (m.add(&reserve(strict, size)), m.add(&conditional(size)));
            m.state.set(BASE, word.as_ptr() as u64);
            m.state.set(DATA, 77);
            let mut attempt = |between: &dyn Fn()| {
                assert_eq!(m.run(lr), Leave::Jump);
                between();
                assert_eq!(m.run(sc), Leave::Jump);
                (m.state.get(OUT), m.state.get(Slot(6)))
            };
            assert_eq!(attempt(&|| ()), (0xffff_ffff_8000_0000, 0));
            assert_eq!(word.load(SeqCst) as u32, 77);
            assert_eq!(attempt(&|| word.store(78, SeqCst)).1, 1);
            assert_eq!(word.load(SeqCst), 78);
            assert_eq!(m.run(sc), Leave::Jump);
            assert_eq!(m.state.get(Slot(6)), 1, "a second store needs a second reservation");
        }
    }
    // Strict reservations are in use from here on: every access takes the other path.
    check_amos(14);
}

#[test]
fn a_fault_finds_earlier_writes_and_no_later_ones() {
    // SAFETY: a fresh private page of the kernel's choice.
    let page = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    let mut r = Region::default();
    let mut b = Builder::new(&mut r, GuestAddr(PC));
    b.insn(GuestAddr(PC), 4);
    let one = b.iconst(Type::I64, 1);
    b.set(DATA, one);
    b.set(COLD[1], one);
    b.insn(GuestAddr(PC + 4), 4);
    let a = b.get(Type::I64, BASE);
    let v = b.load(Op::Ld64, a, 8);
    b.set(OUT, v);
    b.insn(GuestAddr(PC + 8), 4);
    let two = b.iconst(Type::I64, 2);
    b.set(DATA, two);
    b.set(COLD[1], two);
    b.exit(Exit::Jump { to: GuestAddr(PC + 12) });
    let mut m = Machine::new();
    let host = m.add(&r);
    m.state.set(BASE, page as u64);
    m.state.set(OUT, 99);
    RESUME.set(m.thunk(thunk::FAULT));
    faults::catch();
    assert_eq!(m.run(host), Leave::Fault);
    let regs = [DATA, COLD[1], OUT, BASE].map(|s| m.state.get(s));
    assert_eq!(regs, [1, 1, 99, page as u64]);
    let offset = (FAULTED.get() - host) as u32;
    let entry = m.code.pc_map.iter().rfind(|e| e.host <= offset);
    assert_eq!(entry.map(|e| e.guest), Some(4));
}

#[test]
fn flags_accrue_and_are_set() {
    let mut m = Machine::new();
    let host = m.add(&region(|b| {
        let start = b.iconst(Type::I64, 0xff);
        b.push(Op::FpFlagsSet, Type::I64, 0, &[start], 0);
        let all = b.push(Op::FpFlagsGet, Type::I64, 0, &[], 0);
        b.set(OUT, all);
        let start = b.iconst(Type::I64, 4);
        b.push(Op::FpFlagsSet, Type::I64, 0, &[start], 0);
        let (x, y) = (b.get(Type::F64, Slot(33)), b.get(Type::F64, Slot(34)));
        let q = b.fp(Op::FDiv, Type::F64, Round::Dyn, &[x, y]);
        b.set(Slot(35), q);
        let now = b.push(Op::FpFlagsGet, Type::I64, 0, &[], 0);
        b.set(COLD[0], now);
        let mode = b.push(Op::FpRoundGet, Type::I64, 0, &[], 0);
        b.set(COLD[1], mode);
    }));
    m.state.fp_round = 2;
    for (x, y) in [(1.0, 0.0), (1.0, 3.0), (0.0, 0.0), (1e-308, 1e10), (6.0, 3.0)] {
        let (x, y): (f64, f64) = (x, y);
        m.state.set(Slot(33), x.to_bits());
        m.state.set(Slot(34), y.to_bits());
        let mut env = FpEnv { round: 2, flags: 4 };
        ir::eval(Op::FDiv, Type::F64, [x.to_bits(), y.to_bits(), 0], 0, 7, &mut env);
        assert_eq!(m.run(host), Leave::Jump);
        assert_eq!(m.state.get(OUT), 0x1f);
        assert_eq!(m.state.get(COLD[0]), env.flags as u64);
        assert_eq!(m.state.fp_flags, env.flags as u64);
        assert_eq!(m.state.get(COLD[1]), 2);
    }
}

#[test]
fn clocks_do_not_go_back() {
    let mut m = Machine::new();
    let host = m.add(&region(|b| {
        let first = b.push(Op::Clock, Type::I64, 0, &[], 0);
        b.push(Op::Pause, Type::I64, 0, &[], 0);
        b.push(Op::Fence, Type::I64, 0, &[], 1);
        let second = b.push(Op::Clock, Type::I64, 0, &[], 0);
        let later: Value = b.bin(Op::GeU, Type::I64, second, first);
        b.set(OUT, later);
    }));
    assert_eq!((m.run(host), m.state.get(OUT)), (Leave::Jump, 1));
}
