//! The first stack: strings on top, then the vectors, as `create_elf_tables` builds it.
//!
//! ```text
//! top    8 zero bytes
//!        execfn, environment strings, argument strings (ascending: arguments first)
//!        16 random bytes
//!        auxv, envp, argv, argc   <- stack pointer, 16-byte aligned
//! ```

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;

use guest::access;
use memory::{AddressSpace, Errno, Prot};

use crate::file::Binary;
use crate::{LoadError, LoadRequest, host};

/// One string is no longer than this, NUL included (execve(2)).
const LONGEST_STRING: usize = 32 * 4096;
/// Room for strings and their pointers that is always granted (`ARG_MAX`).
const SURE_ROOM: u64 = 128 << 10;
/// And what is never exceeded: three quarters of the usual 8 MiB stack.
const MOST_ROOM: u64 = 6 << 20;
/// What the program has for itself at first.
const WORKING_ROOM: u64 = 128 << 10;

/// Addresses of strings that the auxiliary vector names.
pub struct AuxStrings {
    pub random: u64,
    pub execfn: u64,
}

/// A finished stack.
pub struct Stack {
    pub pointer: u64,
    pub top: u64,
    pub args: Range<u64>,
    pub env: Range<u64>,
    pub auxv: Vec<(u64, u64)>,
}

/// Maps the stack and fills it; `auxv` makes the auxiliary vector.
pub fn build(
    memory: &AddressSpace,
    request: &LoadRequest,
    program: &Binary,
    auxv: impl FnOnce(&AuxStrings) -> Vec<(u64, u64)>,
) -> Result<Stack, LoadError> {
    let limit = host::stack_limit();
    let needed = room_for(request);
    let too_big = || LoadError::TooManyArguments { path: program.path.clone() };
    let needed =
        needed.filter(|&n| n <= (limit / 4).clamp(SURE_ROOM, MOST_ROOM)).ok_or_else(too_big)?;
    let failed = |errno| program.unmappable("the stack", errno);
    let size = needed + WORKING_ROOM;
    let top = memory.map_stack(size).map_err(failed)?;
    if program.headers.exec_stack {
        let page = guest::PAGE_SIZE;
        memory.protect_grows_down(top - page, page, Prot(7)).map_err(failed)?;
    }
    let (stack, bytes) = layout(request, top, auxv);
    access::copy_out(stack.pointer, &bytes).map_err(|_| failed(Errno(libc::EFAULT)))?;
    Ok(stack)
}

/// Bytes that strings and pointers take; `None` if a single string is too long.
fn room_for(request: &LoadRequest) -> Option<u64> {
    let strings = || request.args.iter().chain(&request.env).chain([&request.execfn]);
    if strings().any(|s| s.len() >= LONGEST_STRING) {
        return None;
    }
    Some(strings().map(|s| s.len() as u64 + 1 + 8).sum())
}

/// A string up to its first NUL.
fn text(string: &OsStr) -> &[u8] {
    string.as_bytes().split(|&b| b == 0).next().unwrap_or_default()
}

/// Strings in one run of bytes, and where each begins.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    starts: Vec<u64>,
}

impl Strings {
    fn push(&mut self, string: &OsStr) {
        self.starts.push(self.bytes.len() as u64);
        self.bytes.extend_from_slice(text(string));
        self.bytes.push(0);
    }
}

/// The stack's contents, from its pointer to `top`.
fn layout(
    request: &LoadRequest,
    top: u64,
    auxv: impl FnOnce(&AuxStrings) -> Vec<(u64, u64)>,
) -> (Stack, Vec<u8>) {
    let mut strings = Strings::default();
    // Linux gives an empty argv[0] to a program that is started without any.
    let nameless = [OsString::new()];
    let args = if request.args.is_empty() { &nameless[..] } else { &request.args };
    args.iter().for_each(|s| strings.push(s));
    let args_len = strings.bytes.len() as u64;
    request.env.iter().for_each(|s| strings.push(s));
    let env_len = strings.bytes.len() as u64;
    strings.push(&request.execfn);
    let base = top - 8 - strings.bytes.len() as u64;
    let random = (base - 16) & !15;
    let auxv = auxv(&AuxStrings { random, execfn: base + env_len });

    let (argv, rest) = strings.starts.split_at(args.len());
    let envp = &rest[..request.env.len()];
    let mut words = vec![argv.len() as u64];
    words.extend(argv.iter().map(|s| base + s).chain([0]));
    words.extend(envp.iter().map(|s| base + s).chain([0]));
    words.extend(auxv.iter().chain(&[(0, 0)]).flat_map(|&(key, value)| [key, value]));

    let skipped = host::random_below(guest::PAGE_SIZE, 4);
    let pointer = (random - skipped - words.len() as u64 * 8) & !15;
    let mut bytes = vec![0; (top - pointer) as usize];
    let mut put = |at: u64, what: &[u8]| {
        let from = (at - pointer) as usize;
        bytes[from..from + what.len()].copy_from_slice(what);
    };
    put(pointer, &words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>());
    put(random, &host::random());
    put(base, &strings.bytes);
    let (args, env) = (base..base + args_len, base + args_len..base + env_len);
    (Stack { pointer, top, args, env, auxv }, bytes)
}
