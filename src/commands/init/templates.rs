//! The files of a new repository. The workflows are those of roster's own repository.

/// A file that is copied as it is.
pub(super) struct Template {
    /// From the repository's root.
    pub(super) path: &'static str,
    pub(super) text: &'static str,
}

macro_rules! templates {
    ($($path:literal),+ $(,)?) => {
        [$(Template { path: $path, text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)) }),+]
    };
}

/// The workflows of one brokerage, with their action. Roster's own checks and releases are not among them.
pub(super) const WORKFLOWS: [Template; 23] = templates![
    ".github/workflows/check.yml",
    ".github/workflows/plan.yml",
    ".github/workflows/apply.yml",
    ".github/workflows/drift.yml",
    ".github/workflows/request.yml",
    ".github/ISSUE_TEMPLATE/change-agent.yml",
    ".github/ISSUE_TEMPLATE/new-agent.yml",
    ".github/pull_request_template.md",
    ".github/actions/roster/action.yml",
    ".github/actions/roster/again.sh",
    ".github/actions/roster/ask.sh",
    ".github/actions/roster/change.sh",
    ".github/actions/roster/decide.sh",
    ".github/actions/roster/folder.sh",
    ".github/actions/roster/issue.sh",
    ".github/actions/roster/links.sh",
    ".github/actions/roster/notes.sh",
    ".github/actions/roster/open-pulls.graphql",
    ".github/actions/roster/pass.sh",
    ".github/actions/roster/program.sh",
    ".github/actions/roster/request.sh",
    ".github/actions/roster/reviewed.sh",
    ".github/actions/roster/verdict.sh",
];

/// The lines of `.gitignore`.
pub(super) const IGNORED: &str = "/.roster/*\n!/.roster/accept/\n";

/// For the YAML language server of Visual Studio Code.
pub(super) const EDITOR_SETTINGS: &str = r#"{
  "yaml.schemas": {
    "./schema/agent.schema.json": "/agents/**/*.yaml",
    "./schema/roster.schema.json": "/roster.yaml"
  }
}
"#;

pub(super) const EXAMPLE_AGENT: &str = r#"# yaml-language-server: $schema=../schema/agent.schema.json
# An example. Before the first apply, change it into a person of yours and rename the file, or remove it.
status: active
role: agent
public:
  first_name: Sara
  last_name: Khan
  email: sara.khan@brokerage.example
  phone: "+971501234567"
  position: Property Consultant
private:
  email: sara@brokerage.example
  mobile: "+971509876543"
"#;

/// `roster.yaml`, with the numbers of the CRM's four custom fields where they are known.
pub(super) fn config(link_fields: Option<[u64; 4]>) -> String {
    let (comment, [agent, pf_user, pf_profile, memory]) = match link_fields {
        Some(fields) => ("", fields),
        None => ("# ", [11, 12, 13, 14]),
    };
    format!(
        r#"# yaml-language-server: $schema=schema/roster.schema.json
# Omitted settings have defaults. Hosts and keys come from the environment alone.

# Four custom fields of the CRM store the slug, the ids of both systems, and the memory. Their numbers belong to the account.
# Without them roster creates nobody. Where the CRM does not return custom fields, write `links: file` instead.
{comment}crm:
{comment}  link_fields: {{agent: "{agent}", pf_user: "{pf_user}", pf_profile: "{pf_profile}", memory: "{memory}"}}

property_finder:
  # The languages of positions and descriptions.
  languages: {{primary: en, secondary: ar}}
  # The kind of the agents' licence, such as brn, the broker registration number of Dubai.
  # licence: brn
  # The last day of the API key: roster warns 30, 7 and 1 days before.
  # key_expires: 2027-05-01

# Where one run writes more than this, it stops and asks a person.
# limits: {{create: {{count: 5}}, deactivate: {{count: 2}}}}
"#
    )
}

/// The approvers of each kind of change: teams or users of GitHub.
pub(super) struct Owners {
    pub(super) engineers: Option<String>,
    pub(super) operations: Option<String>,
    pub(super) managers: Option<String>,
}

impl Owners {
    pub(super) const fn are_known(&self) -> bool {
        self.engineers.is_some() && self.operations.is_some() && self.managers.is_some()
    }
}

/// `CODEOWNERS`. A name that is not known yet stays a placeholder, with which the check of pull requests fails.
pub(super) fn code_owners(owners: &Owners) -> String {
    let name = |owner: &Option<String>, role: &str| owner.clone().unwrap_or_else(|| format!("@your-brokerage/{role}"));
    let engineers = name(&owners.engineers, "engineers");
    let operations = name(&owners.operations, "operations");
    let managers = name(&owners.managers, "managers");
    format!(
        "# Required approvers. The last line that fits counts. The check `check` fails as long as an owner begins with\n\
         # @your-brokerage.\n\n\
         # The workflows, the schemas and roster.yaml decide what is done with the keys.\n\
         * {engineers}\n\n\
         # The office knows its agents.\n\
         /agents/ {operations}\n\n\
         # Letting a plan through that a guard stopped.\n\
         /.roster/accept/ {managers}\n"
    )
}

/// The part of `dependabot.yml` that renews the actions of the workflows.
pub(super) fn dependabot() -> String {
    let own = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/.github/dependabot.yml"));
    own.split("  - package-ecosystem: cargo").next().unwrap_or(own).to_owned()
}
