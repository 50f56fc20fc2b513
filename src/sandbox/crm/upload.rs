//! The CRM's uploads (docs/vendor-apis.md, "CRM: photos"): a file comes in a form, gets a token, and is somebody's photo once a
//! user names it. Here they share the CRM's address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::CrmHandler;
use super::error::refuse;
use crate::sandbox::behaviour::PhotoForm;
use crate::sandbox::http_exchange::{SandboxRequest, SandboxResponse};
use crate::sandbox::photo_host;
use crate::sandbox::schema::SchemaViolation;
use crate::sandbox::store::CrmState;

/// The members of a user that are photos.
const PHOTOS: [&str; 2] = ["/public/photo", "/private/photo"];

/// A file as it came in a form.
struct SentFile<'a> {
    name: String,
    media: String,
    content: &'a [u8],
}

impl CrmHandler<'_> {
    /// `POST /upload?type=TYPE` with the file in the field `file`.
    pub(super) fn upload(&mut self, request: &SandboxRequest) -> SandboxResponse {
        let kind = request.parameter("type").unwrap_or_default();
        if kind != self.behaviour.crm_photo_type {
            return refuse(422, &format!("there is no type of upload `{kind}`"), &[]);
        }
        let Some(file) = sent_file(request) else {
            return refuse(400, "the form has no file in the field `file`", &[]);
        };
        if !file.media.starts_with("image/") || file.content.is_empty() {
            return refuse(422, "the file is not a picture", &[]);
        }
        let id = self.state.files.new_id();
        let token = format!("upload-{id}-{}", file.content.len());
        let row = json!({
            "id": id, "token": token, "type": kind, "name": file.name, "media": file.media, "size": file.content.len(),
            "content": STANDARD.encode(file.content)
        });
        self.state.files.write(id, Some(row), 0);
        SandboxResponse::json(200, &json!({ "upload": { "id": id, "token": token, "type": kind } }))
    }

    /// `GET /files/{id}`: the bytes of a file.
    pub(super) fn file(&self, id: &str) -> SandboxResponse {
        let file = id.parse().ok().and_then(|id: u64| self.state.files.rows().get(&id));
        let text = |file: &Value, name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let content = file.and_then(|file| STANDARD.decode(text(file, "content")).ok());
        match (file, content) {
            (Some(file), Some(content)) => SandboxResponse::bytes(200, text(file, "media"), content),
            _ => refuse(404, &format!("there is no file {id}"), &[]),
        }
    }

    /// Puts the id of the file in place of each reference to an upload. A user goes back with the ids that it was shown with.
    pub(super) fn photos_of(&self, sent: &mut Value, old: Option<&Value>) -> Result<(), SandboxResponse> {
        let mut wrong = Vec::new();
        for pointer in PHOTOS {
            let Some(photo) = sent.pointer_mut(pointer).filter(|photo| !photo.is_null()) else { continue };
            if old.is_some_and(|old| old.pointer(pointer) == Some(&*photo)) {
                continue;
            }
            match self.named_file(photo) {
                Some(id) => *photo = Value::from(id),
                None => wrong.push(SchemaViolation::new(pointer, "names no upload")),
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(refuse(422, "the user is not valid", &wrong)) }
    }

    /// The id of the file that a reference names.
    fn named_file(&self, reference: &Value) -> Option<u64> {
        let token = match self.behaviour.crm_photo_form {
            PhotoForm::Object => reference.get("token")?.as_str()?,
            PhotoForm::Token => reference.as_str()?,
            PhotoForm::Id => return reference.as_u64().filter(|id| self.state.files.rows().contains_key(id)),
        };
        let has_token = |file: &&Value| file.get("token").is_some_and(|held| held == token);
        self.state.files.rows().values().find(has_token)?.get("id")?.as_u64()
    }
}

impl CrmState {
    /// Puts a picture in past every rule, and returns its id.
    pub(in crate::sandbox) fn put_file(&mut self, name: &str) -> u64 {
        let (id, content) = (self.files.new_id(), photo_host::picture(name));
        let row = json!({
            "id": id, "token": format!("seeded-{id}"), "type": "", "name": name, "media": "image/jpeg", "size": content.len(),
            "content": STANDARD.encode(content)
        });
        self.files.write(id, Some(row), 0);
        id
    }
}

/// The file in the field `file` of a `multipart/form-data` body (RFC 7578).
fn sent_file(request: &SandboxRequest) -> Option<SentFile<'_>> {
    let boundary = request.header("content-type")?.strip_prefix("multipart/form-data")?;
    let boundary = boundary.split_once("boundary=")?.1.trim_matches('"');
    let delimiter = format!("--{boundary}");
    let parts = split(request.body(), delimiter.as_bytes());
    parts.into_iter().find_map(|part| {
        let part = part.strip_prefix(b"\r\n")?;
        let (head, content) = halves(part, b"\r\n\r\n")?;
        let head = std::str::from_utf8(head).ok()?;
        let line = |name: &str| {
            head.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let disposition = line("content-disposition")?;
        let member = |name: &str| {
            let value =
                disposition.split(';').find_map(|member| member.trim().strip_prefix(name)?.strip_prefix('='))?;
            Some(value.trim_matches('"').to_owned())
        };
        (member("name")? == "file").then_some(())?;
        Some(SentFile {
            name: member("filename")?,
            media: line("content-type")?,
            content: content.strip_suffix(b"\r\n")?,
        })
    })
}

fn halves<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = bytes.windows(at.len()).position(|window| window == at)?;
    Some((bytes.get(..start)?, bytes.get(start + at.len()..)?))
}

fn split<'a>(mut bytes: &'a [u8], at: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some((part, rest)) = halves(bytes, at) {
        parts.push(part);
        bytes = rest;
    }
    parts
}
