//! RISC-V's own rules, case by case, in binary32.

use softfloat::{Env, Flags, Format, Int, Round};
use softfloat::{add, classify, fma, max, maxm, min, minm, mul, sgnj, sgnjn, sgnjx, to_int};

const F: Format = Format::F32;
const ZERO: u64 = 0;
const NEG_ZERO: u64 = 0x8000_0000;
const ONE: u64 = 0x3f80_0000;
const NEG_ONE: u64 = 0xbf80_0000;
const INF: u64 = 0x7f80_0000;
const NEG_INF: u64 = 0xff80_0000;
const QNAN: u64 = 0x7fc0_0000;
const NEG_QNAN: u64 = 0xffc0_1234;
const SNAN: u64 = 0x7f80_0001;

#[test]
fn rounding_modes_are_numbered_as_in_frm() {
    for (bits, round) in (0..).zip(Round::ALL) {
        assert_eq!(Round::from_bits(bits), Some(round));
        assert_eq!(round as u8, bits);
    }
    assert!((5..=255).all(|bits| Round::from_bits(bits).is_none()));
}

#[test]
fn classify_names_each_class() {
    let classes = [
        (NEG_INF, 0),
        (0xff7f_ffff, 1),
        (0x8080_0000, 1),
        (0x807f_ffff, 2),
        (0x8000_0001, 2),
        (NEG_ZERO, 3),
        (ZERO, 4),
        (1, 5),
        (0x007f_ffff, 5),
        (0x0080_0000, 6),
        (0x7f7f_ffff, 6),
        (INF, 7),
        (SNAN, 8),
        (0xffbf_ffff, 8),
        (QNAN, 9),
        (NEG_QNAN, 9),
    ];
    for (a, bit) in classes {
        assert_eq!(classify(F, a), 1 << bit, "{a:#x}");
    }
}

#[test]
fn min_and_max_order_zeros_and_prefer_numbers() {
    // a, b, min, max, minm, maxm, flags
    let cases = [
        (ONE, NEG_ONE, NEG_ONE, ONE, NEG_ONE, ONE, Flags::NONE),
        (NEG_ZERO, ZERO, NEG_ZERO, ZERO, NEG_ZERO, ZERO, Flags::NONE),
        (NEG_INF, 1, NEG_INF, 1, NEG_INF, 1, Flags::NONE),
        (INF, NEG_ONE, NEG_ONE, INF, NEG_ONE, INF, Flags::NONE),
        (ONE, NEG_QNAN, ONE, ONE, QNAN, QNAN, Flags::NONE),
        (ONE, SNAN, ONE, ONE, QNAN, QNAN, Flags::NV),
        (NEG_QNAN, NEG_QNAN, QNAN, QNAN, QNAN, QNAN, Flags::NONE),
        (NEG_QNAN, SNAN, QNAN, QNAN, QNAN, QNAN, Flags::NV),
    ];
    for (a, b, lesser, greater, lesser_m, greater_m, flags) in cases {
        for (a, b) in [(a, b), (b, a)] {
            for (op, want) in [
                (min as fn(Format, u64, u64, &mut Flags) -> u64, lesser),
                (max, greater),
                (minm, lesser_m),
                (maxm, greater_m),
            ] {
                let mut raised = Flags::NONE;
                assert_eq!(op(F, a, b, &mut raised), want, "{a:#x} {b:#x}");
                assert_eq!(raised, flags, "{a:#x} {b:#x}");
            }
        }
    }
}

#[test]
fn sign_injection_keeps_nan_payloads() {
    assert_eq!(sgnj(F, NEG_QNAN, ONE), NEG_QNAN & !NEG_ZERO);
    assert_eq!(sgnjn(F, SNAN, ONE), SNAN | NEG_ZERO);
    assert_eq!(sgnjx(F, NEG_ONE, NEG_ONE), ONE);
    assert_eq!(sgnjx(F, ONE, NEG_ZERO), NEG_ONE);
}

#[test]
fn infinity_times_zero_plus_quiet_nan_is_invalid() {
    let mut env = Env::default();
    assert_eq!(fma(F, INF, ZERO, NEG_QNAN, &mut env), QNAN);
    assert_eq!(env.flags, Flags::NV);
}

#[test]
fn conversions_to_integers_saturate() {
    // a, i32, u32, i64, u64
    let nothing = 0;
    let cases = [
        (QNAN, 0x7fff_ffff, u64::MAX, i64::MAX as u64, u64::MAX),
        (INF, 0x7fff_ffff, u64::MAX, i64::MAX as u64, u64::MAX),
        (NEG_QNAN, 0x7fff_ffff, u64::MAX, i64::MAX as u64, u64::MAX),
        (NEG_INF, i32::MIN as u64, nothing, i64::MIN as u64, nothing),
    ];
    for (a, i32, u32, i64, u64) in cases {
        for (to, want) in Int::ALL.into_iter().zip([i32, u32, i64, u64]) {
            let mut env = Env::default();
            assert_eq!(to_int(F, a, to, &mut env), want, "{a:#x} {to:?}");
            assert_eq!(env.flags, Flags::NV, "{a:#x} {to:?}");
        }
    }
}

#[test]
fn unsigned_32_bit_results_are_sign_extended() {
    let mut env = Env::default();
    let two_to_the_31 = 0x4f00_0000;
    let register = to_int(F, two_to_the_31, Int::U32, &mut env);
    assert_eq!(register, 0xffff_ffff_8000_0000);
    assert_eq!(env.flags, Flags::NONE);
}

#[test]
fn negative_fractions_convert_to_unsigned_zero() {
    let minus_half = 0xbf00_0000;
    for (round, flags) in [(Round::Rtz, Flags::NX), (Round::Rdn, Flags::NV)] {
        let mut env = Env::new(round);
        assert_eq!(to_int(F, minus_half, Int::U64, &mut env), 0);
        assert_eq!(env.flags, flags);
    }
}

#[test]
fn tininess_is_detected_after_rounding() {
    let smallest_normal = 0x0080_0000;
    // 2^-126 × (1 - 2^-24) fits 24 bits, so an unbounded exponent would leave it tiny.
    let mut env = Env::new(Round::Rup);
    let product = mul(F, smallest_normal, 0x3f7f_ffff, &mut env);
    assert_eq!(product, smallest_normal);
    assert_eq!(env.flags, Flags::NX | Flags::UF);
    // 2^-126 × (1 + 2^-23) × (1 - 2^-23) does not, and rounds up to a normal number.
    let mut env = Env::new(Round::Rup);
    let product = mul(F, 0x0080_0001, 0x3f7f_fffe, &mut env);
    assert_eq!(product, smallest_normal);
    assert_eq!(env.flags, Flags::NX);
}

#[test]
fn operands_may_have_garbage_above_the_format() {
    let garbage = 0xffff_ffff_0000_0000;
    let mut env = Env::default();
    let two = 0x4000_0000;
    assert_eq!(add(F, garbage | ONE, garbage | ONE, &mut env), two);
    assert_eq!(min(F, garbage | ONE, garbage | QNAN, &mut env.flags), ONE);
    assert_eq!(softfloat::round_to_int(F, garbage | ONE, &mut env), ONE);
    assert_eq!(sgnjx(F, garbage | ONE, garbage), ONE);
    assert_eq!(env.flags, Flags::NONE);
}

#[test]
fn flags_accumulate() {
    let mut env = Env::default();
    env.flags.raise(Flags::NX);
    softfloat::round_to_int(F, 0x3fc0_0000, &mut env);
    softfloat::div(F, ONE, ZERO, &mut env);
    assert_eq!(env.flags, Flags::NX | Flags::DZ);
}
