//! `serve`: the local service alone, for other programs.
//!
//! It starts the service, writes the certificates that a client needs into a folder, says on standard output where everything
//! is, and waits for SIGINT or SIGTERM.

mod folder;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use crate::cli::{ClockChoice, OutputForm, ServeArgs};
use crate::config::is_region_name;
use crate::local::{ClockMode, DeviceError, LocalService, Options, StartError};
use crate::protocol::{NameError, ThingName};
use crate::serve::folder::Folder;
use crate::text;

/// What the device may do unless `--policy` says otherwise.
const POLICY: &str = include_str!("policy.json");

/// What that policy is called in the service.
const POLICY_NAME: &str = "device";

/// How many lines of the log wait to be written; more are lost.
const LOG_LINES_MAX: usize = 1024;

/// Which client ids the local service takes: AWS's rule, and the policy may narrow it.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const CLIENT_IDS: &str = "any of 1 to 128 bytes that does not start with `$`; a second connection with it ends the first";

/// The access key and the secret key: the local service asks for a signature and takes any.
const ANY_KEY: &str = "local";

/// Why the local service was not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// A host that other machines could reach, or none at all.
    #[error(
        "--host `{0}` is not this machine alone: the local service checks no credentials\nuse localhost, 127.0.0.1 or ::1"
    )]
    Host(String),
    /// A thing name that cannot stand in a topic.
    #[error("--thing `{0}` {1}")]
    Thing(String, NameError),
    /// A region that would break an ARN.
    #[error("--region `{0}` is not a region\ngive one such as us-east-1")]
    Region(String),
    /// An account that would break an ARN.
    #[error("--account `{0}` is not an account\ngive twelve digits")]
    Account(String),
    /// The service did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no certificate for the device.
    #[error(transparent)]
    Device(DeviceError),
    /// The file of `--policy` cannot be read.
    #[error("cannot read `{path}`: {source}\nname the policy's file with --policy")]
    ReadPolicy { path: PathBuf, source: io::Error },
    /// The policy is not one.
    #[error("--policy `{path}`: {reason}")]
    Policy {
        path: PathBuf,
        /// What is wrong, and where.
        reason: DeviceError,
    },
    /// The folder or a file in it could not be made.
    #[error("cannot write `{path}`: {source}\nname another folder with --dir")]
    Write { path: PathBuf, source: io::Error },
    /// Without signals it would have no end.
    #[error("cannot wait for signals: {0}")]
    Signals(io::Error),
    /// Nobody would know where it is.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl ServeError {
    /// Whether the command line is at fault, and not a file or the machine.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Host(_)
            | Self::Thing(..)
            | Self::Region(_)
            | Self::Account(_)
            | Self::Policy { .. }
            | Self::Start(StartError::Thing { .. } | StartError::NotLoopback(_)) => true,
            Self::Start(_)
            | Self::Device(_)
            | Self::ReadPolicy { .. }
            | Self::Write { .. }
            | Self::Signals(_)
            | Self::Output(_) => false,
        }
    }
}

/// Runs the local service until SIGINT or SIGTERM. Both ports accept connections before anything is printed.
pub(crate) fn run(args: &ServeArgs) -> Result<(), ServeError> {
    let mut options = options(args)?;
    let policy = read_policy(args.policy.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Signals)?;
    // From here on a signal ends it in good order, and not halfway.
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new().map_err(ServeError::Signals)?
    };
    let (log, lines) = mpsc::sync_channel(LOG_LINES_MAX);
    options.log = Some(log);
    // Ends with the service, which holds the other end.
    thread::spawn(move || write_log(&lines));
    let local = LocalService::start(&options)?;
    let folder = Folder::create(args.dir.as_deref())?;
    let device = local
        .create_device_with(&[], &[(POLICY_NAME, &policy)])
        .map_err(|error| match (error, &args.policy) {
            (reason @ DeviceError::Policy { .. }, Some(path)) => ServeError::Policy {
                path: path.clone(),
                reason,
            },
            (error, _) => ServeError::Device(error),
        })?;
    let offer = Offer {
        endpoint: local.endpoint(),
        mqtt_port: local.mqtt_address().port(),
        http_port: local.http_address().port(),
        control_url: local.control_url(),
        admin_url: local
            .admin_address()
            .map(|address| format!("http://{address}")),
        ca_file: folder.write("ca.pem", &local.ca_pem())?,
        cert_file: folder.write("device.cert.pem", &device.certificate_pem)?,
        key_file: folder.write("device.key.pem", &device.private_key_pem)?,
        region: options.region,
        account: options.account,
        things: options.things,
    };
    let text = match args.output {
        OutputForm::Text => offer.text(),
        OutputForm::Json => format!("{}\n", offer.json()),
    };
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(ServeError::Output)?;
    drop(stdout);
    runtime.block_on(signals.recv());
    Ok(())
}

/// The text of the device's policy.
fn read_policy(path: Option<&Path>) -> Result<String, ServeError> {
    let Some(path) = path else {
        return Ok(POLICY.to_owned());
    };
    std::fs::read_to_string(path).map_err(|source| ServeError::ReadPolicy {
        path: path.to_owned(),
        source,
    })
}

/// Writes what the service tells to standard error, on a thread of its own: a pipe that nobody reads must not hold it up.
fn write_log(lines: &mpsc::Receiver<String>) {
    for line in lines {
        // Without standard error there is nobody to tell.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// What the options mean to the local service.
fn options(args: &ServeArgs) -> Result<Options, ServeError> {
    let bind = match args.host.as_str() {
        "localhost" | "127.0.0.1" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        "::1" => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => return Err(ServeError::Host(other.to_owned())),
    };
    for thing in &args.things {
        ThingName::new(thing).map_err(|error| ServeError::Thing(thing.clone(), error))?;
    }
    if !is_region_name(&args.region) {
        return Err(ServeError::Region(args.region.clone()));
    }
    if args.account.len() != 12 || !args.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ServeError::Account(args.account.clone()));
    }
    Ok(Options {
        things: args.things.clone(),
        region: args.region.clone(),
        account: args.account.clone(),
        endpoint: args.host.clone(),
        bind,
        mqtt_port: args.mqtt_port,
        http_port: args.http_port,
        admin_port: args.admin_port,
        clock: match args.clock {
            ClockChoice::System => ClockMode::System,
            ClockChoice::Manual => ClockMode::Manual,
        },
        log: None,
    })
}

/// Everything that a client needs to know.
#[derive(Debug, Clone)]
struct Offer {
    endpoint: String,
    mqtt_port: u16,
    http_port: u16,
    control_url: String,
    /// Of the management port, if there is one.
    admin_url: Option<String>,
    ca_file: PathBuf,
    cert_file: PathBuf,
    key_file: PathBuf,
    region: String,
    account: String,
    things: Vec<String>,
}

impl Offer {
    /// What makes the AWS CLI and the AWS SDKs come here. The CLI reads one name of the region, the SDKs the other.
    fn environment(&self) -> [(&'static str, &str); 6] {
        [
            ("AWS_ENDPOINT_URL_IOT", &self.control_url),
            // The signature tells the services apart, so they share a port.
            ("AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE", &self.control_url),
            ("AWS_ACCESS_KEY_ID", ANY_KEY),
            ("AWS_SECRET_ACCESS_KEY", ANY_KEY),
            ("AWS_REGION", &self.region),
            ("AWS_DEFAULT_REGION", &self.region),
        ]
    }

    fn json(&self) -> Value {
        let environment: serde_json::Map<String, Value> = self
            .environment()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let mut offer = json!({
            "endpoint": self.endpoint,
            "mqttPort": self.mqtt_port,
            "httpPort": self.http_port,
            "caFile": self.ca_file.to_string_lossy(),
            "certFile": self.cert_file.to_string_lossy(),
            "keyFile": self.key_file.to_string_lossy(),
            "clientIds": CLIENT_IDS,
            "region": self.region,
            "account": self.account,
            "things": self.things,
            "environment": environment,
        });
        if let Some(url) = &self.admin_url {
            offer["adminUrl"] = json!(url);
        }
        offer
    }

    fn text(&self) -> String {
        let exports = self
            .environment()
            .map(|(name, value)| format!("  export {name}={value}\n"))
            .concat();
        let [ca, cert, key] = [&self.ca_file, &self.cert_file, &self.key_file]
            .map(|path| text::quote(&path.to_string_lossy()).into_owned());
        let session = match self.things.first() {
            None => String::new(),
            Some(thing) => format!(
                "With these, a session of jobs-sandbox:\n  jobs-sandbox --endpoint {} --port {} --ca-file {ca} \\\n    --cert {cert} --key {key} \\\n    --thing {} --region {}\n\n",
                // `--endpoint` takes no address of IPv6; the certificate is made out to this name, too.
                if self.endpoint.contains(':') {
                    "localhost"
                } else {
                    &self.endpoint
                },
                self.mqtt_port,
                text::quote(thing),
                self.region
            ),
        };
        let admin = self.admin_url.as_ref().map_or_else(String::new, |url| {
            format!("Management:\n  curl -H 'x-jobs-sandbox: admin' {url}/state\n\n")
        });
        format!(
            "A local service, not AWS. It forgets everything when it ends: Ctrl-C, or SIGTERM.\n\n\
             MQTT 5 and 3.1.1 over mutual TLS:\n\
             \x20 endpoint     {}\n\
             \x20 port         {}\n\
             \x20 CA           {ca}\n\
             \x20 certificate  {cert}\n\
             \x20 private key  {key}\n\
             \x20 client id    {CLIENT_IDS}\n\n\
             Things: {} (account {}, region {})\n\n\
             {admin}For the AWS CLI and the AWS SDKs:\n{exports}\n{session}",
            self.endpoint,
            self.mqtt_port,
            self.things.join(", "),
            self.account,
            self.region,
        )
    }
}

/// The signals that end it. SIGHUP is left alone: to wait for it would end a service that `nohup` is to keep, and what a
/// service that it ends leaves behind is a folder with a key that nobody knows any more.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Takes the signals over; must be called inside a runtime.
    fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            interrupt: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
            #[cfg(windows)]
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for one of them.
    async fn recv(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        self.interrupt.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Mode};

    fn args(line: &str) -> ServeArgs {
        let words = ["jobs-sandbox", "serve"]
            .into_iter()
            .chain(line.split_whitespace());
        match Cli::try_parse_from(words).expect("the options exist").mode {
            Some(Mode::Serve(args)) => args,
            other => panic!("no arguments of serve: {other:?}"),
        }
    }

    #[test]
    fn the_options_are_checked() {
        for (line, expected) in [
            ("", Ok(("127.0.0.1", "localhost"))),
            ("--host localhost", Ok(("127.0.0.1", "localhost"))),
            ("--host 127.0.0.1", Ok(("127.0.0.1", "127.0.0.1"))),
            ("--host ::1", Ok(("::1", "::1"))),
            (
                "--host 0.0.0.0",
                Err(
                    "--host `0.0.0.0` is not this machine alone: the local service checks no credentials",
                ),
            ),
            (
                "--host example.com",
                Err(
                    "--host `example.com` is not this machine alone: the local service checks no credentials",
                ),
            ),
            (
                "--thing a --thing b/c",
                Err("--thing `b/c` contains '/', which cannot stand in a topic"),
            ),
            (
                "--region us_east",
                Err("--region `us_east` is not a region"),
            ),
            ("--account 1", Err("--account `1` is not an account")),
            (
                "--account 12345678901a",
                Err("--account `12345678901a` is not an account"),
            ),
        ] {
            let options = options(&args(line));
            let found = match &options {
                Ok(options) => Ok((options.bind.to_string(), options.endpoint.clone())),
                Err(error) => {
                    assert!(error.is_usage(), "{line}");
                    Err(error.to_string())
                }
            };
            let found = match &found {
                Ok((bind, endpoint)) => Ok((bind.as_str(), endpoint.as_str())),
                Err(text) => Err(text.lines().next().unwrap_or_default()),
            };
            assert_eq!(found, expected, "{line}");
        }
    }
}
