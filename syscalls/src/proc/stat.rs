//! `/proc/self/stat`: the host's, with the addresses of the guest.

use loader::Image;
use memory::Region;

/// The host's text with the guest's numbers.
pub fn with_guest(host: &[u8], image: &Image, regions: &[Region]) -> Vec<u8> {
    let size = regions.iter().map(|r| r.end - r.start).sum();
    let numbers = [
        (23, size),
        (26, image.code.start),
        (27, image.code.end),
        (28, image.stack_pointer),
        (29, 0),
        (30, 0),
        (45, image.data.start),
        (46, image.data.end),
        (47, image.brk),
        (48, image.args.start),
        (49, image.args.end),
        (50, image.env.start),
        (51, image.env.end),
    ];
    replace(host, &numbers)
}

/// Replaces fields, numbered from 1 as in the manual. The second, the name in parentheses, may
/// contain anything.
fn replace(host: &[u8], numbers: &[(usize, u64)]) -> Vec<u8> {
    /// The field behind the name.
    const FIRST: usize = 3;
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
    use super::replace;

    #[test]
    fn fields_count_from_behind_the_name() {
        let host = b"12 (a) b) c) S 1 2 3\n";
        assert_eq!(replace(host, &[(4, 77)]), b"12 (a) b) c) S 77 2 3\n");
        assert_eq!(replace(host, &[(40, 77)]), host);
    }
}
