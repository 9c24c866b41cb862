//! Which blocks make up a region.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use guest::GuestAddr;
use ir::{Effect, Exit, Inst, Op, Region, Target, Term};

use super::{Key, Limits, Piece, Rets, Source, inline};

/// The blocks found so far.
pub(super) struct Found<'a> {
    pub source: &'a mut dyn Source,
    pub limits: Limits,
    pub pieces: BTreeMap<Key, Piece>,
    /// What is known of functions: how many guest instructions they have, those they take in counted, if so few
    /// deep they are taken in.
    pub small: BTreeMap<(GuestAddr, usize), Option<u32>>,
}

/// True for what only code of single blocks does: it is rare, or orders memory.
fn is_excluded(inst: &Inst) -> bool {
    let rare =
        matches!(inst.op, Op::Clock | Op::SetScratch | Op::GetScratch | Op::FpRoundSet | Op::Pause);
    rare || inst.op.effect() == Effect::Atomic
}

/// How many guest instructions of a lifted block come before the first one that `stops` says of.
fn insns_before(region: &Region, stops: impl Fn(&Inst) -> bool) -> Option<u32> {
    let mut insns = 0u32;
    for inst in &region.insts {
        insns += (inst.op == Op::Insn) as u32;
        if stops(inst) {
            return Some(insns.saturating_sub(1));
        }
    }
    None
}

impl<'a> Found<'a> {
    pub fn new(source: &'a mut dyn Source, limits: Limits) -> Found<'a> {
        Found { source, limits, pieces: BTreeMap::new(), small: BTreeMap::new() }
    }

    /// The block at `pc` up to what no region takes; `None` if nothing is left.
    pub fn lift(&mut self, pc: GuestAddr) -> Option<Region> {
        let mut region = Region::default();
        self.source.lift(pc, self.limits.block_insns, &mut region);
        match insns_before(&region, is_excluded) {
            Some(0) => return None,
            Some(some) => self.source.lift(pc, some, &mut region),
            None => {}
        }
        // A shorter block may be lifted to other ops.
        let fits = region.guest_insns > 0 && !region.insts.iter().any(is_excluded);
        fits.then_some(region)
    }

    /// Collects blocks, those near the entry first.
    pub fn grow(&mut self, entry: Key) {
        let (mut queue, mut seen) = (VecDeque::from([entry]), BTreeSet::from([entry]));
        let mut insns = 0;
        while let Some(key) = queue.pop_front() {
            if self.pieces.len() >= self.limits.blocks || insns >= self.limits.insns {
                break;
            }
            let Some(region) = self.lift(key.pc) else { continue };
            insns += region.guest_insns;
            let likely = self.likely(key, &region);
            let piece = Piece { region, likely };
            let ways = self.ways(key, &piece);
            self.pieces.insert(key, piece);
            queue.extend(ways.into_iter().filter(|&way| seen.insert(way)));
        }
    }

    /// Where the computed jump or call that `region` ends with is likely to lead: of calls, to what is taken in.
    fn likely(&mut self, key: Key, region: &Region) -> Vec<GuestAddr> {
        let Term::Go(Target::Exit(exit)) = region.blocks[0].term else { return Vec::new() };
        let ret = match exit {
            Exit::Indirect { .. } => None,
            Exit::CallIndirect { ret, .. } => Some(ret),
            Exit::Jump { .. }
            | Exit::Call { .. }
            | Exit::Return { .. }
            | Exit::Syscall { .. }
            | Exit::Trap { .. }
            | Exit::Yield { .. } => return Vec::new(),
        };
        let last = region.insts.iter().rev().find(|inst| inst.op == Op::Insn);
        let mut likely =
            last.map_or(Vec::new(), |inst| self.source.likely(GuestAddr(inst.imm as u64)));
        if let Some(ret) = ret {
            likely.retain(|&to| inline::takes(self, to, ret, key.rets.room()));
        }
        likely
    }

    /// The blocks that `piece` goes on to inside.
    fn ways(&mut self, key: Key, piece: &Piece) -> Vec<Key> {
        let mut ways = Vec::new();
        for target in piece.region.blocks.iter().flat_map(|block| block.term.targets()) {
            match *target_exit(target) {
                Exit::Call { to, ret } if !inline::takes(self, to, ret, key.rets.room()) => {}
                exit => ways.extend(follow(exit, key, &piece.likely)),
            }
        }
        let on =
            |pc: GuestAddr| not_taken(&piece.region) == Some(pc) && self.source.goes_on(key.pc, pc);
        ways.retain(|way| {
            piece.likely.contains(&way.pc) || self.source.has_run(way.pc) || on(way.pc)
        });
        ways
    }

    /// Drops what does not lead back to the entry; false if nothing does.
    pub fn keep_loop(&mut self, entry: Key) -> bool {
        let mut before: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (&key, piece) in &self.pieces {
            for next in inner_ways(key, piece, &self.pieces) {
                before.entry(next).or_default().push(key);
            }
        }
        let (mut kept, mut open) = (BTreeSet::new(), vec![entry]);
        while let Some(key) = open.pop() {
            let new = before.get(&key).into_iter().flatten();
            open.extend(new.copied().filter(|&key| kept.insert(key)));
        }
        self.pieces.retain(|key, _| kept.contains(key));
        kept.contains(&entry)
    }

    /// Ends each block where another one starts, so that no code is there twice.
    pub fn cut(&mut self) {
        let keys: Vec<Key> = self.pieces.keys().copied().collect();
        for key in keys {
            let region = &self.pieces[&key].region;
            let starts = |inst: &Inst| {
                let pc = GuestAddr(inst.imm as u64);
                inst.op == Op::Insn && pc != key.pc && self.pieces.contains_key(&Key { pc, ..key })
            };
            if let Some(some) = insns_before(region, starts).filter(|&some| some > 0) {
                let mut shorter = Region::default();
                self.source.lift(key.pc, some, &mut shorter);
                if !shorter.insts.iter().any(is_excluded) {
                    self.pieces.insert(key, Piece { region: shorter, likely: Vec::new() });
                }
            }
        }
    }
}

/// Where a block leads if a branch ahead at its end is not taken.
fn not_taken(region: &Region) -> Option<GuestAddr> {
    let start = region.bytes.end;
    match region.blocks[0].term {
        Term::If {
            then: Target::Exit(Exit::Jump { to }),
            other: Target::Exit(Exit::Jump { to: other }),
            ..
        } if to.0 >= start && other.0 == start => Some(other),
        Term::If { .. } | Term::Go(_) => None,
    }
}

/// A block from a frontend only leads out.
fn target_exit(target: &Target) -> &Exit {
    match target {
        Target::Exit(exit) => exit,
        Target::Block(_) => unreachable!("frontends make single blocks"),
    }
}

/// Where `exit` of the block `key` leads to inside a region, if functions are taken in where there is room: several
/// addresses if it is computed and `likely` to lead there.
pub(super) fn follow(exit: Exit, key: Key, likely: &[GuestAddr]) -> Vec<Key> {
    let within = |ret: GuestAddr| (key.rets.room() > 0).then(|| key.rets.within(ret));
    let at = |rets: Rets| likely.iter().map(move |&pc| Key { pc, rets }).collect();
    match exit {
        Exit::Jump { to } => vec![Key { pc: to, ..key }],
        Exit::Return { .. } => key.rets.out().into_iter().collect(),
        Exit::Call { to, ret } => {
            within(ret).map(|rets| Key { pc: to, rets }).into_iter().collect()
        }
        Exit::Indirect { .. } => at(key.rets),
        Exit::CallIndirect { ret, .. } => within(ret).map_or(Vec::new(), at),
        Exit::Syscall { .. } | Exit::Trap { .. } | Exit::Yield { .. } => Vec::new(),
    }
}

/// Those of `pieces` that `exit` of the block `key` leads to, as [`follow`] says.
pub(super) fn inside(
    exit: Exit,
    key: Key,
    likely: &[GuestAddr],
    pieces: &BTreeMap<Key, Piece>,
) -> Vec<Key> {
    let mut ways = follow(exit, key, likely);
    ways.retain(|way| pieces.contains_key(way));
    ways
}

fn inner_ways(key: Key, piece: &Piece, pieces: &BTreeMap<Key, Piece>) -> impl Iterator<Item = Key> {
    let targets = piece.region.blocks.iter().flat_map(|block| block.term.targets());
    targets.flat_map(move |target| inside(*target_exit(target), key, &piece.likely, pieces))
}
