//! Guest code in, IR out: a file a test in `tests/lift`.
//!
//! A file starts with comments and `code:` with instruction words; behind `----` come the listing
//! and the region. `METIC_BLESS=1` writes what is behind the line anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use guest::GuestAddr;
use ir::{Frontend, LiftLimits, Region};
use riscv64::{RISCV64, Riscv64};

const PC: GuestAddr = GuestAddr(0x10000);

fn files() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lift");
    let mut files: Vec<_> =
        std::fs::read_dir(dir).expect("it is there").map(|e| e.expect("readable").path()).collect();
    files.sort();
    files
}

/// The bytes of words such as `4501 00b79563`.
fn bytes(code: &str) -> Vec<u8> {
    code.split_whitespace()
        .flat_map(|word| {
            let value = u32::from_str_radix(word, 16).expect("a hexadecimal word");
            value.to_le_bytes()[..word.len() / 2].to_vec()
        })
        .collect()
}

fn output(code: &[u8]) -> String {
    let frontend = Riscv64::with_vdso(0, 0);
    let mut out = String::new();
    let mut at = 0;
    while at < code.len() {
        let pc = PC.offset(at as i64);
        let listing = frontend.disassemble(pc, &code[at..]);
        writeln!(out, "{pc}  {}", listing.text).expect("strings grow");
        at += listing.len;
    }
    let mut region = Region::default();
    frontend.lift(PC, code, LiftLimits::default(), &mut region);
    ir::verify(&region).unwrap_or_else(|e| panic!("{e}\n{region}"));
    out + "\n" + ir::print_with(&region, RISCV64.regs).trim_end() + "\n"
}

#[test]
fn code_lifts_to_what_its_file_says() {
    let bless = std::env::var_os("METIC_BLESS").is_some();
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("readable");
        let (head, expected) = text.split_once("----\n").expect("a line of dashes");
        let code = head.split_once("code:").expect("code").1;
        let actual = output(&bytes(code));
        if bless {
            std::fs::write(&file, format!("{head}----\n{actual}")).expect("writable");
        } else {
            assert_eq!(actual, expected, "{}", file.display());
        }
    }
}
