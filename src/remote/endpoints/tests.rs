use super::*;

const KEYS: [(&str, &str); 4] = [
    ("CRM_API_KEY", "crm-key-canary"),
    ("CRM_API_SECRET", "crm-secret-canary"),
    ("PF_API_KEY", "abcde.pf-key-canary-0123456789012345678x"),
    ("PF_API_SECRET", "pf-secret-canary-012345678901234"),
];

fn read(changes: &[(&str, &str)]) -> Result<Endpoints, EndpointsError> {
    let all: Vec<_> = changes.iter().chain(&KEYS).copied().collect();
    Endpoints::from_env(|name| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn without_urls_the_vendors_hosts_are_used() {
    let endpoints = read(&[("ROSTER_CRM_URL", "")]).unwrap();
    assert_eq!(endpoints.crm.base.at("/users/3").as_str(), "https://api-v2.mycrm.com/users/3");
    assert_eq!(endpoints.crm.token.at("").as_str(), "https://auth.propertyfinder.com/auth/oauth/v1/token");
    assert_eq!(endpoints.crm.upload.at("/upload").as_str(), "https://api-upload.mycrm.com/upload");
    assert_eq!(endpoints.pf.base.at("/v1/users").as_str(), "https://atlas.propertyfinder.com/v1/users");
}

#[test]
fn uploads_go_to_the_host_of_the_crm_unless_another_one_is_set() {
    let table: [(&[(&str, &str)], &str); 4] = [
        (&[("ROSTER_CRM_URL", "https://api-v2.mycrm.com/")], "https://api-upload.mycrm.com/upload"),
        (&[("ROSTER_CRM_URL", "http://127.0.0.1:8080/crm")], "http://127.0.0.1:8080/crm/upload"),
        (&[("ROSTER_CRM_UPLOAD_URL", "https://up.example.ae")], "https://up.example.ae/upload"),
        (
            &[("ROSTER_CRM_URL", "https://crm.example.ae"), ("ROSTER_CRM_UPLOAD_URL", "https://up.example.ae/x/")],
            "https://up.example.ae/x/upload",
        ),
    ];
    for (set, want) in table {
        assert_eq!(read(set).unwrap().crm.upload.at("/upload").as_str(), want, "{set:?}");
    }
    let said = read(&[("ROSTER_CRM_UPLOAD_URL", "http://up.example.ae")]).unwrap_err().to_string();
    assert!(said.contains("ROSTER_CRM_UPLOAD_URL is plain http to another machine"), "{said}");
}

#[test]
fn a_base_may_have_a_path_and_a_trailing_slash() {
    for base in ["http://127.0.0.1:8080/pf", "http://127.0.0.1:8080/pf/"] {
        let endpoints = read(&[("ROSTER_PF_URL", base)]).unwrap();
        assert_eq!(endpoints.pf.base.at("/v1/users").as_str(), "http://127.0.0.1:8080/pf/v1/users");
    }
}

#[test]
fn addresses_that_expose_keys_are_refused() {
    let table = [
        ("http://api.example.ae", "ROSTER_PF_URL is plain http to another machine"),
        ("http://localhost.example.ae", "is plain http"),
        ("http://127.example.ae", "is plain http"),
        ("https://user:canary@example.ae", "holds a user name or password"),
        ("https://canary@example.ae", "holds a user name or password"),
        ("https://example.ae/?canary=1", "has a query"),
        ("https://example.ae/#canary", "has a query or a fragment"),
        ("ftp://example.ae", "has the scheme ftp"),
        ("file:///etc/passwd", "has the scheme file"),
        ("example.ae", "is not a URL"),
    ];
    for (url, want) in table {
        let said = read(&[("ROSTER_PF_URL", url)]).unwrap_err().to_string();
        assert!(said.contains(want) && !said.contains("canary"), "{url}: {said}");
    }
}

#[test]
fn plain_http_is_allowed_on_loopback() {
    for url in ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:80", "http://LocalHost:8080", "https://x.ae"] {
        assert!(read(&[("ROSTER_CRM_URL", url)]).is_ok(), "{url}");
    }
}

#[test]
fn every_missing_key_is_named_in_one_error() {
    let said = Endpoints::from_env(|_| None).unwrap_err().to_string();
    assert!(said.starts_with("not set: CRM_API_KEY, CRM_API_SECRET, PF_API_KEY, PF_API_SECRET; set them"), "{said}");
    let said = read(&[("PF_API_SECRET", "  "), ("ROSTER_PF_URL", "nonsense")]).unwrap_err().to_string();
    assert!(said.starts_with("not set: PF_API_SECRET;") && said.contains("ROSTER_PF_URL is not"), "{said}");
}

#[test]
fn invalid_keys_are_refused_before_a_request() {
    let said = read(&[("PF_API_KEY", "canary")]).unwrap_err().to_string();
    assert!(said.contains("PF_API_KEY has 6 characters") && said.contains("have 40"), "{said}");
    assert!(!said.contains("canary"), "{said}");
    let elsewhere = read(&[("PF_API_KEY", "short"), ("ROSTER_PF_URL", "http://127.0.0.1:1")]).unwrap();
    assert!(elsewhere.pf.odd_keys().is_some());
    // A line break pasted with the key is not a part of it.
    assert!(read(&[("PF_API_KEY", "abcde.pf-key-canary-0123456789012345678x\n")]).is_ok());
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?}", read(&[]).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}
