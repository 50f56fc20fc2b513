//! What holds for every declaration and every row.

use proptest::prelude::*;

use super::*;

/// The paths at which a PUT's body may differ from the row, said once more and apart from `Place`.
fn allowed(changes: &Record, links: &LinkValues) -> Vec<Vec<String>> {
    let mut paths: Vec<String> = changes
        .keys()
        .map(|field| match field {
            Field::Description(_) => "public/descriptions".to_owned(),
            Field::Position(_) => "public/position".to_owned(),
            Field::Subscription(name, channel) => format!("subscriptions/{name}/{}", channel.key()),
            other => other.to_string().replace('.', "/"),
        })
        .collect();
    paths.extend(["id", "created_at", "updated_at", "private/licence_expired_at"].map(str::to_owned));
    let links = [
        ("11", links.agent.is_some()),
        ("12", links.pf_user.is_some()),
        ("13", links.pf_profile.is_some()),
        ("14", links.memory.is_some()),
    ];
    paths.extend(links.iter().filter(|(_, given)| *given).map(|(id, _)| format!("fields/{id}")));
    paths.iter().map(|path| path.split('/').map(str::to_owned).collect()).collect()
}

/// A server that merges what it is sent into what it has, or puts it in its place, and writes things its own way.
fn put(stored: &Value, sent: &Value, merges: bool) -> Value {
    fn merge(into: &mut Value, from: &Value) {
        match (into, from) {
            (Value::Object(into), Value::Object(from)) => {
                for (key, value) in from {
                    merge(into.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
            (into, from) => *into = from.clone(),
        }
    }
    let mut after = if merges { stored.clone() } else { json!({}) };
    merge(&mut after, sent);
    normalise(&mut after, "");
    after
}

fn normalise(value: &mut Value, key: &str) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| normalise(value, key)),
        Value::Array(items) => {
            for item in items.iter_mut() {
                normalise(item, key);
            }
            if key == "languages" || key == "nationalities" {
                items.reverse();
            }
        }
        Value::String(text) => {
            *text = text.trim().to_owned();
            match key {
                "phone" | "mobile" | "landline" => *text = text.replace('+', "00"),
                "email" | "lang" | "role" | "theme" | "languages" => *text = text.to_uppercase(),
                "licence_expired_at" if !text.is_empty() => text.push_str("T00:00:00+04:00"),
                _ => {}
            }
        }
        Value::Bool(flag) if key.starts_with("receive_") => *value = json!(i32::from(*flag)),
        _ => {}
    }
}

const KEYS: &[&str] = &[
    "id",
    "public",
    "private",
    "role",
    "theme",
    "subscriptions",
    "fields",
    "created_at",
    "updated_at",
    "first_name",
    "last_name",
    "email",
    "phone",
    "photo",
    "licence",
    "position",
    "languages",
    "nationalities",
    "linked_in",
    "descriptions",
    "licence_expired_at",
    "mobile",
    "lang",
    "content",
    "type.lead",
    "receive_email",
    "receive_sms",
    "1",
    "3",
    "11",
    "12",
    "13",
    "14",
];

/// Without the photos, of which a row shows their presence alone.
fn returned(record: &Record) -> Record {
    let returned = record.iter().filter(|(field, _)| !field.is_uploaded());
    returned.map(|(field, value)| (field.clone(), value.clone())).collect()
}

proptest! {
    #[test]
    fn written_values_are_read_back(first in samples::declaration(), second in samples::declaration(), merges: bool) {
        let (mapper, links) = (mapper(), LinkValues { agent: Some("sara".into()), ..LinkValues::default() });
        let desired = mapper.desired(&first);
        let made = row(put(&json!({}), &mapper.create(&desired, &links)["user"], merges));
        let late = mapper.update(&made, &mapper.after_create(&desired), &LinkValues { pf_user: Some(7), ..LinkValues::default() });
        let made = row(put(&made.raw, &late["user"], merges));
        prop_assert_eq!(samples::canonical(&mapper.observed(&made)), samples::canonical(&returned(&desired)));

        let desired = mapper.desired(&second);
        let before = mapper.observed(&made);
        let changes = samples::changes(&desired, &before);
        let body = mapper.update(&made, &changes, &LinkValues { pf_profile: Some(8), ..LinkValues::default() });
        let after = row(put(&made.raw, &body["user"], merges));
        let mut want = before;
        want.extend(returned(&desired));
        prop_assert_eq!(samples::canonical(&mapper.observed(&after)), samples::canonical(&want));
        let links = LinkValues { agent: Some("sara".into()), pf_user: Some(7), pf_profile: Some(8), memory: None };
        prop_assert_eq!(mapper.links(&after), links);
    }

    #[test]
    fn a_put_differs_from_the_row_by_changes_links_and_what_is_left_out(
        raw in samples::hostile(KEYS),
        declared in samples::declaration(),
        some in any::<prop::sample::Selector>(),
        linked: bool,
    ) {
        let mapper = mapper();
        let mut changes = mapper.desired(&declared);
        let kept = some.select(changes.keys().cloned().collect::<Vec<_>>());
        changes.retain(|field, _| *field == kept || linked);
        let links = LinkValues { agent: linked.then(|| "sara".into()), pf_user: linked.then_some(7), ..LinkValues::default() };
        let body = mapper.update(&row(raw.clone()), &changes, &links);
        if raw.is_object() {
            let allowed = allowed(&changes, &links);
            let mut raw = raw;
            // A day is sent back without a time: that is the form in which the CRM takes it.
            if let Some(date) = raw.pointer_mut("/public/licence_expired_at").filter(|date| date.is_string()) {
                *date = Field::LicenceExpiredAt.canonical(&date.clone().into()).to_json();
            }
            for path in samples::differences(&raw, &body["user"]) {
                // A parent that is no object has to become one before anything can be said in it.
                let inside = |one: &Vec<String>| path.starts_with(one) || one.starts_with(&path);
                prop_assert!(allowed.iter().any(inside), "{:?} differs", path);
            }
        }
        for left_out in LEFT_OUT {
            prop_assert_eq!(at(&body["user"], left_out), None);
        }
        let after = mapper.observed(&row(body["user"].clone()));
        prop_assert_eq!(samples::changes(&returned(&changes), &after), Record::new());
        for field in changes.keys().filter(|field| field.is_uploaded()) {
            let written = changes[field].to_json();
            prop_assert_eq!(at(&body["user"], &field.spec().members()), Some(&written), "{}", field);
        }
    }

    #[test]
    fn any_json_row_is_read_without_a_panic(raw in samples::hostile(KEYS), links: bool) {
        let mapper = if links { mapper() } else { CrmMapper::new(&Config::default()) };
        let row = row(raw);
        let before = mapper.observed(&row);
        prop_assert!(before.iter().all(|(field, value)| !field.is_blank(value)));
        let _ = (mapper.user(&row), CrmMapper::has_custom_fields(&row));
        let untouched = row.raw.is_object().then(|| mapper.update(&row, &Record::new(), &LinkValues::default()));
        if let Some(body) = untouched {
            // A day is sent back without a time: that is the form in which the CRM takes it.
            let mut want = before;
            if let Some(date) = want.get_mut(&Field::LicenceExpiredAt).filter(|date| date.as_text().is_some()) {
                *date = Field::LicenceExpiredAt.canonical(date);
            }
            prop_assert_eq!(mapper.observed(&Row::new(3, body["user"].clone())), want);
        }
        let _ = mapper.relink(&row, &LinkValues::default());
    }
}
