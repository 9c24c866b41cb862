//! Reads the textual form of regions, see [`crate::print()`]. Text behind `;` is a comment.

mod line;

use guest::{GuestAddr, RegFile};

use crate::{Block, Inst, Op, Region, Type, Value};
use line::Line;

/// Why text is not a region.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct ParseError {
    /// Line number from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: Cause,
}

/// What is wrong with a line.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Cause {
    /// Something else was expected.
    #[error("expected {expected}, found `{found}`")]
    Expected {
        /// What.
        expected: &'static str,
        /// What is there; empty at the end.
        found: String,
    },
    /// A name that is in no table.
    #[error("unknown {kind} `{name}`")]
    Unknown {
        /// Of what.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A value is defined twice.
    #[error("v{0} is defined twice")]
    Redefined(u32),
    /// A value is used and never defined.
    #[error("v{0} is not defined")]
    Undefined(u32),
    /// Blocks are numbered from 0 on, in order.
    #[error("block b{0} is out of order")]
    BlockOrder(u32),
    /// An instruction outside of a block, or a block without an end.
    #[error("{0}")]
    Structure(&'static str),
}

/// Reads a region; registers are `r` and their slot's number.
pub fn parse(text: &str) -> Result<Region, ParseError> {
    Parser::new(None).parse(text)
}

/// Reads a region; registers may have the names of `regs`.
pub fn parse_with(text: &str, regs: &RegFile) -> Result<Region, ParseError> {
    Parser::new(Some(regs)).parse(text)
}

struct Parser<'a> {
    regs: Option<&'a RegFile>,
    region: Region,
    /// Numbers of values in the text and what they became.
    names: std::collections::HashMap<u32, Value>,
    /// The line of each instruction and of each block's end.
    inst_lines: Vec<usize>,
    term_lines: Vec<usize>,
    /// The first instruction of the open block.
    open: Option<u32>,
}

impl<'a> Parser<'a> {
    fn new(regs: Option<&'a RegFile>) -> Self {
        Parser {
            regs,
            region: Region::default(),
            names: Default::default(),
            inst_lines: Vec::new(),
            term_lines: Vec::new(),
            open: None,
        }
    }

    fn parse(mut self, text: &str) -> Result<Region, ParseError> {
        let lines = text.lines().map(|line| line.split(';').next().unwrap_or(""));
        let mut lines =
            lines.enumerate().map(|(i, l)| (i + 1, l)).filter(|(_, l)| !l.trim().is_empty());
        let mut last = 1;
        let mut stage = Stage::Header;
        for (number, text) in &mut lines {
            last = number;
            let at = |cause| ParseError { line: number, cause };
            let mut line = Line::new(text, self.regs);
            stage = self.line(stage, &mut line, number).map_err(at)?;
            line.end().map_err(at)?;
        }
        if stage != Stage::Done {
            let cause = Cause::Structure("the region has no end");
            return Err(ParseError { line: last, cause });
        }
        self.resolve()
    }

    fn line(&mut self, stage: Stage, line: &mut Line<'_>, number: usize) -> Result<Stage, Cause> {
        match stage {
            Stage::Header => self.header(line).map(|()| Stage::Body),
            Stage::Body if line.accept("}") => match self.open {
                None => Ok(Stage::Done),
                Some(_) => Err(Cause::Structure("the last block has no end")),
            },
            Stage::Body => self.body(line, number).map(|()| Stage::Body),
            Stage::Done => Err(Cause::Structure("text behind the region")),
        }
    }

    fn header(&mut self, line: &mut Line<'_>) -> Result<(), Cause> {
        line.expect("region")?;
        self.region.entry = GuestAddr(line.number()?);
        line.expect("bytes")?;
        self.region.bytes = line.range()?;
        while line.accept(",") {
            self.region.more.push(line.range()?);
        }
        line.expect("insns")?;
        self.region.guest_insns = line.small("a count")?;
        line.expect("{")
    }

    fn body(&mut self, line: &mut Line<'_>, number: usize) -> Result<(), Cause> {
        if let Some(block) = line.accept_block() {
            return self.block(block, line, number);
        }
        let Some(start) = self.open else {
            return Err(Cause::Structure("an instruction outside of a block"));
        };
        if let Some(term) = line.term()? {
            let end = self.region.insts.len() as u32;
            self.region.blocks.push(Block { insts: start..end, term });
            self.term_lines.push(number);
            self.open = None;
            return Ok(());
        }
        let (name, inst) = line.inst()?;
        self.push(name, inst, number)
    }

    fn block(&mut self, block: u32, line: &mut Line<'_>, number: usize) -> Result<(), Cause> {
        if self.open.is_some() {
            return Err(Cause::Structure("the block before has no end"));
        }
        if block as usize != self.region.blocks.len() {
            return Err(Cause::BlockOrder(block));
        }
        self.open = Some(self.region.insts.len() as u32);
        if line.accept("(") {
            loop {
                let name = line.value()?.0;
                line.expect(":")?;
                let ty = line.ty()?;
                let args = [Value::NONE; 3];
                self.push(Some(name), Inst { op: Op::Param, ty, aux: 0, args, imm: 0 }, number)?;
                if !line.accept(",") {
                    break;
                }
            }
            line.expect(")")?;
        }
        line.expect(":")
    }

    fn push(&mut self, name: Option<u32>, inst: Inst, number: usize) -> Result<(), Cause> {
        let value = Value(self.region.insts.len() as u32);
        match name {
            Some(name) if inst.result().is_none() => {
                let found = format!("v{name}");
                return Err(Cause::Expected { expected: "no value for this op", found });
            }
            Some(name) if self.names.insert(name, value).is_some() => {
                return Err(Cause::Redefined(name));
            }
            Some(_) | None => {}
        }
        self.region.insts.push(inst);
        self.inst_lines.push(number);
        Ok(())
    }

    /// Replaces numbers in the text by values.
    fn resolve(mut self) -> Result<Region, ParseError> {
        let names = &self.names;
        let find = |value: &mut Value, line: usize| {
            let cause = Cause::Undefined(value.0);
            *value = *names.get(&value.0).ok_or(ParseError { line, cause })?;
            Ok(())
        };
        for (inst, &line) in self.region.insts.iter_mut().zip(&self.inst_lines) {
            let used = inst.op.args().len();
            inst.args[..used].iter_mut().try_for_each(|value| find(value, line))?;
        }
        for (block, &line) in self.region.blocks.iter_mut().zip(&self.term_lines) {
            block.term.uses_mut().try_for_each(|value| find(value, line))?;
        }
        Ok(self.region)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Header,
    Body,
    Done,
}

/// The type called `name`.
fn type_named(name: &str) -> Option<Type> {
    Type::ALL.into_iter().find(|ty| ty.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
region 0x10000 bytes 0x10000..0x10010, 0x20000..0x20008 insns 3 {
b0:
  insn 0x10000 4
  v1 = get.i64 r10
  v2 = const.i64 -0x1
  v3 = add.i64 v1, v2
  set.i64 r10, v3
  insn 0x10004 4
  v6 = ld64 v3 - 8
  st64 v3 + 16, v6
  v8 = amo.add.4 v3, v6
  v9 = get.f64 r40
  v10 = fadd.f64.dyn v9, v9
  v11 = fto.i32.f64.rtz v10
  v12 = lr.8 v3 #0x1
  fence #0x1
  if v8 -> b1(v3, v11), call 0x20000 ret 0x10008
b1(v14: i64, v15: i64):
  insn 0x10008 2
  -> b2
b2:
  if v14 -> trap host 3 at 0x10008, fence 0x1000a
}
";

    #[test]
    fn text_comes_back_as_it_was() {
        let region = parse(SAMPLE).expect("it parses");
        assert_eq!(region.to_string(), SAMPLE);
        assert_eq!(crate::verify(&region), Ok(()));
    }

    #[test]
    fn every_cut_of_the_text_is_an_error_or_a_region() {
        for end in 0..SAMPLE.len() {
            let whole = end + 1 >= SAMPLE.len();
            assert_eq!(parse(&SAMPLE[..end]).is_ok(), whole, "cut at {end}");
        }
    }

    #[test]
    fn errors_name_the_line_and_the_cause() {
        let error = |from: &str, to: &str| {
            let text = SAMPLE.replacen(from, to, 1);
            parse(&text).expect_err("broken").to_string()
        };
        assert_eq!(error("v3 = add", "v3 = ad"), "line 6: unknown op `ad.i64`");
        assert_eq!(error("v3 = add", "v2 = add"), "line 6: v2 is defined twice");
        assert_eq!(error("st64 v3", "st64 v33"), "line 10: v33 is not defined");
        assert_eq!(error("b1(v14", "b7(v14"), "line 18: block b7 is out of order");
        assert_eq!(error("get.i64 r10", "get.i64 q1"), "line 4: unknown register `q1`");
        assert_eq!(error(" 0x10004 4", " 0x10004"), "line 8: expected a length, found ``");
    }
}
