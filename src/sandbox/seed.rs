//! What a newcomer's sandbox holds at first.
use super::State;
/// x
#[must_use]
pub fn seed() -> State {
    State::default()
}
