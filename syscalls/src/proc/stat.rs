//! `/proc/PID/stat`: the host's fields, some replaced.

use loader::Image;

/// The addresses of the program, where the host does not know them itself.
pub fn addresses(image: &Image) -> Vec<(usize, u64)> {
    vec![
        (26, image.code.start),
        (27, image.code.end),
        (28, image.stack_pointer),
        (45, image.data.start),
        (46, image.data.end),
        (47, image.brk),
        (48, image.args.start),
        (49, image.args.end),
        (50, image.env.start),
        (51, image.env.end),
    ]
}

/// Fields 31 to 34: signals that wait, are blocked, ignored, caught.
pub fn signals(host: &[u8]) -> [u64; 4] {
    std::array::from_fn(|n| field(host, 31 + n))
}

/// A number of the host's, by its field.
pub fn field(host: &[u8], number: usize) -> u64 {
    let end = host.iter().rposition(|&b| b == b')').map_or(0, |end| end + 1);
    let rest = String::from_utf8_lossy(&host[end..]).into_owned();
    rest.split_whitespace().nth(number - FIRST).and_then(|f| f.parse().ok()).unwrap_or(0)
}

/// The field behind the name.
const FIRST: usize = 3;

/// Replaces fields, numbered from 1 as in the manual. The second, the name in parentheses, may
/// contain anything.
pub fn replace(host: &[u8], numbers: &[(usize, u64)]) -> Vec<u8> {
    let Some(name_end) = host.iter().rposition(|&b| b == b')') else { return host.to_vec() };
    let rest = String::from_utf8_lossy(&host[name_end + 1..]).into_owned();
    let mut fields: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
    for &(number, value) in numbers {
        if let Some(field) = fields.get_mut(number - FIRST) {
            *field = value.to_string();
        }
    }
    let mut text = host[..=name_end].to_vec();
    text.push(b' ');
    text.extend_from_slice(fields.join(" ").as_bytes());
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_count_from_behind_the_name() {
        let host = b"12 (a) b) c) S 1 2 3\n";
        assert_eq!(replace(host, &[(4, 77)]), b"12 (a) b) c) S 77 2 3\n");
        assert_eq!(replace(host, &[(40, 77)]), host);
        assert_eq!(field(host, 5), 2);
    }
}
