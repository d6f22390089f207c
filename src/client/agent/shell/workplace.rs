//! Where the steps of a device run.

use tokio::sync::mpsc;

use crate::agent::handlers;
use crate::agent::journal::{Journal, JournalError};
use crate::agent::work::{CommandLine, Group, Program, Run, Work, WorkReport};
use crate::executor::core::Start;
use crate::executor::document::HandlerRules;
use crate::executor::step::{Exit, HandlerCall, StepEnd, Task};
use crate::protocol::{EpochSeconds, ThingName};

/// What may run.
#[derive(Debug)]
pub enum Tools {
    /// Nothing: every step is simulated.
    None,
    Program(Program),
    Handlers(HandlerRules),
}

/// The running step, and the journal that knows its processes.
#[derive(Debug)]
pub(crate) struct Workplace {
    thing: ThingName,
    tools: Tools,
    work: Option<Work>,
    reports: mpsc::Sender<WorkReport>,
}

/// How many reports wait at most; the work waits for them to be taken.
const WAITING: usize = 16;

impl Workplace {
    pub(crate) fn new(thing: ThingName, tools: Tools) -> (Self, mpsc::Receiver<WorkReport>) {
        let (reports, receiver) = mpsc::channel(WAITING);
        let workplace = Self {
            thing,
            tools,
            work: None,
            reports,
        };
        (workplace, receiver)
    }

    /// Starts a step. If that is impossible, returns how it has ended.
    pub(crate) fn start(
        &mut self,
        start: &Start,
        journal: Option<&mut Journal>,
    ) -> Option<StepEnd> {
        let command = match self.command(start) {
            Ok(command) => command,
            Err(reason) => return Some(not_started(reason)),
        };
        let note = |group: &Group| match journal {
            Some(journal) => journal.note_group(Some(group)),
            None => Ok::<(), JournalError>(()),
        };
        self.work = Some(Work::start(command, note, self.reports.clone()));
        None
    }

    pub(crate) fn terminate(&self) {
        if let Some(work) = &self.work {
            work.terminate();
        }
    }

    pub(crate) fn kill(&self) {
        if let Some(work) = &self.work {
            work.kill();
        }
    }

    /// The step has ended, and no process of it is left.
    pub(crate) fn ended(&mut self) {
        self.work = None;
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.work.is_some()
    }

    fn command(&self, start: &Start) -> Result<CommandLine, String> {
        match (&start.step.task, &self.tools) {
            (Task::Program, Tools::Program(program)) => {
                let run = Run {
                    thing: &self.thing,
                    job: &start.id.job_id,
                    execution_number: start.id.execution_number,
                    queued_at: EpochSeconds(u64::try_from(start.id.queued_at).unwrap_or_default()),
                    attempt: start.attempt,
                };
                Ok(program.command(run, &start.document))
            }
            (Task::Handler(call), Tools::Handlers(rules)) => handler(call, rules),
            _ => Err("this device has nothing to run it with".to_owned()),
        }
    }
}

fn handler(call: &HandlerCall, rules: &HandlerRules) -> Result<CommandLine, String> {
    let resolved = handlers::resolve(call, rules).map_err(|refused| refused.to_string())?;
    Ok(CommandLine {
        program: resolved.program,
        arguments: resolved.arguments,
        reports_stdout: call.reports_stdout,
        stderr_lines_max: call.allowed_stderr_lines,
        signals_by: resolved
            .user
            .as_deref()
            .map(CommandLine::signals_as)
            .unwrap_or_default(),
        ..CommandLine::default()
    })
}

fn not_started(reason: String) -> StepEnd {
    StepEnd {
        exit: Exit::NotStarted(reason),
        stdout: String::new(),
        stderr: String::new(),
    }
}
