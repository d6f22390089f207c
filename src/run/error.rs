//! Why a run failed, and its exit status.

use std::path::PathBuf;

use crate::cause::{self, Cause};
use crate::config::{ProfileError, ResolveError, StateOfRemote};
use crate::control::EnvironmentError;
use crate::device::ConnectError;
use crate::exam::ExamError;
use crate::fleet_command::FleetError;
use crate::local::{DeviceError, StartError};
use crate::logging::LogError;
use crate::policy_command::PolicyCommandError;
use crate::repl::editor::EditorError;
use crate::repl::input::alias::AliasError;
use crate::repl::input::command::CommandError;
use crate::repl::output::transcript::TranscriptError;
use crate::run::agent::AgentError;
use crate::run::join::JoinError;
use crate::serve::ServeError;
use crate::tls::TlsError;

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    #[error(transparent)]
    State(#[from] StateOfRemote),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Local(#[from] StartError),
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Editor(#[from] EditorError),
    #[error(transparent)]
    Agent(#[from] AgentError),
    #[error(transparent)]
    Exam(#[from] ExamError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Join(#[from] JoinError),
    #[error("{0}")]
    Command(#[from] CommandError),
    #[error(transparent)]
    Alias(#[from] AliasError),
    #[error(
        "the tutorial is part of a session\nstart the program without a command, and type `tutorial`"
    )]
    SessionOnly,
    #[error("the command is not UTF-8: {0}")]
    NotUtf8(String),
    #[error("cannot read the commands in `{0}`: {1}")]
    Script(PathBuf, std::io::Error),
    #[error("cannot write to standard output: {0}\nthe text is not complete")]
    Output(std::io::Error),
    #[error("cannot write to standard output: {0}\ncommands may not have been carried out")]
    SessionOutput(std::io::Error),
    #[error(transparent)]
    Fleet(#[from] FleetError),
    #[error(transparent)]
    PolicyCommand(#[from] PolicyCommandError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// A panic.
    #[error("{0}")]
    Fault(String),
    #[error("cannot start the network thread: {0}")]
    Runtime(std::io::Error),
    #[error("cannot derive the AWS region from `{0}`\ngive --region, or set AWS_REGION")]
    NoRegion(String),
}

impl RunError {
    /// The exit status.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Exam(ExamError::Interrupted {
                signal: Some(signal),
            }) => cause::after_signal(*signal),
            _ => self.cause().exit_code(),
        }
    }

    /// The class of the failure.
    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Resolve(_)
            | Self::State(_)
            | Self::NoRegion(_)
            | Self::Command(_)
            | Self::Alias(_)
            | Self::SessionOnly
            | Self::NotUtf8(_) => Cause::Usage,
            Self::Profile(error) if error.is_usage() => Cause::Usage,
            Self::Agent(error) if error.is_usage() => Cause::Usage,
            Self::Fleet(error) if error.is_usage() => Cause::Usage,
            Self::Serve(error) if error.is_usage() => Cause::Usage,
            Self::Join(error) if error.is_usage() => Cause::Usage,
            Self::Exam(error) if error.is_usage() => Cause::Usage,
            Self::Exam(ExamError::Interrupted { .. }) => Cause::Interrupted,
            Self::PolicyCommand(error) if error.is_usage() => Cause::Usage,
            Self::Log(error) if error.is_usage() => Cause::Usage,
            Self::Tls(_)
            | Self::Profile(_)
            | Self::Local(_)
            | Self::Device(_)
            | Self::Environment(_)
            | Self::Fault(_)
            | Self::Editor(_)
            | Self::Script(..)
            | Self::Runtime(_)
            | Self::Output(_)
            | Self::SessionOutput(_)
            | Self::PolicyCommand(_)
            | Self::Log(_)
            | Self::Transcript(_)
            | Self::Agent(_)
            | Self::Exam(_)
            | Self::Fleet(_)
            | Self::Join(_)
            | Self::Serve(_) => Cause::Setup,
            Self::Connect(_) => Cause::Connection,
        }
    }
}
