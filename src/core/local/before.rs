//! What a service begins with: what an earlier run has kept, or nothing.

use std::net::IpAddr;
use std::path::Path;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::local::error::StartError;
use crate::local::hub::HubSettings;
use crate::local::identity::Identity;
use crate::local::kept::{AUTHORITY, DeviceOwner, Kept, KeptPair, OwnDevices, written};
use crate::local::options::Options;
use crate::local::pki::Authority;
use crate::local::state_file::error::{StateFileError, shown};
use crate::local::state_file::keeper::StateFile;
use crate::protocol::ThingName;
use crate::service::{Service, ServiceIdentity};
use crate::tls::CertificateTime;

/// What a service begins with: what was kept, or nothing.
pub(crate) struct Before {
    pub(crate) service: Service,
    pub(crate) authority: Authority,
    pub(crate) devices: OwnDevices,
    pub(crate) settings: HubSettings,
    pub(crate) notices: Option<UnboundedReceiver<String>>,
}

impl Before {
    /// With a CA and a device that were made before, if there are any: they come before those that were kept. The URL is the
    /// one by which clients reach the port for HTTP.
    pub(crate) fn of(
        options: &Options,
        given: Option<Identity>,
        http_url: &str,
    ) -> Result<Self, StartError> {
        let mut file = options.state.as_deref().map(StateFile::open).transpose()?;
        let records = file.as_mut().map(StateFile::take_records);
        let path = file
            .as_ref()
            .map_or(Path::new(""), StateFile::path)
            .to_owned();
        let unfit = |reason| StateFileError::Unfit {
            path: path.clone(),
            reason,
        };
        let kept = Kept::of(records.unwrap_or_default()).map_err(unfit)?;
        let service =
            Service::restore(identity(options, http_url), &kept.account).map_err(unfit)?;
        let service = service.with_deletion_time(options.deletion_time);
        let authority_before = kept.authority_pem().map(ToOwned::to_owned);
        let expired_at = kept.expired_at();
        let is_given = given.is_some();
        let (authority, devices) = match given {
            Some(Identity { authority, device }) => (authority, vec![(DeviceOwner::Serve, device)]),
            None => kept.identity(&service)?,
        };
        let (notify, notices) = unbounded_channel();
        let notices = file.is_some().then_some(notices);
        let log = options.log.clone();
        // If nothing reads it, the owner of the service does not want to know.
        let say = move |text| match &log {
            Some(log) => drop(log.try_send(text)),
            None => drop(notify.send(text)),
        };
        let is_new = authority_before != Some(authority.certificate_pem());
        if is_new && authority_before.is_some() {
            say(replaced(&path, expired_at.filter(|_| !is_given)));
        }
        let mut keeper = file.map(|file| file.keep(say)).transpose()?;
        if let Some(keeper) = keeper.as_mut().filter(|_| is_new) {
            keeper.note(AUTHORITY, written(&KeptPair::of_authority(&authority)));
        }
        let settings = HubSettings {
            clock_position: kept.clock,
            keeper,
            ..settings(options)
        };
        Ok(Self {
            service,
            authority,
            devices,
            settings,
            notices,
        })
    }
}

/// What to say about a CA that is not used any longer.
fn replaced(path: &Path, expired_at: Option<CertificateTime>) -> String {
    let why = expired_at.map_or_else(
        || "is replaced by another one".to_owned(),
        |time| format!("expired at {time}, and a new one was made"),
    );
    format!(
        "the CA in the state file `{}` {why}: clients need the new CA, and devices new certificates",
        shown(path)
    )
}

fn identity(options: &Options, http_url: &str) -> ServiceIdentity {
    ServiceIdentity {
        region: options.region.clone(),
        account: options.account.clone(),
        endpoint: options.endpoint.clone(),
        object_url: http_url.to_owned(),
        seed: uuid::Uuid::new_v4().as_u128(),
    }
}

fn settings(options: &Options) -> HubSettings {
    HubSettings {
        // Names that are not valid are refused when the things are registered.
        things: options
            .things
            .iter()
            .filter_map(|thing| ThingName::new(thing).ok())
            .collect(),
        clock: options.clock,
        stored_per_second: options.stored_per_second,
        // A client does not name an address in its handshake.
        // https://datatracker.ietf.org/doc/html/rfc6066#section-3
        clients_name_the_server: options.endpoint.parse::<IpAddr>().is_err(),
        log: options.log.clone(),
        onlooker: options.onlooker.clone(),
        ..HubSettings::default()
    }
}
