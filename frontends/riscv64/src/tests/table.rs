use super::{Random, rows};
use crate::table::Row;

/// True if some word matches both.
fn overlap(a: &Row, b: &Row) -> bool {
    a.width == b.width && (a.value ^ b.value) & a.mask & b.mask == 0
}

/// True if `a` is declared to take words from the wider `b`.
fn takes_from(a: &Row, b: &Row) -> bool {
    a.special && a.mask & b.mask == b.mask && a.mask != b.mask
}

#[test]
fn rows_overlap_only_where_the_narrower_one_is_declared_special() {
    let all: Vec<_> = rows().collect();
    for (i, a) in all.iter().enumerate() {
        for b in all[i + 1..].iter().filter(|b| overlap(a, b)) {
            let both = |c: &&&Row| c.mask == a.mask | b.mask && overlap(a, c) && overlap(b, c);
            let settled = takes_from(a, b) || takes_from(b, a) || all.iter().find(both).is_some();
            assert!(settled, "{a:?} and {b:?} match the same words");
        }
    }
}

#[test]
fn every_special_row_takes_words_from_a_wider_one() {
    for special in rows().filter(|row| row.special) {
        let wider = rows().any(|row| overlap(special, row) && row.mask != special.mask);
        assert!(wider, "{special:?} is special for nothing");
    }
}

#[test]
fn fixed_bits_of_a_row_say_its_length() {
    for row in rows() {
        assert_eq!(row.value & !row.mask, 0, "{row:?}");
        assert_eq!(row.mask & 3, 3, "{row:?}");
        assert_eq!(row.value & 3 == 3, row.width == 32, "{row:?}");
    }
}

#[test]
fn every_row_decodes_to_itself_for_some_word() {
    let mut random = Random::new();
    for row in rows().filter(|row| row.exists()) {
        let found = (0..1000).any(|_| match super::word(random.fill(row)) {
            crate::decode::Decoded::Insn(insn) => insn.row.is(row),
            _ => false,
        });
        assert!(found, "{row:?} is never decoded");
    }
}
