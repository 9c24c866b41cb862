//! `metic dump`: a guest program's blocks, or its loops as regions, as guest code, IR and host code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use goblin::elf::Elf;
use guest::GuestAddr;
use iced_x86::{Decoder, DecoderOptions, FastFormatter, Instruction};
use ir::{CompiledCode, Exit, Region, Target};
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
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    bytes: u64,
    /// The guest program
    program: PathBuf,
    /// A function's name, or an address (0x...); the program's entry by default
    #[arg(value_name = "WHERE")]
    place: Option<String>,
}

/// A compiler.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tier {
    Baseline,
    Opt,
}

/// Loads the program without running it, and shows the blocks or loops of the place asked for.
pub fn run(args: &DumpArgs) -> anyhow::Result<ExitCode> {
    let mut launch = Launch::new(&args.program);
    launch.sysroot = args.sysroot.clone();
    let Prepared { process, image, .. } = launch::prepare(launch)?;
    let (start, end) = range(args, image.program_entry, image.load_bias)?;
    match args.tier {
        Tier::Baseline => blocks(process, args, start..end)?,
        Tier::Opt => loops(process, start..end)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn blocks(process: &Process, args: &DumpArgs, range: Range<u64>) -> anyhow::Result<()> {
    let mut pc = range.start;
    while pc < range.end {
        let (lifted, optimised, code) = process.inspect(GuestAddr(pc));
        out!("{}", block(process, args, &lifted, &optimised, code.as_ref()))?;
        pc = lifted.bytes.end.max(pc + process.frontend.isa().code_align);
    }
    Ok(())
}

fn loops(process: &Process, range: Range<u64>) -> anyhow::Result<()> {
    for head in heads(process, &range) {
        if let Some((optimised, code)) = process.inspect_region(head) {
            out!("{}", region(process, &optimised, code.as_ref()))?;
        }
    }
    Ok(())
}

/// Where jumps back lead in `range`.
fn heads(process: &Process, range: &Range<u64>) -> BTreeSet<GuestAddr> {
    let (mut heads, mut pc) = (BTreeSet::new(), range.start);
    while pc < range.end {
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
fn range(args: &DumpArgs, entry: u64, bias: u64) -> anyhow::Result<(u64, u64)> {
    let Some(place) = &args.place else { return Ok((entry, entry + args.bytes)) };
    if let Some(hex) = place.strip_prefix("0x") {
        let at = u64::from_str_radix(hex, 16).with_context(|| format!("bad address `{place}`"))?;
        return Ok((at, at + args.bytes));
    }
    let (value, size) = symbol(&args.program, place)?;
    Ok((bias + value, bias + value + size.max(2)))
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

fn block(
    process: &Process,
    args: &DumpArgs,
    lifted: &Region,
    optimised: &Region,
    code: Option<&CompiledCode>,
) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "== block {} ({} guest instructions)", lifted.entry, lifted.guest_insns);
    let _ = writeln!(out, "-- guest");
    guest_listing(process, lifted, &mut out);
    let regs = process.frontend.isa().regs;
    if args.lifted {
        let _ = write!(out, "-- ir, as lifted\n{}", ir::print_with(lifted, regs));
    }
    let _ = write!(out, "-- ir\n{}", ir::print_with(optimised, regs));
    match code {
        Some(code) => host_listing(code, &mut out),
        None => out.push_str("-- host: left to the interpreter\n"),
    }
    out
}

fn region(process: &Process, optimised: &Region, code: Option<&CompiledCode>) -> String {
    let mut out = String::new();
    let Region { entry, guest_insns, .. } = optimised;
    let _ = writeln!(out, "== region {entry} ({guest_insns} guest instructions)");
    let _ = writeln!(out, "-- guest");
    guest_listing(process, optimised, &mut out);
    let _ = write!(out, "-- ir\n{}", ir::print_with(optimised, process.frontend.isa().regs));
    match code {
        Some(code) => host_listing(code, &mut out),
        None => out.push_str("-- host: left to single blocks\n"),
    }
    out
}

fn guest_listing(process: &Process, region: &Region, out: &mut String) {
    let marks = region.insts.iter().filter(|i| i.op == ir::Op::Insn);
    let marks: BTreeMap<i64, &ir::Inst> = marks.map(|inst| (inst.imm, inst)).collect();
    for inst in marks.values() {
        let mut bytes = [0; 8];
        let len = process.memory.fetch(inst.imm as u64, &mut bytes);
        let pc = GuestAddr(inst.imm as u64);
        let listing = process.frontend.disassemble(pc, &bytes[..len.min(inst.aux as usize)]);
        let _ = writeln!(out, "{:>14x}  {}", pc, listing.text);
    }
}

fn host_listing(code: &CompiledCode, out: &mut String) {
    let mut decoder = Decoder::with_ip(64, code.instructions(), 0, DecoderOptions::NONE);
    let mut formatter = FastFormatter::new();
    let (mut insn, mut text, mut listing, mut count) =
        (Instruction::default(), String::new(), String::new(), 0);
    while decoder.can_decode() {
        decoder.decode_out(&mut insn);
        text.clear();
        formatter.format(&insn, &mut text);
        count += 1;
        if let Some(entry) = code.pc_map.iter().find(|e| e.host as u64 == insn.ip()) {
            let _ = writeln!(listing, "         ; +{:#x}", entry.guest);
        }
        let _ = writeln!(listing, "{:>14x}  {text}", insn.ip());
    }
    let _ = write!(out, "-- host ({count} instructions, {} bytes)\n{listing}", code.bytes.len());
}
