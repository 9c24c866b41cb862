//! Prints system calls, in the style of strace(1). Nothing here runs unless it is asked for.

mod errno;
pub mod names;
mod print;

use runtime::Vcpu;

use crate::call::{Answer, Stop};
use crate::host::write_all;
use crate::linux::Linux;
use crate::table::{Arg, Row};
use print::{argument, output, signal_name};

/// Prints the calls of a guest.
pub struct Tracer;

/// A call that has begun: its text so far, and its arguments.
pub struct Begun {
    text: String,
    args: [u64; 6],
}

impl Tracer {
    /// The call's text, as far as it is known before it is made. A call that does not come back
    /// is printed.
    pub fn before(&self, linux: &Linux, vcpu: &Vcpu, row: Option<&Row>, nr: u64) -> Begun {
        let args = crate::abi::regs::args(&vcpu.state);
        let mut text = format!("{} ", vcpu.tid);
        let Some(row) = row else {
            text.push_str(&format!(
                "syscall_{nr:#x}({:#x}, {:#x}, {:#x}",
                args[0], args[1], args[2]
            ));
            return Begun { text, args };
        };
        text.push_str(row.name);
        text.push('(');
        let shown = row.args.iter().take_while(|a| !matches!(a, Arg::Out)).count();
        for n in 0..shown {
            separate(&mut text, n);
            text.push_str(&argument(row.args, &args, n));
        }
        if matches!(row.name, "exit" | "exit_group" | "execve" | "execveat" | "rt_sigreturn") {
            print(linux, &format!("{text}) = ?\n"));
        }
        Begun { text, args }
    }

    /// Prints the call with its result.
    pub fn after(&self, linux: &Linux, row: Option<&Row>, begun: Begun, answer: Answer) {
        let Begun { mut text, args } = begun;
        let kinds = row.map_or(&[] as &[Arg], |r| r.args);
        let first_out = kinds.iter().position(|a| matches!(a, Arg::Out)).unwrap_or(kinds.len());
        for n in first_out..kinds.len() {
            separate(&mut text, n);
            let shown = match kinds[n] {
                Arg::Out => output(args[n], answer),
                _ => argument(kinds, &args, n),
            };
            text.push_str(&shown);
        }
        let result = match answer {
            Ok(value) if value as u64 > u32::MAX as u64 => format!("{value:#x}"),
            Ok(value) => value.to_string(),
            Err(Stop::Errno(e)) => errno::result(e.0),
            Err(Stop::Again) => "? (to be made again after a signal)".to_owned(),
            // Printed before.
            Err(Stop::Flow(_)) => return,
        };
        print(linux, &format!("{text}) = {result}\n"));
    }

    /// Prints a signal that the guest gets.
    pub fn signal(&self, linux: &Linux, vcpu: &Vcpu, signo: i32, addr: Option<u64>) {
        let name = signal_name(signo as u64);
        let at = addr.map_or_else(String::new, |a| format!(", si_addr={a:#x}"));
        print(linux, &format!("{} --- {name} {{si_signo={name}{at}}} ---\n", vcpu.tid));
    }
}

fn separate(text: &mut String, n: usize) {
    if n > 0 {
        text.push_str(", ");
    }
}

fn print(linux: &Linux, line: &str) {
    if let Some(fd) = linux.fds.strace.get() {
        let _ = write_all(fd, line.as_bytes());
    }
}
