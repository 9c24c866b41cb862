//! `metic syscalls`: the guest's system calls.

use std::process::ExitCode;

use crate::output::out;
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
    for row in rows.iter().filter(|r| !args.open || r.status() == Status::Open) {
        out!("{:>4}  {:<28} {}\n", row.nr, row.name, describe(row))?;
    }
    let count = |f: fn(Status) -> bool| rows.iter().filter(|r| f(r.status())).count();
    let refused = count(|s| matches!(s, Status::Refused(_)));
    let open = count(|s| s == Status::Open);
    let done = rows.len() - refused - open;
    out!("{done} of {} done, {refused} refused, {open} open\n", rows.len())?;
    Ok(ExitCode::SUCCESS)
}

fn describe(row: &Row) -> String {
    match row.status() {
        Status::Done => "done".into(),
        Status::Refused(reason) => format!("refused: {reason}"),
        Status::Open => "open".into(),
    }
}
