//! Sentences of ours that several formats say.

/// So many seconds, for people: a number and its unit.
pub(super) const fn duration(seconds: u64) -> (u64, &'static str) {
    match seconds {
        0..=119 => (seconds, "s"),
        _ => (seconds.div_ceil(60), "min"),
    }
}
