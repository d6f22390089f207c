//! What the local service keeps beside the state of the account: its CA, the devices of the programs that run it, its clock.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::local::clock::{Clock, ClockMode, ClockPosition};
use crate::local::identity::{valid_ms_of, validity_of};
use crate::local::pki::{Authority, DeviceCertificate, PkiError};
use crate::local::state_file::Records;
use crate::protocol::EpochMillis;
use crate::service::{AccountState, RestoreError, Service};
use crate::tls::CertificateTime;

/// What the keys of these records begin with.
const PREFIX: &str = "sandbox/";

pub(crate) const AUTHORITY: &str = "sandbox/authority";
pub(crate) const CLOCK: &str = "sandbox/clock";

/// A program that sets up a device for itself. Each has its own, so that neither has the policies of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceOwner {
    /// `serve`, for its clients.
    Serve,
    /// A session or an agent with its own local service.
    Session,
}

impl DeviceOwner {
    const ALL: [Self; 2] = [Self::Serve, Self::Session];

    /// The key of the record of its device.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Serve => "sandbox/device",
            Self::Session => "sandbox/session-device",
        }
    }
}

/// A certificate and its key, as PEM.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeptPair {
    certificate: String,
    private_key: String,
}

/// The devices that programs have set up for themselves.
pub(crate) type OwnDevices = Vec<(DeviceOwner, DeviceCertificate)>;

/// Everything of a state file.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) account: AccountState,
    pub(crate) clock: Option<ClockPosition>,
    authority: Option<KeptPair>,
    devices: Vec<(DeviceOwner, KeptPair)>,
}

impl Kept {
    pub(crate) fn of(mut records: Records) -> Result<Self, RestoreError> {
        let mut kept = Self {
            clock: take(&mut records, CLOCK)?,
            authority: take(&mut records, AUTHORITY)?,
            ..Self::default()
        };
        for owner in DeviceOwner::ALL {
            let device = take(&mut records, owner.key())?;
            kept.devices.extend(device.map(|device| (owner, device)));
        }
        if let Some(key) = records.keys().find(|key| key.starts_with(PREFIX)) {
            return Err(RestoreError::UnknownKind(key.clone()));
        }
        Ok(Self {
            account: AccountState { records },
            ..kept
        })
    }

    pub(crate) fn authority_pem(&self) -> Option<&str> {
        self.authority.as_ref().map(|pair| &*pair.certificate)
    }

    /// When the CA expired, if it has.
    pub(crate) fn expired_at(&self) -> Option<CertificateTime> {
        let certificate = self.authority_pem()?;
        let is_over = valid_ms_of(certificate)?.1 <= now().0;
        let end = validity_of(certificate)?.not_after;
        is_over.then_some(end)
    }

    /// The CA, and the devices that programs have set up for themselves: a new CA in place of one that has expired, and only
    /// devices that the service accepts.
    pub(crate) fn identity(&self, service: &Service) -> Result<(Authority, OwnDevices), PkiError> {
        let now = now();
        let validity = |pair: &KeptPair| valid_ms_of(&pair.certificate).filter(|it| now.0 < it.1);
        let authority = self.authority.as_ref();
        let Some(pair) = authority.filter(|pair| validity(pair).is_some()) else {
            return Ok((Authority::new()?, OwnDevices::new()));
        };
        let authority = Authority::of(&pair.certificate, &pair.private_key)?;
        let mut devices = OwnDevices::new();
        for (owner, pair) in &self.devices {
            let is_issued = authority.has_issued(&pair.certificate);
            let Some(valid_ms) = validity(pair).filter(|_| is_issued) else {
                continue;
            };
            let device = DeviceCertificate::of(&pair.certificate, &pair.private_key, valid_ms)?;
            if service.is_active(&device.certificate_id) {
                devices.push((*owner, device));
            }
        }
        Ok((authority, devices))
    }
}

impl KeptPair {
    pub(crate) fn of_authority(authority: &Authority) -> Self {
        Self {
            certificate: authority.certificate_pem(),
            private_key: authority.private_key_pem(),
        }
    }

    pub(crate) fn of_device(device: &DeviceCertificate) -> Self {
        Self {
            certificate: device.certificate_pem.clone(),
            private_key: device.private_key_pem.clone(),
        }
    }
}

/// A record as JSON. Serialising our own values to memory cannot fail.
pub(crate) fn written(record: &impl Serialize) -> Box<str> {
    serde_json::to_string(record).unwrap_or_default().into()
}

/// The time of the machine: certificates do not follow the clock of the service.
fn now() -> EpochMillis {
    Clock::new(ClockMode::System).now()
}

fn take<T: DeserializeOwned>(records: &mut Records, key: &str) -> Result<Option<T>, RestoreError> {
    let record = records.remove(key);
    let record = record.map(|record| serde_json::from_str(&record));
    record.transpose().map_err(|error| RestoreError::Record {
        key: key.to_owned(),
        reason: error.to_string(),
    })
}
