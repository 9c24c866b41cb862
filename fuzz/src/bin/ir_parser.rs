//! Fuzzes `fuzz::ir_parser`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::ir_parser::run);
