use super::{Random, word};
use crate::decode::{Decoded, decode};
use crate::disasm;
use crate::table::{Row, TABLES};

/// The length, with the invariants of a decoded word checked.
fn checked_len(bits: u32) -> u8 {
    match word(bits) {
        Decoded::Insn(insn) => {
            let o = insn.operands;
            assert!(
                insn.row.matches(if insn.len == 2 { bits & 0xffff } else { bits }),
                "{bits:#010x}"
            );
            assert!(o.rd < 32 && o.rs1 < 32 && o.rs2 < 32 && o.rs3 < 32, "{bits:#010x}");
            insn.len
        }
        Decoded::Illegal(len) => len,
        Decoded::Missing => panic!("{bits:#010x} is complete"),
    }
}

#[test]
fn every_16_bit_word_decodes_or_is_illegal() {
    for bits in (0..=0xffff).filter(|bits| bits & 3 != 3) {
        assert_eq!(checked_len(bits), 2);
    }
}

#[test]
fn every_combination_of_opcode_and_functions_decodes_or_is_illegal() {
    for n in 0..1 << 15 {
        let bits = (n & 0x7f) << 25 | (n >> 7 & 7) << 12 | (n >> 10) << 2 | 3;
        for operands in [0, 0x01ff_8f80, 0x0010_0080, 0x00a5_8500] {
            assert_eq!(checked_len(bits | operands), 4);
        }
    }
}

#[test]
fn random_32_bit_words_decode_or_are_illegal() {
    let mut random = Random::new();
    for _ in 0..5_000_000 {
        assert_eq!(checked_len(random.next() | 3), 4);
    }
}

/// The row that the tables have for a word: of those that match, one with the most fixed bits, if there are several the first.
fn by_search(bits: u32, width: u32) -> Option<&'static Row> {
    let rows = TABLES.iter().flat_map(|table| table.iter()).filter(|row| row.width == width);
    let mut matching: Vec<_> = rows.filter(|row| row.matches(bits)).collect();
    matching.sort_by_key(|row| std::cmp::Reverse(row.mask.count_ones()));
    matching.first().copied()
}

#[test]
fn the_index_finds_what_a_search_finds() {
    let mut random = Random::new();
    let full = (0..1 << 15).flat_map(|n| {
        let bits = (n & 0x7f) << 25 | (n >> 7 & 7) << 12 | (n >> 10) << 2 | 3;
        [0, 0x01ff_8f80, random.next() & 0x01ff_8f80].map(|operands| (bits | operands, 32))
    });
    let half = (0..=0xffff).filter(|bits| bits & 3 != 3).map(|bits| (bits, 16));
    for (bits, width) in full.chain(half) {
        match (word(bits), by_search(bits, width)) {
            (Decoded::Insn(insn), Some(row)) => assert!(insn.row.is(row), "{bits:#010x}"),
            (Decoded::Illegal(_), None) => {}
            // Reserved, or with a rounding mode that is.
            (Decoded::Illegal(_), Some(row)) => {
                assert!(!row.exists() || row.mask & 0x7000 == 0, "{bits:#010x}")
            }
            _ => panic!("{bits:#010x}"),
        }
    }
}

#[test]
fn an_instruction_cut_short_is_missing() {
    for code in [&[][..], &[0x13], &[0x13, 0x05], &[0x13, 0x05, 0x05]] {
        assert!(matches!(decode(code), Decoded::Missing));
        assert_eq!(disasm::listing(code).len, code.len().min(2));
    }
}

#[test]
fn data_is_listed_as_data() {
    assert_eq!(disasm::listing(&[0, 0]).text, ".half 0x0000");
    assert_eq!(disasm::listing(&[0xff, 0xff, 0xff, 0xff]).text, ".word 0xffffffff");
}
