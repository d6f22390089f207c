//! The options of a connection.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, Resettable, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command};

use crate::text;

/// The connection: the endpoint, the identity and the timeout.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ConnectionArgs {
    /// Take the connection from this profile: help profiles
    #[arg(
        long,
        value_name = "NAME",
        env = "JOBS_SANDBOX_PROFILE",
        hide_env = true
    )]
    pub profile: Option<String>,

    /// File of profiles [default: that of the user]
    #[arg(long, value_name = "FILE", value_parser = path(), env = "JOBS_SANDBOX_PROFILE_FILE", hide_env = true)]
    pub profile_file: Option<PathBuf>,

    /// Host name of the AWS IoT data endpoint
    ///
    /// `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints it.
    #[arg(
        long,
        value_name = "HOST",
        env = "JOBS_SANDBOX_ENDPOINT",
        hide_env = true
    )]
    pub endpoint: Option<String>,

    /// Certificate of the device, a PEM file
    #[arg(long, value_name = "FILE", value_parser = path(), env = "JOBS_SANDBOX_CERT_FILE", hide_env = true)]
    pub cert: Option<PathBuf>,

    /// Private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", value_parser = path(), env = "JOBS_SANDBOX_KEY_FILE", hide_env = true)]
    pub key: Option<PathBuf>,

    /// Name of the thing; created if it does not exist
    #[arg(long, value_name = "NAME", aliases = ["thing_name", "thing-name"], env = "JOBS_SANDBOX_THING", hide_env = true)]
    pub thing: Option<String>,

    /// AWS region, if it cannot be derived from the endpoint
    #[arg(long, env = "JOBS_SANDBOX_REGION", hide_env = true)]
    pub region: Option<String>,

    /// MQTT client id [default: test-<uuid>]
    #[arg(
        long,
        value_name = "ID",
        alias = "client_id",
        env = "JOBS_SANDBOX_CLIENT_ID",
        hide_env = true
    )]
    pub client_id: Option<String>,

    /// Trusted CA certificates, a PEM file [default: platform's]
    #[arg(long, value_name = "FILE", alias = "ca_file", value_parser = path(), env = "JOBS_SANDBOX_CA_FILE", hide_env = true)]
    pub ca_file: Option<PathBuf>,

    /// Port of the endpoint: 8883, or 443 (MQTT with ALPN)
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), env = "JOBS_SANDBOX_PORT", hide_env = true)]
    pub port: Option<u16>,

    /// Seconds to wait for the response to a command
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// Start the local service (the default without --endpoint)
    #[arg(long)]
    pub local: bool,

    /// Join a session or `serve` that runs here, by its name
    ///
    /// As an operator, or with --thing as another thing, with a certificate of its own or with that of --cert and --key. The name
    /// can be left out where only one runs. Page: help local-service
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    pub join: Option<Option<String>>,

    /// Write a log to this file; - for standard error
    ///
    /// RUST_LOG sets the level.
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub log: Option<PathBuf>,

    /// The arguments that a variable has given, by their ids, and the names of the variables.
    #[arg(skip)]
    pub from_variables: BTreeMap<String, String>,
}

impl ConnectionArgs {
    /// Takes down what variables have given.
    pub(crate) fn note_variables(&mut self, command: &Command, matches: &ArgMatches) {
        let variables = command.get_arguments().filter_map(|arg| {
            let id = arg.get_id().as_str();
            let is_of_variable = matches.value_source(id) == Some(ValueSource::EnvVariable);
            let variable = arg.get_env().filter(|_| is_of_variable)?;
            Some((id.to_owned(), variable.to_string_lossy().into_owned()))
        });
        self.from_variables = variables.collect();
    }
}

/// The variable whose value an error is about, if the option is not typed.
pub fn variable_of(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = shown.split(' ').next()?;
    let is_typed = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        argument.split('=').next() == Some(flag)
    };
    let program = ConnectionArgs::augment_args(Command::new(""));
    let mut all = program.get_arguments();
    let arg = all.find(|arg| arg.get_long() == flag.strip_prefix("--"))?;
    let variable = arg.get_env()?;
    let is_of_variable = std::env::var_os(variable).is_some() && !arguments.iter().any(is_typed);
    is_of_variable.then(|| variable.to_string_lossy().into_owned())
}

/// The command line without variables that are set to an empty text, which counts as unset.
pub(crate) fn without_empty_variables(command: Command) -> Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| {
            if arg.get_env().is_some_and(is_empty) {
                arg.env(Resettable::<clap::builder::OsStr>::Reset)
            } else {
                arg
            }
        })
        .mut_subcommands(without_empty_variables)
}

/// A path, in which `~/` is the user's folder also behind `=`, where shells leave it.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| text::in_home(&path, std::env::home_dir))
}
