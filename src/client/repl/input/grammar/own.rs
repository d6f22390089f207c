//! The sandbox's own commands, which are not requests to the service.

use std::convert::Infallible;
use std::str::FromStr;

use clap::{Args, Subcommand};

/// A command of the sandbox's own as it was typed.
#[derive(Debug, Subcommand)]
pub enum OwnTyped {
    /// let a simulated device work on its jobs
    ///
    /// `agent on` lets a simulated device work on the jobs of this thing, as a plan says; `help plans` explains plans. `agent
    /// step` shows each of its moves with the reason, and waits for Enter at the empty prompt; `agent on` continues without
    /// waiting. `agent status` shows what it knows and does. `agent off` stops it.
    #[command(
        after_help = "agent on succeed after 2s..10s in 4 steps; fail 10%\nagent on --seed 7 offline 50% for 30s"
    )]
    Agent(AgentArgs),

    /// wait for a time, an event or a status
    #[command(after_help = "wait event NextJobExecutionChanged --timeout 60\nwait Job1 SUCCEEDED")]
    Wait(WaitArgs),

    /// re-run a read-only command, show changes
    #[command(after_help = "watch --count 2 pending\nwatch --every 1 --count 3 describe-job Job1")]
    Watch(WatchArgs),

    /// hide, show or replay events
    ///
    /// `events off` hides events, `events on` shows them. `events only next` shows only NextJobExecutionChanged, `events only
    /// changed` only JobExecutionsChanged, and `events only Job1` only those about Job1. `events last 5` replays the last five,
    /// including hidden ones. `events` alone prints which events are shown.
    #[command(after_help = "events only next\nevents last 5")]
    Events(EventsArgs),

    /// show every message sent and received
    #[command(after_help = "wire on\nwire off")]
    Wire(SwitchArgs),

    /// show or hide the lines starting with #
    #[command(after_help = "notes on\nnotes off")]
    Notes(SwitchArgs),

    /// show or change the form of output
    #[command(after_help = "output pretty\noutput text")]
    Output(OutputArgs),

    /// show the AWS CLI or mosquitto equivalent
    #[command(
        after_help = "explain create-job Job1 {\"Todo\":\"Reboot\"}\nexplain update Job1 SUCCEEDED"
    )]
    Explain(ExplainArgs),

    /// learn the life of a job, step by step
    #[command(after_help = "tutorial\ntutorial off")]
    Tutorial(TutorialArgs),

    /// check connection and permissions
    #[command(visible_alias = "check", after_help = "doctor\ncheck")]
    Doctor,

    /// show this list, a command or a page
    #[command(visible_alias = "?", after_help = "help\nhelp update-job-execution")]
    Help(HelpArgs),

    /// leave the sandbox
    #[command(visible_alias = "exit", after_help = "quit\nexit")]
    Quit,
}

#[derive(Debug, Args)]
pub struct AgentArgs {
    /// work, work step by step, show its state, or stop
    #[arg(value_name = "on | step | status | off", value_parser = ["on", "step", "status", "off"])]
    pub what: Option<String>,
    /// how the work goes (default: succeed after 3s in 3 steps)
    #[arg(value_name = "plan", num_args = 1..)]
    pub plan: Vec<String>,
    /// the same seed draws the same (default: a new one)
    #[arg(long, value_name = "number")]
    pub seed: Option<u64>,
}

#[derive(Debug, Args)]
pub struct WaitArgs {
    /// a duration such as 2s or 500ms, the word event, or a job id
    #[arg(value_name = "TIME | event | jobId")]
    pub what: String,
    /// after `event` its name; after a job id its status
    #[arg(value_name = "NAME | STATUS")]
    pub which: Option<String>,
    /// seconds to wait at most (default: as for a reply)
    #[arg(long, value_name = "seconds", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
}

#[derive(Debug, Args)]
pub struct WatchArgs {
    /// interval in seconds (default: 2)
    #[arg(long, value_name = "seconds", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: Option<u64>,
    /// number of runs; required in a script
    #[arg(long, value_name = "times", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// the command with its arguments; a number after it is --every
    #[arg(
        value_name = "command",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<String>,
}

#[derive(Debug, Args)]
pub struct EventsArgs {
    /// show all events, none or some, or replay the last ones
    #[arg(value_name = "on | off | only | last", value_parser = ["on", "off", "only", "last"])]
    pub what: Option<String>,
    /// only: a kind of event, or a job id; last: how many (10)
    #[arg(value_name = "changed | next | jobId | count")]
    pub which: Option<String>,
}

#[derive(Debug, Args)]
pub struct SwitchArgs {
    /// on or off; without it, print the current state
    #[arg(value_name = "on | off", value_parser = ["on", "off"])]
    pub what: Option<String>,
}

impl SwitchArgs {
    /// The new state, if it is to change.
    pub fn is_on(&self) -> Option<bool> {
        self.what.as_deref().map(|what| what == "on")
    }
}

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// the form, as with --output; without it, print the form
    #[arg(value_name = "text | pretty | json | jsonl | raw", value_parser = ["text", "pretty", "json", "jsonl", "raw"])]
    pub what: Option<String>,
}

#[derive(Debug, Args)]
pub struct TutorialArgs {
    /// leave the tutorial; without it, start it or repeat its step
    #[arg(value_name = "off", value_parser = ["off", "stop"])]
    pub what: Option<String>,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// the command, with its arguments
    #[arg(
        value_name = "command",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<String>,
}

#[derive(Debug, Args)]
pub struct HelpArgs {
    /// a command, a page, `operator`, or a program subcommand
    #[arg(value_name = "command")]
    pub topic: Option<TopicName>,
}

/// The name of a command or of a page of `help`, not yet resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicName(pub String);

impl FromStr for TopicName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Subcommands that only the program has, or that it shares with the session; `help` has a text for each.
pub const PROGRAM_COMMANDS: [&str; 9] = [
    "agent",
    "fleet",
    "exam",
    "serve",
    "completions",
    "man",
    "doctor",
    "policy",
    "profile",
];

/// The topic of `help` on all commands of the operator.
pub const OPERATOR: &str = "operator";
