//! How values of the two planes are typed: parsers for clap, which the commands of the device and of the control plane share.
//! Pure.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Command};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::not_json::{self, NotJson};
use crate::protocol::{JobExecutionStatus, StatusDetails, ThingName};
use crate::text;

/// A status of a job execution, in any case. Every status is accepted, so that the user sees the service's refusal. Help and
/// completion offer only these.
#[derive(Debug, Clone, Copy)]
pub struct ExecutionStatus {
    pub offered: &'static [JobExecutionStatus],
}

impl TypedValueParser for ExecutionStatus {
    type Value = JobExecutionStatus;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        PossibleValuesParser::new(JobExecutionStatus::ALL.map(JobExecutionStatus::as_str))
            .try_map(|word| word.to_ascii_uppercase().parse())
            .parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = self.offered.iter().map(|status| status.as_str());
        Some(Box::new(words.map(PossibleValue::new)))
    }
}

/// A word of AWS, in any case. Completion offers these words; any other word is also sent, in capitals unless it has a colon, for
/// the service to judge.
#[derive(Debug, Clone, Copy)]
pub struct OfferedWord(pub &'static [&'static str]);

impl TypedValueParser for OfferedWord {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let word = clap::builder::StringValueParser::new().parse_ref(command, arg, value)?;
        let mut offered = self.0.iter();
        Ok(match offered.find(|it| it.eq_ignore_ascii_case(&word)) {
            Some(offered) => (*offered).to_owned(),
            None if word.contains(':') => word,
            None => word.to_ascii_uppercase(),
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// Any name that is not empty: an empty one would be missing from the path of the request.
pub fn name() -> impl TypedValueParser<Value = String> {
    clap::builder::NonEmptyStringValueParser::new()
}

/// A target of a job: a thing or a thing group by its name, or by its resource (`thing/lamp`, `thinggroup/attic`), or an ARN.
pub fn target() -> impl TypedValueParser<Value = String> {
    name().try_map(|text| check_target(&text).map(|()| text))
}

fn check_target(text: &str) -> Result<(), String> {
    const LIKE: &str = "a target is NAME, thing/NAME, thinggroup/NAME, or an ARN";
    let kinds = ["thing/", "thinggroup/"];
    let name = kinds.iter().find_map(|kind| text.strip_prefix(kind));
    match ThingName::new(name.unwrap_or(text)) {
        Err(error) if !text.starts_with("arn:") => Err(format!("{error}\nhint: {LIKE}")),
        _ => Ok(()),
    }
}

/// A resource (`job/Job1`), the id of a certificate, or an ARN.
pub fn resource() -> impl TypedValueParser<Value = String> {
    name().try_map(|text| check_resource(&text).map(|()| text))
}

fn check_resource(text: &str) -> Result<(), String> {
    let is_certificate = text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
    if text.contains(['/', ':']) && !text.ends_with('/') || is_certificate {
        return Ok(());
    }
    let text = text.trim_end_matches('/');
    Err(format!(
        "does not name a resource and its kind\nhint: write it as thinggroup/{text}, job/{text}, policy/{text}, …"
    ))
}

/// A name in a path, which is not a resource (`policy/lamp`) or an ARN of this kind.
pub fn check_name(text: &str, kind: &str) -> Result<(), String> {
    // An ARN ends with its resource.
    let resource = text.rsplit_once(&format!("{kind}/"));
    let resource = resource.filter(|(before, _)| before.is_empty() || before.ends_with(':'));
    match resource {
        Some((_, name)) if !name.is_empty() && !name.contains('/') => Err(format!(
            "is a resource\nhint: give the name alone: `{name}`"
        )),
        _ => Ok(()),
    }
}

/// A text in a file: PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemText(pub String);

impl FromStr for PemText {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text::unmarked(text).to_owned()))
    }
}

/// A text of the user's own, which may have spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeText(pub String);

impl FromStr for FreeText {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// The name of a resource of this kind, as in an ARN.
pub fn name_of(kind: &'static str) -> impl TypedValueParser<Value = String> {
    name().try_map(move |text| check_name(&text, kind).map(|()| text))
}

/// The job document in a line: JSON up to the end of the line or to the flags behind it, or `@` and the name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentText(pub String);

impl FromStr for DocumentText {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // In quotes it may start with a byte order mark, as files do.
        Ok(Self(text::unmarked(text).to_owned()))
    }
}

// No doc comment: clap would take it for the text of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct DetailArgs {
    /// keep this detail with the execution; can be repeated
    #[arg(long = "detail", value_name = "name=value", value_parser = detail)]
    pub details: Vec<(String, String)>,
    /// the details as in the AWS CLI: name=value,… or JSON
    #[arg(long, value_name = "details", value_parser = detail_map, conflicts_with = "details", hide = true)]
    pub status_details: Option<StatusDetails>,
}

impl DetailArgs {
    pub fn status_details(&self) -> Option<StatusDetails> {
        details(&self.details, self.status_details.as_ref())
    }
}

/// The status details of a request, from `--detail` or from `--status-details`; `None` if neither is given.
pub fn details(pairs: &[(String, String)], whole: Option<&StatusDetails>) -> Option<StatusDetails> {
    match pairs {
        [] => whole.cloned(),
        pairs => Some(pairs.iter().cloned().collect()),
    }
}

/// A status detail as `name=value`.
pub fn detail(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("is not of the form name=value"),
    }
}

/// Details in the shorthand of the AWS CLI, or as a JSON object of strings.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html>
pub fn detail_map(text: &str) -> Result<StatusDetails, String> {
    if text.starts_with('{') {
        return object(text, "a JSON object of strings", "{\"name\": \"text\"}");
    }
    let mut details = StatusDetails::new();
    for pair in text.split(',') {
        let (name, value) = detail(pair)?;
        if details.insert(name.clone(), value).is_some() {
            return Err(format!("gives `{name}` twice"));
        }
    }
    Ok(details)
}

/// A number of minutes, alone or as the AWS CLI's TimeoutConfig: `inProgressTimeoutInMinutes=` and that number, or JSON.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_TimeoutConfig.html>
pub fn in_progress_timeout(text: &str) -> Result<i64, &'static str> {
    let minutes = if text.starts_with('{') {
        let config: Value = serde_json::from_str(text).unwrap_or_default();
        config["inProgressTimeoutInMinutes"].as_i64()
    } else {
        let minutes = text.strip_prefix("inProgressTimeoutInMinutes=");
        minutes.unwrap_or(text).parse().ok()
    };
    minutes.ok_or("is not a whole number of minutes")
}

/// Members of a request, as a JSON object.
pub fn members(text: &str) -> Result<Map<String, Value>, String> {
    object(text, "a JSON object", "{\"name\": value}")
}

/// Reads a JSON object. The error is a predicate of the text, then the next step.
fn object<'a, T: Deserialize<'a>>(text: &'a str, what: &str, like: &str) -> Result<T, String> {
    if let Err(NotJson {
        what: mistake,
        hint,
        ..
    }) = not_json::read::<IgnoredAny>(text)
    {
        return Err(format!("is not {what}: {mistake}\nhint: {hint}"));
    }
    serde_json::from_str(text).map_err(|_| format!("is not {what}\nhint: write it as {like}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_typed_as_the_aws_cli_takes_them() {
        for (text, expected) in [
            ("a=b", Some(&[("a", "b")][..])),
            ("b=2,a=1=1", Some(&[("a", "1=1"), ("b", "2")])),
            (r#"{"a": "b,c"}"#, Some(&[("a", "b,c")])),
            (r#"{"a": 1}"#, None),
            ("a", None),
            ("a=b,", None),
            ("", None),
        ] {
            let details = detail_map(text).ok();
            let expected = expected.map(|pairs| {
                let pairs = pairs.iter();
                pairs
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect()
            });
            assert_eq!(details, expected, "{text}");
        }
    }

    #[test]
    fn a_target_and_a_resource_are_typed_without_an_account() {
        let id = "4f2a".repeat(16);
        for (text, is_target, is_resource) in [
            ("lamp", true, false),
            ("thing/a:b", true, true),
            ("thinggroup/attic", true, true),
            ("arn:aws:iot:us-east-1:1:thing/lamp", true, true),
            ("job/a", false, true),
            ("thing/", false, false),
            ("thing/a/b", false, true),
            (&id, true, true),
        ] {
            assert_eq!(check_target(text).is_ok(), is_target, "{text}");
            assert_eq!(check_resource(text).is_ok(), is_resource, "{text}");
        }
    }

    #[test]
    fn a_timeout_is_a_number_or_a_member() {
        for (text, expected) in [
            ("5", Some(5)),
            ("-1", Some(-1)),
            ("inProgressTimeoutInMinutes=30", Some(30)),
            ("inProgressTimeoutInMinutes=", None),
            (r#"{"inProgressTimeoutInMinutes": 30}"#, Some(30)),
            (r#"{"other": 30}"#, None),
            ("{", None),
            ("x", None),
        ] {
            assert_eq!(in_progress_timeout(text).ok(), expected, "{text}");
        }
    }
}
