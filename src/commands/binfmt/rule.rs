//! Which files are a guest's programs, and the forms in which that is registered.

use std::path::{Path, PathBuf};

use anyhow::bail;
use guest::Isa;

/// The kernel takes no longer path of an interpreter (`binfmt-misc.rst`).
const LONGEST_PATH: usize = 127;
/// Bytes of the ELF header that tell: identification, type, machine.
const LEN: usize = 20;
/// `EI_OSABI`, `e_type` and `e_machine` in the header.
const OSABI: usize = 7;
const TYPE: usize = 16;
const MACHINE: usize = 18;

/// A registration of metic.
pub struct Rule {
    /// The name of the registration.
    pub name: String,
    /// The guest, as `uname -m` prints it.
    pub machine: &'static str,
    /// The absolute path of metic.
    pub interpreter: PathBuf,
    /// Set-user-ID bits count (flag C).
    credentials: bool,
    magic: [u8; LEN],
    mask: [u8; LEN],
}

impl Rule {
    /// The registration's name.
    pub fn name(isa: &Isa) -> String {
        format!("metic-{}", isa.name)
    }

    /// Executables, fixed (`ET_EXEC`) and movable (`ET_DYN`), for `EI_OSABI` 0 (System V) and
    /// 3 (GNU). One mask can't tell 0 and 3 from 1 and 2, which no Linux program has.
    pub fn new(isa: &'static Isa, interpreter: &Path, credentials: bool) -> anyhow::Result<Rule> {
        let text = interpreter.to_str().unwrap_or_default();
        let fits = text.starts_with('/') && text.len() <= LONGEST_PATH;
        if !fits || text.contains([':', ' ', '\n']) {
            let path = interpreter.display();
            bail!(
                "{path}: not a path that binfmt_misc takes (at most 127 bytes, no colon or space)"
            );
        }
        let mut magic = program(isa, 0, 2);
        let mut mask = [0xff; LEN];
        mask[OSABI] = !3;
        mask[TYPE] = !1;
        magic[OSABI] = 0;
        Ok(Rule {
            name: Rule::name(isa),
            machine: isa.name,
            interpreter: interpreter.to_owned(),
            credentials,
            magic,
            mask,
        })
    }

    /// P: the program's `argv[0]` is handed over; O: the program is handed over open; C: with
    /// its credentials; F: metic is opened now, and needs not be there where programs run.
    pub fn flags(&self) -> &'static str {
        if self.credentials { "POCF" } else { "POF" }
    }

    /// What `register` takes, and a line in `/usr/lib/binfmt.d`.
    pub fn line(&self) -> String {
        let (magic, mask) = (escaped(&self.magic), escaped(&self.mask));
        let path = self.interpreter.display();
        format!(":{}:M::{magic}:{mask}:{path}:{}", self.name, self.flags())
    }

    /// A file in `/usr/share/binfmts`; see update-binfmts(8).
    pub fn debian(&self) -> String {
        let rows = [
            ("package", self.name.clone()),
            ("interpreter", self.interpreter.display().to_string()),
            ("magic", escaped(&self.magic)),
            ("offset", "0".into()),
            ("mask", escaped(&self.mask)),
            ("preserve", "yes".into()),
            ("fix_binary", "yes".into()),
            ("credentials", if self.credentials { "yes" } else { "no" }.into()),
        ];
        rows.iter().map(|(key, value)| format!("{key} {value}\n")).collect()
    }

    /// How programs start that this registration is for.
    pub fn programs(&self) -> Vec<[u8; LEN]> {
        let kinds = [(0, 2), (0, 3), (3, 2), (3, 3)];
        let with = |(osabi, kind)| {
            let mut start = self.magic;
            (start[OSABI], start[TYPE]) = (osabi, kind);
            start
        };
        kinds.map(with).to_vec()
    }
}

/// The start of a 64-bit little-endian ELF file, version 1.
fn program(isa: &Isa, osabi: u8, kind: u8) -> [u8; LEN] {
    let mut start = [0; LEN];
    start[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    (start[OSABI], start[TYPE]) = (osabi, kind);
    start[MACHINE..].copy_from_slice(&isa.elf_machine.to_le_bytes());
    start
}

/// `\x7f\x45...`
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::GUESTS;

    fn rule(path: &str) -> anyhow::Result<Rule> {
        Rule::new(GUESTS[0].isa, Path::new(path), false)
    }

    #[test]
    fn the_line_is_the_kernels() {
        let expected = concat!(
            r":metic-riscv64:M::\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00",
            r"\x02\x00\xf3\x00:\xff\xff\xff\xff\xff\xff\xff\xfc\xff\xff\xff\xff\xff\xff\xff\xff",
            r"\xfe\xff\xff\xff:/usr/bin/metic:POF"
        );
        assert_eq!(rule("/usr/bin/metic").unwrap().line(), expected);
    }

    #[test]
    fn every_kind_of_program_is_taken_and_nothing_else() {
        let rule = rule("/m").unwrap();
        let taken =
            |start: &[u8; LEN]| (0..LEN).all(|i| (start[i] ^ rule.magic[i]) & rule.mask[i] == 0);
        assert!(rule.programs().iter().all(taken));
        for (at, byte) in [(4, 1), (5, 2), (OSABI, 9), (TYPE, 1), (TYPE, 4), (MACHINE, 0x3e)] {
            let mut start = rule.magic;
            start[at] = byte;
            assert!(!taken(&start), "byte {at} = {byte}");
        }
    }

    #[test]
    fn paths_that_the_kernel_would_misread_are_refused() {
        assert!(rule("metic").is_err());
        assert!(rule("/a:b").is_err());
        assert!(rule(&format!("/{}", "x".repeat(127))).is_err());
    }

    #[test]
    fn debians_file_has_a_line_for_each_key() {
        let rule = Rule::new(GUESTS[0].isa, Path::new("/usr/bin/metic"), true).unwrap();
        let text = rule.debian();
        assert!(
            text.contains("interpreter /usr/bin/metic\n") && text.contains("credentials yes\n")
        );
        assert_eq!((text.lines().count(), rule.flags()), (8, "POCF"));
    }
}
