//! The address of the service, for other tools.

use std::path::PathBuf;

use crate::protocol::{Partition, ThingName};
use crate::text::quote;

/// What is known about the service and the connection to it. Unknown parts are printed as words in capitals, for the user to
/// fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAddress {
    pub thing: ThingName,
    /// The ARN of the own thing.
    pub thing_arn: Option<String>,
    pub region: Option<String>,
    /// The control plane, if the AWS CLI does not find it by itself.
    pub control_url: Option<String>,
    /// Host name and port of MQTT.
    pub endpoint: Option<(String, u16)>,
    /// The files of the connection; `None` for a session's own local service, which has no files.
    pub files: Option<Files>,
}

/// PEM files, as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The authorities to trust, if not those of the platform.
    pub ca: Option<PathBuf>,
    /// The certificate of the device.
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl ServiceAddress {
    /// An address of which only the thing is known.
    pub fn unknown(thing: ThingName) -> Self {
        Self {
            thing,
            thing_arn: None,
            region: None,
            control_url: None,
            endpoint: None,
            files: None,
        }
    }

    /// The ARN of the own thing.
    pub(crate) fn own_arn(&self) -> String {
        match &self.thing_arn {
            Some(arn) => arn.clone(),
            None => self.arn_of(self.thing.as_str()),
        }
    }

    /// The ARN of a thing, by its name, or of a resource (`thinggroup/attic`), in the account of the own thing.
    pub(crate) fn arn_of(&self, target: &str) -> String {
        let resource = if target.contains('/') {
            target.to_owned()
        } else {
            format!("thing/{target}")
        };
        let own = format!("thing/{}", self.thing);
        let known = self
            .thing_arn
            .as_ref()
            .and_then(|arn| arn.strip_suffix(&own));
        match (known, &self.region) {
            (Some(account), _) => format!("{account}{resource}"),
            (None, Some(region)) => {
                let partition = Partition::of(region).name;
                format!("arn:{partition}:iot:{region}:ACCOUNT:{resource}")
            }
            (None, None) => format!("arn:aws:iot:REGION:ACCOUNT:{resource}"),
        }
    }

    /// What the AWS CLI needs before and after its command.
    pub(crate) fn aws(&self) -> (&'static str, String) {
        let mut options = String::new();
        if let Some(region) = &self.region {
            options.extend([" --region ", &quote(region)]);
        }
        let Some(url) = &self.control_url else {
            return ("", options);
        };
        options.extend([" --endpoint-url ", &quote(url)]);
        // The AWS CLI signs every request; here any key will do.
        ("AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any ", options)
    }

    /// What mosquitto's clients need to connect.
    pub(crate) fn mosquitto(&self) -> String {
        let (host, port) = match &self.endpoint {
            Some((host, port)) => (quote(host), *port),
            None => ("ENDPOINT".into(), 8883),
        };
        // MQTT shares this port with HTTPS. https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
        let alpn = if port == 443 {
            " --tls-alpn x-amzn-mqtt-ca"
        } else {
            ""
        };
        let path = |path: &PathBuf| quote(&path.to_string_lossy()).into_owned();
        let files = match &self.files {
            None => "--cafile CA.pem --cert CERT.pem --key KEY.pem".to_owned(),
            Some(Files { ca, cert, key }) => {
                let ca = match ca {
                    Some(ca) => format!("--cafile {}", path(ca)),
                    None => "--tls-use-os-certs".to_owned(),
                };
                format!("{ca} --cert {} --key {}", path(cert), path(key))
            }
        };
        // A client id other than the session's, which the service would disconnect; the sandbox's policy allows it.
        format!("-h {host} -p {port}{alpn} {files} -i test-mosquitto")
    }
}
