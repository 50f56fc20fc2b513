//! Which refusals are about one request, and which end the run for a system.

use std::time::Duration;

use roster::model::agent::Field;
use roster::model::config::PfContract;
use roster::model::record::{Record, System};
use roster::remote::{ErrorKind, RemoteError};
use roster::sandbox::Behaviour;

use super::system::{Contracted, Desk};
use crate::support::error_text;

fn key<W: Contracted>() -> String {
    format!("{}_API_KEY", W::SYSTEM.key().to_uppercase())
}

/// The right that a key needs to write.
fn writing<W: Contracted>() -> &'static str {
    match (W::SYSTEM, W::CONTRACT) {
        (System::Crm, _) => "user.update",
        (System::Pf, PfContract::Enterprise) => "users:full_access",
        (System::Pf, PfContract::Documented) => "no right to write users",
    }
}

async fn updated<W: Contracted>(desk: &Desk<W>, id: u64, phone: &str) -> Result<(), RemoteError> {
    desk.change(id, 1, &Record::from_iter([(Field::Phone, phone.into())])).await
}

pub(super) async fn a_refused_key_stops_the_system_with_a_remedy<W: Contracted>() {
    // The request with a fresh token, and a probe in the same way.
    for (fault, tries) in [("#1+ 401", 4), ("token #1+ 401", 0), ("token #1+ 403", 0), ("token #1+ 422", 0)] {
        let desk = Desk::<W>::new(Behaviour::default()).await;
        let method = desk.first_method();
        // Without a listing there is no probe.
        let tries = if method == "GET" { tries } else { tries / 2 };
        desk.fault(&if fault.starts_with('#') { format!("{method} {fault}") } else { fault.to_owned() });
        let error = desk.first_request().await.unwrap_err();
        assert!(error.stops_the_system(), "{fault}: {error:?}");
        assert!(error_text(&error).contains(&key::<W>()), "{fault}: {error:?}");
        assert_eq!(desk.seen().len(), tries, "{fault}: {:?}", desk.seen());
        assert!(desk.closed().unwrap().contains("the keys are refused"), "{fault}");

        // Nothing more is sent, whatever the server would answer now.
        desk.forget();
        let error = desk.create(1).await.unwrap_err();
        assert!(matches!(error.what, ErrorKind::NotSent(_)) && error.stops_the_system(), "{fault}: {error:?}");
        assert_eq!((desk.seen().len(), desk.token_calls()), (0, 0), "{fault}: {:?}", desk.seen());
    }
}

pub(super) async fn a_403_is_about_one_request_and_names_the_right_until_that_is_proven<W: Contracted>() {
    // A key that may read and not write.
    let missing_scopes = ["user.update".to_owned(), "users:full_access".to_owned()].into();
    let desk = Desk::<W>::new(Behaviour { missing_scopes, ..Behaviour::default() }).await;
    desk.rows().await.unwrap();
    let error = desk.create(1).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Forbidden { .. }) && !error.stops_the_system(), "{error:?}");
    assert!(error_text(&error).contains(writing::<W>()) && error_text(&error).contains(&key::<W>()), "{error:?}");

    let desk = Desk::<W>::new(Behaviour::default()).await;
    let id = desk.settle(1).await.id;
    updated(&desk, id, "+971501110001").await.unwrap();
    for fault in ["#1 403", "#1 403 html"] {
        desk.forget();
        desk.fault(&format!("{} {fault}", Desk::<W>::overwrite()));
        let error = updated(&desk, id, "+971501110000").await.unwrap_err();
        let said = error_text(&error);
        assert!(matches!(error.what, ErrorKind::Forbidden { .. }) && !error.stops_the_system(), "{error:?}");
        assert!(
            !said.contains(writing::<W>()) && !said.contains("API_KEY"),
            "{fault}: an update succeeded before: {said}"
        );
        assert_eq!(said.contains("filter in front of the system"), fault.ends_with("html"), "{said}");
        updated(&desk, id, "+971501110000").await.unwrap();
    }

    // A page is not the system's own answer, so it reports nothing of the key.
    let desk = Desk::<W>::new(Behaviour::default()).await;
    for method in [desk.first_method(), "POST"] {
        desk.forget();
        desk.fault(&format!("{method} #1 403 html"));
        let error = if method == "POST" { desk.create(1).await.map(drop) } else { desk.first_request().await };
        let said = error_text(&error.unwrap_err());
        assert!(!said.contains("API_KEY") && said.contains("filter in front of the system"), "{said}");
        assert_eq!(desk.closed(), None);
    }
}

pub(super) async fn a_wait_that_is_too_long_ends_the_run_for_that_system<W: Contracted>() {
    for (asked, until) in [
        ("301", " UTC"),
        ("3600", " UTC"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "the year 9999"),
        ("18446744073709551616", "the year 9999"),
    ] {
        for status in [429, 503] {
            let desk = Desk::<W>::new(Behaviour::default()).await;
            // A date has white space, which the text form of a fault has not.
            let mut fault: roster::sandbox::Fault =
                format!("{} {} #1 {status}", W::SYSTEM, desk.first_method()).parse().unwrap();
            if let roster::sandbox::FaultEffect::Answer { retry_after, .. } = &mut fault.effect {
                *retry_after = Some(asked.to_owned());
            }
            desk.sandbox.add_fault(fault);
            let error = desk.first_request().await.unwrap_err();
            let case = format!("{status} {asked}: {error:?}");
            if status == 503 && desk.first_method() != "GET" {
                // A write may have been carried out all the same.
                assert!(error.leaves_unknown(), "{case}");
            } else {
                assert!(matches!(error.what, ErrorKind::Postponed { .. }) && error.stops_the_system(), "{case}");
                let said = error_text(&error);
                assert!(said.contains("accepts no requests until") && said.contains(until), "{case}");
            }
            assert!(desk.closed().unwrap().contains(until), "{case}");
            let started = tokio::time::Instant::now();
            assert!(matches!(desk.create(1).await.unwrap_err().what, ErrorKind::NotSent(_)), "{case}");
            assert!(started.elapsed() < Duration::from_secs(5));
            assert_eq!(desk.seen().len(), 1, "{case}: {:?}", desk.seen());
        }
    }
    // A create that a server in maintenance may have carried out is looked for, and not sent again.
    let desk = Desk::<W>::new(Behaviour::default()).await;
    desk.fault("POST #1 503 retry-after=3600");
    assert!(desk.create(1).await.unwrap_err().leaves_unknown());
    assert!(desk.closed().is_some());
}
