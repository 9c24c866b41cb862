//! seccomp(2), and the part of it that prctl(2) has.

use std::sync::Arc;

use memory::Errno;

use crate::call::{Answer, Call, fail};
use crate::host::{has_capability, sys};
use crate::mem;
use crate::seccomp::{DISABLED, FILTER, Filter, Insn, MAX_LEN, Program, STRICT, notify};

const SET_STRICT: u32 = libc::SECCOMP_SET_MODE_STRICT;
const SET_FILTER: u32 = libc::SECCOMP_SET_MODE_FILTER;
const ACTION_AVAILABLE: u32 = libc::SECCOMP_GET_ACTION_AVAIL;

const TSYNC: u64 = libc::SECCOMP_FILTER_FLAG_TSYNC;
const LOG: u64 = libc::SECCOMP_FILTER_FLAG_LOG;
const TSYNC_ESRCH: u64 = libc::SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
const LISTENER: u64 = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
const KILLABLE: u64 = libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
const KNOWN: u64 =
    TSYNC | LOG | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW | LISTENER | TSYNC_ESRCH | KILLABLE;

/// seccomp(2).
pub fn seccomp(call: &mut Call<'_>) -> Answer {
    let [_, flags, arg, ..] = call.args;
    match call.args[0] as u32 {
        SET_STRICT if flags as u32 != 0 || arg != 0 => fail(libc::EINVAL),
        SET_STRICT => set_strict(call),
        SET_FILTER => set_filter(call, flags as u32 as u64, arg),
        ACTION_AVAILABLE if flags as u32 != 0 => fail(libc::EINVAL),
        ACTION_AVAILABLE => action_available(arg),
        // The structures are the host's.
        libc::SECCOMP_GET_NOTIF_SIZES => call.pass(libc::SYS_seccomp),
        _ => fail(libc::EINVAL),
    }
}

/// `PR_SET_SECCOMP`.
pub fn by_prctl(call: &mut Call<'_>) -> Answer {
    let [_, mode, program, ..] = call.args;
    match mode {
        m if m == STRICT as u64 => set_strict(call),
        m if m == FILTER as u64 => set_filter(call, 0, program),
        _ => fail(libc::EINVAL),
    }
}

/// A mode stays once it is set.
fn may_set(call: &mut Call<'_>, mode: u8) -> bool {
    let now = call.thread().seccomp.mode();
    now == DISABLED || now == mode
}

fn set_strict(call: &mut Call<'_>) -> Answer {
    if !may_set(call, STRICT) {
        return fail(libc::EINVAL);
    }
    call.linux.look_at_calls();
    call.thread().seccomp.set(STRICT, None);
    Ok(0)
}

fn action_available(arg: u64) -> Answer {
    const AVAILABLE: [u32; 8] = [
        libc::SECCOMP_RET_KILL_PROCESS,
        libc::SECCOMP_RET_KILL_THREAD,
        libc::SECCOMP_RET_TRAP,
        libc::SECCOMP_RET_ERRNO,
        libc::SECCOMP_RET_USER_NOTIF,
        libc::SECCOMP_RET_TRACE,
        libc::SECCOMP_RET_LOG,
        libc::SECCOMP_RET_ALLOW,
    ];
    let action: u32 = mem::read(arg)?;
    if AVAILABLE.contains(&action) { Ok(0) } else { fail(libc::EOPNOTSUPP) }
}

fn set_filter(call: &mut Call<'_>, flags: u64, program: u64) -> Answer {
    // With a listener, the result can't be a thread.
    let two_results = flags & TSYNC != 0 && flags & LISTENER != 0 && flags & TSYNC_ESRCH == 0;
    if flags & !KNOWN != 0 || two_results || flags & (KILLABLE | LISTENER) == KILLABLE {
        return fail(libc::EINVAL);
    }
    let insns = read_program(program)?;
    let no_new_privs = no_new_privs();
    if !no_new_privs && !may_administer() {
        return fail(libc::EACCES);
    }
    let insns = insns.read()?;
    let program = Program::new(&insns).ok_or(Errno(libc::EINVAL))?;
    if !may_set(call, FILTER) {
        return fail(libc::EINVAL);
    }
    call.linux.look_at_calls();
    let own = Arc::clone(&call.thread().seccomp);
    let listens = flags & LISTENER != 0;
    let filter = Filter::new(program, flags & LOG != 0, listens, own.filter());
    let filter = filter.ok_or(Errno(libc::ENOMEM))?;
    let listen = || filter.listener().map_or(Ok(0), |n| notify::listen(n, flags));
    if flags & TSYNC == 0 {
        let result = listen()?;
        own.set(FILTER, Some(filter));
        return Ok(result);
    }
    match call.thread().shared.seccomp.synchronise(&own, &filter, no_new_privs, listen)? {
        Ok(result) => Ok(result),
        Err(_) if flags & TSYNC_ESRCH != 0 => fail(libc::ESRCH),
        Err(tid) => Ok(tid as i64),
    }
}

/// Where a program lies.
struct Place {
    at: u64,
    len: usize,
}

/// `struct sock_fprog`.
fn read_program(at: u64) -> Result<Place, Errno> {
    let [len, at]: [u64; 2] = mem::read(at)?;
    let len = len as u16 as usize;
    if len == 0 || len > MAX_LEN { Err(Errno(libc::EINVAL)) } else { Ok(Place { at, len }) }
}

impl Place {
    fn read(&self) -> Result<Vec<Insn>, Errno> {
        let bytes = mem::read_bytes(self.at, self.len * size_of::<Insn>())?;
        Ok(bytes.chunks(size_of::<Insn>()).map(mem::from_bytes).collect())
    }
}

fn no_new_privs() -> bool {
    sys(libc::SYS_prctl, [libc::PR_GET_NO_NEW_PRIVS as u64, 0, 0, 0, 0]) == Ok(1)
}

/// True with `CAP_SYS_ADMIN`; see capget(2).
fn may_administer() -> bool {
    const CAP_SYS_ADMIN: u32 = 21;
    has_capability(CAP_SYS_ADMIN)
}
