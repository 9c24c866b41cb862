//! Fuzzes `fuzz::engines`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::engines::run);
