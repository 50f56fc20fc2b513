//! Deletions, and the two requests of a Property Finder update.

use super::*;

#[tokio::test]
async fn a_deletion_names_the_receivers_and_is_sent_once() {
    let server = ScriptedServer::start(|seen, before| match (seen.line().as_str(), before) {
        ("DELETE /crm/users/3", 0) => Reply::Drop,
        ("DELETE /crm/users", _) => Reply::Text(204, vec![], String::new()),
        _ => Reply::Usual,
    })
    .await;
    let crm = server.crm();
    let slots = &mut crm.reserve(1).await;
    let error = crm.delete(slots, &departure(&[3])).await.unwrap_err();
    assert!(error.leaves_unknown(), "{error:?}");
    crm.delete(slots, &departure(&[4, 5])).await.unwrap();
    let error = crm.delete(slots, &departure(&[6])).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::Missing(_)), "{error:?}");
    let resources = json!([
        {"id": 7, "resource": "properties"}, {"id": 8, "resource": "leads"}, {"id": 9, "resource": "landlords"},
    ]);
    let bodies: Vec<Value> = server.seen().into_iter().map(|seen| seen.body).collect();
    let (one, two) = (json!({"resources": resources}), json!({"users": [4, 5], "resources": resources}));
    assert_eq!(bodies, [one.clone(), two, one]);
}

#[tokio::test]
async fn a_property_finder_update_patches_the_user_and_then_the_profile() {
    let server = ScriptedServer::start(|seen, _| match seen.path.as_str() {
        PF_TOKEN => Reply::Usual,
        "/pf/v1/users/8" => html(200, "<html><title>Sign in</title></html>"),
        _ => Reply::Text(204, vec![], String::new()),
    })
    .await;
    let pf = server.pf();
    let (user, profile) = (json!({"isActive": true}), json!({"name": "Sara"}));
    let both = PfUpdate { user: Some(user.clone()), profile: Some((1007, profile.clone())) };
    let slots = &mut pf.reserve(2).await;
    for patch in both.clone().patches() {
        pf.update(slots, 7, &patch).await.unwrap();
    }
    for patch in (PfUpdate { user: None, ..both }).patches() {
        pf.update(slots, 7, &patch).await.unwrap();
    }
    let sent: Vec<_> = server.seen().into_iter().map(|seen| (seen.line(), seen.body)).collect();
    let to_profile = ("PATCH /pf/v1/public-profiles/1007".to_owned(), profile);
    assert_eq!(sent, [("PATCH /pf/v1/users/7".to_owned(), user), to_profile.clone(), to_profile]);
    // A page that says 200 has written nothing.
    let error = pf.update(slots, 8, &PfPatch::User(json!({"isActive": false}))).await.unwrap_err();
    assert!(matches!(error.what, ErrorKind::NotUnderstood(_)), "{error:?}");
}
