//! The roles of a new Property Finder account.

use serde_json::{Value, json};

/// The roles of a new account: the seven base roles, and one that the account made itself. Ids mean nothing.
pub(super) fn roles() -> Vec<Value> {
    let base = [
        (3, "Admin", "admin"),
        (4, "Advisor", "advisor"),
        (5, "Agent", "agent"),
        (6, "Decision Maker", "decision_maker"),
        (7, "Finance", "finance"),
        (8, "Basic Admin", "basic_admin"),
        (9, "Basic User", "basic_user"),
    ];
    let role = |id: u64, name: &str, key: &str, base: &str| json!({ "id": id, "name": name, "roleKey": key, "baseRoleKey": base, "isCustom": key != base });
    let mut roles: Vec<Value> = base.into_iter().map(|(id, name, key)| role(id, name, key, key)).collect();
    roles.push(role(41, "Team Leader", "team_leader", "agent"));
    roles
}
