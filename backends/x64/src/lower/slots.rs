//! Guest registers: reads are names for what is there, writes go to homes or memory at once.

use ir::Value;

use crate::alloc::slot_mem;
use crate::asm::Size;
use crate::lower::Lower;
use crate::plan::Loc;
use crate::regs::{self, NONE, Reg};

impl Lower<'_> {
    /// A guest register is read.
    pub fn get(&mut self, value: Value, slot: u8) {
        let home = self.pins.home(slot);
        let known = match home {
            NONE => self.alloc.in_slot(slot),
            home => self.alloc.holds[home as usize],
        };
        let live = known != Value::NONE && self.uses(known) > 0;
        if live && self.region.type_of(known) == self.region.type_of(value) {
            let uses = self.val(value).uses;
            self.val(known).uses += uses;
            self.val(value).root = known;
        } else if home != NONE {
            self.evacuate(home);
            self.put(value, home);
        } else {
            if live && self.loc(known) == Loc::Slot(slot) {
                self.reg(known);
            }
            self.alloc.put_slot(slot, value);
            self.val(value).slot = slot;
            self.val(value).loc = Loc::Slot(slot);
        }
    }

    /// A guest register is written.
    pub fn set_slot(&mut self, value: Value, slot: u8) {
        let value = self.root(value);
        match self.pins.home(slot) {
            NONE => self.set_memory(value, slot),
            home => {
                self.alloc.spare &= !(1 << home);
                self.set_home(value, home);
            }
        }
    }

    fn set_home(&mut self, value: Value, home: Reg) {
        if self.alloc.holds[home as usize] != value {
            self.evacuate(home);
            match self.constant(value) {
                Some(bits) if !regs::is_fp(home) => self.asm.set_imm(home, bits),
                _ => self.fill(home, value),
            }
        }
        let old = self.loc(value);
        if !matches!(old, Loc::Reg(reg) if !self.is_temp(reg)) {
            if let Loc::Reg(temp) = old {
                self.alloc.holds[temp as usize] = Value::NONE;
            }
            self.val(value).loc = Loc::Reg(home);
        }
        self.kill(value);
        self.alloc.holds[home as usize] = value;
    }

    fn set_memory(&mut self, value: Value, slot: u8) {
        let old = self.alloc.in_slot(slot);
        if old == value {
            return self.kill(value);
        }
        let fits = |bits: i64| bits == bits as i32 as i64;
        let constant = self.constant(value).filter(|&bits| fits(bits));
        // Fetching may move the old value to the slot's memory, so that comes first.
        let reg = if constant.is_none() { self.reg(value) } else { NONE };
        if old != Value::NONE && self.uses(old) > 0 && self.loc(old) == Loc::Slot(slot) {
            self.reg(old);
        }
        match constant {
            Some(bits) => self.asm.store_imm(Size::B8, slot_mem(slot), bits as i32),
            None => self.save(slot_mem(slot), reg),
        }
        self.alloc.put_slot(slot, value);
        self.val(value).slot = slot;
        self.kill(value);
    }
}
