//! Names of guest code, by the symbols of the files that it comes from.

use std::ops::Range;
use std::path::{Path, PathBuf};

use goblin::elf::Elf;
use goblin::elf::program_header::PT_LOAD;
use goblin::elf::sym::STT_FUNC;
use runtime::Placed;

/// The symbols of the files whose code was asked for.
#[derive(Default)]
pub struct Symbols {
    files: Vec<Mapped>,
}

/// A part of guest memory that comes from a file.
struct Mapped {
    range: Range<u64>,
    /// What is added to the file's addresses.
    bias: u64,
    functions: Vec<Function>,
}

/// A function by the addresses of its file.
struct Function {
    start: u64,
    size: u64,
    name: String,
}

impl Symbols {
    /// What a translation is called: its function, and whether it is a region.
    pub fn title(&mut self, placed: &Placed) -> String {
        let tier = if placed.region { " [region]" } else { "" };
        self.name(placed.guest.0) + tier
    }

    /// `FUNCTION+OFFSET`, or the address where there is no symbol.
    fn name(&mut self, pc: u64) -> String {
        if !self.files.iter().any(|file| file.range.contains(&pc)) {
            self.files.extend(mapped_at(pc));
        }
        let file = self.files.iter().find(|file| file.range.contains(&pc));
        file.and_then(|file| file.name(pc)).unwrap_or_else(|| format!("guest {pc:#x}"))
    }
}

impl Mapped {
    fn name(&self, pc: u64) -> Option<String> {
        let at = pc.wrapping_sub(self.bias);
        let after = self.functions.partition_point(|function| function.start <= at);
        let function = self.functions[..after].last()?;
        let offset = at - function.start;
        let name = &function.name;
        match offset {
            0 => Some(name.clone()),
            _ if offset < function.size.max(1) => Some(format!("{name}+{offset:#x}")),
            _ => None,
        }
    }
}

/// What of a file lies at guest address `pc`, which is a host address too; proc_pid_maps(5).
fn mapped_at(pc: u64) -> Option<Mapped> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        let (range, offset, path) = parse_line(line)?;
        range.contains(&pc).then(|| read(range, offset, &path))?
    })
}

/// Addresses, file offset and file of a line of maps.
fn parse_line(line: &str) -> Option<(Range<u64>, u64, PathBuf)> {
    let number = |text| u64::from_str_radix(text, 16).ok();
    let path = &line[line.find('/')?..];
    let mut words = line.split(' ');
    let (start, end) = words.next()?.split_once('-')?;
    Some((number(start)?..number(end)?, number(words.nth(1)?)?, path.into()))
}

fn read(range: Range<u64>, offset: u64, path: &Path) -> Option<Mapped> {
    let bytes = std::fs::read(path).ok()?;
    let elf = Elf::parse(&bytes).ok()?;
    let loaded = elf.program_headers.iter().find(|header| {
        let file = header.p_offset..header.p_offset.saturating_add(header.p_filesz);
        header.p_type == PT_LOAD && file.contains(&offset.max(header.p_offset & !0xfff))
    })?;
    let address = loaded.p_vaddr.wrapping_add(offset).wrapping_sub(loaded.p_offset);
    Some(Mapped { bias: range.start.wrapping_sub(address), range, functions: functions(&elf) })
}

/// The functions of a file, by address.
fn functions(elf: &Elf) -> Vec<Function> {
    let tables = [(&elf.syms, &elf.strtab), (&elf.dynsyms, &elf.dynstrtab)];
    let (symbols, names) = tables.into_iter().find(|(s, _)| !s.is_empty()).unwrap_or(tables[1]);
    let all = symbols.iter().filter(|s| s.st_type() == STT_FUNC && s.st_value != 0);
    let function = |s: goblin::elf::Sym| {
        let name = names.get_at(s.st_name)?.to_owned();
        Some(Function { start: s.st_value, size: s.st_size, name })
    };
    let mut found: Vec<Function> = all.filter_map(function).collect();
    found.sort_by_key(|function| function.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_maps_has_a_range_an_offset_and_a_path() {
        let line = "3f80000000-3f80010000 r--p 00002000 fe:00 1234    /usr/lib/lib c.so";
        let expected = (0x3f80000000..0x3f80010000, 0x2000, PathBuf::from("/usr/lib/lib c.so"));
        assert_eq!(parse_line(line), Some(expected));
        assert_eq!(parse_line("3f80000000-3f80010000 rw-p 00000000 00:00 0"), None);
    }

    #[test]
    fn an_address_is_named_by_the_function_around_it() {
        let function = |start, size, name: &str| Function { start, size, name: name.into() };
        let functions = vec![function(0x10, 8, "a"), function(0x20, 4, "b")];
        let mapped = Mapped { range: 0x1000..0x2000, bias: 0x1000, functions };
        assert_eq!(mapped.name(0x1010).as_deref(), Some("a"));
        assert_eq!(mapped.name(0x1014).as_deref(), Some("a+0x4"));
        assert_eq!(mapped.name(0x1018), None);
        assert_eq!(mapped.name(0x1023).as_deref(), Some("b+0x3"));
        assert_eq!(mapped.name(0x1000), None);
    }
}
