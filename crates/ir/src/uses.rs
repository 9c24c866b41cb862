//! The values that the end of a block uses, and its ways out: the walks that passes and backends share.

use crate::{Exit, Target, Term, Value};

impl Exit {
    /// The computed address that the exit goes to, if it does.
    pub const fn value(&self) -> Option<Value> {
        match *self {
            Exit::Indirect { to } | Exit::CallIndirect { to, .. } | Exit::Return { to } => Some(to),
            Exit::Jump { .. }
            | Exit::Call { .. }
            | Exit::Syscall { .. }
            | Exit::Trap { .. }
            | Exit::Yield { .. } => None,
        }
    }

    /// [`Exit::value`], to be changed.
    pub const fn value_mut(&mut self) -> Option<&mut Value> {
        match self {
            Exit::Indirect { to } | Exit::CallIndirect { to, .. } | Exit::Return { to } => Some(to),
            Exit::Jump { .. }
            | Exit::Call { .. }
            | Exit::Syscall { .. }
            | Exit::Trap { .. }
            | Exit::Yield { .. } => None,
        }
    }
}

impl Target {
    /// The values it uses: a block's arguments, an exit's address.
    pub fn uses(&self) -> impl Iterator<Item = Value> {
        let (args, exit) = match self {
            Target::Block(call) => (call.args.as_slice(), None),
            Target::Exit(exit) => (&[][..], exit.value()),
        };
        args.iter().copied().chain(exit)
    }

    /// [`Target::uses`], to be changed.
    pub fn uses_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let (args, exit) = match self {
            Target::Block(call) => (call.args.as_mut_slice(), None),
            Target::Exit(exit) => (&mut [][..], exit.value_mut()),
        };
        args.iter_mut().chain(exit)
    }
}

impl Term {
    /// Its ways, that of a true condition first.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let (first, second) = match self {
            Term::Go(target) => (target, None),
            Term::If { then, other, .. } => (then, Some(other)),
        };
        std::iter::once(first).chain(second)
    }

    /// The values it uses: the condition first.
    pub fn uses(&self) -> impl Iterator<Item = Value> {
        let cond = match self {
            Term::Go(_) => None,
            Term::If { cond, .. } => Some(*cond),
        };
        cond.into_iter().chain(self.targets().flat_map(Target::uses))
    }

    /// [`Term::uses`], to be changed.
    pub fn uses_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let (cond, first, second) = match self {
            Term::Go(target) => (None, target, None),
            Term::If { cond, then, other } => (Some(cond), then, Some(other)),
        };
        let targets = std::iter::once(first).chain(second);
        cond.into_iter().chain(targets.flat_map(Target::uses_mut))
    }
}
