//! Any text as IR: what parses prints as text that parses to the same, and verifies or not without
//! a panic.

/// Takes the bytes as text.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(region) = ir::parse(text) else { return };
    if ir::verify(&region).is_err() {
        return;
    }
    let printed = ir::print(&region);
    let again = ir::parse(&printed).unwrap_or_else(|e| panic!("{e}\n{printed}"));
    assert_eq!(ir::print(&again), printed);
}
