//! What a tracer reads and writes of a stopped tracee.

use memory::Errno;
use runtime::SigInfo;

use super::events;
use super::look::GONE;
use super::record::{Kind, Record};
use super::tracees::{Hold, Stopped, tracees};
use crate::abi::regs::AUDIT_ARCH;
use crate::abi::regsets::AT_SP;
use crate::call::{Answer, Call};
use crate::mem;
use crate::signals::{SET_LEN, UNBLOCKABLE};

const EINVAL: Errno = Errno(libc::EINVAL);
const NT_PRSTATUS: u64 = 1;
const NT_PRFPREG: u64 = 2;

fn with<R>(tid: i32, f: impl FnOnce(&mut Stopped) -> Result<R, Errno>) -> Result<R, Errno> {
    let mut list = tracees();
    let tracee = list.all.get_mut(&tid).ok_or(GONE)?;
    f(tracee.stopped.as_deref_mut().ok_or(GONE)?)
}

/// `PTRACE_GETEVENTMSG`.
pub fn message(call: &Call<'_>, tid: i32, to: u64) -> Answer {
    let message = with(tid, |stopped| Ok(stopped.message))?;
    call.write(to, &message)?;
    Ok(0)
}

/// `PTRACE_GETSIGINFO`. A thread that is not seized and stops with its process has none.
pub fn signal_info(call: &Call<'_>, tid: i32, to: u64) -> Answer {
    let info = with(tid, |stopped| match stopped.record.kind() {
        Some(Kind::Signal) => Ok(stopped.record.info),
        Some(Kind::Group | Kind::Asked) if stopped.status >> 8 == 0 => Err(EINVAL),
        _ => Ok(stop_info(tid, stopped.status)),
    })?;
    call.write(to, &info)?;
    Ok(0)
}

/// The signal of a stop that is for the tracer alone.
fn stop_info(tid: i32, status: i32) -> SigInfo {
    let seized = status >> 8 == events::STOP as i32;
    let signo = if seized { status & 0xff } else { libc::SIGTRAP };
    let mut info = SigInfo::fault(signo, status, 0);
    let user = crate::host::sys(libc::SYS_getuid, []).unwrap_or(0) as u64;
    info.fields[0] = tid as u64 | user << 32;
    info
}

/// `PTRACE_SETSIGINFO`.
pub fn set_signal_info(tid: i32, from: u64) -> Answer {
    let info: SigInfo = mem::read(from)?;
    with(tid, |stopped| {
        if stopped.record.kind() == Some(Kind::Group) {
            return Err(EINVAL);
        }
        stopped.record.info = info;
        Ok(0)
    })
    .map_err(Into::into)
}

/// A set of registers as bytes.
fn set_of(record: &Record, kind: u64) -> Result<&[u8], Errno> {
    match kind {
        NT_PRSTATUS => Ok(mem::bytes_of(&record.regs)),
        NT_PRFPREG => Ok(mem::bytes_of(&record.floats)),
        _ => Err(EINVAL),
    }
}

/// `struct iovec`, of whole words as sets of registers are.
fn read_iovec(at: u64) -> Result<[u64; 2], Errno> {
    let [base, len]: [u64; 2] = mem::read(at)?;
    if len % 8 == 0 { Ok([base, len]) } else { Err(EINVAL) }
}

/// `PTRACE_GETREGSET`.
pub fn registers(call: &Call<'_>, tid: i32, kind: u64, iovec: u64) -> Answer {
    let [base, len] = read_iovec(iovec)?;
    let bytes = with(tid, |stopped| set_of(&stopped.record, kind).map(<[u8]>::to_vec))?;
    let len = bytes.len().min(len as usize);
    mem::write_bytes(call.process(), base, &bytes[..len])?;
    call.write(iovec + 8, &(len as u64))?;
    Ok(0)
}

/// `PTRACE_SETREGSET`.
pub fn set_registers(call: &Call<'_>, tid: i32, kind: u64, iovec: u64) -> Answer {
    let [base, len] = read_iovec(iovec)?;
    let whole = with(tid, |stopped| Ok(set_of(&stopped.record, kind)?.len()))?;
    let len = whole.min(len as usize);
    let bytes = mem::read_bytes(base, len)?;
    with(tid, |stopped| {
        let record = &mut stopped.record;
        let words = match kind {
            NT_PRSTATUS => record.regs.as_mut_slice(),
            _ => record.floats.as_mut_slice(),
        };
        for (place, word) in words.iter_mut().zip(bytes.as_chunks().0) {
            *place = u64::from_le_bytes(*word);
        }
        record.changed = 1;
        Ok(())
    })?;
    call.write(iovec + 8, &(len as u64))?;
    Ok(0)
}

/// `PTRACE_GETSIGMASK`.
pub fn mask(call: &Call<'_>, tid: i32, len: u64, to: u64) -> Answer {
    let mask = with(tid, |stopped| Ok(stopped.record.mask))?;
    if len != SET_LEN {
        return Err(EINVAL.into());
    }
    call.write(to, &mask)?;
    Ok(0)
}

/// `PTRACE_SETSIGMASK`.
pub fn set_mask(tid: i32, len: u64, from: u64) -> Answer {
    if len != SET_LEN {
        return Err(EINVAL.into());
    }
    let mask: u64 = mem::read(from)?;
    with(tid, |stopped| {
        stopped.record.mask = mask & !UNBLOCKABLE;
        stopped.record.changed = 1;
        Ok(0)
    })
    .map_err(Into::into)
}

/// `PTRACE_GET_SYSCALL_INFO`: `struct ptrace_syscall_info`, as much as there is room for; how much
/// there is.
pub fn call_info(call: &Call<'_>, tid: i32, room: u64, to: u64) -> Answer {
    let bytes = with(tid, |stopped| Ok(describe(stopped)))?;
    let len = bytes.len().min(room as usize);
    mem::write_bytes(call.process(), to, &bytes[..len])?;
    Ok(bytes.len() as i64)
}

fn describe(stopped: &Stopped) -> Vec<u8> {
    const MAX_ERRNO: i64 = 4095;
    let record = &stopped.record;
    let head = |op: u8| {
        let mut bytes = vec![op, 0, 0, 0];
        bytes.extend(AUDIT_ARCH.to_le_bytes());
        bytes.extend(record.regs[0].to_le_bytes());
        bytes.extend(record.regs[AT_SP].to_le_bytes());
        bytes
    };
    let call = || record.call.iter().flat_map(|word| word.to_le_bytes());
    let kind = record.kind().filter(|_| stopped.hold == Hold::Itself);
    match kind {
        Some(Kind::Entry) => head(1).into_iter().chain(call()).collect(),
        Some(Kind::Leave) => {
            let error = (-MAX_ERRNO..0).contains(&(record.result as i64));
            let result = record.result.to_le_bytes();
            head(2).into_iter().chain(result).chain([error as u8]).collect()
        }
        Some(Kind::Event) if record.event == events::SECCOMP => {
            let datum = (record.message as u32).to_le_bytes();
            head(3).into_iter().chain(call()).chain(datum).chain([0; 4]).collect()
        }
        _ => head(0),
    }
}
