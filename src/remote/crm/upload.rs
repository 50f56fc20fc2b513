//! Uploads of pictures to the CRM, which live on a host of their own (docs/vendor-apis.md, "CRM: photos").

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::model::config::{Config, PhotoReference};
use crate::model::record::System;
use crate::remote::api_client::ApiClient;
use crate::remote::api_request::UploadedFile;
use crate::remote::endpoints::Endpoints;
use crate::remote::http_client::ReadWriteClient;
use crate::remote::json::{id, text};
use crate::remote::permission::Permission;
use crate::remote::rate_limiter::RateLimiter;
use crate::remote::token_source::TokenSource;
use crate::remote::{ErrorKind, RemoteError};

/// Uploads pictures. It has a rate limiter of its own, since the host is another one.
#[derive(Clone, Debug)]
pub(super) struct UploadClient {
    server: ReadWriteClient,
    photo_type: String,
    reference: PhotoReference,
}

/// The remedy where the host accepts no upload.
fn denied(_: Permission) -> String {
    "check crm.photo_type in roster.yaml, and the API key's right to upload files (and ROSTER_CRM_UPLOAD_URL, if it is set)"
        .to_owned()
}

impl UploadClient {
    /// Prepares to upload; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub(super) fn new(endpoints: &Endpoints, config: &Config, tokens: TokenSource) -> Result<Self, RemoteError> {
        let limiter = RateLimiter::new(config.crm.rate);
        let client = ApiClient::new(System::Crm, endpoints.crm.upload.clone(), limiter, HeaderMap::new(), endpoints)?;
        Ok(Self {
            server: ReadWriteClient::new(client, tokens, denied),
            photo_type: config.crm.photo_type.clone(),
            reference: config.crm.photo_reference,
        })
    }

    /// Uploads a picture, and returns the reference that a user names it by. It is repeated when its answer is lost: an
    /// upload that no user names has no effect.
    pub(super) async fn upload(&self, file: UploadedFile) -> Result<Value, RemoteError> {
        let doing = "uploading a photo";
        let query = vec![("type".to_owned(), self.photo_type.clone())];
        let answer = self.server.upload("/upload", query, file, doing).await?;
        let upload = answer.get("upload").unwrap_or(&Value::Null);
        let reference = match self.reference {
            PhotoReference::Object => upload.get("token").and_then(text).map(|token| json!({ "token": token })),
            PhotoReference::Token => upload.get("token").and_then(text).map(Value::from),
            PhotoReference::Id => upload.get("id").and_then(id).map(Value::from),
        };
        reference.ok_or_else(|| {
            let member = if self.reference == PhotoReference::Id { "id" } else { "token" };
            let why =
                format!("the answer has no `upload.{member}`; crm.photo_reference in roster.yaml names what is used");
            self.server.error(doing, ErrorKind::NotUnderstood(why.into()))
        })
    }
}
