//! The kinds of commands: requests to the service, as the device or as the operator, and the sandbox's own commands.

use std::time::Duration;

use crate::control::{ControlRequest, Effect};
use crate::protocol::{DeviceRequest, EventName, JobId};
use crate::repl::input::command::agent::AgentCommand;
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
    Agent(AgentCommand),
    Wait {
        until: Until,
        /// The timeout of a reply if `None`.
        timeout: Option<Duration>,
    },
    Watch(Box<Watch>),
    /// Shows this many of the last events.
    LastEvents(usize),
    /// Changes a setting, or only prints it.
    Set(Setting),
    Explain(Box<Explained>),
    /// Begins or continues the tutorial if true, and leaves it if false.
    Tutorial(bool),
    Doctor,
    Help(HelpTopic),
    Quit,
}

/// What `explain` prints the equivalent of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub command: Command,
    /// The expression of its `--query`.
    pub query: Option<String>,
}

/// What is shown from now on; `None` changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Which events of the service.
    Events(Option<Shown>),
    /// Whether messages are shown as they are sent and received.
    Wire(Option<bool>),
    /// Whether remarks are shown below the service's messages.
    Notes(Option<bool>),
    /// The form of output.
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
    /// Events in which the execution of this job appears, disappears or changes.
    Job(JobId),
}

/// A request that is sent at an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// A request that only reads.
    pub request: ServiceRequest,
    /// What to select from each response; everything if `None`.
    pub query: Option<Query>,
    pub every: Duration,
    /// The number of times; until Ctrl-C if `None`.
    pub count: Option<u64>,
}

/// The topic of `help`.
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
    /// The effect of the request on the service's data.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Device(
                DeviceRequest::GetPendingJobExecutions(_)
                | DeviceRequest::DescribeJobExecution { .. },
            ) => Effect::Reads,
            Self::Device(
                DeviceRequest::StartNextPendingJobExecution(_)
                | DeviceRequest::UpdateJobExecution { .. },
            ) => Effect::Changes,
            Self::Control(request) => request.about().effect,
        }
    }
}

impl Command {
    /// The question to the user before the command is carried out.
    pub fn question(&self) -> Option<String> {
        match self {
            Self::Service(ServiceRequest::Control(request)) => request.question(),
            Self::Service(ServiceRequest::Device(_)) | Self::Own(_) => None,
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
