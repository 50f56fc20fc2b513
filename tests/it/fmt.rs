//! `roster fmt`: one order and one kind of quotes, and nothing else changes.

use crate::support::Repo;

#[test]
fn files_are_formatted_in_place_and_check_writes_nothing() {
    let repo = Repo::of(2);
    repo.run(&["fmt"]).exits(0).stderr_has("of 2");
    repo.run(&["fmt", "--check"]).exits(0).stderr_has("0 files would change, of 2");
    let formatted = repo.read("agents/agent-1.yaml");
    let moved = format!("{}status: 'active' # since May\n", formatted.replace("status: active\n", ""));
    repo.write("agents/agent-1.yaml", &moved);
    let check = repo.run(&["fmt", "--check"]);
    check.exits(2).stderr_has("1 file would change, of 2");
    assert_eq!(check.stdout, "agents/agent-1.yaml\n");
    assert_eq!(repo.read("agents/agent-1.yaml"), moved);
    repo.run(&["fmt", "agent-2"]).exits(0).stderr_has("0 files changed, of 1");
    repo.run(&["fmt"]).exits(0).stderr_has("1 file changed, of 2");
    assert_eq!(repo.read("agents/agent-1.yaml"), formatted.replace("status: active\n", "status: active # since May\n"));
    repo.run(&["plan", "--detailed-exitcode"]).exits(2);
}

#[test]
fn a_file_that_is_no_yaml_changes_no_file() {
    let repo = Repo::of(2);
    let moved = format!("{}role: 'agent'\n", repo.read("agents/agent-1.yaml").replace("role: agent\n", ""));
    repo.write("agents/agent-1.yaml", &moved);
    repo.write("agents/agent-2.yaml", "public: {first_name: [\n");
    repo.run(&["fmt"]).exits(4).stderr_has("agent-2.yaml").stderr_has("nothing was written");
    assert_eq!(repo.read("agents/agent-1.yaml"), moved);
    repo.run(&["fmt", "agnet-1"]).exits(64).stderr_has("did you mean agent-1?");
}

/// Files that the schema refuses can be formatted too.
#[test]
fn an_invalid_agent_is_formatted() {
    let repo = Repo::of(1);
    let text = repo.read("agents/agent-1.yaml");
    repo.write("agents/agent-1.yaml", &format!("nickname: 'S'\n{text}"));
    repo.run(&["fmt"]).exits(0);
    assert!(repo.read("agents/agent-1.yaml").ends_with("nickname: S\n"));
}
