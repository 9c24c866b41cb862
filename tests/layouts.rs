//! The structures of Linux's interface on both machines: those that are laid out differently are
//! the ones that this translator translates, and no others.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Size, and the members with their offsets.
type Layout = (u64, Vec<(String, u64)>);
type Layouts = BTreeMap<String, Layout>;

/// A machine: its compiler, its reader of debugging information, the folder with its `asm`.
struct Machine {
    compiler: &'static str,
    readelf: &'static str,
    asm: &'static str,
}

const HOST: Machine =
    Machine { compiler: "gcc", readelf: "readelf", asm: "/usr/include/x86_64-linux-gnu/asm" };
const GUEST: Machine = Machine {
    compiler: "riscv64-linux-gnu-gcc",
    readelf: "riscv64-linux-gnu-readelf",
    asm: "/usr/riscv64-linux-gnu/include/asm",
};
/// What both have in common, of one version.
const SHARED: [&str; 3] = ["linux", "asm-generic", "sound"];
/// What the headers want of a C library's.
const LIBRARY: [(&str, &str); 10] = [
    ("limits.h", "#define INT_MAX 0x7fffffff\n#define INT_MIN (-INT_MAX - 1)\n"),
    ("stddef.h", "#define NULL ((void *)0)\n"),
    (
        "stdint.h",
        "typedef __u8 uint8_t;\ntypedef __u16 uint16_t;\ntypedef __u32 uint32_t;\ntypedef __u64 uint64_t;\ntypedef __s32 int32_t;\ntypedef __s64 int64_t;\ntypedef unsigned long uintptr_t;\n",
    ),
    ("stdlib.h", "typedef __kernel_size_t size_t;\n"),
    ("sys/ioctl.h", ""),
    (
        "sys/socket.h",
        "struct sockaddr { unsigned short sa_family; char sa_data[14]; };\ntypedef unsigned short sa_family_t;\n",
    ),
    ("sys/time.h", ""),
    ("sys/types.h", ""),
    ("time.h", "typedef __kernel_long_t time_t;\n"),
    ("unistd.h", ""),
];

#[test]
fn structures_that_differ_are_those_that_are_translated() {
    let dir = support::scratch("layouts");
    let (host, guest) = (HOST.layouts(&dir.join("host")), GUEST.layouts(&dir.join("guest")));
    assert!(host.len() > 1000, "only {} structures found", host.len());
    let shared = host.keys().filter(|name| guest.contains_key(*name));
    let differ: Vec<&str> =
        shared.filter(|name| host[*name] != guest[*name]).map(String::as_str).collect();
    let known = std::fs::read_to_string(support::tests("layouts/differ.txt")).expect("the list");
    let known: Vec<&str> = rows(&known).filter_map(|row| row.split(' ').next()).collect();
    assert_eq!(
        differ,
        known,
        "host: {:?}\nguest: {:?}",
        pick(&host, &differ),
        pick(&guest, &differ)
    );
}

fn pick<'a>(layouts: &'a Layouts, names: &[&str]) -> Vec<(&'a String, &'a Layout)> {
    layouts.iter().filter(|(name, _)| names.contains(&name.as_str())).collect()
}

/// The lines of a list that are no comments.
fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl Machine {
    /// Every structure and union with a name in the headers of the list.
    fn layouts(&self, dir: &Path) -> Layouts {
        let include = self.include(dir);
        let list = std::fs::read_to_string(support::tests("layouts/headers.txt")).expect("a list");
        rows(&list).flat_map(|header| self.header(dir, &include, header)).collect()
    }

    /// A folder of headers that differ from the other machine's in `asm` only.
    fn include(&self, dir: &Path) -> PathBuf {
        let include = dir.join("include");
        let _ = std::fs::remove_dir_all(&include);
        std::fs::create_dir_all(&include).expect("the target folder can be written");
        let link = |from: &str, name: &str| {
            std::os::unix::fs::symlink(from, include.join(name)).expect("a link");
        };
        std::fs::create_dir_all(include.join("sys")).expect("the target folder can be written");
        for (name, text) in LIBRARY {
            std::fs::write(include.join(name), text).expect("the target folder can be written");
        }
        SHARED.iter().for_each(|name| link(&format!("/usr/include/{name}"), name));
        link(self.asm, "asm");
        include
    }

    fn header(&self, dir: &Path, include: &Path, header: &str) -> Layouts {
        let (source, object) = (dir.join("header.c"), dir.join("header.o"));
        let text = format!(
            "#include <linux/types.h>\n#include <linux/time.h>\n#include <linux/socket.h>\n\
             #include <linux/ioctl.h>\n#include <asm/signal.h>\n#include <{header}>\n"
        );
        std::fs::write(&source, text).expect("the target folder can be written");
        let mut compiler = Command::new(self.compiler);
        let flags = ["-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-nostdinc", "-c"];
        compiler.args(flags).arg("-isystem").arg(include).arg("-o").arg(&object).arg(&source);
        let output = compiler.output().unwrap_or_else(|e| panic!("{}: {e}", self.compiler));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {header}: {errors}", self.compiler);
        let dump = Command::new(self.readelf).args(["--debug-dump=info"]).arg(&object).output();
        parse(&String::from_utf8_lossy(&dump.expect("readelf runs").stdout))
    }
}

/// Reads what readelf(1) prints of structures, unions and members.
fn parse(dump: &str) -> Layouts {
    let mut found = Layouts::new();
    let (mut name, mut layout) = (String::new(), Layout::default());
    let mut member = None::<(String, u64)>;
    let mut inside = false;
    for line in dump.lines() {
        if line.contains("Abbrev Number") {
            layout.1.extend(member.take());
            let top = line.trim_start().starts_with("<1>");
            if top {
                keep(&mut found, &mut name, &mut layout);
            }
            inside = inside && !top || top && is_record(line);
            if inside && line.contains("DW_TAG_member") && line.trim_start().starts_with("<2>") {
                member = Some(Default::default());
            }
            continue;
        }
        let value = line.rsplit(": ").next().unwrap_or_default().trim();
        let number = || value.parse().unwrap_or(0);
        match (&mut member, inside) {
            (Some(m), true) if line.contains("DW_AT_name") => m.0 = value.into(),
            (Some(m), true) if line.contains("DW_AT_data_member_location") => m.1 = number(),
            (None, true) if name.is_empty() && line.contains("DW_AT_name") => name = value.into(),
            (None, true) if layout.0 == 0 && line.contains("DW_AT_byte_size") => {
                layout.0 = number()
            }
            _ => {}
        }
    }
    layout.1.extend(member);
    keep(&mut found, &mut name, &mut layout);
    found
}

fn is_record(line: &str) -> bool {
    line.contains("DW_TAG_structure_type") || line.contains("DW_TAG_union_type")
}

fn keep(found: &mut Layouts, name: &mut String, layout: &mut Layout) {
    let (name, layout) = (std::mem::take(name), std::mem::take(layout));
    if !name.is_empty() && layout.0 != 0 {
        found.insert(name, layout);
    }
}
