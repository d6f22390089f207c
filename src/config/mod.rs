//! What the command line means: complete and consistent, or an error that says what is missing.

mod endpoint;

use std::path::PathBuf;

use crate::cli::ConnectionArgs;
use crate::protocol::{NameError, ThingName};

pub use crate::config::endpoint::EndpointKind;

/// The port of MQTT over TLS. <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
pub const MQTT_PORT: u16 = 8883;

/// The port on which MQTT shares with HTTPS, told apart by ALPN.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
pub const ALPN_PORT: u16 = 443;

/// The thing of the local service when none is named.
const LOCAL_THING: &str = "sandbox-thing";

/// The region of the local service when none is named.
const LOCAL_REGION: &str = "us-east-1";

/// Bytes of a thing's name, so that every topic stays within AWS's 256.
const THING_NAME_BYTES: usize = 128;

/// Whom to connect to, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub thing: ThingName,
    /// The MQTT client id; `test-<uuid>` where none is given.
    pub client_id: Option<String>,
    /// Where the service is.
    pub service: ServiceChoice,
}

/// Where the service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceChoice {
    /// A local service is started for this session.
    Local {
        /// The region that it pretends to be.
        region: String,
    },
    /// One that is there.
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
    /// From the endpoint, or from `--region`; absent where neither tells.
    pub region: Option<String>,
}

/// What is wrong with the command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "{given} without {missing}\na connection needs --endpoint, --cert, --key and --thing; without any of them a local service is started"
    )]
    Incomplete {
        /// The options given, joined.
        given: String,
        /// The options missing, joined.
        missing: String,
    },
    /// An option that needs a connection.
    #[error(
        "--local takes no {0}: the local service makes its own\ngive --endpoint, --cert, --key and --thing to connect to a service"
    )]
    NotLocal(String),
    /// A thing name that cannot stand in a topic.
    #[error("--thing `{0}` {1}")]
    Thing(String, NameError),
    /// A thing name that makes topics too long.
    #[error("--thing has {0} bytes; AWS allows {THING_NAME_BYTES}")]
    ThingTooLong(usize),
    /// More than a host name.
    #[error(
        "--endpoint `{0}` is not a host name\ngive it as `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints it; a port goes into --port"
    )]
    Endpoint(String),
    /// A text that is no region.
    #[error("--region `{0}` is not the name of an AWS region, such as us-east-1")]
    RegionName(String),
    #[error(
        "--region {region} contradicts the endpoint, which is in {endpoint}\nleave --region out"
    )]
    Region {
        region: String,
        /// As the endpoint says.
        endpoint: String,
    },
    /// A client id that AWS refuses.
    #[error("--client-id must have 1 to 128 bytes and no leading `$`")]
    ClientId,
}

impl Config {
    /// Checks what was typed.
    pub fn new(args: ConnectionArgs) -> Result<Self, ConfigError> {
        let ConnectionArgs {
            endpoint,
            cert,
            key,
            thing,
            region,
            client_id,
            ca_file,
            port,
            local,
            timeout: _,
            log: _,
        } = args;
        if client_id
            .as_ref()
            .is_some_and(|id| id.is_empty() || id.len() > 128 || id.starts_with('$'))
        {
            return Err(ConfigError::ClientId);
        }
        if let Some(region) = region.as_ref().filter(|region| !is_region_name(region)) {
            return Err(ConfigError::RegionName(region.clone()));
        }
        let thing = thing.map(thing_name).transpose()?;
        let options = [
            ("--endpoint", endpoint.is_some()),
            ("--cert", cert.is_some()),
            ("--key", key.is_some()),
            ("--ca-file", ca_file.is_some()),
            ("--port", port.is_some()),
        ];
        let given: Vec<&str> = options
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(name, _)| name)
            .collect();
        if local && !given.is_empty() {
            return Err(ConfigError::NotLocal(given.join(", ")));
        }
        if given.is_empty() {
            let thing = match thing {
                Some(thing) => thing,
                None => thing_name(LOCAL_THING.to_owned())?,
            };
            let region = region.unwrap_or_else(|| LOCAL_REGION.to_owned());
            return Ok(Self {
                thing,
                client_id,
                service: ServiceChoice::Local { region },
            });
        }
        let (Some(endpoint), Some(cert), Some(key), Some(thing)) = (&endpoint, &cert, &key, &thing)
        else {
            let needed = [
                ("--endpoint", endpoint.is_some()),
                ("--cert", cert.is_some()),
                ("--key", key.is_some()),
                ("--thing", thing.is_some()),
            ];
            let missing: Vec<&str> = needed
                .into_iter()
                .filter(|(_, given)| !given)
                .map(|(name, _)| name)
                .collect();
            return Err(ConfigError::Incomplete {
                given: given.join(", "),
                missing: missing.join(", "),
            });
        };
        let endpoint = endpoint.trim_end_matches('.');
        if endpoint.is_empty()
            || endpoint
                .contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'))
        {
            return Err(ConfigError::Endpoint(endpoint.to_owned()));
        }
        let region = match (region, region_of(endpoint)) {
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
            port: port.unwrap_or(MQTT_PORT),
            cert: cert.clone(),
            key: key.clone(),
            ca_file,
            region,
        };
        Ok(Self {
            thing: thing.clone(),
            client_id,
            service: ServiceChoice::Remote(remote),
        })
    }
}

fn thing_name(text: String) -> Result<ThingName, ConfigError> {
    if text.len() > THING_NAME_BYTES {
        return Err(ConfigError::ThingTooLong(text.len()));
    }
    ThingName::new(&text).map_err(|error| ConfigError::Thing(text, error))
}

/// The region inside an endpoint's name: the label after `iot` or `iot-fips`, if it looks like a region.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html>
pub fn region_of(endpoint: &str) -> Option<&str> {
    let mut labels = endpoint.split('.');
    labels.find(|label| matches!(*label, "iot" | "iot-fips"))?;
    labels.next().filter(|label| is_region(label))
}

/// Whether a text can be the name of a region, also of one that is not known yet.
pub fn is_region_name(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('-').all(part)
}

/// Such as `us-east-1`, `ap-southeast-2`, `us-gov-west-1`, `us-isob-east-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let letters =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = parts
        .next_back()
        .is_some_and(|part| part.len() == 1 && part.as_bytes()[0].is_ascii_digit());
    let words: Vec<&str> = parts.collect();
    number && (2..=4).contains(&words.len()) && words.into_iter().all(letters)
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
    fn the_region_comes_from_every_form_of_endpoint() {
        for (endpoint, region) in [
            ("a1b2c3-ats.iot.us-east-1.amazonaws.com", Some("us-east-1")),
            (
                "a1b2c3.iot.eu-central-1.amazonaws.com",
                Some("eu-central-1"),
            ),
            ("a1b2c3.jobs.iot.us-west-2.amazonaws.com", Some("us-west-2")),
            (
                "a1b2c3.credentials.iot.us-west-2.amazonaws.com",
                Some("us-west-2"),
            ),
            ("iot.ap-southeast-2.amazonaws.com", Some("ap-southeast-2")),
            ("data.iot.us-east-2.amazonaws.com", Some("us-east-2")),
            ("data-ats.iot.us-east-2.amazonaws.com", Some("us-east-2")),
            ("data.jobs.iot.us-east-2.amazonaws.com", Some("us-east-2")),
            (
                "a1b2c3-ats.iot.cn-north-1.amazonaws.com.cn",
                Some("cn-north-1"),
            ),
            (
                "data.ats.iot.cn-north-1.amazonaws.com.cn",
                Some("cn-north-1"),
            ),
            (
                "a1b2c3-ats.iot.us-gov-west-1.amazonaws.com",
                Some("us-gov-west-1"),
            ),
            ("iot-fips.ca-central-1.amazonaws.com", Some("ca-central-1")),
            (
                "data.iot-fips.us-gov-east-1.amazonaws.com",
                Some("us-gov-east-1"),
            ),
            (
                "data.jobs.iot-fips.us-east-1.amazonaws.com",
                Some("us-east-1"),
            ),
            ("a1b2c3-ats.iot.us-east-1.api.aws", Some("us-east-1")),
            (
                "a1b2c3-ats.iot.eusc-de-east-1.amazonaws.eu",
                Some("eusc-de-east-1"),
            ),
            (
                "a1b2c3-ats.iot.us-iso-east-1.c2s.ic.gov",
                Some("us-iso-east-1"),
            ),
            (
                "vpce-1-2.data.iot.us-east-1.vpce.amazonaws.com",
                Some("us-east-1"),
            ),
            (
                "t1.deviceadvisor.iot.us-east-1.amazonaws.com",
                Some("us-east-1"),
            ),
            ("iot.example.com", None),
            ("mqtt.example.com", None),
            ("localhost", None),
            ("iot", None),
        ] {
            assert_eq!(region_of(endpoint), region, "{endpoint}");
        }
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
                "--local takes no --cert: the local service makes its own",
            ),
            (
                "--thing a/b",
                "--thing `a/b` contains '/', which cannot stand in a topic",
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
    fn nothing_means_the_local_service() {
        for line in ["", "--local"] {
            let config = config(line).expect("is complete");
            assert_eq!(config.thing.as_str(), "sandbox-thing");
            assert_eq!(
                config.service,
                ServiceChoice::Local {
                    region: "us-east-1".to_owned()
                }
            );
        }
        assert_eq!(
            config("--thing lamp").expect("is complete").thing.as_str(),
            "lamp"
        );
    }
}
