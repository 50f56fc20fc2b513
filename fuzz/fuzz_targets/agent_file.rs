#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| roster_fuzz::agent_file::check(bytes));
