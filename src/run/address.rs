//! The address of the service for other tools, as `explain` prints it.

use crate::config::Config;
use crate::control::Access;
use crate::repl::guide::explain::{Files, ServiceAddress};
use crate::run::connect::Connected;

/// The address in the command line. Without --endpoint only the thing is known, because a local service has not started yet.
pub(crate) fn of_config(config: &Config) -> ServiceAddress {
    let mut address = ServiceAddress::unknown(config.thing.clone());
    if let Some(remote) = config.remote() {
        address.region.clone_from(&remote.region);
        address.endpoint = Some((remote.endpoint.clone(), remote.port));
        address.files = Some(Files {
            ca: remote.ca_file.clone(),
            cert: remote.cert.clone(),
            key: remote.key.clone(),
        });
    }
    address
}

/// The same, with what is known once connected.
pub(crate) fn of_connected(
    config: &Config,
    connected: &Connected,
    thing_arn: Option<String>,
) -> ServiceAddress {
    let mut address = of_config(config);
    address.thing_arn = thing_arn;
    address.region = Some(connected.region.clone());
    address.endpoint = Some((connected.host.clone(), connected.port));
    if let Access::Url(url) = &connected.access {
        address.control_url = Some(url.clone());
    }
    address
}
