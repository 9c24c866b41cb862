//! `metic syscalls`: the guest's system calls.

use std::process::ExitCode;

use clap::Args;
use syscalls::{Row, Status};

/// `metic syscalls`.
#[derive(Args)]
pub struct SyscallsArgs {
    /// Only those that are not done yet, and answer ENOSYS
    #[arg(long)]
    open: bool,
}

/// Prints the table.
pub fn run(args: &SyscallsArgs) -> anyhow::Result<ExitCode> {
    let rows = syscalls::rows();
    for row in rows.iter().filter(|r| !args.open || !is_done(r)) {
        println!("{:>4}  {:<28} {}", row.nr, row.name, if is_done(row) { "done" } else { "open" });
    }
    println!("{} of {} done", rows.iter().filter(|r| is_done(r)).count(), rows.len());
    Ok(ExitCode::SUCCESS)
}

fn is_done(row: &Row) -> bool {
    row.status() == Status::Done
}
