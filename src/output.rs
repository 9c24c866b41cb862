//! What commands print. Nothing here panics: nobody may read it, and the device may be full.

use std::fmt;
use std::io::{self, Write};

use anyhow::Context;

/// Prints on stdout, without a line's end of its own; the error says that it was stdout.
macro_rules! out {
    ($($text:tt)*) => { $crate::output::write(format_args!($($text)*)) };
}

/// Prints on stderr, without a line's end of its own. If that is gone, nobody looks.
macro_rules! note {
    ($($text:tt)*) => { $crate::output::write_note(format_args!($($text)*)) };
}

pub(crate) use {note, out};

/// See [`out!`].
pub fn write(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_fmt(text).and_then(|()| stdout.flush()).context("cannot write to stdout")
}

/// See [`note!`].
pub fn write_note(text: fmt::Arguments<'_>) {
    let mut stderr = io::stderr();
    let _ = stderr.write_fmt(text).and_then(|()| stderr.flush());
}

/// True of an error that says that nobody reads stdout any more, as of the first lines of a long table.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// `1234567` as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1234567), "1,234,567");
    }
}
