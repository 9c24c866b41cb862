//! What of a core is the machine's: `struct elf_prstatus`, `elf_prpsinfo` and the sets of registers
//! (`include/linux/elfcore.h`, `arch/riscv/include/asm/elf.h`).

use guest::{CpuState, Slot};

use super::regs::float;

/// ELF `e_machine`.
pub const MACHINE: u16 = 243;

/// A thread, but for its registers.
#[derive(Clone, Copy)]
pub struct Status {
    pub tid: i32,
    pub signo: i32,
    pub pending: u64,
    pub blocked: u64,
    /// Parent, process group, session.
    pub ids: [i32; 3],
}

/// A process.
pub struct Program {
    pub pid: i32,
    /// User, group.
    pub user: [u32; 2],
    pub ids: [i32; 3],
    pub name: Vec<u8>,
    pub args: Vec<u8>,
}

/// Bytes in the order of a structure.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn int(mut self, value: i32) -> Fields {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn long(mut self, value: u64) -> Fields {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn ids(self, pid: i32, [parent, group, session]: [i32; 3]) -> Fields {
        self.int(pid).int(parent).int(group).int(session)
    }
    /// A string in a field of `len` bytes, NUL included.
    fn string(mut self, text: &[u8], len: usize) -> Fields {
        let end = self.0.len() + len;
        self.0.extend(&text[..text.len().min(len - 1)]);
        self.0.resize(end, 0);
        self
    }
    fn zeros(mut self, len: usize) -> Fields {
        self.0.resize(self.0.len() + len, 0);
        self
    }
}

/// `struct elf_prstatus`.
pub fn prstatus(status: &Status, state: &CpuState) -> Vec<u8> {
    const TIMES: usize = 4 * 16;
    let fields = Fields::default().int(status.signo).zeros(8).int(status.signo);
    let fields = fields.long(status.pending).long(status.blocked).ids(status.tid, status.ids);
    let fields = fields.zeros(TIMES).long(state.pc);
    let fields = (1..32).fold(fields, |fields, n| fields.long(state.get(Slot(n))));
    fields.int(1).int(0).0
}

/// `struct elf_prpsinfo`.
pub fn prpsinfo(program: &Program) -> Vec<u8> {
    let running = Fields(vec![0, b'R', 0, 0]).int(0).long(0);
    let [user, group] = program.user.map(|id| id as i32);
    let fields = running.int(user).int(group).ids(program.pid, program.ids);
    fields.string(&program.name, 16).string(&program.args, 80).0
}

/// The floating-point registers and `fcsr`.
pub fn fpregset(state: &CpuState) -> Vec<u8> {
    let fields = (0..32).fold(Fields::default(), |fields, n| fields.long(state.get(float(n))));
    fields.long((state.fp_round & 7) << 5 | (state.fp_flags & 0x1f)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layouts_are_the_kernels() {
        let mut state = CpuState::new();
        state.pc = 0x1234;
        let status = Status { tid: 7, signo: 11, pending: 0, blocked: 0, ids: [1, 2, 3] };
        let bytes = prstatus(&status, &state);
        assert_eq!(bytes.len(), 376);
        assert_eq!((bytes[12], bytes[32]), (11, 7));
        assert_eq!(bytes[112..114], [0x34, 0x12]);
        assert_eq!(fpregset(&state).len(), 264);
        let program = Program {
            pid: 7,
            user: [0; 2],
            ids: [0; 3],
            name: b"name".into(),
            args: b"a b".into(),
        };
        let bytes = prpsinfo(&program);
        assert_eq!(
            (bytes.len(), &bytes[40..45], &bytes[56..60]),
            (136, &b"name\0"[..], &b"a b\0"[..])
        );
    }
}
