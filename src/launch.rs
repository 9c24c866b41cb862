//! Putting a guest process together and running it in this host process.

use std::any::Any;
use std::convert::Infallible;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{IntoRawFd, RawFd};
use std::path::{Path, PathBuf};

use guest::keys::Isolation;
use ir::Backend;
use loader::{Image, LoadRequest};
use memory::AddressSpace;
use runtime::{Engine, Observer, Options, Parts, Placed, Process, Vcpu, threads};

use syscalls::Strace;

use crate::environ;
use crate::jitdump::JitDump;
use crate::output::note;
use crate::perf_map::PerfMap;
use crate::registry::{self, Guest};

/// What is to be run, and how.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The guest program: a path on the host.
    pub program: PathBuf,
    /// Its arguments, without `argv[0]`.
    pub args: Vec<OsString>,
    /// Its `argv[0]`, if not `program`.
    pub argv0: Option<OsString>,
    /// Its environment, `NAME=value` each.
    pub env: Vec<OsString>,
    /// How the guest named the program (`AT_EXECFN`), if not as `program`.
    pub execfn: Option<OsString>,
    /// A descriptor of the program, if `program` is only its name; the guest does not see it.
    pub program_fd: Option<RawFd>,
    /// A descriptor of metic's own file, for where `/proc` does not show it.
    pub exe_fd: Option<RawFd>,
    /// The kernel starts metic for guest programs, by binfmt_misc.
    pub by_kernel: bool,
    /// A descriptor of the filters of system calls that the program is started with.
    pub seccomp_fd: Option<i32>,
    /// RLIMIT_AS and RLIMIT_DATA, soft and hard each; the host's if none.
    pub limits: Option<[[u64; 2]; 2]>,
    /// Whether its memory may become code (`PR_MDWE_*`).
    pub write_exec: u64,
    /// How the program is traced by another guest, if it is.
    pub traced: Option<String>,
    /// What the process used before, and where it says so, as the program before handed it on.
    pub usage: Option<String>,
    /// Where the guest's paths are looked up first.
    pub sysroot: Option<PathBuf>,
    /// Engines and bounds.
    pub options: Options,
    /// Print system calls.
    pub strace: bool,
    /// Print statistics at exit.
    pub stats: bool,
    /// What else is done with the process at its exit, for which it has the exit status.
    pub at_exit: Option<fn(&Process, i32)>,
    /// Name translated code for perf(1).
    pub perf_map: bool,
    /// Write translated code for perf(1).
    pub jitdump: bool,
    /// What the guest is kept from by protection keys.
    pub isolate: Option<Isolation>,
}

/// Why a program did not start: one line, and the exit status for it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct LaunchError {
    /// What went wrong, naming the thing and the cause.
    pub message: String,
    /// 127 if something was not found, 126 if it cannot be run.
    pub status: u8,
}

impl From<loader::LoadError> for LaunchError {
    fn from(error: loader::LoadError) -> Self {
        LaunchError { message: error.to_string(), status: error.exit_status() as u8 }
    }
}

fn cannot(message: impl ToString) -> LaunchError {
    LaunchError { message: message.to_string(), status: 126 }
}

impl Launch {
    /// `program` without arguments, in this process's environment.
    pub fn new(program: impl Into<PathBuf>) -> Launch {
        Launch {
            program: program.into(),
            args: Vec::new(),
            argv0: None,
            env: environ::strings(),
            execfn: None,
            program_fd: None,
            exe_fd: None,
            by_kernel: false,
            seccomp_fd: None,
            limits: None,
            write_exec: 0,
            traced: None,
            usage: None,
            sysroot: None,
            options: Options::default(),
            strace: false,
            stats: false,
            at_exit: None,
            perf_map: false,
            jitdump: false,
            isolate: None,
        }
    }

    fn argv(&self) -> Vec<OsString> {
        let argv0 = self.argv0.clone().unwrap_or_else(|| self.program.clone().into());
        std::iter::once(argv0).chain(self.args.iter().cloned()).collect()
    }

    /// The options of `metic run` that a guest's execve hands on; the sysroot is its own affair.
    fn inherited(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        // What is as always is left to the environment of the next program.
        let usual = Options::default();
        if self.options.engine != usual.engine {
            words.extend(["--engine".into(), registry::engine_name(self.options.engine).into()]);
        }
        if self.options.warm != usual.warm {
            words.extend(["--warm".into(), self.options.warm.to_string().into()]);
        }
        if let Some(limit) = self.options.code_limit {
            words.extend(["--code-limit".into(), limit.to_string().into()]);
        }
        if self.isolate.is_some() {
            let name = registry::isolation_name(self.isolate);
            words.push(format!("--isolate={name}").into());
        }
        let flags = [
            (self.strace, "--strace"),
            (self.stats, "--stats"),
            (self.perf_map, "--perf-map"),
            (self.jitdump, "--jitdump"),
            (self.options.count, "--count"),
            (self.by_kernel, "--by-kernel"),
        ];
        words.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| OsString::from(word)));
        words
    }
}

/// The guest that `program` is for. There is one so far; the loader says if it does not fit.
fn guest_of(_program: &Path) -> &'static Guest {
    &registry::GUESTS[0]
}

/// A loaded program that has not started.
pub struct Prepared {
    /// Its process.
    pub process: &'static Process,
    /// Where everything of it lies.
    pub image: Image,
    /// The kernel's data for its first thread, and that thread's signal mask.
    pub first_thread: (Box<dyn Any + Send>, u64),
}

/// Loads the program and puts its process together.
pub fn prepare(launch: Launch) -> Result<Prepared, LaunchError> {
    let guest = guest_of(&launch.program);
    let memory = AddressSpace::new();
    let request = LoadRequest {
        path: &launch.program,
        fd: launch.program_fd,
        args: launch.argv(),
        env: launch.env.clone(),
        execfn: launch.execfn.clone().unwrap_or_else(|| launch.program.clone().into()),
        sysroot: launch.sysroot.as_deref(),
        isa: guest.isa,
    };
    let image = loader::load(&memory, &request)
        .map_err(|error| bad_sysroot(&launch).unwrap_or_else(|| error.into()))?;
    let program = launch.program_fd.map_or_else(|| open_program(&launch), Ok)?;
    let kernel = kernel(&launch, &request, &image, program, &memory)?;
    let first_thread = kernel.first_thread();
    let parts = Parts {
        memory,
        frontend: (guest.frontend)(image.vdso.clone()),
        backend: backend(guest, launch.options.engine)?,
        interp: registry::interpreter(),
        kernel: Box::new(kernel),
        options: launch.options,
        observer: observer(&launch),
        heap: launch.stats.then_some(crate::heap::measure),
        at_exit: launch.at_exit.or(launch.stats.then_some(crate::commands::stats::print)),
    };
    let process = Process::new(parts).map_err(|e| cannot(format!("code cache: {e}")))?;
    syscalls::Linux::publish(&process.memory);
    Ok(Prepared { process, image, first_thread })
}

/// What is wrong with the sysroot, if anything: then all else that goes wrong may come of it.
fn bad_sysroot(launch: &Launch) -> Option<LaunchError> {
    let path = launch.sysroot.as_deref()?;
    let what = match std::fs::read_dir(path) {
        Ok(_) => return None,
        Err(error) => error,
    };
    Some(cannot(format!("-L {}: {what}", path.display())))
}

/// Those who are told of translations.
struct Observers(Vec<Box<dyn Observer>>);

impl Observer for Observers {
    fn placed(&self, placed: &Placed) {
        self.0.iter().for_each(|observer| observer.placed(placed));
    }
}

fn observer(launch: &Launch) -> Option<Box<dyn Observer>> {
    let map = launch.perf_map.then(|| Box::new(PerfMap::default()) as Box<dyn Observer>);
    let dump = launch.jitdump.then(|| Box::new(JitDump::default()) as Box<dyn Observer>);
    let all: Vec<_> = map.into_iter().chain(dump).collect();
    (!all.is_empty()).then(|| Box::new(Observers(all)) as Box<dyn Observer>)
}

fn open_program(launch: &Launch) -> Result<RawFd, LaunchError> {
    let opened = File::open(&launch.program).map(IntoRawFd::into_raw_fd);
    opened.map_err(|error| cannot(format!("{}: {error}", launch.program.display())))
}

fn backend(guest: &Guest, engine: Engine) -> Result<Option<Box<dyn Backend>>, LaunchError> {
    match engine {
        Engine::Interp => Ok(None),
        Engine::Baseline | Engine::Auto | Engine::Opt => {
            registry::backend(guest).map(Some).map_err(cannot)
        }
    }
}

fn kernel(
    launch: &Launch,
    request: &LoadRequest,
    image: &Image,
    program: RawFd,
    memory: &AddressSpace,
) -> Result<syscalls::Linux, LaunchError> {
    let config = syscalls::Config {
        isa: request.isa,
        image: image.clone(),
        execfn: request.execfn.clone(),
        sysroot: launch.sysroot.clone(),
        strace: if launch.strace { Strace::Stderr } else { Strace::Off },
        exec_options: launch.inherited(),
        host_exe_fd: own_file(launch)?,
        by_kernel: launch.by_kernel,
        seccomp_fd: launch.seccomp_fd,
        limits: launch.limits,
        write_exec: launch.write_exec,
        traced: launch.traced.clone(),
        usage: launch.usage.clone(),
        guest_exe_fd: syscalls::raise_fd(program),
        uname: syscalls::Uname::default(),
    };
    let made = syscalls::Linux::new(config, memory);
    made.map_err(|error| bad_sysroot(launch).unwrap_or_else(|| cannot(error)))
}

/// A descriptor of metic's own file; -1 if it can't be found, and need not be.
///
/// Without `/proc`, it is what the process that executed this one left open, or what it was
/// executed by name as.
fn own_file(launch: &Launch) -> Result<RawFd, LaunchError> {
    const LINK: &str = "/proc/self/exe";
    let name = || loader::own_execfn().filter(|_| !launch.by_kernel);
    let opened = File::open(LINK).or_else(|e| name().and_then(|n| File::open(n).ok()).ok_or(e));
    match (opened, launch.exe_fd) {
        (Ok(file), given) => {
            given.map(nix::unistd::close);
            Ok(syscalls::raise_fd(file.into_raw_fd()))
        }
        (Err(_), Some(fd)) => Ok(syscalls::raise_fd(fd)),
        (Err(_), None) if launch.by_kernel => Ok(-1),
        (Err(error), None) => Err(cannot(format!("{LINK}: {error}"))),
    }
}

/// Runs the program. Gives control back only if it could not be started; the host process ends
/// with the guest.
pub fn run(launch: Launch) -> Result<Infallible, LaunchError> {
    report_panics_in_a_line();
    let ran = runtime::host_stack::on_own(|| run_here(launch));
    ran.map_err(|error| cannot(format!("a stack: {error}")))?
}

fn run_here(launch: Launch) -> Result<Infallible, LaunchError> {
    isolate(launch.isolate)?;
    let Prepared { process, image, first_thread: (ext, mask) } = prepare(launch)?;
    let mut state = guest::CpuState::new();
    state.pc = image.entry;
    state.set(process.frontend.isa().regs.stack, image.stack_pointer);
    let _stack = threads::SignalStack::install();
    let mut vcpu = Vcpu::new(process, state, ext);
    vcpu.run_thread(mask);
    // The first thread is gone, the others run on; the last one ends the process.
    loop {
        runtime::host::syscall_raw(libc::SYS_exit as u64, [0; 6]);
    }
}

/// Keeps the guest from what it is to be kept from; without the means, there is no guest.
fn isolate(from: Option<Isolation>) -> Result<(), LaunchError> {
    let Some(isolation) = from else { return Ok(()) };
    let error = match runtime::isolation::start(isolation) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    match error.raw_os_error() {
        Some(libc::ENOSPC | libc::ENOSYS | libc::EINVAL) => {
            Err(cannot("--isolate: the processor and the kernel have no protection keys"))
        }
        _ => Err(cannot(format!("--isolate: {error}"))),
    }
}

/// A broken invariant of ours ends the process as a fault of ours does: it is told in a line, and
/// nothing unwinds through what may be damaged.
fn report_panics_in_a_line() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!(" at {place}")).unwrap_or_default();
        let text = info.payload_as_str().unwrap_or("panic").replace('\n', " ");
        note!("metic: internal error{place}: {text}\n");
        runtime::signals::die_of(libc::SIGABRT)
    }));
}
