use std::collections::BTreeMap;

use guest::{GuestAddr, Slot};
use ir::{Builder, Exit, Op, Region, Type};

use super::{Limits, Source, form};

const A0: Slot = Slot(10);
const RA: Slot = Slot(1);

/// What a block of one instruction per 4 bytes ends with, by its address.
type Ends = BTreeMap<u64, End>;

#[derive(Clone, Copy)]
enum End {
    /// On to the next instruction.
    Next,
    Jump(u64),
    /// If register 10 is not 0, else on.
    If(u64),
    Call(u64),
    Return,
    Atomic,
    /// To register 10, its lowest bit aside.
    Computed,
    /// The same as a call.
    ComputedCall,
}

/// Code, and where its computed jumps and calls are likely to lead.
struct Program(Ends, &'static [u64]);

fn at(pc: u64) -> GuestAddr {
    GuestAddr(pc)
}

impl Source for Program {
    fn lift(&mut self, pc: GuestAddr, max_insns: u32, out: &mut Region) {
        let mut b = Builder::new(out, pc);
        let mut here = pc.0;
        loop {
            b.insn(at(here), 4);
            let (end, next) = (self.0.get(&here).copied().unwrap_or(End::Next), at(here + 4));
            here = next.0;
            match end {
                End::Next => {
                    let value = b.get(Type::I64, A0);
                    let value = b.bin_imm(Op::Add, Type::I64, value, 1);
                    b.set(A0, value);
                }
                End::Atomic => {
                    let value = b.get(Type::I64, A0);
                    b.push(Op::AmoAdd, Type::I64, 8, &[value, value], 0);
                }
                End::Jump(to) => {
                    b.covers(pc, next);
                    return b.exit(Exit::Jump { to: at(to) });
                }
                End::If(to) => {
                    let cond = b.get(Type::I64, A0);
                    b.covers(pc, next);
                    return b.branch(cond, Exit::Jump { to: at(to) }, Exit::Jump { to: next });
                }
                End::Call(to) => {
                    let link = b.iconst(Type::I64, next.0 as i64);
                    b.set(RA, link);
                    b.covers(pc, next);
                    return b.exit(Exit::Call { to: at(to), ret: next });
                }
                End::Computed | End::ComputedCall => {
                    let to = b.get(Type::I64, A0);
                    let to = b.bin_imm(Op::And, Type::I64, to, -2);
                    b.covers(pc, next);
                    if matches!(end, End::Computed) {
                        return b.exit(Exit::Indirect { to });
                    }
                    let link = b.iconst(Type::I64, next.0 as i64);
                    b.set(RA, link);
                    return b.exit(Exit::CallIndirect { to, ret: next });
                }
                End::Return => {
                    let to = b.get(Type::I64, RA);
                    b.covers(pc, next);
                    return b.exit(Exit::Return { to });
                }
            }
            if b.guest_insns() == max_insns {
                b.covers(pc, next);
                return b.exit(Exit::Jump { to: next });
            }
        }
    }

    fn has_run(&self, pc: GuestAddr) -> bool {
        pc.0 < 0x9000
    }
    fn goes_on(&self, _from: GuestAddr, to: GuestAddr) -> bool {
        to.0 < 0xa000
    }
    fn likely(&mut self, _: GuestAddr) -> Vec<GuestAddr> {
        self.1.iter().copied().map(at).collect()
    }
}

/// The loop at `entry`: the guest instructions in it, and the region, optimised.
fn formed(entry: u64, ends: &[(u64, End)]) -> Option<(Vec<u64>, Region)> {
    formed_by(entry, ends, &[])
}

/// The same, with what is likely of computed jumps.
fn formed_by(
    entry: u64,
    ends: &[(u64, End)],
    likely: &'static [u64],
) -> Option<(Vec<u64>, Region)> {
    let mut program = Program(ends.iter().copied().collect(), likely);
    let mut region = form(at(entry), &mut program, Limits::default())?;
    assert_eq!(ir::verify(&region), Ok(()), "{region}");
    let marks = region.insts.iter().filter(|inst| inst.op == Op::Insn);
    let mut insns: Vec<u64> = marks.map(|inst| inst.imm as u64).collect();
    insns.sort_unstable();
    crate::run(crate::OPTIMISED, &mut region);
    assert_eq!(crate::normal::check(&region), Ok(()), "{region}");
    Some((insns, region))
}

#[test]
fn a_loop_leaves_out_what_does_not_come_back() {
    let ends = [(0x1008, End::If(0x1000)), (0x1014, End::Jump(0x5000)), (0x5000, End::Return)];
    let (insns, _) = formed(0x1000, &ends).unwrap();
    assert_eq!(insns, [0x1000, 0x1004, 0x1008]);
}

#[test]
fn what_does_not_come_back_is_no_region() {
    let ends = [(0x1004, End::If(0x1010)), (0x100c, End::Return), (0x1010, End::Return)];
    assert!(formed(0x1000, &ends).is_none());
}

#[test]
fn no_guest_instruction_is_there_twice() {
    // The way around 0x1008 joins in the middle of what follows.
    let ends = [(0x1004, End::If(0x100c)), (0x1010, End::If(0x1000))];
    let (insns, _) = formed(0x1000, &ends).unwrap();
    assert_eq!(insns, [0x1000, 0x1004, 0x1008, 0x100c, 0x1010]);
}

#[test]
fn what_never_ran_stays_outside() {
    let ends = [(0x1000, End::If(0x9000)), (0x1004, End::If(0x1000)), (0x9000, End::Jump(0x1000))];
    let (insns, region) = formed(0x1000, &ends).unwrap();
    assert_eq!(insns, [0x1000, 0x1004]);
    assert!(region.to_string().contains("-> jump 0x9000"), "{region}");
}

#[test]
fn what_is_compiled_with_the_block_before_it_is_inside_though_it_may_not_have_run() {
    let ends = [(0x8ffc, End::If(0xb000)), (0x9004, End::If(0x8ff8))];
    let (insns, _) = formed(0x8ff8, &ends).unwrap();
    assert_eq!(insns, [0x8ff8, 0x8ffc, 0x9000, 0x9004]);
    // A branch back ends its block.
    let ends = [(0x8ffc, End::If(0x8ff8)), (0x9004, End::Jump(0x8ff8))];
    assert_eq!(formed(0x8ff8, &ends).unwrap().0, [0x8ff8, 0x8ffc]);
}

#[test]
fn a_small_function_is_taken_in_and_its_return_is_known() {
    let ends = [(0x1000, End::Call(0x3000)), (0x1008, End::If(0x1000)), (0x3004, End::Return)];
    let (insns, region) = formed(0x1000, &ends).unwrap();
    assert_eq!(insns, [0x1000, 0x1004, 0x1008, 0x3000, 0x3004]);
    let text = region.to_string();
    assert!(!text.contains("indirect") && !text.contains("call"), "{text}");
    assert_eq!(region.more, std::slice::from_ref(&(0x3000..0x3008)));
}

#[test]
fn a_way_out_of_a_function_that_was_taken_in_is_a_call() {
    let ends = [
        (0x1000, End::Call(0x3000)),
        (0x1004, End::If(0x1000)),
        (0x3000, End::If(0x9000)),
        (0x3004, End::Return),
    ];
    let (_, region) = formed(0x1000, &ends).unwrap();
    assert!(region.to_string().contains("call 0x9000 ret 0x1004"), "{region}");
}

/// A loop with a call of a function that calls `inner`, which calls 0x5000.
fn nested(inner: u64) -> [(u64, End); 9] {
    [
        (0x1000, End::If(0x1010)),
        (0x1008, End::If(0x1000)),
        (0x1010, End::Call(0x3000)),
        (0x1014, End::If(0x1000)),
        (0x3000, End::Call(inner)),
        (0x3004, End::Return),
        (0x4000, End::Call(0x5000)),
        (0x4004, End::Return),
        (0x5000, End::Return),
    ]
}

#[test]
fn functions_are_taken_in_two_deep() {
    let (insns, region) = formed(0x1000, &nested(0x5000)).unwrap();
    let (outer, within) =
        ([0x1000, 0x1004, 0x1008, 0x100c, 0x1010, 0x1014], [0x3000, 0x3004, 0x5000]);
    assert_eq!(insns, [&outer[..], &within[..]].concat());
    let text = region.to_string();
    assert!(!text.contains("call"), "{text}");
}

#[test]
fn a_function_that_calls_deeper_is_not_taken_in() {
    for inner in [0x4000, 0x3000] {
        let (insns, _) = formed(0x1000, &nested(inner)).unwrap();
        assert_eq!(insns, [0x1000, 0x1004, 0x1008], "{inner:#x}");
    }
}

#[test]
fn atomic_accesses_end_a_region() {
    let ends = [(0x1004, End::If(0x1000)), (0x1008, End::Atomic), (0x100c, End::If(0x1000))];
    let (insns, _) = formed(0x1000, &ends).unwrap();
    assert_eq!(insns, [0x1000, 0x1004]);
    assert!(formed(0x1008, &ends).is_none());
}

#[test]
fn a_function_that_is_too_long_is_not_taken_in() {
    let ends = |last: u64| {
        [
            (0x1000, End::If(0x1010)),
            (0x1008, End::If(0x1000)),
            (0x1010, End::Call(0x3000)),
            (0x1014, End::Jump(0x1000)),
            (last, End::Return),
        ]
    };
    let length = |last| formed(0x1000, &ends(last)).unwrap().0.len();
    assert_eq!(length(0x3000 + 39 * 4), 6 + 40);
    assert_eq!(length(0x3000 + 40 * 4), 3);
}

#[test]
fn what_several_blocks_of_a_function_hold_counts_once() {
    let ends = [
        (0x1000, End::If(0x1010)),
        (0x1008, End::If(0x1000)),
        (0x1010, End::Call(0x3000)),
        (0x1014, End::Jump(0x1000)),
        (0x3000 + 28 * 4, End::If(0x3004)),
        (0x3000 + 29 * 4, End::Return),
    ];
    assert_eq!(formed(0x1000, &ends).unwrap().0.len(), 6 + 30);
}

/// A loop with a computed jump; 0x3000 and 0x4000 lead back to its head.
const JUMPS: [(u64, End); 3] =
    [(0x1004, End::Computed), (0x3004, End::Jump(0x1000)), (0x4004, End::Jump(0x1000))];

#[test]
fn a_computed_jump_goes_on_where_it_is_likely_to_lead() {
    assert!(formed(0x1000, &JUMPS).is_none());
    let (insns, region) = formed_by(0x1000, &JUMPS, &[0x4000, 0x3000, 0x9000]).unwrap();
    assert_eq!(insns, [0x1000, 0x1004, 0x3000, 0x3004, 0x4000, 0x4004]);
    let text = region.to_string();
    let [first, second] = ["0x4000", "0x3000"].map(|key| text.find(&format!("const.i64 {key}")));
    assert!(first.is_some() && first < second, "{text}");
    assert!(text.contains("-> indirect") && !text.contains("0x9000"), "{text}");
}

#[test]
fn far_addresses_are_compared_by_their_distance() {
    let ends: Vec<(u64, End)> = vec![
        (0x10_0000_1000, End::Computed),
        (0x10_0000_3000, End::Jump(0x10_0000_1000)),
        (0x10_0000_4000, End::Jump(0x10_0000_1000)),
    ];
    let program = Program(ends.into_iter().collect(), &[0x10_0000_4000, 0x10_0000_3000]);
    let region = form(at(0x10_0000_1000), &mut Far(program), Limits::default()).unwrap();
    let text = region.to_string();
    assert!(text.contains("sub.i64") && text.contains("const.i64 -0x1000"), "{text}");
}

/// Code at any address has run.
struct Far(Program);

impl Source for Far {
    fn lift(&mut self, pc: GuestAddr, max_insns: u32, out: &mut Region) {
        self.0.lift(pc, max_insns, out);
    }
    fn has_run(&self, _: GuestAddr) -> bool {
        true
    }
    fn goes_on(&self, _from: GuestAddr, _to: GuestAddr) -> bool {
        true
    }
    fn likely(&mut self, jump: GuestAddr) -> Vec<GuestAddr> {
        self.0.likely(jump)
    }
}

#[test]
fn a_computed_call_takes_small_functions_in() {
    let ends = [
        (0x1004, End::ComputedCall),
        (0x100c, End::If(0x1000)),
        (0x3004, End::Return),
        (0x4004, End::Computed),
    ];
    let (insns, region) = formed_by(0x1000, &ends, &[0x3000, 0x4000]).unwrap();
    assert_eq!(insns, [0x1000, 0x1004, 0x1008, 0x100c, 0x3000, 0x3004]);
    let text = region.to_string();
    assert!(text.contains("-> callind "), "{text}");
    assert!(formed(0x1000, &ends).is_none());
}
