//! `metic syscalls`: the guest's system calls.

use std::process::ExitCode;

use clap::Args;

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
    let done = rows.iter().filter(|r| r.done()).count();
    for row in rows.iter().filter(|r| !args.open || !r.done()) {
        println!("{:>4}  {:<28} {}", row.nr, row.name, if row.done() { "done" } else { "open" });
    }
    println!("{done} of {} done", rows.len());
    Ok(ExitCode::SUCCESS)
}
