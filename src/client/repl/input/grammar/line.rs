//! One line at the prompt, as clap reads it.

use clap::Subcommand;

use crate::control::ControlRequest;
use crate::repl::input::grammar::device::DeviceTyped;
use crate::repl::input::grammar::own::OwnTyped;

/// A command as it was typed, aliases resolved.
#[derive(Debug, Subcommand)]
pub enum Typed {
    #[command(flatten)]
    Device(DeviceTyped),
    #[command(flatten)]
    Control(ControlRequest),
    #[command(flatten)]
    Own(OwnTyped),
}

/// Who carries out a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandKind {
    /// The service, as the device.
    Device,
    /// The service, as the operator.
    Control,
    Own,
}
