//! What each decision is asked about.

use std::path::PathBuf;

use crate::commands::github::decide::Basis;

#[derive(Debug, clap::Args)]
pub(super) struct SettingsArgs {
    #[arg(long)]
    pub(super) name: String,
    /// The end of an environment's name, behind that of `--name`; repeatable
    #[arg(long = "environment", default_values = ["plan", "apply"])]
    pub(super) environments: Vec<String>,
    #[arg(long)]
    pub(super) branch: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct AppliedArgs {
    #[arg(long)]
    pub(super) name: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReviewedArgs {
    #[arg(long)]
    pub(super) name: String,
    /// The folder of the brokerage's roster.yaml
    #[arg(long)]
    pub(super) folder: String,
    #[arg(long)]
    pub(super) branch: String,
    #[arg(long)]
    pub(super) web: String,
    #[arg(long, value_parser = basis())]
    pub(super) by: Basis,
    pub(super) commits: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ProceedArgs {
    #[arg(long)]
    pub(super) name: String,
    #[arg(long)]
    pub(super) code: u8,
    #[arg(long)]
    pub(super) plan: PathBuf,
    #[arg(long)]
    pub(super) reviewed: usize,
    /// The paths of the acceptances that were merged since the last applied commit
    pub(super) accepted: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    #[arg(long)]
    pub(super) code: u8,
    #[arg(long)]
    pub(super) plan: PathBuf,
    /// The paths that the pull request changes
    pub(super) changed: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct LabelsArgs {
    #[arg(long)]
    pub(super) plan: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct AlsoChangedArgs {
    /// The folder of the brokerage's roster.yaml
    #[arg(long)]
    pub(super) folder: String,
    #[arg(long)]
    pub(super) branch: String,
    /// The pull request that is planned
    #[arg(long)]
    pub(super) number: u64,
    /// The paths that it changes
    pub(super) changed: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct PlanAgainArgs {
    /// The folder of the brokerage's roster.yaml
    #[arg(long)]
    pub(super) folder: String,
    #[arg(long)]
    pub(super) branch: String,
    /// The result of the apply
    #[arg(long)]
    pub(super) document: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct VerdictArgs {
    #[arg(long)]
    pub(super) name: String,
    /// Result of a job before the apply, as RESULT:ATTEMPT; repeatable
    #[arg(long = "job")]
    pub(super) jobs: Vec<String>,
    /// Result of the apply, as RESULT:ATTEMPT
    #[arg(long)]
    pub(super) apply: String,
    #[arg(long)]
    pub(super) go: String,
    #[arg(long)]
    pub(super) newer: bool,
    /// The planned commit; empty where there is no plan
    #[arg(long)]
    pub(super) commit: String,
    /// The deployment of the applied commit that the plan began with
    #[arg(long)]
    pub(super) last: String,
    /// The result of the apply
    #[arg(long)]
    pub(super) document: PathBuf,
}

fn basis() -> impl clap::builder::TypedValueParser<Value = Basis> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(["approval", "merge"])
        .map(|word| if word == "merge" { Basis::Merge } else { Basis::Approval })
}
