//! Loading small hand-made files, whole and damaged.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use guest::{Isa, PAGE_SIZE, RegFile, Slot, access};
use memory::{AddressSpace, Kind, Prot};

use crate::{FileKind, Image, LoadError, LoadRequest, classify_file, load};

const PAGE: u64 = PAGE_SIZE;
const ET_EXEC: u16 = 2;
const ET_DYN: u16 = 3;
const LOAD: u32 = 1;
const INTERP: u32 = 3;
const GNU_STACK: u32 = 0x6474_e551;
const RW: u32 = 6;
const RX: u32 = 5;

static REGS: RegFile = RegFile { slots: &[], link: Slot(1), stack: Slot(2) };
static ISA: Isa =
    Isa { name: "riscv64", elf_machine: 243, regs: &REGS, code_align: 2, max_insn_len: 4 };

/// type, flags, offset, vaddr, filesz, memsz, align
type Row = (u32, u32, u64, u64, u64, u64, u64);

/// An ELF file of `len` bytes; each byte behind the headers is the low byte of its offset.
fn elf(e_type: u16, entry: u64, rows: &[Row], len: usize) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(e_type.to_le_bytes());
    file.extend(243u16.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    [entry, 64, 0].iter().for_each(|w| file.extend(w.to_le_bytes()));
    file.extend(5u32.to_le_bytes());
    [64, 56, rows.len() as u16, 64, 0, 0].iter().for_each(|h| file.extend(h.to_le_bytes()));
    for &(kind, flags, offset, vaddr, filesz, memsz, align) in rows {
        [kind, flags].iter().for_each(|w| file.extend(w.to_le_bytes()));
        let words = [offset, vaddr, vaddr, filesz, memsz, align];
        words.iter().for_each(|w| file.extend(w.to_le_bytes()));
    }
    file.extend((file.len()..len).map(|i| i as u8));
    file
}

/// Code at `base`, data that ends within a page, and bss behind it.
fn program(e_type: u16, base: u64) -> Vec<u8> {
    let rows = [
        (LOAD, RX, 0, base, 0x400, 0x400, PAGE),
        (LOAD, RW, 0x400, base + PAGE + 0x400, 0x100, 0x2100, PAGE),
        (GNU_STACK, RW, 0, 0, 0, 0, 16),
    ];
    elf(e_type, base + 0x100, &rows, 0x800)
}

/// A file that goes away with the test.
struct TempFile(PathBuf);
impl TempFile {
    fn new(name: &str, bytes: &[u8]) -> TempFile {
        let path = std::env::temp_dir().join(format!("metic-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        TempFile(path)
    }
}
impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn request(path: &Path) -> LoadRequest<'_> {
    let strings = |list: &[&str]| list.iter().map(OsString::from).collect();
    LoadRequest {
        path,
        fd: None,
        args: strings(&["prog", "two"]),
        env: strings(&["A=b"]),
        execfn: "./prog".into(),
        sysroot: None,
        isa: &ISA,
    }
}

fn load_bytes(name: &str, bytes: &[u8]) -> Result<(AddressSpace, Image), LoadError> {
    let file = TempFile::new(name, bytes);
    let memory = AddressSpace::new();
    match load(&memory, &request(&file.0)) {
        Ok(image) => Ok((memory, image)),
        Err(e) => {
            memory.clear();
            Err(e)
        }
    }
}

fn refusal(name: &str, bytes: &[u8]) -> String {
    let error = load_bytes(name, bytes).err().unwrap();
    assert_eq!(error.exit_status(), 126);
    let text = error.to_string();
    text.split_once(": ").unwrap().1.to_owned()
}

/// `file` with `bytes` at `offset`.
fn patched(mut file: Vec<u8>, offset: usize, bytes: &[u8]) -> Vec<u8> {
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
    file
}

fn word(addr: u64) -> u64 {
    access::load_u64(addr).unwrap()
}

fn string(addr: u64) -> String {
    let bytes = (addr..).map(|a| access::load_u8(a).unwrap() as u8).take_while(|&b| b != 0);
    String::from_utf8(bytes.collect()).unwrap()
}

fn auxv(image: &Image, key: u64) -> u64 {
    image.auxv.iter().find(|row| row.0 == key).unwrap().1
}

/// A heap starts on a page, by chance up to 1 GiB behind the program.
fn is_heap_behind(brk: u64, end: u64) -> bool {
    brk.is_multiple_of(PAGE) && (end..end + (1 << 30)).contains(&brk)
}

#[test]
fn a_fixed_program_lies_where_it_says() {
    let base = 0x20_0000_0000;
    let (memory, image) = load_bytes("fixed", &program(ET_EXEC, base)).unwrap();
    assert_eq!((image.entry, image.program_entry), (base + 0x100, base + 0x100));
    assert_eq!((image.phdr, image.interp_base, image.load_bias), (base + 64, 0, 0));
    assert_eq!(image.code, base..base + 0x400);
    assert_eq!(image.data, base + PAGE + 0x400..base + PAGE + 0x500);
    assert!(is_heap_behind(image.brk, base + 4 * PAGE), "{:#x}", image.brk);
    assert_eq!(memory.prot_at(base), Some(Prot::RX));
    assert_eq!(memory.prot_at(base + 3 * PAGE), Some(Prot::RW));
    assert_eq!(memory.prot_at(image.brk), None);
    assert_eq!(memory.brk(0), image.brk);
    memory.clear();
    assert_eq!(memory.regions(), []);
}

#[test]
fn the_bss_is_zero_from_its_first_byte() {
    let base = 0x21_0000_0000;
    let (memory, _) = load_bytes("bss", &program(ET_EXEC, base)).unwrap();
    let bss = base + PAGE + 0x500;
    assert_eq!(access::load_u8(bss - 1), Ok(0xff));
    assert_eq!((word(bss), word(base + 2 * PAGE - 8), word(base + 3 * PAGE)), (0, 0, 0));
    memory.clear();
}

#[test]
fn segments_may_share_a_page() {
    let base = 0x22_0000_0000;
    let rows = [
        (LOAD, RX, 0, base, 0x400, 0x400, PAGE),
        (LOAD, RW, 0x400, base + 0x400, 0x100, 0x200, PAGE),
    ];
    let (memory, _) = load_bytes("shared", &elf(ET_EXEC, base, &rows, 0x800)).unwrap();
    assert_eq!(memory.prot_at(base), Some(Prot::RW), "the later segment wins, as in Linux");
    assert_eq!(word(base + 0x500), 0);
    assert_eq!(access::load_u8(base + 0x3ff), Ok(0xff));
    memory.clear();
}

#[test]
fn a_movable_program_is_aligned_as_it_asks_and_leaves_no_gap_mapped() {
    let align = 0x20_0000;
    let rows = [
        (LOAD, RX, 0, PAGE * 16, 0x400, 0x400, align),
        (LOAD, RW, 0x400, align + 0x400, 0x100, 0x100, align),
    ];
    let (memory, image) = load_bytes("pie", &elf(ET_DYN, PAGE * 16, &rows, 0x800)).unwrap();
    assert_eq!(image.load_bias % align, 0);
    assert_eq!(memory.prot_at(image.load_bias), None);
    assert_eq!(memory.prot_at(image.entry), Some(Prot::RX));
    assert_eq!(memory.prot_at(image.entry + PAGE), None);
    assert_eq!(memory.prot_at(image.load_bias + align), Some(Prot::RW));
    assert!(is_heap_behind(image.brk, image.load_bias + align + PAGE), "{:#x}", image.brk);
    memory.clear();
}

#[test]
fn the_interpreter_comes_from_the_sysroot() {
    let root = std::env::temp_dir().join(format!("metic-{}-root", std::process::id()));
    std::fs::create_dir_all(root.join("lib")).unwrap();
    std::fs::write(root.join("lib/real.so"), program(ET_DYN, 0)).unwrap();
    let link = root.join("lib/ld.so");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink("/lib/real.so", &link).unwrap();

    let base = 0x23_0000_0000;
    let rows =
        [(INTERP, 4, 0x300, base + 0x300, 11, 11, 1), (LOAD, RX, 0, base, 0x400, 0x400, PAGE)];
    let bytes = patched(elf(ET_EXEC, base, &rows, 0x800), 0x300, b"/lib/ld.so\0");
    let file = TempFile::new("dynamic", &bytes);
    let memory = AddressSpace::new();
    let plain = request(&file.0);
    let image = load(&memory, &LoadRequest { sysroot: Some(&root), ..plain.clone() }).unwrap();
    assert_eq!(image.program_entry, base);
    assert_eq!(image.entry, image.interp_base + 0x100);
    assert_eq!(auxv(&image, libc::AT_BASE), image.interp_base);
    memory.clear();

    let missing = load(&memory, &LoadRequest { sysroot: Some(Path::new("/proc")), ..plain });
    let error = missing.err().unwrap();
    assert_eq!(error.exit_status(), 127);
    let text = error.to_string();
    assert!(text.ends_with("its interpreter /lib/ld.so can't be used: No such file or directory"));
    memory.clear();
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn the_stack_is_laid_out_as_linux_does() {
    let (memory, image) = load_bytes("stack", &program(ET_EXEC, 0x24_0000_0000)).unwrap();
    let sp = image.stack_pointer;
    assert_eq!((sp % 16, word(sp)), (0, 2));
    assert_eq!((string(word(sp + 8)), string(word(sp + 16))), ("prog".into(), "two".into()));
    assert_eq!((word(sp + 24), string(word(sp + 32)), word(sp + 40)), (0, "A=b".into(), 0));
    let in_memory: Vec<u8> = image
        .auxv_bytes()
        .iter()
        .enumerate()
        .map(|(i, _)| access::load_u8(sp + 48 + i as u64))
        .map(|b| b.unwrap() as u8)
        .collect();
    assert_eq!(in_memory, image.auxv_bytes());
    assert_eq!(string(auxv(&image, libc::AT_EXECFN)), "./prog");
    assert_eq!(auxv(&image, libc::AT_HWCAP), 0x112d);
    assert_ne!(word(auxv(&image, libc::AT_RANDOM)), 0);
    assert_eq!((image.args.start, image.env.start), (word(sp + 8), word(sp + 32)));
    assert_eq!((image.args.end, image.env.end), (image.env.start, image.env.start + 4));
    assert_eq!(word(image.stack_top - 8), 0);
    assert_eq!(memory.region_at(sp).unwrap().kind, Kind::Stack);
    memory.clear();
}

#[test]
fn signal_handlers_return_to_the_vdso() {
    let (memory, image) = load_bytes("vdso", &program(ET_EXEC, 0x25_0000_0000)).unwrap();
    assert_eq!(auxv(&image, libc::AT_SYSINFO_EHDR), image.vdso.start);
    // li a7, 139; ecall
    assert_eq!(word(image.sigreturn), 0x0000_0073_08b0_0893);
    let region = memory.region_at(image.sigreturn).unwrap();
    assert_eq!((region.prot, region.kind), (Prot::RX, Kind::Vdso));
    memory.clear();
}

#[test]
fn too_many_arguments_are_refused() {
    let file = TempFile::new("args", &program(ET_EXEC, 0x26_0000_0000));
    let memory = AddressSpace::new();
    let long = LoadRequest { args: vec!["x".repeat(128 << 10).into()], ..request(&file.0) };
    assert_eq!(load(&memory, &long).err().unwrap().errno(), libc::E2BIG);
    memory.clear();
    let many = LoadRequest { args: vec!["x".repeat(1000).into(); 9000], ..request(&file.0) };
    assert_eq!(load(&memory, &many).err().unwrap().errno(), libc::E2BIG);
    memory.clear();
}

#[test]
fn what_cannot_run_is_named() {
    let good = || program(ET_EXEC, 0x27_0000_0000);
    let row = |i: usize, field: usize| 64 + i * 56 + field;
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("text", b"hello\n".to_vec(), "not an ELF executable"),
        ("empty", vec![], "not an ELF executable"),
        ("x86", patched(good(), 18, &[62, 0]), "x86-64 executable, not riscv64"),
        ("narrow", patched(good(), 4, &[1]), "riscv32 32-bit executable, not riscv64"),
        ("odd", patched(good(), 18, &[1, 2]), "unknown machine (513) executable, not riscv64"),
        ("core", patched(good(), 16, &[4, 0]), "a core dump, not a program"),
        ("object", patched(good(), 16, &[1, 0]), "an object file, not linked"),
        ("cut", good()[..40].to_vec(), "damaged ELF file: the ELF header is truncated or invalid"),
        ("table", good()[..100].to_vec(), "damaged ELF file: the program headers are truncated"),
        (
            "short",
            good()[..0x480].to_vec(),
            "damaged ELF file: a segment lies beyond the end of the file (1152 bytes)",
        ),
        (
            "align",
            patched(good(), row(0, 16), &[8]),
            "damaged ELF file: the segment at 0x2700000008 is badly aligned",
        ),
        (
            "larger",
            patched(good(), row(0, 40), &[1, 0]),
            "damaged ELF file: a segment is larger in the file than in memory",
        ),
        (
            "huge",
            patched(good(), row(0, 46), &[0xff]),
            "damaged ELF file: the segment at 0x2700000000 is too big",
        ),
        ("none", elf(ET_EXEC, 0, &[], 200), "damaged ELF file: no usable program headers"),
        (
            "noload",
            elf(ET_EXEC, 0, &[(GNU_STACK, RW, 0, 0, 0, 0, 0)], 200),
            "damaged ELF file: no loadable segment",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(&refusal(name, bytes), expected);
    }
}

#[test]
fn files_that_cannot_be_opened_have_the_shells_status() {
    let memory = AddressSpace::new();
    let status = |path: &str| load(&memory, &request(Path::new(path))).err().unwrap();
    let missing = status("/nonexistent/prog");
    assert_eq!(missing.exit_status(), 127);
    assert_eq!(missing.to_string(), "/nonexistent/prog: No such file or directory");
    let directory = status("/tmp");
    assert_eq!((directory.exit_status(), directory.errno()), (126, libc::EACCES));
    assert_eq!(directory.to_string(), "/tmp: a directory, not a program");
    assert_eq!(status("/dev/null").to_string(), "/dev/null: a device, not a program");
}

#[test]
fn a_program_over_the_translator_is_refused() {
    let own = &raw const ISA as u64 & !(PAGE - 1);
    let text = refusal("over", &program(ET_EXEC, own));
    assert_eq!(text, format!("can't map the segment at {own:#x}: Cannot allocate memory"));
}

#[test]
fn files_are_classified_for_exec() {
    let kind = |name: &str, bytes: &[u8]| {
        let file = TempFile::new(name, bytes);
        classify_file(&file.0, &ISA).unwrap()
    };
    let script = |interp: &str, arg: Option<&str>| FileKind::Script {
        interp: interp.into(),
        arg: arg.map(OsString::from),
    };
    assert_eq!(kind("k1", &program(ET_EXEC, 0)), FileKind::GuestElf);
    assert_eq!(kind("k2", &patched(program(ET_EXEC, 0), 18, &[62, 0])), FileKind::HostElf);
    let arm = kind("k3", &patched(program(ET_EXEC, 0), 18, &[183, 0]));
    assert_eq!(arm, FileKind::OtherElf("aarch64".into()));
    assert_eq!(kind("k4", b"#! /bin/sh -e  x \nrest"), script("/bin/sh", Some("-e  x")));
    assert_eq!(kind("k5", b"#!/bin/sh"), script("/bin/sh", None));
    assert_eq!(kind("k6", b"#!\n"), FileKind::Unknown);
    assert_eq!(kind("k7", b""), FileKind::Unknown);
    assert_eq!(kind("k8", format!("#!/{}", "x".repeat(300)).as_bytes()), FileKind::Unknown);
    assert!(classify_file(Path::new("/tmp"), &ISA).is_err());
}

/// xorshift64.
struct Random(u64);
impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// A damaged copy: a few flipped bits or replaced bytes, mostly in the headers, perhaps cut.
fn damage(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for _ in 0..=random.below(4) {
        let reach = if random.below(8) == 0 { bytes.len() } else { 64 + 4 * 56 };
        let at = random.below(reach.min(bytes.len()));
        match random.below(3) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = [0, 0xff, 0x7f, 0x80][random.below(4)],
            _ => bytes[at] = random.below(256) as u8,
        }
    }
    if random.below(10) == 0 {
        bytes.truncate(random.below(file.len()));
    }
    bytes
}

#[test]
fn damaged_files_load_or_are_refused_in_one_line() {
    let interp = (INTERP, 4, 0x300, 0x300, 11, 11, 1);
    let load_row = (LOAD, RX, 0, 0, 0x400, 0x400, PAGE);
    let dynamic = elf(ET_DYN, 0, &[interp, load_row], 0x800);
    let seeds = [
        program(ET_EXEC, 0x28_0000_0000),
        program(ET_DYN, 0),
        patched(dynamic, 0x300, b"/lib/ld.so\0"),
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..6000 {
        let bytes = damage(&seeds[round % seeds.len()], &mut random);
        if let Ok((memory, _)) = load_bytes("fuzz", &bytes).map_err(|e| {
            assert_eq!(e.to_string().lines().count(), 1, "{e}");
        }) {
            memory.clear();
        }
    }
}
