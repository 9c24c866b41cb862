//! What a block or a region looks like.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use guest::GuestAddr;
use iced_x86::{Decoder, DecoderOptions, FastFormatter, Instruction};
use ir::{CompiledCode, Region};
use runtime::{HotRegion, Process};

use crate::output::grouped;

/// A block as it was lifted, if that is wanted, as it was optimised, and its code.
pub fn block(
    process: &Process,
    with_lifted: bool,
    lifted: &Region,
    optimised: &Region,
    code: Option<&CompiledCode>,
) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "== block {} ({} guest instructions)", lifted.entry, lifted.guest_insns);
    let _ = writeln!(out, "-- guest");
    guest_listing(process, lifted, &mut out, |_| String::new());
    let regs = process.frontend.isa().regs;
    if with_lifted {
        let _ = write!(out, "-- ir, as lifted\n{}", ir::print_with(lifted, regs));
    }
    let _ = write!(out, "-- ir\n{}", ir::print_with(optimised, regs));
    match code {
        Some(code) => host_listing(code, &mut out),
        None => out.push_str("-- host: left to the interpreter\n"),
    }
    out
}

/// A region that is not run.
pub fn region(process: &Process, optimised: &Region, code: Option<&CompiledCode>) -> String {
    let mut out = String::new();
    let Region { entry, guest_insns, .. } = optimised;
    let _ = writeln!(out, "== region {entry} ({guest_insns} guest instructions)");
    let _ = writeln!(out, "-- guest");
    guest_listing(process, optimised, &mut out, |_| String::new());
    region_code(process, optimised, code, &mut out);
    out
}

/// A region that has run, with how often.
pub fn hot_region(process: &Process, hot: &HotRegion) -> String {
    let HotRegion { region, code, counts } = hot;
    let mut out = String::new();
    let _ = writeln!(out, "-- guest, behind how often each instruction was executed");
    guest_listing(process, region, &mut out, |pc| {
        format!("{:>16}", grouped(counts.get(&pc).copied().unwrap_or(0)))
    });
    region_code(process, region, Some(code), &mut out);
    out
}

fn region_code(
    process: &Process,
    optimised: &Region,
    code: Option<&CompiledCode>,
    out: &mut String,
) {
    let _ = write!(out, "-- ir\n{}", ir::print_with(optimised, process.frontend.isa().regs));
    match code {
        Some(code) => host_listing(code, out),
        None => out.push_str("-- host: left to single blocks\n"),
    }
}

/// The guest instructions of `region` by address, each behind what `ahead` says of it.
fn guest_listing(
    process: &Process,
    region: &Region,
    out: &mut String,
    ahead: impl Fn(GuestAddr) -> String,
) {
    let marks = region.insts.iter().filter(|i| i.op == ir::Op::Insn);
    let marks: BTreeMap<i64, &ir::Inst> = marks.map(|inst| (inst.imm, inst)).collect();
    for inst in marks.values() {
        let mut bytes = [0; 8];
        let len = process.memory.fetch(inst.imm as u64, &mut bytes);
        let pc = GuestAddr(inst.imm as u64);
        let listing = process.frontend.disassemble(pc, &bytes[..len.min(inst.aux as usize)]);
        let _ = writeln!(out, "{}{:>14x}  {}", ahead(pc), pc, listing.text);
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
