//! The meaning of the command line: complete and consistent, or an error that names what is missing.
//!
//! | file | what it holds |
//! |---|---|
//! | [`setting`] | the table of settings |
//! | [`profile`] | connections under a name, in a file |
//! | [`resolve`](mod@resolve) | what options, variables and a profile say together |
//! | [`endpoint`], [`region`] | the kinds of endpoints, and the regions in their names |

mod endpoint;
mod profile;
mod region;
mod resolve;
mod setting;

use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::ConnectionArgs;
use crate::protocol::{NameError, ThingName};

use crate::config::endpoint::is_web_page;

pub use crate::config::endpoint::EndpointKind;
pub use crate::config::profile::{
    CommandText, Flaw, Profile, ProfileError, ProfileFile, PromptColor,
};
pub use crate::config::region::{is_region_name, region_of};
pub use crate::config::resolve::{Chosen, Origin, ResolveError, Resolved, resolve};
pub use crate::config::setting::Setting;

/// The port of MQTT over TLS. <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
pub const MQTT_PORT: u16 = 8883;

/// The port that MQTT shares with HTTPS; ALPN distinguishes them.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
pub const ALPN_PORT: u16 = 443;

/// The thing of the local service if it is not given.
const LOCAL_THING: &str = "sandbox-thing";

/// The region of the local service if it is not given.
const LOCAL_REGION: &str = "us-east-1";

/// Bytes of a thing's name, so that every topic stays within AWS's 256.
const THING_NAME_BYTES: usize = 128;

/// The service to connect to, and the identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub thing: ThingName,
    /// The MQTT client id; `test-<uuid>` if `None`.
    pub client_id: Option<String>,
    /// The service to connect to.
    pub service: ServiceChoice,
    /// The longest time that a request may take.
    pub timeout: Duration,
}

/// The service to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceChoice {
    /// A local service is started for this session.
    Local {
        /// The region that it emulates.
        region: String,
        /// The file that keeps its state.
        state: Option<PathBuf>,
    },
    /// An existing service.
    Remote(Remote),
}

/// A connection that the command line describes in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    pub endpoint: String,
    pub port: u16,
    pub cert: PathBuf,
    pub key: PathBuf,
    /// PEM file; the platform's authorities if absent.
    pub ca_file: Option<PathBuf>,
    /// From the endpoint or from `--region`; absent if neither gives it.
    pub region: Option<String>,
    /// The control plane of a local service; AWS's if absent.
    pub control_url: Option<String>,
    /// The AWS profile with the credentials; as the environment names it if absent.
    pub aws_profile: Option<String>,
}

/// What is wrong with the command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "{given} without {missing}\ngive --endpoint, --cert, --key and --thing to connect; give none of the first three for the local service"
    )]
    Incomplete {
        /// The options given, joined.
        given: String,
        /// The options missing, joined.
        missing: String,
    },
    /// An option that needs a connection.
    #[error(
        "--local does not take {0}: the local service makes its own\ngive --endpoint, --cert, --key and --thing to connect to a service"
    )]
    NotLocal(String),
    /// A thing name that cannot stand in a topic.
    #[error("--thing `{0}` {1}")]
    Thing(String, NameError),
    /// A thing name that makes topics too long.
    #[error("--thing has {0} bytes; AWS allows {THING_NAME_BYTES}\ngive a shorter name")]
    ThingTooLong(usize),
    /// More than a host name.
    #[error(
        "--endpoint `{0}` is not a host name\ngive it as `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints it; a port goes into --port"
    )]
    Endpoint(String),
    /// A page for a browser.
    #[error(
        "--endpoint `{0}` is an AWS web page, such as the console, and does not offer MQTT\ngive the host name that `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints; the console shows it under Connect, Domain configurations"
    )]
    WebPage(String),
    /// A text that is not a region.
    #[error("--region `{0}` is not an AWS region\ngive one such as us-east-1")]
    RegionName(String),
    #[error(
        "--region {region} contradicts the endpoint, which is in {endpoint}\nleave --region out"
    )]
    Region {
        region: String,
        /// As in the endpoint.
        endpoint: String,
    },
    /// A client id that AWS refuses.
    #[error("--client-id must have 1 to 128 bytes and no leading `$`")]
    ClientId,
}

/// A file for the state of the local service, with the connection to another service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "--state is for the local service that a session starts, and this session connects to another one\nleave --state out; `serve` has it as well"
)]
pub struct StateOfRemote;

impl ConfigError {
    /// The settings that are wrong.
    pub fn settings(&self) -> Vec<Setting> {
        match self {
            Self::Incomplete { given, .. } | Self::NotLocal(given) => {
                let named = given.split(", ").filter_map(|name| name.strip_prefix("--"));
                named.filter_map(Setting::of_member).collect()
            }
            Self::Thing(..) | Self::ThingTooLong(_) => vec![Setting::Thing],
            Self::Endpoint(_) | Self::WebPage(_) => vec![Setting::Endpoint],
            Self::RegionName(_) => vec![Setting::Region],
            Self::Region { .. } => vec![Setting::Region, Setting::Endpoint],
            Self::ClientId => vec![Setting::ClientId],
        }
    }
}

impl Config {
    /// Checks what was typed.
    pub fn new(args: ConnectionArgs) -> Result<Self, ConfigError> {
        if args.client_id.as_deref().is_some_and(is_wrong_client_id) {
            return Err(ConfigError::ClientId);
        }
        if let Some(region) = args.region.as_ref().filter(|it| !is_region_name(it)) {
            return Err(ConfigError::RegionName(region.clone()));
        }
        let thing = args.thing.clone().map(thing_name).transpose()?;
        let given = names(&[
            ("--endpoint", args.endpoint.is_some()),
            ("--cert", args.cert.is_some()),
            ("--key", args.key.is_some()),
            ("--ca-file", args.ca_file.is_some()),
            ("--port", args.port.is_some()),
        ]);
        if args.local && !given.is_empty() {
            return Err(ConfigError::NotLocal(given));
        }
        let client_id = args.client_id.clone();
        let timeout = Duration::from_secs(args.timeout);
        let (thing, service) = if given.is_empty() {
            let thing = thing.map_or_else(|| thing_name(LOCAL_THING.to_owned()), Ok)?;
            let region = args.region.unwrap_or_else(|| LOCAL_REGION.to_owned());
            let state = None;
            (thing, ServiceChoice::Local { region, state })
        } else {
            let (thing, remote) = remote(args, thing, given)?;
            (thing, ServiceChoice::Remote(remote))
        };
        Ok(Self {
            thing,
            client_id,
            service,
            timeout,
        })
    }

    /// Lets the local service keep its state in this file.
    pub fn keep_in(&mut self, file: Option<PathBuf>) -> Result<(), StateOfRemote> {
        match &mut self.service {
            ServiceChoice::Local { state, .. } => *state = file,
            ServiceChoice::Remote(_) if file.is_some() => return Err(StateOfRemote),
            ServiceChoice::Remote(_) => {}
        }
        Ok(())
    }

    /// The connection that the command line describes, unless a local service is started.
    pub fn remote(&self) -> Option<&Remote> {
        match &self.service {
            ServiceChoice::Local { .. } => None,
            ServiceChoice::Remote(remote) => Some(remote),
        }
    }
}

/// The connection that these options describe, of which at least one is given.
fn remote(
    args: ConnectionArgs,
    thing: Option<ThingName>,
    given: String,
) -> Result<(ThingName, Remote), ConfigError> {
    let missing = names(&[
        ("--endpoint", args.endpoint.is_none()),
        ("--cert", args.cert.is_none()),
        ("--key", args.key.is_none()),
        ("--thing", thing.is_none()),
    ]);
    let (Some(endpoint), Some(cert), Some(key), Some(thing)) =
        (args.endpoint, args.cert, args.key, thing)
    else {
        return Err(ConfigError::Incomplete { given, missing });
    };
    if is_web_page(&endpoint) {
        return Err(ConfigError::WebPage(endpoint));
    }
    // Host names are case-insensitive.
    let endpoint = endpoint.trim_end_matches('.').to_ascii_lowercase();
    let endpoint = endpoint.as_str();
    let is_of_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_ipv6 = endpoint.parse::<Ipv6Addr>().is_ok();
    if endpoint.is_empty() || !(is_ipv6 || endpoint.chars().all(is_of_host)) {
        return Err(ConfigError::Endpoint(endpoint.to_owned()));
    }
    let region = match (args.region, region_of(endpoint)) {
        (Some(region), Some(endpoint)) if region != endpoint => {
            return Err(ConfigError::Region {
                region,
                endpoint: endpoint.to_owned(),
            });
        }
        (given, derived) => derived.map(ToOwned::to_owned).or(given),
    };
    let remote = Remote {
        endpoint: endpoint.to_owned(),
        port: args.port.unwrap_or(MQTT_PORT),
        cert,
        key,
        ca_file: args.ca_file,
        region,
        control_url: None,
        aws_profile: None,
    };
    Ok((thing, remote))
}

/// The names of the options for which this holds, joined.
fn names(options: &[(&str, bool)]) -> String {
    let names: Vec<&str> = options
        .iter()
        .filter(|(_, holds)| *holds)
        .map(|(name, _)| *name)
        .collect();
    names.join(", ")
}

fn is_wrong_client_id(id: &str) -> bool {
    id.is_empty() || id.len() > 128 || id.starts_with('$')
}

fn thing_name(text: String) -> Result<ThingName, ConfigError> {
    if text.len() > THING_NAME_BYTES {
        return Err(ConfigError::ThingTooLong(text.len()));
    }
    ThingName::new(&text).map_err(|error| ConfigError::Thing(text, error))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn config(line: &str) -> Result<Config, ConfigError> {
        let words = std::iter::once("jobs-sandbox").chain(line.split_whitespace());
        Config::new(
            Cli::try_parse_from(words)
                .expect("the options exist")
                .connection,
        )
    }

    #[test]
    fn half_a_connection_names_what_is_missing() {
        for (line, expected) in [
            ("--cert c", "--cert without --endpoint, --key, --thing"),
            (
                "--endpoint e --key k",
                "--endpoint, --key without --cert, --thing",
            ),
            (
                "--endpoint e --cert c --key k",
                "--endpoint, --cert, --key without --thing",
            ),
            (
                "--port 443",
                "--port without --endpoint, --cert, --key, --thing",
            ),
            (
                "--local --cert c",
                "--local does not take --cert: the local service makes its own",
            ),
            (
                "--thing a/b",
                "--thing `a/b` contains '/', which a name cannot have",
            ),
            (
                "--endpoint https://e --cert c --key k --thing t",
                "--endpoint `https://e` is not a host name",
            ),
            (
                "--endpoint e:8883 --cert c --key k --thing t",
                "--endpoint `e:8883` is not a host name",
            ),
            (
                "--client-id $x",
                "--client-id must have 1 to 128 bytes and no leading `$`",
            ),
            (
                "--endpoint a-ats.iot.us-east-1.amazonaws.com --cert c --key k --thing t --region eu-west-1",
                "--region eu-west-1 contradicts the endpoint, which is in us-east-1",
            ),
            (
                "--endpoint https://eu-west-1.console.aws.amazon.com/iot/home --cert c --key k --thing t",
                "--endpoint `https://eu-west-1.console.aws.amazon.com/iot/home` is an AWS web page, such as the console, and does not offer MQTT",
            ),
        ] {
            let error = config(line).map_err(|error| error.to_string());
            let first = error.as_ref().err().and_then(|text| text.lines().next());
            assert_eq!(first, Some(expected), "{line}");
        }
    }

    #[test]
    fn the_spellings_of_the_older_samples_work() {
        let new = config(
            "--endpoint e --cert c --key k --thing t --client-id i --ca-file f --port 443 --region eu-west-1",
        );
        for old in [
            "--endpoint e --cert c --key k --thing_name t --client_id i --ca_file f --port 443 --region eu-west-1",
            "--endpoint e --cert c --key k --thing-name t --client_id i --ca-file f --port 443 --region eu-west-1",
        ] {
            assert_eq!(config(old), new, "{old}");
        }
        let Ok(Config {
            service: ServiceChoice::Remote(remote),
            ..
        }) = new
        else {
            panic!("{new:?}")
        };
        assert_eq!(
            (remote.port, remote.region.as_deref()),
            (443, Some("eu-west-1"))
        );
    }

    #[test]
    fn an_endpoint_is_a_name_or_an_address() {
        for (endpoint, expected) in [
            ("box.example.", "box.example"),
            ("192.168.1.5", "192.168.1.5"),
            ("::1", "::1"),
            ("2001:DB8::5", "2001:db8::5"),
        ] {
            let line = format!("--endpoint {endpoint} --cert c --key k --thing t");
            let config = config(&line).expect(endpoint);
            let found = config.remote().map(|remote| remote.endpoint.as_str());
            assert_eq!(found, Some(expected));
        }
    }

    #[test]
    fn the_name_of_a_host_has_no_case() {
        let line = |endpoint| format!("--endpoint {endpoint} --cert c --key k --thing t");
        let small = config(&line("a1b2c3-ats.iot.eu-west-1.amazonaws.com"));
        let remote = small.as_ref().ok().and_then(Config::remote);
        assert_eq!(
            remote.and_then(|it| it.region.as_deref()),
            Some("eu-west-1")
        );
        for endpoint in [
            "A1B2C3-ATS.IOT.EU-WEST-1.AMAZONAWS.COM",
            "a1b2c3-ats.iot.eu-west-1.AmazonAWS.com.",
        ] {
            assert_eq!(config(&line(endpoint)), small, "{endpoint}");
        }
    }

    #[test]
    fn nothing_means_the_local_service() {
        for line in ["", "--local"] {
            let config = config(line).expect("is complete");
            assert_eq!(config.thing.as_str(), "sandbox-thing");
            assert_eq!(
                config.service,
                ServiceChoice::Local {
                    region: "us-east-1".to_owned(),
                    state: None,
                }
            );
        }
        assert_eq!(
            config("--thing lamp").expect("is complete").thing.as_str(),
            "lamp"
        );
    }
}
