//! Under which conditions a round is followed by another one.

use ir::{Op, Target, Term, Type, Value};

use super::super::lanes;
use super::find::Finder;
use super::{Bound, First, Lane, Order, Other, Stay};

/// A side of a comparison.
#[derive(Clone, Copy)]
enum Side {
    /// An element of this round, by its vector and place.
    Now(usize, i64),
    /// An element of the round before, which a parameter shows.
    Before(usize, i64, Value),
    /// The same in all rounds.
    Same(usize, Other),
}

impl Finder<'_> {
    /// Finds them all; `None` if there is one that is not understood.
    pub fn stays(&mut self) -> Option<()> {
        let path = self.shape.path.clone();
        let ends = path[1..].iter().skip(1).chain(&path[..1]);
        for (&from, &to) in path[1..].iter().zip(ends) {
            let Term::If { cond, then, other } = &self.region.blocks[from].term else { continue };
            let [then, other] = [then, other].map(Target::block);
            if then == other {
                return None;
            }
            // Behind what ends the loop early no further array's page may be touched.
            if self.condition(*cond, then == Some(to))? && !self.has_loaded(from) {
                return None;
            }
        }
        Some(())
    }

    /// Understands a condition; true if it looks at what the round itself has loaded.
    fn condition(&mut self, cond: Value, holds: bool) -> Option<bool> {
        let inst = *self.region.inst(self.shape.resolve(cond));
        let op = if holds { inst.op } else { inst.op.opposite()? };
        let [a, b, _] = inst.args;
        if matches!(op, Op::Eq | Op::Ne)
            && let Some(a) = self.side(a, inst.ty)
            && let Some(b) = self.side(b, inst.ty)
        {
            return self.elements(op, inst.ty, a, b).or_else(|| self.elements(op, inst.ty, b, a));
        }
        let known = self.limit(op, inst.ty, a, b, false);
        let bound = known.or_else(|| self.limit(op, inst.ty, b, a, true))?;
        self.bound.replace(bound).is_none().then_some(false)
    }

    fn side(&mut self, value: Value, ty: Type) -> Option<Side> {
        let value = self.shape.resolve(value);
        let inst = self.region.inst(value);
        let of = if ty == Type::I32 && inst.op == Op::Trunc { inst.args[0] } else { value };
        let of = self.shape.resolve(of);
        if let Some(i) = self.shape.position(of)
            && !self.shape.is_fixed(of)
        {
            let (lane, at) = self.lane(self.shape.args[i])?;
            return Some(Side::Before(lane, at?, of));
        }
        let (lane, at) = self.lane(value)?;
        Some(match (at, self.lanes[lane]) {
            (Some(at), _) => Side::Now(lane, at),
            (None, Lane::Const(bits)) => Side::Same(lane, Other::Const(bits)),
            (None, Lane::Fixed(value)) => Side::Same(lane, Other::Value(value)),
            (None, Lane::Array(_) | Lane::Op(..)) => return None,
        })
    }

    fn elements(&mut self, op: Op, ty: Type, a: Side, b: Side) -> Option<bool> {
        let wide = ty == Type::I64;
        let (x, y) = match (a, b) {
            (Side::Now(x, at), Side::Now(y, other)) if at == other => (x, y),
            (Side::Now(x, _), Side::Same(y, _)) => (x, y),
            (Side::Before(x, at, a), Side::Before(y, other, b)) if at == other => {
                self.first.push(First { op, wide, a, b: Other::Value(b) });
                (x, y)
            }
            (Side::Before(x, _, a), Side::Same(y, b)) => {
                self.first.push(First { op, wide, a, b });
                (x, y)
            }
            _ => return None,
        };
        // What has more bits than an element never equals one, but looks as if it did.
        let short = self.size < 8 && matches!(self.lanes[y], Lane::Fixed(_));
        let stay = match op {
            Op::Ne => Stay::Differ(x, y),
            _ if short => return None,
            _ => Stay::Equal(x, y),
        };
        if !self.stays.contains(&stay) {
            self.stays.push(stay);
        }
        Some(matches!(a, Side::Now(..)))
    }

    /// The bound if `value` is compared with `limit`, as the second one if `swapped`.
    fn limit(&self, op: Op, ty: Type, value: Value, limit: Value, swapped: bool) -> Option<Bound> {
        let (param, first, step, word) = self.grown(value, ty)?;
        let order = match op {
            Op::Ne => Order::Differ,
            Op::LtS if swapped == (step < 0) => Order::Signed,
            Op::LtU if swapped == (step < 0) && !word => Order::Unsigned,
            _ => return None,
        };
        let limit = self.shape.resolve(limit);
        let inst = self.region.inst(limit);
        let limit =
            if word && inst.op == Op::Trunc { self.shape.resolve(inst.args[0]) } else { limit };
        let limit = match self.region.as_const(limit) {
            Some(bits) if ty == Type::I32 => Other::Const(bits as i32 as i64),
            Some(bits) => Other::Const(bits),
            None if self.shape.is_fixed(limit) => Other::Value(limit),
            None => return None,
        };
        let whole = step.unsigned_abs().is_power_of_two();
        let wide = ty == Type::I64;
        whole.then_some(Bound { param, first, step, limit, order, word, wide })
    }

    /// The parameter that `value` is, but for a constant, what it grows by, and whether only its low half does.
    fn grown(&self, value: Value, ty: Type) -> Option<(Value, i64, i64, bool)> {
        let value = self.shape.resolve(value);
        let word = |(i, step): (usize, &Option<lanes::Change>)| match *step {
            Some(lanes::Change::AddWord(by, own)) => {
                let arg = self.shape.args[i];
                let low = own == Type::I64 && ty == Type::I32;
                let grown = if low { self.region.inst(arg).args[0] } else { arg };
                (self.shape.resolve(grown) == value && (own == ty || low))
                    .then(|| (self.shape.params[i], by, by, true))
            }
            _ => None,
        };
        if let Some(found) = self.shape.steps.iter().enumerate().find_map(word) {
            return Some(found);
        }
        let sum = if ty == Type::I64 { self.shape.sum(value)? } else { return None };
        let [(param, false)] = sum.terms[..] else { return None };
        let by = self.shape.stride(&sum);
        (by != 0 && sum.disp == sum.disp as i16 as i64).then_some((param, sum.disp, by, false))
    }
}
