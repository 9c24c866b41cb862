//! What the comparisons with other disassemblers share.

/// A way in which our listing and another disassembler's may differ.
pub(super) struct Difference {
    /// The reason.
    #[expect(dead_code, reason = "for the reader")]
    pub why: &'static str,
    /// True for a word, our listing and theirs, if this is the reason.
    pub explains: fn(u32, Option<&str>, Option<&str>) -> bool,
}

pub(super) const OPCODE: u32 = 0x7f;
const FUNCTION: u32 = 7 << 12;

/// The manual has fences ignore fields that others want to be 0.
pub(super) fn fence_fields(word: u32, ours: Option<&str>, theirs: Option<&str>) -> bool {
    matches!(word & (OPCODE | FUNCTION), 0x000f | 0x100f) && ours.is_some() && theirs.is_none()
}

/// CSRs that user programs can't read are listed by number.
pub(super) fn csr_by_number(word: u32, ours: Option<&str>, theirs: Option<&str>) -> bool {
    word & OPCODE == 0x73
        && word & FUNCTION != 0
        && ours.zip(theirs).is_some_and(|(a, b)| without_csr(a) == without_csr(b))
}

/// The all-zero word is defined to be illegal; others have a name for it.
pub(super) fn defined_illegal(word: u32, ours: Option<&str>, theirs: Option<&str>) -> bool {
    word == 0 && ours.is_none() && theirs == Some("c.unimp")
}

/// The operands of `csrrw a0, mstatus, a1` without the CSR.
fn without_csr(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = text.split_once(", ")?;
    Some((before, rest.split_once(", ")?.1))
}
