//! Property Finder's documented contract (docs/vendor-apis.md, "Documented contract: calls"): users are created and changed, and
//! nothing can be read. The Enterprise API is in `pf`; `portal` holds both.

mod client;
pub mod mapper;

pub use client::DocumentedWriter;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use crate::model::agent::{Field, FieldValue};
use crate::model::record::{Row, System};
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::ObservedCrmUser;

/// The users whose ids the CRM stores, by ascending id: all that is known of Property Finder. The status is the one that was
/// last sent.
#[must_use]
pub(crate) fn stored_users(crm: &[Arc<ObservedCrmUser>]) -> Vec<Row> {
    let stored = crm.iter().filter_map(|row| {
        let user = row.links.pf_user?;
        let memory = row.links.memory.as_deref().and_then(|text| Memory::parse(text).ok());
        let status = memory.as_ref().and_then(|memory| memory.recall(System::Pf, &Field::Status));
        Some((user, known_user(user, row.links.pf_profile, status)))
    });
    // An id that two rows store is refused by name, so it does not matter which of them is kept.
    stored.collect::<BTreeMap<u64, Row>>().into_values().collect()
}

/// A user as far as it is known without a read, in the form of a row.
#[must_use]
pub(crate) fn known_user(id: u64, profile: Option<u64>, status: Option<&FieldValue>) -> Row {
    let profile = profile.map(|profile| json!({ "id": profile }));
    Row::new(id, json!({ "id": id, "status": status, "publicProfile": profile }))
}
