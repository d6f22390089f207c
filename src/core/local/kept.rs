//! What the local service keeps beside the state of the account: its CA, its device and its clock.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::local::clock::{Clock, ClockMode, ClockPosition};
use crate::local::identity::valid_ms_of;
use crate::local::pki::{Authority, DeviceCertificate, PkiError};
use crate::local::state_file::Records;
use crate::service::{AccountState, RestoreError, Service};

/// What the keys of these records begin with.
const PREFIX: &str = "sandbox/";

pub(crate) const AUTHORITY: &str = "sandbox/authority";
pub(crate) const DEVICE: &str = "sandbox/device";
pub(crate) const CLOCK: &str = "sandbox/clock";

/// A certificate and its key, as PEM.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeptPair {
    certificate: String,
    private_key: String,
}

/// Everything of a state file.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) account: AccountState,
    pub(crate) clock: Option<ClockPosition>,
    authority: Option<KeptPair>,
    device: Option<KeptPair>,
}

impl Kept {
    pub(crate) fn of(mut records: Records) -> Result<Self, RestoreError> {
        let kept = Self {
            clock: take(&mut records, CLOCK)?,
            authority: take(&mut records, AUTHORITY)?,
            device: take(&mut records, DEVICE)?,
            account: AccountState::default(),
        };
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

    /// The CA, and the device that the program has set up for itself: new ones in place of those that have expired, and no
    /// device if the service no longer accepts it.
    pub(crate) fn identity(
        &self,
        service: &Service,
    ) -> Result<(Authority, Option<DeviceCertificate>), PkiError> {
        let now = Clock::new(ClockMode::System).now();
        let valid =
            |pair: &&KeptPair| valid_ms_of(&pair.certificate).is_some_and(|it| now.0 < it.1);
        let Some(pair) = self.authority.as_ref().filter(valid) else {
            return Ok((Authority::new()?, None));
        };
        let authority = Authority::of(&pair.certificate, &pair.private_key)?;
        let device = self.device.as_ref().filter(valid);
        let device = device.filter(|pair| authority.has_issued(&pair.certificate));
        let device = device.and_then(|pair| Some((pair, valid_ms_of(&pair.certificate)?)));
        let device = device.map(|(pair, valid_ms)| {
            DeviceCertificate::of(&pair.certificate, &pair.private_key, valid_ms)
        });
        let device = device.transpose()?;
        let is_accepted = |device: &DeviceCertificate| service.is_active(&device.certificate_id);
        Ok((authority, device.filter(is_accepted)))
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

fn take<T: DeserializeOwned>(records: &mut Records, key: &str) -> Result<Option<T>, RestoreError> {
    let record = records.remove(key);
    let record = record.map(|record| serde_json::from_str(&record));
    record.transpose().map_err(|error| RestoreError::Record {
        key: key.to_owned(),
        reason: error.to_string(),
    })
}
