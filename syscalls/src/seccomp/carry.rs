//! Filters over execve(2): a file without a name, whose descriptor the next program is told.
//!
//! ```text
//! word: how many filters, the oldest first; for each
//!   word: its instructions, in bit 31 whether it logs, in bit 30 whether it has a listener
//!   its instructions
//! ```

use std::sync::Arc;

use memory::Errno;

use super::Filter;
use super::bpf::{Insn, MAX_LEN, Program};
use crate::host::{Fd, read_all, sys, write_all};
use crate::mem;

const LOGS: u32 = 1 << 31;
const LISTENS: u32 = 1 << 30;

/// Writes the filters to a file that stays open in the next program. Gives its descriptor.
pub fn save(filter: &Filter) -> Result<Fd, Errno> {
    let mut all = vec![filter];
    while let Some(before) = all[all.len() - 1].before.as_deref() {
        all.push(before);
    }
    let mut bytes = (all.len() as u32).to_le_bytes().to_vec();
    for filter in all.into_iter().rev() {
        let logs = if filter.log { LOGS } else { 0 };
        let listens = if filter.listener.is_some() { LISTENS } else { 0 };
        let head = filter.program.insns().len() as u32 | logs | listens;
        bytes.extend(head.to_le_bytes());
        filter.program.insns().for_each(|insn| bytes.extend(mem::bytes_of(&insn)));
    }
    let file = Fd(sys(libc::SYS_memfd_create, [c"seccomp".as_ptr() as u64, 0])? as i32);
    write_all(file.0, &bytes)?;
    Ok(file)
}

/// Reads them; `None` if that is not what the file holds.
pub fn restore(file: &Fd) -> Option<Arc<Filter>> {
    let bytes = read_all(file.0).ok()?;
    let mut rest = bytes.as_slice();
    let mut newest = None;
    for _ in 0..word(&mut rest)? {
        let head = word(&mut rest)?;
        let len = (head & !(LOGS | LISTENS)) as usize;
        if len > MAX_LEN {
            return None;
        }
        let (code, after) = rest.split_at_checked(len * size_of::<Insn>())?;
        rest = after;
        let insns: Vec<Insn> = code.chunks(size_of::<Insn>()).map(mem::from_bytes).collect();
        let (logs, listens) = (head & LOGS != 0, head & LISTENS != 0);
        newest = Some(Filter::new(Program::new(&insns)?, logs, listens, newest)?);
    }
    newest
}

fn word(bytes: &mut &[u8]) -> Option<u32> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_restored() {
        let program = |k| Program::new(&[Insn { code: 6, jt: 0, jf: 0, k }]).unwrap();
        let first = Filter::new(program(1), true, true, None).unwrap();
        let second = Filter::new(program(2), false, true, Some(first)).unwrap();
        let file = save(&second).unwrap();
        let restored = restore(&file).unwrap();
        assert_eq!((restored.depth, restored.log, restored.listener), (2, false, Some(1)));
        assert_eq!(restored.program, program(2));
        let before = restored.before.as_ref().unwrap();
        assert_eq!((before.program.clone(), before.log), (program(1), true));
    }

    #[test]
    fn other_files_are_not_taken() {
        let file = Fd(sys(libc::SYS_memfd_create, [c"x".as_ptr() as u64, 0]).unwrap() as i32);
        assert!(restore(&file).is_none());
        write_all(file.0, &[1, 0, 0, 0, 1, 0, 0, 0, 9]).unwrap();
        assert!(restore(&file).is_none());
    }
}
