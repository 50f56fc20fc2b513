//! Whatever rows the CRM returns: they are read, updated, planned for and printed without a panic, and what an update
//! sends is what is read back.

use std::sync::LazyLock;

use roster::model::agent::FieldValue;
use roster::model::record::Row;
use roster::reconcile::observed::{LinkValues, Observed, ShownPicture};
use roster::remote::Mappers;
use serde_json::{Value, json};

use super::rows;

static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "id": 1,
        "public": {
            "first_name": "Sara", "last_name": "Khan", "email": "a@b.example", "phone": "+971501234567", "photo": 25,
            "licence": "48213", "position": "Consultant", "languages": ["en", "ar"], "nationalities": ["AE"],
            "linked_in": "https://a.example", "licence_expired_at": "2031-03-31",
            "descriptions": [{"lang": "en", "content": "Twelve"}, {"lang": "ar", "content": "اثنا عشر"}]
        },
        "private": {
            "first_name": "Sara", "last_name": "Khan", "email": "sara@login.example", "mobile": "+971552345678",
            "landline": "", "landline_extension": "214", "lang": "en", "photo": null, "licence": "1",
            "use_email_signature": 1, "email_signature": "Sara", "licence_expired_at": null
        },
        "role": "agent", "theme": "onyx",
        "subscriptions": {"type.created": {"receive_notification": true, "receive_email": false, "receive_sms": 0}},
        "fields": {
            "1": "2 pets", "3": true, "11": "sara-khan", "12": "7701", "13": "9001",
            "14": "{\"v\":1,\"lang\":\"ar,en\",\"since\":2014}"
        },
        "created_at": "2026-01-01T08:00:00Z", "updated_at": "2026-01-01T08:00:00Z", "unknown": {"a": [1]}
    })
});

/// # Panics
/// When the check fails.
pub fn check(bytes: &[u8]) {
    let mappers = Mappers::new(&rows::CONFIG, &[]);
    let rows = rows::rows(bytes, &SAMPLE);
    for row in &rows {
        check_update(&mappers, row);
    }
    let crm = rows.iter().map(|row| mappers.crm_user(row, None).into()).collect();
    rows::check_outputs(&Observed { crm, ..Observed::default() });
}

fn check_update(mappers: &Mappers, row: &Row) {
    let crm = &mappers.crm;
    let desired = crm.desired(&rows::ROSTER.people.values().next().unwrap().record);
    let links = LinkValues {
        agent: Some("sara-khan".to_owned()),
        pf_user: Some(7701),
        pf_profile: Some(9001),
        memory: Some("{\"v\":1}".to_owned()),
    };
    let mut after = row.clone();
    after.raw = crm.update(row, &desired, &links)["user"].take();
    let read = crm.observed(&after);
    for (field, value) in &desired {
        if field.is_uploaded() {
            // A row shows that there is a photo, and not which one.
            let shown = mappers.crm_user(&after, None).pictures.clone();
            assert_eq!(shown.get(field), Some(&ShownPicture::Other), "{field}: written over {}", row.raw);
            continue;
        }
        let live = read.get(field).unwrap_or(&FieldValue::Nothing);
        assert!(field.agrees(live, value), "{field}: {value} was written over {}, and reads {live}", row.raw);
    }
    assert_eq!(crm.links(&after), links, "{}", row.raw);
    assert!(!crm.relink(row, &LinkValues::default()).is_null());
}
