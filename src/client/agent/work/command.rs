//! What is to be run, and what comes of it.

use std::path::PathBuf;

use crate::executor::step::{Progress, StepEnd};

/// A program with all that it is given. It does not run in a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// A path, or a name to look for on the `PATH`.
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// Set in addition to the agent's own environment.
    pub environment: Vec<(String, String)>,
    /// What it can read from standard input; nothing if absent. It need not read it.
    pub stdin: Option<String>,
    /// Whether [`crate::agent::work::REJECTED`] as its exit status rejects the job.
    pub may_reject: bool,
    /// Whether standard output is reported.
    pub reports_stdout: bool,
    /// With more lines on standard error it fails, whatever its exit status; any number if absent.
    pub stderr_lines_max: Option<u64>,
    /// A command to put in front of `kill`, by which signals are also sent: processes of another user do not take them from the
    /// agent. See [`CommandLine::signals_as`].
    pub signals_by: Vec<String>,
}

impl CommandLine {
    /// How signals reach the processes of a program that changes to this user. `sudo` itself ends with what it has started.
    pub fn signals_as(user: &str) -> Vec<String> {
        #[cfg(unix)]
        if nix::unistd::geteuid().is_root() {
            return Vec::new();
        }
        ["sudo", "-n", "-u", user, "--"].map(str::to_owned).to_vec()
    }
}

/// What comes of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkReport {
    /// All details so far. Of several changes in quick succession the last is reported.
    Progress(Progress),
    /// No process of its group is left. It comes once, as the last report.
    Ended(StepEnd),
}
