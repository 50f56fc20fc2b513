//! What an agent is: what a file may say, the fields there are, the values they may hold, and when two values mean the
//! same. It knows no YAML and no system. Start at `person.rs`, which is the file as a Rust struct.

mod agreement;
mod canonical;
mod declared;
pub mod field;
mod flatten;
mod handover;
mod path;
mod person;
mod position;
pub mod schema;
pub mod slug;
mod status;
pub mod value;

pub(crate) use canonical::digits;
pub use declared::Setting;
pub use field::{Channel, Field, ValueType};
pub use handover::{HandoverByKind, HandoverNote};
pub use person::{Agent, Channels, CustomValue, Description, Private, Public, Theme};
pub use position::Position;
pub use slug::Slug;
pub use status::{STATUSES, Status};
