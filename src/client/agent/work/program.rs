//! The program of `--exec`: where it is, what it is given, what its exit status means.
//!
//! It is a program and its arguments (`--exec PROGRAM -- ARGUMENT…`), never a line for a shell. It finds the job document on
//! standard input and the rest in its environment; `JOBS_SANDBOX_ATTEMPT` is 1 unless an earlier run was interrupted.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::agent::work::command::CommandLine;
use crate::executor::step::Exit;
use crate::protocol::{EpochSeconds, JobId, ThingName};
use crate::text;

/// The exit status by which a program rejects a job. A shell gives at most 192 for a program that a signal has ended; systemd gives
/// 200 and above; 150 to 199 are left to applications by the LSB (init scripts, exit status codes). The obvious 100 is what `apt-get`
/// gives for any error.
/// <https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/iniscrptact.html>
pub const REJECTED: i32 = 199;

/// Credentials of the user for the control plane. A program of a device has its own, if any.
const CREDENTIALS: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];

/// Whether a program does not inherit this variable of the agent.
pub(crate) fn is_withheld(variable: &OsStr) -> bool {
    let mut withheld = CREDENTIALS.iter();
    withheld.any(|name| variable.eq_ignore_ascii_case(name))
}

/// Why a program cannot be started, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoProgram {
    #[error("the program `{}` is not on the PATH\ngive its path, such as ./{}", shown(.0), shown(.0))]
    NotOnPath(PathBuf),
    #[error("the file `{}` does not exist\ngive the path of a program", shown(.0))]
    Missing(PathBuf),
    #[error("`{}` is not a file\ngive the path of a program", shown(.0))]
    NotFile(PathBuf),
    #[error("`{}` cannot be executed by this user\nallow it: chmod u+x {}", shown(.0), text::quote(&shown(.0)))]
    NotExecutable(PathBuf),
}

fn shown(path: &Path) -> String {
    text::sanitize(&path.to_string_lossy()).into_owned()
}

/// The program that runs for each job, with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
}

/// What a program is run for.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub thing: &'a ThingName,
    pub job: &'a JobId,
    pub execution_number: i64,
    pub queued_at: EpochSeconds,
    /// How often this step was started, this time included.
    pub attempt: u32,
}

impl Program {
    /// Looks for a program, on the `PATH` if its name is no path.
    pub fn find(
        program: &Path,
        arguments: Vec<String>,
        search_path: Option<&OsStr>,
    ) -> Result<Self, NoProgram> {
        let path = find(program, search_path)?;
        Ok(Self { path, arguments })
    }

    /// How to run it for this job.
    pub fn command(&self, run: Run<'_>, document: &str) -> CommandLine {
        let variable = |name: &str, value: String| (format!("JOBS_SANDBOX_{name}"), value);
        CommandLine {
            program: self.path.clone(),
            arguments: self.arguments.clone(),
            environment: vec![
                variable("THING", run.thing.to_string()),
                variable("JOB_ID", run.job.to_string()),
                variable("EXECUTION_NUMBER", run.execution_number.to_string()),
                variable("QUEUED_AT", run.queued_at.0.to_string()),
                variable("ATTEMPT", run.attempt.to_string()),
            ],
            stdin: Some(document.to_owned()),
            may_reject: true,
            reports_stdout: true,
            ..CommandLine::default()
        }
    }
}

/// The absolute path of a program that this user can execute.
pub(crate) fn find(program: &Path, search_path: Option<&OsStr>) -> Result<PathBuf, NoProgram> {
    let is_name =
        program.components().count() == 1 && program.file_name() == Some(program.as_os_str());
    if !is_name {
        let path = std::path::absolute(program);
        return executable(path.unwrap_or_else(|_| program.to_owned()));
    }
    let folders = std::env::split_paths(search_path.unwrap_or_default());
    let mut found = folders
        .filter(|folder| !folder.as_os_str().is_empty())
        .filter_map(|folder| std::path::absolute(folder.join(named(program))).ok())
        .filter_map(|path| executable(path).ok());
    found
        .next()
        .ok_or_else(|| NoProgram::NotOnPath(program.to_owned()))
}

/// The name of the file of a program.
fn named(program: &Path) -> OsString {
    let mut name = program.as_os_str().to_owned();
    if program.extension().is_none() {
        name.push(std::env::consts::EXE_SUFFIX);
    }
    name
}

fn executable(path: PathBuf) -> Result<PathBuf, NoProgram> {
    let Ok(metadata) = path.metadata() else {
        return Err(NoProgram::Missing(path));
    };
    if !metadata.is_file() {
        return Err(NoProgram::NotFile(path));
    }
    #[cfg(unix)]
    if nix::unistd::access(&path, nix::unistd::AccessFlags::X_OK).is_err() {
        return Err(NoProgram::NotExecutable(path));
    }
    Ok(path)
}

/// What an exit status means.
pub(crate) fn exit(status: ExitStatus, may_reject: bool) -> Exit {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = nix::sys::signal::Signal::try_from(signal);
        let name = name.map_or_else(|_| String::new(), |name| format!(" ({name})"));
        return Exit::Failure(format!("killed by signal {signal}{name}"));
    }
    match status.code() {
        Some(0) => Exit::Success,
        Some(REJECTED) if may_reject => Exit::Rejected,
        Some(code) => Exit::Failure(format!("exit status {code}")),
        None => Exit::Failure("no exit status".to_owned()),
    }
}
