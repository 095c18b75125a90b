#![no_main]

#[path = "../targets.rs"]
#[expect(dead_code, reason = "a program takes one target of several")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::parse_any(data));
