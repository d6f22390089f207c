//! The kinds of commands: requests to the service, as the device or as the operator, and what the sandbox does itself.

use std::time::Duration;

use crate::control::{ControlRequest, Effect};
use crate::protocol::{DeviceRequest, EventName, JobExecutionStatus, JobId};
use crate::repl::input::command::until::Until;
use crate::repl::input::query::Query;
use crate::repl::output::form::Form;

/// A command, ready to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Service(ServiceRequest),
    Own(OwnCommand),
}

/// A command that the service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceRequest {
    /// Without a client token.
    Device(DeviceRequest),
    Control(Box<ControlRequest>),
}

/// A command of the sandbox's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnCommand {
    Wait {
        until: Until,
        /// The timeout of a reply if absent.
        timeout: Option<Duration>,
    },
    Watch(Box<Watch>),
    /// Shows this many of the last events.
    LastEvents(usize),
    /// Changes what is shown, if it is to change, and says what it is.
    Set(Setting),
    Explain(Box<Command>),
    /// Begins or continues the tutorial if true, and leaves it if false.
    Tutorial(bool),
    Doctor,
    Help(HelpTopic),
    Quit,
}

/// What is shown from now on; absent where it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Which events of the service.
    Events(Option<Shown>),
    /// Whether messages, as they go over the wire.
    Wire(Option<bool>),
    /// Whether remarks below what the service sends.
    Notes(Option<bool>),
    /// In which form.
    Output(Option<Form>),
}

/// Which events are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Shown {
    #[default]
    All,
    None,
    /// The events of this name.
    Named(EventName),
    /// Those in which the execution of this job comes, goes or changes.
    Job(JobId),
}

/// A request that is sent at an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// A request that only reads.
    pub request: ServiceRequest,
    /// What is selected from each response; all if `None`.
    pub query: Option<Query>,
    pub every: Duration,
    /// How many times; until Ctrl-C if absent.
    pub count: Option<u64>,
}

/// What `help` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelpTopic {
    Overview,
    /// The command of this name.
    Command(&'static str),
    /// The page of this name.
    Page(&'static str),
    /// All commands of the operator.
    Operator,
    /// The subcommand of the program of this name.
    Program(&'static str),
}

impl ServiceRequest {
    /// What the request does to what the service keeps.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Device(
                DeviceRequest::GetPendingJobExecutions(_)
                | DeviceRequest::DescribeJobExecution { .. },
            ) => Effect::Reads,
            // The start of an execution does not cause an event.
            Self::Device(DeviceRequest::StartNextPendingJobExecution(_)) => Effect::Changes,
            Self::Device(DeviceRequest::UpdateJobExecution { request, .. }) => {
                match request.status.parse::<JobExecutionStatus>() {
                    Ok(status) if status.is_terminal() => Effect::ChangesPending,
                    _ => Effect::Changes,
                }
            }
            Self::Control(request) => request.operation().effect(),
        }
    }
}

impl Command {
    /// The question to the user before the command is carried out.
    pub fn question(&self) -> Option<String> {
        match self {
            Self::Service(ServiceRequest::Control(request)) => request.operation().question(),
            Self::Service(ServiceRequest::Device(_)) | Self::Own(_) => None,
        }
    }

    /// How long a script waits for the events that this command causes, if it may cause any. On AWS they arrive up to two
    /// seconds after the answer of the control plane.
    pub fn patience_for_events(&self) -> Option<Duration> {
        let Self::Service(request) = self else {
            return None;
        };
        match request.effect() {
            Effect::ChangesPending => Some(Duration::from_secs(2)),
            Effect::MayChangePending => Some(Duration::from_millis(300)),
            Effect::Changes | Effect::Reads => None,
        }
    }
}

impl From<DeviceRequest> for Command {
    fn from(request: DeviceRequest) -> Self {
        Self::Service(ServiceRequest::Device(request))
    }
}

impl From<ControlRequest> for Command {
    fn from(request: ControlRequest) -> Self {
        Self::Service(ServiceRequest::Control(Box::new(request)))
    }
}

impl From<OwnCommand> for Command {
    fn from(command: OwnCommand) -> Self {
        Self::Own(command)
    }
}
