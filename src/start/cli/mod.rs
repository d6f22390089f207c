//! What was typed on the command line.

mod agent;
mod connection;
mod exam;
mod fleet;
mod numbers;
mod profile;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::cli::connection::{path, without_empty_variables};
use crate::duration::up_to_a_day;

pub use crate::cli::connection::variable_of;

pub use crate::cli::agent::{
    AgentAction, AgentArgs, AgentForm, ConductArgs, HandlerArgs, InterruptedChoice, UnknownChoice,
    WorkArgs,
};
pub use crate::cli::connection::ConnectionArgs;
pub use crate::cli::exam::{EXAM_LIMIT, ExamArgs, ExamForm};
pub use crate::cli::fleet::{FleetArgs, ReportForm};
pub use crate::cli::profile::{ProfileAction, ProfileArgs, ProfileFileArgs};

/// An interactive command line for AWS IoT Jobs: type commands as a device and as an operator, and watch the service
/// answer.
///
/// Without --endpoint it starts a local service that behaves as AWS does, on this machine only; nothing needs to be set up,
/// and no AWS account is used.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "jobs-sandbox", max_term_width = 100)]
#[command(disable_help_subcommand = true, subcommand_value_name = "COMMAND")]
#[command(
    after_help = "On AWS:\n  jobs-sandbox --endpoint PREFIX-ats.iot.REGION.amazonaws.com --cert CERT.pem --key KEY.pem --thing THING\n\nAWS credentials for the control plane (create-job, …) are found where the AWS CLI finds them.\n\nOne command without a session:\n  jobs-sandbox [OPTIONS] get-pending-job-executions\n\nAll commands and pages: jobs-sandbox help"
)]
pub struct Cli {
    /// The connection.
    #[command(flatten)]
    pub connection: ConnectionArgs,

    /// How the session runs.
    #[command(flatten)]
    pub session: SessionArgs,

    /// A mode other than a session.
    #[command(subcommand)]
    pub mode: Option<Mode>,
}

impl Cli {
    /// The command line of the program, in a version.
    pub fn program(version: &'static str) -> clap::Command {
        Self::command().version(version)
    }

    /// Reads a command line with the name of the program. Options of the session cannot be combined with `agent`, `serve`,
    /// `doctor` and `policy`, which have their own; nor can two sources of commands be combined.
    pub fn read(version: &'static str, arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        Self::read_as_typed(version, arguments).map_err(numbers::in_plain_words)
    }

    fn read_as_typed(version: &'static str, arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        let command = without_empty_variables(Self::program(version));
        let command = numbers::may_be_negative(command);
        let matches = command.clone().try_get_matches_from(arguments)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.note_variables(&command, &matches);
        let has_commands = !cli.session.commands.is_empty() || cli.session.file.is_some();
        let conflict = match (&cli.mode, matches.subcommand_name()) {
            (Some(Mode::Command(_)), _) => has_commands
                .then(|| "a command at the end cannot be combined with -c or -f".to_owned()),
            (Some(_), Some(name)) => given(&command, &matches).map(|option| {
                format!(
                    "--{option} is an option of a session; the options of {name} follow its name"
                )
            }),
            _ => None,
        };
        match conflict {
            Some(message) => Err(command.clone().error(ErrorKind::ArgumentConflict, message)),
            None => Ok(cli),
        }
    }
}

impl Cli {
    fn note_variables(&mut self, command: &clap::Command, matches: &ArgMatches) {
        self.connection.note_variables(command, matches);
        let connection = match &mut self.mode {
            Some(Mode::Agent(args)) => &mut args.connection,
            Some(Mode::Doctor(args)) => args,
            _ => return,
        };
        if let Some((name, matches)) = matches.subcommand()
            && let Some(command) = command.find_subcommand(name)
        {
            connection.note_variables(command, matches);
        }
    }
}

/// The first option of the session that was typed.
fn given<'a>(command: &'a clap::Command, matches: &ArgMatches) -> Option<&'a str> {
    let is_typed = |arg: &&clap::Arg| {
        matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
    };
    let mut arguments = command.get_arguments().filter(is_typed);
    arguments.find_map(clap::Arg::get_long)
}

/// The source of a session's commands, and its form of output.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Scripts and output")]
pub struct SessionArgs {
    /// Run this command and exit; can be repeated
    #[arg(short = 'c', long = "command", value_name = "COMMAND")]
    pub commands: Vec<String>,

    /// Run the commands in this file and exit; - for standard input
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with = "commands", value_parser = path())]
    pub file: Option<PathBuf>,

    /// Continue after a command of a script has failed
    #[arg(long)]
    pub keep_going: bool,

    /// Let a script use the aliases of the file of profiles
    #[arg(long)]
    pub aliases: bool,

    /// Let a script begin with the start-up lines of the profile
    #[arg(long)]
    pub start_up: bool,

    /// How to print replies and events
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: SessionForm,

    /// Show only what this JMESPath expression selects
    #[arg(long, value_name = "EXPRESSION")]
    pub query: Option<String>,

    /// Append everything typed and shown to this file, with times
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub transcript: Option<PathBuf>,

    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,

    /// File that keeps the local service between sessions
    #[arg(long, value_name = "FILE", help_heading = None, value_parser = path())]
    pub state: Option<PathBuf>,
}

/// How a session prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SessionForm {
    /// A label, and the JSON as it was sent.
    Text,
    /// The same, with each member of the JSON on its own line.
    Pretty,
    /// An indented JSON object for each reply, event and error.
    Json,
    /// The same, each object on one line; for scripts.
    Jsonl,
    /// Only the payloads; errors go to standard error.
    Raw,
}

/// When there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal; NO_COLOR and CLICOLOR are obeyed.
    Auto,
    /// Also in a pipe.
    Always,
    /// Never.
    Never,
}

impl ColorWhen {
    /// Whether there are colours on this output. `variable` looks an environment variable up; an empty one counts as unset.
    /// <https://no-color.org>, <https://bixense.com/clicolors>
    pub fn decide(self, is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR").is_some() => false,
            Self::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Self::Auto => {
                is_terminal
                    && set("CLICOLOR").is_none_or(|value| value != "0")
                    && set("TERM").is_none_or(|value| value != "dumb")
            }
        }
    }
}

/// What the program does instead of a session.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Mode {
    /// Be a device that executes jobs, or simulates them
    ///
    /// It takes jobs one by one, reports progress and outcomes, and survives lost connections and restarts. Without options for
    /// the work it simulates, and executes nothing. Without --endpoint it starts a local service. `help agent` explains it.
    Agent(Box<AgentArgs>),

    /// Rehearse the rollout of a job to many devices
    ///
    /// Simulated devices and the rules of the local service run in virtual time: hours of a rollout take seconds. Nothing is sent
    /// anywhere. Page: help fleet
    Fleet(FleetArgs),

    /// Examine a program that is a device
    ///
    /// It plays scenarios against the program, in any language, over real MQTT and TLS: lost events, cut links, throttling,
    /// cancellations, restarts. Each has a local service of its own. It prints a mark for each, and exits with 1 if one was not
    /// passed. `help exam` explains it.
    Exam(Box<ExamArgs>),

    /// Run the local service for other programs
    ///
    /// It offers MQTT and HTTPS over mutual TLS, and the control plane over HTTP. It prints what a client needs as soon as it accepts
    /// connections, and runs until Ctrl-C or SIGTERM. Only this machine can reach it, unless --listen is given. It forgets
    /// everything when it ends, unless --state is given.
    Serve(ServeArgs),

    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },

    /// Print the manual page
    Man,

    /// Check the connection and the permissions step by step
    ///
    /// Every problem comes with the next step. The doctor takes the options of a session, changes nothing, and exits with 1 if
    /// a check failed.
    Doctor(ConnectionArgs),

    /// Print the policies needed on AWS, or check one
    Policy(PolicyArgs),

    /// List, show or check profiles of connections
    ///
    /// `--profile NAME` starts a session, an agent or the doctor with one. Page: help profiles
    Profile(ProfileArgs),

    /// One command of the session.
    #[command(external_subcommand)]
    Command(Vec<OsString>),
}

/// The options of `policy`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PolicyArgs {
    /// An action other than printing.
    #[command(subcommand)]
    pub action: Option<PolicyAction>,

    /// For whom.
    #[command(flatten)]
    pub names: Option<PolicyNames>,

    /// Print only this policy
    #[arg(long, value_name = "WHICH", requires = "thing")]
    pub only: Option<PolicyKind>,
}

/// What `policy` does beside printing.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum PolicyAction {
    /// Show which MQTT actions of the sandbox a policy allows
    Check {
        /// Policy of the device's certificate; - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// For whom.
        #[command(flatten)]
        names: PolicyNames,
    },
}

/// What a policy is filled in with.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct PolicyNames {
    /// Name of the thing
    #[arg(long, value_name = "NAME")]
    pub thing: String,

    /// AWS region
    #[arg(long)]
    pub region: String,

    /// AWS account
    #[arg(long, value_name = "DIGITS")]
    pub account: String,

    /// MQTT client id; * matches anything
    #[arg(long, value_name = "ID", default_value = "test-*")]
    pub client_id: String,
}

/// Which policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyKind {
    /// The AWS IoT policy of the device's certificate.
    Device,
    /// The IAM policy of the user or role that manages jobs.
    ControlPlane,
}

/// The options of `serve`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ServeArgs {
    /// Address to listen on: localhost, 127.0.0.1 or ::1
    #[arg(long, default_value = "localhost")]
    pub host: String,

    /// Address to listen on for clients on other machines
    ///
    /// 0.0.0.0 stands for all addresses of this machine. Credentials are not checked: everyone who reaches the HTTP port can
    /// use the control plane. The admin port stays on loopback.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "host")]
    pub listen: Option<String>,

    /// Name or address that clients use; can be repeated
    ///
    /// The certificate of the server is made out to it. HTTP requests for a host that was not named are refused. The first one
    /// is the endpoint.
    #[arg(long = "name", value_name = "HOST")]
    pub names: Vec<String>,

    /// Port for MQTT; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8883)]
    pub mqtt_port: u16,

    /// Port for HTTP; 0 for any free one
    // AWS does not define this port. It is next to MQTT's, and is used less often than 8080.
    #[arg(long, value_name = "PORT", default_value_t = 8880)]
    pub http_port: u16,

    /// Port for HTTPS of devices; 0 for any free one
    ///
    /// A device uses its certificate there. A client that asks for x-amzn-mqtt-ca by ALPN speaks MQTT.
    #[arg(long, value_name = "PORT", default_value_t = 8443)]
    pub https_port: u16,

    /// Folder of the CA, certificate and keys; kept if there
    ///
    /// The files are ca.pem, ca.key.pem, device.cert.pem and device.key.pem. Without --dir they are new at each start, in a
    /// temporary folder.
    #[arg(long, value_name = "FOLDER", value_parser = path())]
    pub dir: Option<PathBuf>,

    /// Replace the CA, certificate and keys in the folder
    #[arg(long, requires = "dir")]
    pub new: bool,

    /// File that keeps the state when the service ends
    ///
    /// The next start resumes with everything in the account, with the same CA, and from the same time: `help local-service`.
    /// The file contains private keys.
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub state: Option<PathBuf>,

    /// Policy of the device's certificate, a JSON file
    ///
    /// Without it the device may use all job topics and job events.
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub policy: Option<PathBuf>,

    /// Name of a thing to register; can be repeated
    #[arg(long = "thing", value_name = "NAME", default_value = "sandbox-thing")]
    pub things: Vec<String>,

    /// AWS region of the service
    #[arg(long, default_value = "us-east-1")]
    pub region: String,

    /// AWS account of the service
    #[arg(long, value_name = "DIGITS", default_value = "123456789012")]
    pub account: String,

    /// Admin port; 0 for any free one [default: none]
    ///
    /// Tests read and reset the state there, move the clock and add faults: `help admin`.
    #[arg(long, value_name = "PORT")]
    pub admin_port: Option<u16>,

    /// Clock that the service follows
    #[arg(long, value_name = "CLOCK", default_value = "system")]
    pub clock: ClockChoice,

    /// Stored messages per second after a reconnect [default: all]
    ///
    /// AWS sends 10 per second.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub stored_per_second: Option<u32>,

    /// How long the deletion of a job takes, such as 30s
    ///
    /// During that time the job is DELETION_IN_PROGRESS, and no more than ten jobs can be. Without it a job is gone at once.
    #[arg(long, value_name = "TIME", value_parser = up_to_a_day)]
    pub deletion_time: Option<Duration>,

    /// Text, or one line of JSON on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
}

/// The clock that the local service follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClockChoice {
    /// The clock of the system.
    System,
    /// A clock that stands still until the admin port moves it.
    Manual,
}

/// How `serve` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// For people.
    Text,
    /// One line of JSON.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_conventions() {
        use ColorWhen::{Always, Auto, Never};
        for (when, is_terminal, environment, expected) in [
            (Auto, true, &[][..], true),
            (Auto, false, &[], false),
            (Auto, true, &[("NO_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "")], true),
            (Auto, true, &[("CLICOLOR", "0")], false),
            (Auto, false, &[("CLICOLOR", "1")], false),
            (Auto, true, &[("TERM", "dumb")], false),
            (Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (
                Auto,
                true,
                &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
                false,
            ),
            (Always, false, &[("NO_COLOR", "1")], true),
            (Never, true, &[("CLICOLOR_FORCE", "1")], false),
        ] {
            let variable = |name: &str| {
                let found = environment.iter().find(|(other, _)| *other == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let decided = when.decide(is_terminal, variable);
            assert_eq!(decided, expected, "{when:?} {is_terminal} {environment:?}");
        }
    }
}
