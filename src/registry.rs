//! What there is to choose from: a row for every guest, host and engine.

use guest::Isa;
use guest::keys::Isolation;
use ir::{Backend, Frontend, Interpreter};
use runtime::Engine;

/// A guest instruction set that can be run.
pub struct Guest {
    /// Its description.
    pub isa: &'static Isa,
    /// Makes its frontend; the guest addresses are those of the vDSO.
    pub frontend: fn(vdso: std::ops::Range<u64>) -> Box<dyn Frontend>,
}

/// The guests.
pub static GUESTS: &[Guest] = &[Guest {
    isa: &riscv64::RISCV64,
    frontend: |vdso| Box::new(riscv64::Riscv64::with_vdso(vdso.start, vdso.end)),
}];

/// Makes the backend of this host for a guest's registers.
pub fn backend(guest: &Guest) -> Result<Box<dyn Backend>, String> {
    let backend = x64::X64::new(guest.isa.regs).map_err(|e| e.to_string())?;
    Ok(Box::new(backend))
}

/// Makes the interpreter.
pub fn interpreter() -> Box<dyn Interpreter> {
    Box::new(interp::Interp)
}

/// The engines by name, with what they are.
pub static ENGINES: &[(&str, Engine, &str)] = &[
    ("interp", Engine::Interp, "interpret everything"),
    ("baseline", Engine::Baseline, "compile every block before it first runs"),
    ("opt", Engine::Opt, "compile blocks, and loops as regions as soon as they go round"),
    ("auto", Engine::Auto, "compile blocks (see --warm), and loops that prove hot as regions"),
];

/// The engine called `name`.
pub fn engine(name: &str) -> Option<Engine> {
    ENGINES.iter().find(|(n, ..)| *n == name).map(|(_, e, _)| *e)
}

/// The name of `engine`.
pub fn engine_name(engine: Engine) -> &'static str {
    ENGINES.iter().find(|(_, e, _)| *e == engine).map_or("?", |(n, ..)| n)
}

/// What the guest can be kept from, by name, with what it is.
pub static ISOLATIONS: &[(&str, Option<Isolation>, &str)] = &[
    ("off", None, "nothing"),
    ("write", Some(Isolation::Write), "writing to metic's memory"),
    ("read", Some(Isolation::Read), "reading metic's data, too"),
];

/// What `name` keeps the guest from.
pub fn isolation(name: &str) -> Option<Isolation> {
    ISOLATIONS.iter().find(|(n, ..)| *n == name).and_then(|(_, i, _)| *i)
}

/// The name of `isolation`.
pub fn isolation_name(isolation: Option<Isolation>) -> &'static str {
    ISOLATIONS.iter().find(|(_, i, _)| *i == isolation).map_or("off", |(n, ..)| n)
}
