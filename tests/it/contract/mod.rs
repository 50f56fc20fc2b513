//! The rules that both systems' clients follow: one suite, run for each against its fake, under every switch where that
//! matters.
//!
//! A further contract of the portal joins with one `impl Contracted` in `system.rs` and one word at the end of this file.

mod refusals;
mod system;

use std::time::Duration;

use roster::model::agent::{Field, FieldValue};
use roster::model::record::{Record, Row, System};
use roster::remote::crm::CrmWriter;
use roster::remote::pf::PfWriter;
use roster::remote::pf_documented::DocumentedWriter;
use roster::remote::{Endpoints, ErrorKind, Reader as _};
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};

use crate::support::agent;
use crate::support::behaviours::behaviours;
use crate::support::error_text;
use crate::support::field_locations::{differing, outside};
use refusals::{
    a_403_is_about_one_request_and_names_the_right_until_that_is_proven, a_refused_key_stops_the_system_with_a_remedy,
    a_wait_that_is_too_long_ends_the_run_for_that_system,
};
use system::{Contracted, Desk, ids};

async fn a_created_row_is_listed_with_the_desired_values<W: Contracted>() {
    for (case, behaviour) in behaviours() {
        let desk = Desk::<W>::new(behaviour).await;
        let mut made = Vec::new();
        for number in 1..=9 {
            made.push(desk.settle(number).await.id);
        }
        let listed = desk.rows().await.unwrap();
        assert_eq!(ids(&listed), made, "{case}: one row each, by ascending id");
        for (row, number) in listed.iter().zip(1..) {
            assert_eq!(desk.unseen(row, &desk.desired(number)), [""; 0], "{case}: agent-{number}");
        }
    }
}

/// One change of each kind.
fn changes() -> Vec<(Field, FieldValue)> {
    let text = |text: &str| FieldValue::from(text);
    let codes = |codes: &[&str]| FieldValue::from(json!(codes));
    vec![
        (Field::Status, text("inactive")),
        (Field::Role, text("admin")),
        (Field::FirstName, text("Sarah Jane")),
        (Field::Phone, text("+971509998877")),
        (Field::Photo, text("https://cdn.brokerage.example/other.png")),
        (Field::Licence, text("99999")),
        (Field::Licence, FieldValue::Nothing),
        (Field::LicenceExpiredAt, text("2032-01-02")),
        (Field::Position("en".into()), text("Director")),
        (Field::Position("ar".into()), FieldValue::Nothing),
        (Field::ExperienceSince, FieldValue::from(2001)),
        (Field::Languages, codes(&["ar"])),
        (Field::Languages, codes(&[])),
        (Field::Nationalities, codes(&["GB"])),
        (Field::LinkedIn, text("https://www.linkedin.com/in/other")),
        (Field::Description("ar".into()), text("نص آخر")),
        (Field::Description("en".into()), FieldValue::Nothing),
        (Field::PrivateLastName, text("Khan-Haddad")),
        (Field::Login, text("other@login.example")),
        (Field::Mobile, text("+971559998877")),
        (Field::Landline, FieldValue::Nothing),
        (Field::UseEmailSignature, FieldValue::Flag(false)),
        (Field::EmailSignature, text("Other | Brokerage")),
        (Field::Theme, text("carbon")),
        (Field::Custom("3".into()), FieldValue::Flag(false)),
        (Field::Custom("1".into()), FieldValue::Nothing),
    ]
}

async fn an_update_touches_the_stated_fields_of_one_row_and_nothing_else<W: Contracted>() {
    for (case, behaviour) in behaviours() {
        let desk = Desk::<W>::new(behaviour).await;
        let stranger = W::by_hand(&desk.sandbox, "by.hand@login.example", "hand@public.example");
        for number in 1..=2 {
            desk.settle(number).await;
        }
        let id = desk.create(3).await.unwrap().id;
        for (field, value) in changes() {
            let changes = W::desired(&desk.mappers, &whole(&field, &value));
            let changes: Record = changes.into_iter().filter(|(changed, _)| *changed == field).collect();
            if changes.is_empty() {
                continue;
            }
            let case = format!("{case}: {field} to {value}");
            let (kept, shown) = (W::kept(&desk.sandbox), desk.rows().await.unwrap());
            desk.change(id, 3, &changes).await.unwrap();
            let (kept_now, shown_now) = (W::kept(&desk.sandbox), desk.rows().await.unwrap());

            let others = |rows: &[Value]| rows.iter().filter(|row| row["id"] != json!(id)).cloned().collect::<Vec<_>>();
            assert_eq!(others(&kept), others(&kept_now), "{case}: nobody else is touched");
            assert_eq!(ids(&shown), ids(&shown_now), "{case}: no row more or less");
            let row = |rows: &[Row]| rows.iter().find(|row| row.id == id).cloned().unwrap();
            let mut allowed = W::places(&field);
            allowed.push("/updated_at".to_owned());
            // Property Finder shows the role, and keeps its id; where a photo is, it shows its own copies of it.
            allowed.extend(
                ["/role", "/publicProfile/imageVariants"]
                    .map(str::to_owned)
                    .into_iter()
                    .filter(|place| W::SYSTEM == System::Pf && (*place == "/role") == (field == Field::Role)),
            );
            let touched = differing(&row(&shown).raw, &row(&shown_now).raw);
            assert_eq!(outside(touched, &allowed), [""; 0], "{case}");
            assert_eq!(desk.unseen(&row(&shown_now), &changes), [""; 0], "{case}: it is written");
        }
        let by_hand = desk.row(stranger).await.unwrap();
        desk.update(&by_hand, &Record::new(), &whole_name()).await.unwrap();
        let now = desk.row(stranger).await.unwrap();
        let allowed = [W::places(&Field::FirstName), vec!["/updated_at".to_owned()]].concat();
        assert_eq!(
            outside(differing(&by_hand.raw, &now.raw), &allowed),
            [""; 0],
            "{case}: what was made by hand stays"
        );
    }
}

fn whole_name() -> Record {
    Record::from_iter([(Field::FirstName, "Bye".into())])
}

/// An agent's record with one field replaced.
fn whole(field: &Field, value: &FieldValue) -> Record {
    let mut record = agent("agent-3", 3).record;
    record.insert(field.clone(), value.clone());
    record
}

async fn rows_are_read_again_by_id_and_unknown_ids_are_left_out<W: Contracted>() {
    for (case, behaviour) in behaviours() {
        let desk = Desk::<W>::new(behaviour).await;
        let made = [desk.settle(1).await.id, desk.settle(2).await.id, desk.settle(3).await.id];
        desk.change(made[1], 2, &Record::from_iter([(Field::Status, "inactive".into())])).await.unwrap();
        let again = desk.reader().reread(&[made[2], 999_999, made[1]]).await.unwrap();
        assert_eq!(ids(&again), [made[2], made[1]], "{case}");
        assert_eq!(desk.unseen(&again[0], &desk.desired(3)), [""; 0], "{case}");
        assert_eq!(desk.reader().reread(&[999_999]).await.unwrap(), [], "{case}");
        desk.forget();
        assert_eq!(desk.reader().reread(&[]).await.unwrap(), [], "{case}");
        assert_eq!(desk.seen(), [""; 0], "{case}: nobody is asked for by nothing");
    }
}

async fn a_login_is_found_exactly_whatever_the_filter_does<W: Contracted>() {
    for (case, behaviour) in behaviours() {
        let desk = Desk::<W>::new(behaviour).await;
        // Others whose e-mails hold the wanted one, or show it to the public.
        W::by_hand(&desk.sandbox, "not.agent-1@login.example", "a@public.example");
        W::by_hand(&desk.sandbox, "boss@login.example", "agent-1@login.example");
        let made = desk.settle(1).await;
        for wanted in ["agent-1@login.example", " Agent-1@LOGIN.example"] {
            let found = desk.reader().by_login(wanted).await.unwrap();
            assert_eq!(ids(&found), [made.id], "{case}: {wanted}");
        }
        for wanted in ["agent-2@login.example", "gent-1@login.example", "agent-1", "a@public.example"] {
            assert_eq!(desk.reader().by_login(wanted).await.unwrap(), [], "{case}: {wanted}");
        }
        desk.change(made.id, 1, &Record::from_iter([(Field::Status, "inactive".into())])).await.unwrap();
        let found = desk.reader().by_login("agent-1@login.example").await.unwrap();
        assert_eq!(ids(&found), [made.id], "{case}: somebody inactive");
    }
}

async fn a_429_is_retried_after_its_wait<W: Contracted>() {
    let desk = Desk::<W>::new(Behaviour::default()).await;
    let id = desk.settle(1).await.id;
    let overwrite = Desk::<W>::overwrite();
    for answer in ["#1x2 429", "#1 429 retry-after=1", "#1 429 html", "#1 429 retry-after=nonsense"] {
        desk.forget();
        desk.fault(&format!("GET {answer}"));
        desk.fault(&format!("{overwrite} {answer}"));
        assert_eq!(desk.rows().await.unwrap().len(), W::kept(&desk.sandbox).len(), "{answer}");
        desk.change(id, 1, &Record::from_iter([(Field::Phone, "+971501110000".into())])).await.unwrap();
        let tooks = |method: &str| desk.seen().iter().filter(|line| **line == format!("{method} 429")).count();
        let want = if answer.contains("x2") { 2 } else { 1 };
        let reads = if desk.first_method() == "GET" { want } else { 0 };
        assert_eq!((tooks("GET"), tooks(overwrite)), (reads, want), "{answer}: {:?}", desk.seen());
    }
    // It says that nothing was done, so even a create goes again.
    desk.forget();
    desk.fault("POST #1 429");
    desk.create(2).await.unwrap();
    assert_eq!(W::kept(&desk.sandbox).len(), 2);
    assert_eq!(desk.seen().iter().filter(|line| line.starts_with("POST")).count(), 2);
}

/// Ways to lose an answer, or to be told that the server has a bad moment.
const BAD_MOMENTS: [&str; 9] =
    ["500", "500 after", "502 html", "503", "503 retry-after=1", "504 after", "drop", "drop-after", "cut"];

async fn reads_and_overwrites_are_retried_after_a_transient_error<W: Contracted>() {
    let desk = Desk::<W>::new(Behaviour::default()).await;
    let id = desk.settle(1).await.id;
    let overwrite = Desk::<W>::overwrite();
    for (moment, number) in BAD_MOMENTS.into_iter().zip(0_u32..) {
        // A 204 has no body to be cut in.
        let cut = moment == "cut" && overwrite == "PATCH";
        desk.forget();
        desk.fault(&format!("GET #1 {moment}"));
        assert_eq!(ids(&desk.rows().await.unwrap()), [id], "{moment}");
        let reads = desk.seen().len();
        assert!(reads >= 2 || desk.first_method() != "GET", "{moment}: {:?}", desk.seen());

        desk.forget();
        desk.fault(&format!("{overwrite} #1 {}", if cut { "drop-after" } else { moment }));
        let wanted = Record::from_iter([(Field::Phone, format!("+97150111000{number}").into())]);
        desk.change(id, 1, &wanted).await.unwrap();
        let writes = desk.seen().iter().filter(|line| line.starts_with(overwrite)).count();
        assert_eq!(writes, 2, "{moment}: {:?}", desk.seen());
        assert_eq!(desk.unseen(&desk.rows().await.unwrap()[0], &wanted), [""; 0], "{moment}");
    }
}

async fn a_system_that_does_not_answer_is_unreachable_and_not_empty<W: Contracted>() {
    let hurry = |endpoints: &mut Endpoints| {
        endpoints.timing.request = Duration::from_millis(400);
        endpoints.timing.one_try = Duration::from_millis(150);
    };
    for moment in ["500", "502 html", "503", "drop", "hang", "cut"] {
        let desk = Desk::<W>::in_rhythm(Behaviour::default(), hurry).await;
        W::by_hand(&desk.sandbox, "by.hand@login.example", "hand@public.example");
        desk.fault(&format!("GET #1+ {moment}"));
        for read in
            [desk.reader().list().await, desk.reader().reread(&[1]).await, desk.reader().by_login("a@b.example").await]
        {
            let what = read.unwrap_err().what;
            let answered = moment.starts_with('5');
            assert_eq!(matches!(what, ErrorKind::ServerError { .. }), answered, "{moment}: {what:?}");
            assert!(answered || matches!(what, ErrorKind::Unreachable(_)), "{moment}: {what:?}");
        }
    }
}

async fn a_create_without_an_answer_has_an_unknown_result_and_is_sent_once<W: Contracted>() {
    let hurry = |endpoints: &mut Endpoints| endpoints.timing.one_try = Duration::from_secs(1);
    for moment in BAD_MOMENTS.into_iter().chain(["200 html", "200 html after", "hang", "hang-after"]) {
        let desk = Desk::<W>::in_rhythm(Behaviour::default(), hurry).await;
        desk.fault(&format!("POST #1 {moment}"));
        let error = desk.create(1).await.unwrap_err();
        assert!(error.leaves_unknown(), "{moment}: {error:?}");
        let creates = desk.seen().iter().filter(|line| line.starts_with("POST")).count();
        assert_eq!(creates, 1, "{moment}: {:?}", desk.seen());
        let acted = ["after", "cut"].iter().any(|word| moment.ends_with(word));
        assert_eq!(W::kept(&desk.sandbox).len(), usize::from(acted), "{moment}");
        // The caller can find out, where rows can be read.
        if desk.first_method() != "GET" {
            continue;
        }
        let found = desk.reader().by_login("agent-1@login.example").await.unwrap();
        assert_eq!(found.len(), usize::from(acted), "{moment}");
    }
}

async fn an_expired_token_is_renewed_once<W: Contracted>() {
    let desk = Desk::<W>::new(Behaviour::default()).await;
    let id = desk.settle(1).await.id;
    for (method, number) in [desk.first_method(), Desk::<W>::overwrite(), "POST"].into_iter().zip(2..) {
        desk.forget();
        desk.fault(&format!("{method} #1 expire"));
        desk.change(id, 1, &Record::from_iter([(Field::Phone, "+971501110000".into())])).await.unwrap();
        desk.create(number).await.unwrap();
        assert_eq!(desk.token_calls(), 1, "{method}");
        assert_eq!(desk.seen().iter().filter(|line| line.ends_with("401")).count(), 1, "{method}");
        assert_eq!(W::kept(&desk.sandbox).len(), number as usize, "{method}: no twin");
    }
}

async fn a_refusal_is_final_and_quoted<W: Contracted>() {
    let desk = Desk::<W>::new(Behaviour::default()).await;
    let id = desk.settle(1).await.id;
    for (fault, status) in [("400", 400), ("409", 409), ("422", 422), ("418 html", 418)] {
        desk.forget();
        desk.fault(&format!("POST #1 {fault}"));
        desk.fault(&format!("{} #1 {fault}", Desk::<W>::overwrite()));
        let written = desk.change(id, 1, &Record::from_iter([(Field::Phone, "+971501110000".into())])).await;
        for error in [desk.create(2).await.unwrap_err(), written.unwrap_err()] {
            assert!(
                matches!(error.what, ErrorKind::Refused { status: said, .. } if said == status),
                "{fault}: {error:?}"
            );
            assert!(!error.stops_the_system(), "{fault}");
        }
        assert_eq!(W::kept(&desk.sandbox).len(), 1, "{fault}");
    }
    // A login e-mail that somebody has is refused in the system's own words.
    let error = desk.create(1).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Refused { .. }) && error_text(&error).contains("mail"), "{error:?}");
}

/// The rows of a page, whichever system's it is.
fn rows(body: &mut Value) -> Option<&mut Vec<Value>> {
    let key = if body.get("users").is_some() { "users" } else { "data" };
    body.get_mut(key)?.as_array_mut()
}

fn total(body: &mut Value, change: fn(u64) -> u64) {
    let pointer = if body.get("users").is_some() { "/count" } else { "/pagination/total" };
    if let Some(total) = body.pointer_mut(pointer) {
        *total = json!(change(total.as_u64().unwrap()));
    }
}

type Edit = fn(&mut Value);

/// Ways in which a listing can contradict itself or be none.
const BAD_LISTINGS: [(&str, Edit); 9] = [
    ("a row is missing", |body| _ = rows(body).and_then(Vec::pop)),
    ("no rows at all", |body| rows(body).into_iter().for_each(Vec::clear)),
    ("a repeated id", |body| {
        if let Some(rows) = rows(body)
            && let (Some(first), Some(last)) = (rows.first().cloned(), rows.last_mut())
        {
            *last = first;
        }
    }),
    ("a larger total", |body| total(body, |total| total + 1)),
    ("a smaller total", |body| total(body, |total| total - 1)),
    ("an object in place of the rows", |body| {
        let key = if body.get("users").is_some() { "users" } else { "data" };
        body[key] = json!({"message": "temporarily unavailable"});
    }),
    ("another wrapper", |body| *body = json!({"results": []})),
    ("an empty object", |body| *body = json!({})),
    ("a row without an id", |body| {
        if let Some(row) = rows(body).and_then(|rows| rows.last_mut()) {
            *row = json!({"email": "who@login.example"});
        }
    }),
];

async fn a_bad_listing_is_an_error_and_never_a_short_list<W: Contracted>() {
    for page in [100, 7] {
        let behaviour = Behaviour { crm_page_ceiling: page, pf_page_ceiling: page, ..Behaviour::default() };
        let desk = Desk::<W>::new(behaviour).await;
        for number in 0..16 {
            W::by_hand(&desk.sandbox, &format!("{number}@login.example"), "hand@public.example");
        }
        for (case, edit) in BAD_LISTINGS {
            desk.forget();
            let on = FaultTarget::Route(reqwest::Method::GET, W::USERS.to_owned());
            let fault = Fault { system: Some(W::SYSTEM), on, at: 1, times: u32::MAX, effect: FaultEffect::Edit(edit) };
            desk.sandbox.add_fault(fault);
            let error = desk.reader().list().await.map(|rows| ids(&rows)).unwrap_err();
            let bad = matches!(error.what, ErrorKind::Incomplete(_) | ErrorKind::NotUnderstood(_));
            assert!(bad, "{case}, pages of {page}: {error:?}");
        }
        desk.forget();
        desk.fault("GET #1+ 200 html");
        let error = desk.reader().list().await.unwrap_err();
        assert!(matches!(error.what, ErrorKind::NotUnderstood(_)), "{error:?}");
        assert!(error_text(&error).contains("HTML"), "{error:?}");

        // Somebody was added while the pages were read: the second reading is whole.
        desk.forget();
        let on = FaultTarget::Route(reqwest::Method::GET, W::USERS.to_owned());
        let effect = FaultEffect::Edit(BAD_LISTINGS[0].1);
        desk.sandbox.add_fault(Fault { system: Some(W::SYSTEM), on, at: 1, times: 1, effect });
        assert_eq!(desk.reader().list().await.unwrap().len(), 16);
    }
}

/// Runs every part of the suite for every system.
macro_rules! contract {
    ($($system:ident: $writer:ident),* => $parts:tt) => { $(contract!(@ $system $writer $parts);)* };
    (@ $system:ident $writer:ident [$($part:ident),* $(,)?]) => {
        mod $system {
            $(
                #[tokio::test]
                async fn $part() {
                    super::$part::<super::$writer>().await;
                }
            )*
        }
    };
}

contract!(crm: CrmWriter, pf: PfWriter, pf_documented: DocumentedWriter => [
    a_created_row_is_listed_with_the_desired_values,
    an_update_touches_the_stated_fields_of_one_row_and_nothing_else,
    a_429_is_retried_after_its_wait,
    reads_and_overwrites_are_retried_after_a_transient_error,
    a_create_without_an_answer_has_an_unknown_result_and_is_sent_once,
    an_expired_token_is_renewed_once,
    a_refused_key_stops_the_system_with_a_remedy,
    a_403_is_about_one_request_and_names_the_right_until_that_is_proven,
    a_wait_that_is_too_long_ends_the_run_for_that_system,
    a_refusal_is_final_and_quoted,
]);

// What needs a listing.
contract!(crm_listed: CrmWriter, pf_listed: PfWriter => [
    rows_are_read_again_by_id_and_unknown_ids_are_left_out,
    a_login_is_found_exactly_whatever_the_filter_does,
    a_system_that_does_not_answer_is_unreachable_and_not_empty,
    a_bad_listing_is_an_error_and_never_a_short_list,
]);
