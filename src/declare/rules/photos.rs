//! Photos that are in the repository.

use std::io::{self, BufReader, Read as _, Seek as _};

use super::RuleContext;
use crate::declare::file::AgentFile;
use crate::declare::photo_files::{PhotoFileError, PhotoFiles};
use crate::declare::problem::Problem;
use crate::model::agent::value::{Photo, RepositoryPath};
use crate::model::agent::{Field, FieldValue, Setting, Status};
use crate::model::picture::{PictureFault, PictureKind};

pub(super) fn photos_are_there(person: &AgentFile, context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let files = PhotoFiles::new(context.root);
    // Nothing is sent of a person who has left, and the picture may be removed.
    if person.agent.status == Status::Archived {
        return;
    }
    let photos = [(Field::Photo, &person.agent.public.photo), (Field::PrivatePhoto, &person.agent.private.photo)];
    for (field, photo) in photos {
        let Setting::Set(Photo::File(path)) = photo else { continue };
        if let Err(PhotoRefusal { why, help }) = inspect(&files, path) {
            problems.push(person.error(&field, format!("`{field}` {why}")).help(help));
        }
    }
}

/// An error where a system cannot hold a photo: it would be forgotten there. Nothing is sent of a person who has left.
pub(super) fn not_held(person: &AgentFile, field: &Field, message: String) -> Option<Problem> {
    let cleared = person.declaration.record.get(field).is_some_and(FieldValue::is_nothing);
    let help = if cleared {
        "name another picture; or remove the line, and both systems keep the photo that they show"
    } else {
        "set property_finder.photo_base_url in roster.yaml to the https:// address under which the pictures of the repository \
         are published, or write the photo's own https:// address"
    };
    (person.agent.status != Status::Archived).then(|| person.error(field, message).help(help))
}

/// Why a photo is refused, and what to do.
struct PhotoRefusal {
    why: String,
    help: &'static str,
}

impl From<PhotoFileError> for PhotoRefusal {
    fn from(error: PhotoFileError) -> Self {
        Self { why: error.to_string(), help: error.help() }
    }
}

impl From<PictureFault> for PhotoRefusal {
    fn from(fault: PictureFault) -> Self {
        Self { why: fault.to_string(), help: fault.help() }
    }
}

impl From<io::Error> for PhotoRefusal {
    fn from(_: io::Error) -> Self {
        PhotoFileError::Missing.into()
    }
}

/// Checks an image file: its format, its size and its colours.
fn inspect(files: &PhotoFiles, path: &RepositoryPath) -> Result<(), PhotoRefusal> {
    let (mut file, size) = files.open(path)?;
    let mut header = Vec::new();
    file.by_ref().take(PictureKind::HEADER).read_to_end(&mut header)?;
    let kind = PictureKind::of(&header)?;
    PictureFault::check_size(size)?;
    file.rewind()?;
    Ok(kind.check_colours(BufReader::new(file))?)
}
