//! What the schedule of a job must look like. Messages and the order of checks follow recorded sessions where they exist.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>

use serde_json::Value;

use crate::protocol::EpochMillis;
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::limits::{END_MINUTES_MAX, SCHEDULE_MINUTES_MIN, START_MINUTES_MAX};
use crate::service::schedule::{EndBehavior, Moment, Schedule};
use crate::service::windows::{MaintenanceWindow, Windows};

/// `schedulingConfig` of CreateJob. Its times are minutes in UTC.
pub(crate) fn schedule(parameters: &Parameters, now: EpochMillis) -> Result<Schedule, HttpError> {
    let Some(config) = parameters.get("schedulingConfig") else {
        return Ok(Schedule::default());
    };
    let windows = maintenance_windows(&config["maintenanceWindows"])?;
    if !windows.is_empty() {
        // Recorded session.
        let refused = if parameters.text("targetSelection") != Some("CONTINUOUS") {
            Some("TargetSelection is invalid. MaintenanceWindow cannot be used with SNAPSHOT job.")
        } else if config["startTime"].is_string() {
            None
        } else {
            Some("MaintenanceWindow cannot be used without StartTime of SchedulingConfig.")
        };
        refused.map_or(Ok(()), |message| Err(HttpError::invalid_request(message)))?;
    }
    let start = moment(&config["startTime"])?;
    let end = moment(&config["endTime"])?;
    if let Some(start) = &start {
        let rule = "startTime must be at least 30 minutes and at most one year from now";
        let latest = now.plus_minutes(START_MINUTES_MAX);
        check_moment(start, now, latest, rule)?;
    }
    if let Some(end) = &end {
        let from = start.as_ref().map_or(now, |start| start.at);
        let rule =
            "endTime must be at least 30 minutes after the start and at most two years from now";
        check_moment(end, from, now.plus_minutes(END_MINUTES_MAX), rule)?;
    }
    let windows = start.as_ref().filter(|_| !windows.is_empty()).map(|start| {
        // GUESS: windows that never open are refused, because such a job would wait for ever.
        Windows::of(windows, start.at).ok_or_else(|| {
            HttpError::invalid_request("No maintenance window begins after the startTime.")
        })
    });
    let behavior = EndBehavior::named(config["endBehavior"].as_str());
    Ok(Schedule {
        start,
        end: end.map(|end| (end, behavior)),
        windows: windows.transpose()?.map(Box::new),
    })
}

/// `maintenanceWindows`. GUESS: the reference does not say how a wrong cron expression is refused.
pub(crate) fn maintenance_windows(windows: &Value) -> Result<Vec<MaintenanceWindow>, HttpError> {
    MaintenanceWindow::read_all(windows).map_err(|(text, error)| {
        HttpError::invalid_request(format!(
            "The startTime {text} of a maintenance window is not a cron expression: {error}."
        ))
    })
}

fn moment(member: &Value) -> Result<Option<Moment>, HttpError> {
    let Some(text) = member.as_str() else {
        return Ok(None);
    };
    // Recorded session.
    let moment = Moment::parse(text).ok_or_else(|| {
        HttpError::invalid_request(format!(
            "1 validation error detected: Provided time {text} must follow the format YYYY-MM-DDThh:mm."
        ))
    })?;
    Ok(Some(moment))
}

/// Refuses a time that is too soon after `from`, or later than allowed.
fn check_moment(
    moment: &Moment,
    from: EpochMillis,
    latest: EpochMillis,
    rule: &str,
) -> Result<(), HttpError> {
    let earliest = from.plus_minutes(SCHEDULE_MINUTES_MIN);
    // Times are given in minutes, so the minute of the earliest allowed time counts as a whole.
    let is_late_enough = moment.at.0 / 60_000 >= earliest.0 / 60_000;
    if is_late_enough && moment.at <= latest {
        Ok(())
    } else {
        // GUESS: the limits are documented, the messages are not.
        Err(HttpError::invalid_request(rule))
    }
}
