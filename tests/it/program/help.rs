//! What `--help` says, of the program and of each command.

use super::{settings, with_files};

#[track_caller]
fn help(args: &[&str], option: &str) -> String {
    let ran = with_files(&[]).run(&[args, &[option]].concat());
    ran.exits(0);
    ran.to_string()
}

/// The short help of a command: its own options.
#[track_caller]
fn help_of(command: &str) -> String {
    help(&[command], "-h")
}

#[test]
fn the_long_help_has_examples_and_the_options_that_apply() {
    let documents = ["validate", "plan", "drift", "apply", "import", "list", "doctor"];
    let verbose = ["plan", "drift", "apply", "show", "set", "import"];
    let text = help(&[], "-h");
    let commands = text.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let names: Vec<&str> = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty() && *name != "help").collect();
    assert!(names.len() >= 18, "{names:?}");
    for name in names {
        let long = help(&[name], "--help");
        assert_eq!(long.contains("--output <FORMAT=PATH>"), documents.contains(&name), "{name}: {long}");
        assert_eq!(long.contains("--verbose"), verbose.contains(&name), "{name}: {long}");
        assert!(long.contains("--config <FILE>"), "{name}: {long}");
        let has_examples = long.contains("Examples:") || long.contains("Filters, all of the CRM:");
        assert!(has_examples || ["schema", "sandbox"].contains(&name), "{name}: {long}");
    }
    assert!(help(&[], "--help").contains("Exit codes:"));
}

#[test]
fn an_option_without_an_effect_is_wrong_usage() {
    let repo = with_files(&[]);
    for (option, why) in
        [(["--output", "json=x.json"], "no document"), (["--max-bytes", "9000"], "no Markdown document")]
    {
        let why = format!("`roster fmt` writes {why}");
        repo.run(&[&["fmt"][..], &option].concat()).exits(64).stderr_has(&why);
    }
    assert!(!repo.path("x.json").exists());
}

#[test]
fn help_of_the_program() {
    settings().bind(|| {
        insta::assert_snapshot!(help(&[], "-h"), @"
        exit 0
        --- stdout
        Keep a brokerage's estate agents as YAML files in git, and make the CRM and Property Finder agree
        with them

        Usage: roster [OPTIONS] <COMMAND>

        Commands:
          init         Make a working repository here: roster.yaml, schemas, an agent, workflows for GitHub
          validate     Check every agent file and roster.yaml, without network
          plan         Show what must be written so that both systems hold the declared values
          drift        Show what was changed by hand in either system
          apply        Write the plan to both systems, and read back that they agree
          import       Write a file for everybody who exists in the CRM or at Property Finder and has none
          new          Write the file of a new agent: the required fields, and what you give
          set          Change fields of agent files in place: every other byte of a file stays
          fmt          Put agent files into one order of fields and one kind of quotes, with their comments
          link         Link an agent to existing rows by hand, or release a row
          list         List the CRM's users with their slugs and the ids of both systems
          explain      Explain an agent field by field: the line and its commit, both systems, and what is
                       sent
          doctor       Check the files, the keys and both systems, with what to do where a check fails
          show         Show a saved plan or a journal
          schema       Write the JSON Schemas of agent files, roster.yaml and plans
          sandbox      Serve both APIs on this machine, and print the environment that points roster at them
          completions  Print the completions for a shell
          man          Print the manual page, or write the pages of all commands
          help         Print this message or the help of the given subcommand(s)

        Options:
          -h, --help     Print help (see more with '--help')
          -V, --version  Print version
        ");
    });
}

#[test]
fn help_of_validate() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("validate"), @"
        exit 0
        --- stdout
        Check every agent file and roster.yaml, without network

        Usage: roster validate [OPTIONS]

        Options:
              --changed-since <REV>  Fail only for what changed since this git revision: older errors in
                                     untouched files are warnings
          -h, --help                 Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_plan() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("plan"), @"
        exit 0
        --- stdout
        Show what must be written so that both systems hold the declared values

        Usage: roster plan [OPTIONS]

        Options:
              --sandbox            Plan against the sandbox: both APIs inside this process, kept in
                                   .roster/sandbox.json
              --base <REV>         Compare with this git revision, to distinguish edits in git from edits
                                   made by hand
              --out <FILE>         Save the plan to this file, for roster apply FILE
              --reviewed <FILE>    Exit with 6 if the plan does anything that this saved plan does not show;
                                   repeatable, each may show a part
              --detailed-exitcode  Exit with 2 when there are differences
              --agent <GLOB>       Plan only for agents whose slug matches; repeatable
              --system <SYSTEM>    Plan for one system alone [possible values: crm, pf]
          -h, --help               Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_drift() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("drift"), @"
        exit 0
        --- stdout
        Show what was changed by hand in either system

        Usage: roster drift [OPTIONS]

        Options:
              --sandbox                    Compare with the sandbox: both APIs inside this process, kept in
                                           .roster/sandbox.json
              --base <REV>                 Compare both systems with the files as they were at this git
                                           revision [default: HEAD]
              --agent <GLOB>               Look only at agents whose slug matches; repeatable
              --system <SYSTEM>            Look at one system alone [possible values: crm, pf]
              --accept <AGENT[.FIELD]>...  Write the values of the systems into the files of these agents,
                                           or of one field; repeatable
              --interactive                Decide about each finding: accept it into the file, let the next
                                           apply set the system back, or skip it
              --undeclared[=<FILE>]        Also report which values without a declaration changed since the
                                           last look at them, and record this look, in
                                           .roster/undeclared.json or in a FILE of the repository. It holds
                                           keyed hashes, no values
          -h, --help                       Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_apply() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("apply"), @"
        exit 0
        --- stdout
        Write the plan to both systems, and read back that they agree

        Usage: roster apply [OPTIONS] [PLAN]

        Arguments:
          [PLAN]  A plan that plan --out saved: write exactly this, or nothing if anything changed since

        Options:
              --sandbox          Write to the sandbox: both APIs inside this process, kept in
                                 .roster/sandbox.json
              --base <REV>       Compare with this git revision, to distinguish edits in git from edits made
                                 by hand
              --yes              Write without asking
              --accept <DIGEST>  Approve one blocked plan by the digest that it printed; repeatable
              --agent <GLOB>     Write only agents whose slug matches; repeatable
              --journal <FILE>   Keep the journal in this new file instead of in .roster/journal, where the
                                 next apply finds the writes that it left open
          -h, --help             Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_init() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("init"), @"
        exit 0
        --- stdout
        Make a working repository here: roster.yaml, schemas, an agent, workflows for GitHub

        Usage: roster init [OPTIONS]

        Options:
              --link-fields <A,B,C,D>  The numbers of the CRM's four custom fields: slug, Property Finder
                                       user, public profile, memory
              --engineers <OWNER>      GitHub team or user that approves changes of settings and workflows
              --operations <OWNER>     Team or user that approves changes of agents
              --managers <OWNER>       Team or user that approves a plan that a guard stopped
              --no-workflows           Leave out `.github`
          -h, --help                   Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_new() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("new"), @"
        exit 0
        --- stdout
        Write the file of a new agent: the required fields, and what you give

        Usage: roster new [OPTIONS] <SLUG> [PATH=VALUE]...

        Arguments:
          <SLUG>           The name of the file without its ending: lower-case letters, digits and hyphens
          [PATH=VALUE]...  Fields and their values, such as public.phone=+971501234567

        Options:
              --from <SLUG>  Copy what colleagues share from this agent: role, position, theme,
                             notifications, language of the CRM
          -h, --help         Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_fmt() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("fmt"), @"
        exit 0
        --- stdout
        Put agent files into one order of fields and one kind of quotes, with their comments

        Usage: roster fmt [OPTIONS] [GLOB]...

        Arguments:
          [GLOB]...  The agents: slugs, or patterns such as 'team-*' [default: all]

        Options:
              --check  Write nothing; exit with 2 if a file would change
          -h, --help   Print help (see more with '--help')
        ");
    });
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let repo = with_files(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = repo.run(&["completions", shell]);
        script.exits(0).stdout_has("validate").stdout_has("completions");
    }
    let bash = repo.run(&["completions", "bash"]).exits(0).stdout.clone();
    let options = |command: &str| {
        let case = bash.split_once(&format!("roster__subcmd__{command})\n            opts=\"")).unwrap().1;
        case.split_once('"').unwrap().0.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    // An option that has no effect is not offered, nor a command that is for the workflows.
    assert!(
        options("plan").contains(&"--max-bytes".to_owned()) && !options("list").contains(&"--max-bytes".to_owned())
    );
    assert!(options("plan").contains(&"--output".to_owned()) && !options("set").contains(&"--output".to_owned()));
    assert!(!bash.contains("github"));
    repo.run(&["man"]).exits(0).stdout_has("roster\\-validate(1)");
    repo.run(&["man", "--to", "pages"]).exits(0);
    let page = repo.read("pages/roster-apply.1");
    assert!(page.contains("Write the plan to both systems") && page.contains(".SH NOTES\n.nf\nExamples:\n"), "{page}");
    for page in [&page, &repo.run(&["man"]).stdout] {
        assert!(page.contains("\\fB\\-C\\fR \\fI<DIR>\\fR\nWork in this folder"), "every option is described: {page}");
    }
    repo.run(&["completions", "cmd"]).exits(64).stderr_has("bash");
}

/// A build for development names no commit, since it is not made again after each.
#[test]
fn the_version_names_its_build() {
    let repo = with_files(&[]);
    repo.run(&["-V"]).exits(0).stdout_has(&format!("roster {}\n", env!("CARGO_PKG_VERSION")));
    let long = repo.run(&["--version"]).exits(0).stdout.clone();
    assert!(long.starts_with(&format!("roster {} (", env!("CARGO_PKG_VERSION"))), "{long}");
}

#[test]
fn help_of_explain() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("explain"), @"
        exit 0
        --- stdout
        Explain an agent field by field: the line and its commit, both systems, and what is sent

        Usage: roster explain [OPTIONS] <AGENT>

        Arguments:
          <AGENT>  The agent: a slug, or a pattern such as 'team-*'

        Options:
              --base <REV>  Compare with this git revision, to distinguish changes of the file from drift
              --sandbox     Read the sandbox: both APIs inside this process, kept in .roster/sandbox.json
          -h, --help        Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_doctor() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("doctor"), @"
        exit 0
        --- stdout
        Check the files, the keys and both systems, with what to do where a check fails

        Usage: roster doctor [OPTIONS]

        Options:
              --sandbox  Check the sandbox: both APIs inside this process, kept in .roster/sandbox.json
              --probe    Show instead which assumptions of docs/vendor-apis.md hold for the account, and
                         write .roster/behaviour.json, from which the sandbox behaves so
          -h, --help     Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_set() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("set"), @"
        exit 0
        --- stdout
        Change fields of agent files in place: every other byte of a file stays

        Usage: roster set [OPTIONS] <GLOB> <PATH=VALUE>...

        Arguments:
          <GLOB>           The agents: a slug, or a pattern such as 'team-*'
          <PATH=VALUE>...  The field and its new value, such as status=inactive or
                           public.position.en='Senior Broker'; nothing behind = clears the field in both
                           systems

        Options:
              --plan     Then show the plan of these agents
              --sandbox  Plan against the sandbox: both APIs inside this process, kept in
                         .roster/sandbox.json
          -h, --help     Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_import() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("import"), @"
        exit 0
        --- stdout
        Write a file for everybody who exists in the CRM or at Property Finder and has none

        Usage: roster import [OPTIONS]

        Options:
              --sandbox          Read the sandbox: both APIs inside this process, kept in
                                 .roster/sandbox.json
              --verify           Plan afterwards; exit with 2 if somebody was not imported, or if more is to
                                 do than to store ids and to adopt accounts as they are
              --fields <WHICH>   Declare the required fields alone, or all that the systems return; an
                                 absent field stays under control of the systems [default: required]
                                 [possible values: required, all]
              --private          Declare the optional private fields too
              --to <DIR>         Write the files to this folder instead of the folder of agent files
              --system <SYSTEM>  Import only people who have a row in this system [possible values: crm, pf]
              --role <ROLE>      Import only people who have this role in the CRM
          -h, --help             Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_link() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("link"), @"
        exit 0
        --- stdout
        Link an agent to existing rows by hand, or release a row

        Usage: roster link [OPTIONS] <--crm <ID>|--pf-user <ID>|--pf-profile <ID>|--no-pf|--release|--migrate> [AGENT]

        Arguments:
          [AGENT]  The agent's slug: the name of the file without .yaml

        Options:
              --crm <ID>         The CRM's id of the row that is written [default: the row that carries the
                                 slug]
              --pf-user <ID>     Store the ids of this Property Finder user and of its public profile
              --pf-profile <ID>  Store the ids of the Property Finder user with this public profile
              --no-pf            Store no Property Finder ids
              --release          Empty all link fields of the row
              --migrate          Move all links to where `links` in roster.yaml keeps them: from the CRM's
                                 custom fields to roster.lock, or back
              --yes              Write without asking
              --sandbox          Write to the sandbox: both APIs inside this process, kept in
                                 .roster/sandbox.json
          -h, --help             Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_list() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("list"), @"
        exit 0
        --- stdout
        List the CRM's users with their slugs and the ids of both systems

        Usage: roster list [OPTIONS]

        Options:
              --filter <NAME=VALUE>  List only users whom this filter of the CRM lets through; repeatable,
                                     all of them must hold
              --sort <FIELD>         Let the CRM sort the users, by last name (`last_name`), mobile or role
              --desc                 Sort from the end
              --unmanaged            List only users whom no agent is linked to
              --sandbox              Read the sandbox: both APIs inside this process, kept in
                                     .roster/sandbox.json
          -h, --help                 Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_show() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("show"), @"
        exit 0
        --- stdout
        Show a saved plan or a journal

        Usage: roster show [OPTIONS] <FILE>

        Arguments:
          <FILE>  The file that plan --out or apply wrote

        Options:
          -h, --help  Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_schema() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("schema"), @"
        exit 0
        --- stdout
        Write the JSON Schemas of agent files, roster.yaml and plans

        Usage: roster schema [OPTIONS]

        Options:
              --check  Write nothing; exit 2 if a committed schema is stale
          -h, --help   Print help (see more with '--help')
        ");
    });
}

#[test]
fn help_of_sandbox() {
    settings().bind(|| {
        insta::assert_snapshot!(help_of("sandbox"), @"
        exit 0
        --- stdout
        Serve both APIs on this machine, and print the environment that points roster at them

        Usage: roster sandbox [OPTIONS]

        Options:
              --port <N>             Listen on this port of 127.0.0.1; 0 is any that is free [default: 0]
              --state <FILE>         Keep what both systems hold in this file; without it they start empty,
                                     and it is lost at the end
              --behaviour <FILE>     Read switches from this file, such as the one that roster doctor
                                     --probe writes; --behave goes before it
              --behave <NAME=VALUE>  Change how the systems behave by one switch, such as `crm_put=replace`;
                                     repeatable
              --fault <SPEC>         Let one request go wrong, such as 'pf POST /v1/users #2 drop-after';
                                     repeatable
          -h, --help                 Print help (see more with '--help')
        ");
    });
}
