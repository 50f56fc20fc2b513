//! Uploads of photos to the CRM, immediately before the PUT that stores their references (docs/vendor-apis.md, "CRM: photos").
//!
//! An upload alone changes nothing that anybody sees, so one that fails holds back its photo and nothing else.

use tokio::time::Instant;

use super::observer::PendingWrite;
use super::outage::{Outage, OutageDecision};
use super::person::{StopReason, lock};
use super::{ApplyRun, WriteKind};
use crate::declare::photo_files::PhotoFiles;
use crate::model::agent::value::Photo;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::picture::Picture;
use crate::model::record::{Record, System};
use crate::reconcile::fingerprint::version;
use crate::reconcile::plan::PersonPlan;
use crate::remote::{RemoteError, WebPhotos};

/// Where the bytes of photos come from.
#[derive(Clone, Debug)]
pub struct PhotoSources {
    /// Pictures in the repository.
    pub files: PhotoFiles,
    /// Pictures at an address.
    pub web: WebPhotos,
}

/// What became of the photos among a person's changes in the CRM.
#[derive(Default)]
pub(super) struct Uploads {
    /// The changes as a PUT sends them: references in place of photos, and no photo that was not uploaded.
    pub(super) changes: Record,
    /// The values of the photos that these changes hold, for the memory.
    pub(super) photos: Record,
    /// Why a photo was not uploaded.
    pub(super) failed: Option<StopReason>,
}

/// Whether photos are still uploaded in this run.
#[derive(Debug, Default)]
pub(super) struct UploadState {
    outage: Outage,
    stopped: Option<String>,
}

impl ApplyRun<'_> {
    /// Uploads the photos among the changes of a CRM row.
    pub(super) async fn upload_photos(&self, person: &PersonPlan, row: u64, changes: Record) -> Uploads {
        let mut uploads = Uploads::default();
        for (field, value) in changes {
            if !field.is_uploaded() {
                uploads.changes.insert(field, value);
                continue;
            }
            let reference = match &value {
                FieldValue::Nothing => Ok(FieldValue::Nothing),
                photo => self.upload_photo(person, row, &field, photo.as_text().unwrap_or_default()).await,
            };
            match reference {
                Ok(reference) => {
                    uploads.changes.insert(field.clone(), reference);
                    uploads.photos.insert(field, value);
                }
                Err(reason) => uploads.failed = Some(reason),
            }
        }
        uploads
    }

    /// The reference to one photo in the CRM, once it is there.
    async fn upload_photo(
        &self,
        person: &PersonPlan,
        row: u64,
        field: &Field,
        photo: &str,
    ) -> Result<FieldValue, StopReason> {
        if let Some(why) = &lock(&self.uploads).stopped {
            return Err(StopReason::Failed(format!("`{field}` was not uploaded: {why}")));
        }
        let picture = picture(self.systems.photos, field, photo).await?;
        let write = PendingWrite {
            agent: &person.slug,
            system: System::Crm,
            kind: WriteKind::Upload,
            remote_id: Some(row),
            paths: vec![field.to_string()],
        };
        let upload = async {
            let answer = self.systems.crm.upload(person.slug.as_str(), picture).await;
            answer.map(FieldValue::from).map_err(|error| self.upload_failed(&person.slug, field, &error))
        };
        self.write(&write, Box::pin(upload), |_| row).await
    }

    /// Why a photo is not in the CRM. After several people in a row no other photo is tried; everything else goes on.
    fn upload_failed(&self, person: &Slug, field: &Field, error: &RemoteError) -> StopReason {
        let why = (self.systems.quote)(error);
        let mut state = lock(&self.uploads);
        match state.outage.note(person, error, Instant::now()) {
            OutageDecision::GoOn => {}
            OutageDecision::Ask | OutageDecision::Stop(_) => {
                state.stopped.get_or_insert_with(|| {
                    format!("no photo is uploaded any more in this run, since uploads failed: {why}")
                });
            }
        }
        StopReason::Failed(format!("`{field}` was not uploaded: {why}"))
    }
}

/// The picture that a planned value names: of a file exactly the bytes that the plan was made for.
async fn picture(photos: &PhotoSources, field: &Field, planned: &str) -> Result<Picture, StopReason> {
    let fault = |why: &str| StopReason::Failed(format!("`{field}` was not uploaded: the photo {why}"));
    let (declared, bytes) = planned.rsplit_once("?v=").map_or((planned, None), |(path, version)| (path, Some(version)));
    let content = match Photo::parse(declared) {
        Ok(Photo::File(path)) => {
            let content = photos.files.read(&path).map_err(|error| fault(&error.to_string()))?;
            if bytes != Some(version(&content).as_str()) {
                return Err(StopReason::Moved(format!("the file of `{field}` was changed since the plan was made")));
            }
            content
        }
        // The version is of files alone: an address may end in one of its own.
        Ok(Photo::Web(_)) => photos.web.download(planned).await.map_err(|error| fault(&error.to_string()))?,
        Err(_) => return Err(fault("is neither a path in the repository nor an address")),
    };
    Picture::parse(content).map_err(|error| fault(&error.to_string()))
}
