//! How fast the interpreter is: `cargo test --release -p metic-interp --test speed -- --ignored
//! --nocapture`.

use std::time::Instant;

use guest::{CpuState, GuestAddr, Slot};
use interp::Interp;
use ir::{Builder, Exit, InterpCode, Interpreter, Leave, Op, Region, Type, Value};

const ENTRY: u64 = 0x10000;

/// The inner loop of a matrix product with bit extraction, 13 guest instructions.
fn matrix_loop() -> Region {
    let mut region = Region::default();
    let mut b = Builder::new(&mut region, GuestAddr(ENTRY));
    let mut pc = ENTRY;
    let mut next = |b: &mut Builder<'_>| {
        b.insn(GuestAddr(pc), 4);
        pc += 4;
    };
    let [sum, left, right, count, x, y, stride] = [10, 11, 12, 13, 14, 15, 16].map(Slot);
    let word = |b: &mut Builder<'_>, op, to, p: Slot, q: Value| {
        let p = b.get(Type::I64, p);
        let p = b.un(Op::Trunc, Type::I32, p);
        let r = b.bin(op, Type::I32, p, q);
        let r = b.un(Op::Sext32, Type::I64, r);
        b.set(to, r);
    };
    let wide = |b: &mut Builder<'_>, op, to, p: Slot, imm| {
        let p = b.get(Type::I64, p);
        let r = b.bin_imm(op, Type::I64, p, imm);
        b.set(to, r);
    };
    for (to, from) in [(x, left), (y, right)] {
        next(&mut b);
        let base = b.get(Type::I64, from);
        let loaded = b.load(Op::Ld16S, base, 0);
        b.set(to, loaded);
    }
    next(&mut b);
    wide(&mut b, Op::Add, left, left, 2);
    next(&mut b);
    let (p, q) = (b.get(Type::I64, right), b.get(Type::I64, stride));
    let r = b.bin(Op::Add, Type::I64, p, q);
    b.set(right, r);
    next(&mut b);
    let q = b.get(Type::I64, y);
    let q = b.un(Op::Trunc, Type::I32, q);
    word(&mut b, Op::Mul, x, x, q);
    next(&mut b);
    let two = b.iconst(Type::I32, 2);
    word(&mut b, Op::Sar, y, x, two);
    next(&mut b);
    wide(&mut b, Op::And, y, y, 15);
    next(&mut b);
    let five = b.iconst(Type::I32, 5);
    word(&mut b, Op::Sar, x, x, five);
    next(&mut b);
    wide(&mut b, Op::And, x, x, 127);
    next(&mut b);
    let q = b.get(Type::I64, y);
    let q = b.un(Op::Trunc, Type::I32, q);
    word(&mut b, Op::Mul, x, x, q);
    next(&mut b);
    let q = b.get(Type::I64, x);
    let q = b.un(Op::Trunc, Type::I32, q);
    word(&mut b, Op::Add, sum, sum, q);
    next(&mut b);
    wide(&mut b, Op::Add, count, count, -1);
    next(&mut b);
    let (count, zero) = (b.get(Type::I64, count), b.iconst(Type::I64, 0));
    let go_on = b.bin(Op::Ne, Type::I64, count, zero);
    let (again, out) = (GuestAddr(ENTRY), GuestAddr(pc));
    b.branch(go_on, Exit::Jump { to: again }, Exit::Jump { to: out });
    region
}

#[test]
#[ignore = "a measurement"]
fn guest_instructions_per_second() {
    const ROUNDS: u64 = 20_000_000;
    let region = matrix_loop();
    let mut code = InterpCode::default();
    Interp.lower(&region, &mut code);
    println!(
        "{} guest instructions, {} interpreter's",
        region.guest_insns,
        code.words.len() / 2 - 1
    );
    let mut state = CpuState::new();
    let memory = [3u16; 64];
    let mut best = f64::MAX;
    for _ in 0..5 {
        state.set(Slot(13), ROUNDS);
        // Stay in place: the addresses move by 2 and by the stride, both wrap in a page.
        state.set(Slot(11), memory.as_ptr() as u64);
        state.set(Slot(12), memory.as_ptr() as u64);
        state.set(Slot(16), 0);
        let mut left = ROUNDS;
        let start = Instant::now();
        while left > 0 {
            let rounds = left.min(32);
            state.set(Slot(13), rounds);
            state.set(Slot(11), memory.as_ptr() as u64);
            assert_eq!(Interp.run(&code.words, &mut state), Leave::Jump);
            left -= rounds;
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    let insns = ROUNDS * region.guest_insns as u64;
    println!("{:.0} M guest instructions/s", insns as f64 / best / 1e6);

    let start = Instant::now();
    for _ in 0..100_000 {
        Interp.lower(&region, &mut code);
    }
    let insns = 100_000 * region.guest_insns as u64;
    println!(
        "lowering: {:.0} ns a guest instruction",
        start.elapsed().as_secs_f64() * 1e9 / insns as f64
    );

    println!("{} IR instructions", region.insts.len());
    time_per_insn("cloning", &region, |_| ());
    for pass in opt::INTERPRETED {
        time_per_insn(pass.name, &region, pass.run);
    }
}

fn time_per_insn(what: &str, region: &Region, run: fn(&mut Region)) {
    const ROUNDS: u32 = 200_000;
    let mut work = Region::default();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        work.clone_from(region);
        run(&mut work);
    }
    let insns = (ROUNDS * region.guest_insns) as f64;
    println!("{what}: {:.1} ns a guest instruction", start.elapsed().as_secs_f64() * 1e9 / insns);
}
