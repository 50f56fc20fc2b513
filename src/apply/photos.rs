//! Photos in the CRM: each is uploaded, and a PUT stores the references (docs/vendor-apis.md, "CRM: photos").
//!
//! This is the last step of a person, in a PUT of its own: the ids of a new user do not wait for a download, and a reference
//! that the CRM refuses holds back no other value. An upload alone changes nothing that anybody sees.

use std::collections::BTreeMap;

use tokio::time::Instant;
use url::Url;

use super::crm_row::changed_since_the_plan;
use super::crm_target::{CrmTarget, TargetRow};
use super::crm_write::links_after;
use super::observer::PendingWrite;
use super::outage::{Outage, OutageDecision};
use super::person::{LinkUpdate, lock, main_operation};
use super::stop_reason::StopReason;
use super::{ApplyRun, WriteKind, Written, write_after_read};
use crate::declare::photo_files::PhotoFiles;
use crate::model::agent::value::Photo;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::picture::Picture;
use crate::model::record::{Record, Row, System, holds};
use crate::reconcile::fingerprint::version;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::LinkValues;
use crate::reconcile::plan::PersonPlan;
use crate::remote::{Permits, RemoteError, WebPhotoError, WebPhotos};

/// Where the bytes of photos come from.
#[derive(Clone, Debug)]
pub struct PhotoSources {
    /// Pictures in the repository.
    pub files: PhotoFiles,
    /// Pictures at an address.
    pub web: WebPhotos,
}

/// What became of a person's photos.
#[derive(Default)]
struct Uploads {
    /// What a PUT sends: the references of the photos that were uploaded.
    references: Record,
    /// The values of these photos, for the memory.
    photos: Record,
    /// Why a photo was not uploaded, each in a sentence.
    failures: Vec<StopReason>,
}

/// Whether photos are still uploaded in this run.
#[derive(Debug, Default)]
pub(super) struct UploadState {
    outage: Outage,
    stopped: Option<String>,
    /// The downloads in a row that each server did not answer, by its host.
    unanswered: BTreeMap<String, usize>,
}

/// After so many downloads in a row without an answer a server is not asked any more.
const MOST_UNANSWERED: usize = 3;

impl ApplyRun<'_> {
    /// Uploads a person's photos and stores them in the row, whose other values and link fields this run has written.
    pub(super) async fn photos_in_crm(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        link_update: LinkUpdate,
        done: &mut Vec<Written>,
    ) -> Result<(), StopReason> {
        let Some(id) = target.id() else { return Ok(()) };
        let (photos, others): (Record, Record) =
            self.changes_in_crm(person, target).into_iter().partition(|(field, _)| field.is_uploaded());
        if photos.is_empty() {
            return Ok(());
        }
        let Uploads { references, photos, failures } = self.upload_photos(person, id, photos).await;
        if !references.is_empty() {
            let agent = self.systems.mappers.crm.knows_links().then_some(&person.slug);
            let links = PhotoLinks::new(target, agent, link_update, &photos);
            let put = self.put_photos(person, target, &PhotoWrite { references, others, links }).await;
            put.map_err(|why| self.without_outage(why))?;
            if !done.iter().any(|written| matches!(written, Written::Row(System::Crm, ..))) {
                done.push(Written::Row(System::Crm, main_operation(person, System::Crm), id));
            }
        }
        StopReason::joined(failures).map_or(Ok(()), Err)
    }

    async fn put_photos(&self, person: &PersonPlan, target: &CrmTarget, photos: &PhotoWrite) -> Result<(), StopReason> {
        let id = target.id().unwrap_or_default();
        let write = PendingWrite {
            agent: &person.slug,
            system: System::Crm,
            kind: WriteKind::Update,
            remote_id: Some(id),
            paths: photos.references.keys().map(ToString::to_string).collect(),
        };
        // The read may lag behind the PUT before this one, so this one repeats it.
        let mut changes = photos.others.clone();
        changes.extend(photos.references.clone());
        let after = &photos.links.after;
        let put = async {
            let (row, mut permits) = self.row_for_photos(person, target, photos, false).await?;
            // Until the PUT is answered it is not known which photos the row shows.
            self.store_in_lock_file(id, &photos.links.unknown)?;
            let again = async |lost: bool| self.row_for_photos(person, target, photos, lost).await;
            let send = async |permits: &mut Permits<'_>, row: &Row| {
                let body = self.systems.mappers.crm.update(row, &changes, after);
                self.systems.crm.update(permits, row.id, &body).await
            };
            let ended = write_after_read::send(row, &mut permits, again, send).await;
            match &ended {
                Ok(()) => self.store_in_lock_file(id, after)?,
                Err(why) if !why.may_be_done() => self.store_in_lock_file(id, &photos.links.before)?,
                Err(_) => {}
            }
            ended
        };
        self.write(&write, Box::pin(put), |()| id).await?;
        self.ensure_links_are_kept(person, id, after).await
    }

    /// Makes a refused photo the failure of its person alone: it does not count as an outage of the CRM.
    fn without_outage(&self, why: StopReason) -> StopReason {
        match why {
            StopReason::Remote(error) if error.is_refusal() => StopReason::Failed((self.systems.quote)(&error)),
            other => other,
        }
    }

    /// The person's row as it is now, with permits for the PUT of its photos. What the PUT writes is as the plan saw it or as
    /// this run has written it; `lost` is whether the PUT may have been carried out. All other values stay as they are.
    async fn row_for_photos(
        &self,
        person: &PersonPlan,
        target: &CrmTarget,
        photos: &PhotoWrite,
        lost: bool,
    ) -> Result<(Row, Permits<'_>), StopReason> {
        let seen = match &target.row {
            TargetRow::Created(answered) => return self.read_created(person, answered).await,
            TargetRow::Seen(seen) => seen,
            TargetRow::None => return Err(StopReason::Failed("there is no CRM row to write to".to_owned())),
        };
        let (row, permits) = self.systems.crm_row(seen.id).await?;
        let now = self.systems.mappers.crm.user(&row);
        let is_picture_as_seen = |field: &Field| match (seen.pictures.get(field), now.pictures.get(field)) {
            (Some(seen), Some(now)) => seen == now || lost,
            // A list may leave out what a single read returns.
            (None, _) | (_, None) => true,
        };
        let mut known = vec![&seen.links, &photos.links.before];
        known.extend(&target.before_mark);
        known.extend(lost.then_some(&photos.links.after));
        let has_known_links = self.systems.crm.link_file().is_some() || now.links.each_is_in(&known);
        let written = |record: &Record| -> Record {
            record
                .iter()
                .filter(|(field, _)| photos.others.contains_key(field))
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect()
        };
        let is_as_seen = has_known_links
            && holds(&written(&now.record), &written(&seen.record), &photos.others)
            && photos.references.keys().all(is_picture_as_seen);
        if is_as_seen { Ok((row, permits)) } else { Err(changed_since_the_plan(seen.id)) }
    }

    async fn upload_photos(&self, person: &PersonPlan, row: u64, changes: Record) -> Uploads {
        let mut uploads = Uploads::default();
        for (field, value) in changes {
            let reference = match &value {
                FieldValue::Nothing => Ok(FieldValue::Nothing),
                photo => self.upload_photo(person, row, &field, photo.as_text().unwrap_or_default()).await,
            };
            match reference {
                Ok(reference) => {
                    uploads.references.insert(field.clone(), reference);
                    uploads.photos.insert(field, value);
                }
                Err(reason) => uploads.failures.push(reason),
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
        // A download starts only where an upload can follow.
        self.ensure_not_stopped(System::Crm)?;
        if let Some(why) = &lock(&self.uploads).stopped {
            return Err(StopReason::Failed(format!("`{field}` was not uploaded: {why}")));
        }
        let picture = self.picture(field, photo).await?;
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

/// A PUT of photos.
struct PhotoWrite {
    references: Record,
    /// What this run has written into the row before.
    others: Record,
    links: PhotoLinks,
}

/// The link fields of a row around the PUT of its photos.
struct PhotoLinks {
    before: LinkValues,
    /// Each photo of the PUT is unknown.
    unknown: LinkValues,
    after: LinkValues,
}

impl PhotoLinks {
    /// A row that was made in this run has no link fields that were read, so `agent` is laid over them.
    fn new(target: &CrmTarget, agent: Option<&Slug>, link_update: LinkUpdate, photos: &Record) -> Self {
        let LinkUpdate { links, memory, .. } = link_update;
        let mut before = links_after(target, &links, false);
        before.agent = agent.map(ToString::to_string).or(before.agent);
        let (mut unknown, mut after) = (memory.clone(), memory);
        for (field, value) in photos {
            unknown.forget(System::Crm, field);
            after.remember(System::Crm, field, value);
        }
        let with = |memory: &Memory| LinkValues { memory: Some(memory.to_text()), ..before.clone() };
        Self { unknown: with(&unknown), after: with(&after), before }
    }
}

impl ApplyRun<'_> {
    /// The picture that a planned value names: of a file exactly the bytes that the plan was made for.
    async fn picture(&self, field: &Field, planned: &str) -> Result<Picture, StopReason> {
        let fault =
            |why: &str, help: &str| StopReason::Failed(format!("`{field}` was not uploaded: the photo {why}: {help}"));
        let (declared, planned_version) =
            planned.rsplit_once("?v=").map_or((planned, None), |(path, version)| (path, Some(version)));
        let content = match Photo::parse(declared) {
            Ok(Photo::File(path)) => {
                let read = self.systems.photos.files.read(&path);
                let content = read.map_err(|error| fault(&error.to_string(), error.help()))?;
                if planned_version != Some(version(&content).as_str()) {
                    return Err(fault("was changed since the plan was made", "plan again"));
                }
                content
            }
            // The version is of files alone: an address may end in one of its own.
            Ok(Photo::Web(_)) => {
                let downloaded = self.download(planned).await;
                downloaded.map_err(|error| fault(&error.to_string(), error.help()))?
            }
            Err(_) => return Err(fault("is neither a path in the repository nor an address", "plan again")),
        };
        Picture::parse(content).map_err(|error| fault(&error.to_string(), error.help()))
    }

    /// Downloads a photo, unless its server has left several requests in a row without an answer.
    async fn download(&self, address: &str) -> Result<Vec<u8>, WebPhotoError> {
        let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        if lock(&self.uploads).unanswered.get(&host).is_some_and(|count| *count >= MOST_UNANSWERED) {
            return Err(WebPhotoError::GivenUp);
        }
        let downloaded = self.systems.photos.web.download(address).await;
        let mut state = lock(&self.uploads);
        match &downloaded {
            Err(error) if error.is_outage() => *state.unanswered.entry(host).or_default() += 1,
            Ok(_) | Err(_) => _ = state.unanswered.remove(&host),
        }
        downloaded
    }
}
