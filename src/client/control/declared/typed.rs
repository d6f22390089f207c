//! What was typed, as the value of a member.

use clap::ArgMatches;
use serde_json::{Map, Value, json};

use crate::argument::{DocumentText, PemText, detail, in_progress_timeout};
use crate::control::declared::{Argument, ControlRequest, Form};
use crate::control::document_args::DocumentArgs;
use crate::control::shape::{TAG, TIMEOUT, structure};
use crate::protocol::{JobExecutionStatus, JobId, StatusDetails};

/// Tags: `name=value,…`, or one tag as the AWS CLI takes it: `Key=name,Value=value`, or JSON. The values of tags have no commas,
/// and a tag that is itself named `Key` or `Value` is typed as the AWS CLI takes it.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_Tag.html>
pub(crate) fn tags(text: &str) -> Result<Value, String> {
    let is_member = |pair: &str| ["Key=", "Value="].iter().any(|it| pair.starts_with(it));
    if text.starts_with('{') || listed(text).any(is_member) {
        let tag = structure(text.strip_suffix(',').unwrap_or(text), TAG)?;
        return Ok(json!([tag]));
    }
    let pairs = listed(text).map(detail).collect::<Result<Vec<_>, _>>()?;
    let tags = pairs.into_iter();
    let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
    Ok(tags.collect())
}

/// What has commas in between. One behind it belongs to a list with spaces: `a, b`.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix(',').unwrap_or(text).split(',')
}

/// Names with commas in between.
pub(crate) fn names(text: &str) -> Result<Value, &'static str> {
    let names: Vec<&str> = listed(text).collect();
    if names.contains(&"") {
        return Err("contains an empty name");
    }
    Ok(names.into())
}

/// The timeout of a job: minutes, or its structure.
pub(crate) fn timeout(text: &str) -> Result<Value, String> {
    if text.starts_with('{') {
        return structure(text, TIMEOUT);
    }
    let minutes = in_progress_timeout(text)?;
    Ok(json!({ "inProgressTimeoutInMinutes": minutes }))
}

/// Puts what was typed for an argument into a request.
pub(crate) fn take(request: &mut ControlRequest, argument: &Argument, matches: &ArgMatches) {
    let document = |request: &mut ControlRequest,
                    put: fn(&mut DocumentArgs, &ArgMatches, &Argument)| {
        if argument.is_given(matches) {
            put(request.document.get_or_insert_default(), matches, argument);
        }
    };
    match argument.form {
        Form::Targets => request.targets = Some(argument.raw(matches)),
        Form::Document => document(request, |source, matches, argument| {
            source.document = argument.read::<DocumentText>(matches).pop();
        }),
        Form::File => document(request, |source, matches, argument| {
            let pem = argument.read::<PemText>(matches).pop();
            source.document = pem.map(|pem| DocumentText(pem.0));
        }),
        Form::DocumentOf => document(request, |source, matches, argument| {
            source.from = argument.read::<JobId>(matches).pop();
        }),
        Form::Edit => document(request, |source, _, _| source.edit = true),
        Form::With(_) => {
            let members = argument.read::<Map<String, Value>>(matches).pop();
            request.with = members.unwrap_or_default();
        }
        _ => {
            if let Form::Job | Form::NewJob = argument.form {
                request.job_id = argument.read::<JobId>(matches).pop();
            }
            if let Some(value) = value(argument, matches) {
                request.set(argument.member, value);
            }
        }
    }
}

/// What was typed for an argument, as the value of a member; `None` if it was not given.
pub(crate) fn value(argument: &Argument, matches: &ArgMatches) -> Option<Value> {
    if !argument.is_given(matches) {
        return None;
    }
    let read = || argument.read::<Value>(matches).into_iter();
    Some(match argument.form {
        Form::Switch | Form::Consent | Form::Edit => true.into(),
        Form::Off => false.into(),
        Form::WordFor(word) => word.into(),
        Form::Status => {
            let status = argument.read::<JobExecutionStatus>(matches).pop();
            status.map(JobExecutionStatus::as_str).into()
        }
        Form::Map => {
            let map = argument.read::<StatusDetails>(matches).pop();
            map.into_iter().flatten().collect()
        }
        Form::Number => argument.read::<i64>(matches).pop().into(),
        Form::Word(_) => argument.read::<String>(matches).pop().into(),
        Form::Pairs => {
            let pairs = argument.read::<(String, String)>(matches).into_iter();
            let pairs = pairs.map(|(name, value)| (name, Value::String(value)));
            pairs.collect::<Map<_, _>>().into()
        }
        Form::Structure(_) | Form::Timeout => read().next().unwrap_or_default(),
        Form::Windows => read().collect(),
        Form::Tags | Form::Names => {
            let lists = read().filter_map(|list| list.as_array().cloned());
            lists.flatten().collect()
        }
        Form::List | Form::Targets => argument.raw(matches).into(),
        Form::Text
        | Form::Free
        | Form::Name(_)
        | Form::NewName
        | Form::Job
        | Form::NewJob
        | Form::With(_)
        | Form::Thing
        | Form::NewThing
        | Form::Arn(_)
        | Form::Resource
        | Form::Document
        | Form::DocumentOf
        | Form::File
        | Form::NewFile(_) => argument.raw(matches).pop().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_typed_in_three_ways() {
        for (text, expected) in [
            ("a=b", Ok(json!([{ "Key": "a", "Value": "b" }]))),
            (
                "a=b=c,d=",
                Ok(json!([{ "Key": "a", "Value": "b=c" }, { "Key": "d", "Value": "" }])),
            ),
            ("Key=a,Value=b", Ok(json!([{ "Key": "a", "Value": "b" }]))),
            (
                r#"{"Key":"a","Value":"b=,"}"#,
                Ok(json!([{ "Key": "a", "Value": "b=," }])),
            ),
            (
                "Value=b=c,Key=a",
                Ok(json!([{ "Key": "a", "Value": "b=c" }])),
            ),
            ("Key=a,Value=b,", Ok(json!([{ "Key": "a", "Value": "b" }]))),
            ("Key=a", Ok(json!([{ "Key": "a" }]))),
            ("Key=1,Value=", Ok(json!([{ "Key": "1", "Value": "" }]))),
            (
                "Key=a,b=c",
                Err(
                    "contains `b`, which is not a member\nhint: write it as `Key=…,Value=…`, or as JSON",
                ),
            ),
            ("a", Err("is not of the form name=value")),
            ("a=b,", Ok(json!([{ "Key": "a", "Value": "b" }]))),
            ("a=b,,", Err("is not of the form name=value")),
            ("", Err("is not of the form name=value")),
        ] {
            assert_eq!(tags(text), expected.map_err(str::to_owned), "{text}");
        }
        assert_eq!(names("a,b"), Ok(json!(["a", "b"])));
        assert_eq!(names("a,"), Ok(json!(["a"])));
        assert!(names("a,,").is_err() && names(",").is_err());
    }
}
