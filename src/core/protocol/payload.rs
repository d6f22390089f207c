//! The payload of a message: its text as received, and its JSON, parsed at most once.

use std::sync::{Arc, OnceLock};

use serde::de::IgnoredAny;
use serde_json::Value;

/// The payload of a reply or an event. Untrusted text. Clones share it.
#[derive(Debug, Clone)]
pub struct Payload(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    text: String,
    /// Once it is asked for: many messages are under way at a time, and the values would need more memory than the texts.
    json: OnceLock<Json>,
}

#[derive(Debug)]
struct Json {
    value: Value,
    is_json: bool,
}

impl Payload {
    /// The text as it was sent; U+FFFD stands for bytes that are not UTF-8.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The JSON value; null if the text is not JSON, or is nested more deeply than anything that AWS sends.
    pub fn value(&self) -> &Value {
        &self.json().value
    }

    pub fn is_json(&self) -> bool {
        self.json().is_json
    }

    fn json(&self) -> &Json {
        let text = &self.0.text;
        self.0
            .json
            .get_or_init(|| match serde_json::from_str(text) {
                Ok(value) => Json {
                    value,
                    is_json: true,
                },
                // The parser limits the depth of a value, but not of what it ignores.
                Err(_) => Json {
                    value: Value::Null,
                    is_json: serde_json::from_str::<IgnoredAny>(text).is_ok(),
                },
            })
    }
}

/// The text says everything.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Payload {}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        let json = OnceLock::new();
        Self(Arc::new(Shared { text, json }))
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes);
        text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
            .into()
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_distinguished_from_other_texts() {
        let deep = "[".repeat(1_000) + &"]".repeat(1_000);
        for (text, value, is_json) in [
            (r#"{"a": 1}"#, serde_json::json!({"a": 1}), true),
            ("null", Value::Null, true),
            (&deep, Value::Null, true),
            ("rubbish", Value::Null, false),
            ("", Value::Null, false),
        ] {
            let payload = Payload::from(text);
            assert_eq!(
                (payload.text(), payload.value(), payload.is_json()),
                (text, &value, is_json)
            );
        }
        assert_eq!(Payload::from(&b"\xff"[..]).text(), "\u{FFFD}");
    }
}
