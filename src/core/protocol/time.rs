//! Two units of time that AWS uses side by side; two types, so that they cannot be mixed up.

use std::fmt;
use std::time::Duration;

/// Whole seconds since the epoch: every time stamp on the device's side, over MQTT and HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EpochSeconds(pub u64);

/// Milliseconds since the epoch: what the local service counts in, and the precision of the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EpochMillis(pub u64);

impl EpochMillis {
    /// The whole seconds, rounded down.
    pub const fn seconds(self) -> EpochSeconds {
        EpochSeconds(self.0 / 1000)
    }

    /// This time and `minutes` more.
    #[must_use]
    pub const fn plus_minutes(self, minutes: u64) -> Self {
        Self(self.0 + minutes * 60_000)
    }

    /// This time and so much more.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

impl serde::Serialize for EpochSeconds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

/// As the control plane writes it: seconds with three decimals, as a JSON number.
impl serde::Serialize for EpochMillis {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_precision_loss, reason = "exact until the year 285,000")]
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

/// As it is written, to the millisecond.
impl<'de> serde::Deserialize<'de> for EpochMillis {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casting saturates"
        )]
        Ok(Self((seconds * 1000.0).round() as u64))
    }
}

impl fmt::Display for EpochSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
