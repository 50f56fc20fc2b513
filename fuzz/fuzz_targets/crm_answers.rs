//! Whatever the CRM answers: its rows are read, written over, planned for and told of, never a panic; and what an update
//! says is what is read back.
#![no_main]

mod answers;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use roster::reconcile::plan::Observed;
use roster::remote::crm::wire::{Links, Wire};
use serde_json::{Value, json};

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

fuzz_target!(|bytes: &[u8]| {
    let wire = Wire::new(&answers::CONFIG);
    let rows = answers::rows(bytes, &SAMPLE);
    let desired = wire.desired(&answers::ROSTER.people.values().next().unwrap().record);
    let links = Links {
        agent: Some("sara-khan".to_owned()),
        pf_user: Some(7701),
        pf_profile: Some(9001),
        memory: Some("{\"v\":1}".to_owned()),
    };
    for row in &rows {
        let _ = (wire.observed(row), wire.links(row), Wire::login(row), Wire::names(row), wire.release(row));
        let mut after = row.clone();
        after.raw = wire.update(row, &desired, &links)["user"].take();
        let read = wire.observed(&after);
        for (field, value) in &desired {
            let live = read.get(field).unwrap_or(&Value::Null);
            assert!(field.same(live, value), "{field}: {value} was written over {}, and reads {live}", row.raw);
        }
        assert_eq!(wire.links(&after), links, "{}", row.raw);
    }
    answers::told(&Observed { crm: rows, ..Observed::default() });
});
