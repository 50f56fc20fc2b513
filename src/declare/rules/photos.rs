//! Photos that lie in the repository.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use imagesize::ImageType;

use super::RuleContext;
use crate::declare::problem::Problem;
use crate::model::agent::value::{Photo, RepositoryPath};
use crate::model::agent::{Field, Setting};

/// The smallest picture that Property Finder takes, in bytes.
const SMALLEST_PHOTO: u64 = 5 * 1024;

/// The largest picture that Property Finder takes, in bytes.
pub(in crate::declare) const LARGEST_PHOTO: u64 = 15 * 1024 * 1024;

pub(super) fn photos_are_there(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    for person in context.people {
        let photos = [(Field::Photo, &person.agent.public.photo), (Field::PrivatePhoto, &person.agent.private.photo)];
        for (field, photo) in photos {
            let Setting::Set(Photo::File(path)) = photo else { continue };
            if let Err((what, help)) = inspect(context.root, path) {
                problems.push(person.error(&field, format!("`{field}` {what}")).help(help));
            }
        }
    }
}

type PhotoRefusal = (String, &'static str);

fn inspect(root: &Path, path: &RepositoryPath) -> Result<(), PhotoRefusal> {
    let refused = |what: &str, help| (what.to_owned(), help);
    let missing =
        |_| refused("names a file that is not there", "write its path from the repository's root, or add the file");
    let place = root.join(path.as_str()).canonicalize().map_err(missing)?;
    if !root.canonicalize().is_ok_and(|root| place.starts_with(root)) {
        return Err(refused(
            "leads out of the repository",
            "put the photo itself into the repository, not a link to it",
        ));
    }
    let mut file = File::open(&place).map_err(missing)?;
    let about = file.metadata().map_err(missing)?;
    if !about.is_file() {
        return Err(refused("names a folder", "name the photo's file"));
    }
    let mut header = Vec::new();
    file.by_ref().take(64).read_to_end(&mut header).map_err(missing)?;
    if !matches!(imagesize::image_type(&header), Ok(ImageType::Jpeg | ImageType::Png | ImageType::Webp)) {
        return Err(refused(
            "is not a JPEG, PNG or WebP picture",
            "save it as JPEG, PNG or WebP; the ending alone does not make it one",
        ));
    }
    if !(SMALLEST_PHOTO..=LARGEST_PHOTO).contains(&about.len()) {
        let what = format!("is {} KB large; Property Finder takes 5 KB to 15 MB", about.len().div_ceil(1024));
        return Err((what, "save the photo in a size between these"));
    }
    Ok(())
}
