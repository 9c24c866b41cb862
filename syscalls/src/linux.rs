//! [`Linux`]: the runtime's `Kernel`.

use std::any::Any;
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use guest::FaultKind;
use ir::Trap;
use loader::Image;
use runtime::{Flow, Kernel, SigInfo, Vcpu};

use memory::Errno;

use crate::abi::regs;
use crate::call::{Answer, Call, Stop};
use crate::calls;
use crate::calls::limits::Own;
use crate::calls::uring::Rings;
use crate::config::{Config, Strace};
use crate::fds::{HostFd, HostFds, raise_fd};
use crate::host::{self, cstring};
use crate::mem;
use crate::proc;
use crate::ptrace;
use crate::quick;
use crate::seccomp::{self, Seccomp};
use crate::signals;
use crate::strace::Tracer;
use crate::sysroot::Sysroot;
use crate::table;
use crate::takes;
use crate::thread::{Shared, Thread};
use crate::usage::{self, Children};
use crate::user_dispatch;

/// The guest's operating system. One per process; made before `runtime::Process::new`.
pub struct Linux {
    pub(crate) config: Config,
    pub(crate) fds: HostFds,
    pub(crate) rings: Rings,
    pub(crate) children: Children,
    pub(crate) sysroot: Option<Sysroot>,
    pub(crate) tracer: Option<Tracer>,
    /// The guest's program on the host.
    pub(crate) exe: CString,
    /// Hard limits that the host does not know.
    pub(crate) limits: Own,
    /// The host's kernel knows where arguments, environment and auxiliary vector lie.
    pub(crate) host_knows_names: bool,
    first: Arc<Shared>,
    /// Filters of system calls that the program starts with.
    filter: Option<Arc<seccomp::Filter>>,
    /// True once a thread has filters of its calls, dispatches them itself, or is traced.
    pub(crate) looked_at: AtomicBool,
}

impl Linux {
    /// Linux for the program of `config`, which is loaded in `memory`. Names the calling thread after it.
    pub fn new(config: Config, memory: &memory::AddressSpace) -> io::Result<Linux> {
        let (sysroot, sysroot_fd) = match &config.sysroot {
            Some(path) => Sysroot::open(path).map(|(s, fd)| (Some(s), fd))?,
            None => (None, -1),
        };
        let (tracer, strace_fd) = open_trace(&config.strace)?;
        let fds = HostFds {
            exe: HostFd::new(config.host_exe_fd),
            sysroot: HostFd::new(sysroot_fd),
            strace: HostFd::new(strace_fd),
            pinned: false.into(),
            program: HostFd::new(config.guest_exe_fd),
            record: HostFd::new(-1),
            children: HostFd::new(-1),
        };
        let own = usage::Own::started(&fds, memory, config.usage.as_deref());
        fds.note();
        proc::exe::mark(config.guest_exe_fd);
        let exe = cstring(config.image.exe.as_os_str().as_bytes().to_vec());
        name_thread(config.execfn.as_bytes());
        let first = Shared::new(signals::inherited_actions(), own);
        let filter = inherited_filter(&config)?;
        let looked_at = AtomicBool::new(filter.is_some());
        let host_knows_names = proc::names::tell(&config.image).is_ok();
        let limits = Own::start(config.limits, &memory.limits);
        memory.limits.write_exec.store(config.write_exec, Ordering::Relaxed);
        Ok(Linux {
            config,
            fds,
            rings: Rings::default(),
            children: Children::default(),
            sysroot,
            tracer,
            exe,
            limits,
            host_knows_names,
            first,
            filter,
            looked_at,
        })
    }

    /// The first thread: its `Vcpu::ext`, and the signal mask to run it with
    /// (`Vcpu::run_thread`).
    pub fn first_thread(&self) -> (Box<dyn Any + Send>, u64) {
        signals::close_what_was_closed();
        let mask = signals::inherited_mask();
        let seccomp = Seccomp::started_with(self.filter.clone());
        seccomp.belongs_to(host::getpid());
        let mut thread = Thread::new(mask, Arc::clone(&self.first), seccomp);
        if let Some(how) = &self.config.traced {
            thread.trace = ptrace::Trace::inherited(how);
            thread.hello = thread.trace.as_ref().map(|_| ptrace::Hello::Executed);
            self.look_at_calls();
        }
        (Box::new(thread), mask)
    }

    /// Lets other processes find the guest's address space.
    pub fn publish(memory: &memory::AddressSpace) {
        proc::peer::publish(memory.published());
    }

    /// What the loader knows of the program.
    pub(crate) fn image(&self) -> &Image {
        &self.config.image
    }

    /// Where signal handlers return to.
    pub(crate) fn sigreturn(&self) -> u64 {
        self.config.image.sigreturn
    }

    /// True if calls do not simply go to the host.
    fn looks_at_calls(&self) -> bool {
        self.tracer.is_some() || self.looked_at.load(Ordering::Relaxed)
    }

    /// From here on calls do not simply go to the host.
    pub(crate) fn look_at_calls(&self) {
        self.looked_at.store(true, Ordering::SeqCst);
    }

    fn dispatch(&self, vcpu: &mut Vcpu, row: Option<&table::Row>, nr: u64) -> Answer {
        if let Some(answer) = user_dispatch::intercept(self, vcpu, nr) {
            return answer;
        }
        if Thread::of(vcpu).seccomp.mode() != seccomp::DISABLED
            && let Some(answer) = seccomp::enforce(self, vcpu, row, nr)
        {
            return answer;
        }
        self.answer(vcpu, row)
    }

    /// Makes a call that no filter has an objection to.
    pub(crate) fn answer(&self, vcpu: &mut Vcpu, row: Option<&table::Row>) -> Answer {
        let args = regs::args(&vcpu.state);
        match row {
            Some(row) => {
                takes::prepare(vcpu.process, row.nr, &args);
                row.answer(&mut Call { linux: self, vcpu, args })
            }
            None => crate::call::fail(libc::ENOSYS),
        }
    }
}

/// The filters that the program before this one left; none can be lost on the way.
fn inherited_filter(config: &Config) -> io::Result<Option<Arc<seccomp::Filter>>> {
    let Some(fd) = config.seccomp_fd else { return Ok(None) };
    let filter = seccomp::restore(&host::Fd(fd));
    filter.map(Some).ok_or_else(|| io::Error::other("the filters of system calls are lost"))
}

/// Sets the thread's name to the last part of the program's, as execve(2) does.
fn name_thread(execfn: &[u8]) {
    let name = execfn.rsplit(|&b| b == b'/').next().unwrap_or_default();
    let name = cstring(name.to_vec());
    let _ = host::sys(libc::SYS_prctl, [libc::PR_SET_NAME as u64, name.as_ptr() as u64]);
}

fn open_trace(strace: &Strace) -> io::Result<(Option<Tracer>, i32)> {
    let error = |e: memory::Errno| io::Error::from_raw_os_error(e.0);
    let fd = match strace {
        Strace::Off => return Ok((None, -1)),
        Strace::Stderr => {
            let args = [2, libc::F_DUPFD_CLOEXEC as u64, 3];
            host::sys(libc::SYS_fcntl, args).map_err(error)? as i32
        }
        Strace::File(path) => {
            use std::os::fd::IntoRawFd;
            std::fs::File::options().append(true).create(true).open(path)?.into_raw_fd()
        }
    };
    Ok((Some(Tracer), raise_fd(fd)))
}

impl Kernel for Linux {
    fn quick_syscall(&self, vcpu: &mut Vcpu) -> bool {
        !self.looks_at_calls() && !vcpu.process.memory.has_watches() && quick::syscall(vcpu)
    }

    fn quick_host_call(&self, vcpu: &mut Vcpu, number: u16) -> bool {
        calls::vdso::quick(vcpu, number)
    }

    fn start(&self, vcpu: &mut Vcpu) -> Flow {
        proc::standing::enter(vcpu);
        calls::clone::begin(vcpu);
        ptrace::start(self, vcpu)
    }

    fn syscall(&self, vcpu: &mut Vcpu) -> Flow {
        if let Err(flow) = ptrace::before_call(self, vcpu) {
            return flow;
        }
        let first = regs::args(&vcpu.state)[0];
        let nr = regs::number(&vcpu.state);
        let row = table::find(nr);
        let before = self.tracer.as_ref().map(|t| t.before(self, vcpu, row, nr));
        let answer = self.dispatch(vcpu, row, nr);
        if let (Some(tracer), Some(text)) = (&self.tracer, before) {
            tracer.after(self, row, text, answer);
        }
        let flow = match answer {
            Ok(value) => finish(vcpu, value),
            Err(Stop::Errno(errno)) => finish(vcpu, -errno.0 as i64),
            Err(Stop::Flow(flow)) => flow,
            Err(Stop::Again) => finish(vcpu, TO_BE_RESTARTED),
        };
        let flow = ptrace::after_call(self, vcpu, flow);
        match answer {
            Err(Stop::Again) => signals::call_again(vcpu, first),
            Err(Stop::Errno(Errno(libc::EINTR))) => signals::note_interrupted(vcpu, first),
            _ => {}
        }
        let thread = Thread::of(vcpu);
        match flow {
            // The child of a fork has not come from its maker's call.
            Flow::Continue if thread.hello.is_some() => ptrace::start(self, vcpu),
            Flow::Continue if !thread.pending.is_empty() => signals::deliver_unblocked(self, vcpu),
            flow => flow,
        }
    }

    fn trap(&self, vcpu: &mut Vcpu, trap: Trap) -> Flow {
        const ILL_ILLOPC: i32 = 1;
        const TRAP_BRKPT: i32 = 1;
        let pc = vcpu.state.pc;
        let (signo, code) = match trap {
            Trap::Illegal => (libc::SIGILL, ILL_ILLOPC),
            Trap::Breakpoint => (libc::SIGTRAP, TRAP_BRKPT),
            Trap::Fetch => {
                let mapped = vcpu.process.memory.prot_at(pc).is_some();
                (libc::SIGSEGV, if mapped { SEGV_ACCERR } else { SEGV_MAPERR })
            }
            Trap::HostCall(number) => return calls::vdso::host_call(vcpu, number),
        };
        signals::force(self, vcpu, &SigInfo::fault(signo, code, pc))
    }

    fn fault(&self, vcpu: &mut Vcpu) -> Flow {
        const BUS_ADRALN: i32 = 1;
        const BUS_ADRERR: i32 = 2;
        let fault = vcpu.state.fault;
        let (signo, code) = match fault.kind {
            FaultKind::Unmapped => (libc::SIGSEGV, SEGV_MAPERR),
            FaultKind::Denied => (libc::SIGSEGV, SEGV_ACCERR),
            FaultKind::BeyondFile => (libc::SIGBUS, BUS_ADRERR),
            FaultKind::Misaligned => (libc::SIGBUS, BUS_ADRALN),
        };
        if let Some(tracer) = &self.tracer {
            tracer.signal(self, vcpu, signo, Some(fault.addr));
        }
        signals::force(self, vcpu, &SigInfo::fault(signo, code, fault.addr))
    }

    fn deliver(&self, vcpu: &mut Vcpu, info: &SigInfo) -> Flow {
        if let Some(tracer) = &self.tracer {
            tracer.signal(self, vcpu, info.signo, None);
        }
        match ptrace::take_from_tracer(self, vcpu, info) {
            Some(info) => signals::deliver(self, vcpu, &info),
            None => signals::not_delivered(vcpu),
        }
    }
}

/// `ERESTARTSYS`: what a tracer sees of a call that is to be made again.
const TO_BE_RESTARTED: i64 = -512;
const SEGV_MAPERR: i32 = 1;
const SEGV_ACCERR: i32 = 2;

/// Sets the result of a call.
fn finish(vcpu: &mut Vcpu, value: i64) -> Flow {
    regs::set_result(&mut vcpu.state, value);
    Flow::Continue
}

/// Bytes of the guest's memory, as many as are there; for strings of the program's start.
pub(crate) fn read_range(range: &std::ops::Range<u64>) -> Vec<u8> {
    let len = range.end.saturating_sub(range.start) as usize;
    mem::read_bytes(range.start, len).unwrap_or_default()
}
