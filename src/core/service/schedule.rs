//! When a job starts and ends by itself.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html#job-scheduling>

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Date, Month, OffsetDateTime, Time};

use crate::protocol::EpochMillis;
use crate::service::limits::WINDOWS_SHOWN;
use crate::service::windows::Windows;

/// What happens at the end of a job. <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum EndBehavior {
    /// No further thing gets the job; executions continue.
    StopRollout,
    /// The job is cancelled with its queued executions.
    Cancel,
    /// The job is cancelled with all executions that have not ended.
    ForceCancel,
}

impl EndBehavior {
    pub(crate) const WORDS: [&str; 3] = ["STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL"];

    /// By its name. GUESS: without a name, nothing is cancelled, because the request did not ask for it.
    pub(crate) fn named(word: Option<&str>) -> Self {
        match word {
            Some("CANCEL") => Self::Cancel,
            Some("FORCE_CANCEL") => Self::ForceCancel,
            _ => Self::StopRollout,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::StopRollout => "STOP_ROLLOUT",
            Self::Cancel => "CANCEL",
            Self::ForceCancel => "FORCE_CANCEL",
        }
    }
}

/// `schedulingConfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Schedule {
    /// When the job starts; at once if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<Moment>,
    /// When the job ends, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<(Moment, EndBehavior)>,
    /// When it hands out its executions; always if absent. They need a start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) windows: Option<Box<Windows>>,
}

/// A time of a schedule, as typed and as counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Moment {
    /// `YYYY-MM-DDThh:mm`, in UTC.
    text: String,
    /// The same in milliseconds.
    pub(crate) at: EpochMillis,
}

impl Schedule {
    /// Whether it has a start or an end.
    pub(crate) const fn is_given(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// `scheduledJobRollouts`: "the next seven maintenance window occurrences". GUESS: those that begin after now, not before the
    /// start, and before the end of the job; once that has passed, those in which its queued executions are still handed out.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ScheduledJobRollout.html>
    pub(crate) fn rollouts(&self, now: EpochMillis) -> Option<Value> {
        let windows = self.windows.as_ref()?;
        let start = self.start.as_ref().map(|start| start.at);
        let from = start.into_iter().chain([EpochMillis(now.0 + 1)]).max()?;
        let end = self.end.as_ref().map(|(end, _)| end.at);
        let end = end.filter(|end| *end > now);
        let rollouts = windows.upcoming(from).take(WINDOWS_SHOWN);
        let rollouts = rollouts.take_while(|at| end.is_none_or(|end| *at < end));
        let rollouts = rollouts.map(|at| json!({ "startTime": Moment::text_of(at) }));
        Some(rollouts.collect())
    }

    /// As DescribeJob shows it: `{}` without times.
    pub(crate) fn view(&self) -> Value {
        let mut view = json!({});
        if let Some(start) = &self.start {
            view["startTime"] = json!(start.text);
        }
        if let Some((end, behavior)) = &self.end {
            view["endTime"] = json!(end.text);
            view["endBehavior"] = json!(behavior.as_str());
        }
        if let Some(windows) = &self.windows {
            view["maintenanceWindows"] = windows.view();
        }
        view
    }
}

impl Moment {
    /// A time as AWS writes it in a schedule.
    fn text_of(at: EpochMillis) -> String {
        let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
        let time = OffsetDateTime::from_unix_timestamp(seconds);
        let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}",
            time.year(),
            u8::from(time.month()),
            time.day(),
            time.hour(),
            time.minute()
        )
    }

    /// Reads `YYYY-MM-DDThh:mm`; `None` if it is not such a time since 1970.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 16
            && bytes.iter().enumerate().all(|(place, byte)| match place {
                4 | 7 => *byte == b'-',
                10 => *byte == b'T',
                13 => *byte == b':',
                _ => byte.is_ascii_digit(),
            });
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u8>().ok();
        let year = text.get(..4)?.parse().ok()?;
        let month = Month::try_from(number(5..7)?).ok()?;
        let date = Date::from_calendar_date(year, month, number(8..10)?).ok()?;
        let time = Time::from_hms(number(11..13)?, number(14..16)?, 0).ok()?;
        let seconds = u64::try_from(date.with_time(time).assume_utc().unix_timestamp()).ok()?;
        shape.then(|| Self {
            text: text.to_owned(),
            at: EpochMillis(seconds * 1000),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_minutes_and_no_zone() {
        for (text, seconds) in [
            ("1970-01-01T00:00", Some(0)),
            ("2026-11-22T07:30", Some(1_795_332_600)),
            ("2024-02-29T23:59", Some(1_709_251_140)),
            ("2000-03-01T00:00", Some(951_868_800)),
            ("2100-12-31T00:00", Some(4_133_894_400)),
            ("2026-02-29T00:00", None),
            ("2026-11-23T00:00:00Z UTC", None),
            ("2026-11-23 00:00", None),
            ("2026-13-01T00:00", None),
            ("2026-00-01T00:00", None),
            ("2026-01-00T00:00", None),
            ("2026-01-01T24:00", None),
            ("2026-01-01T00:60", None),
            ("+026-01-01T00:00", None),
            ("1969-12-31T23:59", None),
            ("é026-01-01T00:0", None),
            ("", None),
        ] {
            let at = Moment::parse(text).map(|moment| moment.at.seconds().0);
            assert_eq!(at, seconds, "{text}");
        }
    }
}
