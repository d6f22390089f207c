//! What was typed, as the value of a member.

use clap::ArgMatches;
use serde_json::{Map, Value, json};

use crate::argument::{DocumentText, detail, in_progress_timeout};
use crate::control::declared::{Argument, DeclaredRequest, Form};
use crate::control::document_args::DocumentArgs;
use crate::control::schedule_args::window;
use crate::protocol::JobId;

/// Tags: `name=value,…`, or one tag as the AWS CLI takes it: `Key=name,Value=value`. The values of tags have no commas.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_Tag.html>
pub(crate) fn tags(text: &str) -> Result<Value, &'static str> {
    let pairs = text.split(',').map(detail).collect::<Result<Vec<_>, _>>()?;
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let tags = match pairs.as_slice() {
        [(key, name), (value, text)] if key == "Key" && value == "Value" => vec![tag(name, text)],
        pairs => pairs.iter().map(|(key, value)| tag(key, value)).collect(),
    };
    Ok(tags.into())
}

/// Names with commas in between.
pub(crate) fn names(text: &str) -> Result<Value, &'static str> {
    let names: Vec<&str> = text.split(',').collect();
    if names.contains(&"") {
        return Err("contains an empty name");
    }
    Ok(names.into())
}

/// Puts what was typed for an argument into a request.
pub(crate) fn take(request: &mut DeclaredRequest, argument: &Argument, matches: &ArgMatches) {
    if let Form::Switch = argument.form {
        if argument.is_set(matches) {
            request.set(argument.member, Value::Bool(true));
        }
        return;
    }
    let mut raw = argument.raw(matches);
    if let Form::Targets = argument.form {
        request.targets = Some(raw);
        return;
    }
    let Some(first) = raw.first().cloned() else {
        return;
    };
    let value = match argument.form {
        Form::Document | Form::File => {
            let document = DocumentText(first.clone());
            request.document = Some(DocumentArgs::inline(document));
            return;
        }
        Form::Job => {
            request.job_id = JobId::new(&first).ok();
            first.into()
        }
        Form::Number => first.parse::<i64>().map_or(Value::Null, Value::from),
        Form::Minutes => in_progress_timeout(&first).map_or(Value::Null, Value::from),
        Form::Word(_) => argument.word(matches).into(),
        Form::Pairs => {
            let pairs = raw.iter().filter_map(|text| detail(text).ok());
            let pairs = pairs.map(|(name, value)| (name, Value::String(value)));
            pairs.collect::<Map<_, _>>().into()
        }
        Form::Tags => tags(&first).unwrap_or_default(),
        Form::Names => names(&first).unwrap_or_default(),
        Form::List => std::mem::take(&mut raw).into(),
        Form::Windows => {
            let windows = raw.iter().filter_map(|text| window(text).ok());
            json!(windows.collect::<Vec<_>>())
        }
        Form::Object => serde_json::from_str(&first).unwrap_or_default(),
        Form::Text
        | Form::NewName
        | Form::Switch
        | Form::Thing
        | Form::NewThing
        | Form::Targets
        | Form::Arn(_)
        | Form::NewFile(_) => first.into(),
    };
    request.set(argument.member, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_typed_in_two_ways() {
        for (text, expected) in [
            ("a=b", Ok(json!([{ "Key": "a", "Value": "b" }]))),
            (
                "a=b=c,d=",
                Ok(json!([{ "Key": "a", "Value": "b=c" }, { "Key": "d", "Value": "" }])),
            ),
            ("Key=a,Value=b", Ok(json!([{ "Key": "a", "Value": "b" }]))),
            ("Key=a", Ok(json!([{ "Key": "Key", "Value": "a" }]))),
            ("a", Err("is not of the form name=value")),
            ("a=b,", Err("is not of the form name=value")),
            ("", Err("is not of the form name=value")),
        ] {
            assert_eq!(tags(text), expected, "{text}");
        }
        assert_eq!(names("a,b"), Ok(json!(["a", "b"])));
        assert!(names("a,").is_err());
    }
}
