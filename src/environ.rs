//! The environment as it is: `std::env` leaves out what has no `=` in it.
#![allow(unsafe_code, reason = "the C library's `environ`")]

use std::ffi::{CStr, OsStr, OsString, c_char};
use std::os::unix::ffi::OsStrExt;

unsafe extern "C" {
    static environ: *const *const c_char;
}

/// Every string of the environment, in order.
pub fn strings() -> Vec<OsString> {
    let mut found = Vec::new();
    // SAFETY: the C library keeps a vector of strings here that a null pointer ends; nothing in this
    // process changes it.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            let text = CStr::from_ptr(*at);
            found.push(OsStr::from_bytes(text.to_bytes()).to_owned());
            at = at.add(1);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_variable_is_among_the_strings() {
        let strings = super::strings();
        for (name, value) in std::env::vars_os() {
            let mut row = name;
            row.push("=");
            row.push(value);
            assert!(strings.contains(&row));
        }
    }
}
