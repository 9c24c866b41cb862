//! Replacing values by others while a pass goes forward through a region.

use std::cell::RefCell;

use ir::{Region, Value};

thread_local! {
    static MAP: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Calls `rewrite` for each instruction in order, with operands already replaced. Where it gives
/// a value, that value takes the instruction's place from there on; the instruction itself stays
/// for [`crate::DEAD_CODE`].
pub(crate) fn forward(
    region: &mut Region,
    rewrite: impl FnMut(&mut Region, Value) -> Option<Value>,
) {
    MAP.with_borrow_mut(|map| forward_with(region, map, rewrite));
}

fn forward_with(
    region: &mut Region,
    map: &mut Vec<Value>,
    mut rewrite: impl FnMut(&mut Region, Value) -> Option<Value>,
) {
    let len = region.insts.len();
    let mut changed = false;
    for i in 0..len {
        if changed {
            let inst = &mut region.insts[i];
            for arg in inst.operands_mut() {
                *arg = map[arg.index()];
            }
        }
        if let Some(value) = rewrite(region, Value(i as u32)) {
            if !changed {
                map.clear();
                map.extend((0..len as u32).map(Value));
                changed = true;
            }
            map[i] = value;
        }
    }
    if changed {
        for block in &mut region.blocks {
            block.term.uses_mut().for_each(|value| *value = map[value.index()]);
        }
    }
}
