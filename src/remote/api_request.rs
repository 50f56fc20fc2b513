//! One request to an API with its body, and the probe that shows whether the keys are accepted.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::permission::Permission;
use super::retry::RequestKind;

/// One request, as often as it is sent. No `Debug`: a token call's body holds the secret.
pub(super) struct ApiRequest {
    pub(super) kind: RequestKind,
    /// The right of the key that it needs; none for a token call.
    pub(super) wants: Option<Permission>,
    /// Whether the path names one row, so that 404 is about that row; else 404 is about the address.
    pub(super) names_row: bool,
    pub(super) method: Method,
    /// Behind the base.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<RequestBody>,
    /// What is being done, in words for people.
    pub(super) doing: String,
    /// What to do when the key does not allow it.
    pub(super) remedy: String,
}

/// What a request carries.
pub(super) enum RequestBody {
    Json(Value),
    /// A file in the multipart field `file`.
    File(UploadedFile),
}

/// A file that is sent.
#[derive(Clone)]
pub(super) struct UploadedFile {
    /// Its name for the server, in ASCII.
    pub(super) name: String,
    /// Its media type, such as `image/jpeg`.
    pub(super) media: &'static str,
    pub(super) content: Vec<u8>,
}

impl UploadedFile {
    /// The form of the upload.
    pub(super) fn form(&self) -> reqwest::Result<Form> {
        let part = Part::bytes(self.content.clone()).file_name(self.name.clone()).mime_str(self.media)?;
        Ok(Form::new().part("file", part))
    }
}

/// A cheap read that needs no right beyond a valid key.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) path: &'static str,
    pub(super) query: &'static [(&'static str, &'static str)],
}

impl Probe {
    pub(super) fn request(&self) -> ApiRequest {
        ApiRequest {
            kind: RequestKind::Read,
            wants: None,
            names_row: false,
            method: Method::GET,
            path: self.path.to_owned(),
            query: self.query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: None,
            doing: "checking the keys".to_owned(),
            remedy: String::new(),
        }
    }
}
