//! Counting how often blocks are executed.

use guest::GuestAddr;
use ir::{Op, Region, Type, Value};

use crate::graph::{Graph, inst};

/// Has each block with guest instructions add 1 to a 64-bit word where it starts. `word` gives the word's address for the addresses of the
/// instructions. Threads that do so at once may lose some.
pub fn count_blocks(region: &mut Region, mut word: impl FnMut(&[GuestAddr]) -> u64) {
    let mut graph = Graph::of(region);
    for block in 0..graph.blocks.len() {
        let insts = &graph.blocks[block].insts;
        let marks = insts.iter().map(|v| graph.insts[v.index()]).filter(|i| i.op == Op::Insn);
        let addresses: Vec<GuestAddr> = marks.map(|mark| GuestAddr(mark.imm as u64)).collect();
        let is_mark = |v: &Value| graph.insts[v.index()].op == Op::Insn;
        let Some(first) = insts.iter().position(is_mark) else { continue };
        let added = add_one(&mut graph, word(&addresses));
        graph.blocks[block].insts.splice(first + 1..first + 1, added);
    }
    graph.store_all(region);
}

/// Adds 1 to the word at `address`.
fn add_one(graph: &mut Graph, address: u64) -> [Value; 5] {
    let address = graph.make(inst(Op::Const, Type::I64, 0, &[], address as i64));
    let old = graph.make(inst(Op::Ld64, Type::I64, 0, &[address], 0));
    let one = graph.make(inst(Op::Const, Type::I64, 0, &[], 1));
    let new = graph.make(inst(Op::Add, Type::I64, 0, &[old, one], 0));
    let store = graph.make(inst(Op::St64, Type::I64, 0, &[address, new], 0));
    [address, old, one, new, store]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_counts_where_its_first_instruction_starts() {
        let text = "region 0x1000 bytes 0x1000..0x100c insns 3 {
b0:
  insn 0x1000 4
  v1 = get.i64 r10
  insn 0x1004 4
  if v1 -> jump 0x1020, b1
b1:
  insn 0x1008 4
  set.i64 r11, v1
  -> jump 0x100c
}
";
        let mut region = ir::parse(text).expect("it parses");
        let mut asked = Vec::new();
        count_blocks(&mut region, |addresses| {
            asked.push(addresses.to_vec());
            0x7000 + 8 * asked.len() as u64
        });
        assert_eq!(asked, [vec![GuestAddr(0x1000), GuestAddr(0x1004)], vec![GuestAddr(0x1008)]]);
        assert_eq!(ir::verify(&region), Ok(()));
        let text = region.to_string();
        let count = "  insn 0x1008 4
  v9 = const.i64 0x7010
  v10 = ld64 v9
  v11 = const.i64 0x1
  v12 = add.i64 v10, v11
  st64 v9, v12
";
        assert!(text.contains(count), "{text}");
    }
}
