//! Results against the host's own arithmetic, which rounds to nearest even.

mod common;

use common::{Rng, cases};
use softfloat::{Env, Flags, Format, Int};

/// `bits`, or the canonical NaN in place of any NaN.
fn canonical(f: Format, bits: u64) -> u64 {
    if f.is_nan(bits) { f.canonical_nan() } else { bits }
}

macro_rules! agrees_with_host {
    ($test:ident, $format:expr, $float:ty, $bits:ty, $seed:expr) => {
        #[test]
        fn $test() {
            let f = $format;
            let mut rng = Rng($seed);
            let float = |a: u64| <$float>::from_bits(a as $bits);
            let bits = |x: $float| canonical(f, u64::from(x.to_bits()));
            for _ in 0..cases(1_000_000) {
                let (a, b, c) = (rng.operand(f), rng.operand(f), rng.operand(f));
                let (x, y, z) = (float(a), float(b), float(c));
                let at = format_args!("{a:#x} {b:#x} {c:#x}").to_string();
                let env = &mut Env::default();
                assert_eq!(softfloat::add(f, a, b, env), bits(x + y), "add {at}");
                assert_eq!(softfloat::sub(f, a, b, env), bits(x - y), "sub {at}");
                assert_eq!(softfloat::mul(f, a, b, env), bits(x * y), "mul {at}");
                assert_eq!(softfloat::div(f, a, b, env), bits(x / y), "div {at}");
                assert_eq!(softfloat::sqrt(f, a, env), bits(x.sqrt()), "sqrt {at}");
                assert_eq!(softfloat::fma(f, a, b, c, env), bits(x.mul_add(y, z)), "fma {at}");
                let rounded = softfloat::round_to_int(f, a, env);
                assert_eq!(rounded, bits(x.round_ties_even()), "round {at}");
                let flags = &mut env.flags;
                assert_eq!(softfloat::lt(f, a, b, flags), x < y, "lt {at}");
                assert_eq!(softfloat::le(f, a, b, flags), x <= y, "le {at}");
                assert_eq!(softfloat::eq(f, a, b, flags), x == y, "eq {at}");
                let i = rng.integer();
                let from = |int| softfloat::from_int(f, i, int, &mut Env::default());
                assert_eq!(from(Int::I32), bits(i as i32 as $float), "i32 {i:#x}");
                assert_eq!(from(Int::U32), bits(i as u32 as $float), "u32 {i:#x}");
                assert_eq!(from(Int::I64), bits(i as i64 as $float), "i64 {i:#x}");
                assert_eq!(from(Int::U64), bits(i as $float), "u64 {i:#x}");
                if !x.is_nan() {
                    let near = x.round_ties_even();
                    let to = |int| softfloat::to_int(f, a, int, &mut Env::default());
                    assert_eq!(to(Int::I32), near as i32 as u64, "i32 {at}");
                    assert_eq!(to(Int::U32), near as u32 as i32 as u64, "u32 {at}");
                    assert_eq!(to(Int::I64), near as i64 as u64, "i64 {at}");
                    assert_eq!(to(Int::U64), near as u64, "u64 {at}");
                }
            }
        }
    };
}

agrees_with_host!(binary32_agrees_with_the_host, Format::F32, f32, u32, 11);
agrees_with_host!(binary64_agrees_with_the_host, Format::F64, f64, u64, 12);

#[test]
fn format_conversions_agree_with_the_host() {
    let mut rng = Rng(13);
    for _ in 0..cases(1_000_000) {
        let env = &mut Env::default();
        let (a, b) = (rng.operand(Format::F64), rng.operand(Format::F32));
        let narrow = u64::from((f64::from_bits(a) as f32).to_bits());
        let got = softfloat::convert(Format::F64, Format::F32, a, env);
        assert_eq!(got, canonical(Format::F32, narrow), "{a:#x}");
        let wide = f64::from(f32::from_bits(b as u32)).to_bits();
        let got = softfloat::convert(Format::F32, Format::F64, b, env);
        assert_eq!(got, canonical(Format::F64, wide), "{b:#x}");
    }
}

#[test]
fn fcvtmod_is_truncation_modulo_two_to_the_32() {
    let mut rng = Rng(14);
    for _ in 0..cases(1_000_000) {
        let a = rng.operand(Format::F64);
        let x = f64::from_bits(a);
        let modular = (x.trunc() % 4_294_967_296.0) as i64 as i32 as u64;
        let flags = match x.trunc() {
            whole if !(-2_147_483_648.0..=2_147_483_647.0).contains(&whole) => Flags::NV,
            whole if whole != x => Flags::NX,
            _ => Flags::NONE,
        };
        let mut raised = Flags::NONE;
        assert_eq!(softfloat::fcvtmod_w_d(a, &mut raised), modular, "{a:#x}");
        assert_eq!(raised, flags, "{a:#x}");
    }
}
