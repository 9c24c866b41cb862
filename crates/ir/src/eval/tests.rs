//! Integer ops against formulas written another way.

use super::{FpEnv, eval};
use crate::{Effect, Op, Type};

fn run(op: Op, ty: Type, a: u64, b: u64) -> u64 {
    eval(op, ty, [a, b, 0], 0, 0, &mut FpEnv::default()).expect("a pure op")
}

/// Corner values of both widths and a pseudo-random tail.
fn operands() -> Vec<u64> {
    let mut list = vec![
        0,
        1,
        2,
        3,
        7,
        31,
        32,
        33,
        63,
        64,
        65,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x1_0000_0000,
        0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000,
        u64::MAX,
        u64::MAX - 1,
        0xdead_beef_8000_0000,
    ];
    let mut x = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..40 {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        list.push(x);
    }
    list
}

/// Checks `op` in both widths; `formula` takes operands as exact integers of the given width.
fn check(op: Op, formula: impl Fn(i128, i128, u32) -> i128) {
    for (ty, width) in [(Type::I32, 32), (Type::I64, 64)] {
        let mask = u64::MAX >> (64 - width);
        for a in operands() {
            for b in operands() {
                let want = formula((a & mask) as i128, (b & mask) as i128, width) as u64 & mask;
                assert_eq!(run(op, ty, a, b), want, "{} {ty:?} {a:#x} {b:#x}", op.text());
            }
        }
    }
}

fn signed(x: i128, width: u32) -> i128 {
    if x >> (width - 1) & 1 == 1 { x - (1 << width) } else { x }
}

fn with_signs(f: impl Fn(i128, i128, u32) -> i128) -> impl Fn(i128, i128, u32) -> i128 {
    move |a, b, w| f(signed(a, w), signed(b, w), w)
}

#[test]
fn arithmetic_is_exact_modulo_the_width() {
    check(Op::Add, |a, b, _| a + b);
    check(Op::Sub, |a, b, _| a - b);
    check(Op::Mul, |a, b, _| a.wrapping_mul(b));
    check(Op::And, |a, b, _| (a + b - (a ^ b)) / 2);
    check(Op::Or, |a, b, _| a + b - (a & b));
    check(Op::Xor, |a, b, _| (a | b) - (a & b));
    check(Op::AndNot, |a, b, _| a - (a & b));
}

#[test]
fn shifts_take_the_count_modulo_the_width() {
    check(Op::Shl, |a, b, w| a << (b % w as i128));
    check(Op::Shr, |a, b, w| a >> (b % w as i128));
    check(Op::Sar, |a, b, w| signed(a, w) >> (b % w as i128));
    let left = |a: i128, n: i128, w: u32| (a << n) | (a >> (w as i128 - n));
    check(Op::RotL, |a, b, w| left(a, b % w as i128, w));
    check(Op::RotR, |a, b, w| left(a, (w as i128 - b % w as i128) % w as i128, w));
}

#[test]
fn division_has_no_undefined_case() {
    check(Op::DivU, |a, b, _| if b == 0 { -1 } else { a / b });
    check(Op::RemU, |a, b, _| if b == 0 { a } else { a % b });
    check(Op::DivS, with_signs(|a, b, _| if b == 0 { -1 } else { a / b }));
    check(Op::RemS, with_signs(|a, b, _| if b == 0 { a } else { a % b }));
}

#[test]
fn minimum_and_maximum_order_by_sign() {
    check(Op::MinU, |a, b, _| if a < b { a } else { b });
    check(Op::MaxU, |a, b, _| if a < b { b } else { a });
    check(Op::MinS, with_signs(|a, b, _| if a < b { a } else { b }));
    check(Op::MaxS, with_signs(|a, b, _| if a < b { b } else { a }));
}

#[test]
fn comparisons_give_one_or_zero() {
    check(Op::Eq, |a, b, _| (a - b == 0) as i128);
    check(Op::Ne, |a, b, _| (a - b != 0) as i128);
    check(Op::LtU, |a, b, _| (a - b < 0) as i128);
    check(Op::GeU, |a, b, _| (a - b >= 0) as i128);
    check(Op::LtS, with_signs(|a, b, _| (a - b < 0) as i128));
    check(Op::GeS, with_signs(|a, b, _| (a - b >= 0) as i128));
}

#[test]
fn counting_and_extension_respect_the_width() {
    check(Op::Clz, |a, _, w| (0..w).take_while(|i| a >> (w - 1 - i) & 1 == 0).count() as i128);
    check(Op::Ctz, |a, _, w| (0..w).take_while(|i| a >> i & 1 == 0).count() as i128);
    check(Op::Popcnt, |a, _, w| (0..w).map(|i| a >> i & 1).sum());
    check(Op::Bswap, |a, _, w| (0..w / 8).fold(0, |r, i| r << 8 | (a >> (8 * i) & 255)));
    check(Op::Sext8, |a, _, _| signed(a & 255, 8));
    check(Op::Sext16, |a, _, _| signed(a & 0xffff, 16));
    check(Op::Zext8, |a, _, _| a & 255);
    check(Op::Zext16, |a, _, _| a & 0xffff);
}

#[test]
fn conversions_between_widths() {
    for a in operands() {
        assert_eq!(run(Op::Sext32, Type::I64, a, 0), signed(a as u32 as i128, 32) as u64);
        assert_eq!(run(Op::Zext32, Type::I64, a, 0), a % (1 << 32));
        assert_eq!(run(Op::Trunc, Type::I32, a, 0), a % (1 << 32));
    }
}

#[test]
fn high_products_agree_with_halves_of_schoolbook_products() {
    // Unsigned by 32-bit digits; signed forms by the correction of Hacker's Delight, 8-3.
    let high = |a: u64, b: u64| {
        let (a1, a0, b1, b0) = (a >> 32, a & 0xffff_ffff, b >> 32, b & 0xffff_ffff);
        let middle = a1 * b0 + ((a0 * b0) >> 32);
        let cross = a0 * b1 + (middle & 0xffff_ffff);
        a1 * b1 + (middle >> 32) + (cross >> 32)
    };
    let minus_if = |x: u64, y: u64| if (x as i64) < 0 { y } else { 0 };
    for a in operands() {
        for b in operands() {
            let hu = high(a, b);
            assert_eq!(run(Op::MulHU, Type::I64, a, b), hu);
            let hsu = hu.wrapping_sub(minus_if(a, b));
            assert_eq!(run(Op::MulHSU, Type::I64, a, b), hsu);
            assert_eq!(run(Op::MulHS, Type::I64, a, b), hsu.wrapping_sub(minus_if(b, a)));
        }
    }
}

#[test]
fn carryless_products_are_sums_of_shifts_without_carry() {
    for a in operands() {
        for b in operands() {
            let p = (0..64).fold(0u128, |p, i| p ^ (((a as u128) << i) * ((b >> i) & 1) as u128));
            assert_eq!(run(Op::ClMul, Type::I64, a, b), p as u64);
            assert_eq!(run(Op::ClMulH, Type::I64, a, b), (p >> 64) as u64);
            assert_eq!(run(Op::ClMulR, Type::I64, a, b), (p >> 63) as u64);
        }
    }
}

#[test]
fn permutations_and_byte_ops() {
    assert_eq!(run(Op::XPerm8, Type::I64, 0x8877_6655_4433_2211, 0x0001_0203_0408_ff07), {
        0x1122_3344_5500_0088
    });
    assert_eq!(run(Op::XPerm4, Type::I64, 0xfedc_ba98_7654_3210, 0x0123_4567_89ab_cdef), {
        0x0123_4567_89ab_cdef
    });
    assert_eq!(run(Op::XPerm4, Type::I64, 0x0123_4567_89ab_cdef, 0x0f), 0xffff_ffff_ffff_fff0);
    assert_eq!(run(Op::BRev8, Type::I64, 0x0102_0480_ff00_f00f, 0), 0x8040_2001_ff00_0ff0);
    assert_eq!(run(Op::OrcB, Type::I64, 0x0100_8000_ff00_0010, 0), 0xff00_ff00_ff00_00ff);
}

#[test]
fn select_takes_any_non_zero_condition_as_true() {
    let select = |a| eval(Op::Select, Type::I32, [a, !5, 9], 0, 0, &mut FpEnv::default());
    assert_eq!(select(1 << 40), Some(0xffff_fffa));
    assert_eq!(select(0), Some(9));
}

/// FIPS 197, appendix B: one block, one key, encrypted and decrypted with the half-state steps.
#[test]
fn aes_reproduces_the_example_of_the_standard() {
    let half = |bytes: [u8; 8]| u64::from_le_bytes(bytes);
    let aes = |op, a, b| run(op, Type::I64, a, b);
    let mut key = [
        (half([0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6])),
        (half([0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c])),
    ];
    let mut keys = vec![key];
    for round in 0..10 {
        let t = eval(Op::AesKs1, Type::I64, [key[1], 0, 0], round, 0, &mut FpEnv::default());
        let low = aes(Op::AesKs2, t.expect("pure"), key[0]);
        key = [low, aes(Op::AesKs2, low, key[1])];
        keys.push(key);
    }
    let plain = [
        half([0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d]),
        half([0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34]),
    ];
    let mut s = [plain[0] ^ keys[0][0], plain[1] ^ keys[0][1]];
    for k in &keys[1..10] {
        s = [aes(Op::AesEsm, s[0], s[1]) ^ k[0], aes(Op::AesEsm, s[1], s[0]) ^ k[1]];
    }
    s = [aes(Op::AesEs, s[0], s[1]) ^ key[0], aes(Op::AesEs, s[1], s[0]) ^ key[1]];
    assert_eq!(
        s,
        [
            half([0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb]),
            half([0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32]),
        ]
    );

    s = [s[0] ^ key[0], s[1] ^ key[1]];
    for k in keys[1..10].iter().rev() {
        let k = [aes(Op::AesIm, k[0], 0), aes(Op::AesIm, k[1], 0)];
        s = [aes(Op::AesDsm, s[0], s[1]) ^ k[0], aes(Op::AesDsm, s[1], s[0]) ^ k[1]];
    }
    s = [aes(Op::AesDs, s[0], s[1]) ^ keys[0][0], aes(Op::AesDs, s[1], s[0]) ^ keys[0][1]];
    assert_eq!(s, plain);
}

#[test]
fn fused_forms_turn_signs_of_operands() {
    let f = |x: f64| x.to_bits();
    let fused = |op| {
        let mut env = FpEnv::default();
        eval(op, Type::F64, [f(3.0), f(5.0), f(7.0)], 0, 0, &mut env).map(f64::from_bits)
    };
    assert_eq!(fused(Op::FMAdd), Some(22.0));
    assert_eq!(fused(Op::FMSub), Some(8.0));
    assert_eq!(fused(Op::FNMSub), Some(-8.0));
    assert_eq!(fused(Op::FNMAdd), Some(-22.0));
}

#[test]
fn rounding_is_static_unless_dynamic() {
    let third = |aux, round| {
        let mut env = FpEnv { round, flags: 0 };
        let r = eval(Op::FDiv, Type::F64, [1f64.to_bits(), 3f64.to_bits(), 0], 0, aux, &mut env);
        assert_eq!(env.flags, 1);
        r.expect("fp op")
    };
    assert_eq!(third(3, 1), third(7, 3));
    assert_eq!(third(1, 3) + 1, third(3, 1));
}

#[test]
fn boxes_hold_narrow_numbers() {
    assert_eq!(run(Op::Box, Type::F32, 0x3f80_0000, 0), 0xffff_ffff_3f80_0000);
    assert_eq!(run(Op::Box, Type::F16, 0x3c00, 0), 0xffff_ffff_ffff_3c00);
    assert_eq!(run(Op::Unbox, Type::F32, 0xffff_ffff_3f80_0000, 0), 0x3f80_0000);
    assert_eq!(run(Op::Unbox, Type::F32, 0x0fff_ffff_3f80_0000, 0), 0x7fc0_0000);
    assert_eq!(run(Op::Unbox, Type::F16, 0xffff_ffff_3f80_3c00, 0), 0x7e00);
}

#[test]
fn exactly_the_functions_have_a_value() {
    for &op in Op::ALL {
        let value = |ty| eval(op, ty, [1, 2, 3], 0, 0, &mut FpEnv::default());
        let has = Type::ALL.into_iter().any(|ty| value(ty).is_some());
        let function = matches!(op.effect(), Effect::Pure | Effect::Fp) && op != Op::Param;
        assert_eq!(has, function, "{}", op.text());
    }
}
