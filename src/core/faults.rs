//! Faults on request: what happens to outgoing messages of the job service.
//!
//! Pure, and the same for the same seed: the seed alone decides which of the messages that a fault applies to are hit.

use serde::{Deserialize, Serialize};

/// The longest delay, in milliseconds: an hour.
const DELAY_MS_MAX: u64 = 3_600_000;

/// The most faults at a time.
const FAULTS_MAX: usize = 100;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// The message is sent [`Fault::delay_ms`] later, by the clock of the service; later messages overtake it. Up to 10,000
    /// messages wait; more are sent at once.
    Delay,
    /// The message is not sent.
    Drop,
    /// The message is sent twice.
    Duplicate,
    /// The request is refused: `RequestThrottled` over MQTT, `ThrottlingException` over HTTP.
    Throttle,
    /// The connection that the message is for is closed without a DISCONNECT. A persistent session keeps a notification.
    Disconnect,
}

/// Which messages a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultTarget {
    /// Replies to devices over MQTT; for `throttle`, their requests.
    Replies,
    /// Events of AWS IoT Jobs: `notify`, `notify-next`, and those on `$aws/events/…`.
    Notifications,
    /// Requests over HTTP, of both planes; for `throttle` only.
    Http,
}

/// A fault, which hits some or all of the messages that its kind applies to. The management port reads it as JSON, with
/// names in camel case and the kind in lower case: `{"kind": "delay", "delayMs": 70, "of": "replies"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The share of messages that the fault hits, from 0 (none) to 1 (all, the default in JSON).
    #[serde(default = "always")]
    pub rate: f64,
    /// Starts the pseudo-random sequence that chooses the messages; 0 by default in JSON.
    #[serde(default)]
    pub seed: u64,
    /// The messages that the fault may hit; `None` for all that the kind applies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<FaultTarget>,
    /// The number of hits after which the fault ends; `None` for no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The delay in milliseconds, at most 3,600,000 (an hour). Required for a fault of the kind `Delay`, and not allowed for
    /// others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

impl Fault {
    /// A fault that hits every message that its kind applies to. [`Fault::delay_ms`] is `None`.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            rate: always(),
            seed: 0,
            of: None,
            count: None,
            delay_ms: None,
        }
    }

    /// What makes no sense in it.
    pub fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.rate) {
            return Err(format!("`rate` is {}, not between 0 and 1", self.rate));
        }
        match (self.kind, self.of) {
            (FaultKind::Throttle, Some(FaultTarget::Notifications)) => {
                return Err("notifications are not requests and cannot be throttled".to_owned());
            }
            (FaultKind::Throttle, _) => {}
            (_, Some(FaultTarget::Http)) => {
                return Err("HTTP supports only `throttle` faults".to_owned());
            }
            _ => {}
        }
        match (self.kind, self.delay_ms) {
            (FaultKind::Delay, None) => Err("`delay` needs `delayMs`".to_owned()),
            (FaultKind::Delay, Some(ms)) if ms > DELAY_MS_MAX => {
                Err(format!("`delayMs` is {ms}, more than {DELAY_MS_MAX}"))
            }
            (FaultKind::Delay, _) | (_, None) => Ok(()),
            (_, Some(_)) => Err("`delayMs` applies to `delay` only".to_owned()),
        }
    }
}

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Deliver,
    /// In milliseconds.
    Delay(u64),
    Drop,
    Duplicate,
    /// Its receiver is disconnected.
    Disconnect,
}

/// The active faults, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Faults {
    /// Each with the state of its pseudo-random sequence.
    active: Vec<(Fault, u64)>,
}

impl Faults {
    /// Adds a fault, which applies from the next message.
    pub fn add(&mut self, fault: Fault) -> Result<(), String> {
        fault.check()?;
        if self.active.len() >= FAULTS_MAX {
            return Err(format!("there are {FAULTS_MAX} faults already"));
        }
        let seed = fault.seed;
        self.active.push((fault, seed));
        Ok(())
    }

    pub fn clear(&mut self) {
        self.active.clear();
    }

    pub fn active(&self) -> impl Iterator<Item = &Fault> {
        self.active.iter().map(|(fault, _)| fault)
    }

    /// Whether the next request is throttled.
    pub fn throttles(&mut self, target: FaultTarget) -> bool {
        self.strike(target, |kind| kind == FaultKind::Throttle)
            .is_some()
    }

    /// What happens to the next message: the first fault that hits decides.
    pub fn fate(&mut self, target: FaultTarget) -> Fate {
        let struck = self.strike(target, |kind| kind != FaultKind::Throttle);
        struck.map_or(Fate::Deliver, |(kind, delay_ms)| match kind {
            FaultKind::Delay if delay_ms > 0 => Fate::Delay(delay_ms),
            FaultKind::Drop => Fate::Drop,
            FaultKind::Duplicate => Fate::Duplicate,
            FaultKind::Disconnect => Fate::Disconnect,
            FaultKind::Delay | FaultKind::Throttle => Fate::Deliver,
        })
    }

    fn strike(
        &mut self,
        target: FaultTarget,
        is_meant: impl Fn(FaultKind) -> bool,
    ) -> Option<(FaultKind, u64)> {
        for (fault, state) in &mut self.active {
            if !is_meant(fault.kind)
                || fault.of.is_some_and(|of| of != target)
                || fault.count == Some(0)
            {
                continue;
            }
            if next_fraction(state) < fault.rate {
                if let Some(count) = &mut fault.count {
                    *count -= 1;
                }
                return Some((fault.kind, fault.delay_ms.unwrap_or_default()));
            }
        }
        None
    }
}

fn always() -> f64 {
    1.0
}

/// The next number from 0 to below 1 of SplitMix64 (Steele, Lea, Flood 2014).
fn next_fraction(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let fraction = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Result<Faults, String> {
        let mut faults = Faults::default();
        for text in texts {
            faults.add(serde_json::from_str(text).map_err(|error| error.to_string())?)?;
        }
        Ok(faults)
    }

    #[test]
    fn the_first_fault_that_hits_decides() {
        use FaultTarget::{Http, Notifications, Replies};
        let mut faults = faults(&[
            r#"{"kind":"delay","delayMs":70,"of":"replies","count":1}"#,
            r#"{"kind":"drop","count":1,"of":"notifications"}"#,
            r#"{"kind":"duplicate","rate":0}"#,
            r#"{"kind":"disconnect","count":1}"#,
            r#"{"kind":"throttle","of":"http","count":1}"#,
        ])
        .expect("faults");
        for (target, expected) in [
            (Replies, Fate::Delay(70)),
            (Notifications, Fate::Drop),
            (Notifications, Fate::Disconnect),
            (Replies, Fate::Deliver),
        ] {
            assert_eq!(faults.fate(target), expected, "{target:?}");
        }
        assert!(!faults.throttles(Replies));
        assert!(faults.throttles(Http));
        assert!(!faults.throttles(Http));
        faults.clear();
        assert_eq!(faults.active().count(), 0);
    }

    #[test]
    fn a_seed_decides_which_and_the_rate_how_many() {
        let hits = |seed: u64| {
            let text = format!(r#"{{"kind":"drop","rate":0.25,"seed":{seed}}}"#);
            let mut faults = faults(&[&text]).expect("a fault");
            (0..10_000)
                .map(|_| faults.fate(FaultTarget::Replies) == Fate::Drop)
                .collect::<Vec<_>>()
        };
        assert_eq!(hits(1), hits(1));
        assert_ne!(hits(1), hits(2));
        let count = hits(1).into_iter().filter(|hit| *hit).count();
        assert!((2300..2700).contains(&count), "{count} of 10,000");
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (text, expected) in [
            (
                r#"{"kind":"drop","rate":1.5}"#,
                "`rate` is 1.5, not between",
            ),
            (r#"{"kind":"drop","rate":-1}"#, "`rate` is -1, not between"),
            (r#"{"kind":"delay"}"#, "`delay` needs `delayMs`"),
            (
                r#"{"kind":"delay","delayMs":3600001}"#,
                "`delayMs` is 3600001",
            ),
            (r#"{"kind":"drop","delayMs":1}"#, "`delayMs` applies to"),
            (r#"{"kind":"drop","of":"http"}"#, "HTTP supports only"),
            (
                r#"{"kind":"throttle","of":"notifications"}"#,
                "notifications are not",
            ),
            (r#"{"kind":"explode"}"#, "unknown variant `explode`"),
            (r#"{"kind":"drop","often":1}"#, "unknown field `often`"),
            (r#"{"rate":1}"#, "missing field `kind`"),
        ] {
            let error = faults(&[text]).err().unwrap_or_default();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
