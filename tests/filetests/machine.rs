//! Runs cases on an engine of this process, with a kernel that ends every case at once.

use std::io::Write;

use guest::{GuestAddr, access};
use ir::Trap;
use memory::{AddressSpace, MapRequest, Prot};
use metic::registry;
use riscv64::regs::{f, x};
use runtime::threads::SignalStack;
use runtime::{Flow, Kernel, Options, Parts, Process, SigInfo, Vcpu};

use crate::case::{CODE, Case, DATA, DATA_LEN, SLOT, State, code_at, place};
use crate::support::asm::ECALL;

/// The engines that are compared.
pub const ENGINES: &[&str] = &["interp", "baseline"];

/// How a case ended.
enum Ending {
    Syscall,
    Trap(Trap),
    Fault,
}

/// Ends the thread whatever it asks for.
struct Stop;

impl Stop {
    fn end(vcpu: &mut Vcpu, ending: Ending) -> Flow {
        vcpu.ext = Box::new(ending);
        Flow::ExitThread
    }
}

impl Kernel for Stop {
    fn syscall(&self, vcpu: &mut Vcpu) -> Flow {
        Stop::end(vcpu, Ending::Syscall)
    }
    fn trap(&self, vcpu: &mut Vcpu, trap: Trap) -> Flow {
        Stop::end(vcpu, Ending::Trap(trap))
    }
    fn fault(&self, vcpu: &mut Vcpu) -> Flow {
        Stop::end(vcpu, Ending::Fault)
    }
    fn deliver(&self, _vcpu: &mut Vcpu, _info: &SigInfo) -> Flow {
        Flow::Continue
    }
}

fn map(memory: &AddressSpace, addr: u64, len: u64, prot: Prot) {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    let request = MapRequest { addr, flags, ..MapRequest::anon(len, prot) };
    assert_eq!(memory.map(request).expect("free memory"), addr);
}

/// A process with the code of all cases in it.
fn process(engine: &str, cases: &[Case]) -> &'static Process {
    let memory = AddressSpace::new();
    let code_len = (cases.len() as u64 + 1) * SLOT;
    map(&memory, CODE, code_len, Prot::RW);
    map(&memory, DATA, DATA_LEN, Prot::RW);
    for (i, case) in cases.iter().enumerate() {
        let mut code = case.code();
        code.extend(ECALL.to_le_bytes());
        assert!(code.len() as u64 <= SLOT, "too long: {}", case.listing());
        access::copy_out(code_at(i), &code).expect("just mapped");
    }
    memory.protect(CODE, code_len, Prot::RX).expect("just mapped");
    let guest = &registry::GUESTS[0];
    let parts = Parts {
        memory,
        frontend: (guest.frontend)(0..0),
        backend: Some(registry::backend(guest).expect("a host that compiled code runs on")),
        interp: registry::interpreter(),
        kernel: Box::new(Stop),
        options: Options {
            engine: registry::engine(engine).expect("an engine"),
            ..Options::default()
        },
        observer: None,
        heap: None,
        at_exit: None,
    };
    Process::new(parts).expect("memory for the code cache")
}

/// Prints one line for each case: what it gives.
pub fn run_all(engine: &str, cases: &[Case]) {
    let process = process(engine, cases);
    let _stack = SignalStack::install();
    let mut vcpu = Vcpu::new(process, guest::CpuState::new(), Box::new(()));
    for (i, case) in cases.iter().enumerate() {
        let before = case.before(i).unwrap_or_else(|e| panic!("{}: {e}", case.assembly));
        load(&mut vcpu, &before, code_at(i));
        vcpu.run_thread(runtime::signals::host_mask());
        let after = save(&vcpu);
        println!("{}", after.results(&before, i, &ending(&vcpu, case, i)));
        std::io::stdout().flush().expect("somebody reads");
    }
}

fn load(vcpu: &mut Vcpu, state: &State, pc: u64) {
    (1..32).for_each(|i| vcpu.state.set(x(i), state.x[i as usize]));
    (0..32).for_each(|i| vcpu.state.set(f(i), state.f[i as usize]));
    vcpu.state.fp_flags = state.fflags;
    vcpu.state.fp_round = state.frm;
    vcpu.state.reservation.addr = guest::Reservation::NONE;
    vcpu.state.pc = pc;
    // A case that jumps there leaves the page watched.
    vcpu.process.memory.unwatch(DATA, DATA + DATA_LEN);
    let cells: Vec<u8> = state.cells.iter().flat_map(|c| c.to_le_bytes()).collect();
    access::copy_out(DATA, &cells).expect("mapped");
}

fn save(vcpu: &Vcpu) -> State {
    let mut bytes = [0; crate::case::CELLS * 8];
    access::copy_in(DATA, &mut bytes).expect("mapped");
    let cell = |i: usize| u64::from_le_bytes(bytes[i * 8..][..8].try_into().expect("8 bytes"));
    let int = |i: usize| if i == 0 { 0 } else { vcpu.state.get(x(i as u8)) };
    State {
        x: std::array::from_fn(int),
        f: std::array::from_fn(|i| vcpu.state.get(f(i as u8))),
        fflags: vcpu.state.fp_flags,
        frm: vcpu.state.fp_round,
        cells: std::array::from_fn(cell),
    }
}

/// Empty behind the last instruction; else where, and why.
fn ending(vcpu: &Vcpu, case: &Case, slot: usize) -> String {
    let pc = GuestAddr(vcpu.state.pc);
    let at = place(pc.0, slot);
    let ending = vcpu.ext.downcast_ref::<Ending>().expect("the kernel left it");
    match ending {
        Ending::Syscall if pc.0 == code_at(slot) + case.code().len() as u64 + 4 => String::new(),
        Ending::Syscall => format!("ecall={at}"),
        Ending::Trap(Trap::Illegal) => format!("illegal={at}"),
        Ending::Trap(Trap::Breakpoint) => format!("breakpoint={at}"),
        Ending::Trap(Trap::Fetch) => format!("fetch={at}"),
        Ending::Trap(Trap::HostCall(n)) => format!("hostcall{n}={at}"),
        Ending::Fault => {
            let fault = vcpu.state.fault;
            let what = if fault.write != 0 { "store" } else { "load" };
            format!("fault={at} {what}={}", place(fault.addr, slot))
        }
    }
}
