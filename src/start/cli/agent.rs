//! The options of `agent`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::connection::{ConnectionArgs, path};

/// The options of `agent`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AgentArgs {
    /// An action other than to be a device.
    #[command(subcommand)]
    pub action: Option<AgentAction>,

    /// The connection.
    #[command(flatten)]
    pub connection: ConnectionArgs,

    /// What carries out the jobs.
    #[command(flatten)]
    pub work: WorkArgs,

    /// What may run.
    #[command(flatten)]
    pub handlers: HandlerArgs,

    /// How the agent behaves.
    #[command(flatten)]
    pub conduct: ConductArgs,
}

/// What `agent` does beside being a device.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum AgentAction {
    /// Show what a job document would run, and why not
    Check {
        /// The job document; - for standard input
        #[arg(value_name = "DOCUMENT", value_parser = path())]
        document: PathBuf,

        /// What may run.
        #[command(flatten)]
        handlers: HandlerArgs,
    },
}

/// What carries out the jobs.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "What carries out the jobs")]
pub struct WorkArgs {
    /// Simulate the work, as this plan says [the default]
    ///
    /// Nothing is executed. An example: "succeed after 2s..10s in 4 steps; fail 10%; offline 5% for 30s". `help plans` explains
    /// plans.
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["exec", "handlers", "allow_path", "allow_commands", "as_root"])]
    pub plan: Option<String>,

    /// Number that simulated work depends on [default: random]
    ///
    /// With the same seed, a job of the same id goes the same way.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["exec", "handlers"])]
    pub seed: Option<u64>,

    /// Run this program for each job
    ///
    /// It finds the job document on standard input; its exit status is the outcome, and 199 rejects the job. Its arguments
    /// follow `--`.
    // clap waives what the options of handlers require if it is in conflict with another option.
    #[arg(
        long,
        value_name = "PROGRAM",
        conflicts_with_all = ["handlers", "allow_path", "allow_commands", "as_root"],
        value_parser = path(),
    )]
    pub exec: Option<PathBuf>,

    /// Arguments of the program of --exec
    // As above: a plan is in conflict with --exec, and would waive it.
    #[arg(
        last = true,
        value_name = "ARGUMENT",
        requires = "exec",
        conflicts_with_all = ["plan", "seed", "handlers"],
    )]
    pub arguments: Vec<String>,
}

/// What a job document may run.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Handlers")]
pub struct HandlerArgs {
    /// Run the handlers in this folder, as jobs name them
    ///
    /// Job documents are those of the AWS IoT Device Client and of the AWS managed templates.
    #[arg(long, value_name = "FOLDER", value_parser = path())]
    pub handlers: Option<PathBuf>,

    /// Let a job name another folder of handlers
    #[arg(long, requires = "handlers")]
    pub allow_path: bool,

    /// Let a job run commands: those listed, or any
    ///
    /// A command is allowed if its program is written as in the list: --allow-commands=uptime,/usr/bin/df
    #[arg(
        long,
        value_name = "LIST",
        requires = "handlers",
        num_args = 0..=1,
        require_equals = true,
        value_parser = NonEmptyStringValueParser::new(),
    )]
    pub allow_commands: Option<Option<String>>,

    /// Run handlers although the agent is root
    #[arg(long, requires = "handlers")]
    pub as_root: bool,
}

/// How the agent behaves.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Behaviour")]
pub struct ConductArgs {
    /// Only jobs whose id fits this pattern: * any text, ? one
    #[arg(long, value_name = "PATTERN")]
    pub only: Option<String>,

    /// What becomes of a job document of an unknown kind
    #[arg(long, value_name = "WHAT", default_value = "reject")]
    pub unknown: UnknownChoice,

    /// What becomes of a step that a restart interrupted
    #[arg(long, value_name = "WHAT", default_value = "rerun")]
    pub interrupted: InterruptedChoice,

    /// Minutes for each step, after which the job fails
    ///
    /// It is the step timer of the service, which each report renews. Without it no step timer runs.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(i64).range(1..=10_080))]
    pub step_timeout: Option<i64>,

    /// Seconds for work to end when it has to stop
    ///
    /// After SIGTERM or Ctrl-C the running job has so long to end by itself. Then, and when a job is cancelled, its processes
    /// get SIGTERM; those that are left so much later get SIGKILL.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub grace: u64,

    /// Folder for the journal [default: in ~/.local/state]
    #[arg(long, value_name = "FOLDER", value_parser = path())]
    pub state: Option<PathBuf>,

    /// How to print decisions
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: AgentForm,
}

/// What becomes of a job document of an unknown kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnknownChoice {
    /// The job is rejected.
    Reject,
    /// The job is left alone, for another program.
    Ignore,
}

/// What becomes of a step that a restart has interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InterruptedChoice {
    /// It runs once more.
    Rerun,
    /// The job fails.
    Fail,
}

/// How `agent` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AgentForm {
    /// A line for people.
    Text,
    /// A JSON object on each line.
    Jsonl,
}
