//! The output of `serve`: all addresses and files, as text and as JSON.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::text;

/// The client ids that the local service accepts: AWS's rule, which the policy may narrow.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const CLIENT_IDS: &str = "any of 1 to 128 bytes that does not start with `$`, such as a thing's name, which the certificate is attached to; a second connection with it ends the first";

/// The access key and the secret key: the local service requires a signature, and accepts any.
const ANY_KEY: &str = "local";

/// Points the AWS CLI and the AWS SDKs to a local service. The CLI reads one name of the region, the SDKs the other.
pub fn client_environment<'a>(
    control_url: &'a str,
    region: &'a str,
) -> [(&'static str, &'a str); 7] {
    [
        ("AWS_ENDPOINT_URL_IOT", control_url),
        // The services share a port: the signature distinguishes them.
        ("AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE", control_url),
        ("AWS_ENDPOINT_URL_S3", control_url),
        ("AWS_ACCESS_KEY_ID", ANY_KEY),
        ("AWS_SECRET_ACCESS_KEY", ANY_KEY),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ]
}

/// Everything that a client of the local service needs.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) endpoint: String,
    pub(crate) mqtt_port: u16,
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
    pub(crate) https_url: String,
    pub(crate) control_url: String,
    /// The URL of the management port; `None` without one.
    pub(crate) admin_url: Option<String>,
    pub ca_file: PathBuf,
    pub(crate) cert_file: PathBuf,
    pub(crate) key_file: PathBuf,
    pub region: String,
    pub account: String,
    pub things: Vec<String>,
    /// The profile for sessions, if there is a thing.
    pub(crate) profile_file: Option<PathBuf>,
    /// The name by which other terminals can join it.
    pub name: Option<String>,
    /// The file that keeps the state.
    pub(crate) state_file: Option<PathBuf>,
}

impl Offer {
    fn environment(&self) -> [(&'static str, &str); 7] {
        client_environment(&self.control_url, &self.region)
    }

    pub(crate) fn json(&self) -> Value {
        let environment: serde_json::Map<String, Value> = self
            .environment()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let mut offer = json!({
            "endpoint": self.endpoint,
            "mqttPort": self.mqtt_port,
            "httpPort": self.http_port,
            "httpsPort": self.https_port,
            "httpsUrl": self.https_url,
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
        if let Some(file) = &self.profile_file {
            offer["profileFile"] = json!(file.to_string_lossy());
        }
        if let Some(name) = &self.name {
            offer["name"] = json!(name);
        }
        if let Some(file) = &self.state_file {
            offer["stateFile"] = json!(file.to_string_lossy());
        }
        offer
    }

    pub(crate) fn text(&self) -> String {
        let exports = self
            .environment()
            .map(|(name, value)| format!("  export {name}={value}\n"))
            .concat();
        let [ca, cert, key] = self.files();
        let https = self.things.first().map_or_else(String::new, |thing| {
            let url = format!("{}/things/{thing}/jobs", self.https_url);
            format!("The device's side of jobs over HTTPS:\n  curl --cacert {ca} --cert {cert} --key {key} {url}\n\n")
        });
        let admin = self.admin_url.as_ref().map_or_else(String::new, |url| {
            format!("Management:\n  curl -H 'x-jobs-sandbox: admin' {url}/state\n\n")
        });
        let join = self.name.as_ref().map_or_else(String::new, |name| {
            let name = text::quote(name);
            format!("For an operator in a second terminal:\n  jobs-sandbox --join {name}\n\n")
        });
        let end = match &self.state_file {
            Some(file) => {
                let file = text::sanitize(&file.to_string_lossy()).into_owned();
                format!("It keeps its state in `{file}`. Ctrl-C or SIGTERM ends it.")
            }
            None => "Ctrl-C or SIGTERM ends it, and it forgets everything.".to_owned(),
        };
        format!(
            "A local service, not AWS. {end}\n\n\
             MQTT 5 and 3.1.1 over mutual TLS:\n\
             \x20 endpoint     {}\n\
             \x20 port         {}\n\
             \x20 CA           {ca}\n\
             \x20 certificate  {cert}\n\
             \x20 private key  {key}\n\
             \x20 client id    {CLIENT_IDS}\n\n\
             {https}Things: {} (account {}, region {})\n\n\
             {admin}For the AWS CLI and the AWS SDKs:\n{exports}\n{join}{}",
            self.endpoint,
            self.mqtt_port,
            self.things.join(", "),
            self.account,
            self.region,
            self.session(),
        )
    }

    /// How to start a session of jobs-sandbox with this service, if it has a thing.
    fn session(&self) -> String {
        let Some(file) = &self.profile_file else {
            return String::new();
        };
        let file = file.to_string_lossy();
        format!(
            "For a session this is all there is to type; one more at the same time needs a --client-id:\n  jobs-sandbox --profile-file {}\n\n",
            text::quote(&file)
        )
    }

    /// CA, certificate and key, quoted for a shell.
    fn files(&self) -> [String; 3] {
        [&self.ca_file, &self.cert_file, &self.key_file]
            .map(|path| text::quote(&path.to_string_lossy()).into_owned())
    }
}
