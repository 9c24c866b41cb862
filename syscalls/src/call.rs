//! One system call under way.

use guest::access::Faulted;
use memory::Errno;
use runtime::host::{
    Interrupted, blocking_for_guest, syscall_blocking, syscall_for_guest, syscall_raw,
};
use runtime::{Flow, Process, Vcpu};

use crate::abi::regs;
use crate::host::checked;
use crate::linux::Linux;
use crate::mem::{self, Plain};
use crate::thread::Thread;

/// What ends a call other than with a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// With an error.
    Errno(Errno),
    /// A signal comes first: the guest makes the call again after its handler.
    Again,
    /// Without a result: the guest's registers are as they are to be.
    Flow(Flow),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Errno(errno)
    }
}
impl From<Faulted> for Stop {
    fn from(_: Faulted) -> Stop {
        Stop::Errno(mem::FAULT)
    }
}
impl From<Interrupted> for Stop {
    fn from(_: Interrupted) -> Stop {
        Stop::Again
    }
}

/// The answer to a call.
pub type Answer = Result<i64, Stop>;

/// Fails with an error number of `libc`.
pub fn fail(errno: i32) -> Answer {
    Err(Stop::Errno(Errno(errno)))
}

/// A system call of a guest thread.
pub struct Call<'a> {
    pub linux: &'a Linux,
    pub vcpu: &'a mut Vcpu,
    /// Its arguments; handlers may change them before they hand the call on.
    pub args: [u64; 6],
}

impl Call<'_> {
    /// Argument `n` as the `int` it is.
    pub fn int(&self, n: usize) -> i32 {
        self.args[n] as i32
    }
    pub fn process(&self) -> &'static Process {
        self.vcpu.process
    }
    pub fn thread(&mut self) -> &mut Thread {
        Thread::of(self.vcpu)
    }
    /// Writes a structure to guest memory.
    pub fn write<T: Plain>(&self, addr: u64, value: &T) -> Result<(), Errno> {
        mem::write(self.process(), addr, value)
    }

    /// True if these are the arguments that the guest gave: none of them leads to memory of ours.
    fn is_guests(&self, args: &[u64; 6]) -> bool {
        *args == regs::args(&self.vcpu.state)
    }

    /// The host's call with the same arguments; one that does not block.
    pub fn pass(&mut self, nr: i64) -> Answer {
        let args = self.args;
        self.pass_with(nr, args)
    }

    /// As [`Call::pass`], with these arguments.
    pub fn pass_with(&mut self, nr: i64, args: [u64; 6]) -> Answer {
        let guests = self.is_guests(&args);
        let make = |nr, args| match guests {
            true => syscall_for_guest(nr, &args),
            false => syscall_raw(nr, args),
        };
        let mut raw = make(nr as u64, args);
        if raw == -libc::EFAULT as i64 && self.process().open_to_writes(0, u64::MAX) {
            raw = make(nr as u64, args);
        }
        Ok(checked(raw)?)
    }

    /// The host's call with the same arguments; it may block.
    pub fn block(&mut self, nr: i64) -> Answer {
        let args = self.args;
        self.block_with(nr, args)
    }

    /// As [`Call::block`], with these arguments.
    pub fn block_with(&mut self, nr: i64, args: [u64; 6]) -> Answer {
        let guests = self.is_guests(&args);
        let make = |vcpu: &mut Vcpu, nr, args| match guests {
            true => blocking_for_guest(vcpu, nr, &args),
            false => syscall_blocking(vcpu, nr, args),
        };
        let mut raw = make(self.vcpu, nr as u64, args)?;
        if raw == -libc::EFAULT as i64 && self.process().open_to_writes(0, u64::MAX) {
            raw = make(self.vcpu, nr as u64, args)?;
        }
        Ok(checked(raw)?)
    }
}
