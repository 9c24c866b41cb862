//! Fuzzes `fuzz::elf`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::elf::run);
