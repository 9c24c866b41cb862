//! The host's ptrace(2), and what it is used for.

use memory::Errno;
use runtime::{SigInfo, tracing};

use super::record::Record;
use super::{events, options};
use crate::host::sys;
use crate::mem;

const TRACEME: u64 = 0;
const PEEK: u64 = 2;
const POKE: u64 = 5;
const CONT: u64 = 7;
const DETACH: u64 = 17;
const SETOPTIONS: u64 = 0x4200;
const GETEVENTMSG: u64 = 0x4201;
const GETSIGINFO: u64 = 0x4202;
const SETSIGINFO: u64 = 0x4203;
const SEIZE: u64 = 0x4206;
const INTERRUPT: u64 = 0x4207;
const LISTEN: u64 = 0x4208;
pub const PEEKSIGINFO: u64 = 0x4209;

pub fn ptrace(request: u64, tid: i32, addr: u64, data: u64) -> Result<i64, Errno> {
    sys(libc::SYS_ptrace, [request, tid as u64, addr, data])
}

pub fn trace_me() -> Result<i64, Errno> {
    ptrace(TRACEME, 0, 0, 0)
}

/// What the host is asked for where the guest's tracer asks for `wanted`. An execution must not
/// show itself by a SIGTRAP, which the new translator could not take.
fn host_options(wanted: u64) -> u64 {
    const SAME: u64 = options::of(events::FORK)
        | options::of(events::VFORK)
        | options::of(events::CLONE)
        | options::of(events::EXIT)
        | options::EXITKILL;
    options::of(events::EXEC) | wanted & SAME
}

pub fn seize(tid: i32, wanted: u64) -> Result<i64, Errno> {
    ptrace(SEIZE, tid, 0, host_options(wanted))
}

pub fn set_options(tid: i32, wanted: u64) -> Result<i64, Errno> {
    ptrace(SETOPTIONS, tid, 0, host_options(wanted))
}

pub fn interrupt(tid: i32) -> Result<i64, Errno> {
    ptrace(INTERRUPT, tid, 0, 0)
}

pub fn listen(tid: i32) -> Result<i64, Errno> {
    ptrace(LISTEN, tid, 0, 0)
}

/// Lets a stopped tracee go on, with a signal or without.
pub fn go_on(tid: i32, signo: i32) -> Result<i64, Errno> {
    ptrace(CONT, tid, 0, signo as u64)
}

pub fn detach(tid: i32) -> Result<i64, Errno> {
    ptrace(DETACH, tid, 0, 0)
}

pub fn event_message(tid: i32) -> u64 {
    let mut message = 0u64;
    let _ = ptrace(GETEVENTMSG, tid, 0, &raw mut message as u64);
    message
}

pub fn signal_info(tid: i32) -> Result<SigInfo, Errno> {
    let mut info = SigInfo::zeroed();
    ptrace(GETSIGINFO, tid, 0, &raw mut info as u64)?;
    Ok(info)
}

/// Lets a tracee go on with the signal that stopped it in the hands of its runtime.
pub fn go_on_carrying(tid: i32, info: &SigInfo) -> Result<i64, Errno> {
    let carrier = tracing::carried(info);
    ptrace(SETSIGINFO, tid, 0, &raw const carrier as u64)?;
    go_on(tid, libc::SIGTRAP)
}

pub fn peek(tid: i32, addr: u64) -> Result<u64, Errno> {
    let mut word = 0u64;
    ptrace(PEEK, tid, addr, &raw mut word as u64)?;
    Ok(word)
}

pub fn poke(tid: i32, addr: u64, word: u64) -> Result<i64, Errno> {
    ptrace(POKE, tid, addr, word)
}

/// The record of a tracee.
pub fn read_record(tid: i32, at: u64) -> Option<Record> {
    let mut bytes = [0u8; size_of::<Record>()];
    let whole = transfer(libc::SYS_process_vm_readv, tid, at, bytes.as_mut_ptr() as u64);
    let record: Record = mem::from_bytes(&bytes);
    (whole && record.kind().is_some()).then_some(record)
}

pub fn write_record(tid: i32, at: u64, record: &Record) -> bool {
    let from = std::ptr::from_ref(record) as u64;
    transfer(libc::SYS_process_vm_writev, tid, at, from)
}

fn transfer(nr: i64, tid: i32, there: u64, here: u64) -> bool {
    const LEN: u64 = size_of::<Record>() as u64;
    let (local, remote) = ([here, LEN], [there, LEN]);
    let args = [tid as u64, local.as_ptr() as u64, 1, remote.as_ptr() as u64, 1, 0];
    sys(nr, args) == Ok(LEN as i64)
}

/// The process of a thread, and who traces it: `Tgid` and `TracerPid` of its status (proc(5)).
pub fn process_of(tid: i32) -> Option<i32> {
    let text = std::fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()
}

/// True if a process stands before the first instruction of a program: it has no registers yet.
pub fn has_just_executed(tid: i32) -> bool {
    const GETREGS: u64 = 12;
    const GENERAL: usize = 15;
    let mut regs = [0u64; size_of::<libc::user_regs_struct>() / 8];
    let got = ptrace(GETREGS, tid, 0, regs.as_mut_ptr() as u64);
    got.is_ok() && regs[..GENERAL].iter().all(|reg| *reg == 0)
}
