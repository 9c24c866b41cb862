//! `metic dump`: a guest program's blocks, or its loops as regions, as guest code, IR and host code.

mod hot;
mod listing;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use goblin::elf::Elf;
use guest::GuestAddr;
use ir::{Exit, Target};
use runtime::Process;

use crate::launch::{self, Launch, Prepared};
use crate::output::out;

/// `metic dump`.
#[derive(Args)]
pub struct DumpArgs {
    /// Directory in which the guest's paths are looked up first
    #[arg(short = 'L', long = "sysroot", value_name = "DIR")]
    sysroot: Option<PathBuf>,
    /// Show the IR as lifted too, not only as optimised
    #[arg(long)]
    lifted: bool,
    /// What to show: single blocks, or loops as the upper tier compiles them
    #[arg(long, value_enum, default_value_t = Tier::Baseline)]
    tier: Tier,
    /// How many bytes of guest code to show when WHERE is an address or the entry
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..))]
    bytes: u64,
    /// Run the program with ARGS, and when it ends show on stderr the N regions in which it executed most, and how often it
    /// executed each instruction in them
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "5")]
    #[arg(conflicts_with_all = ["lifted", "tier", "bytes"], value_parser = clap::value_parser!(u64).range(1..))]
    hot: Option<u64>,
    /// The guest program
    program: PathBuf,
    /// WHERE: a function's name, or an address (0x...), the program's entry by default; with --hot, the program's ARGS,
    /// behind `--` if one of them begins with `-`
    #[arg(value_name = "WHERE|ARGS")]
    rest: Vec<OsString>,
}

/// A compiler.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tier {
    Baseline,
    Opt,
}

/// Loads the program without running it, and shows the blocks or loops of the place asked for; or runs it, and shows its
/// hottest regions.
pub fn run(args: &DumpArgs) -> anyhow::Result<ExitCode> {
    let mut launch = Launch::new(&args.program);
    launch.sysroot = args.sysroot.clone();
    if let Some(count) = args.hot {
        return hot::run(launch, &args.rest, count);
    }
    let Prepared { process, image, .. } = launch::prepare(launch)?;
    let range = range(args, image.program_entry, image.load_bias)?;
    let Range { start, .. } = range;
    ensure!(has_code(process, start), "{}: no code at {start:#x}", args.program.display());
    match args.tier {
        Tier::Baseline => blocks(process, args, range)?,
        Tier::Opt => loops(process, range)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// True if an instruction may be fetched from `pc`.
fn has_code(process: &Process, pc: u64) -> bool {
    process.memory.fetch(pc, &mut [0; 2]) > 0
}

fn blocks(process: &Process, args: &DumpArgs, range: Range<u64>) -> anyhow::Result<()> {
    let mut pc = range.start;
    while pc < range.end && has_code(process, pc) {
        let (lifted, optimised, code) = process.inspect(GuestAddr(pc));
        out!("{}", listing::block(process, args.lifted, &lifted, &optimised, code.as_ref()))?;
        pc = lifted.bytes.end.max(pc + process.frontend.isa().code_align);
    }
    Ok(())
}

fn loops(process: &Process, range: Range<u64>) -> anyhow::Result<()> {
    for head in heads(process, &range) {
        if let Some((optimised, code)) = process.inspect_region(head) {
            out!("{}", listing::region(process, &optimised, code.as_ref()))?;
        }
    }
    Ok(())
}

/// Where jumps back lead in `range`.
fn heads(process: &Process, range: &Range<u64>) -> BTreeSet<GuestAddr> {
    let (mut heads, mut pc) = (BTreeSet::new(), range.start);
    while pc < range.end && has_code(process, pc) {
        let (lifted, ..) = process.inspect(GuestAddr(pc));
        let next = lifted.bytes.end.max(pc + process.frontend.isa().code_align);
        let targets = lifted.blocks.iter().flat_map(|block| block.term.targets());
        heads.extend(targets.filter_map(|target| match *target {
            Target::Exit(Exit::Jump { to }) if (range.start..next).contains(&to.0) => Some(to),
            _ => None,
        }));
        pc = next;
    }
    heads
}

/// The guest addresses to show.
fn range(args: &DumpArgs, entry: u64, bias: u64) -> anyhow::Result<Range<u64>> {
    let from = |start: u64, len| start..start.saturating_add(len);
    let place = match args.rest.as_slice() {
        [] => return Ok(from(entry, args.bytes)),
        [place] => place.to_string_lossy(),
        [_, further, ..] => bail!("unexpected argument `{}`", further.to_string_lossy()),
    };
    if let Some(hex) = place.strip_prefix("0x") {
        let at = u64::from_str_radix(hex, 16).with_context(|| format!("bad address `{place}`"))?;
        return Ok(from(at, args.bytes));
    }
    let (value, size) = symbol(&args.program, &place)?;
    Ok(from(bias.wrapping_add(value), size.max(2)))
}

/// Value and size of a symbol.
fn symbol(program: &Path, name: &str) -> anyhow::Result<(u64, u64)> {
    let bytes = std::fs::read(program).with_context(|| program.display().to_string())?;
    let elf = Elf::parse(&bytes).with_context(|| format!("{}: symbols", program.display()))?;
    let in_table = elf.syms.iter().find(|s| elf.strtab.get_at(s.st_name) == Some(name));
    let found = in_table
        .or_else(|| elf.dynsyms.iter().find(|s| elf.dynstrtab.get_at(s.st_name) == Some(name)));
    match found {
        Some(symbol) => Ok((symbol.st_value, symbol.st_size)),
        None => bail!("{}: no symbol `{name}`", program.display()),
    }
}
