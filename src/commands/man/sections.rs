//! What the manual pages say beyond the options: a row a section.

/// A section, and the pages that have it.
pub struct Section {
    pub pages: &'static [&'static str],
    pub title: &'static str,
    pub items: &'static [Item],
}

/// A paragraph.
pub enum Item {
    Text(&'static str),
    /// A word and what it means.
    Term(&'static str, &'static str),
    /// The variables that stand for the command's options.
    Variables,
    /// A purpose and the command line for it.
    Example(&'static str, &'static str),
}

use Item::{Example, Term, Text, Variables};

pub static SECTIONS: &[Section] = &[
    Section {
        pages: &["metic", "metic-run"],
        title: "EXIT STATUS",
        items: &[
            Text(
                "The guest's own. If a signal ends the guest, the same signal is seen to end metic. \
                 Otherwise:",
            ),
            Term("2", "The command line is wrong."),
            Term(
                "126",
                "PROGRAM cannot be run: it is damaged, for another machine, or no program at all. \
                 A line on stderr says why.",
            ),
            Term("127", "PROGRAM was not found."),
        ],
    },
    Section {
        pages: &["metic-bench"],
        title: "EXIT STATUS",
        items: &[
            Term("0", "Every run ended well, and printed what the native program prints."),
            Term("1", "A run failed, or printed something else."),
            Term("2", "The command line is wrong, or the list cannot be read."),
        ],
    },
    Section {
        pages: &["metic-demo"],
        title: "EXIT STATUS",
        items: &[
            Term("0", "Every engine printed the same for every program."),
            Term("2", "A program failed, or two engines differ."),
        ],
    },
    Section {
        pages: &["metic-dump"],
        title: "EXIT STATUS",
        items: &[Term("0", "Done."), Term("2", "PROGRAM cannot be loaded, or has no such place.")],
    },
    Section {
        pages: &["metic-binfmt-status"],
        title: "EXIT STATUS",
        items: &[
            Term("0", "metic is registered for every guest, and enabled."),
            Term("1", "It is not."),
            Term("2", "The command line is wrong, or the kernel does not tell."),
        ],
    },
    Section {
        pages: &["metic"],
        title: "ENVIRONMENT",
        items: &[Text(
            "The guest gets metic's environment. Variables that begin with METIC_ stand for options: \
             see metic-run(1) and metic-bench(1).",
        )],
    },
    Section {
        pages: &["metic-run"],
        title: "ENVIRONMENT",
        items: &[
            Text(
                "The guest gets metic's environment, changed by -E and -U. Of the following, empty ones count for nothing.",
            ),
            Variables,
        ],
    },
    Section {
        pages: &["metic-bench"],
        title: "ENVIRONMENT",
        items: &[
            Term(
                "METIC_CACHE",
                "The folder of roots, programs and data that a list names; ~/.cache/metic if unset.",
            ),
            Term("PATH", "Where qemu-riscv64 is looked for if the cache has none."),
        ],
    },
    Section {
        pages: &["metic", "metic-run"],
        title: "FILES",
        items: &[
            Term("PROGRAM", "A path on the host: neither PATH nor the DIR of -L is searched."),
            Term(
                "DIR/...",
                "With -L DIR, a path of the guest names the file below DIR if there is one, \
                 otherwise the host's. Symbolic links, absolute ones too, stay below DIR.",
            ),
            Term(
                "/proc/self/exe",
                "metic starts itself again from here for the guest programs that a guest executes, so \
                 that it need not be installed in a chroot.",
            ),
        ],
    },
    Section {
        pages: &["metic-binfmt", "metic-binfmt-install"],
        title: "FILES",
        items: &[
            Term("/proc/sys/fs/binfmt_misc", "Where the kernel takes and shows registrations."),
            Term("/usr/lib/binfmt.d/*.conf", "Registrations that systemd makes at boot."),
            Term("/usr/share/binfmts", "Registrations in the form of Debian's update-binfmts(8)."),
        ],
    },
    Section {
        pages: &["metic-binfmt", "metic-binfmt-install"],
        title: "EXAMPLES",
        items: &[
            Example("Until the next boot:", "metic binfmt install"),
            Example(
                "At every boot:",
                "metic binfmt install --print systemd >/usr/lib/binfmt.d/metic-riscv64.conf",
            ),
        ],
    },
    Section {
        pages: &["metic", "metic-run"],
        title: "EXAMPLES",
        items: &[
            Example("A static program:", "metic ./hello"),
            Example(
                "A shell of a Debian root for riscv64:",
                "metic run -L /srv/riscv64 /srv/riscv64/bin/bash",
            ),
            Example(
                "The same in a chroot: metic is one static file.",
                "cp $(command -v metic) /srv/riscv64/usr/bin/ && chroot /srv/riscv64 metic /bin/bash",
            ),
            Example("What a program asks of the kernel:", "metic run --strace ./hello"),
            Example("How it was translated:", "metic run --stats --count ./hello"),
        ],
    },
    Section {
        pages: &["metic-dump"],
        title: "EXAMPLES",
        items: &[
            Example("A function:", "metic dump ./hello main"),
            Example("256 bytes from an address on:", "metic dump --bytes 256 ./hello 0x10530"),
        ],
    },
    Section {
        pages: &["metic-bench"],
        title: "EXAMPLES",
        items: &[Example(
            "The programs of one class, without qemu:",
            "metic bench --list benches/list.txt --no-qemu crypto",
        )],
    },
    Section {
        pages: &["metic-man"],
        title: "EXAMPLES",
        items: &[Example("For every user:", "metic man /usr/local/share/man/man1")],
    },
];
