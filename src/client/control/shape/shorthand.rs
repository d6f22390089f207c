//! A structure as it is typed: JSON, or the shorthand of the AWS CLI.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html>

use serde_json::{Map, Number, Value};

use crate::argument::members;
use crate::control::shape::Shape;

/// Why a text is not the shorthand of a structure, as a predicate of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Mistake {
    #[error("is neither JSON nor of the form name=value")]
    NoName,
    #[error("names a file, which only a document can")]
    File,
    #[error("contains `{0}`, which is not a member")]
    Unknown(String),
    #[error("gives `{0}` twice")]
    Twice(String),
    #[error("gives `{value}` for {name}, which is a number")]
    NotNumber { name: String, value: String },
    #[error("gives `{value}` for {name}, which is true or false")]
    NotFlag { name: String, value: String },
    #[error("contains `{0}`, which is not closed")]
    Open(char),
    #[error("contains `{0}` in the place of a comma")]
    NoComma(String),
}

/// Reads a structure: JSON, which is not compared with the shape, or the shorthand of the AWS CLI. The error is a predicate of
/// the text, then the next step.
pub(crate) fn structure(text: &str, shape: Shape) -> Result<Value, String> {
    if text.trim_start().starts_with(['{', '[']) {
        return members(text).map(Value::Object);
    }
    let is_file = ["file://", "@"].iter().any(|sign| text.starts_with(sign));
    let read = if is_file {
        Err(Mistake::File)
    } else {
        Reader { text, at: 0 }.members(shape, None)
    };
    read.map_err(|mistake| format!("{mistake}\nhint: write it as `{}`, or as JSON", form(shape)))
}

/// The shorthand of a shape.
fn form(shape: Shape) -> String {
    match shape {
        Shape::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, shape)| match shape {
                Shape::Object(_) | Shape::Map(_) => format!("{name}={{{}}}", form(*shape)),
                _ => format!("{name}={}", form(*shape)),
            });
            members.collect::<Vec<_>>().join(",")
        }
        Shape::Map(of) => match of {
            Shape::Object(_) | Shape::Map(_) => format!("name={{{}}},…", form(*of)),
            _ => "name=value,…".to_owned(),
        },
        Shape::List(of) => match of {
            Shape::Object(_) | Shape::Map(_) => format!("[{{{}}}]", form(*of)),
            _ => "[…]".to_owned(),
        },
        Shape::Text | Shape::Number | Shape::Flag => "…".to_owned(),
    }
}

/// A text that is read from its start.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes over white space, and then over `c` if it comes next.
    fn take(&mut self, c: char) -> bool {
        self.at = self.text.len() - self.rest().trim_start().len();
        let is_next = self.rest().starts_with(c);
        if is_next {
            self.at += c.len_utf8();
        }
        is_next
    }

    /// The members of a structure or a map, up to `end` or to the end of the text.
    fn members(&mut self, shape: Shape, end: Option<char>) -> Result<Value, Mistake> {
        let mut object = Map::new();
        if end.is_some_and(|end| self.take(end)) {
            return Ok(object.into());
        }
        loop {
            let (name, value) = self.rest().split_once('=').ok_or(Mistake::NoName)?;
            self.at = self.text.len() - value.len();
            let name = name.trim();
            if !is_name(name) {
                return Err(Mistake::NoName);
            }
            let of = shape.member(name);
            let of = of.ok_or_else(|| Mistake::Unknown(name.to_owned()))?;
            let value = self.value(name, of, end)?;
            if object.insert(name.to_owned(), value).is_some() {
                return Err(Mistake::Twice(name.to_owned()));
            }
            if !self.goes_on(end)? {
                return Ok(object.into());
            }
        }
    }

    /// Whether a comma follows, and not the end.
    fn goes_on(&mut self, end: Option<char>) -> Result<bool, Mistake> {
        match end {
            _ if self.take(',') => Ok(true),
            Some(end) if self.take(end) => Ok(false),
            None if self.rest().is_empty() => Ok(false),
            Some(end) if self.rest().is_empty() => {
                Err(Mistake::Open(if end == '}' { '{' } else { '[' }))
            }
            _ => {
                let surplus = self.rest().split(',').next().unwrap_or_default();
                Err(Mistake::NoComma(surplus.to_owned()))
            }
        }
    }

    /// The value of the member `name` of an object that ends with `end`.
    fn value(&mut self, name: &str, shape: Shape, end: Option<char>) -> Result<Value, Mistake> {
        match shape {
            Shape::Object(_) | Shape::Map(_) if self.take('{') => self.members(shape, Some('}')),
            Shape::Object(_) | Shape::Map(_) => Err(Mistake::NoName),
            Shape::List(of) if self.take('[') => self.list(name, *of),
            // Without brackets it is a list of one structure, or of texts.
            Shape::List(of @ (Shape::Object(_) | Shape::Map(_))) => {
                Ok(vec![self.value(name, *of, end)?].into())
            }
            Shape::List(_) => {
                let texts = self.text(end)?;
                Ok(texts.split(',').map(str::trim).collect())
            }
            Shape::Text => self.text(end).map(Value::from),
            Shape::Number => {
                let value = self.text(end)?;
                let number = value.parse::<i64>().ok().map(Number::from);
                let number = number.or_else(|| Number::from_f64(value.parse().ok()?));
                let name = name.to_owned();
                number
                    .map(Value::Number)
                    .ok_or(Mistake::NotNumber { name, value })
            }
            Shape::Flag => {
                let value = self.text(end)?;
                let name = name.to_owned();
                let flag = value.to_ascii_lowercase().parse().map(Value::Bool);
                flag.map_err(|_| Mistake::NotFlag { name, value })
            }
        }
    }

    /// A list in brackets, behind the first.
    fn list(&mut self, name: &str, of: Shape) -> Result<Value, Mistake> {
        let mut list = Vec::new();
        if self.take(']') {
            return Ok(list.into());
        }
        loop {
            list.push(self.value(name, of, Some(']'))?);
            if !self.goes_on(Some(']'))? {
                return Ok(list.into());
            }
        }
    }

    /// A text in quotes, or up to what can follow it: the `end`, or a comma and a further member.
    fn text(&mut self, end: Option<char>) -> Result<String, Mistake> {
        let quote = ['\'', '"'].into_iter().find(|quote| self.take(*quote));
        if let Some(quote) = quote {
            return self.quoted(quote);
        }
        let rest = self.rest();
        let is_over = |(at, c): &(usize, char)| match c {
            ',' => end == Some(']') || begins_member(&rest[at + 1..]),
            c => end == Some(*c),
        };
        let len = rest.char_indices().find(is_over);
        let len = len.map_or(rest.len(), |(at, _)| at);
        self.at += len;
        Ok(rest[..len].trim().to_owned())
    }

    /// The rest of a text in quotes. A backslash makes the quote, or itself, a part of it.
    fn quoted(&mut self, quote: char) -> Result<String, Mistake> {
        let (mut text, mut chars) = (String::new(), self.rest().char_indices());
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at += at + c.len_utf8();
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, c)) if c == quote || c == '\\' => text.push(c),
                    Some((_, c)) => text.extend(['\\', c]),
                    None => {}
                },
                c => text.push(c),
            }
        }
        Err(Mistake::Open(quote))
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || "-_.:#/".contains(c)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_of_name)
}

/// Whether a text begins with a name and `=`.
fn begins_member(text: &str) -> bool {
    let name = text.trim_start();
    let behind = name.trim_start_matches(is_of_name);
    behind.len() < name.len() && behind.trim_start().starts_with('=')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::control::shape::{
        ABORT, ATTRIBUTE_PAYLOAD, EVENTS, GROUP_PROPERTIES, PRESIGNED_URL, ROLLOUT, SCHEDULING,
        TYPE_PROPERTIES, WINDOW,
    };

    #[test]
    fn a_structure_is_typed_as_the_aws_cli_takes_it() {
        for (shape, text, expected) in [
            (
                PRESIGNED_URL,
                "roleArn=arn:aws:iam::123456789012:role/a=b,expiresInSec=60",
                json!({ "roleArn": "arn:aws:iam::123456789012:role/a=b", "expiresInSec": 60 }),
            ),
            (
                PRESIGNED_URL,
                "expiresInSec = 60",
                json!({ "expiresInSec": 60 }),
            ),
            (PRESIGNED_URL, r#"{"foo": [1]}"#, json!({ "foo": [1] })),
            (
                ROLLOUT,
                "exponentialRate={baseRatePerMinute=50,incrementFactor=1.5,rateIncreaseCriteria={numberOfNotifiedThings=10}},maximumPerMinute=100",
                json!({
                    "exponentialRate": {
                        "baseRatePerMinute": 50,
                        "incrementFactor": 1.5,
                        "rateIncreaseCriteria": { "numberOfNotifiedThings": 10 },
                    },
                    "maximumPerMinute": 100,
                }),
            ),
            (
                ABORT,
                "criteriaList=[{failureType=FAILED,action=CANCEL},{thresholdPercentage=12.5}]",
                json!({ "criteriaList": [{ "failureType": "FAILED", "action": "CANCEL" }, { "thresholdPercentage": 12.5 }] }),
            ),
            (
                ABORT,
                "criteriaList={failureType=ALL}",
                json!({ "criteriaList": [{ "failureType": "ALL" }] }),
            ),
            (ABORT, "criteriaList=[]", json!({ "criteriaList": [] })),
            (
                WINDOW,
                "startTime=cron(0 2 1,15 * ? *),durationInMinutes=90",
                json!({ "startTime": "cron(0 2 1,15 * ? *)", "durationInMinutes": 90 }),
            ),
            (
                SCHEDULING,
                "startTime=2030-01-01T00:00,maintenanceWindows=[{startTime='a,b=c',durationInMinutes=1}]",
                json!({
                    "startTime": "2030-01-01T00:00",
                    "maintenanceWindows": [{ "startTime": "a,b=c", "durationInMinutes": 1 }],
                }),
            ),
            (
                ATTRIBUTE_PAYLOAD,
                "attributes={wattage=50,model=},merge=true",
                json!({ "attributes": { "wattage": "50", "model": "" }, "merge": true }),
            ),
            (
                GROUP_PROPERTIES,
                r#"thingGroupDescription="a \"b\", c",attributePayload={attributes={},merge=False}"#,
                json!({
                    "thingGroupDescription": "a \"b\", c",
                    "attributePayload": { "attributes": {}, "merge": false },
                }),
            ),
            (
                TYPE_PROPERTIES,
                "thingTypeDescription=light bulb type, searchableAttributes=wattage,model",
                json!({ "thingTypeDescription": "light bulb type", "searchableAttributes": ["wattage", "model"] }),
            ),
            (
                TYPE_PROPERTIES,
                "searchableAttributes=[a, b]",
                json!({ "searchableAttributes": ["a", "b"] }),
            ),
            (
                EVENTS,
                "THING={Enabled=true},JOB={Enabled=false}",
                json!({ "THING": { "Enabled": true }, "JOB": { "Enabled": false } }),
            ),
        ] {
            assert_eq!(structure(text, shape), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_structure_is_named() {
        let abort = "criteriaList=[{action=…,failureType=…,minNumberOfExecutedThings=…,thresholdPercentage=…}]";
        for (shape, text, reason, like) in [
            (
                PRESIGNED_URL,
                "foo=1",
                "contains `foo`, which is not a member",
                "roleArn=…,expiresInSec=…",
            ),
            (
                PRESIGNED_URL,
                "arn:aws:iam::1:role/a",
                "is neither JSON nor of the form name=value",
                "roleArn=…,expiresInSec=…",
            ),
            (
                PRESIGNED_URL,
                "file://url.json",
                "names a file, which only a document can",
                "roleArn=…,expiresInSec=…",
            ),
            (
                PRESIGNED_URL,
                "expiresInSec=soon",
                "gives `soon` for expiresInSec, which is a number",
                "roleArn=…,expiresInSec=…",
            ),
            (
                PRESIGNED_URL,
                "roleArn=a,roleArn=b",
                "gives `roleArn` twice",
                "roleArn=…,expiresInSec=…",
            ),
            (
                ABORT,
                "criteriaList=FAILED",
                "is neither JSON nor of the form name=value",
                abort,
            ),
            (
                ABORT,
                "criteriaList=[{failureType=FAILED",
                "contains `{`, which is not closed",
                abort,
            ),
            (
                ABORT,
                "criteriaList=[{failureType=FAILED}x]",
                "contains `x]` in the place of a comma",
                abort,
            ),
            (
                ATTRIBUTE_PAYLOAD,
                "merge=perhaps",
                "gives `perhaps` for merge, which is true or false",
                "attributes={name=value,…},merge=…",
            ),
            (
                GROUP_PROPERTIES,
                "thingGroupDescription='a",
                "contains `'`, which is not closed",
                "thingGroupDescription=…,attributePayload={attributes={name=value,…},merge=…}",
            ),
            (
                EVENTS,
                "",
                "is neither JSON nor of the form name=value",
                "name={Enabled=…},…",
            ),
        ] {
            let expected = format!("{reason}\nhint: write it as `{like}`, or as JSON");
            assert_eq!(structure(text, shape), Err(expected), "{text}");
        }
        let error = structure("{", PRESIGNED_URL).expect_err("JSON");
        assert!(error.starts_with("is not a JSON object: "), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in r"([\[\]{},='\\ .é]|criteriaList|failureType|merge|attributes|\PC){0,20}") {
            for shape in [ABORT, ATTRIBUTE_PAYLOAD, TYPE_PROPERTIES, EVENTS] {
                let _ = structure(&text, shape);
            }
        }
    }
}
