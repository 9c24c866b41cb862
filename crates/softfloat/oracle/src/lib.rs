//! Holds `tests/berkeley.rs`, which checks softfloat against Berkeley SoftFloat 3.
