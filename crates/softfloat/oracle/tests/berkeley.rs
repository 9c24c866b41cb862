//! Results and flags against Berkeley SoftFloat 3 in its RISC-V specialisation.

#[path = "../../tests/common/mod.rs"]
mod common;

use common::{Rng, cases, specials};
use softfloat::{Env, Flags, Format, Int, Round};
use softfloat_sys as berkeley;

/// What an operation gives: the result and the flags.
type Outcome = (u64, u8);

fn ours(round: Round, op: impl FnOnce(&mut Env) -> u64) -> Outcome {
    let mut env = Env::new(round);
    let result = op(&mut env);
    (result, env.flags.0)
}

fn ours_flags(op: impl FnOnce(&mut Flags) -> bool) -> Outcome {
    let mut flags = Flags::NONE;
    let result = op(&mut flags);
    (u64::from(result), flags.0)
}

/// Runs an operation of the oracle; its rounding mode and flags are thread-local.
fn theirs(round: Round, op: impl FnOnce() -> u64) -> Outcome {
    // SAFETY: the helpers only access thread-local bytes.
    unsafe {
        berkeley::softfloat_roundingMode_write_helper(round as u8);
        berkeley::softfloat_exceptionFlags_write_helper(0);
    }
    let result = op();
    // SAFETY: as above.
    (result, unsafe { berkeley::softfloat_exceptionFlags_read_helper() })
}

/// A function of the oracle on two operands.
type Reference = fn(u64, u64) -> u64;

/// The oracle's functions for one format, on raw bits.
struct Oracle {
    format: Format,
    add: Reference,
    sub: Reference,
    mul: Reference,
    div: Reference,
    eq: Reference,
    lt: Reference,
    le: Reference,
    ltq: Reference,
    leq: Reference,
    fma: fn(u64, u64, u64) -> u64,
    sqrt: fn(u64) -> u64,
    round: fn(u64, u8, bool) -> u64,
    to_int: fn(u64, Int, u8) -> u64,
    from_int: fn(u64, Int) -> u64,
    convert: fn(u64, Format) -> u64,
}

// SAFETY (of the macro's blocks): the oracle's functions take and return plain values and touch
// thread-local state alone.
macro_rules! oracle {
    ($format:expr, $ty:ident, $bits:ty, $add:ident $sub:ident $mul:ident $div:ident $eq:ident
     $lt:ident $le:ident $ltq:ident $leq:ident $fma:ident $sqrt:ident $round:ident,
     $i32:ident $u32:ident $i64:ident $u64:ident,
     $from_i32:ident $from_u32:ident $from_i64:ident $from_u64:ident,
     $($to:ident => $convert:ident),*) => {{
        fn float(a: u64) -> berkeley::$ty {
            berkeley::$ty { v: a as $bits }
        }
        Oracle {
            format: $format,
            add: |a, b| u64::from(unsafe { berkeley::$add(float(a), float(b)) }.v),
            sub: |a, b| u64::from(unsafe { berkeley::$sub(float(a), float(b)) }.v),
            mul: |a, b| u64::from(unsafe { berkeley::$mul(float(a), float(b)) }.v),
            div: |a, b| u64::from(unsafe { berkeley::$div(float(a), float(b)) }.v),
            eq: |a, b| u64::from(unsafe { berkeley::$eq(float(a), float(b)) }),
            lt: |a, b| u64::from(unsafe { berkeley::$lt(float(a), float(b)) }),
            le: |a, b| u64::from(unsafe { berkeley::$le(float(a), float(b)) }),
            ltq: |a, b| u64::from(unsafe { berkeley::$ltq(float(a), float(b)) }),
            leq: |a, b| u64::from(unsafe { berkeley::$leq(float(a), float(b)) }),
            fma: |a, b, c| u64::from(unsafe { berkeley::$fma(float(a), float(b), float(c)) }.v),
            sqrt: |a| u64::from(unsafe { berkeley::$sqrt(float(a)) }.v),
            round: |a, mode, exact| {
                u64::from(unsafe { berkeley::$round(float(a), mode, exact) }.v)
            },
            to_int: |a, to, mode| unsafe {
                match to {
                    Int::I32 => berkeley::$i32(float(a), mode, true) as i32 as u64,
                    Int::U32 => berkeley::$u32(float(a), mode, true) as i32 as u64,
                    Int::I64 => berkeley::$i64(float(a), mode, true) as u64,
                    Int::U64 => berkeley::$u64(float(a), mode, true) as u64,
                }
            },
            from_int: |a, from| u64::from(unsafe {
                match from {
                    Int::I32 => berkeley::$from_i32(a as i32),
                    Int::U32 => berkeley::$from_u32(a as u32),
                    Int::I64 => berkeley::$from_i64(a as i64),
                    Int::U64 => berkeley::$from_u64(a),
                }
            }.v),
            convert: |a, to| match to {
                $(Format::$to => u64::from(unsafe { berkeley::$convert(float(a)) }.v),)*
                same => unreachable!("no conversion from {same:?} to itself"),
            },
        }
    }};
}

fn oracle(format: Format) -> Oracle {
    match format {
        Format::F16 => oracle!(format, float16_t, u16,
            f16_add f16_sub f16_mul f16_div f16_eq f16_lt f16_le f16_lt_quiet f16_le_quiet
            f16_mulAdd f16_sqrt f16_roundToInt,
            f16_to_i32 f16_to_ui32 f16_to_i64 f16_to_ui64,
            i32_to_f16 ui32_to_f16 i64_to_f16 ui64_to_f16,
            F32 => f16_to_f32, F64 => f16_to_f64),
        Format::F32 => oracle!(format, float32_t, u32,
            f32_add f32_sub f32_mul f32_div f32_eq f32_lt f32_le f32_lt_quiet f32_le_quiet
            f32_mulAdd f32_sqrt f32_roundToInt,
            f32_to_i32 f32_to_ui32 f32_to_i64 f32_to_ui64,
            i32_to_f32 ui32_to_f32 i64_to_f32 ui64_to_f32,
            F16 => f32_to_f16, F64 => f32_to_f64),
        Format::F64 => oracle!(format, float64_t, u64,
            f64_add f64_sub f64_mul f64_div f64_eq f64_lt f64_le f64_lt_quiet f64_le_quiet
            f64_mulAdd f64_sqrt f64_roundToInt,
            f64_to_i32 f64_to_ui32 f64_to_i64 f64_to_ui64,
            i32_to_f64 ui32_to_f64 i64_to_f64 ui64_to_f64,
            F16 => f64_to_f16, F32 => f64_to_f32),
    }
}

impl Oracle {
    fn check_binary(&self, a: u64, b: u64) {
        let f = self.format;
        type Op = fn(Format, u64, u64, &mut Env) -> u64;
        let ops: [(&str, Op, Reference); 4] = [
            ("add", softfloat::add, self.add),
            ("sub", softfloat::sub, self.sub),
            ("mul", softfloat::mul, self.mul),
            ("div", softfloat::div, self.div),
        ];
        for (name, op, reference) in ops {
            for round in Round::ALL {
                let got = ours(round, |env| op(f, a, b, env));
                let want = theirs(round, || reference(a, b));
                assert_eq!(got, want, "{f:?} {name} {round:?} {a:#x} {b:#x}");
            }
        }
    }

    fn check_compare(&self, a: u64, b: u64) {
        let f = self.format;
        type Op = fn(Format, u64, u64, &mut Flags) -> bool;
        let ops: [(&str, Op, Reference); 5] = [
            ("eq", softfloat::eq, self.eq),
            ("lt", softfloat::lt, self.lt),
            ("le", softfloat::le, self.le),
            ("ltq", softfloat::ltq, self.ltq),
            ("leq", softfloat::leq, self.leq),
        ];
        for (name, op, reference) in ops {
            let got = ours_flags(|flags| op(f, a, b, flags));
            let want = theirs(Round::Rne, || reference(a, b));
            assert_eq!(got, want, "{f:?} {name} {a:#x} {b:#x}");
        }
    }

    fn check_fma(&self, a: u64, b: u64, c: u64) {
        let f = self.format;
        for round in Round::ALL {
            let got = ours(round, |env| softfloat::fma(f, a, b, c, env));
            let want = theirs(round, || (self.fma)(a, b, c));
            assert_eq!(got, want, "{f:?} fma {round:?} {a:#x} {b:#x} {c:#x}");
        }
    }

    fn check_unary(&self, a: u64) {
        for round in Round::ALL {
            self.check_root_and_rounding(a, round);
            self.check_conversions(a, round);
        }
    }

    fn check_root_and_rounding(&self, a: u64, round: Round) {
        let f = self.format;
        let got = ours(round, |env| softfloat::sqrt(f, a, env));
        let want = theirs(round, || (self.sqrt)(a));
        assert_eq!(got, want, "{f:?} sqrt {round:?} {a:#x}");
        let got = ours(round, |env| softfloat::round_to_int(f, a, env));
        let want = theirs(round, || (self.round)(a, round as u8, false));
        assert_eq!(got, want, "{f:?} fround {round:?} {a:#x}");
        let got = ours(round, |env| softfloat::round_to_int_exact(f, a, env));
        let want = theirs(round, || (self.round)(a, round as u8, true));
        assert_eq!(got, want, "{f:?} froundnx {round:?} {a:#x}");
    }

    fn check_conversions(&self, a: u64, round: Round) {
        let f = self.format;
        for to in Int::ALL {
            let got = ours(round, |env| softfloat::to_int(f, a, to, env));
            let want = theirs(round, || (self.to_int)(a, to, round as u8));
            assert_eq!(got, want, "{f:?} to {to:?} {round:?} {a:#x}");
        }
        for to in Format::ALL.into_iter().filter(|&to| to != f) {
            let got = ours(round, |env| softfloat::convert(f, to, a, env));
            let want = theirs(round, || (self.convert)(a, to));
            assert_eq!(got, want, "{f:?} to {to:?} {round:?} {a:#x}");
        }
    }

    fn check_from_int(&self, a: u64) {
        let f = self.format;
        for round in Round::ALL {
            for from in Int::ALL {
                let got = ours(round, |env| softfloat::from_int(f, a, from, env));
                let want = theirs(round, || (self.from_int)(a, from));
                assert_eq!(got, want, "{from:?} to {f:?} {round:?} {a:#x}");
            }
        }
    }
}

#[test]
fn binary_operations_on_special_pairs() {
    for oracle in Format::ALL.map(oracle) {
        for a in specials(oracle.format) {
            for b in specials(oracle.format) {
                oracle.check_binary(a, b);
                oracle.check_compare(a, b);
            }
        }
    }
}

#[test]
fn binary_operations_on_random_pairs() {
    let mut rng = Rng(1);
    for oracle in Format::ALL.map(oracle) {
        for _ in 0..cases(500_000) {
            let (a, b) = (rng.operand(oracle.format), rng.operand(oracle.format));
            oracle.check_binary(a, b);
            oracle.check_compare(a, b);
        }
    }
}

#[test]
fn binary_operations_on_neighbours() {
    let mut rng = Rng(2);
    for oracle in Format::ALL.map(oracle) {
        let f = oracle.format;
        for _ in 0..cases(200_000) {
            let a = rng.operand(f);
            let b = a.wrapping_add(rng.below(9)).wrapping_sub(4) ^ rng.bits() & f.sign_bit();
            let far = b.wrapping_add(rng.below(4) << f.frac_bits());
            oracle.check_binary(a, b & f.mask());
            oracle.check_compare(a, b & f.mask());
            oracle.check_binary(a, far & f.mask());
        }
    }
}

#[test]
fn half_precision_with_every_left_operand() {
    let oracle = oracle(Format::F16);
    let mut rng = Rng(3);
    for a in 0..=0xffff {
        for _ in 0..cases(32) {
            let b = rng.operand(Format::F16);
            oracle.check_binary(a, b);
            oracle.check_compare(a, b);
        }
    }
}

#[test]
fn fma_on_special_triples() {
    for oracle in Format::ALL.map(oracle) {
        let all = specials(oracle.format);
        let step = if cfg!(debug_assertions) { 3 } else { 1 };
        for &a in all.iter().step_by(step) {
            for &b in all.iter().step_by(step) {
                for &c in &all {
                    oracle.check_fma(a, b, c);
                }
            }
        }
    }
}

#[test]
fn fma_on_random_triples() {
    let mut rng = Rng(4);
    for oracle in Format::ALL.map(oracle) {
        let f = oracle.format;
        for _ in 0..cases(1_000_000) {
            oracle.check_fma(rng.operand(f), rng.operand(f), rng.operand(f));
        }
    }
}

#[test]
fn fma_when_the_addend_cancels_the_product() {
    let mut rng = Rng(5);
    for oracle in Format::ALL.map(oracle) {
        let f = oracle.format;
        for _ in 0..cases(500_000) {
            let (a, b) = (rng.operand(f), rng.operand(f));
            let mut env = Env::new(Round::Rne);
            let product = softfloat::mul(f, a, b, &mut env) ^ f.sign_bit();
            let nudge = rng.below(5).wrapping_sub(2) << (rng.below(2) * u64::from(f.frac_bits()));
            oracle.check_fma(a, b, product);
            oracle.check_fma(a, b, product.wrapping_add(nudge) & f.mask());
        }
    }
}

#[test]
fn unary_operations_on_every_half() {
    let oracle = oracle(Format::F16);
    for a in 0..=0xffff {
        oracle.check_unary(a);
    }
}

#[test]
fn unary_operations_on_random_operands() {
    let mut rng = Rng(6);
    for oracle in [Format::F32, Format::F64].map(oracle) {
        let f = oracle.format;
        for a in specials(f) {
            oracle.check_unary(a);
        }
        for _ in 0..cases(1_000_000) {
            oracle.check_unary(rng.operand(f));
        }
    }
}

#[test]
fn conversions_near_halves_of_integers_and_narrower_formats() {
    let mut rng = Rng(7);
    for oracle in [Format::F32, Format::F64].map(oracle) {
        let f = oracle.format;
        for _ in 0..cases(300_000) {
            let mut env = Env::new(Round::Rne);
            let integer = softfloat::from_int(f, rng.integer(), Int::I64, &mut env);
            let halved = integer.wrapping_sub(rng.below(2) << f.frac_bits());
            let near = halved.wrapping_add(rng.below(3)).wrapping_sub(1);
            oracle.check_unary(near & f.mask());
            let narrow = rng.operand(Format::F16);
            let wide = softfloat::convert(Format::F16, f, narrow, &mut env);
            let halfway = wide | 1 << (f.frac_bits() - 11);
            oracle.check_unary(halfway.wrapping_add(rng.below(3)).wrapping_sub(1) & f.mask());
        }
    }
}

#[test]
fn conversions_from_integers() {
    let mut rng = Rng(8);
    for oracle in Format::ALL.map(oracle) {
        for _ in 0..cases(500_000) {
            oracle.check_from_int(rng.integer());
        }
    }
}
