//! Whatever rows Property Finder returns: they are read, updated, planned for and printed without a panic.

use std::sync::LazyLock;

use roster::model::record::{Record, Row};
use roster::reconcile::observed::{Observed, Role};
use roster::remote::pf::mapper::PfMapper;
use roster::remote::{Mappers, PortalMapper};
use serde_json::{Value, json};

use super::rows;

static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "id": 1, "firstName": "Sara", "lastName": "Khan", "email": "sara@login.example", "mobile": "+971552345678",
        "status": "active", "callTracking": null, "createdAt": "2026-01-01T08:00:00Z", "roleId": 5,
        "role": {"id": 5, "name": "Agent", "roleKey": "agent", "baseRoleKey": "agent", "isCustom": false},
        "publicProfile": {
            "id": 9001, "name": "Sara Khan", "email": "a@b.example", "phone": "+971501234567",
            "phoneSecondary": "+97143001122", "whatsappPhone": "+971501234567", "linkedinAddress": "https://a.example",
            "bio": {"primary": "Twelve", "secondary": "اثنا عشر"}, "position": {"primary": "Consultant", "secondary": null},
            "imageVariants": {"large": {"default": "https://c.example", "jpg": null, "webp": null}},
            "verification": {"status": "unverified", "requestDate": null}, "isSuperAgent": false,
            "compliances": [
                {"type": "brn", "value": "48213", "status": "active", "expiryDate": "2031-03-31T00:00:00+04:00", "reason": null},
                {"type": "dari", "value": "7", "status": "active", "expiryDate": null, "reason": null}
            ]
        }
    })
});

/// A CRM row that stores this user's ids, so that its fields are compared.
fn linked(at: usize, slug: &str, row: &Row) -> Row {
    let profile = PfMapper::profile_id(row).map(|id| id.to_string());
    let fields = json!({"11": slug, "12": row.id.to_string(), "13": profile, "14": "{\"v\":1,\"since\":2013}"});
    Row::new(at as u64 + 1, json!({"id": at + 1, "fields": fields}))
}

/// # Panics
/// When the check fails.
pub fn check(bytes: &[u8]) {
    let rows = rows::rows(bytes, &SAMPLE);
    let mut roles: Vec<Role> = rows.iter().filter_map(|row| Role::parse(row.raw.get("role")?)).collect();
    roles.extend(Role::parse(&SAMPLE["role"]));
    let mappers = Mappers::new(&rows::CONFIG, &roles);
    for row in &rows {
        check_update(&mappers.pf, row);
    }
    let slugs = ["sara-khan", "omar-haddad"];
    let linked = slugs.iter().zip(&rows).enumerate().map(|(at, (slug, row))| linked(at, slug, row));
    let crm = linked.map(|row| mappers.crm_user(&row, None).into()).collect();
    let pf = rows.iter().map(|row| mappers.pf_user(row, None).into()).collect();
    rows::check_outputs(&Observed { crm, pf, roles, ..Observed::default() });
}

fn check_update(pf: &PortalMapper, row: &Row) {
    let desired = pf.desired(&rows::ROSTER.people.values().next().unwrap().record);
    let _ = pf.observed(row, &desired);
    let update = pf.update(row, &desired, &desired);
    assert_eq!(update.profile.map(|(id, _)| id), PfMapper::profile_id(row), "{}", row.raw);
    for (field, value) in &desired {
        let _ = pf.update(row, &desired, &Record::from_iter([(field.clone(), value.clone())]));
    }
}
