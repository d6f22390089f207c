//! One run of the program: from the command line to the exit status.
//!
//! | file | what it holds |
//! |---|---|
//! | [`session`] | a session, from the connection to the exit status |
//! | [`examine`] | the doctor, alone or for a session |
//! | [`connect`] | the one way to a connected client |
//! | [`script`] | where the commands of a session come from |
//! | [`thing`], [`address`], [`prompt`], [`tutorial_setup`] | what a session needs besides the connection |
//! | [`packaging`] | completions for shells, and the manual page |
//! | [`start`], [`restore`] | the log and the threads at the start; the terminal at the end |
//! | [`aloud`] | messages to the user on standard error |
//! | [`error`] | why there was no run |

mod address;
mod aloud;
mod connect;
mod error;
mod examine;
mod packaging;
mod prompt;
mod restore;
mod script;
mod session;
mod start;
mod thing;
mod tutorial_setup;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use crate::cli::{Cli, Mode};
use crate::run::aloud::say;
use crate::run::error::RunError;
use crate::{policy_command, serve, tls};

/// Runs the program. `help exit-codes` lists what it ends with.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    tls::warm_up();
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are also errors to clap. If the text cannot be printed, it is lost.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let ended = match cli.mode {
        Some(Mode::Serve(args)) => serve::run(&args)
            .map(|()| ExitCode::SUCCESS)
            .map_err(RunError::from),
        Some(Mode::Completions { shell }) => print(&packaging::completions(shell)),
        Some(Mode::Man) => print(&packaging::manual()),
        Some(Mode::Doctor(args)) => examine::run(args),
        Some(Mode::Policy(args)) => policy_command::run(&args)
            .map(|is_fine| ExitCode::from(u8::from(!is_fine)))
            .map_err(RunError::from),
        Some(Mode::Command(_)) | None => session::run(cli),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(error.cause().exit_code())
        }
    }
}

/// A text that was asked for.
fn print(text: &[u8]) -> Result<ExitCode, RunError> {
    std::io::stdout()
        .write_all(text)
        .map(|()| ExitCode::SUCCESS)
        .map_err(RunError::Output)
}
