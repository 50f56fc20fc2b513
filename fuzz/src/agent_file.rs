//! Any bytes as an agent's file and as `roster.yaml`: they are read or refused without a panic, and every problem can be
//! printed.

use roster::declare::{config, file};
use roster::model::config::Config;

/// # Panics
/// When the check fails.
pub fn check(bytes: &[u8]) {
    let languages = Config::default().property_finder.languages;
    let (_, problems) = file::read("agents/fuzz.yaml", bytes, &languages);
    let more = config::read("roster.yaml", bytes).err().unwrap_or_default();
    for problem in problems.into_iter().chain(more) {
        assert!(problem.start <= problem.end);
        assert!(!problem.message.ends_with("this is a bug in roster"), "{}", problem.message);
        for reveal in [false, true] {
            assert!(!problem.render(false, reveal, 80).is_empty());
        }
    }
}
