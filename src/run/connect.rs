//! Connects the client: first finds how to reach the service, then connects.

use std::io::{IsTerminal, Write};
use std::path::Path;

use futures_util::FutureExt;
use rustls::RootCertStore;
use tokio::runtime::Runtime;

use crate::config::{ALPN_PORT, Config, Remote, ServiceChoice, is_region_name};
use crate::control::{self, Access, Control, EnvironmentError};
use crate::device::{Client, ConnectOptions, EventStream};
use crate::doctor;
use crate::local::{self, DeviceOwner, KnownPolicies, LocalService};
use crate::policy_command::{Filling, device_policies, literal};
use crate::run::aloud::Aloud;
use crate::run::error::RunError;
use crate::tls::{self, TlsError};

/// How to reach the service, whichever it is.
pub(crate) struct ServiceRoute {
    /// For MQTT; the error means that the files cannot be used for TLS.
    pub(crate) mqtt: Result<ConnectOptions, TlsError>,
    /// The region of the control plane, if known.
    pub(crate) region: Option<String>,
    pub(crate) access: Access,
    /// Whether the AWS SDK can read the environment, if it is needed.
    pub(crate) environment: Result<(), EnvironmentError>,
    /// The local service, if this run has started one; it ends when this is dropped.
    pub(crate) local: Option<LocalService>,
}

impl ServiceRoute {
    /// Starts a local service if the configuration asks for one; does not connect.
    pub(crate) fn find(runtime: &Runtime, config: &Config) -> Result<Self, RunError> {
        let client_id = client_id(config);
        match &config.service {
            ServiceChoice::Local { region, state } => {
                Self::to_local(config, (region, state.as_deref()), &client_id, &[])
            }
            ServiceChoice::Remote(remote) => {
                let (region, environment) = plane(runtime, remote);
                Ok(Self {
                    region,
                    environment,
                    ..Self::of_mqtt(config, remote, &client_id)
                })
            }
        }
    }

    /// The same for a device by itself: its local service has the thing, and without AWS credentials it does without the control
    /// plane.
    pub(crate) fn of_device(runtime: &Runtime, config: &Config) -> Result<Self, RunError> {
        match &config.service {
            ServiceChoice::Local { region, state } => {
                let things = [config.thing.to_string()];
                let local = (region.as_str(), state.as_deref());
                Self::to_local(config, local, &client_id(config), &things)
            }
            ServiceChoice::Remote(remote)
                if remote.control_url.is_none()
                    && remote.aws_profile.is_none()
                    && !control::may_have_credentials() =>
            {
                Ok(Self::of_mqtt(config, remote, &client_id(config)))
            }
            ServiceChoice::Remote(_) => Self::find(runtime, config),
        }
    }

    /// The device has the policy that users copy for AWS, and so the same permissions as there; its certificate is attached
    /// to its thing, as AWS recommends.
    fn to_local(
        config: &Config,
        (region, state): (&str, Option<&Path>),
        client_id: &str,
        things: &[String],
    ) -> Result<Self, RunError> {
        let options = local::Options {
            region: region.to_owned(),
            things: things.to_vec(),
            state: state.map(Path::to_owned),
            ..local::Options::default()
        };
        let local = LocalService::start(&options)?;
        let policies = device_policies(&Filling {
            region,
            account: local::ACCOUNT,
            thing: config.thing.as_str(),
            // Exactly this client id, whatever characters it has.
            client_id: &literal(client_id),
        })
        .into_iter();
        // Not under the names of `serve`, whose clients would lose their policy if both use one state.
        let policies = policies.map(|(name, text)| (format!("session-{name}"), text));
        let policies: Vec<(String, String)> = policies.collect();
        let policies: Vec<(&str, &str)> = policies
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        // Those of an earlier session allow its client id.
        let (owner, things) = (DeviceOwner::Session, [config.thing.as_str()]);
        let device = local.own_device(owner, &things, &policies, KnownPolicies::Replace)?;
        let tls = tls::client_config_in_memory(
            &local.ca_pem(),
            &device.certificate_pem,
            &device.private_key_pem,
        )?;
        let (host, port) = (local.endpoint(), local.mqtt_address().port());
        let mut mqtt = ConnectOptions::new(&host, port, client_id, config.thing.clone(), tls);
        mqtt.request_timeout = config.timeout;
        Ok(Self {
            mqtt: Ok(mqtt),
            region: Some(region.to_owned()),
            access: Access::Url(local.control_url()),
            environment: Ok(()),
            local: Some(local),
        })
    }

    /// Without a control plane.
    fn of_mqtt(config: &Config, remote: &Remote, client_id: &str) -> Self {
        let alpn = (remote.port == ALPN_PORT).then_some(tls::ALPN_MQTT_CERTIFICATE);
        let roots = match &remote.ca_file {
            Some(file) => tls::roots(file),
            None => platform_roots(),
        };
        let tls =
            roots.and_then(|roots| tls::client_config(roots, &remote.cert, &remote.key, alpn));
        let mqtt = tls.map(|tls| {
            let (host, port) = (&remote.endpoint, remote.port);
            let mut mqtt = ConnectOptions::new(host, port, client_id, config.thing.clone(), tls);
            mqtt.request_timeout = config.timeout;
            mqtt
        });
        Self {
            mqtt,
            region: None,
            access: match &remote.control_url {
                Some(url) => Access::Url(url.clone()),
                None => Access::Environment {
                    profile: remote.aws_profile.clone(),
                },
            },
            environment: Ok(()),
            local: None,
        }
    }
}

/// The CAs that this system trusts.
fn platform_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoPlatformRoots);
    }
    Ok(roots)
}

fn client_id(config: &Config) -> String {
    let given = config.client_id.clone();
    given.unwrap_or_else(|| format!("test-{}", uuid::Uuid::new_v4()))
}

/// The region of the control plane, and whether the AWS SDK can read the environment.
fn plane(runtime: &Runtime, remote: &Remote) -> (Option<String>, Result<(), EnvironmentError>) {
    if let (Some(_), Some(region)) = (&remote.control_url, &remote.region) {
        // Then the environment is not read.
        return (Some(region.clone()), Ok(()));
    }
    let variables = control::check_environment(|name| std::env::var_os(name));
    let region = control::check_profile_sizes().and_then(|()| match &remote.region {
        Some(region) => Ok(Some(region.clone())),
        None => runtime
            .block_on(control::environment_region(remote.aws_profile.as_deref()).boxed_local()),
    });
    let (region, environment) = match region {
        Ok(Some(region)) if !is_region_name(&region) => {
            (None, Err(EnvironmentError::Region(region)))
        }
        Ok(region) => (region, Ok(())),
        Err(error) => (None, Err(error)),
    };
    (region, variables.and(environment))
}

/// The clients of both planes, and their addresses.
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// What the client reports without being asked.
    pub(crate) events: EventStream,
    pub(crate) control: Control,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) client_id: String,
    pub(crate) region: String,
    pub(crate) access: Access,
    /// The local service, if this run has started one. It must be dropped after the client has disconnected.
    pub(crate) local: Option<LocalService>,
}

/// Connects to the service, after warnings about known problems. Asks for an unknown region, on a terminal.
pub(crate) fn connect(
    runtime: &Runtime,
    config: &Config,
    aloud: &Aloud,
) -> Result<Connected, RunError> {
    let route = ServiceRoute::find(runtime, config)?;
    let (options, access) = (route.mqtt?, route.access);
    route.environment?;
    let region = match route.region {
        Some(region) => region,
        None => ask_region(&options.host)?,
    };
    for warning in config.remote().map(doctor::warnings).unwrap_or_default() {
        aloud.say(&warning);
    }
    let (host, port) = (options.host.clone(), options.port);
    let client_id = options.client_id.clone();
    let (client, events) = runtime.block_on(Client::connect(options).boxed_local())?;
    let control = runtime.block_on(Control::open(&region, &access, config.timeout).boxed_local());
    Ok(Connected {
        client,
        events,
        control,
        host,
        port,
        client_id,
        region,
        access,
        local: route.local,
    })
}

/// Asks on a terminal; a script gets the question as an error.
fn ask_region(endpoint: &str) -> Result<String, RunError> {
    let unknown = || RunError::NoRegion(endpoint.to_owned());
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(unknown());
    }
    let _ = write!(
        std::io::stderr(),
        "In which AWS region is {endpoint} (such as us-east-1)? "
    );
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .map_err(|_| unknown())?;
    let answer = answer.trim();
    if is_region_name(answer) {
        Ok(answer.to_owned())
    } else {
        Err(unknown())
    }
}
