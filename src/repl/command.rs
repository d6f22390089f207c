//! What one line asks for, checked as far as it can be without the service. Pure.

mod control;

use std::time::Duration;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::control::Request;
use crate::protocol::{
    DescribeJobExecutionRequest, JobExecutionStatus, JobId, JobRef,
    StartNextPendingJobExecutionRequest, ThingName, UpdateJobExecutionRequest,
};
use crate::repl::grammar::{
    self, EventsArgs, FinishArgs, Line, Typed, UpdateFlags, WaitArgs, WatchArgs,
};
use crate::repl::words::{MAX_LINE_BYTES, Unfinished};
use crate::repl::{answer, help, pages};

/// A command, ready to be carried out. Requests carry no client token yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `get-pending-job-executions`
    GetPendingJobExecutions,
    /// `start-next-pending-job-execution`
    StartNextPendingJobExecution(StartNextPendingJobExecutionRequest),
    /// `describe-job-execution`
    DescribeJobExecution {
        /// Which job execution.
        job: JobRef,
        /// What to ask.
        request: DescribeJobExecutionRequest,
    },
    /// `update-job-execution`, `done` and `fail`
    UpdateJobExecution {
        /// Which job execution.
        job: JobId,
        /// What to report.
        request: UpdateJobExecutionRequest,
    },
    /// `create-job`
    CreateJob(CreateJob),
    /// Any other operation of the control plane.
    Control(Request),
    /// `wait`
    Wait {
        /// For what.
        until: Until,
        /// How long at most; as long as for a reply if absent.
        timeout: Option<Duration>,
    },
    /// `doctor`
    Doctor,
    /// `watch`
    Watch {
        /// What to do again and again; it changes nothing.
        command: Box<Command>,
        /// From one time to the next.
        every: Duration,
        /// How many times; until Ctrl-C if absent.
        count: Option<u64>,
    },
    /// `events on`, `events off` and `events only`
    ShowEvents(Shown),
    /// `events last`: how many.
    LastEvents(usize),
    /// `wire on` and `wire off`
    ShowWire(bool),
    /// `notes on` and `notes off`
    ShowNotes(bool),
    /// `explain`: what a line of its own asks for.
    Explain(Box<Command>),
    /// `help`: the text to show.
    Help(String),
    /// `quit`
    Quit,
}

/// Which events are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Shown {
    /// All of them.
    #[default]
    All,
    /// None.
    None,
    /// Those of this name, one of [`EVENT_NAMES`].
    Named(&'static str),
    /// Those in which the execution of this job comes, goes or changes.
    Job(JobId),
}

impl Command {
    /// Whether it only looks at what the service has, so that it can be repeated.
    fn only_looks(&self) -> bool {
        match self {
            Self::GetPendingJobExecutions | Self::DescribeJobExecution { .. } => true,
            Self::Control(request) => !answer::changes(request.operation()),
            _ => false,
        }
    }

    /// How long a script gives the events that this command causes, if it may cause any, to arrive before it goes on. On AWS
    /// they come up to two seconds after the answer of the control plane.
    pub fn patience_for_events(&self) -> Option<Duration> {
        const CERTAIN: Duration = Duration::from_secs(2);
        const POSSIBLE: Duration = Duration::from_millis(300);
        match self {
            Self::UpdateJobExecution { request, .. } => {
                let status = request.status.parse::<JobExecutionStatus>();
                status
                    .is_ok_and(JobExecutionStatus::is_terminal)
                    .then_some(CERTAIN)
            }
            Self::CreateJob(create) if create.targets.is_empty() => Some(CERTAIN),
            Self::CreateJob(_) => Some(POSSIBLE),
            Self::Control(request) => request.may_change_what_is_pending().then_some(POSSIBLE),
            _ => None,
        }
    }
}

/// `create-job`, before its document is read and its targets are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateJob {
    /// The id of the new job.
    pub job: JobId,
    /// Where its document is.
    pub document: Document,
    /// Names or ARNs of things and thing groups; none for the own thing.
    pub targets: Vec<String>,
    /// Whether things that join a target later get the job, too.
    pub continuous: bool,
    /// What the job is for.
    pub description: Option<String>,
    /// Minutes that an execution may be in progress.
    pub timeout_min: Option<i64>,
}

/// Where a job document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// In the line: JSON, byte for byte as typed.
    Inline(String),
    /// In this file.
    File(String),
    /// On standard input.
    Stdin,
}

/// What `wait` waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Some time has passed.
    Time(Duration),
    /// An event has come since the last command began; of this name, if any.
    Event(Option<&'static str>),
    /// The execution of a job has this status.
    Status {
        /// Which job.
        job: JobId,
        /// Which status.
        status: JobExecutionStatus,
    },
}

/// The events that can be waited for, by AWS's names.
pub const EVENT_NAMES: [&str; 2] = ["JobExecutionsChanged", "NextJobExecutionChanged"];

/// The longest time to wait for.
const MAX_WAIT: Duration = Duration::from_hours(24);

/// Why a line is no command. The text says what is wrong, then how to go on; it may hold what was typed, unescaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The first word names no command.
    #[error("there is no command `{word}`\n{}", after_unknown(nearest.as_deref()))]
    NoSuchCommand {
        /// What was typed.
        word: String,
        /// The command that it resembles.
        nearest: Option<String>,
    },
    /// The arguments do not fit the command.
    #[error("{what}\nusage: {usage}")]
    Arguments {
        /// Which one, and why.
        what: String,
        /// The usage line of the command.
        usage: String,
    },
    /// The document is no JSON.
    #[error("the document is not JSON: {reason}\n{excerpt}")]
    Document {
        /// What the JSON parser says, with line and column.
        reason: String,
        /// The line of the document, and a caret under the place.
        excerpt: String,
    },
    /// A quote, a backslash or a JSON value has no end.
    #[error("{0}")]
    Unfinished(#[from] Unfinished),
    /// The line is longer than [`MAX_LINE_BYTES`].
    #[error("the line is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
}

fn after_unknown(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("hint: a similar command exists: `{nearest}`"),
        None => "hint: `help` lists the commands".to_owned(),
    }
}

/// Reads one line; `None` if it is blank or a comment (`#`). `own` is the thing that is meant where none is named.
pub fn parse(line: &str, own: &ThingName) -> Result<Option<Command>, CommandError> {
    if line.len() > MAX_LINE_BYTES {
        return Err(CommandError::TooLong);
    }
    if is_empty(line) {
        return Ok(None);
    }
    let words = grammar::split(line)?;
    let typed = Line::try_parse_from(words.iter().map(|word| &word.text))
        .map_err(|error| explain(&error, words.first().map_or("", |word| word.text.as_str())))?
        .typed;
    command(typed, own).map(Some)
}

/// Whether the text can stand alone, or needs more lines: for input that continues over lines.
pub fn finished(text: &str) -> Result<(), Unfinished> {
    if is_empty(text) {
        return Ok(());
    }
    grammar::split(text).map(|_| ())
}

fn is_empty(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn command(typed: Typed, own: &ThingName) -> Result<Command, CommandError> {
    Ok(match typed {
        Typed::GetPendingJobExecutions => Command::GetPendingJobExecutions,
        Typed::StartNextPendingJobExecution(args) => {
            Command::StartNextPendingJobExecution(StartNextPendingJobExecutionRequest {
                status_details: grammar::details(args.details),
                step_timeout_in_minutes: args.step_timeout,
                client_token: None,
            })
        }
        Typed::DescribeJobExecution(args) if args.thing.is_some() => {
            control::describe_execution(args)?
        }
        Typed::DescribeJobExecution(args) => Command::DescribeJobExecution {
            job: args.job,
            request: DescribeJobExecutionRequest {
                execution_number: args.execution_number,
                include_job_document: args.no_document.then_some(false),
                client_token: None,
            },
        },
        Typed::UpdateJobExecution(args) => update(args.job, args.status, args.more),
        Typed::Done(FinishArgs { job, more }) => update(job, JobExecutionStatus::Succeeded, more),
        Typed::Fail(FinishArgs { job, more }) => update(job, JobExecutionStatus::Failed, more),
        Typed::Control(typed) => control::command(typed, own)?,
        Typed::Wait(args) => wait(&args)?,
        Typed::Watch(args) => watch(&args, own)?,
        Typed::Events(args) => events(&args)?,
        Typed::Wire(args) => Command::ShowWire(args.what == "on"),
        Typed::Notes(args) => Command::ShowNotes(args.what == "on"),
        Typed::Explain(args) => match inner(&args.words, own)? {
            Command::Explain(_) => {
                return Err(arguments(
                    "explain",
                    "there is nothing to explain".to_owned(),
                ));
            }
            command => Command::Explain(Box::new(command)),
        },
        Typed::Doctor => Command::Doctor,
        Typed::Help(args) => Command::Help(help_text(args.command.as_deref())?),
        Typed::Quit => Command::Quit,
    })
}

fn update(job: JobId, status: JobExecutionStatus, flags: UpdateFlags) -> Command {
    Command::UpdateJobExecution {
        job,
        request: UpdateJobExecutionRequest {
            status: status.as_str().to_owned(),
            status_details: grammar::details(flags.details),
            expected_version: flags.expected_version,
            execution_number: flags.execution_number,
            include_job_execution_state: flags.include_state.then_some(true),
            include_job_document: flags.include_document.then_some(true),
            step_timeout_in_minutes: flags.step_timeout,
            client_token: None,
        },
    }
}

fn wait(args: &WaitArgs) -> Result<Command, CommandError> {
    let wrong = |what| Err(arguments("wait", what));
    let until = match (args.what.as_str(), args.which.as_deref()) {
        ("event", None) => Until::Event(None),
        ("event", Some(name)) => {
            let Some(known) = event_name(name) else {
                let names = EVENT_NAMES.join(" or ");
                return wrong(format!("`{name}` is not the name of an event: {names}"));
            };
            Until::Event(Some(known))
        }
        (what, None) => match duration(what) {
            Some(time) if args.timeout.is_none() && time <= MAX_WAIT => Until::Time(time),
            Some(_) if args.timeout.is_some() => {
                return wrong("a time takes no --timeout".to_owned());
            }
            Some(_) => return wrong(format!("`{what}` is more than a day")),
            None if JobId::new(what).is_ok() => {
                return wrong(format!("wait {what} needs a status to wait for"));
            }
            None => return wrong(format!("`{what}` is no time, no event and no job id")),
        },
        (job, Some(status)) => {
            let Ok(job) = JobId::new(job) else {
                return wrong(format!("`{job}` is not a job id"));
            };
            match status.to_ascii_uppercase().parse() {
                Ok(status) => Until::Status { job, status },
                Err(_) => return wrong(format!("`{status}` is not a status")),
            }
        }
    };
    let timeout = args.timeout.map(Duration::from_secs);
    Ok(Command::Wait { until, timeout })
}

/// How often `watch` looks where it does not say.
const WATCH_EVERY_S: u64 = 2;

fn watch(args: &WatchArgs, own: &ThingName) -> Result<Command, CommandError> {
    let (command, every) = match inner(&args.words, own) {
        Ok(command) => (command, args.every),
        Err(error) => {
            // `watch pending 5`, but only where the number cannot be the command's.
            let seconds = args.words.split_last().and_then(|(last, words)| {
                let seconds = last.parse::<u64>().ok().filter(|it| (1..=86_400).contains(it));
                Some((inner(words, own).ok()?, seconds?))
            });
            match seconds.filter(|_| args.every.is_none()) {
                Some((command, seconds)) => (command, Some(seconds)),
                None => return Err(error),
            }
        }
    };
    if !command.only_looks() {
        let what = "watch repeats only what changes nothing, such as pending, describe and list-jobs";
        return Err(arguments("watch", what.to_owned()));
    }
    Ok(Command::Watch {
        command: Box::new(command),
        every: Duration::from_secs(every.unwrap_or(WATCH_EVERY_S)),
        count: args.count,
    })
}

fn events(args: &EventsArgs) -> Result<Command, CommandError> {
    let wrong = |what: String| Err(arguments("events", what));
    Ok(match (args.what.as_str(), args.which.as_deref()) {
        ("last", None) => Command::LastEvents(10),
        ("last", Some(count)) => match count.parse() {
            Ok(count) => Command::LastEvents(count),
            Err(_) => return wrong(format!("`{count}` is not a whole number that fits")),
        },
        ("only", None) => return wrong("events only needs changed, next or a job id".to_owned()),
        ("only", Some(which)) => Command::ShowEvents(match (which, event_name(which)) {
            ("changed", _) => Shown::Named(EVENT_NAMES[0]),
            ("next", _) => Shown::Named(EVENT_NAMES[1]),
            (_, Some(name)) => Shown::Named(name),
            (job, None) => match JobId::new(job) {
                Ok(job) => Shown::Job(job),
                Err(_) => return wrong(format!("`{job}` is not a job id")),
            },
        }),
        (what, Some(_)) => return wrong(format!("events {what} takes nothing more")),
        ("off", None) => Command::ShowEvents(Shown::None),
        (_, None) => Command::ShowEvents(Shown::All),
    })
}

/// The event of this name, in any case.
fn event_name(name: &str) -> Option<&'static str> {
    EVENT_NAMES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// A time as it is typed: a whole number of `ms`, `s` or `m`.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.saturating_mul(60))),
        _ => None,
    }
}

/// The command that another one takes.
fn inner(words: &[String], own: &ThingName) -> Result<Command, CommandError> {
    let typed = Line::try_parse_from(words).map_err(|error| {
        let name = words.first().map_or("", String::as_str);
        explain(&error, name)
    })?;
    command(typed.typed, own)
}

/// Arguments that do not fit the command of this name.
fn arguments(name: &str, what: String) -> CommandError {
    let usage = grammar::entry(name).map(help::usage).unwrap_or_default();
    CommandError::Arguments { what, usage }
}

fn help_text(command: Option<&str>) -> Result<String, CommandError> {
    match command {
        None => Ok(help::overview()),
        Some(name) => match grammar::entry(name) {
            Some(entry) => Ok(help::details(entry)),
            None => pages::page(name).ok_or_else(|| no_such_command(name)),
        },
    }
}

fn no_such_command(word: &str) -> CommandError {
    // `help` and the loop's parser suggest alike: clap asks for a similarity above 0.7 (Jaro).
    let nearest = grammar::table()
        .get_subcommands()
        .flat_map(clap::Command::get_name_and_visible_aliases)
        .map(|name| (strsim::jaro(word, name), name))
        .filter(|(similarity, _)| *similarity > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned());
    CommandError::NoSuchCommand {
        word: word.to_owned(),
        nearest,
    }
}

/// Says in our words what clap found.
fn explain(error: &clap::Error, name: &str) -> CommandError {
    let Some(entry) = grammar::entry(name) else {
        return no_such_command(name);
    };
    let name = entry.get_name();
    let text = |kind| error.get(kind).map(ContextValue::to_string);
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let arg = text(ContextKind::InvalidArg).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            let missing = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::Strings(missing)) => missing.join(" and ").replace("...", ""),
                _ => arg,
            };
            format!("{name} needs {missing}")
        }
        ErrorKind::UnknownArgument => {
            let similar = similar(text(ContextKind::SuggestedArg));
            format!("{name} does not take `{arg}`{similar}")
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} needs a value"),
        ErrorKind::InvalidValue => {
            let similar = similar(text(ContextKind::SuggestedValue));
            if arg.contains("STATUS") || arg.contains("status") || arg.contains("SUCCEEDED") {
                format!("`{value}` is not a status{similar}")
            } else {
                format!("{arg}: `{value}` is none of these{similar}")
            }
        }
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error).map(ToString::to_string);
            let reason = reason.unwrap_or_else(|| "is not valid".to_owned());
            // Reasons are predicates ("contains a `/`") or come from the number parser ("invalid digit …").
            match reason.as_str() {
                "" => format!("{arg}: `{value}` is not valid"),
                _ => format!("{arg}: `{value}` {}", predicate(&reason)),
            }
        }
        ErrorKind::ArgumentConflict => format!("{arg} can be given only once"),
        _ => format!("{name} does not take these arguments"),
    };
    CommandError::Arguments {
        what,
        usage: help::usage(entry),
    }
}

fn predicate(reason: &str) -> String {
    let is_predicate = ["is ", "contains ", "starts "]
        .iter()
        .any(|verb| reason.starts_with(verb));
    if is_predicate {
        reason.to_owned()
    } else {
        "is not a whole number that fits".to_owned()
    }
}

fn similar(suggestion: Option<String>) -> String {
    suggestion.map_or_else(String::new, |suggestion| {
        let suggestion = suggestion.trim_matches(['[', ']', '"']);
        format!("\nhint: a similar value exists: `{suggestion}`")
    })
}

/// Whether a document is JSON; the error shows the place where it is not.
pub fn check_document(document: &str) -> Result<(), CommandError> {
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(document) else {
        return Ok(());
    };
    let line = document.lines().nth(error.line().saturating_sub(1));
    Err(CommandError::Document {
        reason: error.to_string(),
        excerpt: excerpt(line.unwrap_or_default(), error.column()),
    })
}

/// How much of a long line is shown on each side of the place.
const EXCERPT_CHARS: usize = 30;

/// The line around byte `column` (from 1), and a caret under that place.
fn excerpt(line: &str, column: usize) -> String {
    let place = line.floor_char_boundary(column.saturating_sub(1));
    let before: Vec<char> = line[..place].chars().rev().take(EXCERPT_CHARS).collect();
    let before: String = before.into_iter().rev().map(printable).collect();
    let after: String = line[place..]
        .chars()
        .take(EXCERPT_CHARS)
        .map(printable)
        .collect();
    let indent = before.chars().count();
    format!("  {before}{after}\n  {:indent$}^", "")
}

/// One column for what has none of its own, so that the caret stands right.
fn printable(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Page;
    use crate::protocol::StatusDetails;

    fn job(id: &str) -> JobId {
        JobId::new(id).expect("a job id")
    }

    fn update_request(status: &str) -> UpdateJobExecutionRequest {
        UpdateJobExecutionRequest {
            status: status.to_owned(),
            ..UpdateJobExecutionRequest::default()
        }
    }

    fn details(pairs: &[(&str, &str)]) -> StatusDetails {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn thing(name: &str) -> ThingName {
        ThingName::new(name).expect("a thing name")
    }

    fn parse(line: &str) -> Result<Option<Command>, CommandError> {
        crate::repl::command::parse(line, &thing("own"))
    }

    fn create_from(document: Document) -> CreateJob {
        CreateJob {
            job: job("Job1"),
            document,
            targets: Vec::new(),
            continuous: false,
            description: None,
            timeout_min: None,
        }
    }

    fn create(document: &str) -> Command {
        Command::CreateJob(create_from(Document::Inline(document.to_owned())))
    }

    fn update_job(status: &str) -> Command {
        Command::UpdateJobExecution {
            job: job("Job1"),
            request: update_request(status),
        }
    }

    fn delete(force: bool) -> Command {
        Command::Control(Request::DeleteJob {
            job: job("Job1"),
            force,
        })
    }

    fn watch(command: Command, every_s: u64, count: Option<u64>) -> Command {
        Command::Watch {
            command: Box::new(command),
            every: Duration::from_secs(every_s),
            count,
        }
    }

    fn wait(until: Until, timeout_s: Option<u64>) -> Command {
        Command::Wait {
            until,
            timeout: timeout_s.map(Duration::from_secs),
        }
    }

    fn describe(job: JobRef, request: DescribeJobExecutionRequest) -> Command {
        Command::DescribeJobExecution { job, request }
    }

    #[test]
    fn lines_become_commands() {
        let start_next = Command::StartNextPendingJobExecution;
        let default = DescribeJobExecutionRequest::default;
        for (line, expected) in [
            (
                "get-pending-job-executions",
                Command::GetPendingJobExecutions,
            ),
            ("  pending ", Command::GetPendingJobExecutions),
            (
                "start-next-pending-job-execution",
                start_next(StartNextPendingJobExecutionRequest::default()),
            ),
            (
                "next --detail k=v --detail 'a=b c=d' --step-timeout 5",
                start_next(StartNextPendingJobExecutionRequest {
                    status_details: Some(details(&[("a", "b c=d"), ("k", "v")])),
                    step_timeout_in_minutes: Some(5),
                    client_token: None,
                }),
            ),
            (
                "describe-job-execution Job1",
                describe(JobRef::Id(job("Job1")), default()),
            ),
            (
                "describe '$next' --no-document --execution-number 1",
                describe(
                    JobRef::Next,
                    DescribeJobExecutionRequest {
                        execution_number: Some(1),
                        include_job_document: Some(false),
                        client_token: None,
                    },
                ),
            ),
            (
                "update-job-execution Job1 SUCCEEDED",
                update_job("SUCCEEDED"),
            ),
            ("update Job1 in_progress", update_job("IN_PROGRESS")),
            ("update Job1 Canceled", update_job("CANCELED")),
            ("update Job1 QUEUED", update_job("QUEUED")),
            ("done Job1", update_job("SUCCEEDED")),
            ("fail Job1", update_job("FAILED")),
            (
                "update-job-execution Job1 IN_PROGRESS --detail k=v --expected-version 2 --step-timeout -1 \
                 --include-document --include-state --execution-number 1",
                Command::UpdateJobExecution {
                    job: job("Job1"),
                    request: UpdateJobExecutionRequest {
                        status: "IN_PROGRESS".to_owned(),
                        status_details: Some(details(&[("k", "v")])),
                        expected_version: Some(2),
                        execution_number: Some(1),
                        include_job_execution_state: Some(true),
                        include_job_document: Some(true),
                        step_timeout_in_minutes: Some(-1),
                        client_token: None,
                    },
                },
            ),
            (
                r#"create-job Job1 {"Todo":"Reboot"}"#,
                create(r#"{"Todo":"Reboot"}"#),
            ),
            (
                r#"create-job Job1 {"b": 1,  "a": 1.0}"#,
                create(r#"{"b": 1,  "a": 1.0}"#),
            ),
            (
                r#"create Job1 '{"Todo":"Reboot"}'"#,
                create(r#"{"Todo":"Reboot"}"#),
            ),
            (
                r#"create Job1 "{\"Todo\":\"Reboot\"}""#,
                create(r#"{"Todo":"Reboot"}"#),
            ),
            ("create Job1 {\n\"a\":\t1\n}", create("{\n\"a\":\t1\n}")),
            ("create Job1 -1", create("-1")),
            (
                "create Job1 @a.json",
                Command::CreateJob(create_from(Document::File("a.json".to_owned()))),
            ),
            (
                "create Job1 @-",
                Command::CreateJob(create_from(Document::Stdin)),
            ),
            (
                "create --target g Job1 {\"a\": 1} --target arn:x --continuous --description 'a b' --timeout 5",
                Command::CreateJob(CreateJob {
                    targets: vec!["g".to_owned(), "arn:x".to_owned()],
                    continuous: true,
                    description: Some("a b".to_owned()),
                    timeout_min: Some(5),
                    ..create_from(Document::Inline("{\"a\": 1}".to_owned()))
                }),
            ),
            (
                "describe Job1 --thing t --execution-number 2",
                Command::Control(Request::DescribeJobExecution {
                    job: job("Job1"),
                    thing: thing("t"),
                    execution_number: Some(2),
                }),
            ),
            (
                "list-job-executions Job1 --status failed",
                Command::Control(Request::ListJobExecutionsForJob {
                    job: job("Job1"),
                    status: Some("FAILED".to_owned()),
                    page: Page::default(),
                }),
            ),
            (
                "executions",
                Command::Control(Request::ListJobExecutionsForThing {
                    thing: thing("own"),
                    job: None,
                    status: None,
                    namespace_id: None,
                    page: Page::default(),
                }),
            ),
            (
                "executions J --thing t --namespace-id n --max-results 5 --next-token -t",
                Command::Control(Request::ListJobExecutionsForThing {
                    thing: thing("t"),
                    job: Some(job("J")),
                    status: None,
                    namespace_id: Some("n".to_owned()),
                    page: Page {
                        max_results: Some(5),
                        next_token: Some("-t".to_owned()),
                    },
                }),
            ),
            (
                "add-thing-to-thing-group g",
                Command::Control(Request::AddThingToThingGroup {
                    thing: thing("own"),
                    group: "g".to_owned(),
                }),
            ),
            ("wait 2s", wait(Until::Time(Duration::from_secs(2)), None)),
            (
                "wait 250ms",
                wait(Until::Time(Duration::from_millis(250)), None),
            ),
            ("wait event", wait(Until::Event(None), None)),
            (
                "wait event nextjobexecutionchanged --timeout 3",
                wait(Until::Event(Some("NextJobExecutionChanged")), Some(3)),
            ),
            (
                "wait Job1 succeeded",
                wait(
                    Until::Status {
                        job: job("Job1"),
                        status: JobExecutionStatus::Succeeded,
                    },
                    None,
                ),
            ),
            ("events off", Command::ShowEvents(Shown::None)),
            ("events on", Command::ShowEvents(Shown::All)),
            (
                "events only changed",
                Command::ShowEvents(Shown::Named("JobExecutionsChanged")),
            ),
            (
                "events only nextjobexecutionchanged",
                Command::ShowEvents(Shown::Named("NextJobExecutionChanged")),
            ),
            (
                "events only Job1",
                Command::ShowEvents(Shown::Job(job("Job1"))),
            ),
            (
                "watch pending",
                watch(Command::GetPendingJobExecutions, 2, None),
            ),
            (
                "watch --count 3 --every 5 describe Job1 --no-document",
                watch(
                    describe(
                        JobRef::Id(job("Job1")),
                        DescribeJobExecutionRequest {
                            include_job_document: Some(false),
                            ..default()
                        },
                    ),
                    5,
                    Some(3),
                ),
            ),
            (
                "watch pending 5",
                watch(Command::GetPendingJobExecutions, 5, None),
            ),
            (
                "watch describe 5",
                watch(describe(JobRef::Id(job("5")), default()), 2, None),
            ),
            ("wire on", Command::ShowWire(true)),
            ("notes off", Command::ShowNotes(false)),
            (
                "explain create-job Job1 {\"a\": 1}",
                Command::Explain(Box::new(create("{\"a\": 1}"))),
            ),
            (
                " explain  delete --force Job1",
                Command::Explain(Box::new(delete(true))),
            ),
            ("events last", Command::LastEvents(10)),
            ("events last 3", Command::LastEvents(3)),
            ("delete-job Job1", delete(false)),
            ("delete --force Job1", delete(true)),
            ("quit", Command::Quit),
            ("exit", Command::Quit),
        ] {
            assert_eq!(parse(line), Ok(Some(expected)), "{line:?}");
        }
    }

    #[test]
    fn blank_lines_and_comments_are_nothing() {
        for line in ["", "   ", "# create-job", "  #'", "\n"] {
            assert_eq!(parse(line), Ok(None), "{line:?}");
            assert_eq!(finished(line), Ok(()), "{line:?}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let update_usage = "usage: update-job-execution <jobId> \
            <SUCCEEDED | IN_PROGRESS | FAILED | REJECTED | CANCELED>";
        for (line, expected) in [
            (
                "delete-job",
                "delete-job needs <jobId>\nusage: delete-job <jobId>",
            ),
            (
                "delete",
                "delete-job needs <jobId>\nusage: delete-job <jobId>",
            ),
            (
                "create-job",
                "create-job needs <jobId> and <document>\nusage: create-job <jobId> <document>",
            ),
            (
                "create-job Job1",
                "create-job needs <document>\nusage: create-job <jobId> <document>",
            ),
            (
                "delete-job a b",
                "delete-job does not take `b`\nusage: delete-job <jobId>",
            ),
            (
                "delete-job a --forse",
                "delete-job does not take `--forse`\nhint: a similar value exists: `--force`\nusage: delete-job <jobId>",
            ),
            (
                "delete-job a/b",
                "<jobId>: `a/b` contains '/', which cannot stand in a topic\nusage: delete-job <jobId>",
            ),
            (
                "delete-job $next",
                "<jobId>: `$next` starts with `$`, which AWS keeps for itself\nusage: delete-job <jobId>",
            ),
            (
                "delete-job ''",
                "<jobId>: `` is empty\nusage: delete-job <jobId>",
            ),
            (
                "next --step-timeout x",
                "--step-timeout <minutes>: `x` is not a whole number that fits\n\
                 usage: start-next-pending-job-execution",
            ),
            (
                "next --detail k",
                "--detail <name=value>: `k` is not of the form name=value\nusage: start-next-pending-job-execution",
            ),
            (
                "next --detail",
                "--detail <name=value> needs a value\nusage: start-next-pending-job-execution",
            ),
            (
                "delete-job a --force --force",
                "--force can be given only once\nusage: delete-job <jobId>",
            ),
            (
                "update-job-executoin Job1",
                "there is no command `update-job-executoin`\nhint: a similar command exists: `update-job-execution`",
            ),
            (
                "xyz",
                "there is no command `xyz`\nhint: `help` lists the commands",
            ),
            (
                "help delet-job",
                "there is no command `delet-job`\nhint: a similar command exists: `delete-job`",
            ),
            (
                "''",
                "there is no command ``\nhint: `help` lists the commands",
            ),
            ("create-job Job1 {\"a\"", "the JSON value is not complete"),
            (
                "create-job Job1 {\"Todo\" \"Reboot\"}",
                "the document is not JSON: expected `:` at line 1 column 9\n  {\"Todo\" \"Reboot\"}\n          ^",
            ),
            (
                "create-job Job1 {\n\"a\": nul }",
                "the document is not JSON: expected ident at line 2 column 9\n  \"a\": nul }\n          ^",
            ),
            (
                "create-job Job1 {} {}",
                "the document is not JSON: trailing characters at line 1 column 4\n  {} {}\n     ^",
            ),
            ("delete-job 'a", "the quote ' is not closed"),
            (
                "create-job J {} --force",
                "create-job does not take `--force`\nusage: create-job <jobId> <document>",
            ),
            (
                "create-job J @",
                "@ needs the name of a file\nusage: create-job <jobId> <document>",
            ),
            (
                "explain",
                "explain needs <command>\nusage: explain <command>",
            ),
            (
                "explain explain quit",
                "there is nothing to explain\nusage: explain <command>",
            ),
            (
                "explain dne J",
                "there is no command `dne`\nhint: a similar command exists: `done`",
            ),
            (
                "wait 2h",
                "wait 2h needs a status to wait for\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
            ),
            (
                "wait 2s --timeout 3",
                "a time takes no --timeout\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
            ),
            (
                "wait 99999999999999999m",
                "`99999999999999999m` is more than a day\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
            ),
            (
                "wait event Changed",
                "`Changed` is not the name of an event: JobExecutionsChanged or NextJobExecutionChanged\n\
                 usage: wait <TIME | event | jobId> [NAME | STATUS]",
            ),
            (
                "wait J GONE",
                "`GONE` is not a status\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
            ),
            (
                "events of",
                "<on | off | only | last>: `of` is none of these\nhint: a similar value exists: `off`\n\
                 usage: events <on | off | only | last> [changed | next | jobId | count]",
            ),
            (
                "events off 3",
                "events off takes nothing more\nusage: events <on | off | only | last> [changed | next | jobId | count]",
            ),
            (
                "events only a/b",
                "`a/b` is not a job id\nusage: events <on | off | only | last> [changed | next | jobId | count]",
            ),
            (
                "watch done Job1",
                "watch repeats only what changes nothing, such as pending, describe and list-jobs\nusage: watch <command>",
            ),
            (
                "watch create-job J {\"it's\": 1}",
                "watch repeats only what changes nothing, such as pending, describe and list-jobs\nusage: watch <command>",
            ),
            (
                "watch --every 3 pending 5",
                "get-pending-job-executions does not take `5`\nusage: get-pending-job-executions",
            ),
            (
                "executions J --namespace-id n",
                "--namespace-id needs --thing: a job is of one namespace\nusage: list-job-executions [jobId]",
            ),
            (
                "describe $next --thing t",
                "the control plane knows no $next; name the job\nusage: describe-job-execution <jobId>",
            ),
        ] {
            let error = parse(line).expect_err(line).to_string();
            assert_eq!(error, expected, "{line:?}");
        }
        let error = parse("update Job1 SUCCESS")
            .expect_err("no status")
            .to_string();
        assert_eq!(
            error,
            format!(
                "`SUCCESS` is not a status\nhint: a similar value exists: `SUCCEEDED`\n{update_usage}"
            )
        );
    }

    #[test]
    fn a_line_has_a_limit() {
        let document = format!("create-job J \"{}\"", "x".repeat(MAX_LINE_BYTES));
        assert_eq!(parse(&document), Err(CommandError::TooLong));
    }

    #[test]
    fn the_place_in_a_long_document_is_shown_in_its_surroundings() {
        let document = format!("{{\"{}\" 1, \"{}\": 2}}", "a".repeat(100), "b".repeat(100));
        let error = parse(&format!("create-job J {document}"))
            .expect_err("no JSON")
            .to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines[1].chars().count(), 2 + 2 * EXCERPT_CHARS);
        assert_eq!(lines[1].as_bytes()[lines[2].len() - 1], b'1');
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_answered_without_panic(line in proptest::prelude::any::<String>(), start in 0_usize..6) {
            let start = ["", "create-job J ", "wait ", "help ", "next --detail ", "describe "][start];
            let line = format!("{start}{line}");
            let _ = parse(&line).map_err(|error| error.to_string());
            let _ = finished(&line);
        }
    }
}
