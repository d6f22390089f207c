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

/// The exit status after the reader of the output has closed it: 128 plus the number of SIGPIPE, as in shells.
pub const OUTPUT_CLOSED: u8 = 141;

/// The exit status after SIGTERM.
const TERMINATED: u8 = 143;

/// The exit status of a mode that a signal has ended before its end, as in shells.
pub fn after_signal(number: i32) -> u8 {
    u8::try_from(128 + number).unwrap_or(u8::MAX)
}

/// Every exit status of the program, with its meaning. The page `exit-codes` is made from it.
pub fn exit_codes() -> Vec<(u8, &'static str)> {
    let mut codes = vec![(
        0,
        "every command succeeded, the user left the session, or a signal stopped `agent` or `serve`",
    )];
    codes.extend(Cause::ALL.map(|cause| (cause.exit_code(), cause.meaning())));
    codes.push((OUTPUT_CLOSED, "the reader closed the output pipe (SIGPIPE)"));
    codes.push((TERMINATED, "ended by SIGTERM"));
    codes
}

impl Cause {
    pub const ALL: [Self; 6] = [
        Self::Refused,
        Self::Usage,
        Self::Setup,
        Self::Connection,
        Self::Timeout,
        Self::Interrupted,
    ];

    /// What its exit status means.
    const fn meaning(self) -> &'static str {
        match self {
            Self::Refused => {
                "the service, or the command itself, refused, or a check, an exam or an expectation failed"
            }
            Self::Usage => "usage error (command line or script)",
            Self::Setup => {
                "a file, the credentials or the machine is not as needed, or a fault in the sandbox"
            }
            Self::Connection => "no connection, the connection was lost, or the service failed",
            Self::Timeout => "no answer, event or status in time",
            Self::Interrupted => "interrupted by Ctrl-C",
        }
    }

    /// The exit status of a script that ends for this cause; `help exit-codes` lists them.
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
