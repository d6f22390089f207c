//! What one line asks for, checked as far as it can be without the service. Pure.

mod control;
mod document;
mod error;
mod events;
mod line;
mod wait;
mod watch;

use std::time::Duration;

use serde_json::{Map, Value};

use crate::control::Request;
use crate::protocol::{
    DescribeJobExecutionRequest, JobExecutionStatus, JobId, JobRef,
    StartNextPendingJobExecutionRequest, ThingName, UpdateJobExecutionRequest,
};
use crate::repl::guide::{help, pages};
use crate::repl::input::command::error::{arguments, explain, no_such_command};
use crate::repl::input::grammar::{self, FinishArgs, Typed, UpdateFlags};
use crate::repl::input::query::Query;
use crate::repl::input::words::Unfinished;

pub use crate::repl::input::command::document::check_document;
pub(crate) use crate::repl::input::command::document::excerpt;
pub use crate::repl::input::command::error::CommandError;
pub use crate::repl::input::command::events::Shown;
pub use crate::repl::input::command::line::{Line, read};
pub use crate::repl::input::command::wait::Until;

/// A command, ready to be carried out. Requests carry no client token yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `get-pending-job-executions`
    GetPendingJobExecutions,
    /// `start-next-pending-job-execution`
    StartNextPendingJobExecution(StartNextPendingJobExecutionRequest),
    /// `describe-job-execution`
    DescribeJobExecution {
        job: JobRef,
        request: DescribeJobExecutionRequest,
    },
    /// `update-job-execution`, `done` and `fail`
    UpdateJobExecution {
        job: JobId,
        request: UpdateJobExecutionRequest,
    },
    /// `create-job`
    CreateJob(CreateJob),
    /// Any other operation of the control plane.
    Control(Request),
    /// `wait`
    Wait {
        until: Until,
        /// How long at most; as long as for a reply if absent.
        timeout: Option<Duration>,
    },
    /// `tutorial`: to go on with it, or to leave it.
    Tutorial(bool),
    /// `doctor`
    Doctor,
    /// `watch`
    Watch {
        /// What to do again and again; it changes nothing.
        command: Box<Command>,
        /// What is selected from each response; all if `None`.
        query: Option<Query>,
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

impl Command {
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
    /// Further members of the request, as the API names them.
    pub more: Map<String, Value>,
}

/// Where a job document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// In the line: JSON, byte for byte as typed.
    Inline(String),
    File(String),
    Stdin,
    /// That of this job.
    Job(JobId),
    /// To be written now, in the person's own editor, beginning with that of this job, or with nothing.
    Editor(Option<JobId>),
}

/// The command of one line; `None` if it is blank or a comment (`#`). `own` is the thing that is meant where none is named.
pub fn parse(line: &str, own: &ThingName) -> Result<Option<Command>, CommandError> {
    Ok(read(line, own)?.map(|line| line.command))
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
        Typed::Wait(args) => wait::command(&args)?,
        Typed::Watch(args) => watch::command(&args, own)?,
        Typed::Events(args) => events::command(&args)?,
        Typed::Wire(args) => Command::ShowWire(args.what == "on"),
        Typed::Notes(args) => Command::ShowNotes(args.what == "on"),
        Typed::Explain(args) => {
            let (command, query) = inner("explain", &args.words, own)?;
            if query.is_some() {
                let what = "explain takes no --query: the AWS CLI has the same".to_owned();
                return Err(arguments("explain", what));
            }
            Command::Explain(Box::new(command))
        }
        Typed::Tutorial(args) => Command::Tutorial(args.what.is_none()),
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

/// The command that another one, `outer`, takes, and the expression of its `--query`.
fn inner(
    outer: &str,
    words: &[String],
    own: &ThingName,
) -> Result<(Command, Option<String>), CommandError> {
    if words
        .first()
        .is_some_and(|name| grammar::takes_command(name))
    {
        return Err(arguments(outer, format!("there is nothing to {outer}")));
    }
    let (typed, query) = grammar::read(words).map_err(|error| {
        let name = words.first().map_or("", String::as_str);
        explain(&error, name)
    })?;
    Ok((command(typed, own)?, query))
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

#[cfg(test)]
mod tests;
