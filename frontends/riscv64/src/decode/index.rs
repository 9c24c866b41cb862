//! From the bits of a word that select it to its rows.

use crate::table::{Row, TABLES};

const FULL_BITS: u32 = 15;
const HALF_BITS: u32 = 10;
const KEYS: usize = (1 << FULL_BITS) + (1 << HALF_BITS);
/// Bits of a full key that are the function of 7 bits.
const FUNCT_BITS: u32 = 7;
const FUNCTS: usize = 1 << FUNCT_BITS;
const OPCODES: usize = 1 << (FULL_BITS - FUNCT_BITS);

/// The bits of a 32-bit word that select its list.
const fn full_key(word: u32) -> usize {
    ((word >> 2 & 0x1f) << 10 | (word >> 12 & 7) << 7 | word >> 25) as usize
}

/// The same of a 16-bit word.
const fn half_key(word: u32) -> usize {
    (1 << FULL_BITS) + ((word >> 10 & 0x3f) << 4 | (word >> 5 & 3) << 2 | word & 3) as usize
}

/// The rows of a key: the number of the only one; from [`LIST`] on, where in `lists` they are counted and listed; from [`SPLIT`] on, which
/// of `functions` to look at.
#[derive(Clone, Copy)]
pub(super) struct Entry(u16);

const LIST: u16 = 1 << 14;
const SPLIT: u16 = 1 << 15;

pub(super) struct Index {
    /// All rows.
    pub rows: [&'static Row; ROWS],
    halves: [Entry; 1 << HALF_BITS],
    /// By opcode and function of 3 bits.
    opcodes: [Entry; OPCODES],
    functions: [[Entry; FUNCTS]; SPLITS],
    lists: [u16; LISTED],
}

impl Index {
    /// What a 16-bit word selects.
    pub fn half(&self, word: u32) -> Entry {
        self.halves[half_key(word) - (1 << FULL_BITS)]
    }

    /// What a 32-bit word selects.
    pub fn full(&self, word: u32) -> Entry {
        let key = full_key(word);
        match self.opcodes[key >> FUNCT_BITS] {
            Entry(split @ SPLIT..) => self.functions[(split - SPLIT) as usize][key & (FUNCTS - 1)],
            entry => entry,
        }
    }

    /// The rows of an entry that has not one.
    pub fn list(&self, entry: Entry) -> impl Iterator<Item = &'static Row> {
        let at = (entry.0 - LIST) as usize;
        self.lists[at + 1..][..self.lists[at] as usize].iter().map(|&row| self.rows[row as usize])
    }
}

impl Entry {
    /// Its only row.
    pub fn only(self) -> Option<&'static Row> {
        (self.0 < LIST).then(|| INDEX.rows[self.0 as usize])
    }
}

/// Made by the compiler, so that no start of a process pays for it.
pub(super) static INDEX: Index = {
    let mut halves = [Entry(0); 1 << HALF_BITS];
    let mut key = 0;
    while key < halves.len() {
        halves[key] = LISTS.entries[(1 << FULL_BITS) + key];
        key += 1;
    }
    let rows = sorted();
    Index {
        rows,
        halves,
        opcodes: SPLIT_UP.opcodes,
        functions: SPLIT_UP.first(),
        lists: LISTS.first(),
    }
};

const ROWS: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

static STARTS: [u16; KEYS + 1] = starts(&sorted());
const LISTS: Lists = Lists::of(&all_lists(&sorted(), &STARTS), &STARTS);
const LISTED: usize = LISTS.len;
const SPLIT_UP: SplitUp = SplitUp::of(&LISTS.entries);
const SPLITS: usize = SPLIT_UP.len;

/// All rows. Special rows, which fix more bits than those they take words from, come first.
const fn sorted() -> [&'static Row; ROWS] {
    let mut rows = [&TABLES[0][0]; ROWS];
    let (mut at, mut fixed) = (0, u32::BITS + 1);
    while fixed > 0 {
        fixed -= 1;
        let mut table = 0;
        while table < TABLES.len() {
            let mut row = 0;
            while row < TABLES[table].len() {
                if TABLES[table][row].mask.count_ones() == fixed {
                    rows[at] = &TABLES[table][row];
                    at += 1;
                }
                row += 1;
            }
            table += 1;
        }
    }
    rows
}

const fn starts(rows: &[&Row; ROWS]) -> [u16; KEYS + 1] {
    let mut starts = [0; KEYS + 1];
    let mut index = 0;
    while index < ROWS {
        let mut key = Some(first_key(rows[index]));
        while let Some(k) = key {
            starts[k + 1] += 1;
            key = next_key(rows[index], k);
        }
        index += 1;
    }
    let mut key = 0;
    while key < KEYS {
        starts[key + 1] += starts[key];
        key += 1;
    }
    starts
}

/// The rows of all keys, one key after the other.
const fn all_lists(rows: &[&Row; ROWS], starts: &[u16; KEYS + 1]) -> [u16; STARTS[KEYS] as usize] {
    let mut lists = [0; STARTS[KEYS] as usize];
    let mut ends = *starts;
    let mut index = 0;
    while index < ROWS {
        let mut key = Some(first_key(rows[index]));
        while let Some(k) = key {
            lists[ends[k] as usize] = index as u16;
            ends[k] += 1;
            key = next_key(rows[index], k);
        }
        index += 1;
    }
    lists
}

/// Every key's entry, and the lists of those with none or several rows.
struct Lists {
    entries: [Entry; KEYS],
    lists: [u16; KEYS],
    len: usize,
}

impl Lists {
    const fn of(all: &[u16], starts: &[u16; KEYS + 1]) -> Lists {
        let mut made = Lists { entries: [Entry(0); KEYS], lists: [0; KEYS], len: 0 };
        let mut key = 0;
        while key < KEYS {
            let (start, end) = (starts[key] as usize, starts[key + 1] as usize);
            made.entries[key] = if end - start == 1 {
                Entry(all[start])
            } else if key > 0 && same(all, starts[key - 1] as usize, start, end) {
                made.entries[key - 1]
            } else {
                made.add(all, start, end)
            };
            key += 1;
        }
        made
    }

    const fn add(&mut self, all: &[u16], start: usize, end: usize) -> Entry {
        assert!(self.len < (SPLIT - LIST) as usize);
        let entry = Entry(LIST + self.len as u16);
        self.lists[self.len] = (end - start) as u16;
        self.len += 1;
        let mut at = start;
        while at < end {
            self.lists[self.len] = all[at];
            self.len += 1;
            at += 1;
        }
        entry
    }

    const fn first<const N: usize>(&self) -> [u16; N] {
        let (mut first, mut at) = ([0; N], 0);
        while at < N {
            first[at] = self.lists[at];
            at += 1;
        }
        first
    }
}

/// True if `all[before..start]` is what `all[start..end]` is.
const fn same(all: &[u16], before: usize, start: usize, end: usize) -> bool {
    let mut at = start;
    while at < end && before + (at - start) < start && all[before + (at - start)] == all[at] {
        at += 1;
    }
    at == end && end - start == start - before
}

/// The entries of 32-bit words by opcode and function, where 7 bits more do not matter.
struct SplitUp {
    opcodes: [Entry; OPCODES],
    functions: [[Entry; FUNCTS]; OPCODES],
    len: usize,
}

impl SplitUp {
    const fn of(entries: &[Entry; KEYS]) -> SplitUp {
        let (opcodes, functions) = ([Entry(0); OPCODES], [[Entry(0); FUNCTS]; OPCODES]);
        let mut made = SplitUp { opcodes, functions, len: 0 };
        let mut opcode = 0;
        while opcode < OPCODES {
            let (mut group, mut alike, mut at) = ([Entry(0); FUNCTS], true, 0);
            while at < FUNCTS {
                group[at] = entries[opcode << FUNCT_BITS | at];
                alike &= group[at].0 == group[0].0;
                at += 1;
            }
            made.opcodes[opcode] = if alike { group[0] } else { Entry(SPLIT + made.len as u16) };
            made.functions[made.len] = group;
            made.len += !alike as usize;
            opcode += 1;
        }
        made
    }

    const fn first<const N: usize>(&self) -> [[Entry; FUNCTS]; N] {
        let (mut first, mut at) = ([[Entry(0); FUNCTS]; N], 0);
        while at < N {
            first[at] = self.functions[at];
            at += 1;
        }
        first
    }
}

/// The first key of a row's words.
const fn first_key(row: &Row) -> usize {
    if row.width == 32 { full_key(row.value) } else { half_key(row.value) }
}

/// The key of a row's words that follows `at`: the next number that has the bits of the row's
/// value where its mask is set.
const fn next_key(row: &Row, at: usize) -> Option<usize> {
    let (base, mask, width) = if row.width == 32 {
        (0, full_key(row.mask), FULL_BITS)
    } else {
        (1 << FULL_BITS, half_key(row.mask) - (1 << FULL_BITS), HALF_BITS)
    };
    let free = !mask & ((1 << width) - 1);
    // The carry runs over the fixed bits.
    let bits = ((at - base) | !free).wrapping_add(1) & free;
    if bits == 0 {
        return None;
    }
    Some(base + ((at - base) & mask | bits))
}
