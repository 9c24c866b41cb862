//! The interpreter against the walker, which runs regions straight from the definition of ops.

use guest::CpuState;
use interp::Interp;
use ir::testing::{Rng, random_region, random_state, walk};
use ir::{Arg, Builder, Exit, FpEnv, InterpCode, Interpreter, Leave, Op, Region, Type, Value};

#[repr(align(64))]
#[derive(Clone, PartialEq)]
struct Memory([u64; 512]);

/// What can be seen of a run.
#[derive(Debug, PartialEq)]
struct Seen {
    leave: Leave,
    pc: u64,
    slots: Vec<u64>,
    flags: u64,
    /// A checksum.
    memory: u64,
}

fn run(seed: u64, engine: impl FnOnce(&mut CpuState) -> Leave) -> Seen {
    thread_local!(static MEMORY: Box<Memory> = Box::new(Memory([0; 512])));
    MEMORY.with(|memory| {
        let addr = &raw const **memory as u64;
        let bytes: Vec<u8> = (0..4096u64).map(|i| (i * seed) as u8).collect();
        guest::access::copy_out(addr, &bytes).expect("our memory");
        let mut state = random_state(&mut Rng::new(seed), addr);
        let leave = engine(&mut state);
        let mut bytes = vec![0; 4096];
        guest::access::copy_in(addr, &mut bytes).expect("our memory");
        let memory =
            bytes.iter().fold(0, |sum: u64, &b| (sum ^ b as u64).wrapping_mul(0x100_0000_01b3));
        Seen { leave, pc: state.pc, slots: state.slots.to_vec(), flags: state.fp_flags, memory }
    })
}

fn interpret(region: &Region, state: &mut CpuState) -> Leave {
    let mut code = InterpCode::default();
    Interp.lower(region, &mut code);
    Interp.run(&code.words, state)
}

#[test]
fn random_regions_run_as_the_walker_runs_them() {
    for seed in 0..20_000 {
        let region = random_region(&mut Rng::new(seed));
        let want = run(seed, |state| walk(&region, state));
        let found = run(seed, |state| interpret(&region, state));
        assert_eq!(found, want, "seed {seed}\n{region}");
    }
}

#[test]
fn passes_keep_the_meaning_of_random_regions() {
    for seed in 0..10_000 {
        let region = random_region(&mut Rng::new(seed));
        let want = run(seed, |state| walk(&region, state));
        for passes in [opt::BASELINE, opt::INTERPRETED, opt::OPTIMISED] {
            let mut optimised = region.clone();
            opt::run(passes, &mut optimised);
            if std::ptr::eq(passes, opt::OPTIMISED) {
                assert_eq!(opt::normal::check(&optimised), Ok(()), "seed {seed}\n{optimised}");
            }
            let found = run(seed, |state| interpret(&optimised, state));
            assert_eq!(found, want, "seed {seed}\n{region}\nbecame\n{optimised}");
            let walked = run(seed, |state| walk(&optimised, state));
            assert_eq!(walked, want, "seed {seed}\n{region}\nbecame\n{optimised}");
        }
    }
}

/// `set r10, op(r11, r12, r13)` with raw register operands of the right types.
fn one_op(op: Op, ty: Type, aux: u16) -> Region {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, guest::GuestAddr(0x1000));
    let mut args = Vec::new();
    for (i, arg) in op.args().iter().enumerate() {
        let want = match arg {
            Arg::Own => ty,
            Arg::I64 => Type::I64,
            Arg::I32 => Type::I32,
            Arg::F64 => Type::F64,
            Arg::F32 => Type::F32,
        };
        args.push(b.push(Op::Get, want, 11 + i as u16, &[], 0));
    }
    let value: Value = b.push(op, ty, aux, &args, 0);
    b.set(guest::Slot(10), value);
    b.exit(Exit::Jump { to: guest::GuestAddr(0x2000) });
    region
}

#[test]
fn every_function_agrees_with_eval() {
    let mut rng = Rng::new(1);
    for &op in Op::ALL {
        for ty in Type::ALL {
            let known = ir::eval(op, ty, [0; 3], 0, 0, &mut FpEnv::default()).is_some();
            let region = one_op(op, ty, 0);
            if !known || op == Op::Const || ir::verify(&region).is_err() {
                continue;
            }
            let width = region.type_of(Value(op.args().len() as u32)).map_or(64, Type::bits);
            let mut code = InterpCode::default();
            Interp.lower(&region, &mut code);
            let mut state = CpuState::new();
            for _ in 0..500 {
                let args = [rng.corner(), rng.corner(), rng.corner()];
                state.slots[11..14].copy_from_slice(&args);
                state.fp_flags = 0;
                assert_eq!(Interp.run(&code.words, &mut state), Leave::Jump);
                let mut env = FpEnv::default();
                let want = ir::eval(op, ty, args, 0, 0, &mut env).expect("a function");
                let found = state.slots[10] & (u64::MAX >> (64 - width));
                let what = format!("{}.{} {args:x?}", op.text(), ty.name());
                assert_eq!((found, state.fp_flags), (want, env.flags as u64), "{what}");
            }
        }
    }
}

#[test]
fn a_region_with_more_values_than_scratch_words_runs() {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, guest::GuestAddr(0x1000));
    let x = b.get(Type::I64, guest::Slot(10));
    let values: Vec<Value> = (0..3000).map(|i| b.bin_imm(Op::Xor, Type::I64, x, i)).collect();
    let zero = b.iconst(Type::I64, 0);
    let sum = values.iter().fold(zero, |sum, &v| b.bin(Op::Add, Type::I64, sum, v));
    b.set(guest::Slot(11), sum);
    b.exit(Exit::Return { to: sum });
    let mut state = CpuState::new();
    state.slots[10] = 5;
    assert_eq!(interpret(&region, &mut state), Leave::Indirect);
    let want: u64 = (0..3000).map(|i| i ^ 5).sum();
    assert_eq!((state.slots[11], state.pc), (want, want));
}

#[test]
fn a_loop_to_the_entry_stays_inside_until_polled() {
    let mut region = Region::default();
    let entry = guest::GuestAddr(0x1000);
    let mut b = Builder::new(&mut region, entry);
    let x = b.get(Type::I64, guest::Slot(10));
    let less = b.bin_imm(Op::Sub, Type::I64, x, 1);
    b.set(guest::Slot(10), less);
    b.branch(less, Exit::Jump { to: entry }, Exit::Jump { to: guest::GuestAddr(0x1004) });
    let mut state = CpuState::new();
    state.slots[10] = 1000;
    assert_eq!(interpret(&region, &mut state), Leave::Jump);
    assert_eq!((state.slots[10], state.pc), (0, 0x1004));
    state.slots[10] = 1000;
    state.poll.store(1, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(interpret(&region, &mut state), Leave::Poll);
    assert_eq!((state.slots[10], state.pc), (999, 0x1000));
}
