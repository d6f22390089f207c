//! What can be typed, derived with clap: the one table that parsing, help, completion and hints are made from. Pure.

mod control;
mod document;
mod own;
mod table;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::protocol::{JobExecutionStatus, JobId, JobRef, StatusDetails, ThingName};
pub use crate::repl::input::grammar::control::{ControlTyped, CreateArgs, PageFlags};
pub use crate::repl::input::grammar::document::{document_span, with_document};
pub use crate::repl::input::grammar::own::{
    EventsArgs, ExplainArgs, HelpArgs, SwitchArgs, TutorialArgs, WaitArgs, WatchArgs,
};
pub use crate::repl::input::grammar::table::{declared, entry, is_own, read, table};
use crate::repl::input::words::{self, Unfinished, Word};

/// The statuses that help and completion offer. All eight words are sent if typed, so that the service's refusal can be seen.
/// `CANCELED` is among them because the AWS samples list it; the service refuses it from a device.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-updatejobexecution>
pub const OFFERED_STATUSES: [JobExecutionStatus; 5] = [
    JobExecutionStatus::Succeeded,
    JobExecutionStatus::InProgress,
    JobExecutionStatus::Failed,
    JobExecutionStatus::Rejected,
    JobExecutionStatus::Canceled,
];

/// One line at the prompt.
#[derive(Debug, Parser)]
#[command(
    multicall = true,
    disable_help_subcommand = true,
    disable_help_flag = true,
    infer_long_args = false
)]
pub struct Line {
    /// The command.
    #[command(subcommand)]
    pub typed: Typed,
}

/// A command as it was typed, aliases resolved.
#[derive(Debug, Subcommand)]
pub enum Typed {
    /// list the jobs that wait for this thing or run on it
    #[command(
        visible_alias = "pending",
        after_help = "get-pending-job-executions\npending"
    )]
    GetPendingJobExecutions,

    /// start the next pending job, or show the one in progress
    #[command(
        visible_alias = "next",
        after_help = "start-next-pending-job-execution\nnext --detail step=download --step-timeout 5"
    )]
    StartNextPendingJobExecution(StartNextArgs),

    /// show one job execution with its document
    #[command(
        visible_alias = "describe",
        after_help = "describe-job-execution Job1\ndescribe $next --no-document"
    )]
    DescribeJobExecution(DescribeArgs),

    /// report the status of a job execution
    #[command(
        visible_alias = "update",
        after_help = "update-job-execution Job1 SUCCEEDED\n\
            update Job1 in_progress --detail progress=40% --expected-version 2"
    )]
    UpdateJobExecution(UpdateArgs),

    /// report that a job succeeded
    #[command(after_help = "done Job1\ndone Job1 --detail duration=12s")]
    Done(FinishArgs),

    /// report that a job failed
    #[command(after_help = "fail Job1\nfail Job1 --detail reason='disk full'")]
    Fail(FinishArgs),

    /// The control plane.
    #[command(flatten)]
    Control(ControlTyped),

    /// wait for a time, an event or a status; for scripts
    #[command(after_help = "wait event NextJobExecutionChanged --timeout 60\nwait Job1 SUCCEEDED")]
    Wait(WaitArgs),

    /// run a command that changes nothing again and again, and show its answer whenever it is another one
    #[command(after_help = "watch --count 2 pending\nwatch --every 1 --count 3 describe-job Job1")]
    Watch(WatchArgs),

    /// hide events, show all or some of them, or show the last ones
    #[command(after_help = "events only next\nevents last 5")]
    Events(EventsArgs),

    /// show every message that is sent and received, with its topic and its time
    #[command(after_help = "wire on\nwire off")]
    Wire(SwitchArgs),

    /// show remarks below what the service sends: readable times, lists as tables, what an event has changed
    #[command(after_help = "notes on\nnotes off")]
    Notes(SwitchArgs),

    /// show the equivalent of a command for the AWS CLI or mosquitto
    #[command(
        after_help = "explain create-job Job1 {\"Todo\":\"Reboot\"}\nexplain update Job1 SUCCEEDED"
    )]
    Explain(ExplainArgs),

    /// walk through the life of a job, step by step
    #[command(after_help = "tutorial\ntutorial off")]
    Tutorial(TutorialArgs),

    /// check the connection and the permissions, and say what to do about what is wrong
    #[command(visible_alias = "check", after_help = "doctor\ncheck")]
    Doctor,

    /// show the commands, one of them, or a page such as exit-codes
    #[command(visible_alias = "?", after_help = "help\nhelp update-job-execution")]
    Help(HelpArgs),

    /// leave
    #[command(visible_alias = "exit", after_help = "quit\nexit")]
    Quit,
}

/// Arguments of `start-next-pending-job-execution`.
#[derive(Debug, Args)]
pub struct StartNextArgs {
    /// keep this detail with the execution; can be repeated
    #[arg(long = "detail", value_name = "name=value", value_parser = detail)]
    pub details: Vec<(String, String)>,
    /// minutes until the step times out, 1 to 10080
    #[arg(long, value_name = "minutes", allow_negative_numbers = true)]
    pub step_timeout: Option<i64>,
}

/// Arguments of `describe-job-execution`.
#[derive(Debug, Args)]
pub struct DescribeArgs {
    /// the id of the job, or $next for whichever is next
    #[arg(value_name = "jobId")]
    pub job: JobRef,
    /// ask the control plane about the execution on this thing, which can also see one that has ended
    #[arg(long, value_name = "thing")]
    pub thing: Option<ThingName>,
    /// leave the job document out of the reply
    #[arg(long)]
    pub no_document: bool,
    /// which execution of the job; the latest if left out
    #[arg(long, value_name = "number", allow_negative_numbers = true)]
    pub execution_number: Option<i64>,
}

/// Arguments of `update-job-execution`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: JobId,
    /// the new status, in any case
    #[arg(value_name = "SUCCEEDED | IN_PROGRESS | FAILED | REJECTED | CANCELED", value_parser = status(), ignore_case = true)]
    pub status: JobExecutionStatus,
    /// What can be said with it.
    #[command(flatten)]
    pub more: UpdateFlags,
}

/// Arguments of `done` and `fail`.
#[derive(Debug, Args)]
pub struct FinishArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: JobId,
    /// What can be said with it.
    #[command(flatten)]
    pub more: UpdateFlags,
}

/// Flags of every update.
#[derive(Debug, Args)]
pub struct UpdateFlags {
    /// keep this detail with the execution, in place of those kept so far; can be repeated
    #[arg(long = "detail", value_name = "name=value", value_parser = detail)]
    pub details: Vec<(String, String)>,
    /// refuse the update unless the execution has this version
    #[arg(long, value_name = "version", allow_negative_numbers = true)]
    pub expected_version: Option<i64>,
    /// which execution of the job; the latest if left out
    #[arg(long, value_name = "number", allow_negative_numbers = true)]
    pub execution_number: Option<i64>,
    /// show the state of the execution in the reply
    #[arg(long)]
    pub include_state: bool,
    /// show the job document in the reply
    #[arg(long)]
    pub include_document: bool,
    /// minutes until the step times out, 1 to 10080; -1 stops the timer
    #[arg(long, value_name = "minutes", allow_negative_numbers = true)]
    pub step_timeout: Option<i64>,
}

/// The commands that take another.
const TAKERS: [&str; 2] = ["explain", "watch"];

/// The details as a request carries them, `None` if there are none.
pub fn details(pairs: Vec<(String, String)>) -> Option<StatusDetails> {
    (!pairs.is_empty()).then(|| pairs.into_iter().collect())
}

/// Whether an argument is typed as a flag, and if so how.
pub fn flag(arg: &clap::Arg) -> Option<String> {
    arg.get_long().map(|long| format!("--{long}"))
}

/// Whether a flag takes a value.
pub fn takes_value(arg: &clap::Arg) -> bool {
    arg.get_action().takes_values()
}

/// What a further word of a command would be.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// The value of this flag.
    Value(&'a clap::Arg),
    /// This positional argument, or a flag.
    Positional(&'a clap::Arg),
    /// A flag, or nothing.
    End,
}

/// What would come after `words`, the words behind the name of `entry`.
pub fn next<'a>(entry: &'a clap::Command, words: &[Word]) -> Next<'a> {
    let progress = progress(entry, words);
    match (progress.value_of, progress.open.first()) {
        (Some(arg), _) => Next::Value(arg),
        (None, Some(arg)) => Next::Positional(arg),
        (None, None) => Next::End,
    }
}

/// What of a command has been typed.
#[derive(Debug, Clone)]
pub struct Progress<'a> {
    /// The flags that were given.
    pub flags: Vec<&'a clap::Arg>,
    /// The flag whose value comes next.
    pub value_of: Option<&'a clap::Arg>,
    /// The positional arguments that were given.
    pub given: Vec<&'a clap::Arg>,
    /// The positional arguments that can still be given.
    pub open: Vec<&'a clap::Arg>,
}

/// Looks at `words`, the words behind the name of `entry`.
pub fn progress<'a>(entry: &'a clap::Command, words: &[Word]) -> Progress<'a> {
    let (mut flags, mut value_of, mut count) = (Vec::new(), None, 0);
    for word in words {
        if value_of.take().is_some() {
            continue;
        }
        match known_flag(entry, &word.text) {
            Some(arg) => {
                flags.push(arg);
                value_of = takes_value(arg).then_some(arg);
            }
            None if word.text.starts_with("--") => {}
            None => count += 1,
        }
    }
    let mut given: Vec<_> = entry.get_positionals().collect();
    let mut open = given.split_off(count.min(given.len()));
    open.retain(|arg| !flags.iter().any(|flag| excludes(entry, flag, arg)));
    Progress {
        flags,
        value_of,
        given,
        open,
    }
}

/// Whether a flag stands in the place of another argument.
pub fn excludes(entry: &clap::Command, flag: &clap::Arg, other: &clap::Arg) -> bool {
    let excluded = entry.get_arg_conflicts_with(flag);
    excluded.iter().any(|arg| arg.get_id() == other.get_id())
}

/// The flag of `entry` that `word` names, unless it also holds its value (`--flag=value`).
pub fn known_flag<'a>(entry: &'a clap::Command, word: &str) -> Option<&'a clap::Arg> {
    entry
        .get_arguments()
        .find(|arg| flag(arg).is_some_and(|flag| flag == word))
}

/// Whether a command takes another one. Such a command takes no second such command.
pub fn takes_command(name: &str) -> bool {
    TAKERS.contains(&name)
}

/// Where the line begins that another command takes, as `explain` and `watch` do, in bytes: it is a line of its own.
/// `None` if it takes none, or one that takes another: lines are not nested any deeper.
pub fn inner_at(line: &str) -> Option<usize> {
    let (name, mut at) = whole_word(line, 0)?;
    let entry = TAKERS
        .iter()
        .find(|taker| **taker == name)
        .and_then(|taker| entry(taker))?;
    // Its own flags come first.
    while line[at..].trim_start().starts_with("--") {
        let (flag, end) = whole_word(line, at)?;
        at = match known_flag(entry, flag) {
            Some(arg) if takes_value(arg) => whole_word(line, end)?.1,
            _ => end,
        };
    }
    let is_nested = whole_word(line, at).is_some_and(|(name, _)| takes_command(name));
    (!is_nested).then_some(at)
}

/// The word behind byte `from`, and where it ends; `None` if more of it may follow.
fn whole_word(line: &str, from: usize) -> Option<(&str, usize)> {
    let begin = line.len() - line[from..].trim_start().len();
    let end = begin + line[begin..].find(char::is_whitespace)?;
    Some((&line[begin..end], end))
}

/// Splits a line, with the rest of it as one word where the command takes it so. An unknown command takes no rest.
pub fn split(line: &str) -> Result<Vec<Word>, Unfinished> {
    if let Some(end) = inner_at(line) {
        let mut words = words::split(&line[..end], |_, _| false)?;
        let inner = words::split(&line[end..], rest_is_next);
        let inner = inner.map_err(|unfinished| unfinished.moved_by(end))?;
        words.extend(inner.into_iter().map(|word| Word {
            text: word.text,
            span: word.span.start + end..word.span.end + end,
        }));
        return Ok(words);
    }
    words::split(line, rest_is_next)
}

/// Whether the document comes next.
fn rest_is_next(words: &[Word], rest: &str) -> bool {
    let entry = words.first().and_then(|word| entry(&word.text));
    let starts_flag = rest.starts_with("--");
    entry.is_some_and(|entry| match next(entry, &words[1..]) {
        Next::Positional(arg) => takes_rest(arg) && !starts_flag,
        Next::Value(_) | Next::End => false,
    })
}

/// How a positional argument is written in a usage line: `<jobId>`, or `[command]` if it can be left out.
pub fn placeholder(arg: &clap::Arg) -> String {
    let name = arg
        .get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| arg.get_id().to_string(), ToString::to_string);
    if arg.is_required_set() || arg.get_long().is_some() || takes_rest(arg) {
        format!("<{name}>")
    } else {
        format!("[{name}]")
    }
}

/// Whether a positional argument takes the rest of the line verbatim, up to flags behind a JSON value.
pub fn takes_rest(arg: &clap::Arg) -> bool {
    arg.get_id() == "document"
}

/// Every status word of a job execution, in any case.
pub(crate) fn status() -> impl TypedValueParser<Value = JobExecutionStatus> {
    PossibleValuesParser::new(JobExecutionStatus::ALL.map(JobExecutionStatus::as_str))
        .try_map(|word| word.to_ascii_uppercase().parse::<JobExecutionStatus>())
}

/// A status detail as it is typed.
pub(crate) fn detail(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("is not of the form name=value"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_table_is_sound() {
        Line::command().debug_assert();
        assert!(entry("update").is_some_and(|entry| entry.get_name() == "update-job-execution"));
        assert!(entry("exit").is_some_and(|entry| entry.get_name() == "quit"));
    }

    #[test]
    fn what_the_service_answers_takes_a_query() {
        for (name, takes) in [
            ("get-pending-job-executions", true),
            ("fail", true),
            ("list-jobs", true),
            ("delete-thing-group", true),
            ("help", false),
            ("wait", false),
            ("explain", false),
        ] {
            let entry = entry(name).expect(name);
            assert_eq!(known_flag(entry, "--query").is_some(), takes, "{name}");
        }
    }

    #[test]
    fn every_command_has_a_description_and_two_examples() {
        for entry in table().get_subcommands() {
            let name = entry.get_name();
            assert!(entry.get_about().is_some(), "{name}");
            let examples = entry.get_after_help().map(ToString::to_string);
            assert_eq!(examples.unwrap_or_default().lines().count(), 2, "{name}");
            for arg in entry.get_arguments() {
                assert!(arg.get_help().is_some(), "{name} {}", arg.get_id());
            }
        }
    }
}
