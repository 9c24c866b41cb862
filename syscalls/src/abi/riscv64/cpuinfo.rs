//! `/proc/cpuinfo` as the kernel writes it on RISC-V (`arch/riscv/kernel/cpu.c`).

use super::extensions::isa_string;

/// The file for this many processors.
pub fn text(processors: usize) -> String {
    let isa = isa_string();
    let one = |n| {
        format!(
            "processor\t: {n}\nhart\t\t: {n}\nisa\t\t: {isa}\nmmu\t\t: sv48\n\
             mvendorid\t: 0x0\nmarchid\t\t: 0x0\nmimpid\t\t: 0x0\nhart isa\t: {isa}\n\n"
        )
    };
    (0..processors).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_has_an_isa_line() {
        let text = text(3);
        let isa: Vec<&str> = text.lines().filter(|l| l.starts_with("isa\t")).collect();
        assert_eq!(isa.len(), 3);
        assert!(isa.iter().all(|l| l.contains(": rv64imafdc_zicbom_")));
        assert!(text.contains("processor\t: 2\nhart\t\t: 2\n"));
        assert!(text.ends_with("\n\n"));
    }
}
