//! One line of the textual form.

use std::ops::Range;

use guest::{GuestAddr, RegFile};

use super::{Cause, type_named};
use crate::print::{ROUNDINGS, default_type};
use crate::{BlockCall, BlockId, Exit, Inst, Op, Target, Term, Trap, Type, Value};

/// The words of a line; `,`, `:`, `(`, `)`, `{` and `}` are words of their own.
pub(super) struct Line<'a> {
    rest: &'a str,
    regs: Option<&'a RegFile>,
}

const MARKS: [char; 6] = [',', ':', '(', ')', '{', '}'];

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str, regs: Option<&'a RegFile>) -> Self {
        Line { rest: text.trim(), regs }
    }

    fn peek(&self) -> &'a str {
        let mark = self.rest.starts_with(MARKS);
        let end = self.rest.find(|c: char| c.is_whitespace() || MARKS.contains(&c));
        let end = if mark { 1 } else { end.unwrap_or(self.rest.len()) };
        &self.rest[..end]
    }

    fn next(&mut self) -> &'a str {
        let word = self.peek();
        self.rest = self.rest[word.len()..].trim_start();
        word
    }

    fn wrong<T>(&self, expected: &'static str) -> Result<T, Cause> {
        Err(Cause::Expected { expected, found: self.peek().to_owned() })
    }

    pub(super) fn end(&self) -> Result<(), Cause> {
        if self.rest.is_empty() { Ok(()) } else { self.wrong("the end of the line") }
    }

    /// Takes `word` if it is next.
    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self.peek() == word;
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, word: &'static str) -> Result<(), Cause> {
        if self.accept(word) { Ok(()) } else { self.wrong(word) }
    }

    fn take<T>(
        &mut self,
        expected: &'static str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, Cause> {
        match read(self.peek()) {
            Some(value) => {
                self.next();
                Ok(value)
            }
            None => self.wrong(expected),
        }
    }

    pub(super) fn number(&mut self) -> Result<u64, Cause> {
        self.take("a number", unsigned)
    }

    pub(super) fn small<T: TryFrom<u64>>(&mut self, expected: &'static str) -> Result<T, Cause> {
        self.take(expected, |word| unsigned(word).and_then(|n| T::try_from(n).ok()))
    }

    pub(super) fn range(&mut self) -> Result<Range<u64>, Cause> {
        self.take("a range", |word| {
            let (start, end) = word.split_once("..")?;
            Some(unsigned(start)?..unsigned(end)?)
        })
    }

    pub(super) fn value(&mut self) -> Result<Value, Cause> {
        self.take("a value", |word| numbered(word, 'v')).map(Value)
    }

    pub(super) fn ty(&mut self) -> Result<Type, Cause> {
        self.take("a type", type_named)
    }

    fn address(&mut self) -> Result<GuestAddr, Cause> {
        self.number().map(GuestAddr)
    }

    /// The number of the block that starts here.
    pub(super) fn accept_block(&mut self) -> Option<u32> {
        let block = numbered(self.peek(), 'b')?;
        self.next();
        Some(block)
    }

    /// The end of a block, if the line is one.
    pub(super) fn term(&mut self) -> Result<Option<Term>, Cause> {
        if self.accept("->") {
            return self.target().map(|target| Some(Term::Go(target)));
        }
        if !self.accept("if") {
            return Ok(None);
        }
        let cond = self.value()?;
        self.expect("->")?;
        let then = self.target()?;
        self.expect(",")?;
        let other = self.target()?;
        Ok(Some(Term::If { cond, then, other }))
    }

    fn target(&mut self) -> Result<Target, Cause> {
        match self.accept_block() {
            Some(block) => {
                let args = if self.accept("(") { self.args()? } else { Vec::new() };
                Ok(Target::Block(BlockCall { block: BlockId(block), args }))
            }
            None => self.exit().map(Target::Exit),
        }
    }

    fn args(&mut self) -> Result<Vec<Value>, Cause> {
        let mut args = vec![self.value()?];
        while self.accept(",") {
            args.push(self.value()?);
        }
        self.expect(")")?;
        Ok(args)
    }

    fn exit(&mut self) -> Result<Exit, Cause> {
        Ok(match self.peek() {
            "jump" => Exit::Jump { to: self.second(Line::address)? },
            "call" => Exit::Call { to: self.second(Line::address)?, ret: self.ret()? },
            "indirect" => Exit::Indirect { to: self.second(Line::value)? },
            "callind" => Exit::CallIndirect { to: self.second(Line::value)?, ret: self.ret()? },
            "return" => Exit::Return { to: self.second(Line::value)? },
            "syscall" => {
                self.second(|line| line.expect("next"))?;
                Exit::Syscall { next: self.address()? }
            }
            "trap" => {
                let cause = self.second(Line::trap)?;
                self.expect("at")?;
                Exit::Trap { cause, pc: self.address()? }
            }
            "yield" => Exit::Yield { next: self.second(Line::address)?, fence: false },
            "fence" => Exit::Yield { next: self.second(Line::address)?, fence: true },
            _ => return self.wrong("a way out"),
        })
    }

    /// Skips a word, then reads.
    fn second<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Cause>) -> Result<T, Cause> {
        self.next();
        read(self)
    }

    fn ret(&mut self) -> Result<GuestAddr, Cause> {
        self.expect("ret")?;
        self.address()
    }

    fn trap(&mut self) -> Result<Trap, Cause> {
        if self.accept("host") {
            return self.small("a number").map(Trap::HostCall);
        }
        self.take("a trap", |word| match word {
            "illegal" => Some(Trap::Illegal),
            "breakpoint" => Some(Trap::Breakpoint),
            "fetch" => Some(Trap::Fetch),
            _ => None,
        })
    }

    /// An instruction and the number of its value.
    pub(super) fn inst(&mut self) -> Result<(Option<u32>, Inst), Cause> {
        let name = numbered(self.peek(), 'v');
        if name.is_some() {
            self.next();
            self.expect("=")?;
        }
        let mut inst = self.op()?;
        match inst.op {
            Op::Insn => {
                inst.imm = self.number()? as i64;
                inst.aux = self.small("a length")?;
            }
            Op::Const => inst.imm = self.take("a number", signed)?,
            Op::Get => inst.aux = self.slot()?,
            Op::Set => {
                inst.aux = self.slot()?;
                self.expect(",")?;
                inst.args[0] = self.value()?;
            }
            op => self.operands(op, &mut inst)?,
        }
        if inst.result().is_some() != name.is_some() {
            return self.wrong("a value only for ops that give one");
        }
        Ok((name, inst))
    }

    fn operands(&mut self, op: Op, inst: &mut Inst) -> Result<(), Cause> {
        let displaced = op.has_displacement();
        for i in 0..op.args().len() {
            if i > 0 {
                self.expect(",")?;
            }
            inst.args[i] = self.value()?;
            if i == 0 && displaced {
                inst.imm = self.displacement()?;
            }
        }
        if self.peek().starts_with('#') {
            inst.imm = self.take("a number", |word| signed(&word[1..]))?;
        }
        Ok(())
    }

    fn displacement(&mut self) -> Result<i64, Cause> {
        let negative = self.peek() == "-";
        if !negative && self.peek() != "+" {
            return Ok(0);
        }
        self.next();
        let n = self.number()? as i64;
        Ok(if negative { n.wrapping_neg() } else { n })
    }

    /// The op with what is written behind its dots.
    fn op(&mut self) -> Result<Inst, Cause> {
        let word = self.next();
        let unknown = || Cause::Unknown { kind: "op", name: word.to_owned() };
        let mut name = word;
        let op = loop {
            if let Some(&op) = Op::ALL.iter().find(|op| op.text() == name) {
                break op;
            }
            name = name.rsplit_once('.').ok_or_else(unknown)?.0;
        };
        let args = [Value::NONE; 3];
        let mut inst = Inst { op, ty: default_type(op), aux: 0, args, imm: 0 };
        for suffix in word[name.len()..].split('.').skip(1) {
            let round = ROUNDINGS.iter().find(|(_, name)| *name == suffix);
            if let Some(ty) = type_named(suffix) {
                inst.ty = ty;
            } else if let Some((round, _)) = round {
                inst.aux = *round as u16;
            } else {
                inst.aux = suffix.parse().map_err(|_| unknown())?;
            }
        }
        Ok(inst)
    }

    fn slot(&mut self) -> Result<u16, Cause> {
        let word = self.next();
        let named = self.regs.and_then(|regs| regs.by_name(word)).map(|slot| slot.0 as u16);
        let slot = named.or_else(|| numbered(word, 'r').and_then(|n| u16::try_from(n).ok()));
        slot.ok_or_else(|| Cause::Unknown { kind: "register", name: word.to_owned() })
    }
}

/// `v12` as 12, for the letter `v`.
fn numbered(word: &str, letter: char) -> Option<u32> {
    let digits = word.strip_prefix(letter)?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn unsigned(word: &str) -> Option<u64> {
    match word.strip_prefix("0x") {
        Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None if word.starts_with('+') => None,
        None => word.parse().ok(),
    }
}

fn signed(word: &str) -> Option<i64> {
    match word.strip_prefix('-') {
        Some(digits) => unsigned(digits).map(|n| (n as i64).wrapping_neg()),
        None => unsigned(word).map(|n| n as i64),
    }
}
