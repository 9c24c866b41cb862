//! Exits: links, calls and returns, computed jumps, safepoints, and what the runtime is told.

mod support;

use std::sync::atomic::Ordering::Relaxed;

use guest::{GuestAddr, Slot};
use ir::{Backend, Builder, Exit, Leave, Op, Region, Trap, Type, Value};
use support::{LINK, Machine};

const A0: Slot = Slot(3);
const COLD: Slot = Slot(25);
const FAR: u64 = 0x7f12_3456_7890;

fn at(addr: u64) -> GuestAddr {
    GuestAddr(addr)
}

/// A region of one guest instruction at `entry`.
fn region(entry: u64, body: impl FnOnce(&mut Builder) -> Exit) -> Region {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, at(entry));
    b.insn(at(entry), 4);
    let exit = body(&mut b);
    b.exit(exit);
    region
}

/// Adds `n` to a slot.
fn bump(b: &mut Builder, slot: Slot, n: i64) {
    let old = b.get(Type::I64, slot);
    let new = b.bin_imm(Op::Add, Type::I64, old, n);
    b.set(slot, new);
}

fn set(b: &mut Builder, slot: Slot, value: u64) {
    let value = b.iconst(Type::I64, value as i64);
    b.set(slot, value);
}

#[test]
fn an_unlinked_jump_names_its_site_and_target() {
    for to in [0x2000, FAR] {
        let mut m = Machine::new();
        let host = m.add(&region(0x1000, |_| Exit::Jump { to: at(to) }));
        assert_eq!(m.run(host), Leave::Jump);
        assert_eq!((m.state.pc, m.state.exit_site), (to, 1));
        assert_eq!(m.state.call_sp, m.state.call_base);
    }
}

#[test]
fn a_linked_jump_runs_its_target() {
    let mut m = Machine::new();
    let a = m.add(&region(0x1000, |b| {
        bump(b, A0, 1);
        Exit::Jump { to: at(0x2000) }
    }));
    let b = m.add(&region(0x2000, |b| {
        bump(b, COLD, 2);
        Exit::Syscall { next: at(0x2004) }
    }));
    m.link(1, b);
    assert_eq!(m.run(a), Leave::Syscall);
    assert_eq!((m.state.pc, m.state.get(A0), m.state.get(COLD)), (0x2004, 1, 2));
}

#[test]
fn branches_go_both_ways() {
    let compare = |cond: Op| {
        let mut region = Region::default();
        let mut b = Builder::new(&mut region, at(0x1000));
        b.insn(at(0x1000), 4);
        let (x, y) = (b.get(Type::I64, A0), b.get(Type::I64, COLD));
        let cond = b.bin(cond, Type::I64, x, y);
        b.branch(cond, Exit::Jump { to: at(0x900) }, Exit::Jump { to: at(0x1004) });
        region
    };
    type Holds = fn(i64, i64) -> bool;
    let truth: [(Op, Holds); 6] = [
        (Op::Eq, |a, b| a == b),
        (Op::Ne, |a, b| a != b),
        (Op::LtS, |a, b| a < b),
        (Op::LtU, |a, b| (a as u64) < b as u64),
        (Op::GeS, |a, b| a >= b),
        (Op::GeU, |a, b| a as u64 >= b as u64),
    ];
    for (op, holds) in truth {
        let mut m = Machine::new();
        let host = m.add(&compare(op));
        for (x, y) in [(0, 0), (1, 2), (2, 1), (-1, 1), (1, -1), (i64::MIN, i64::MAX)] {
            m.state.set(A0, x as u64);
            m.state.set(COLD, y as u64);
            assert_eq!(m.run(host), Leave::Jump);
            let (pc, site) = if holds(x, y) { (0x900, 1) } else { (0x1004, 2) };
            assert_eq!((m.state.pc, m.state.exit_site), (pc, site), "{op:?} {x} {y}");
        }
    }
}

#[test]
fn a_branch_may_end_in_any_exit() {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, at(0x1000));
    b.insn(at(0x1000), 4);
    let cond = b.get(Type::I64, A0);
    let to = b.get(Type::I64, COLD);
    b.branch(cond, Exit::Indirect { to }, Exit::Trap { cause: Trap::Breakpoint, pc: at(0x1000) });
    let mut m = Machine::new();
    let host = m.add(&region);
    m.state.set(COLD, 0x3000);
    assert_eq!((m.run(host), m.state.exit_value), (Leave::Trap, 1));
    m.state.set(A0, 1);
    assert_eq!((m.run(host), m.state.pc), (Leave::Indirect, 0x3000));
}

#[test]
fn a_loop_stops_at_a_safepoint() {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, at(0x1000));
    b.insn(at(0x1000), 4);
    bump(&mut b, A0, -1);
    b.insn(at(0x1004), 4);
    let count = b.get(Type::I64, A0);
    let cond = b.bin_imm(Op::Ne, Type::I64, count, 0);
    b.branch(cond, Exit::Jump { to: at(0x1000) }, Exit::Jump { to: at(0x1008) });
    let mut m = Machine::new();
    let host = m.add(&region);
    m.link(1, host);
    m.state.set(A0, 1000);
    assert_eq!((m.run(host), m.state.pc, m.state.get(A0)), (Leave::Jump, 0x1008, 0));
    m.state.set(A0, 1000);
    m.state.fuel.store(0, Relaxed);
    assert_eq!((m.run(host), m.state.pc, m.state.get(A0)), (Leave::Poll, 0x1004, 999));
}

#[test]
fn backward_jumps_and_calls_are_safepoints() {
    for exit in [
        Exit::Jump { to: at(0x1000) },
        Exit::Jump { to: at(0x800) },
        Exit::Call { to: at(0x800), ret: at(0x1004) },
    ] {
        let mut m = Machine::new();
        let host = m.add(&region(0x1000, |_| exit));
        assert_eq!(m.run(host), Leave::Jump);
        ask(&m);
        assert_eq!(m.run(host), Leave::Poll);
    }
}

/// Asks the thread to leave.
fn ask(m: &Machine) {
    m.state.poll.store(1, Relaxed);
    m.state.fuel.store(-1, Relaxed);
}

#[test]
fn jumps_back_are_counted_and_calls_are_not() {
    let call = Exit::Call { to: at(0x800), ret: at(0x1004) };
    for (exit, leave) in [(Exit::Jump { to: at(0x800) }, Leave::Poll), (call, Leave::Jump)] {
        let mut m = Machine::new();
        let host = m.add(&region(0x1000, |_| exit));
        m.state.fuel.store(0, Relaxed);
        assert_eq!(m.run(host), leave);
    }
}

#[test]
fn a_call_that_stops_at_a_safepoint_leaves_its_pair_behind() {
    let mut m = Machine::new();
    let caller = m.add(&region(0x3000, |b| {
        set(b, LINK, 0x3004);
        Exit::Call { to: at(0x2000), ret: at(0x3004) }
    }));
    let (_, callee) = pair(&mut m, 0x1004, false);
    ask(&m);
    assert_eq!((m.run(caller), m.state.pc), (Leave::Poll, 0x2000));
    assert_eq!(m.state.call_sp, m.state.call_base - 8);
    assert_eq!(m.run(callee), Leave::Jump);
    assert_eq!((m.state.pc, m.state.exit_site, m.state.get(A0)), (0x3004, 2, 1));
    assert_eq!(m.state.call_sp, m.state.call_base);
}

#[test]
fn a_forward_jump_is_no_safepoint() {
    let mut m = Machine::new();
    let host = m.add(&region(0x1000, |_| Exit::Jump { to: at(0x1004) }));
    m.state.fuel.store(0, Relaxed);
    assert_eq!(m.run(host), Leave::Jump);
}

/// A caller at 0x1000 (to return to `ret`), and a callee at 0x2000 that returns.
fn pair(m: &mut Machine, ret: u64, computed: bool) -> (u64, u64) {
    let to = at(0x2000);
    let caller = m.add(&region(0x1000, |b| {
        set(b, LINK, ret);
        if computed {
            let to = b.get(Type::I64, COLD);
            Exit::CallIndirect { to, ret: at(ret) }
        } else {
            Exit::Call { to, ret: at(ret) }
        }
    }));
    let callee = m.add(&region(0x2000, |b| {
        bump(b, A0, 1);
        let to = b.get(Type::I64, LINK);
        Exit::Return { to }
    }));
    m.state.set(COLD, 0x2000);
    (caller, callee)
}

#[test]
fn a_return_comes_back_to_its_call() {
    for ret in [0x1004, FAR] {
        let mut m = Machine::new();
        let (caller, callee) = pair(&mut m, ret, false);
        m.link(1, callee);
        assert_eq!(m.run(caller), Leave::Jump);
        assert_eq!((m.state.pc, m.state.exit_site, m.state.get(A0)), (ret, 2, 1));
        assert_eq!(m.state.call_sp, m.state.call_base);
    }
}

#[test]
fn an_unlinked_call_leaves_its_pair_behind() {
    let mut m = Machine::new();
    let (caller, callee) = pair(&mut m, 0x1004, false);
    assert_eq!(m.run(caller), Leave::Jump);
    assert_eq!((m.state.pc, m.state.exit_site), (0x2000, 1));
    assert_eq!(m.state.call_sp, m.state.call_base - 8);
    assert_eq!(m.run(callee), Leave::Jump);
    assert_eq!((m.state.pc, m.state.exit_site), (0x1004, 2));
    assert_eq!(m.state.call_sp, m.state.call_base);
}

#[test]
fn a_computed_jump_looks_in_the_neighbours_place_too() {
    for calls in [true, false] {
        let mut m = Machine::new();
        let (caller, callee) = pair(&mut m, 0x1004, calls);
        let jump = m.add(&region(0x3000, |b| {
            let to = b.get(Type::I64, COLD);
            Exit::Indirect { to }
        }));
        m.state.set(LINK, 0x1004);
        m.know_beside(0x2000, callee);
        assert_eq!(
            m.run(if calls { caller } else { jump }),
            if calls { Leave::Jump } else { Leave::Indirect }
        );
        assert_eq!(m.state.get(A0), 1);
    }
}

#[test]
fn computed_calls_pair_on_hits_and_misses() {
    for known in [true, false] {
        let mut m = Machine::new();
        let (caller, callee) = pair(&mut m, 0x1004, true);
        if known {
            m.know(0x2000, callee);
        } else {
            assert_eq!((m.run(caller), m.state.pc), (Leave::Indirect, 0x2000));
            assert_eq!(m.state.exit_site, 0);
        }
        let host = if known { caller } else { callee };
        assert_eq!(m.run(host), Leave::Jump);
        assert_eq!((m.state.pc, m.state.exit_site, m.state.get(A0)), (0x1004, 1, 1));
        assert_eq!(m.state.call_sp, m.state.call_base);
    }
}

#[test]
fn a_return_to_elsewhere_is_noticed() {
    let mut m = Machine::new();
    let (caller, _) = pair(&mut m, 0x1004, false);
    let stray = m.add(&region(0x2000, |b| {
        set(b, LINK, 0x5000);
        let to = b.get(Type::I64, LINK);
        Exit::Return { to }
    }));
    m.link(1, stray);
    assert_eq!((m.run(caller), m.state.pc), (Leave::Indirect, 0x5000));
    assert_eq!(m.state.call_sp, m.state.call_base);
    let there = m.add(&region(0x5000, |_| Exit::Syscall { next: at(0x5004) }));
    m.know(0x5000, there);
    assert_eq!((m.run(caller), m.state.pc), (Leave::Syscall, 0x5004));
}

#[test]
fn a_masked_link_register_is_still_a_return() {
    let mut m = Machine::new();
    let (caller, _) = pair(&mut m, 0x1004, false);
    let callee = m.add(&region(0x2000, |b| {
        let link = b.get(Type::I64, LINK);
        let to = b.bin_imm(Op::And, Type::I64, link, -2);
        Exit::Return { to }
    }));
    assert!(m.code.bytes.len() <= 4, "{:x?}", m.code.bytes);
    m.link(1, callee);
    assert_eq!((m.run(caller), m.state.pc), (Leave::Jump, 0x1004));
}

#[test]
fn a_return_by_another_value_is_a_computed_jump() {
    let mut m = Machine::new();
    let host = m.add(&region(0x2000, |b| {
        let to = b.get(Type::I64, LINK);
        set(b, LINK, 0x4444);
        Exit::Return { to }
    }));
    m.state.set(LINK, 0x6000);
    assert_eq!((m.run(host), m.state.pc), (Leave::Indirect, 0x6000));
    assert_eq!((m.state.get(LINK), m.state.call_sp), (0x4444, m.state.call_base));
}

#[test]
fn an_empty_call_stack_leads_to_the_link_register() {
    let mut m = Machine::new();
    let (_, callee) = pair(&mut m, 0x1004, false);
    m.state.set(LINK, 0x7000);
    for _ in 0..3 {
        assert_eq!((m.run(callee), m.state.pc), (Leave::Indirect, 0x7000));
        assert_eq!(m.state.call_sp, m.state.call_base);
    }
}

#[test]
fn recursion_unwinds() {
    let mut m = Machine::new();
    // f: if a0 == 0 return; a0 -= 1; f(); a1 += 1; return, the link register kept in memory.
    let mut head = Region::default();
    let mut b = Builder::new(&mut head, at(0x1000));
    b.insn(at(0x1000), 4);
    let n = b.get(Type::I64, A0);
    b.branch(n, Exit::Jump { to: at(0x1004) }, Exit::Jump { to: at(0x1010) });
    let head = m.add(&head);
    let push = m.add(&region(0x1004, |b| {
        let sp = b.get(Type::I64, Slot(2));
        let link = b.get(Type::I64, LINK);
        b.store(Op::St64, sp, link, 0);
        bump(b, A0, -1);
        bump(b, Slot(2), 8);
        set(b, LINK, 0x1008);
        Exit::Call { to: at(0x1000), ret: at(0x1008) }
    }));
    let pop = m.add(&region(0x1008, |b| {
        let sp = b.get(Type::I64, Slot(2));
        let link = b.load(Op::Ld64, sp, -8);
        b.set(LINK, link);
        bump(b, Slot(2), -8);
        bump(b, Slot(4), 1);
        Exit::Jump { to: at(0x1010) }
    }));
    let ret = m.add(&region(0x1010, |b| {
        let to = b.get(Type::I64, LINK);
        Exit::Return { to }
    }));
    for (site, host) in [(1, push), (2, ret), (3, head), (4, pop), (5, ret)] {
        m.link(site, host);
    }
    let mut stack = vec![0u64; 2000];
    m.state.set(A0, 1500);
    m.state.set(Slot(2), stack.as_mut_ptr() as u64);
    m.state.set(LINK, 0x9000);
    assert_eq!((m.run(head), m.state.pc, m.state.get(Slot(4))), (Leave::Indirect, 0x9000, 1500));
}

#[test]
fn leaving_says_why_and_where() {
    let cases = [
        (Exit::Syscall { next: at(FAR) }, Leave::Syscall, FAR),
        (Exit::Yield { next: at(0x44), fence: false }, Leave::Yield, 0x44),
        (Exit::Yield { next: at(0x48), fence: true }, Leave::Fence, 0x48),
        (Exit::Trap { cause: Trap::HostCall(7), pc: at(0x1000) }, Leave::Trap, 0x1000),
    ];
    for (exit, leave, pc) in cases {
        let mut m = Machine::new();
        let host = m.add(&region(0x1000, |_| exit));
        assert_eq!((m.run(host), m.state.pc), (leave, pc));
        assert!(leave != Leave::Trap || m.state.exit_value == Trap::HostCall(7).code());
    }
}

#[test]
fn computed_jumps_use_the_table() {
    let mut m = Machine::new();
    let jump = m.add(&region(0x1000, |b| {
        let to = b.get(Type::I64, COLD);
        Exit::Indirect { to }
    }));
    let there = m.add(&region(FAR, |_| Exit::Syscall { next: at(FAR + 4) }));
    m.state.set(COLD, FAR);
    assert_eq!((m.run(jump), m.state.pc), (Leave::Indirect, FAR));
    m.know(FAR, there);
    assert_eq!((m.run(jump), m.state.pc), (Leave::Syscall, FAR + 4));
    m.state.set(COLD, FAR ^ 1 << 40);
    assert_eq!((m.run(jump), m.state.pc), (Leave::Indirect, FAR ^ 1 << 40));
}

/// To the address in `slot`, as `jalr` goes there: its lowest bit does not count.
fn jump_to_even(slot: Slot) -> Region {
    region(0x1000, |b| {
        let to = b.get(Type::I64, slot);
        let to = b.bin_imm(Op::And, Type::I64, to, -2);
        Exit::Indirect { to }
    })
}

#[test]
fn computed_jumps_to_odd_addresses_go_to_the_even_ones() {
    for slot in [A0, COLD] {
        let mut m = Machine::new();
        let jump = m.add(&jump_to_even(slot));
        let there = m.add(&region(FAR, |_| Exit::Syscall { next: at(FAR + 4) }));
        m.state.set(slot, FAR + 1);
        assert_eq!((m.run(jump), m.state.pc), (Leave::Indirect, FAR), "not known");
        m.know(FAR, there);
        m.state.set(slot, FAR + 1);
        assert_eq!((m.run(jump), m.state.pc), (Leave::Indirect, FAR), "odd");
        m.state.set(slot, FAR);
        assert_eq!((m.run(jump), m.state.pc), (Leave::Syscall, FAR + 4));
    }
}

#[test]
fn host_registers_survive() {
    // The compiler keeps values of its own in the registers that homes use.
    let mut m = Machine::new();
    let host = m.add(&region(0x1000, |b| {
        (1..32).for_each(|s| set(b, Slot(s), !0));
        Exit::Jump { to: at(0x1004) }
    }));
    let kept: Vec<u64> = (0..12).map(|n| std::hint::black_box(n * 7)).collect();
    let sum: u64 = kept.iter().sum();
    assert_eq!(m.run(host), Leave::Jump);
    assert_eq!(kept.iter().sum::<u64>(), sum);
    assert!((1..32).all(|s| m.state.get(Slot(s)) == !0));
}

#[test]
fn the_pc_map_finds_each_instruction() {
    let mut r = Region::default();
    let mut b = Builder::new(&mut r, at(0x1000));
    for i in 0..3 {
        b.insn(at(0x1000 + 4 * i), 4);
        let base = b.get(Type::I64, A0);
        let v = b.load(Op::Ld64, base, i as i32 * 8);
        b.set(COLD, v);
    }
    b.exit(Exit::Jump { to: at(0x100c) });
    let mut m = Machine::new();
    m.add(&r);
    let map: Vec<_> = m.code.pc_map.iter().map(|e| e.guest).collect();
    assert_eq!(map, [0, 4, 8]);
    assert!(m.code.pc_map.is_sorted_by_key(|e| e.host));
}

#[test]
fn values_of_other_blocks_are_refused() {
    use ir::{Backend, Block, BlockCall, BlockId, Target, Term};
    let mut r = region(0x1000, |b| {
        bump(b, A0, 1);
        Exit::Jump { to: at(0x1004) }
    });
    let end = r.insts.len() as u32;
    r.blocks[0].term = Term::Go(Target::Block(BlockCall { block: BlockId(1), args: Vec::new() }));
    let set = ir::Inst {
        op: Op::Set,
        ty: Type::I64,
        aux: 9,
        args: [Value(1), Value::NONE, Value::NONE],
        imm: 0,
    };
    let exit = Term::Go(Target::Exit(Exit::Jump { to: at(0x1004) }));
    r.insts.push(set);
    r.blocks.push(Block { insts: end..end + 1, term: exit.clone() });
    let mut m = Machine::new();
    assert!(m.backend.compile(&r, &mut m.code).is_err());
    r.insts.pop();
    r.blocks[1] = Block { insts: end..end, term: exit };
    let host = m.add(&r);
    assert_eq!((m.run(host), m.state.get(A0)), (Leave::Jump, 1));
}

#[test]
fn blocks_of_a_region_jump_to_each_other() {
    use ir::{Block, BlockCall, BlockId, Target, Term};
    let to = |block| Target::Block(BlockCall { block: BlockId(block), args: Vec::new() });
    let mut r = region(0x1000, |b| {
        set(b, A0, 5);
        Exit::Jump { to: at(0x1004) }
    });
    let out = r.blocks[0].term.clone();
    let Term::Go(out) = out else { unreachable!("one exit") };
    let body = region(0x1004, |b| {
        bump(b, A0, -1);
        bump(b, COLD, 2);
        Exit::Jump { to: at(0x1008) }
    });
    let first = r.insts.len() as u32;
    r.insts.extend(body.insts.iter().map(|inst| {
        let args = inst.args.map(|v| if v == Value::NONE { v } else { Value(v.0 + first) });
        ir::Inst { args, ..*inst }
    }));
    let cond = Value(r.insts.len() as u32 - 5);
    assert_eq!(r.inst(cond).op, Op::Set);
    let cond = r.inst(cond).args[0];
    r.blocks[0].term = Term::Go(to(1));
    r.blocks.push(Block {
        insts: first..r.insts.len() as u32,
        term: Term::If { cond, then: to(1), other: out },
    });
    let mut m = Machine::new();
    let host = m.add(&r);
    assert_eq!((m.run(host), m.state.get(A0), m.state.get(COLD)), (Leave::Jump, 0, 10));
    m.state.poll.store(1, Relaxed);
    assert_eq!((m.run(host), m.state.pc, m.state.get(A0)), (Leave::Poll, 0x1004, 4));
}

#[test]
fn a_region_of_many_blocks_and_accesses_that_changes_as_many_registers_as_the_host_has_is_crowded()
{
    let changing = |registers: u8, blocks: usize, accesses: usize, insns: u32| {
        let mut region = region(0x1000, |b| {
            let base = b.get(Type::I64, Slot(5));
            for _ in 0..accesses {
                b.load(Op::Ld64, base, 0);
            }
            (0..registers).for_each(|slot| set(b, Slot(5 + slot), 1));
            (0..registers).for_each(|slot| set(b, Slot(5 + slot), 2));
            Exit::Jump { to: at(0x1004) }
        });
        let last = region.blocks[0].clone();
        region.blocks.resize(blocks, last);
        region.guest_insns = insns;
        Machine::new().backend.is_crowded(&region)
    };
    assert!(!changing(13, 9, 1, 10));
    assert!(!changing(14, 8, 1, 10));
    assert!(!changing(14, 9, 1, 11));
    assert!(changing(14, 9, 1, 10));
    assert!(changing(14, 9, 7, 63));
    assert!(!changing(14, 9, 7, 64));
    assert!(!changing(14, 20, 15, 141));
    assert!(changing(14, 21, 15, 148));
}
