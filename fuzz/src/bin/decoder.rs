//! Fuzzes `fuzz::decoder`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::decoder::run);
