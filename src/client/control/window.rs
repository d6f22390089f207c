//! A maintenance window as it is typed. Pure.

use serde_json::{Value, json};

use crate::control::shape::{WINDOW, structure};

/// A window as it is typed, or as the AWS CLI takes a MaintenanceWindow: its start, which is a cron expression, and how many
/// minutes it lasts. Both are for the service to judge.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_MaintenanceWindow.html>
pub(crate) fn window(text: &str) -> Result<Value, String> {
    const WRONG: &str = "is not a maintenance window\nhint: write it in quotes, with its minutes: 'cron(0 2 ? * SUN *) for 60'";
    let is_member = |name: &str| {
        let value = text.strip_prefix(name);
        value.is_some_and(|value| value.trim_start().starts_with('='))
    };
    let mut members = WINDOW.members().iter();
    if text.starts_with('{') || members.any(|(name, _)| is_member(name)) {
        let window = structure(text, WINDOW)?;
        let is_whole = window["startTime"].is_string() && window["durationInMinutes"].is_i64();
        return is_whole.then_some(window).ok_or_else(|| WRONG.to_owned());
    }
    let (start, minutes) = text.rsplit_once(" for ").ok_or(WRONG)?;
    let minutes: i64 = minutes.trim().parse().map_err(|_| WRONG)?;
    Ok(json!({ "startTime": start.trim(), "durationInMinutes": minutes }))
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
            let expected = expected.map(
                |(start, minutes)| json!({ "startTime": start, "durationInMinutes": minutes }),
            );
            assert_eq!(window(text).ok(), expected, "{text}");
        }
    }
}
