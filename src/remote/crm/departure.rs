//! The users who are removed from the CRM, and the receivers of their work.
//!
//! `DELETE /users` without ids deletes every user (docs/vendor-apis.md, "CRM: delete a user"). So these types hold
//! neither an empty list nor a receiver who leaves too.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The receivers of the work, by CRM user id: always all three kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandoverIds {
    /// Receives the properties.
    pub properties: u64,
    /// Receives the leads.
    pub leads: u64,
    /// Receives the landlords.
    pub landlords: u64,
}

/// At least one user who is removed, and the handover of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    ids: BTreeSet<u64>,
    handover: HandoverIds,
}

/// The reason why a departure is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DepartureError {
    #[error("a deletion names no user, and the CRM would then delete all users")]
    NoUser,
    #[error("CRM user {0} receives the work, and is deleted too")]
    ReceiverLeaves(u64),
}

impl Departure {
    /// These users leave, and these receive their work.
    ///
    /// # Errors
    /// When no user is named, or a receiver is among the departing.
    pub fn new(ids: impl IntoIterator<Item = u64>, handover: HandoverIds) -> Result<Self, DepartureError> {
        let ids: BTreeSet<u64> = ids.into_iter().collect();
        if ids.is_empty() {
            return Err(DepartureError::NoUser);
        }
        let HandoverIds { properties, leads, landlords } = handover;
        match [properties, leads, landlords].into_iter().find(|receiver| ids.contains(receiver)) {
            Some(receiver) => Err(DepartureError::ReceiverLeaves(receiver)),
            None => Ok(Self { ids, handover }),
        }
    }

    /// The departing users, in ascending order; never empty.
    #[must_use]
    pub(crate) fn ids(&self) -> impl ExactSizeIterator<Item = u64> {
        self.ids.iter().copied()
    }

    /// The one who leaves, if it is only one.
    pub(super) fn single(&self) -> Option<u64> {
        self.ids.first().copied().filter(|_| self.ids.len() == 1)
    }

    /// The body of `DELETE /users/{id}`.
    pub(super) fn single_body(&self) -> Value {
        let HandoverIds { properties, leads, landlords } = self.handover;
        json!({"resources": [
            {"id": properties, "resource": "properties"},
            {"id": leads, "resource": "leads"},
            {"id": landlords, "resource": "landlords"},
        ]})
    }

    /// The body of `DELETE /users`.
    pub(super) fn bulk_body(&self) -> Value {
        let mut body = json!({"users": self.ids});
        if let (Value::Object(body), Value::Object(resources)) = (&mut body, self.single_body()) {
            body.extend(resources);
        }
        body
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HANDOVER: HandoverIds = HandoverIds { properties: 7, leads: 8, landlords: 7 };

    #[test]
    fn a_deletion_names_users_and_no_receiver_among_them() {
        assert_eq!(Departure::new([], HANDOVER), Err(DepartureError::NoUser));
        assert_eq!(Departure::new([1, 8], HANDOVER), Err(DepartureError::ReceiverLeaves(8)));
    }

    #[test]
    fn every_deletion_names_all_three_kinds() {
        let resources = json!([
            {"id": 7, "resource": "properties"},
            {"id": 8, "resource": "leads"},
            {"id": 7, "resource": "landlords"},
        ]);
        let one = Departure::new([3], HANDOVER).unwrap();
        assert_eq!((one.single(), one.single_body()), (Some(3), json!({"resources": resources})));
        let two = Departure::new([3, 1, 3], HANDOVER).unwrap();
        assert_eq!((two.single(), two.bulk_body()), (None, json!({"users": [1, 3], "resources": resources})));
    }
}
