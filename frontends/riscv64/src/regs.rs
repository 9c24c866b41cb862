//! The guest's registers as slots: `x0`-`x31` are slots 0-31 (slot 0 is never touched),
//! `f0`-`f31` are slots 32-63.

use guest::{RegFile, Slot, SlotClass, SlotInfo};

/// The slot of `x<r>`.
pub const fn x(r: u8) -> Slot {
    Slot(r & 31)
}

/// The slot of `f<r>`.
pub const fn f(r: u8) -> Slot {
    Slot(32 + (r & 31))
}

/// Return address: the link register of calls.
pub const RA: u8 = 1;
/// Stack pointer.
pub const SP: u8 = 2;
/// The alternate link register, used by compiled code's millicode.
pub const T0: u8 = 5;

/// Names of `x0` to `x31` in the standard calling convention.
pub const X_NAMES: [&str; 32] = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6",
];

/// Names of `f0` to `f31` in the standard calling convention.
pub const F_NAMES: [&str; 32] = [
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
    "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9",
    "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
];

/// Integer registers, those that compiled code touches most often first.
const X_BY_HEAT: [u8; 31] = [
    15, 14, 13, 10, 8, 2, 12, 11, 9, 1, 17, 18, // a5 a4 a3 a0 s0 sp a2 a1 s1 ra a7 s2
    16, 6, 19, 20, 7, 21, 5, 28, 22, 23, 29, 24, 30, 25, 31, 26, 27, 4, 3,
];

/// Floating-point registers, those that compiled code touches most often first.
const F_BY_HEAT: [u8; 32] = [
    15, 14, 10, 13, 11, 12, 16, 17, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, // fa5 ... fs0 fs1 ft0 ...
    18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
];

const fn heat(order: &[u8], r: u8) -> u16 {
    let mut i = 0;
    while i < order.len() {
        if order[i] == r {
            return 1000 - 10 * i as u16;
        }
        i += 1;
    }
    0
}

const SLOTS: [SlotInfo; 63] = {
    let none = SlotInfo { slot: Slot(0), name: "", class: SlotClass::Int, heat: 0 };
    let mut slots = [none; 63];
    let mut r = 1;
    while r < 32 {
        let name = X_NAMES[r as usize];
        let heat = heat(&X_BY_HEAT, r);
        slots[r as usize - 1] = SlotInfo { slot: x(r), name, class: SlotClass::Int, heat };
        r += 1;
    }
    r = 0;
    while r < 32 {
        let name = F_NAMES[r as usize];
        let heat = heat(&F_BY_HEAT, r);
        slots[r as usize + 31] = SlotInfo { slot: f(r), name, class: SlotClass::Float, heat };
        r += 1;
    }
    slots
};

/// The register file: `x1`-`x31`, then `f0`-`f31`.
pub static REG_FILE: RegFile = RegFile { slots: &SLOTS, link: x(RA), stack: x(SP) };
