//! The vDSO in guest memory, and where its functions are.

use std::ops::Range;
use std::path::PathBuf;

use guest::{PAGE_MASK, access};
use memory::{AddressSpace, Errno, Kind, MapRequest, Prot};

use crate::LoadError;
use crate::abi::Abi;

/// The function that a signal handler returns to.
const SIGRETURN: &str = "__vdso_rt_sigreturn";

/// A mapped vDSO.
pub struct Vdso {
    /// Where; empty if the guest has none.
    pub range: Range<u64>,
    /// Address of the function that ends a signal handler; 0 if there is none.
    pub sigreturn: u64,
}

/// Maps the guest's vDSO, readable and executable.
pub fn map(memory: &AddressSpace, abi: &Abi) -> Result<Vdso, LoadError> {
    if abi.vdso.is_empty() {
        return Ok(Vdso { range: 0..0, sigreturn: 0 });
    }
    let start = copy(memory, abi.vdso).map_err(|errno| LoadError::Map {
        path: PathBuf::from("[vdso]"),
        what: "the vDSO".into(),
        errno,
    })?;
    let len = (abi.vdso.len() as u64 + PAGE_MASK) & !PAGE_MASK;
    let offset = symbol(abi.vdso, SIGRETURN);
    Ok(Vdso { range: start..start + len, sigreturn: offset.map_or(0, |o| start + o) })
}

fn copy(memory: &AddressSpace, bytes: &[u8]) -> Result<u64, Errno> {
    let len = bytes.len() as u64;
    let start = memory.map(MapRequest::anon(len, Prot::RW))?;
    access::copy_out(start, bytes).map_err(|_| Errno(libc::EFAULT))?;
    memory.protect(start, len, Prot::RX)?;
    memory.label(start, (start + len + PAGE_MASK) & !PAGE_MASK, Kind::Vdso);
    Ok(start)
}

/// The offset of a function in our own vDSO.
fn symbol(bytes: &[u8], name: &str) -> Option<u64> {
    let elf = goblin::elf::Elf::parse(bytes).ok()?;
    let found = elf.dynsyms.iter().find(|s| elf.dynstrtab.get_at(s.st_name) == Some(name))?;
    Some(found.st_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vdso_has_the_functions_that_libraries_look_for() {
        let names = [
            "__vdso_rt_sigreturn",
            "__vdso_gettimeofday",
            "__vdso_clock_gettime",
            "__vdso_clock_getres",
            "__vdso_getcpu",
            "__vdso_flush_icache",
            "__vdso_riscv_hwprobe",
        ];
        let bytes = include_bytes!("../vdso/vdso.so");
        let elf = goblin::elf::Elf::parse(bytes).unwrap();
        assert!(names.iter().all(|name| symbol(bytes, name).is_some()));
        assert_eq!(elf.soname, Some("linux-vdso.so.1"));
        let versions = elf.verdef.unwrap();
        let named = versions.iter().flat_map(|v| v.iter().map(|a| a.vda_name).collect::<Vec<_>>());
        let named: Vec<_> = named.filter_map(|n| elf.dynstrtab.get_at(n)).collect();
        assert_eq!(named, ["linux-vdso.so.1", "LINUX_4.15"]);
    }
}
