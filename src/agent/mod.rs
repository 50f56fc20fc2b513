//! What an agent is: the fields there are, the values they may hold, and when two values mean the same.

mod canonical;
pub mod field;
pub mod slug;
mod status;

pub use field::{Channel, Field, Kind};
pub use slug::Slug;
pub use status::{STATUSES, Status};
