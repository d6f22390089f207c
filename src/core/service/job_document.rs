//! The job document as a device receives it.
//!
//! `GetJobDocument` returns the text as it was given, byte for byte. A device gets it re-serialised (recorded session):
//! compact, without object members that are null, the last of duplicate keys, numbers as Java prints them.

use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::service::limits::DOCUMENT_DEPTH;

/// The document is not JSON, or is nested too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidDocument;

/// Re-serialises a document for the device.
pub(crate) fn for_device(document: &str) -> Result<Box<RawValue>, InvalidDocument> {
    if depth(document) > DOCUMENT_DEPTH {
        return Err(InvalidDocument);
    }
    let raw: &RawValue = serde_json::from_str(document).map_err(|_| InvalidDocument)?;
    let mut text = String::with_capacity(document.len());
    write_value(raw, &mut text)?;
    RawValue::from_string(text).map_err(|_| InvalidDocument)
}

/// The deepest nesting, counted without parsing so that no later step can be made to recurse without bound.
fn depth(document: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in document.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn write_value(raw: &RawValue, out: &mut String) -> Result<(), InvalidDocument> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{') => write_object(text, out)?,
        Some(b'[') => {
            let elements: Elements<'_> = serde_json::from_str(text).map_err(|_| InvalidDocument)?;
            out.push('[');
            for (index, element) in elements.0.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(element, out)?;
            }
            out.push(']');
        }
        Some(b'"') => match serde_json::from_str::<String>(text) {
            Ok(string) => write_string(&string, out),
            // A Rust string cannot hold a lone surrogate; AWS leaves it escaped.
            Err(_) => out.push_str(text),
        },
        Some(b'-' | b'0'..=b'9') => write_number(text, out),
        _ => out.push_str(text),
    }
    Ok(())
}

fn write_object(text: &str, out: &mut String) -> Result<(), InvalidDocument> {
    let members: Members<'_> = serde_json::from_str(text).map_err(|_| InvalidDocument)?;
    let members = members.0.iter().filter(|(_, value)| value.get() != "null");
    out.push('{');
    for (index, (key, value)) in members.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        write_value(value, out)?;
    }
    out.push('}');
    Ok(())
}

/// As Jackson writes a string: short escapes where they exist, other control characters as `\u00XX` in upper case.
fn write_string(string: &str, out: &mut String) {
    out.push('"');
    for c in string.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 0x20 => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Integers of any size are kept, `-0` becomes `0`, everything else is a Java `double`.
fn write_number(text: &str, out: &mut String) {
    if text == "-0" {
        out.push('0');
    } else if !text.contains(['.', 'e', 'E']) {
        out.push_str(text);
    } else {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => out.push_str(&java_double(number)),
            _ => out.push_str(if text.starts_with('-') {
                "\"-Infinity\""
            } else {
                "\"Infinity\""
            }),
        }
    }
}

/// `Double.toString`: plain from 10^-3 up to 10^7, otherwise one digit before the point and an exponent.
/// <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Double.html#toString(double)>
fn java_double(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{number:?}");
    }
    let scientific = format!("{number:E}");
    match scientific.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => scientific,
    }
}

/// The members of an object in order of first appearance, the last of duplicates winning.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(String, &'de RawValue)> = Vec::new();
                let mut places = std::collections::BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    let place = *places.entry(key.clone()).or_insert(members.len());
                    if place == members.len() {
                        members.push((key, value));
                    } else {
                        members[place].1 = value;
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// The elements of an array.
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ElementsVisitor;

        impl<'de> Visitor<'de> for ElementsVisitor {
            type Value = Elements<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements<'de>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    elements.push(element);
                }
                Ok(Elements(elements))
            }
        }

        deserializer.deserialize_seq(ElementsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_gets_the_document_as_java_writes_it() {
        for (given, received) in [
            ("{\n  \"Todo\" : \"Reboot\" }", r#"{"Todo":"Reboot"}"#),
            (
                r#"{ "z": 1, "a": [1 , 2.50, 1E2, 1e-7, -0, 12345678901234567890, 12345678.9, 1E400], "s":"caf\u00e9 \/ \u001f\u0041", "n":null, "o":{"n":null,"k":[null]}, "z":2 }"#,
                r#"{"z":2,"a":[1,2.5,100.0,1.0E-7,0,12345678901234567890,1.23456789E7,"Infinity"],"s":"café / \u001FA","o":{"k":[null]}}"#,
            ),
            ("{\"a\":{\"b\":null}}", r#"{"a":{}}"#),
            ("null", "null"),
            ("[]", "[]"),
            (r#""text""#, r#""text""#),
            (
                r#"{"a":"\ud800","b":"\t\n\b\f\r\u007f😀"}"#,
                "{\"a\":\"\\ud800\",\"b\":\"\\t\\n\\b\\f\\r\u{7f}😀\"}",
            ),
            (
                "[0.001,9999999.0,0.0001,1.5e300,-1e-5]",
                "[0.001,9999999.0,1.0E-4,1.5E300,-1.0E-5]",
            ),
        ] {
            let document = for_device(given).map(|document| document.get().to_owned());
            assert_eq!(document.as_deref(), Ok(received), "{given}");
        }
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for (document, valid) in [
            ("{bad json", false),
            ("", false),
            ("{\"a\":NaN}", false),
            ("{} {}", false),
            (&nested(1000), true),
            (&nested(1001), false),
            ("{\"a\":\"[[[[\"}", true),
        ] {
            assert_eq!(for_device(document).is_ok(), valid, "{document:.20}");
        }
    }
}
