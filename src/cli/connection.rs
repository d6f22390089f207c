//! The options of a connection.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};

use crate::text;

/// The connection: the endpoint, the identity and the timeout.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ConnectionArgs {
    /// Host name of the AWS IoT data endpoint
    ///
    /// `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints it.
    #[arg(long, value_name = "HOST")]
    pub endpoint: Option<String>,

    /// Certificate of the device, a PEM file
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub cert: Option<PathBuf>,

    /// Private key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub key: Option<PathBuf>,

    /// Name of the thing; created if it does not exist
    #[arg(long, value_name = "NAME", aliases = ["thing_name", "thing-name"])]
    pub thing: Option<String>,

    /// AWS region, if it cannot be derived from the endpoint
    #[arg(long)]
    pub region: Option<String>,

    /// MQTT client id [default: test-<uuid>]
    #[arg(long, value_name = "ID", alias = "client_id")]
    pub client_id: Option<String>,

    /// Trusted CA certificates, a PEM file [default: platform's]
    #[arg(long, value_name = "FILE", alias = "ca_file", value_parser = path())]
    pub ca_file: Option<PathBuf>,

    /// Port of the endpoint: 8883, or 443 (MQTT with ALPN)
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// Seconds to wait for the response to a command
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,

    /// Start the local service (the default without --endpoint)
    #[arg(long, conflicts_with = "endpoint")]
    pub local: bool,

    /// Write a log to this file; - for standard error
    ///
    /// RUST_LOG sets the level.
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub log: Option<PathBuf>,
}

/// A path, in which `~/` is the user's folder also behind `=`, where shells leave it.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| text::in_home(&path, std::env::home_dir))
}
