//! The types of C's `<stdint.h>` that softfloat-sys names, for x86-64 Linux.

#![no_std]
#![allow(non_camel_case_types, reason = "the names are C's")]

pub type int_fast32_t = i64;
pub type int_fast64_t = i64;
pub type uint_fast8_t = u8;
pub type uint_fast32_t = u64;
pub type uint_fast64_t = u64;
