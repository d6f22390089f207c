//! The time limits of an execution: the device stops before the service gives it up.

use std::time::Duration;

use crate::protocol::EpochMillis;

/// The device stops this long before the service would, at the most.
const MARGIN: Duration = Duration::from_secs(10);

/// The service is asked no more often what is left.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(1);

/// What is known of the two timers of an execution. The service gives one number: what is left of the one that ends first.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html#job-timeouts>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// When the work was claimed.
    since: EpochMillis,
    /// Of the in-progress timer.
    work: WorkLimit,
    /// When the service's step timer ends, if one was set.
    step: Option<EpochMillis>,
    /// How long the step timer is set.
    step_lasts: Option<Duration>,
}

/// What is known of the in-progress timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum WorkLimit {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It does not exist.
    Absent,
    At(EpochMillis),
    /// It ends later than the step timer; it is to be asked for then.
    Behind(EpochMillis),
}

impl Limits {
    /// The limits after a claim, in which the service's step timer was set for so long.
    pub fn new(now: EpochMillis, step_lasts: Option<Duration>) -> Self {
        Self {
            since: now,
            work: WorkLimit::Unknown,
            step: step_lasts.map(|lasts| now.plus(lasts)),
            step_lasts,
        }
    }

    /// What the service has left, as a reply says.
    pub fn learn(&mut self, now: EpochMillis, seconds_left: Option<u64>) {
        let Some(left) = seconds_left.map(Duration::from_secs) else {
            self.work = WorkLimit::Absent;
            return;
        };
        // The service rounds to seconds, and a reply takes time.
        let is_step = self
            .step
            .is_some_and(|step| now.plus(left + Duration::from_secs(2)) >= step);
        self.work = if is_step {
            WorkLimit::Behind(now.plus((left / 2).max(BETWEEN_QUESTIONS)))
        } else {
            WorkLimit::At(now.plus(left))
        };
    }

    /// The service's step timer was set once more.
    pub fn renewed(&mut self, now: EpochMillis) {
        self.step = self.step_lasts.map(|lasts| now.plus(lasts));
    }

    /// Whether the service is to be asked for what is left.
    pub fn is_due(&self, now: EpochMillis) -> bool {
        match self.work {
            WorkLimit::Unknown => true,
            WorkLimit::Behind(ask) => ask <= now,
            WorkLimit::Absent | WorkLimit::At(_) => false,
        }
    }

    /// When the service is to be asked for what is left.
    pub fn ask_at(&self) -> Option<EpochMillis> {
        match self.work {
            WorkLimit::Behind(ask) => Some(ask),
            WorkLimit::Unknown | WorkLimit::Absent | WorkLimit::At(_) => None,
        }
    }

    /// When the work is to be stopped, and the cause in words.
    pub fn stop_at(&self) -> Option<(EpochMillis, &'static str)> {
        let work = match self.work {
            WorkLimit::At(at) => Some((at, "the job's time limit is near")),
            _ => None,
        };
        let step = self.step.map(|at| (at, "the step timer is near its end"));
        let nearest = work.into_iter().chain(step).min_by_key(|(at, _)| *at);
        nearest.map(|(at, cause)| {
            (
                EpochMillis(at.0.saturating_sub(margin(self.since, at))),
                cause,
            )
        })
    }
}

/// A tenth of what there was, and no more than [`MARGIN`], in milliseconds.
fn margin(since: EpochMillis, at: EpochMillis) -> u64 {
    let most = u64::try_from(MARGIN.as_millis()).unwrap_or(u64::MAX);
    (at.0.saturating_sub(since.0) / 10).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMillis = EpochMillis(1_000_000);

    fn at(seconds: u64) -> EpochMillis {
        EpochMillis(NOW.0 + seconds * 1_000)
    }

    #[test]
    fn the_device_stops_first() {
        for (step_minutes, left, stops, asks) in [
            (None, None, None, None),
            (None, Some(60), Some(at(54)), None),
            (None, Some(600), Some(at(590)), None),
            (Some(2), None, Some(at(110)), None),
            // The in-progress timer ends before the step timer.
            (Some(2), Some(60), Some(at(54)), None),
            (Some(2), Some(117), Some(at(107)), None),
            // It ends behind it, so it is not known.
            (Some(2), Some(118), Some(at(110)), Some(at(59))),
            (Some(2), Some(120), Some(at(110)), Some(at(60))),
        ] {
            let lasts = step_minutes.map(Duration::from_mins);
            let mut limits = Limits::new(NOW, lasts);
            assert!(limits.is_due(NOW), "nothing is known yet");
            assert_eq!(limits.ask_at(), None);
            limits.learn(NOW, left);
            let case = (step_minutes, left);
            assert_eq!(limits.stop_at().map(|it| it.0), stops, "{case:?}");
            assert_eq!(limits.ask_at(), asks, "{case:?}");
            assert!(!limits.is_due(NOW), "{case:?}");
            assert_eq!(limits.is_due(at(60)), asks.is_some(), "{case:?}");
        }
    }

    #[test]
    fn the_last_second_is_not_asked_for_without_end() {
        let mut limits = Limits::new(NOW, Some(Duration::from_mins(1)));
        for (now, left, asks) in [
            (NOW, 60, at(30)),
            (at(56), 4, at(58)),
            (at(58), 1, at(59)),
            (at(59), 0, at(60)),
        ] {
            limits.learn(now, Some(left));
            assert_eq!(limits.ask_at(), Some(asks), "{left}");
            assert!(!limits.is_due(now), "{left}");
        }
    }

    #[test]
    fn progress_renews_the_step_timer_alone() {
        let mut limits = Limits::new(NOW, Some(Duration::from_mins(2)));
        limits.learn(NOW, Some(120));
        limits.renewed(at(60));
        assert_eq!(limits.stop_at().map(|it| it.0), Some(at(170)));
        limits.learn(at(60), Some(100));
        assert_eq!(
            limits.stop_at(),
            Some((at(150), "the job's time limit is near"))
        );
        limits.renewed(at(90));
        assert_eq!(limits.stop_at().map(|it| it.0), Some(at(150)));
        let mut none = Limits::new(NOW, None);
        none.renewed(at(1));
        assert_eq!(none.stop_at(), None);
    }
}
