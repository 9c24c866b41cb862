//! A writer of static guest programs.

use std::path::Path;

use libtest_mimic::Failed;

/// A piece of a program in memory.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Where it is loaded; a multiple of the page size.
    pub addr: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its size in memory; what the bytes do not fill is zero.
    pub size: u64,
    /// `PF_*`.
    pub flags: u32,
}

/// Execute and read.
pub const RX: u32 = 5;
/// Read and write.
pub const RW: u32 = 6;

const EHDR: usize = 64;
const PHDR: usize = 56;
const PAGE: usize = 4096;

/// A static ELF executable for riscv64, with these segments.
pub fn executable(entry: u64, segments: &[Segment]) -> Vec<u8> {
    let mut out = vec![0; EHDR + PHDR * segments.len()];
    out[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    put(&mut out, 16, &[2, 0, 243, 0, 1, 0, 0, 0]); // ET_EXEC, EM_RISCV, EV_CURRENT
    put(&mut out, 24, &entry.to_le_bytes());
    put(&mut out, 32, &(EHDR as u64).to_le_bytes());
    put(&mut out, 48, &5u32.to_le_bytes()); // RVC, double-float ABI
    put(&mut out, 52, &[EHDR as u8, 0, PHDR as u8, 0, segments.len() as u8, 0, 64, 0]);
    for (i, segment) in segments.iter().enumerate() {
        out.resize(out.len().next_multiple_of(PAGE), 0);
        let at = EHDR + PHDR * i;
        let offset = out.len() as u64;
        put(&mut out, at, &1u32.to_le_bytes());
        put(&mut out, at + 4, &segment.flags.to_le_bytes());
        let len = segment.bytes.len() as u64;
        let numbers = [offset, segment.addr, segment.addr, len, segment.size.max(len), PAGE as u64];
        numbers
            .iter()
            .enumerate()
            .for_each(|(n, x)| put(&mut out, at + 8 + n * 8, &x.to_le_bytes()));
        out.extend(&segment.bytes);
    }
    out
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Writes a program that can be run.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o755).open(path)?;
    Ok(std::io::Write::write_all(&mut file, bytes)?)
}
