//! A job of a workflow: its steps run as scripts, with what the workflow gives them and no more.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_yaml::Value as Yaml;

use super::super::condition::Facts;
use super::HostedRepo;
use crate::support::Run;

/// A job of a workflow while it runs.
pub(in crate::workflows) struct Job<'a> {
    pub(super) hosted: &'a HostedRepo,
    pub(super) workflow: Yaml,
    pub(super) name: String,
    pub(in crate::workflows) checkout: PathBuf,
    pub(in crate::workflows) temp: PathBuf,
    pub(super) run: u32,
    pub(super) known: BTreeMap<String, String>,
}

impl Job<'_> {
    /// The value of an expression such as `inputs.digest`.
    pub(in crate::workflows) fn give(&mut self, expression: &str, value: &str) {
        self.known.insert(expression.to_owned(), value.to_owned());
    }

    /// The document of the event that started the run.
    pub(in crate::workflows) fn give_event(&self, event: &serde_json::Value) {
        fs::write(self.temp.join("event.json"), event.to_string()).unwrap();
    }

    /// Whether the job runs, by its own `if:` and the results of the jobs that it needs.
    pub(in crate::workflows) fn runs(&self) -> bool {
        let job = &self.workflow["jobs"][self.name.as_str()];
        let needs = match &job["needs"] {
            Yaml::String(one) => vec![one.as_str()],
            several => several.as_sequence().into_iter().flatten().map(|one| one.as_str().unwrap()).collect(),
        };
        let result = |need: &str| self.known.get(&format!("needs.{need}.result")).map_or("", String::as_str);
        let success = needs.iter().all(|need| result(need) == "success");
        let cancelled = self.known.contains_key("cancelled");
        Facts { known: &self.known, success, cancelled }.hold(job["if"].as_str().unwrap_or_default())
    }

    /// Whether a step runs, by its own `if:`, when all before it went well.
    pub(in crate::workflows) fn due(&self, id: &str) -> bool {
        let steps = self.workflow["jobs"][self.name.as_str()]["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["id"].as_str() == Some(id)).unwrap();
        let facts = Facts { known: &self.known, success: true, cancelled: false };
        facts.hold(step["if"].as_str().unwrap_or_default())
    }

    /// What a step left; nothing, if it did not run.
    pub(in crate::workflows) fn output(&self, step: &str, name: &str) -> String {
        self.known.get(&format!("steps.{step}.outputs.{name}")).cloned().unwrap_or_default()
    }

    /// Checks another branch out than main.
    pub(in crate::workflows) fn check_out(&self, branch: &str) {
        let checkout = self.checkout.to_str().unwrap();
        self.hosted.git(&["-C", checkout, "checkout", "-q", "--detach", &format!("origin/{branch}")]);
    }

    pub(in crate::workflows) fn summary(&self) -> String {
        fs::read_to_string(self.temp.join("summary")).unwrap_or_default()
    }

    /// The steps of plan.yml's job `compare` that are scripts, and the artifacts that it keeps. Gives the job's result.
    pub(super) fn compare(&mut self, run: u32) -> i32 {
        self.step("change").exits(0);
        let settings = self.step("settings");
        if settings.code != 0 {
            return settings.code;
        }
        self.step("plan").exits(0);
        self.step("notes").exits(0);
        if self.due("keep") {
            let name = self.artifact("keep");
            self.hosted.upload(run, &name, &["plan.json", "plan.md"].map(|file| self.temp.join(file)));
        }
        if self.due("page") {
            let name = self.evaluated("${{ env.NAME }}-plan-${{ env.PULL_REQUEST }}-${{ github.run_attempt }}.html");
            let page = self.hosted.upload(run, &name, &[self.temp.join(&name)]);
            let address = format!("https://github.example/brokerage/roster/actions/runs/{run}/artifacts/{page}");
            self.give("steps.page.outputs.artifact-url", &address);
        }
        if self.due("labels") {
            self.step("labels").exits(0);
        }
        self.step("pass").code
    }

    /// The name under which a step keeps files.
    fn artifact(&self, id: &str) -> String {
        let steps = self.workflow["jobs"][self.name.as_str()]["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["id"].as_str() == Some(id)).unwrap();
        self.evaluated(step["with"]["name"].as_str().unwrap())
    }

    /// Runs the script of a step, with no more in its environment than the workflow gives it.
    pub(in crate::workflows) fn step(&mut self, id: &str) -> Run {
        assert!(self.due(id), "GitHub would not run {id}");
        let job = self.workflow["jobs"][self.name.as_str()].clone();
        let steps = job["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["id"].as_str() == Some(id));
        let step = step.unwrap_or_else(|| panic!("{} has no step {id}", self.name));
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
        bash.current_dir(&self.checkout).env_clear().envs(self.hosted.surroundings());
        let urls = self.hosted.repo.sandbox.environment().into_iter().filter(|(name, _)| name.ends_with("_URL"));
        bash.envs(urls).env("RUNNER_TEMP", &self.temp);
        let (output, summary) = (self.temp.join("output"), self.temp.join("summary"));
        fs::write(&output, "").unwrap();
        bash.env("GITHUB_OUTPUT", &output).env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_ACTIONS", "true");
        bash.env("GITHUB_REPOSITORY", "brokerage/roster").env("GITHUB_SERVER_URL", "https://github.example");
        bash.env("GITHUB_RUN_ID", self.run.to_string()).env("GITHUB_REPOSITORY_OWNER", "brokerage");
        bash.env("GITHUB_RUN_ATTEMPT", self.evaluated("${{ github.run_attempt }}"));
        bash.env("GITHUB_EVENT_PATH", self.temp.join("event.json"));
        let started = if self.hosted.directory == "." { "apply" } else { "group" };
        let workflow = format!("brokerage/roster/.github/workflows/{started}.yml@refs/heads/main");
        bash.env("GITHUB_WORKFLOW_REF", workflow);
        for env in [self.workflow["env"].clone(), job["env"].clone(), step["env"].clone()] {
            for (name, value) in env.as_mapping().into_iter().flatten() {
                let (name, value) = (name.as_str().unwrap(), self.evaluated(value.as_str().unwrap()));
                bash.env(name, &value);
                self.known.insert(format!("env.{name}"), value);
            }
        }
        let ran = Run::of(bash);
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.known.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
        ran
    }

    /// A value with its expressions.
    fn evaluated(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (expression, after) = rest.split_once("}}").unwrap();
        let facts = Facts { known: &self.known, success: true, cancelled: false };
        format!("{before}{}{}", facts.value(expression), self.evaluated(after))
    }
}
