//! What holds for every declaration and every row.

use proptest::prelude::*;

use super::*;

/// A server that takes the two PATCH bodies, keeps what it never returns, and writes things its own way.
fn patched(stored: &Value, update: &PfUpdate, merges: bool) -> Value {
    let mut after = stored.clone();
    for (key, value) in update.user.as_ref().and_then(Value::as_object).into_iter().flatten() {
        match key.as_str() {
            "isActive" => after["status"] = json!(if value == true { "active" } else { "inactive" }),
            "roleId" => after["role"] = role_row(&value.as_str().unwrap().parse::<u64>().unwrap().into()),
            key => after[key] = value.clone(),
        }
    }
    for (key, value) in update.profile.iter().filter_map(|(_, body)| body.as_object()).flatten() {
        lay_profile(&mut after["publicProfile"], key, value, merges);
    }
    after
}

fn role_row(id: &Value) -> Value {
    let role = mapper().roles.into_iter().find(|role| *id == role.id).unwrap();
    json!({"id": role.id, "name": role.name, "roleKey": role.role_key.to_uppercase()})
}

fn lay_profile(profile: &mut Value, key: &str, value: &Value, merges: bool) {
    profile[key] = match (key, value) {
        ("bio" | "position", Value::Object(sides)) => {
            let mut whole = if merges { profile[key].as_object().cloned().unwrap_or_default() } else { Map::new() };
            for side in ["primary", "secondary"] {
                let trimmed = |text: &Value| Value::from(text.as_str().unwrap().trim());
                let told = sides.get(side).map(trimmed);
                let kept = whole.get(side).cloned().unwrap_or(Value::Null);
                whole.insert(side.into(), told.unwrap_or(kept));
            }
            Value::Object(whole)
        }
        ("compliances", Value::Array(items)) => items
            .iter()
            .map(|item| {
                let mut item = item.clone();
                item["status"] = "active".into();
                item["expiryDate"] = item["expiryDate"].as_str().map(|day| format!("{day}T00:00:00+04:00")).into();
                item
            })
            .collect(),
        ("phone" | "phoneSecondary" | "whatsappPhone", Value::String(phone)) => json!(phone.replace('+', "")),
        ("email", Value::String(email)) => json!(email.to_lowercase()),
        (_, Value::String(text)) => json!(text.trim()),
        _ => value.clone(),
    };
}

fn made(body: &Value) -> Value {
    let mut row = json!({"id": 7712, "status": "active", "publicProfile": {"id": 77, "bio": {}, "position": {}, "compliances": []}});
    for (key, value) in body.as_object().unwrap() {
        match key.as_str() {
            "publicProfile" => {
                for (key, value) in value.as_object().unwrap() {
                    lay_profile(&mut row["publicProfile"], key, value, false);
                }
            }
            "roleId" => row["role"] = role_row(value),
            key => row[key] = value.clone(),
        }
    }
    row
}

/// What is never returned, as a test can still see it: what the server was told.
fn kept(row: &Value) -> Record {
    let profile = &row["publicProfile"];
    let codes = profile["spokenLanguages"].as_array().map(|ids| {
        let code = |id: &Value| LANGUAGES.iter().find(|spoken| *id == spoken.id).unwrap().codes[0];
        ids.iter().map(code).collect::<Vec<_>>()
    });
    let nationality = profile["nationality"].as_str().map(|code| vec![code]);
    let told = [
        (Field::Photo, profile["imageUrl"].clone()),
        (Field::ExperienceSince, profile["experienceSince"].clone()),
        (Field::Languages, json!(codes)),
        (Field::Nationalities, json!(nationality)),
    ];
    samples::canonical(&record_of(told))
}

/// Codes that mean one language, such as `yue` or `eng`, as the first of them.
fn first_codes(mut record: Record) -> Record {
    if let Some(FieldValue::List(codes)) = record.get_mut(&Field::Languages) {
        for code in codes.iter_mut() {
            let id = language_id(code).unwrap();
            *code = LANGUAGES.iter().find(|spoken| spoken.id == id).unwrap().codes[0].into();
        }
    }
    samples::canonical(&record)
}

fn live(mapper: &PfMapper, row: &Row, desired: &Record) -> Record {
    let mut record = mapper.observed(row, desired);
    assert!(record.keys().all(Field::is_returned_by_pf), "{record:?}");
    record.extend(kept(&row.raw));
    samples::canonical(&record)
}

const KEYS: &[&str] = &[
    "id",
    "firstName",
    "lastName",
    "email",
    "mobile",
    "status",
    "role",
    "roleId",
    "roleKey",
    "publicProfile",
    "name",
    "phone",
    "phoneSecondary",
    "whatsappPhone",
    "bio",
    "position",
    "primary",
    "secondary",
    "linkedinAddress",
    "compliances",
    "type",
    "value",
    "expiryDate",
];

proptest! {
    #[test]
    fn written_values_are_read_back(
        first in samples::declaration(),
        second in samples::declaration(),
        roles in prop::array::uniform2(prop::sample::select(vec!["agent", "manager", "Admin"])),
        merges: bool,
    ) {
        let mapper = mapper();
        let (mut first, mut second) = (first, second);
        first.insert(Field::Role, roles[0].into());
        first.insert(Field::Status, "active".into());
        second.insert(Field::Role, roles[1].into());
        for name in [Field::PrivateFirstName, Field::PrivateLastName] {
            first.insert(name, "Sara".into());
        }
        let desired = mapper.desired(&first);
        let row = row(made(&mapper.create(&desired).unwrap()));
        prop_assert_eq!(live(&mapper, &row, &desired), first_codes(desired));

        let desired = mapper.desired(&second);
        let before = live(&mapper, &row, &desired);
        let update = mapper.update(&row, &desired, &samples::changes(&desired, &before));
        let after = Row::new(7712, patched(&row.raw, &update, merges));
        let mut want = before;
        want.extend(desired.clone());
        if desired.get(&Field::Licence).is_some_and(FieldValue::is_nothing) {
            want.remove(&Field::LicenceExpiredAt);
        }
        prop_assert_eq!(live(&mapper, &after, &desired), first_codes(want));
    }

    #[test]
    fn an_update_contains_only_the_changes(
        raw in samples::hostile(KEYS),
        declared in samples::declaration(),
        some in any::<prop::sample::Selector>(),
    ) {
        let (mapper, row) = (mapper(), row(raw));
        let desired = mapper.desired(&declared);
        let field = some.select(desired.keys().cloned().collect::<Vec<_>>());
        let changes = record(field.clone(), desired[&field].clone());
        let PfUpdate { user, profile } = mapper.update(&row, &desired, &changes);
        let members = |body: Option<&Value>| body.map_or(0, |body| body.as_object().unwrap().len());
        prop_assert!(members(user.as_ref()) + members(profile.as_ref().map(|(_, body)| body)) <= 1);
        if let Some((id, _)) = profile {
            prop_assert_eq!(Some(id), PfMapper::profile_id(&row));
        }
        prop_assert_eq!(mapper.update(&row, &desired, &Record::new()), PfUpdate::default());
    }

    #[test]
    fn any_json_row_is_read_without_a_panic(raw in samples::hostile(KEYS), declared in samples::declaration(), bare: bool) {
        let mapper = if bare { PfMapper::new(&Config::default(), vec![]) } else { mapper() };
        let row = row(raw);
        let desired = mapper.desired(&declared);
        let observed = mapper.observed(&row, &desired);
        prop_assert!(observed.iter().all(|(field, value)| !field.is_blank(value)));
        let _ = (mapper.user(&row), Role::parse(&row.raw), mapper.create(&desired));
        let _ = mapper.update(&row, &desired, &samples::changes(&desired, &observed));
    }
}
