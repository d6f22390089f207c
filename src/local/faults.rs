//! Faults on request: what becomes of the messages of the job service on their way out.
//!
//! Pure, and the same for the same seed: the n-th message that a fault could hit is always hit or always spared.

use serde::{Deserialize, Serialize};

/// The longest delay, in milliseconds: an hour.
const DELAY_MS_MAX: u64 = 3_600_000;

/// The most faults at a time.
const FAULTS_MAX: usize = 100;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// The message comes `delayMs` later, by the clock of the service; others overtake it.
    Delay,
    /// The message does not come.
    Drop,
    /// The message comes twice.
    Duplicate,
    /// The request is refused as too many: `RequestThrottled` over MQTT, `ThrottlingException` over HTTP.
    Throttle,
    /// The connection that the message is for ends without a word. A persistent session keeps a notification.
    Disconnect,
}

/// Which messages a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultTarget {
    /// Replies to devices over MQTT; for `throttle`, their requests.
    Replies,
    /// The events of AWS IoT Jobs: `notify`, `notify-next`, and those on `$aws/events/…`.
    Notifications,
    /// Requests over HTTP, of both planes; only `throttle`.
    Http,
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often, from 0 (never) to 1 (always).
    #[serde(default = "always")]
    pub rate: f64,
    /// What decides which messages are hit.
    #[serde(default)]
    pub seed: u64,
    /// Which messages; absent: all that the kind is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<FaultTarget>,
    /// After how many hits it is over; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Of a delay, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

impl Fault {
    /// A fault that hits every message that its kind is about, with no delay set.
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

    /// What is wrong with it, if anything is.
    fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.rate) {
            return Err(format!("`rate` is {}, not between 0 and 1", self.rate));
        }
        match (self.kind, self.of) {
            (FaultKind::Throttle, Some(FaultTarget::Notifications)) => {
                return Err("nobody asks for notifications, so they cannot be throttled".to_owned());
            }
            (FaultKind::Throttle, _) => {}
            (_, Some(FaultTarget::Http)) => {
                return Err("over HTTP only `throttle` is there".to_owned());
            }
            _ => {}
        }
        match (self.kind, self.delay_ms) {
            (FaultKind::Delay, None) => Err("a delay needs `delayMs`".to_owned()),
            (FaultKind::Delay, Some(ms)) if ms > DELAY_MS_MAX => {
                Err(format!("`delayMs` is {ms}, more than {DELAY_MS_MAX}"))
            }
            (FaultKind::Delay, _) | (_, None) => Ok(()),
            (_, Some(_)) => Err("`delayMs` is for a delay only".to_owned()),
        }
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It comes.
    Deliver,
    /// It comes this many milliseconds later.
    Delay(u64),
    /// It does not come.
    Drop,
    /// It comes twice.
    Duplicate,
    /// Its receiver is cut off.
    Disconnect,
}

/// The faults that are on, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    active: Vec<(Fault, u64)>,
}

impl Faults {
    /// Adds a fault, which hits from the next message on.
    pub(crate) fn add(&mut self, fault: Fault) -> Result<(), String> {
        fault.check()?;
        if self.active.len() >= FAULTS_MAX {
            return Err(format!("there are {FAULTS_MAX} faults already"));
        }
        let seed = fault.seed;
        self.active.push((fault, seed));
        Ok(())
    }

    /// Ends them all.
    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    /// Those that are on.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Fault> {
        self.active.iter().map(|(fault, _)| fault)
    }

    /// Whether the next request is refused as too many.
    pub(crate) fn throttles(&mut self, target: FaultTarget) -> bool {
        self.strike(target, |kind| kind == FaultKind::Throttle)
            .is_some()
    }

    /// What becomes of the next message: the first fault that hits decides.
    pub(crate) fn fate(&mut self, target: FaultTarget) -> Fate {
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
            (r#"{"kind":"delay"}"#, "a delay needs `delayMs`"),
            (
                r#"{"kind":"delay","delayMs":3600001}"#,
                "`delayMs` is 3600001",
            ),
            (r#"{"kind":"drop","delayMs":1}"#, "`delayMs` is for a delay"),
            (r#"{"kind":"drop","of":"http"}"#, "over HTTP only"),
            (r#"{"kind":"throttle","of":"notifications"}"#, "nobody asks"),
            (r#"{"kind":"explode"}"#, "unknown variant `explode`"),
            (r#"{"kind":"drop","often":1}"#, "unknown field `often`"),
            (r#"{"rate":1}"#, "missing field `kind`"),
        ] {
            let error = faults(&[text]).err().unwrap_or_default();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
