//! Any straight code without accesses: the interpreter and compiled code give the same registers.

use std::cell::RefCell;

use guest::{CpuState, GuestAddr, access};
use ir::{Effect, Exit, Frontend, LiftLimits, Region, Target, Term, Trap};
use memory::{AddressSpace, MapRequest, Prot};
use riscv64::{RISCV64, Riscv64};
use runtime::{Engine, Flow, Kernel, Options, Parts, Process, SigInfo, Vcpu};

/// Guest registers: integer, then floating-point.
const REGISTERS: usize = 64;
/// Bytes of input that make the registers.
const SEED: usize = 8;
/// Bytes of code.
const CODE_LEN: u64 = 4096;
const ECALL: [u8; 4] = [0x73, 0, 0, 0];

/// A guest process that ends at every exit.
struct Machine {
    vcpu: Vcpu,
    code: u64,
}

struct Stop;

impl Kernel for Stop {
    fn syscall(&self, _vcpu: &mut Vcpu) -> Flow {
        Flow::ExitThread
    }
    fn trap(&self, _vcpu: &mut Vcpu, _trap: Trap) -> Flow {
        Flow::ExitThread
    }
    fn fault(&self, _vcpu: &mut Vcpu) -> Flow {
        Flow::ExitThread
    }
    fn deliver(&self, _vcpu: &mut Vcpu, _info: &SigInfo) -> Flow {
        Flow::Continue
    }
}

/// What a run leaves: registers, flags, rounding mode, and how far it came.
type Left = (Vec<u64>, u64, u64, u64);

impl Machine {
    fn new(engine: Engine) -> Machine {
        let memory = AddressSpace::new();
        let code = memory.map(MapRequest::anon(CODE_LEN, Prot::RX)).expect("memory");
        let parts = Parts {
            memory,
            frontend: Box::new(Riscv64::new()),
            backend: Some(Box::new(x64::X64::new(RISCV64.regs).expect("a processor for it"))),
            interp: Box::new(interp::Interp),
            kernel: Box::new(Stop),
            options: Options { engine, ..Options::default() },
            observer: None,
            heap: None,
            at_exit: None,
        };
        let process = Process::new(parts).expect("memory for the code cache");
        Machine { vcpu: Vcpu::new(process, CpuState::new(), Box::new(())), code }
    }

    fn run(&mut self, seed: u64, code: &[u8]) -> Left {
        let memory = &self.vcpu.process.memory;
        memory.protect(self.code, CODE_LEN, Prot::RW).expect("mapped");
        access::copy_out(self.code, code).expect("writable");
        memory.protect(self.code, CODE_LEN, Prot::RX).expect("mapped");
        let state = &mut self.vcpu.state;
        (1..REGISTERS).for_each(|i| state.slots[i] = value(seed, i as u64));
        (state.fp_flags, state.fp_round, state.pc) = (0, seed % 5, self.code);
        self.vcpu.run_thread(runtime::signals::host_mask());
        let state = &self.vcpu.state;
        let registers = state.slots[1..REGISTERS].to_vec();
        (registers, state.fp_flags, state.fp_round, state.pc - self.code)
    }
}

/// The value of register `i`: floats, boxed floats, small numbers and anything.
fn value(seed: u64, i: u64) -> u64 {
    let mixed = (seed ^ i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = mixed ^ mixed >> 29;
    match mixed >> 61 {
        0 => mixed & 0xff,
        1 => f64::to_bits((mixed >> 40) as f64 - 1000.0),
        2 => 0xffff_ffff_0000_0000 | mixed >> 16,
        3 => 0xffff_ffff_ffff_0000 | mixed >> 16,
        4 => (mixed & 0xff).wrapping_neg(),
        5 => 0x7ff0_0000_0000_0000 | mixed & 0x000c_0000_0000_0001,
        _ => mixed,
    }
}

/// The instructions that go on behind themselves and access no memory.
fn straight(data: &[u8]) -> Vec<u8> {
    let (mut code, mut at) = (Vec::new(), 0);
    while at < data.len() && code.len() < CODE_LEN as usize - 8 {
        let len = Riscv64::new().disassemble(GuestAddr(0), &data[at..]).len.max(1);
        if is_straight(&data[at..at + len]) {
            code.extend(&data[at..at + len]);
        }
        at += len;
    }
    code.extend(ECALL);
    code
}

fn is_straight(insn: &[u8]) -> bool {
    const AUIPC: u8 = 0x17;
    let mut region = Region::default();
    let pc = GuestAddr(0x10000);
    Riscv64::new().lift(pc, insn, LiftLimits::of(1), &mut region);
    let quiet = |effect| !matches!(effect, Effect::Load | Effect::Store | Effect::Atomic);
    let next = pc.offset(insn.len() as i64);
    let goes_on = region.blocks.iter().all(|block| match &block.term {
        Term::Go(Target::Exit(Exit::Jump { to })) => *to == next,
        Term::Go(Target::Exit(Exit::Yield { .. })) => true,
        Term::Go(_) | Term::If { .. } => false,
    });
    let clock = region.insts.iter().any(|inst| inst.op == ir::Op::Clock);
    let pure = region.insts.iter().all(|inst| quiet(inst.op.effect()));
    goes_on && pure && !clock && insn[0] & 0x7f != AUIPC
}

/// Takes the bytes as registers and code.
pub fn run(data: &[u8]) {
    thread_local! {
        static MACHINES: RefCell<[Machine; 2]> =
            RefCell::new([Engine::Interp, Engine::Baseline].map(Machine::new));
    }
    let Some((seed, words)) = data.split_first_chunk::<SEED>() else { return };
    let (seed, code) = (u64::from_le_bytes(*seed), straight(words));
    MACHINES.with_borrow_mut(|machines| {
        let [interpreted, compiled] = machines.each_mut().map(|m| m.run(seed, &code));
        assert!(interpreted == compiled, "{}", difference(&code, &interpreted, &compiled));
    });
}

fn difference(code: &[u8], interpreted: &Left, compiled: &Left) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < code.len() {
        let listing = Riscv64::new().disassemble(GuestAddr(0), &code[at..]);
        text += &format!("{}\n", listing.text);
        at += listing.len;
    }
    for (i, (a, b)) in
        interpreted.0.iter().zip(&compiled.0).enumerate().filter(|(_, (a, b))| a != b)
    {
        text += &format!("register {}: interpreted {a:#x}, compiled {b:#x}\n", i + 1);
    }
    let rest = |left: &Left| format!("flags {:#x} mode {} end {}", left.1, left.2, left.3);
    text + &format!("interpreted {}, compiled {}", rest(interpreted), rest(compiled))
}
