//! A program with damaged headers: it is loaded, or refused with one line, and never a panic.

use std::path::PathBuf;

use loader::LoadRequest;
use memory::AddressSpace;

/// A valid program; the bytes are exclusive-ored onto its headers.
const PROGRAM: &[u8] = include_bytes!("../../demo/bin/integer.elf");

/// Takes the bytes as changes of a program's first bytes.
pub fn run(data: &[u8]) {
    let mut bytes = PROGRAM.to_vec();
    bytes.iter_mut().zip(data).for_each(|(byte, change)| *byte ^= change);
    let path = file();
    std::fs::write(&path, &bytes).expect("the temporary folder can be written");
    let request = LoadRequest {
        path: &path,
        fd: None,
        args: vec!["program".into()],
        env: Vec::new(),
        execfn: "program".into(),
        sysroot: None,
        isa: &riscv64::RISCV64,
    };
    let memory = AddressSpace::new();
    if let Err(error) = loader::load(&memory, &request) {
        let text = error.to_string();
        assert!(!text.contains('\n'), "more than one line: {text}");
        assert!(matches!(error.exit_status(), 126 | 127));
    }
    memory.clear();
    let _ = std::fs::remove_file(path);
}

fn file() -> PathBuf {
    std::env::temp_dir().join(format!("metic-fuzz-{}.elf", std::process::id()))
}
