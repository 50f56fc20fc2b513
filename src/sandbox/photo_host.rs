//! The host of every photo that has an address: a picture for each path, since the sandbox has no internet.

use hyper::Method;

use super::http_exchange::{SandboxRequest, SandboxResponse};

/// Larger than the smallest picture that Property Finder takes.
const SIZE: usize = 6_000;

/// The answer to a request for a photo; none where it is not one.
pub(super) fn answer(request: &SandboxRequest) -> Option<SandboxResponse> {
    let path = request.path.strip_prefix(super::PHOTO_PREFIX)?;
    let refuse = |status, why: &str| SandboxResponse::of(status, "text/plain", why.to_owned());
    if request.header("authorization").is_some() {
        return Some(refuse(400, "a key must not be sent to the host of a photo"));
    }
    if request.method != Method::GET {
        return Some(refuse(405, "a photo is downloaded"));
    }
    Some(SandboxResponse::bytes(200, "image/jpeg".to_owned(), picture(path)))
}

/// A JPEG as far as anybody looks, another one for each path.
pub(super) fn picture(path: &str) -> Vec<u8> {
    let mut picture = [b"\xff\xd8\xff\xe0".as_slice(), path.as_bytes()].concat();
    picture.resize(SIZE.max(picture.len()), 0);
    picture
}
