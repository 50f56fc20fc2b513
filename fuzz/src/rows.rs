//! Rows that no system should send, and everything that roster makes of them.

use std::sync::LazyLock;

use roster::declare::file;
use roster::model::config::{Config, LinkFields};
use roster::model::record::Row;
use roster::model::roster::Roster;
use roster::reconcile::guard::guard;
use roster::reconcile::observed::Observed;
use roster::reconcile::plan::Scope;
use roster::reconcile::plan::estimate::estimate;
use roster::remote::plan;
use roster::report::style::Styles;
use roster::report::terminal::{self, TerminalOptions};
use roster::report::{Report, ReportOrigin, ReportSubject, json};
use serde_json::{Value, json};

/// An agent with a value in every field.
const SARA: &str = r#"
status: active
role: agent
public:
  first_name: Sara
  last_name: Khan
  email: sara.khan@brokerage.example
  phone: "+971501234567"
  phone_secondary: "+97143001122"
  whatsapp_phone: null
  photo: https://cdn.brokerage.example/sara.jpg
  licence: "48213"
  licence_expired_at: 2031-03-31
  position: {en: Senior Sales Consultant, ar: مستشارة مبيعات أولى}
  experience_since: 2014
  languages: [en, ar, yue]
  nationalities: [PK, AE]
  linked_in: https://www.linkedin.com/in/sara
  descriptions: [{lang: en, content: "Twelve years.\nBoats, too."}, {lang: ar, content: null}]
private:
  first_name: Sara
  last_name: Khan
  email: sara@login.example
  mobile: "+971552345678"
  landline: null
  landline_extension: "214"
  lang: en
  licence: "48213"
  use_email_signature: true
  email_signature: Sara Khan
theme: onyx
subscriptions: {type.created: {receive_notification: true, receive_email: null}}
fields: {"1": 2 pets, "3": true, "5": null}
"#;

/// The account: link fields, a licence, everything else at its default.
pub(super) static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let mut config = Config::default();
    let [agent, pf_user, pf_profile, memory] = ["11", "12", "13", "14"].map(str::to_owned);
    config.crm.link_fields = Some(LinkFields { agent, pf_user, pf_profile, memory });
    config.property_finder.licence = Some("brn".to_owned());
    config
});

/// Two people.
pub(super) static ROSTER: LazyLock<Roster> = LazyLock::new(|| {
    let omar = SARA.replace("sara", "omar").replace("Sara", "Omar").replace("status: active", "status: inactive");
    let files = [("agents/sara-khan.yaml", SARA.to_owned()), ("agents/omar-haddad.yaml", omar)];
    let read = |(name, text): (&str, String)| {
        let (person, problems) = file::read(name, text.as_bytes(), &CONFIG.property_finder.languages);
        person.unwrap_or_else(|| panic!("{problems:?}")).declaration
    };
    let people = files.into_iter().map(read);
    Roster { people: people.map(|declaration| (declaration.slug.clone(), declaration)).collect() }
});

/// Values where another kind of value belongs.
fn odd(byte: u8) -> Value {
    match byte % 40 {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(1),
        4 => json!(-1),
        5 => json!(1.5),
        6 => json!(u64::MAX),
        7 => json!(1e308),
        8 => json!(""),
        9 => json!(" "),
        10 => json!("1"),
        11 => json!("7701"),
        12 => json!("en"),
        13 => json!("AR"),
        14 => json!("مرحبا\u{202e}"),
        15 => json!("\u{0}\u{1b}[31m\r\n"),
        16 => json!("x".repeat(5000)),
        17 => json!([]),
        18 => json!([null]),
        19 => json!([[], {}, 1, "en", "EN"]),
        20 => json!({}),
        21 => json!({"0": "en", "1": "ar"}),
        22 => json!({"": null}),
        23 => json!([{"lang": "en"}, {"lang": "EN", "content": 1}, {"content": "x"}, "y"]),
        24 => json!([{"lang": 1, "content": []}]),
        25 => json!([{"type": "BRN", "value": 48213, "expiryDate": "2031-03-31T00:00:00+04:00"}, {"type": "brn"}, 7]),
        26 => json!([{"type": "brn", "value": "1", "expiryDate": "٢٠٣١-٠٣-٣١T"}]),
        27 => json!({"primary": 1, "secondary": []}),
        28 => json!("2031-03-31T00:00:00+04:00"),
        29 => json!("٢٠٣١"),
        30 => json!("+"),
        31 => json!("00"),
        32 => json!("sara-khan"),
        33 => json!("SARA@login.example "),
        34 => json!({"v": 1}),
        35 => json!("{\"v\":1,\"lang\":[],\"since\":{},\"nat\":\"\",\"photo\":7}"),
        36 => json!("{\"v\":1,\"lang\":\"#0123456789abcdef\"}"),
        37 => json!("active"),
        38 => json!("INACTIVE"),
        _ => json!("é\u{301}ß€𝄞"),
    }
}

/// Rows from bytes: JSON as it is, and anything else as changes to a good row, three bytes each: which row and what is
/// done, at which place, with what.
pub(super) fn rows(bytes: &[u8], sample: &Value) -> Vec<Row> {
    let raw = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Array(rows)) => rows,
        Ok(row @ Value::Object(_)) => vec![row],
        _ => changed(bytes, sample),
    };
    let id = |at: usize, raw: &Value| raw.get("id").and_then(Value::as_u64).unwrap_or(at as u64 + 1);
    raw.into_iter().enumerate().map(|(at, raw)| Row::new(id(at, &raw), raw)).collect()
}

fn changed(bytes: &[u8], sample: &Value) -> Vec<Value> {
    let mut rows = vec![sample.clone(), sample.clone(), sample.clone()];
    for (at, row) in rows.iter_mut().enumerate() {
        row["id"] = json!(at + 1);
    }
    for change in bytes.chunks_exact(3).take(60) {
        let row = &mut rows[usize::from(change[0] & 3) % 3];
        let places = places(row);
        let Some(place) = places.get(usize::from(change[1]) % places.len().max(1)) else { continue };
        let value = if change[0] & 4 == 0 { odd(change[2]) } else { elsewhere(row, &places, change[2]) };
        if let Some(slot) = row.pointer_mut(place) {
            *slot = value;
        }
    }
    rows
}

fn elsewhere(row: &Value, places: &[String], byte: u8) -> Value {
    row.pointer(&places[usize::from(byte) % places.len()]).cloned().unwrap_or_default()
}

/// Every place of a row, itself too.
fn places(row: &Value) -> Vec<String> {
    fn walk(value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    walk(value, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    walk(value, format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
        found.push(at);
    }
    let mut found = Vec::new();
    walk(row, String::new(), &mut found);
    found.truncate(255);
    found
}

/// Plans, guards and prints what was observed. No output has a control character other than a line break.
pub(super) fn check_outputs(observed: &Observed) {
    let plan = plan(&ROSTER, observed, &CONFIG, &Scope::ALL);
    let blocks = guard(&plan, &CONFIG.limits, &[], None);
    let origin = ReportOrigin::default();
    let report = Report {
        blocks: &blocks,
        estimate: estimate(&plan, &CONFIG, (observed.crm.len(), observed.pf.len())),
        ..Report::new(ReportSubject::Plan, &origin, &plan, &ROSTER)
    };
    for width in [None, Some(40)] {
        let text = terminal::plan(&report, &TerminalOptions { styles: Styles::default(), width, verbose: true });
        let control = text.chars().find(|char| char.is_control() && *char != '\n');
        assert_eq!(control, None, "{text:?}");
    }
    let mut text = Vec::new();
    json::write(&report, &mut text).unwrap();
    let document: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(document["format_version"], "1.0");
}
