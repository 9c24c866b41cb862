//! The table of where guest registers are at faults.

use ir::traits::thunk;
use ir::{CompiledCode, Make, Place, Recover};

use crate::alloc::FIRST_SPILL;
use crate::lower::Lower;
use crate::operands::Role;

use super::allocate::{Places, reg_of};
use super::build::{Code, Shown, Step};

/// Describes step `i`, which is emitted next and may fault; false if a value is nowhere.
pub fn describe(
    lower: &Lower<'_>,
    code: &Code,
    places: &Places,
    i: usize,
    out: &mut CompiledCode,
) -> bool {
    let step = &code.steps[i];
    let Some(shown) = &step.shown else { return true };
    let first = out.places.len();
    for &shown in shown {
        match place(lower, code, places, (i, step), shown) {
            Ok(Some(place)) => out.places.push((shown.slot, place)),
            Ok(None) => {}
            Err(Lost) => return false,
        }
    }
    let old = out
        .recover
        .last()
        .map_or(&[][..], |r| &out.places[r.first as usize..(r.first + r.count) as usize]);
    if *old == out.places[first..] {
        out.places.truncate(first);
        return true;
    }
    let count = (out.places.len() - first) as u32;
    out.recover.push(Recover { host: lower.asm.pos(), first: first as u32, count });
    true
}

struct Lost;

/// Where a guest register is, unless it is where the convention has it.
fn place(
    lower: &Lower<'_>,
    code: &Code,
    places: &Places,
    (i, step): (usize, &Step),
    Shown { slot, value, make }: Shown,
) -> Result<Option<Place>, Lost> {
    if code.constant[value.index()] {
        let bits = lower.constant(value).unwrap_or(0) as u64;
        return Ok(Some(Place::Const(make.apply(bits) as i64)));
    }
    let asked = step.asks.iter().position(|a| a.role == Role::Use && a.value == value);
    let found = match asked {
        Some(n) => Some(places.answers(i)[n]),
        None => places.before(value, i),
    };
    let found = found.ok_or(Lost)?;
    match (found.as_reg(), found.as_stack()) {
        (Some(reg), _) if make == Make::Same && reg_of(reg) == code.homes[slot.0 as usize] => {
            Ok(None)
        }
        (Some(reg), _) => Ok(Some(Place::Word(thunk::FAULT_DUMP + reg_of(reg) as u16, make))),
        (_, Some(spill)) => Ok(Some(Place::Word(FIRST_SPILL + spill.index() as u16, make))),
        (None, None) => Err(Lost),
    }
}
