//! Where other tools find the service, as `explain` prints it.

use crate::config::Config;
use crate::control::Access;
use crate::repl::guide::explain::{Files, ServiceAddress};
use crate::run::connect::Connected;

/// What the command line says of it. Without --endpoint nothing: a local service is not there yet.
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

/// What a connection shows of it, also.
pub(crate) fn of_connected(config: &Config, connected: &Connected) -> ServiceAddress {
    let mut address = of_config(config);
    address.region = Some(connected.region.clone());
    address.endpoint = Some((connected.host.clone(), connected.port));
    if let Access::Url(url) = &connected.access {
        address.control_url = Some(url.clone());
    }
    address
}
