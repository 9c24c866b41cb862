//! The extensions that guest code may use, one a row: `/proc/cpuinfo` and riscv_hwprobe(2) are
//! made from it.

/// The single-letter extensions.
pub const BASE: &str = "rv64imafdc";

/// Name as in the ISA string, bit of `RISCV_HWPROBE_KEY_IMA_EXT_0` if it has one. In the order
/// in which the kernel prints them.
pub const EXTENSIONS: &[(&str, Option<u8>)] = &[
    ("zicbom", Some(55)),
    ("zicbop", Some(60)),
    ("zicboz", Some(6)),
    ("zicntr", Some(50)),
    ("zicond", Some(35)),
    ("zicsr", None),
    ("zifencei", None),
    ("zihintntl", Some(29)),
    ("zihintpause", Some(36)),
    ("zimop", Some(42)),
    ("zaamo", Some(56)),
    ("zabha", Some(58)),
    ("zacas", Some(34)),
    ("zalrsc", Some(57)),
    ("zawrs", Some(48)),
    ("zfa", Some(32)),
    ("zfh", Some(27)),
    ("zfhmin", Some(28)),
    ("zca", Some(43)),
    ("zcb", Some(44)),
    ("zcd", Some(45)),
    ("zcmop", Some(47)),
    ("zba", Some(3)),
    ("zbb", Some(4)),
    ("zbc", Some(7)),
    ("zbkb", Some(8)),
    ("zbkc", Some(9)),
    ("zbkx", Some(10)),
    ("zbs", Some(5)),
    ("zknd", Some(11)),
    ("zkne", Some(12)),
    ("zknh", Some(13)),
    ("zkt", Some(16)),
];

/// The ISA string.
pub fn isa_string() -> String {
    EXTENSIONS.iter().fold(BASE.to_owned(), |isa, (name, _)| isa + "_" + name)
}

/// The value of `RISCV_HWPROBE_KEY_IMA_EXT_0`.
pub fn probe_bits() -> u64 {
    const FD_AND_C: u64 = 3;
    EXTENSIONS.iter().filter_map(|e| e.1).fold(FD_AND_C, |bits, bit| bits | 1 << bit)
}
