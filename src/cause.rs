//! Why something failed, in the classes that exit codes distinguish. Pure.

/// The class of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The service, or the command itself, refused.
    Refused,
    /// It was not a command.
    Usage,
    /// A file, or the credentials.
    Setup,
    /// The service could not be reached, or the connection was lost.
    Connection,
    /// It took too long.
    Timeout,
    Interrupted,
}

impl Cause {
    /// The exit status of a script that ends so; `help exit-codes` lists them.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Setup => 3,
            Self::Connection => 4,
            Self::Timeout => 5,
            Self::Interrupted => 130,
        }
    }

    /// The word for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::Setup => "setup",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
        }
    }
}
