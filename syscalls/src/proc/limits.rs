//! `/proc/self/limits`: the host's, with the limits that are kept for the guest.

/// The host's text with these limits of address space and data, soft and hard each.
pub fn text(host: &[u8], pairs: &[[u64; 2]; 2]) -> Vec<u8> {
    let rows = [("Max address space", pairs[0]), ("Max data size", pairs[1])];
    let text = String::from_utf8_lossy(host);
    let lines = text.lines().map(|line| {
        let row = rows.iter().find(|(name, _)| line.starts_with(name));
        row.map_or_else(|| format!("{line}\n"), |(name, pair)| print(name, pair))
    });
    lines.collect::<String>().into_bytes()
}

fn print(name: &str, pair: &[u64; 2]) -> String {
    let [soft, hard] = pair.map(|limit| match limit {
        u64::MAX => "unlimited".to_owned(),
        limit => limit.to_string(),
    });
    format!("{name:<25} {soft:<20} {hard:<20} {:<10}\n", "bytes")
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_two_lines_change() {
        let host =
            b"Limit                     Soft Limit           Hard Limit           Units     \n\
Max data size             unlimited            unlimited            bytes     \n\
Max address space         5                    6                    bytes     \n";
        let text = super::text(host, &[[u64::MAX, u64::MAX], [10, 20]]);
        let expected =
            b"Limit                     Soft Limit           Hard Limit           Units     \n\
Max data size             10                   20                   bytes     \n\
Max address space         unlimited            unlimited            bytes     \n";
        assert_eq!(text, expected);
    }
}
