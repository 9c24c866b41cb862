//! What was typed: the command line.

mod plain;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{
    FalseyValueParser, OsStringValueParser, PossibleValue, RangedU64ValueParser, Resettable,
    TypedValueParser,
};
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands;
use crate::invocation::HandedOver;
use crate::output::{is_broken_pipe, note};
use crate::registry;

/// Runs Linux programs built for another instruction set.
#[derive(Parser)]
#[command(name = "metic", version, about, max_term_width = 100)]
#[command(after_help = "`metic PROGRAM ARGS...` is short for `metic run PROGRAM ARGS...`.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a guest program
    Run(RunArgs),
    /// Run the built-in guest programs on every engine, and compare the engines
    Demo(commands::demo::DemoArgs),
    /// Time programs natively, under qemu-user and on each engine
    Bench(commands::bench::BenchArgs),
    /// Show a block of a guest program: guest code, IR and host code
    Dump(commands::dump::DumpArgs),
    /// List the system calls of the guest, and which of them work
    Syscalls(commands::syscalls::SyscallsArgs),
    /// Write the manual pages
    Man(commands::man::ManArgs),
    /// Have the kernel start metic for guest programs, wherever they are (binfmt_misc)
    Binfmt(commands::binfmt::BinfmtArgs),
}

/// `metic run`.
#[derive(Args, Clone, PartialEq, Eq, Debug)]
pub struct RunArgs {
    /// Look up the guest's paths in this directory first (a root file system of the guest)
    #[arg(short = 'L', long = "sysroot", value_name = "DIR", env = "METIC_SYSROOT")]
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub sysroot: Option<PathBuf>,
    /// Set a variable in the guest's environment
    #[arg(short = 'E', long = "env", value_name = "VAR=VALUE")]
    #[arg(value_parser = OsStringValueParser::new().try_map(assignment))]
    pub set_env: Vec<OsString>,
    /// Remove a variable from the guest's environment
    #[arg(short = 'U', long = "unset", value_name = "VAR")]
    pub unset_env: Vec<OsString>,
    /// The guest's first argument word, if not PROGRAM
    #[arg(short = '0', long = "argv0", value_name = "ARGV0")]
    pub argv0: Option<OsString>,
    /// How guest code runs
    #[arg(long, value_name = "ENGINE", default_value = DEFAULT_ENGINE, env = "METIC_ENGINE")]
    #[arg(value_parser = engine_parser())]
    pub engine: String,
    /// Print every system call on stderr
    #[arg(long, env = "METIC_STRACE", value_parser = FalseyValueParser::new())]
    pub strace: bool,
    /// Print what was translated, and how it ran, on stderr at exit
    #[arg(long, env = "METIC_STATS", value_parser = FalseyValueParser::new())]
    pub stats: bool,
    /// Count the guest instructions that are executed (shown by --stats)
    #[arg(long, env = "METIC_COUNT", value_parser = FalseyValueParser::new())]
    pub count: bool,
    /// Name translated code for perf(1), in /tmp/perf-PID.map
    #[arg(long, env = "METIC_PERF_MAP", value_parser = FalseyValueParser::new())]
    pub perf_map: bool,
    /// Write translated code and its names for `perf inject --jit`, to /tmp/jit-PID.dump
    #[arg(long, env = "METIC_JITDUMP", value_parser = FalseyValueParser::new())]
    pub jitdump: bool,
    /// Executions of a block in the interpreter before `auto` compiles it
    #[arg(long, value_name = "N", env = "METIC_WARM")]
    #[arg(default_value_t = runtime::Options::default().warm)]
    pub warm: u64,
    /// Most bytes of compiled code kept (at least 65536)
    #[arg(long, value_name = "BYTES", env = "METIC_CODE_LIMIT")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(LEAST_CODE..))]
    pub code_limit: Option<usize>,
    /// Keep the guest from writing to (or reading) metic's own memory, by the processor's protection keys
    #[arg(long, value_name = "FROM", env = "METIC_ISOLATE", default_value = DEFAULT_ISOLATION)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "write")]
    #[arg(value_parser = isolation_parser())]
    pub isolate: String,
    /// AT_EXECFN, if not PROGRAM: how the guest named it
    #[arg(long, hide = true, value_name = "NAME")]
    pub execfn: Option<OsString>,
    /// RLIMIT_AS and RLIMIT_DATA of the guest, soft and hard each
    #[arg(long, hide = true, value_name = "AS,AS,DATA,DATA")]
    pub limits: Option<String>,
    /// PR_MDWE_* of prctl(2)
    #[arg(long, hide = true, value_name = "BITS", default_value_t = 0)]
    pub write_exec: u64,
    /// A descriptor of PROGRAM, which is only its name
    #[arg(long, hide = true, value_name = "FD")]
    pub program_fd: Option<i32>,
    /// A descriptor of metic's own file
    #[arg(long, hide = true, value_name = "FD")]
    pub exe_fd: Option<i32>,
    /// The kernel starts metic for guest programs
    #[arg(long, hide = true)]
    pub by_kernel: bool,
    /// A descriptor of the filters of system calls that the program is started with
    #[arg(long, hide = true, value_name = "FD")]
    pub seccomp_fd: Option<i32>,
    /// How the program is traced by another guest
    #[arg(long, hide = true, value_name = "HOW")]
    pub traced: Option<String>,
    /// What the process used before, and where it says so
    #[arg(long, hide = true, value_name = "WHAT")]
    pub usage: Option<String>,
    /// The guest program and its arguments; what follows PROGRAM is not metic's
    #[arg(value_names = ["PROGRAM", "ARGS"], num_args = 1.., required = true)]
    #[arg(trailing_var_arg = true)]
    pub command: Vec<OsString>,
}

const DEFAULT_ENGINE: &str = "auto";
const DEFAULT_ISOLATION: &str = "off";
/// What the code cache does not go below.
const LEAST_CODE: u64 = 65536;

impl Default for RunArgs {
    /// No options, and no program yet.
    fn default() -> RunArgs {
        RunArgs {
            sysroot: None,
            set_env: Vec::new(),
            unset_env: Vec::new(),
            argv0: None,
            engine: DEFAULT_ENGINE.into(),
            isolate: DEFAULT_ISOLATION.into(),
            strace: false,
            stats: false,
            count: false,
            perf_map: false,
            jitdump: false,
            warm: runtime::Options::default().warm,
            code_limit: None,
            execfn: None,
            limits: None,
            write_exec: 0,
            program_fd: None,
            exe_fd: None,
            by_kernel: false,
            seccomp_fd: None,
            traced: None,
            usage: None,
            command: Vec::new(),
        }
    }
}

/// `VAR=VALUE` as it is, or why it is none.
fn assignment(row: OsString) -> Result<OsString, &'static str> {
    match row.as_bytes().iter().position(|&byte| byte == b'=') {
        Some(0) => Err("no variable in front of `=`"),
        Some(_) => Ok(row),
        None => Err("no `=`"),
    }
}

fn engine_parser() -> clap::builder::PossibleValuesParser {
    let value =
        |(name, _, help): &(&'static str, _, &'static str)| PossibleValue::new(*name).help(*help);
    registry::ENGINES.iter().map(value).collect::<Vec<_>>().into()
}

fn isolation_parser() -> clap::builder::PossibleValuesParser {
    let value =
        |(name, _, help): &(&'static str, _, &'static str)| PossibleValue::new(*name).help(*help);
    registry::ISOLATIONS.iter().map(value).collect::<Vec<_>>().into()
}

/// The command line, as clap knows it.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Parses `argv` and does what it says.
pub fn main(argv: Vec<OsString>) -> ExitCode {
    match HandedOver::to_this_process() {
        Some(handed) => run_handed_over(&handed, argv),
        None => run_typed(argv),
    }
}

/// Runs the program that the kernel hands over. Settings come from the environment, unless the
/// program gave this process more rights than whoever started it has.
fn run_handed_over(handed: &HandedOver, argv: Vec<OsString>) -> ExitCode {
    let line = handed.command_line(argv);
    if let Some(args) = plain::parse(&line[2..]) {
        return commands::run::run(&args);
    }
    let parsed = with_settings(!handed.secure).try_get_matches_from(line);
    match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(Cli { command: Command::Run(args) }) => commands::run::run(&args),
        Ok(_) => unreachable!("the command line says run"),
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            note!("metic: {}\n", first.trim_start_matches("error: "));
            ExitCode::from(126)
        }
    }
}

/// The command line as clap knows it, with those settings of the environment that count: none if they are not to be
/// trusted, and never one that is empty.
fn with_settings(trusted: bool) -> clap::Command {
    let setting = |arg: Arg| {
        let value = arg.get_env().and_then(std::env::var_os);
        let counts = trusted && value.is_none_or(|value| !value.is_empty());
        if counts { arg } else { arg.env(Resettable::Reset) }
    };
    Cli::command().mut_subcommand("run", |run| run.mut_args(setting))
}

fn run_typed(argv: Vec<OsString>) -> ExitCode {
    let line = with_run(argv);
    if line.get(1).is_some_and(|word| word == "run")
        && let Some(args) = plain::parse(&line[2..])
    {
        return commands::run::run(&args);
    }
    let matches = with_settings(true).get_matches_from(line);
    match Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()).command {
        Command::Run(args) => commands::run::run(&args),
        Command::Demo(args) => report(commands::demo::run(&args)),
        Command::Bench(args) => report(commands::bench::run(&args)),
        Command::Dump(args) => report(commands::dump::run(&args)),
        Command::Syscalls(args) => report(commands::syscalls::run(&args)),
        Command::Man(args) => report(commands::man::run(&args, definition())),
        Command::Binfmt(args) => report(commands::binfmt::run(&args)),
    }
}

fn report(result: anyhow::Result<ExitCode>) -> ExitCode {
    /// As a shell says of a program that SIGPIPE ended.
    const BROKEN_PIPE: u8 = 128 + 13;
    result.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return ExitCode::from(BROKEN_PIPE);
        }
        note!("metic: {error:#}\n");
        ExitCode::from(2)
    })
}

/// `metic PROGRAM ...` becomes `metic run PROGRAM ...`: a first word that is neither an option
/// nor a command is a program.
fn with_run(mut argv: Vec<OsString>) -> Vec<OsString> {
    const COMMANDS: [&str; 8] =
        ["run", "demo", "bench", "dump", "syscalls", "binfmt", "man", "help"];
    if let Some(first) = argv.get(1).map(|w| w.to_string_lossy().into_owned())
        && !first.starts_with('-')
        && !COMMANDS.contains(&first.as_str())
    {
        argv.insert(1, "run".into());
    }
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn a_program_alone_is_run() {
        assert_eq!(with_run(words("metic ./a -x")), words("metic run ./a -x"));
        assert_eq!(with_run(words("metic demo")), words("metic demo"));
        assert_eq!(with_run(words("metic --help")), words("metic --help"));
    }

    #[test]
    fn options_behind_the_program_are_the_programs() {
        let cli = Cli::parse_from(words("metic run -L /r prog --stats -L x"));
        let Command::Run(run) = cli.command else { panic!("not run") };
        assert_eq!(run.sysroot, Some("/r".into()));
        assert_eq!(run.command, words("prog --stats -L x"));
        assert!(!run.stats);
        assert!(Cli::try_parse_from(words("metic run --nonsense prog")).is_err());
        let cli = Cli::parse_from(words("metic run --stats -- -prog --count"));
        let Command::Run(run) = cli.command else { panic!("not run") };
        assert_eq!(run.command, words("-prog --count"));
    }
}
