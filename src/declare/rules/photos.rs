//! Photos that are in the repository.

use std::io::{self, BufReader, Read as _, Seek as _};

use super::RuleContext;
use crate::declare::file::AgentFile;
use crate::declare::photo_files::{PhotoFileError, PhotoFiles};
use crate::declare::problem::Problem;
use crate::model::agent::value::{Photo, RepositoryPath};
use crate::model::agent::{Field, FieldValue, Setting, Status};
use crate::model::picture::{PictureFault, PictureKind};

pub(super) fn photos_are_there(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let files = PhotoFiles::new(context.root);
    // Nothing is sent of a person who has left, and the picture may be removed.
    for person in context.people.iter().filter(|person| person.agent.status != Status::Archived) {
        let photos = [(Field::Photo, &person.agent.public.photo), (Field::PrivatePhoto, &person.agent.private.photo)];
        for (field, photo) in photos {
            let Setting::Set(Photo::File(path)) = photo else { continue };
            if let Err((what, help)) = inspect(&files, path) {
                problems.push(person.error(&field, format!("`{field}` {what}")).help(help));
            }
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

type PhotoRefusal = (String, &'static str);

/// Checks an image file: its format, its size and its colours.
fn inspect(files: &PhotoFiles, path: &RepositoryPath) -> Result<(), PhotoRefusal> {
    let no_file = |error: PhotoFileError| (error.to_string(), error.help());
    let no_picture = |fault: PictureFault| (fault.to_string(), fault.help());
    let unread = |_: io::Error| no_file(PhotoFileError::Missing);
    let (mut file, size) = files.open(path).map_err(no_file)?;
    let mut header = Vec::new();
    file.by_ref().take(PictureKind::HEADER).read_to_end(&mut header).map_err(unread)?;
    let kind = PictureKind::of(&header).map_err(no_picture)?;
    PictureFault::check_size(size).map_err(no_picture)?;
    file.rewind().map_err(unread)?;
    kind.check_colours(BufReader::new(file)).map_err(no_picture)
}
