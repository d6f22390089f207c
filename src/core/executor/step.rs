//! One step of a job's work, and how it ended. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

/// A step of a job's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Shown, and reported as `stepName`.
    pub name: String,
    pub task: Task,
    /// Whether the job continues after this step has failed.
    pub ignores_failure: bool,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Nothing: it lasts as long as the plan says, and ends so.
    Simulated(SimulatedStep),
    /// The program of `--exec`, with the job document on its standard input.
    Program,
    /// A handler of `--handlers`, or a command.
    Handler(HandlerCall),
}

/// A step that only takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimulatedStep {
    /// Unused where it never ends.
    pub lasts: Duration,
    pub end: SimulatedEnd,
}

/// How a simulated step ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedEnd {
    Success,
    Failure,
    /// It does not end, and the device forgets its own time limit.
    Never,
}

/// A call of a program, as a job document in the format of the AWS IoT Device Client asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerCall {
    pub program: HandlerProgram,
    /// The user to run as; the agent's own if absent.
    pub run_as: Option<String>,
    /// The most lines on standard error with which the step succeeds; any number if absent.
    pub allowed_stderr_lines: Option<u64>,
    /// Whether standard output is reported.
    pub reports_stdout: bool,
}

/// Which program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerProgram {
    /// A file of the folder of handlers, or of another folder.
    Handler {
        name: String,
        arguments: Vec<String>,
        /// The folder that the document names; the one of `--handlers` if absent.
        folder: Option<String>,
    },
    /// A command with its arguments. It does not run in a shell.
    Command(Vec<String>),
}

/// What a running step says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Names and values for `statusDetails`; legal and short enough to be reported.
    pub details: BTreeMap<String, String>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepEnd {
    pub exit: Exit,
    /// The last 1,024 characters, safe to report; empty if nothing was printed, or if the step does not report it.
    pub stdout: String,
    /// Likewise.
    pub stderr: String,
}

/// The exit of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    Success,
    /// The program refuses the job (REJECTED).
    Rejected,
    /// It failed. The text says how, such as `exit status 3` or `killed by signal 9 (SIGKILL)`.
    Failure(String),
    /// It was not started. The text says why.
    NotStarted(String),
}
