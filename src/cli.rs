//! What was typed on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// An interactive command line for AWS IoT Jobs: type commands as a device and as an operator, and watch the service
/// answer.
///
/// Without --endpoint it starts a local service that behaves as AWS does, on this machine only; nothing needs to be set up,
/// and no AWS account is used.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "jobs-sandbox", version, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(
    after_help = "On AWS:\n  jobs-sandbox --endpoint PREFIX-ats.iot.REGION.amazonaws.com --cert CERT.pem --key KEY.pem --thing THING\n\nAWS credentials for create-job and delete-job come from where the AWS CLI finds them."
)]
pub struct Cli {
    /// Host name of the AWS IoT data endpoint (`aws iot describe-endpoint --endpoint-type iot:Data-ATS` tells it)
    #[arg(long, value_name = "HOST")]
    pub endpoint: Option<String>,

    /// Certificate of the device, a PEM file
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,

    /// Private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,

    /// Name of the thing whose jobs these are; it is created if it does not exist
    #[arg(long, value_name = "NAME", aliases = ["thing_name", "thing-name"])]
    pub thing: Option<String>,

    /// AWS region, where the endpoint does not tell it
    #[arg(long)]
    pub region: Option<String>,

    /// MQTT client id [default: test-<uuid>]
    #[arg(long, value_name = "ID", alias = "client_id")]
    pub client_id: Option<String>,

    /// Certificates of the authorities to trust, a PEM file [default: those of the platform]
    #[arg(long, value_name = "FILE", alias = "ca_file")]
    pub ca_file: Option<PathBuf>,

    /// Port of the endpoint: 8883, or 443 (MQTT with ALPN)
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// How long a command waits for its answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// Start the local service, which is what happens without --endpoint, too
    #[arg(long, conflicts_with = "endpoint")]
    pub local: bool,

    /// Something else than a session.
    #[command(subcommand)]
    pub mode: Option<Mode>,
}

/// What the program does where it runs no session.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Mode {
    /// Run the local service alone, for other programs: MQTT over mutual TLS, and the control plane over HTTP
    ///
    /// It prints what a client needs as soon as it accepts connections, and runs until Ctrl-C or SIGTERM. It can be reached from
    /// this machine only, and forgets everything when it ends.
    Serve(ServeArgs),
}

/// The options of `serve`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ServeArgs {
    /// Where to listen, and what clients call it: localhost (127.0.0.1), 127.0.0.1 or ::1
    #[arg(long, default_value = "localhost")]
    pub host: String,

    /// Port for MQTT; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8883)]
    pub mqtt_port: u16,

    /// Port for HTTP; 0 for any free one
    // AWS has no such port to copy. It stands beside MQTT's, and is taken less often than 8080.
    #[arg(long, value_name = "PORT", default_value_t = 8880)]
    pub http_port: u16,

    /// Folder for ca.pem, device.cert.pem and device.key.pem, which are new at every start and replace older ones [default:
    /// a temporary folder, removed at the end]
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,

    /// The policy of the device certificate, a JSON file [default: the job topics of every thing, to any client id]
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,

    /// A thing to register; may be given more than once
    #[arg(long = "thing", value_name = "NAME", default_value = "sandbox-thing")]
    pub things: Vec<String>,

    /// The AWS region that it says it is in
    #[arg(long, default_value = "us-east-1")]
    pub region: String,

    /// The AWS account that everything belongs to
    #[arg(long, value_name = "DIGITS", default_value = "123456789012")]
    pub account: String,

    /// Port for the management of the service (state, reset, clock, faults); 0 for any free one [default: none]
    #[arg(long, value_name = "PORT")]
    pub admin_port: Option<u16>,

    /// Whose clock the service follows: the system's, or that of the management port, which stands still until it is moved
    #[arg(long, value_name = "CLOCK", default_value = "system")]
    pub clock: ClockChoice,

    /// For people, or one line of JSON on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub output: OutputForm,
}

/// Whose clock the local service follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClockChoice {
    /// The system's.
    System,
    /// One that stands still until it is moved.
    Manual,
}

/// For whom `serve` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// For people.
    Text,
    /// One line of JSON.
    Json,
}
