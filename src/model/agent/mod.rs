//! The agent: the content of a file, the fields, the values they may hold, and when two values mean the
//! same. It depends on no YAML and no system. Start at `agent_file.rs`, which is the file as a Rust struct.

mod agent_file;
mod agreement;
mod canonical;
mod declared_form;
mod field;
mod field_spec;
mod field_value;
mod flatten;
mod handover;
mod position;
mod record;
pub mod schema;
mod setting;
mod shared_texts;
mod slug;
mod status;
pub mod value;
mod value_type;

pub use agent_file::{Agent, Channels, CustomValue, Description, Private, Public, Theme};
pub use field::{Channel, Field};
pub(crate) use field_spec::{CrmSlot, PfSlot, ProfilePlace};
pub use field_value::FieldValue;
pub(crate) use field_value::digits;
pub use handover::Handover;
pub(crate) use handover::HandoverNote;
pub use record::Record;
pub(crate) use record::compact;
pub(crate) use setting::Setting;
pub(crate) use shared_texts::SharedTexts;
pub use slug::Slug;
pub use status::Status;
pub use value_type::ValueType;
