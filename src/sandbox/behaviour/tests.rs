use super::*;

#[test]
fn every_switch_can_be_set_by_its_name_and_a_wrong_one_is_named() {
    let mut behaviour = Behaviour::default();
    for assignment in [
        "crm_put=replace",
        "crm_rows=reformatted",
        "pf_rate=none",
        "crm_rate=5/200ms",
        "missing_scopes=users:read,roles:read",
        "crm_count=false",
        "crm_page_ceiling=7",
    ] {
        behaviour.set(assignment).unwrap();
    }
    let want = Behaviour {
        crm_put: WriteMode::Replace,
        crm_rows: ValueSpelling::Reformatted,
        pf_rate: None,
        crm_rate: Some(SandboxRate { count: 5, window: Duration::from_millis(200) }),
        missing_scopes: ["users:read".to_owned(), "roles:read".to_owned()].into(),
        crm_count: false,
        crm_page_ceiling: 7,
        ..Behaviour::default()
    };
    assert_eq!(behaviour, want);

    for (wrong, says) in [
        ("crm_put", "not NAME=VALUE"),
        ("crm_pat=merge", "there is no switch `crm_pat`; there are: crm_put, crm_rows"),
        ("crm_put=melt", "`crm_put` cannot be `melt`: unknown variant"),
        ("crm_rate=fast", "a rate is written such as 650/60s"),
    ] {
        let error = behaviour.set(wrong).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(behaviour, want, "a refused position changes nothing");
}

#[test]
fn a_window_lets_through_exactly_its_count() {
    let rate: SandboxRate = "2/10s".parse().unwrap();
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut window = RateWindow::default();
    assert_eq!(window.admit(rate, at(0)), Ok(()));
    assert_eq!(window.admit(rate, at(4)), Ok(()));
    assert_eq!(window.admit(rate, at(9)), Err(Duration::from_secs(1)));
    assert_eq!(window.admit(rate, at(10)), Ok(()));
    assert_eq!(window.admit(rate, at(13)), Err(Duration::from_secs(1)));
    assert_eq!(window.admit(rate, at(14)), Ok(()));
}

#[test]
fn a_file_holds_the_switches_that_were_seen_and_no_other() {
    let seen = Behaviour::seen(&["crm_count=false", "crm_page_ceiling=7", "missing_scopes=roles:read"]).unwrap();
    assert_eq!(seen.as_object().unwrap().len(), 3, "{seen}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("behaviour.json");
    std::fs::write(&file, seen.to_string()).unwrap();
    let want = Behaviour {
        crm_count: false,
        crm_page_ceiling: 7,
        missing_scopes: ["roles:read".to_owned()].into(),
        ..Behaviour::default()
    };
    assert_eq!(Behaviour::read(&file), Ok(want));
    assert!(Behaviour::seen(&["crm_counts=false"]).unwrap_err().contains("there is no switch"));
}
