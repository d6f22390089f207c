//! Why `serve` fails.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::local::{DeviceError, StartError};
use crate::protocol::NameError;
use crate::serve::kept::KeptError;
use crate::text::NotText;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The host is not a loopback address of this machine.
    #[error(
        "--host `{0}` is not a loopback address, and the local service does not check credentials\nuse localhost, 127.0.0.1 or ::1; --listen ADDRESS is for clients on other machines"
    )]
    Host(String),
    /// What `--listen` names is not an address.
    #[error(
        "--listen `{0}` is not an IP address\ngive one of this machine such as 192.168.1.5, or 0.0.0.0 for all; names go into --name, ports into --mqtt-port, --http-port and --https-port"
    )]
    Listen(String),
    /// Clients cannot connect to "all addresses".
    #[error(
        "--listen `{0}` is all addresses, and clients need a name or one address\ngive it with --name, as in --name box.example"
    )]
    NoName(IpAddr),
    /// A thing name that cannot be part of a topic.
    #[error("--thing `{0}` {1}")]
    Thing(String, NameError),
    /// A region that would break an ARN.
    #[error("--region `{0}` is not a region\ngive one such as us-east-1")]
    Region(String),
    /// An account that would break an ARN.
    #[error("--account `{0}` is not an account\ngive twelve digits")]
    Account(String),
    /// A port that the service cannot have. Its text ends with the advice to choose another.
    #[error("{0} with {1}")]
    Port(StartError, &'static str),
    /// The service did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The service did not create the device.
    #[error(transparent)]
    Device(DeviceError),
    /// The file of `--policy` cannot be read.
    #[error("cannot read `{path}`: {source}\ngive the file of the policy with --policy")]
    ReadPolicy { path: PathBuf, source: io::Error },
    /// The file of `--policy` does not hold a valid policy.
    #[error("--policy `{path}`: {reason}")]
    Policy {
        path: PathBuf,
        /// What is wrong, and where.
        reason: DeviceError,
    },
    /// The file of `--policy` is too large for a policy.
    #[error(
        "--policy `{path}` has more than {max} bytes, which no policy has\ngive the file of the policy with --policy"
    )]
    PolicyTooLarge { path: PathBuf, max: u64 },
    /// Another running `serve` uses the folder.
    #[error(
        "another `serve` uses the folder `{0}`\ngive another folder with --dir, or stop that `serve` first"
    )]
    InUse(PathBuf),
    #[error("--policy `{path}` {source}\nsave it as UTF-8")]
    PolicyNotText { path: PathBuf, source: NotText },
    /// The folder or a file in it cannot be created.
    #[error("cannot write `{path}`: {source}\ngive another folder with --dir")]
    Write { path: PathBuf, source: io::Error },
    /// What an earlier `serve` left in the folder cannot be used.
    #[error(
        "{0}\n--new makes a new CA, certificate and keys there; clients then need the new files"
    )]
    Kept(#[from] KeptError),
    /// The signals that end the service cannot be handled.
    #[error("cannot wait for signals: {0}")]
    Signals(io::Error),
    /// The service's task has panicked; the panic was printed.
    #[error("the local service has failed and stopped\nrestart it{0}")]
    Ended(&'static str),
    /// Without the output, the ports of the service are unknown.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl ServeError {
    /// Whether the command line is at fault, rather than a file or the machine.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Host(_)
            | Self::Listen(_)
            | Self::NoName(_)
            | Self::Thing(..)
            | Self::Region(_)
            | Self::Account(_)
            | Self::Policy { .. }
            | Self::PolicyTooLarge { .. }
            | Self::PolicyNotText { .. }
            | Self::Start(StartError::Thing { .. } | StartError::Name(_)) => true,
            Self::Start(_)
            | Self::Port(..)
            | Self::Device(_)
            | Self::ReadPolicy { .. }
            | Self::Write { .. }
            | Self::InUse(_)
            | Self::Kept(_)
            | Self::Signals(_)
            | Self::Ended(_)
            | Self::Output(_) => false,
        }
    }
}
