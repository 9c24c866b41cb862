//! The command `metic`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    metic::args::main(std::env::args_os().collect())
}
