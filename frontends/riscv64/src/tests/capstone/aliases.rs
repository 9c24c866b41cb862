//! Capstone's aliases, written out as `llvm-mc -M no-aliases` would.

/// Alias with its number of operands, and what it stands for: `$0` is its first operand.
#[rustfmt::skip]
const ALIASES: &[(&str, usize, &str)] = &[
    ("nop",    0, "addi zero, zero, 0"),
    ("li",     2, "addi $0, zero, $1"),
    ("mv",     2, "addi $0, $1, 0"),
    ("not",    2, "xori $0, $1, -1"),
    ("neg",    2, "sub $0, zero, $1"),
    ("negw",   2, "subw $0, zero, $1"),
    ("sext.w", 2, "addiw $0, $1, 0"),
    ("seqz",   2, "sltiu $0, $1, 1"),
    ("snez",   2, "sltu $0, zero, $1"),
    ("sltz",   2, "slt $0, $1, zero"),
    ("sgtz",   2, "slt $0, zero, $1"),
    ("beqz",   2, "beq $0, zero, $1"),
    ("bnez",   2, "bne $0, zero, $1"),
    ("blez",   2, "bge zero, $0, $1"),
    ("bgez",   2, "bge $0, zero, $1"),
    ("bltz",   2, "blt $0, zero, $1"),
    ("bgtz",   2, "blt zero, $0, $1"),
    ("j",      1, "jal zero, $0"),
    ("jal",    1, "jal ra, $0"),
    ("jr",     1, "jalr zero, 0($0)"),
    ("jr",     2, "jalr zero, $1($0)"),
    ("ret",    0, "jalr zero, 0(ra)"),
    ("jalr",   1, "jalr ra, 0($0)"),
    ("jalr",   2, "jalr ra, $1($0)"),
    ("jalr",   3, "jalr $0, $2($1)"),
    ("fence",  0, "fence iorw, iorw"),
    ("csrr",   2, "csrrs $0, $1, zero"),
    ("csrw",   2, "csrrw zero, $0, $1"),
    ("csrs",   2, "csrrs zero, $0, $1"),
    ("csrc",   2, "csrrc zero, $0, $1"),
    ("csrwi",  2, "csrrwi zero, $0, $1"),
    ("csrsi",  2, "csrrsi zero, $0, $1"),
    ("csrci",  2, "csrrci zero, $0, $1"),
    ("rdcycle",   1, "csrrs $0, cycle, zero"),
    ("rdtime",    1, "csrrs $0, time, zero"),
    ("rdinstret", 1, "csrrs $0, instret, zero"),
    // The upper halves of counters, CSRs of RV32 alone.
    ("rdcycleh",   1, "csrrs $0, 3200, zero"),
    ("rdtimeh",    1, "csrrs $0, 3201, zero"),
    ("rdinstreth", 1, "csrrs $0, 3202, zero"),
    ("unimp",  0, "csrrw zero, cycle, zero"),
    ("frcsr",  1, "csrrs $0, fcsr, zero"),
    ("fscsr",  1, "csrrw zero, fcsr, $0"),
    ("fscsr",  2, "csrrw $0, fcsr, $1"),
    ("frrm",   1, "csrrs $0, frm, zero"),
    ("fsrm",   1, "csrrw zero, frm, $0"),
    ("fsrm",   2, "csrrw $0, frm, $1"),
    ("fsrmi",  1, "csrrwi zero, frm, $0"),
    ("fsrmi",  2, "csrrwi $0, frm, $1"),
    ("frflags",  1, "csrrs $0, fflags, zero"),
    ("fsflags",  1, "csrrw zero, fflags, $0"),
    ("fsflags",  2, "csrrw $0, fflags, $1"),
    ("fsflagsi", 1, "csrrwi zero, fflags, $0"),
    ("fsflagsi", 2, "csrrwi $0, fflags, $1"),
    ("fmv.s",  2, "fsgnj.s $0, $1, $1"),
    ("fabs.s", 2, "fsgnjx.s $0, $1, $1"),
    ("fneg.s", 2, "fsgnjn.s $0, $1, $1"),
    ("fmv.d",  2, "fsgnj.d $0, $1, $1"),
    ("fabs.d", 2, "fsgnjx.d $0, $1, $1"),
    ("fneg.d", 2, "fsgnjn.d $0, $1, $1"),
];

/// The instruction that capstone prints as `mnemonic operands`, with decimal numbers.
pub fn written_out(mnemonic: &str, operands: &str) -> String {
    let operands: Vec<String> = operands.split(", ").map(decimal).collect();
    let operands = if operands == [""] { Vec::new() } else { operands };
    let alias = ALIASES.iter().find(|a| (a.0, a.1) == (mnemonic, operands.len()));
    match alias {
        Some((_, _, text)) => substituted(text, &operands),
        None if operands.is_empty() => mnemonic.to_string(),
        None => format!("{mnemonic} {}", operands.join(", ")),
    }
}

fn substituted(text: &str, operands: &[String]) -> String {
    let numbered = operands.iter().enumerate();
    numbered.fold(text.to_string(), |text, (n, operand)| text.replace(&format!("${n}"), operand))
}

/// An operand with its number, if it starts with one, in decimal: `-0x10(sp)` is `-16(sp)`.
fn decimal(operand: &str) -> String {
    let (sign, rest) = match operand.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", operand),
    };
    let Some(hex) = rest.strip_prefix("0x") else { return operand.to_string() };
    let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
    let number = u64::from_str_radix(&hex[..end], 16).expect("hexadecimal digits");
    format!("{sign}{number}{}", &hex[end..])
}

/// Zicbop's prefetches are HINTs among `ori`'s words, and capstone reads them as such.
pub fn prefetch(word: u32) -> String {
    let base = crate::regs::X_NAMES[(word >> 15 & 31) as usize];
    format!("ori zero, {base}, {}", word as i32 >> 20)
}
