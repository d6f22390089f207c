//! Maintenance windows: when a job hands out its executions.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::protocol::EpochMillis;
use crate::service::cron::{Cron, CronError};

/// A window that comes again. <https://docs.aws.amazon.com/iot/latest/apireference/API_MaintenanceWindow.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MaintenanceWindow {
    /// A cron expression.
    start_time: String,
    duration_in_minutes: u64,
}

impl MaintenanceWindow {
    /// Reads `maintenanceWindows`; the error has the start time that is not a cron expression.
    pub(crate) fn read_all(value: &Value) -> Result<Vec<Self>, (String, CronError)> {
        let windows = value.as_array().into_iter().flatten();
        let read = |window: &Value| {
            let start_time = window["startTime"].as_str().unwrap_or_default().to_owned();
            match Cron::parse(&start_time) {
                Ok(_) => Ok(Self {
                    duration_in_minutes: window["durationInMinutes"].as_u64().unwrap_or_default(),
                    start_time,
                }),
                Err(error) => Err((start_time, error)),
            }
        };
        windows.map(read).collect()
    }

    pub(crate) fn view(&self) -> Value {
        json!({
            "startTime": self.start_time,
            "durationInMinutes": self.duration_in_minutes,
        })
    }

    /// What was read is a cron expression, and another one has no occurrence.
    fn cron(&self) -> Option<Cron> {
        Cron::parse(&self.start_time).ok()
    }

    /// When the occurrence ends that lasts now; the last of those that overlap.
    fn end(&self, now: EpochMillis) -> Option<EpochMillis> {
        let end = self
            .cron()?
            .last(now)?
            .plus_minutes(self.duration_in_minutes);
        (now < end).then_some(end)
    }
}

/// The windows of a job. Between two of them it is SCHEDULED, and none of its queued executions is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Windows {
    each: Vec<MaintenanceWindow>,
    /// When the next one opens, or when the one that is open closes; `None` if no other comes.
    pub(crate) next_turn: Option<EpochMillis>,
    /// Whether one has opened, so that the rollout of the job has begun.
    pub(crate) has_opened: bool,
}

impl Windows {
    /// The windows of a job that starts at this time; `None` if none of them ever opens.
    pub(crate) fn of(each: Vec<MaintenanceWindow>, start: EpochMillis) -> Option<Self> {
        let mut windows = Self {
            each,
            next_turn: None,
            has_opened: false,
        };
        windows.next_turn = Some(windows.next_opening(start)?);
        Some(windows)
    }

    /// When the window that is open now closes, if no other one that has begun lasts longer.
    pub(crate) fn closing(&self, now: EpochMillis) -> Option<EpochMillis> {
        self.each.iter().filter_map(|window| window.end(now)).max()
    }

    /// When one is open next. GUESS: a window that is open at the start of the job counts for the rest of its time; the guide
    /// describes only one that begins after the start.
    pub(crate) fn next_opening(&self, from: EpochMillis) -> Option<EpochMillis> {
        let is_open = self.closing(from).is_some();
        let next = || self.upcoming(from).next();
        is_open.then_some(from).or_else(next)
    }

    /// When they begin, from this time on.
    pub(crate) fn upcoming(&self, from: EpochMillis) -> impl Iterator<Item = EpochMillis> {
        let crons: Vec<Cron> = self
            .each
            .iter()
            .filter_map(MaintenanceWindow::cron)
            .collect();
        let mut next: BTreeSet<(EpochMillis, usize)> = BTreeSet::new();
        let first = crons.iter().enumerate();
        next.extend(first.filter_map(|(place, cron)| Some((cron.next(from)?, place))));
        let mut last = None;
        std::iter::from_fn(move || {
            loop {
                let (at, place) = next.pop_first()?;
                next.extend(crons[place].next(at.plus_minutes(1)).map(|at| (at, place)));
                if last.replace(at) != Some(at) {
                    return Some(at);
                }
            }
        })
    }

    pub(crate) fn view(&self) -> Value {
        self.each.iter().map(MaintenanceWindow::view).collect()
    }
}
