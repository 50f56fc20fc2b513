//! Any bytes as an agent's file and as roster.yaml: read or refused, never a panic, and every problem can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use roster::model::config::Config;
use roster::declare::{config, file};

fuzz_target!(|bytes: &[u8]| {
    let languages = Config::default().property_finder.languages;
    let (_, problems) = file::read("agents/fuzz.yaml", bytes, &languages);
    let more = config::read("roster.yaml", bytes).err().unwrap_or_default();
    for problem in problems.into_iter().chain(more) {
        assert!(problem.start <= problem.end);
        assert!(!problem.message.ends_with("this is a bug in roster"), "{problem}");
        for reveal in [false, true] {
            assert!(!problem.render(false, reveal, 80).is_empty());
        }
    }
});
