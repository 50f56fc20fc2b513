//! `roster init`: from an empty folder to a repository that can be validated and planned.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::Repo;

/// With all keys in the environment, init imports.
const WITHOUT_KEYS: &[(&str, &str)] = &[("CRM_API_KEY", "")];

#[test]
fn an_empty_folder_becomes_a_repository_that_validates_and_plans() {
    let repo = Repo::empty();
    let init = repo.run_with(&["init", "--link-fields", "21,22,23,24", "--operations", "@acme/office"], WITHOUT_KEYS);
    init.exits(0).stderr_has("roster validate").stderr_has("roster plan --sandbox");
    repo.run(&["validate"]).exits(0).stderr_has("1 file, 0 problems");
    repo.run(&["plan", "--sandbox"]).exits(0).stdout_has("example-agent");
    repo.run(&["schema", "--check"]).exits(0);
    repo.run(&["fmt", "--check"]).exits(0);
    assert!(repo.read("roster.yaml").contains("\n  link_fields: {agent: \"21\""), "{}", repo.read("roster.yaml"));
    let owners = repo.read(".github/CODEOWNERS");
    assert!(owners.contains("/agents/ @acme/office\n") && owners.contains("* @your-brokerage/engineers\n"), "{owners}");
    assert_eq!(repo.read(".gitignore"), "/.roster/*\n!/.roster/accept/\n");
    let dependabot = repo.read(".github/dependabot.yml");
    assert!(dependabot.contains("github-actions") && !dependabot.contains("cargo"), "{dependabot}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = repo.path(".github/actions/roster/change.sh").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
    let again = repo.read("roster.yaml");
    repo.run(&["init"]).exits(64).stderr_has("there is a roster.yaml in this folder already");
    assert_eq!(repo.read("roster.yaml"), again);
}

/// A workflow or a script that is added to this repository is one of a new repository too, or is named here.
#[test]
fn the_workflows_are_those_of_this_repository() {
    let own = ["ci.yml", "release.yml", "advisories.yml", "group.yml", "zizmor.yml"];
    let repo = Repo::empty();
    repo.run_with(&["init"], WITHOUT_KEYS).exits(0);
    let names = |root: &Path| -> BTreeSet<String> {
        let files = walkdir::WalkDir::new(root.join(".github")).into_iter().map(Result::unwrap);
        let files = files.filter(|entry| entry.file_type().is_file());
        files.map(|entry| entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned()).collect()
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wanted = names(here);
    wanted.retain(|name| !own.iter().any(|own| name.ends_with(own)));
    assert_eq!(names(repo.folder()), wanted);
    for name in wanted.iter().filter(|name| name.contains("/workflows/") || name.contains("/actions/")) {
        assert_eq!(repo.read(name), std::fs::read_to_string(here.join(name)).unwrap(), "{name}");
    }
}

#[test]
fn what_is_there_stays() {
    let repo = Repo::empty();
    repo.write(".gitignore", "node_modules");
    repo.write(".github/CODEOWNERS", "* @mine\n");
    repo.write("agents/agent-1.yaml", "status: active\n");
    let init = repo.run_with(&["init"], WITHOUT_KEYS);
    init.exits(0).stderr_has("Left as they are: .github/CODEOWNERS");
    assert_eq!(repo.read(".github/CODEOWNERS"), "* @mine\n");
    assert_eq!(repo.read(".gitignore"), "node_modules\n/.roster/*\n!/.roster/accept/\n");
    assert!(!repo.path("agents/example-agent.yaml").exists());
    for (args, why) in [
        (["--link-fields", "1,2,3"], "four different numbers"),
        (["--link-fields", "1,2,3,3"], "four different numbers"),
        (["--link-fields", "0,1,2,3"], "four different numbers"),
        (["--engineers", "@acme/it/x"], "write a user as @user"),
        (["--engineers", "@acme/it @other"], "write a user as @user"),
    ] {
        repo.run(&["init", args[0], args[1]]).exits(64).stderr_has(why);
    }
}

/// What is in the way is reported, and after that is mended the same command goes on.
#[test]
fn a_run_that_could_not_write_everything_can_be_repeated() {
    let repo = Repo::empty();
    repo.write(".github", "");
    repo.run_with(&["init"], WITHOUT_KEYS).exits(1).stderr_has("writing .github/CODEOWNERS");
    repo.remove(".github");
    repo.run_with(&["init"], WITHOUT_KEYS).exits(0).stderr_has("Left as they are: .vscode/settings.json");
    repo.run(&["validate"]).exits(0);
    // The import fails, and the folder is a repository nevertheless.
    let repo = Repo::empty();
    repo.fault("crm GET /users #1+ 403");
    repo.run(&["init", "--no-workflows"]).exits(7).stderr_has("run `roster import` when that is mended");
    repo.sandbox.clear_faults();
    repo.run(&["import"]).exits(0);
}

#[test]
fn a_folder_inside_of_a_repository_gets_no_workflows() {
    let repo = Repo::empty();
    repo.git(&["init", "-q"]);
    repo.write("office/x", "");
    let mut command = repo.command(&["init"]);
    command.env_remove("CRM_API_KEY").current_dir(repo.path("office"));
    crate::support::Run::of(command).exits(0).stderr_has(".github is left out");
    assert!(repo.path("office/roster.yaml").exists() && !repo.path("office/.github").exists());
    repo.run(&["--config", "office/roster.yaml", "init"]).exits(64).stderr_has("init writes roster.yaml");
}

#[test]
fn acceptances_can_be_committed_whatever_gitignore_holds() {
    for before in ["/.roster/*\r\n", "!/.roster/accept/\n", "/.roster/*\n!/.roster/accept/\n", "x"] {
        let repo = Repo::empty();
        repo.git(&["init", "-q"]);
        repo.write(".gitignore", before);
        repo.run_with(&["init", "--no-workflows"], WITHOUT_KEYS).exits(0);
        repo.write(".roster/accept/a", "");
        repo.write(".roster/lock", "");
        assert_eq!(
            repo.git(&["ls-files", "-o", "--exclude-standard", ".roster"]).trim(),
            ".roster/accept/a",
            "{before:?}"
        );
        let text = repo.read(".gitignore");
        assert!(!before.contains('\r') || !text.replace("\r\n", "").contains('\n'), "{text:?}");
    }
    let repo = Repo::empty();
    repo.write(".gitignore", ".roster/\n");
    repo.run_with(&["init", "--no-workflows"], WITHOUT_KEYS).exits(0).stderr_has("remove that line");
}

#[cfg(unix)]
#[test]
fn no_file_is_written_through_a_link() {
    let (repo, elsewhere) = (Repo::empty(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), repo.path(".github")).unwrap();
    repo.run_with(&["init"], WITHOUT_KEYS).exits(1).stderr_has(".github is a link");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn with_keys_the_people_of_both_systems_are_imported() {
    let repo = Repo::applied(2);
    std::fs::remove_dir_all(repo.path("agents")).unwrap();
    std::fs::remove_file(repo.path("roster.yaml")).unwrap();
    let init = repo.run(&["init", "--no-workflows", "--link-fields", "11,12,13,14"]);
    init.exits(0).stderr_has("importing their people").stdout_has("agents/agent-1.yaml");
    assert!(!repo.path(".github").exists() && !repo.path("agents/example-agent.yaml").exists());
    repo.run(&["validate"]).exits(0).stderr_has("2 files, 0 problems");
}
