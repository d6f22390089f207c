//! One run of the program: from the command line to the exit status.
//!
//! | file | what it holds |
//! |---|---|
//! | [`session`] | a session, from the connection to the exit status |
//! | [`examine`] | the doctor, alone or for a session |
//! | [`agent`] | a device that executes jobs, or simulates them |
//! | [`connect`] | connecting a client |
//! | [`settle`] | from options, variables and a profile to a connection |
//! | [`own_lines`] | aliases and start-up lines |
//! | [`profile`] | `profile`: lists, shows and checks profiles |
//! | [`join`] | joining a service that runs in another terminal |
//! | [`script`] | the source of a session's commands |
//! | [`thing`], [`address`], [`prompt`], [`tutorial_setup`] | what a session needs besides the connection |
//! | [`packaging`] | completions for shells, and the manual page |
//! | [`paged`], [`program`] | help that is printed without a session; the command line, and the help of subcommands |
//! | [`start`], [`restore`] | the log and the threads at the start; the terminal at the end |
//! | [`aloud`] | messages to the user on standard error |
//! | [`error`] | why a run failed |

mod address;
mod agent;
mod aloud;
mod connect;
mod error;
mod examine;
mod join;
mod own_lines;
mod packaging;
mod paged;
mod profile;
mod program;
mod prompt;
mod restore;
mod script;
mod session;
mod settle;
mod start;
mod thing;
mod tutorial_setup;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use crate::cause::Cause;
use crate::cli::{self, Cli, ExamArgs, Mode};
use crate::exam::{self, ExamError};
use crate::run::aloud::{print, printed, say};
use crate::run::error::RunError;
use crate::run::program::VERSION;
use crate::{fleet_command, logging, panics, policy_command, redact, serve, text, tls};

/// Runs the program. `help exit-codes` lists the results.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panics::take_over(logging::record_panic);
    panics::contain(|| run_mode(arguments)).unwrap_or_else(|fault| {
        say(&format!("error: {fault}"));
        ExitCode::from(Cause::Setup.exit_code())
    })
}

fn run_mode(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    tls::warm_up();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let ended = match Cli::read(VERSION, arguments.clone()) {
        Ok(cli) => run_as(cli),
        Err(error) => refuse(&error, &arguments),
    };
    if let Some(news) = logging::take_failure() {
        say(&news);
    }
    match ended {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

fn run_as(cli: Cli) -> Result<ExitCode, RunError> {
    match cli.mode {
        Some(Mode::Exam(args)) => hold_exam(&args),
        Some(Mode::Serve(args)) => serve::run(&args)
            .map(|()| ExitCode::SUCCESS)
            .map_err(RunError::from),
        Some(Mode::Completions { shell }) => print_file(&packaging::completions(shell)),
        Some(Mode::Man) => print_file(&packaging::manual()),
        Some(Mode::Agent(args)) => agent::run(&args),
        Some(Mode::Doctor(args)) => examine::run(args),
        Some(Mode::Profile(args)) => profile::run(&args.action, cli.connection),
        Some(Mode::Policy(args)) => {
            let (text, is_fine) = policy_command::run(&args)?;
            print(&text).map(|code| if is_fine { code } else { ExitCode::FAILURE })
        }
        Some(Mode::Fleet(args)) => {
            let outcome = fleet_command::run(&args)?;
            let code = print(&outcome.text)?;
            outcome.news.iter().for_each(|news| say(news));
            Ok(outcome
                .cause
                .map_or(code, |it| ExitCode::from(it.exit_code())))
        }
        Some(Mode::Command(_)) | None => session::run(cli),
    }
}

/// Prints why the command line is wrong. To clap, help and version are also errors.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> Result<ExitCode, RunError> {
    // The error quotes arguments in its own colours, so the arguments are made safe first. If that changes the error, it is
    // printed without colours.
    let shown = |it: &OsString| {
        let it = it.to_string_lossy();
        OsString::from(&*text::sanitize(&redact::private_keys(&it)))
    };
    let safe = Cli::read(VERSION, arguments.iter().map(shown).collect()).err();
    let written = if let Some(safe) = safe.filter(|it| it.kind() == error.kind()) {
        safe.print()
    } else {
        say(error.render().to_string().trim_end());
        Ok(())
    };
    if let Some(variable) = cli::variable_of(error, arguments) {
        say(&format!("the value comes from {variable}"));
    }
    if error.use_stderr() {
        return Ok(ExitCode::from(Cause::Usage.exit_code()));
    }
    printed(written.and_then(|()| std::io::stdout().flush()))
}

/// Exit status 1 if something was not passed.
fn hold_exam(args: &ExamArgs) -> Result<ExitCode, RunError> {
    match exam::run(args) {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(ExamError::Output(error)) => printed(Err(error)),
        Err(error) => Err(error.into()),
    }
}

/// A text of many lines that another program reads.
fn print_file(text: &[u8]) -> Result<ExitCode, RunError> {
    let mut stdout = std::io::stdout().lock();
    printed(stdout.write_all(text).and_then(|()| stdout.flush()))
}
