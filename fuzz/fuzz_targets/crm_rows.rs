#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| roster_fuzz::crm_rows::check(bytes));
