//! Where the files of a report are: the commit, the folder, and the address of the repository's pages.

use std::env;

use super::Context;
use crate::declare::git;
use crate::report::ReportOrigin;

/// Where the files are. Outside of a repository nothing is known. On GitHub its variables contain the address of the pages.
pub(super) fn origin(context: &Context) -> ReportOrigin {
    let Ok(place) = git::Repository::open(&context.root).and_then(|repository| repository.place()) else {
        return ReportOrigin::default();
    };
    let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let web = given("GITHUB_SERVER_URL").zip(given("GITHUB_REPOSITORY"));
    let web = web.filter(|(server, _)| server.starts_with("https://"));
    ReportOrigin {
        commit: place.commit,
        folder: place.folder,
        web: web.map(|(server, name)| format!("{server}/{name}")),
    }
}
