//! Whatever Property Finder answers: its rows are read, written over, planned for and told of, never a panic.
#![no_main]

mod answers;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use roster::reconcile::plan::Observed;
use roster::model::record::Row;
use roster::remote::pf::wire::{Role, Wire};
use serde_json::{Value, json};

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
    let profile = Wire::profile_id(row).map(|id| id.to_string());
    let fields = json!({"11": slug, "12": row.id.to_string(), "13": profile, "14": "{\"v\":1,\"since\":2013}"});
    Row { id: at as u64 + 1, raw: json!({"id": at + 1, "fields": fields}) }
}

fuzz_target!(|bytes: &[u8]| {
    let rows = answers::rows(bytes, &SAMPLE);
    let mut roles: Vec<Role> = rows.iter().filter_map(|row| Role::parse(row.raw.get("role")?)).collect();
    roles.extend(Role::parse(&SAMPLE["role"]));
    let wire = Wire::new(&answers::CONFIG, roles.clone());
    let declared = &answers::ROSTER.people.values().next().unwrap().record;
    let desired = wire.desired(declared);
    for row in &rows {
        let _ = (wire.observed(row, &desired), Wire::profile_id(row), Wire::login(row));
        let update = wire.update(row, &desired, &desired);
        assert_eq!(update.profile.map(|(id, _)| id), Wire::profile_id(row), "{}", row.raw);
        for (field, value) in &desired {
            let _ = wire.update(row, &desired, &[(field.clone(), value.clone())].into());
        }
    }
    let slugs = ["sara-khan", "omar-haddad"];
    let crm = slugs.iter().zip(&rows).enumerate().map(|(at, (slug, row))| linked(at, slug, row)).collect();
    answers::told(&Observed { crm, pf: rows, roles, ..Observed::default() });
});
