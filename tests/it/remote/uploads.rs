use roster::model::config::PhotoReference;
use roster::model::picture::Picture;
use roster::remote::{WebPhotoError, WebPhotos};

use super::*;
use crate::support::picture;

fn photo() -> Picture {
    Picture::parse(picture(7)).unwrap()
}

/// What an upload is answered with; all other requests get a usual answer.
async fn answering(upload: impl Fn(usize) -> Reply + Clone + Send + Sync + 'static) -> ScriptedServer {
    ScriptedServer::start(move |seen, before| match seen.path.as_str() {
        "/crm/upload" => upload(before),
        "/crm/users" => ok(json!({"users": [], "count": 0})),
        _ => Reply::Usual,
    })
    .await
}

fn accepted() -> Reply {
    ok(json!({"upload": {"token": "t-1", "id": 501}}))
}

#[tokio::test]
async fn an_upload_is_a_form_with_one_file_and_returns_the_reference_that_is_set() {
    let server = answering(|_| accepted()).await;
    for (reference, want) in [
        (PhotoReference::Object, json!({"token": "t-1"})),
        (PhotoReference::Token, json!("t-1")),
        (PhotoReference::Id, json!(501)),
    ] {
        let mut config = Config::default();
        config.crm.photo_reference = reference;
        config.crm.photo_type = "user photo&x".to_owned();
        let crm = CrmWriter::new(&server.endpoints(), &config).unwrap();
        assert_eq!(crm.upload("sara-khan", photo()).await.unwrap(), want);
    }
    for sent in server.seen() {
        assert_eq!((sent.line(), sent.query("type")), ("POST /crm/upload".to_owned(), "user photo&x"));
        assert!(sent.header("content-type").starts_with("multipart/form-data; boundary="));
        assert!(sent.header("authorization").starts_with("Bearer token-"));
        let form = String::from_utf8_lossy(&sent.bytes);
        assert!(
            form.contains("Content-Disposition: form-data; name=\"file\"; filename=\"sara-khan.jpg\"\r\n"),
            "{form}"
        );
        assert!(form.contains("Content-Type: image/jpeg\r\n\r\n"), "{form}");
        assert!(sent.bytes.windows(6004).any(|window| window == picture(7)), "every byte");
    }
}

#[tokio::test]
async fn an_upload_whose_answer_is_lost_is_repeated() {
    for lost in [|| Reply::Drop, || Reply::Json(503, json!({})), || Reply::Json(504, json!({}))] {
        let server = answering(move |before| if before == 0 { lost() } else { accepted() }).await;
        assert_eq!(server.crm().upload("sara-khan", photo()).await.unwrap(), json!({"token": "t-1"}));
        assert_eq!(server.lines(), ["POST /crm/upload"; 2]);
    }
}

#[tokio::test]
async fn an_upload_that_is_not_accepted_closes_nothing_else() {
    for (reply, says) in [
        (Reply::Json(401, json!({"error": "no"})), "crm.photo_type"),
        (Reply::Json(403, json!({"error": "no"})), "crm.photo_type"),
        (Reply::Json(404, json!({"error": "no"})), "ROSTER_CRM_UPLOAD_URL"),
        (Reply::Json(422, json!({"error": "no"})), "refused with 422"),
        (Reply::Json(429, json!({"error": "no"})), "accepts no requests"),
        (ok(json!({"upload": {}})), "has no `upload.token`"),
        (ok(json!({"upload": {"token": ""}})), "has no `upload.token`"),
        (ok(json!([])), "has no `upload.token`"),
        (html(200, "<html>welcome</html>"), "expected JSON"),
    ] {
        let reply = Arc::new(Mutex::new(reply));
        let server = answering(move |_| match &*reply.lock().unwrap() {
            // Longer than a run waits.
            Reply::Json(429, _) => Reply::Text(429, vec![("retry-after", "4000".to_owned())], String::new()),
            Reply::Json(status, body) => Reply::Json(*status, body.clone()),
            Reply::Text(status, headers, body) => Reply::Text(*status, headers.clone(), body.clone()),
            _ => Reply::Usual,
        })
        .await;
        let crm = server.crm();
        let error = crm.upload("sara-khan", photo()).await.unwrap_err();
        assert!(!error.leaves_unknown(), "{error:?}");
        let said = error_text(&error);
        assert!(said.contains(says) && !said.contains("token-"), "{says}: {said}");
        assert_eq!(crm.reader.list().await.unwrap(), [], "the CRM itself is open");
        assert_eq!(crm.reader.closed(), None);
    }
}

/// Whoever answers an upload with a redirect gets neither the token nor the picture sent on.
#[tokio::test]
async fn a_redirected_upload_is_not_followed() {
    let elsewhere = ScriptedServer::start(|_, _| accepted()).await;
    for status in [301, 302, 303, 307, 308] {
        for host in ["localhost", "127.0.0.1"] {
            let target = format!("http://{host}:{}/upload", elsewhere.address.port());
            let server =
                answering(move |_| Reply::Text(status, vec![("location", target.clone())], String::new())).await;
            let error = server.crm().upload("sara-khan", photo()).await.unwrap_err();
            assert!(matches!(error.what, ErrorKind::Refused { .. }), "{error:?}");
            assert!(error_text(&error).contains("which roster does not follow"), "{error:?}");
        }
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn the_token_of_an_upload_goes_to_the_host_of_uploads_alone() {
    let (crm, uploads) = (answering(|_| Reply::Usual).await, ScriptedServer::start(|_, _| accepted()).await);
    let mut endpoints = crm.endpoints();
    endpoints.crm.upload = super::endpoints(uploads.address).crm.upload;
    let writer = CrmWriter::new(&endpoints, &Config::default()).unwrap();
    writer.upload("sara-khan", photo()).await.unwrap();
    assert_eq!(writer.reader.list().await.unwrap(), []);
    assert_eq!(crm.lines(), ["GET /crm/users"]);
    assert_eq!(uploads.lines(), ["POST /crm/upload"]);
    assert_eq!(uploads.token_calls().len(), 0);
}

/// A server of photos, and the way to it as the sandbox has one.
async fn photos(reply: impl Fn(&SeenRequest) -> Reply + Clone + Send + Sync + 'static) -> (ScriptedServer, WebPhotos) {
    let server = ScriptedServer::start(move |seen, _| reply(seen)).await;
    let address = server.address;
    let endpoints = roster::remote::Endpoints::from_env(|name| {
        let value = match name {
            "ROSTER_PHOTO_URL" => format!("http://{address}/photos"),
            name if name.starts_with("ROSTER_") => return None,
            "PF_API_KEY" => "abcde.pf-key-canary-0123456789012345678x".to_owned(),
            "PF_API_SECRET" => "pf-secret-canary-012345678901234".to_owned(),
            _ => "canary".to_owned(),
        };
        Some(value)
    });
    let web = WebPhotos::new(&endpoints.unwrap()).unwrap();
    (server, web)
}

const ADDRESS: &str = "https://cdn.brokerage.example/photos/sara.jpg?size=large";

#[tokio::test]
async fn a_photo_is_downloaded_without_a_key_up_to_a_limit() {
    let (server, web) = photos(|seen| match seen.path.as_str() {
        "/photos/cdn.brokerage.example/photos/sara.jpg" => Reply::Text(200, vec![], "picture".to_owned()),
        "/photos/large.example/1.jpg" => Reply::Text(200, vec![], "x".repeat((15 << 20) + 1)),
        "/photos/largest.example/1.jpg" => Reply::Text(200, vec![], "x".repeat(15 << 20)),
        "/photos/gone.example/1.jpg" => Reply::Text(404, vec![], String::new()),
        "/photos/broken.example/1.jpg" => Reply::Drop,
        _ => Reply::Text(500, vec![], String::new()),
    })
    .await;
    assert_eq!(web.download(ADDRESS).await.unwrap(), b"picture");
    assert_eq!(web.download("https://largest.example/1.jpg").await.unwrap().len(), 15 << 20);
    assert_eq!(web.download("https://large.example/1.jpg").await, Err(WebPhotoError::TooLarge));
    assert_eq!(web.download("https://gone.example/1.jpg").await, Err(WebPhotoError::Status(404)));
    let broken = web.download("https://broken.example/1.jpg").await;
    assert!(matches!(broken, Err(WebPhotoError::Unreachable(_))), "{broken:?}");
    for sent in server.requests() {
        assert_eq!((sent.header("authorization"), sent.header("cookie")), ("", ""), "{}", sent.line());
    }
}

#[tokio::test]
async fn a_redirect_of_a_photo_is_followed_on_its_own_host_alone() {
    let elsewhere = ScriptedServer::start(|_, _| Reply::Text(200, vec![], "picture".to_owned())).await;
    let target = format!("http://localhost:{}/x.jpg", elsewhere.address.port());
    let (_server, web) = photos(move |seen| {
        let to = |place: &str| Reply::Text(302, vec![("location", place.to_owned())], String::new());
        match seen.path.as_str() {
            "/photos/home.example/1.jpg" => to("/photos/home.example/2.jpg"),
            "/photos/home.example/2.jpg" => Reply::Text(200, vec![], "picture".to_owned()),
            "/photos/circle.example/1.jpg" => to("/photos/circle.example/1.jpg"),
            _ => to(&target),
        }
    })
    .await;
    assert_eq!(web.download("https://home.example/1.jpg").await.unwrap(), b"picture");
    assert_eq!(web.download("https://circle.example/1.jpg").await, Err(WebPhotoError::Redirects));
    assert_eq!(web.download("https://away.example/1.jpg").await, Err(WebPhotoError::Redirects));
    assert!(elsewhere.requests().is_empty());
}

/// A pull request may name any address: nothing of this machine or its network is asked.
#[tokio::test]
async fn a_photo_is_not_downloaded_from_this_machine_or_its_network() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = ScriptedServer::start(|_, _| Reply::Usual).await;
    let web = WebPhotos::new(&server.endpoints()).unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "2130706433"] {
        let address = format!("https://{host}:{port}/1.jpg");
        assert_eq!(web.download(&address).await, Err(WebPhotoError::NotPublic), "{host}");
    }
    assert_eq!(web.download(&format!("http://127.0.0.1:{port}/1.jpg")).await, Err(WebPhotoError::NotPublic));
    let connected = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(connected.is_err(), "{connected:?}");
}
