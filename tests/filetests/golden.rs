//! Guest words in; listing, optimised IR and host code out, with the count of host instructions;
//! then the same for each loop as one region.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use guest::GuestAddr;
use iced_x86::{Decoder, DecoderOptions, FastFormatter, Instruction};
use ir::{Backend, CompiledCode, Exit, Frontend, LiftLimits, Op, Region, Target, Term};
use libtest_mimic::Failed;
use metic::registry::{self, Guest};
use opt::form::Source;

use crate::support;

const PC: GuestAddr = GuestAddr(0x10000);
const LINE: &str = "----\n";

/// Compares a file with what the translator makes of its words.
pub fn check(file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file)?;
    let (head, expected) = text.split_once(LINE).unwrap_or((&text, ""));
    let words = head.split_once("code:").ok_or("no code in the file")?.1;
    let actual = translate(&code(words)?)?;
    if support::bless() {
        return Ok(std::fs::write(file, format!("{head}{LINE}{actual}"))?);
    }
    let hint = "\n(METIC_BLESS=1 writes it anew, if that is what it should be)";
    match support::difference(expected, &actual) {
        None => Ok(()),
        Some(difference) => Err(format!("{difference}{hint}").into()),
    }
}

/// The bytes of words such as `4501 00b79563`; what follows a `#` is a comment.
fn code(words: &str) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    let lines = words.lines().map(|line| line.split('#').next().unwrap_or_default());
    for word in lines.flat_map(str::split_whitespace) {
        let value = u32::from_str_radix(word, 16).map_err(|_| format!("`{word}` is no word"))?;
        bytes.extend(&value.to_le_bytes()[..word.len() / 2]);
    }
    Ok(bytes)
}

/// Every block that the code's first one leads to, in the order of addresses.
fn translate(code: &[u8]) -> Result<String, Failed> {
    let guest = &registry::GUESTS[0];
    let (frontend, backend) = ((guest.frontend)(0..0), registry::backend(guest)?);
    let (mut open, mut done) = (BTreeSet::from([PC]), BTreeMap::new());
    let mut regions = Vec::new();
    while let Some(pc) = open.pop_first() {
        let mut region = Region::default();
        let at = &code[(pc.0 - PC.0) as usize..];
        frontend.lift(pc, at, LiftLimits::default(), &mut region);
        opt::run(opt::BASELINE, &mut region);
        let inside = |to: &GuestAddr| (PC.0..PC.0 + code.len() as u64).contains(&to.0);
        open.extend(targets(&region).filter(inside));
        let mut out = String::new();
        listing(&*frontend, &region, code, &mut out);
        write!(out, "\n{}\n", ir::print_with(&region, guest.isa.regs).trim_end())?;
        let mut compiled = CompiledCode::default();
        match backend.compile(&region, &mut compiled) {
            Ok(()) => host(&compiled, region.guest_insns, &mut out)?,
            Err(e) => writeln!(out, "\nnot compiled: {e:?}")?,
        }
        done.insert(pc, out);
        open.retain(|pc| !done.contains_key(pc));
    }
    for pc in done.keys() {
        let region = loop_at(*pc, code, &*frontend);
        region.iter().for_each(|region| regions.push(region_listing(region, guest, &*backend)));
    }
    Ok(done.into_values().chain(regions).collect::<Vec<_>>().join("\n"))
}

/// Blocks of the words.
struct Words<'a> {
    code: &'a [u8],
    frontend: &'a dyn Frontend,
}

impl Source for Words<'_> {
    fn lift(&mut self, pc: GuestAddr, max_insns: u32, out: &mut Region) {
        let at = &self.code[(pc.0 - PC.0) as usize..];
        self.frontend.lift(pc, at, LiftLimits::of(max_insns), out);
    }
    fn likely(&mut self, _: GuestAddr) -> Vec<GuestAddr> {
        Vec::new()
    }

    fn has_run(&self, pc: GuestAddr) -> bool {
        (PC.0..PC.0 + self.code.len() as u64).contains(&pc.0)
    }
    fn goes_on(&self, _from: GuestAddr, _to: GuestAddr) -> bool {
        false
    }
}

/// The loop whose first block is at `pc`, if there is one.
fn loop_at(pc: GuestAddr, code: &[u8], frontend: &dyn Frontend) -> Option<Region> {
    opt::form::form(pc, &mut Words { code, frontend }, Default::default())
}

fn region_listing(region: &Region, guest: &Guest, backend: &dyn Backend) -> String {
    let mut region = region.clone();
    opt::run(opt::OPTIMISED, &mut region);
    opt::normal::check(&region).expect("the form that compilers ask for");
    let mut out = format!("loop\n{}\n", ir::print_with(&region, guest.isa.regs).trim_end());
    let mut compiled = CompiledCode::default();
    if backend.compile_region(&region, &mut compiled).is_ok() {
        host(&compiled, region.guest_insns, &mut out).expect("strings grow");
    }
    out
}

/// The known addresses that a region leaves to.
fn targets(region: &Region) -> impl Iterator<Item = GuestAddr> + '_ {
    let ways = region.blocks.iter().flat_map(|block| match &block.term {
        Term::Go(target) => vec![target],
        Term::If { then, other, .. } => vec![then, other],
    });
    ways.flat_map(|target| match target {
        Target::Exit(Exit::Jump { to }) => vec![*to],
        Target::Exit(Exit::Call { to, ret }) => vec![*to, *ret],
        Target::Exit(Exit::CallIndirect { ret, .. }) => vec![*ret],
        Target::Exit(Exit::Syscall { next } | Exit::Yield { next, .. }) => vec![*next],
        Target::Exit(Exit::Indirect { .. } | Exit::Return { .. } | Exit::Trap { .. }) => vec![],
        Target::Block(_) => vec![],
    })
}

/// The guest instructions of a region.
fn listing(frontend: &dyn Frontend, region: &Region, code: &[u8], out: &mut String) {
    for inst in region.insts.iter().filter(|inst| inst.op == Op::Insn) {
        let pc = GuestAddr(inst.imm as u64);
        let at = (pc.0 - PC.0) as usize;
        let listing = frontend.disassemble(pc, code.get(at..).unwrap_or_default());
        let _ = writeln!(out, "{pc}  {}", listing.text);
    }
}

fn host(code: &CompiledCode, guest_insns: u32, out: &mut String) -> std::fmt::Result {
    let mut decoder = Decoder::with_ip(64, code.instructions(), 0, DecoderOptions::NONE);
    let (mut formatter, mut insn) = (FastFormatter::new(), Instruction::default());
    let (mut lines, mut count) = (String::new(), 0);
    while decoder.can_decode() {
        decoder.decode_out(&mut insn);
        let mut text = String::new();
        formatter.format(&insn, &mut text);
        writeln!(lines, "{:>6x}  {text}", insn.ip())?;
        count += 1;
    }
    write!(out, "\n{count} host instructions for {guest_insns} of the guest\n{lines}")
}
