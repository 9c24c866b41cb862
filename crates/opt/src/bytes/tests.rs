use guest::{GuestAddr, Slot};
use ir::{Builder, Exit, Op, Region, Type, Value};

const MEM: Slot = Slot(10);

/// The accesses that are left of a block, with their displacements.
fn left(build: impl FnOnce(&mut Builder<'_>, Value)) -> Vec<(Op, i64)> {
    let region = joined(build);
    let access = |op: Op| op.may_fault();
    region.insts.iter().filter(|i| access(i.op)).map(|i| (i.op, i.imm)).collect()
}

fn joined(build: impl FnOnce(&mut Builder<'_>, Value)) -> Region {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(0));
    b.insn(GuestAddr(0), 4);
    let base = b.get(Type::I64, MEM);
    build(&mut b, base);
    b.exit(Exit::Jump { to: GuestAddr(4) });
    crate::run(&[crate::BYTES, crate::SIMPLIFY, crate::DEAD_CODE], &mut region);
    region
}

/// A word of bytes at these places, the lowest first.
fn word(b: &mut Builder<'_>, base: Value, places: &[i32]) -> Value {
    let mut sum = b.load(Op::Ld8U, base, places[0]);
    for (i, &place) in places.iter().enumerate().skip(1) {
        let byte = b.load(Op::Ld8U, base, place);
        let byte = b.bin_imm(Op::Shl, Type::I64, byte, i as i64 * 8);
        sum = b.bin(Op::Or, Type::I64, sum, byte);
    }
    sum
}

#[test]
fn a_word_of_bytes_is_one_load() {
    let all = |places: Vec<i32>| {
        left(|b, base| {
            let sum = word(b, base, &places);
            b.set(Slot(11), sum);
        })
    };
    assert_eq!(all((8..16).collect()), [(Op::Ld64, 8)]);
    assert_eq!(all((-3..1).collect()), [(Op::Ld32U, -3)]);
    assert_eq!(all(vec![5, 6]), [(Op::Ld16U, 5)]);
    assert_eq!(all(vec![0, 1, 2]), [(Op::Ld16U, 0), (Op::Ld8U, 2)]);
}

#[test]
fn bytes_the_other_way_about_are_swapped() {
    let swapped = joined(|b, base| {
        let sum = word(b, base, &[7, 6, 5, 4]);
        (0..4).for_each(|i| {
            let byte = b.bin_imm(Op::Shr, Type::I64, base, 8 * i);
            b.store(Op::St8, base, byte, 11 - i as i32);
        });
        b.set(Slot(11), sum);
    });
    let count = |op| swapped.insts.iter().filter(|inst| inst.op == op).count();
    assert_eq!([Op::Ld32U, Op::St32, Op::Bswap].map(count), [1, 1, 2], "{swapped}");
}

#[test]
fn bytes_that_are_not_in_order_stay_bytes() {
    let mixed = left(|b, base| {
        let sum = word(b, base, &[2, 0, 3, 1]);
        b.set(Slot(11), sum);
    });
    assert_eq!(mixed.len(), 4);
}

#[test]
fn a_store_in_between_keeps_loads_apart() {
    let apart = left(|b, base| {
        let low = b.load(Op::Ld8U, base, 0);
        let other = b.get(Type::I64, Slot(12));
        b.store(Op::St8, other, low, 0);
        let high = b.load(Op::Ld8U, base, 1);
        let high = b.bin_imm(Op::Shl, Type::I64, high, 8);
        let sum = b.bin(Op::Or, Type::I64, low, high);
        b.set(Slot(11), sum);
    });
    assert_eq!(apart.len(), 3);
}

#[test]
fn bytes_are_copied_at_once() {
    let copied = left(|b, base| {
        let to = b.get(Type::I64, Slot(12));
        let order = [3, 4, 5, 6, 7, 0, 1, 2];
        let bytes = order.map(|i| b.load(Op::Ld8U, base, i));
        order.iter().zip(bytes).for_each(|(&i, byte)| b.store(Op::St8, to, byte, 16 + i));
    });
    assert_eq!(copied, [(Op::Ld64, 0), (Op::St64, 16)]);
}

#[test]
fn a_word_is_stored_at_once() {
    let stored = left(|b, base| {
        let x = b.get(Type::I64, Slot(12));
        for i in 0..4 {
            let byte = b.bin_imm(Op::Shr, Type::I64, x, i * 8);
            b.store(Op::St8, base, byte, i as i32);
        }
        let zero = b.iconst(Type::I64, 0);
        (4..8).for_each(|i| b.store(Op::St8, base, zero, i));
    });
    assert_eq!(stored, [(Op::St32, 0), (Op::St32, 4)]);
}

#[test]
fn a_load_between_stores_keeps_them_apart() {
    let stored = left(|b, base| {
        let x = b.get(Type::I64, Slot(12));
        b.store(Op::St8, base, x, 0);
        let y = b.load(Op::Ld64, x, 0);
        let byte = b.bin_imm(Op::Shr, Type::I64, x, 8);
        b.store(Op::St8, base, byte, 1);
        b.set(Slot(11), y);
    });
    assert_eq!(stored.len(), 3);
}

/// Random values of bytes of memory, put together and taken apart.
fn random(b: &mut Builder<'_>, base: Value, rng: &mut ir::testing::Rng) {
    let mut values = vec![b.get(Type::I64, Slot(12))];
    let ops = [Op::Or, Op::And, Op::Xor, Op::Shl, Op::Shr, Op::Sar, Op::Sext8, Op::Zext16];
    let loads = [Op::Ld8U, Op::Ld8S, Op::Ld16U, Op::Ld16S];
    for n in 0..60 {
        b.insn(GuestAddr(4 * n), 4);
        let value = values[rng.below(values.len() as u64) as usize];
        let last = values[values.len() - 1];
        let new = match rng.below(12) {
            0..=3 => b.load(loads[rng.below(4) as usize], base, rng.below(12) as i32),
            4 => {
                let stores = [Op::St8, Op::St16];
                b.store(stores[rng.below(2) as usize], base, value, rng.below(12) as i32);
                continue;
            }
            5 => {
                let mut places: Vec<i32> = (0..1 + rng.below(8) as i32).collect();
                if rng.once_in(2) {
                    places.reverse();
                }
                word(b, base, &places)
            }
            6 => {
                let low = b.un(Op::Trunc, Type::I32, value);
                b.un(if n & 1 == 0 { Op::Sext32 } else { Op::Zext32 }, Type::I64, low)
            }
            7 => {
                let (last, swapped) = (rng.below(8) as i64, rng.once_in(2));
                for i in 0..=last {
                    let byte = b.bin_imm(Op::Shr, Type::I64, value, i * 8);
                    b.store(Op::St8, base, byte, if swapped { last - i } else { i } as i32);
                }
                continue;
            }
            _ => match ops[rng.below(8) as usize] {
                op @ (Op::Or | Op::And | Op::Xor) => b.bin(op, Type::I64, value, last),
                op @ (Op::Shl | Op::Shr | Op::Sar) => {
                    b.bin_imm(op, Type::I64, value, rng.below(8) as i64 * 8)
                }
                op => b.un(op, Type::I64, value),
            },
        };
        values.push(new);
        if rng.once_in(4) {
            b.set(Slot(13 + rng.below(4) as u8), new);
        }
    }
    b.set(Slot(11), values[values.len() - 1]);
}

#[test]
fn what_is_joined_does_the_same() {
    let mut joined_any = 0;
    for seed in 0..3000 {
        let run = |passes: &[crate::Pass]| {
            let mut rng = ir::testing::Rng::new(seed);
            let mut region = Region::default();
            let mut b = Builder::new(&mut region, GuestAddr(0));
            b.insn(GuestAddr(0), 4);
            let base = b.get(Type::I64, MEM);
            random(&mut b, base, &mut rng);
            b.exit(Exit::Jump { to: GuestAddr(4) });
            crate::run(passes, &mut region);
            let mut memory: Vec<u8> = (0..32).map(|_| rng.word() as u8).collect();
            let slots = walk(&region, &mut memory, rng.word());
            let accesses = region.insts.iter().filter(|inst| inst.op.may_fault()).count();
            (slots, memory, accesses)
        };
        let (slots, memory, before) = run(&[]);
        let (new_slots, new_memory, after) = run(&[crate::BYTES]);
        assert_eq!((slots, memory), (new_slots, new_memory), "seed {seed}");
        joined_any += (after < before) as u32;
    }
    assert!(joined_any > 1000, "{joined_any}");
}

/// What a block leaves in the slots; `memory` lies where [`MEM`] says.
fn walk(region: &Region, memory: &mut [u8], input: u64) -> [u64; 32] {
    let mut slots = [0; 32];
    slots[12] = input;
    let mut values = vec![0u64; region.insts.len()];
    for (i, inst) in region.insts.iter().enumerate() {
        let arg = |n: usize| values[inst.args[n].index()];
        let bytes = match inst.op {
            Op::Ld8U | Op::Ld8S | Op::St8 => 1,
            Op::Ld16U | Op::Ld16S | Op::St16 => 2,
            Op::Ld32U | Op::Ld32S | Op::St32 => 4,
            _ => 8,
        };
        let at = inst.imm as usize;
        values[i] = match inst.op {
            Op::Get => slots[inst.aux as usize],
            Op::Set => {
                slots[inst.aux as usize] = arg(0);
                0
            }
            Op::Insn => 0,
            Op::St8 | Op::St16 | Op::St32 | Op::St64 => {
                memory[at..at + bytes].copy_from_slice(&arg(1).to_le_bytes()[..bytes]);
                0
            }
            op if op.may_fault() => {
                let mut word = [0; 8];
                word[..bytes].copy_from_slice(&memory[at..at + bytes]);
                let unused = 64 - 8 * bytes as u32;
                let word = i64::from_le_bytes(word) << unused;
                let signed = matches!(op, Op::Ld8S | Op::Ld16S | Op::Ld32S);
                (if signed { word >> unused } else { (word as u64 >> unused) as i64 }) as u64
            }
            _ => {
                let args = [0, 1, 2].map(|n| match inst.args[n] {
                    Value::NONE => 0,
                    value => values[value.index()],
                });
                let mut env = ir::FpEnv::default();
                ir::eval(inst.op, inst.ty, args, inst.imm, inst.aux, &mut env).expect("it is pure")
            }
        };
    }
    slots
}
