//! Where the repository is: the folder of `roster.yaml`, to which every path in it is relative.

use std::path::{Path, PathBuf};

/// The usual name of the configuration.
pub(crate) const CONFIG: &str = "roster.yaml";

/// The folder that a run works in, and the configuration in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigLocation {
    /// The folder of the configuration.
    pub root: PathBuf,
    /// The configuration's name in that folder.
    pub config: PathBuf,
}

impl ConfigLocation {
    /// The repository of a configuration that `--config` names.
    ///
    /// # Errors
    /// A sentence for people, when there is no such file.
    pub(crate) fn of(file: &Path) -> Result<Self, String> {
        let name = file.file_name().filter(|_| file.is_file());
        let name = name.ok_or_else(|| format!("--config {}: there is no such file", file.display()))?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { root: folder.to_path_buf(), config: PathBuf::from(name) })
    }

    /// The repository around a folder: the nearest folder with a `roster.yaml`, from here up to the top of the git
    /// repository; this folder itself, where there is none. Outside of a git repository nothing above is searched, since
    /// a file there is not part of what was reviewed.
    #[must_use]
    pub(crate) fn around(folder: &Path) -> Self {
        let has_config = |folder: &&Path| folder.join(CONFIG).is_file();
        let is_top = |folder: &Path| folder.join(".git").exists();
        let depth = folder.ancestors().position(is_top).unwrap_or(0);
        let found = folder.ancestors().take(depth + 1).find(has_config).filter(|found| *found != folder);
        let root = found.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        Self { root, config: PathBuf::from(CONFIG) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_search_ends_at_the_top_of_the_git_repository() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("above/git/office/agents/team")).unwrap();
        fs::write(at("above/roster.yaml"), "").unwrap();
        let root = |path: &str| ConfigLocation::around(&at(path)).root;
        assert_eq!(root("above/git/office"), Path::new("."), "outside of git only the folder itself counts");
        fs::create_dir(at("above/git/.git")).unwrap();
        assert_eq!(root("above/git/office"), Path::new("."), "above the top of the repository nothing counts");
        fs::write(at("above/git/roster.yaml"), "").unwrap();
        assert_eq!(root("above/git/office/agents/team"), at("above/git"));
        fs::write(at("above/git/office/roster.yaml"), "").unwrap();
        assert_eq!(root("above/git/office/agents/team"), at("above/git/office"), "the nearest one counts");
        assert_eq!(root("above/git/office"), Path::new("."));
    }

    #[test]
    fn a_named_configuration_brings_its_folder_along() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dubai.yaml");
        assert!(ConfigLocation::of(&file).is_err());
        fs::write(&file, "").unwrap();
        let found = ConfigLocation::of(&file).unwrap();
        assert_eq!((found.root.as_path(), found.config.as_path()), (folder.path(), Path::new("dubai.yaml")));
        assert!(ConfigLocation::of(folder.path()).is_err(), "a folder is no configuration");
    }
}
