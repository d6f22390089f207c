//! When a job starts, ends, and hands out its executions. Pure.

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use crate::argument::OfferedWord;
use crate::control::shape::{WINDOW, structure};

// No doc comment: clap would take it for the text of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ScheduleArgs {
    /// when the job starts, in UTC: YYYY-MM-DDTHH:MM
    #[arg(long, value_name = "time")]
    pub start_time: Option<String>,
    /// when the job ends, in UTC: YYYY-MM-DDTHH:MM
    #[arg(long, value_name = "time")]
    pub end_time: Option<String>,
    /// what its end does to executions that have not ended
    #[arg(long, value_name = "behavior", value_parser = OfferedWord(&["STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL"]))]
    pub end_behavior: Option<String>,
    /// 'cron(0 2 ? * SUN *) for 60' minutes; can be repeated
    #[arg(long, visible_alias = "maintenance-window", value_name = "window", value_parser = window)]
    pub maintenance_windows: Vec<Window>,
}

/// A maintenance window: when it begins, as a cron expression, and how many minutes it lasts. Both are for the service to judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    pub start_time: String,
    pub duration_in_minutes: i64,
}

/// A window as it is typed, or as the AWS CLI takes a MaintenanceWindow.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_MaintenanceWindow.html>
pub(crate) fn window(text: &str) -> Result<Window, String> {
    const WRONG: &str = "is not a maintenance window\nhint: write it in quotes, with its minutes: 'cron(0 2 ? * SUN *) for 60'";
    let members = WINDOW.members().iter();
    let names_member = |name: &str| {
        let value = text.strip_prefix(name);
        value.is_some_and(|value| value.trim_start().starts_with('='))
    };
    let is_structure =
        text.starts_with('{') || members.map(|(name, _)| name).any(|it| names_member(it));
    let (start_time, minutes) = if is_structure {
        let window = structure(text, WINDOW)?;
        let start = window["startTime"].as_str().map(ToOwned::to_owned);
        (start, window["durationInMinutes"].as_i64())
    } else {
        let (start, minutes) = text.rsplit_once(" for ").ok_or(WRONG)?;
        (Some(start.trim().to_owned()), minutes.trim().parse().ok())
    };
    Ok(Window {
        start_time: start_time.ok_or(WRONG)?,
        duration_in_minutes: minutes.ok_or(WRONG)?,
    })
}

impl ScheduleArgs {
    pub(crate) fn is_given(&self) -> bool {
        self != &Self::default()
    }

    /// `schedulingConfig` of the request.
    pub(crate) fn config(&self) -> Value {
        let mut config = json!({});
        for (member, value) in [
            ("startTime", &self.start_time),
            ("endTime", &self.end_time),
            ("endBehavior", &self.end_behavior),
        ] {
            if let Some(value) = value {
                config[member] = json!(value);
            }
        }
        if !self.maintenance_windows.is_empty() {
            config["maintenanceWindows"] = json!(self.maintenance_windows);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_a_start_and_minutes() {
        for (text, expected) in [
            (
                "cron(0 2 ? * SUN *) for 60",
                Some(("cron(0 2 ? * SUN *)", 60)),
            ),
            ("x for y for  -1", Some(("x for y", -1))),
            (
                "startTime=cron(0 2 1,15 * ? *),durationInMinutes=1430",
                Some(("cron(0 2 1,15 * ? *)", 1430)),
            ),
            (
                r#"{"startTime": "cron(0 2 ? * 1 *)", "durationInMinutes": 5}"#,
                Some(("cron(0 2 ? * 1 *)", 5)),
            ),
            (r#"{"startTime": "cron(0 2 ? * 1 *)"}"#, None),
            ("cron(0", None),
            ("cron(0 2 ? * SUN *)", None),
            ("cron(0 2 ? * SUN *) for 1h", None),
            ("cron(0 2 ? * SUN *) for 99999999999999999999", None),
            ("", None),
        ] {
            let read = window(text).ok();
            let read = read.map(|it| (it.start_time, it.duration_in_minutes));
            let expected = expected.map(|(start, minutes)| (start.to_owned(), minutes));
            assert_eq!(read, expected, "{text}");
        }
    }
}
