//! Random instructions, with what they need around them to be safe to run.

use guest::GuestAddr;
use ir::{Frontend, LiftLimits, Op, Region};
use riscv64::Riscv64;

use crate::support::asm;
use crate::support::rng::Rng;
use crate::support::table::{ROWS, Row};

/// A piece of code that can stand anywhere and be left out.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its instructions.
    pub code: Vec<u8>,
}

/// The register that holds the middle of the scratch memory; no random code writes it.
pub const BASE: u32 = 31;
/// Offsets from [`BASE`] that random code may access.
const LOWEST: i32 = -1536;
/// Masked register values stay below this.
const INDEX: i32 = 0x1ff;
/// The highest displacement behind a masked value: 16 bytes fit below 1024.
const HIGHEST: i32 = 1024 - 16 - INDEX;

/// What a row needs.
enum Kind {
    Plain,
    Memory,
    /// Jumps; made by [`Generator::branch`], [`Generator::call`] and so on.
    Control,
    /// Made by [`Generator::csr`].
    Csr,
    /// Made by [`Generator::reserve`].
    Reserve,
    /// Never.
    Unfit,
}

fn kind(row: &Row) -> Kind {
    match (row.name, row.format) {
        ("jalr", _) | (_, "Branch" | "Jump" | "CBranch" | "CJump" | "CJr" | "CJalr") => {
            Kind::Control
        }
        ("ecall" | "ebreak" | "c.ebreak" | "hostcall", _) => Kind::Unfit,
        // Waiting has no result.
        ("wrs.nto" | "wrs.sto", _) => Kind::Unfit,
        // Linux lets programs use them, qemu does not.
        ("cbo.inval" | "cbo.clean" | "cbo.flush", _) => Kind::Unfit,
        ("sc.w" | "sc.d", _) => Kind::Reserve,
        (_, "Csr" | "CsrImm") => Kind::Csr,
        (_, "Load" | "Store" | "FLoad" | "FStore" | "Amo" | "Lr" | "Cache") => Kind::Memory,
        (_, "CLw" | "CLd" | "CFld" | "CSw" | "CSd" | "CFsd" | "CLb" | "CLh" | "CSb" | "CSh") => {
            Kind::Memory
        }
        (_, "CLwsp" | "CLdsp" | "CFldsp" | "CSwsp" | "CSdsp" | "CFsdsp") => Kind::Memory,
        _ => Kind::Plain,
    }
}

/// A set of integer registers.
pub type Set = u32;
const fn just(r: u32) -> Set {
    1 << r
}

/// Makes random code.
pub struct Generator {
    /// Its random numbers.
    pub rng: Rng,
    frontend: Riscv64,
    region: Region,
}

impl Generator {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Generator {
        Generator { rng: Rng::new(seed), frontend: Riscv64::new(), region: Region::default() }
    }

    /// Any piece of code that writes no register of `kept`.
    pub fn item(&mut self, kept: Set) -> Item {
        let code = match self.rng.below(40) {
            0 => self.bounded_loop(kept),
            1 => self.call(kept),
            2 => self.switch(kept),
            3 | 4 => self.branch(kept),
            _ => self.straight(kept),
        };
        Item { code }
    }

    /// Code without jumps.
    fn straight(&mut self, kept: Set) -> Vec<u8> {
        if self.rng.once_in(24) {
            let middle = self.rng.below(64) as i32;
            return self.side_by_side(kept, |base| asm::addi(base, BASE, middle));
        }
        let row = &ROWS[self.rng.below(ROWS.len())];
        match kind(row) {
            Kind::Plain => self.plain(row, kept),
            Kind::Memory => self.memory(row, kept),
            Kind::Csr => self.csr(kept),
            Kind::Reserve => self.reserve(kept),
            Kind::Control | Kind::Unfit => self.straight(kept),
        }
    }

    fn body(&mut self, most: usize, kept: Set) -> Vec<u8> {
        let pieces = 1 + self.rng.below(most);
        (0..pieces).flat_map(|_| self.straight(kept)).collect()
    }

    /// A register that may be written.
    pub fn register(&mut self, kept: Set) -> u32 {
        loop {
            let r = 1 + self.rng.below(30) as u32;
            if kept & just(r) == 0 {
                return r;
            }
        }
    }

    fn any(&mut self) -> u32 {
        self.rng.below(32) as u32
    }

    /// A word of `row` that writes no register of `kept`, if one is found soon.
    fn word(&mut self, row: &Row, kept: Set) -> Option<u32> {
        (0..64).find_map(|_| {
            let word = self.fields(row);
            self.is_fit(row, word, kept).then_some(word)
        })
    }

    fn fields(&mut self, row: &Row) -> u32 {
        let mut word = row.random(&mut self.rng);
        if row.field('m') != 0 {
            let mode = *self.rng.pick(&[0, 1, 2, 3, 4, 7, 7, 7, 7, 7]);
            word = row.with(word, 'm', mode);
        }
        // Few registers depend on each other more.
        if row.len == 4 && self.rng.once_in(3) {
            for letter in ['d', 's', 't', 'r'] {
                if row.field(letter).count_ones() == 5 {
                    let few = 8 + self.rng.below(8) as u32;
                    word = row.with(word, letter, few);
                }
            }
        }
        word
    }

    fn is_fit(&mut self, row: &Row, word: u32, kept: Set) -> bool {
        let code = row.bytes(word);
        let listing = self.frontend.disassemble(GuestAddr(0x10000), &code);
        // With these, qemu overwrites its own zero for the code behind.
        if listing.text.starts_with("amocas") && word >> 7 & 31 == 0 {
            return false;
        }
        let named = listing.text.split(' ').next().unwrap_or_default();
        named.starts_with(row.name) && listing.len == row.len && self.writes(&code) & kept == 0
    }

    /// The integer registers that an instruction writes.
    fn writes(&mut self, code: &[u8]) -> Set {
        let limits = LiftLimits::of(1);
        self.frontend.lift(GuestAddr(0x10000), code, limits, &mut self.region);
        let sets = self.region.insts.iter().filter(|inst| inst.op == Op::Set);
        sets.filter(|inst| inst.slot().0 < 32).fold(0, |set, inst| set | just(inst.slot().0 as u32))
    }

    fn plain(&mut self, row: &Row, kept: Set) -> Vec<u8> {
        let Some(word) = self.word(row, kept) else { return Vec::new() };
        let mut code = row.bytes(word);
        if row.name.starts_with("fround") {
            // Unless its result is used, qemu leaves it out, its flags too.
            let disp = LOWEST + 8 * self.rng.below(256) as i32;
            code.extend(asm::fsd(word >> 7 & 31, disp, BASE).to_le_bytes());
        }
        code
    }

    /// An access to the scratch memory: the address is a masked random register.
    fn memory(&mut self, row: &Row, kept: Set) -> Vec<u8> {
        let base = match row.format {
            "CLwsp" | "CLdsp" | "CFldsp" | "CSwsp" | "CSdsp" | "CFsdsp" => 2,
            _ if row.len == 2 => 8 + self.rng.below(8) as u32,
            _ => self.register(kept),
        };
        let Some(word) = self.word(row, kept).filter(|_| kept & just(base) == 0) else {
            return Vec::new();
        };
        let disp = LOWEST + self.rng.below((HIGHEST - LOWEST) as usize) as i32;
        let word = match row.format {
            "Load" | "FLoad" => word & 0x7fff | base << 15 | (disp as u32) << 20,
            "Store" | "FStore" => asm::store(word & 0x01f0_707f, base, disp),
            _ if row.len == 2 && base != 2 => row.with(word, 's', base - 8),
            _ if row.len == 2 => word,
            _ => row.with(word, 's', base),
        };
        let mut code = self.address(base, alignment(row));
        code.extend(row.bytes(word));
        code
    }

    /// An access to the page whose middle is `middle`; no pair of a load-reserved and a store-conditional.
    pub fn access(&mut self, kept: Set, middle: u64) -> Vec<u8> {
        let (row, base) = (&ROWS[self.rng.below(ROWS.len())], self.register(kept));
        let fit = matches!(kind(row), Kind::Memory)
            && matches!(row.format, "Load" | "Store" | "FLoad" | "FStore" | "Amo");
        if row.len == 2 || !fit || row.name.starts_with("amocas") {
            return self.access(kept, middle);
        }
        let (from, place) = (self.any(), self.register(kept | just(base)));
        let Some(word) = self.word(row, kept) else { return Vec::new() };
        let mut code = asm::Code::default();
        code.word(asm::andi(base, from, INDEX & -alignment(row)));
        code.number(place, middle);
        code.word(asm::add(base, base, place));
        let disp = LOWEST + self.rng.below((HIGHEST - LOWEST) as usize) as i32;
        code.word(match row.format {
            "Load" | "FLoad" => word & 0x7fff | base << 15 | (disp as u32) << 20,
            "Store" | "FStore" => asm::store(word & 0x01f0_707f, base, disp),
            _ => row.with(word, 's', base),
        });
        code.bytes
    }

    /// `base` = an address in the scratch memory, a multiple of `align`.
    fn address(&mut self, base: u32, align: i32) -> Vec<u8> {
        let from = self.any();
        let words = [asm::andi(base, from, INDEX & -align), asm::add(base, base, BASE)];
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    /// Reads and writes of the floating-point control registers; never an invalid mode.
    fn csr(&mut self, kept: Set) -> Vec<u8> {
        let rd = if self.rng.once_in(4) { 0 } else { self.register(kept) };
        let (rs, mode) = (self.any(), self.rng.below(5) as u32);
        let words = match self.rng.below(8) {
            0 => vec![asm::csrrw(rd, asm::FFLAGS, rs)],
            1 => vec![asm::csrrs(rd, asm::FFLAGS, rs)],
            // csrrc, csrrwi, csrrsi, csrrci
            2 => vec![asm::csrrs(rd, asm::FFLAGS, rs) | 1 << 12],
            3 => vec![asm::csrrwi(rd, asm::FFLAGS, rs) + ((self.rng.below(3) as u32) << 12)],
            4 => vec![asm::csrrwi(rd, asm::FRM, mode)],
            5 => vec![asm::csrrs(rd, asm::FRM, 0)],
            6 => vec![asm::csrrs(rd, asm::FCSR, 0)],
            _ => {
                let r = self.register(kept);
                let flags = asm::andi(r, rs, 31);
                vec![flags, asm::addi(r, r, (mode << 5) as i32), asm::csrrw(rd, asm::FCSR, r)]
            }
        };
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    /// A load-reserved, something with what it gave, and the store-conditional; or a whole
    /// compare-and-swap loop.
    fn reserve(&mut self, kept: Set) -> Vec<u8> {
        let size = 2 + self.rng.below(2) as u32;
        let order = self.rng.below(4) as u32;
        let base = self.register(kept);
        let old = self.register(kept | just(base));
        let new = self.register(kept | just(base) | just(old));
        let done = self.register(kept | just(base) | just(new));
        let amo = |op: u32, rd: u32, rs2: u32| {
            op << 27 | order << 25 | rs2 << 20 | base << 15 | size << 12 | rd << 7 | 0x2f
        };
        let mut code = self.address(base, 1 << size);
        let mut words = vec![amo(2, old, 0)];
        if self.rng.once_in(2) {
            let compared = self.any();
            words.push(asm::branch(1, old, compared, 12));
        } else {
            words.push(asm::add(new, old, new));
        }
        words.push(amo(3, done, new));
        if self.rng.once_in(2) {
            words.push(asm::branch(1, done, 0, -12));
        } else {
            words.push(asm::addi(done, done, 0));
        }
        code.extend(words.iter().flat_map(|w| w.to_le_bytes()));
        code
    }

    /// A conditional jump over some code.
    fn branch(&mut self, kept: Set) -> Vec<u8> {
        let body = self.body(4, kept);
        let (r, s) = (self.any(), self.any());
        let popular = self.rng.below(8) as u32;
        let over = body.len() as i32;
        let mut code = match self.rng.below(8) {
            0 => asm::jal(0, over + 4).to_le_bytes().to_vec(),
            1 => asm::c_j(over + 2).to_le_bytes().to_vec(),
            n @ (2 | 3) => asm::c_branch(n == 3, popular, over + 2).to_le_bytes().to_vec(),
            _ => {
                let funct = *self.rng.pick(&[0, 1, 4, 5, 6, 7]);
                asm::branch(funct, r, s, over + 4).to_le_bytes().to_vec()
            }
        };
        code.extend(body);
        code
    }

    /// Some code several times.
    fn bounded_loop(&mut self, kept: Set) -> Vec<u8> {
        let counter = self.register(kept);
        let rounds = if self.rng.once_in(8) { 40 } else { 2 + self.rng.below(6) as i32 };
        let mut body = self.body(5, kept | just(counter));
        if self.rng.once_in(2) {
            body.extend(self.branch(kept | just(counter)));
        }
        let mut code = asm::addi(counter, 0, rounds).to_le_bytes().to_vec();
        code.extend(&body);
        code.extend(asm::addi(counter, counter, -1).to_le_bytes());
        let back = -(body.len() as i32 + 4);
        code.extend(asm::branch(1, counter, 0, back).to_le_bytes());
        code
    }

    /// A call of the code behind it, which returns; some return two bytes further than they
    /// were called from.
    fn call(&mut self, kept: Set) -> Vec<u8> {
        let link = *self.rng.pick(&[1, 1, 5]);
        let body = self.body(4, kept | just(link));
        let further = self.rng.once_in(3);
        let mut function = body;
        if further {
            function.extend(asm::addi(link, link, 2).to_le_bytes());
        }
        function.extend(asm::jalr(0, 0, link).to_le_bytes());
        let mut code = asm::Code::default();
        // Behind the call: two c.nop and a jump over the function.
        if self.rng.once_in(2) {
            code.word(asm::jal(link, 12));
        } else {
            let target = self.register(kept);
            code.words(&[asm::auipc(target, 0), asm::jalr(link, 16, target)]);
        }
        code.bytes.extend([1, 0, 1, 0]);
        code.word(asm::jal(0, 4 + function.len() as i32));
        code.bytes.extend(function);
        code.bytes
    }

    /// A computed jump to one of four instructions in a row.
    fn switch(&mut self, kept: Set) -> Vec<u8> {
        let (target, from) = (self.register(kept), self.any());
        let index = self.register(kept | just(target));
        let mut code = asm::Code::default();
        code.words(&[asm::andi(index, from, 12), asm::auipc(target, 0)]);
        code.words(&[asm::add(target, target, index), asm::jalr(0, 12, target)]);
        for _ in 0..4 {
            let to = self.register(kept);
            code.word(asm::addi(to, to, 1));
        }
        code.bytes
    }
}

/// What an atomic's address has to be a multiple of.
fn alignment(row: &Row) -> i32 {
    match (row.format, row.name.rsplit('.').next()) {
        ("Amo" | "Lr", Some("h")) => 2,
        ("Amo" | "Lr", Some("w")) => 4,
        ("Amo" | "Lr", Some("d")) => 8,
        ("Amo" | "Lr", Some("q")) => 16,
        _ => 1,
    }
}
