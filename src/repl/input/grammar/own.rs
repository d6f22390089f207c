//! The arguments of the sandbox's own commands, which send nothing of their own.

use clap::Args;

/// Arguments of `wait`.
#[derive(Debug, Args)]
pub struct WaitArgs {
    /// a time such as 2s or 500ms, the word event, or the id of a job
    #[arg(value_name = "TIME | event | jobId")]
    pub what: String,
    /// after `event` its name, if only that one will do; after a job id the status
    #[arg(value_name = "NAME | STATUS")]
    pub which: Option<String>,
    /// how long to wait at most; as long as for a reply if left out
    #[arg(long, value_name = "seconds", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// seconds from one time to the next, 2 if left out
    #[arg(long, value_name = "seconds", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: Option<u64>,
    /// end after so many times; needed in a script, where nobody can press Ctrl-C
    #[arg(long, value_name = "times", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// the command, with its arguments; a number behind it stands for --every
    #[arg(
        value_name = "command",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub words: Vec<String>,
}

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct EventsArgs {
    /// on and off: whether events are shown; only: show some; last: show those that came last, shown or not
    #[arg(value_name = "on | off | only | last", value_parser = ["on", "off", "only", "last"])]
    pub what: String,
    /// only: changed or next for events of that name, or a job id for those that tell of that job; last: how many, or 10
    #[arg(value_name = "changed | next | jobId | count")]
    pub which: Option<String>,
}

/// On or off.
#[derive(Debug, Args)]
pub struct SwitchArgs {
    /// on or off
    #[arg(value_name = "on | off", value_parser = ["on", "off"])]
    pub what: String,
}

/// Arguments of `tutorial`.
#[derive(Debug, Args)]
pub struct TutorialArgs {
    /// leave the tutorial; without it the tutorial begins, or shows its step again
    #[arg(value_name = "off", value_parser = ["off", "stop"])]
    pub what: Option<String>,
}

/// Arguments of `explain`.
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

/// Arguments of `help`.
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// the command or the page
    #[arg(value_name = "command")]
    pub command: Option<String>,
}
