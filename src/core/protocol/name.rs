//! Identifiers that are part of a topic. They guard only the structure of the topic: the service checks AWS's full patterns
//! and lengths, so that the user sees the service's own refusal.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Why a text cannot be part of a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("is empty")]
    Empty,
    /// A character that has a meaning in a topic, or cannot be sent.
    #[error("contains {0:?}, which a name cannot have")]
    Character(char),
    /// AWS keeps names with a leading `$` for itself.
    #[error("starts with `$`, which AWS keeps for itself")]
    Reserved,
}

fn check(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.starts_with('$') {
        return Err(NameError::Reserved);
    }
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
    if text.bytes().all(is_usual) {
        return Ok(());
    }
    match text
        .chars()
        .find(|c| matches!(c, '/' | '+' | '#') || c.is_control())
    {
        Some(character) => Err(NameError::Character(character)),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// AWS's rule, for error messages.
            pub const RULE: &str = $rule;

            /// Takes a text that can be part of a topic.
            pub fn new(text: &str) -> Result<Self, NameError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The name as in topics.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// A name is ordered as its text is.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }
    };
}

name! {
    /// The name of a thing; here it is only safe inside a topic.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
    ThingName,
    "the name of a thing has 1 to 128 letters, digits, `:`, `-` and `_`"
}

name! {
    /// The id of a job; here it is only safe inside a topic.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
    JobId,
    "a job id has 1 to 64 letters, digits, `-` and `_`"
}

/// The job execution of a describe request: by its job id, or the next one (`$next`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobRef {
    /// `$next`: the next pending job execution of the thing.
    Next,
    /// The job execution of this job.
    Id(JobId),
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next => f.write_str("$next"),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl FromStr for JobRef {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == "$next" {
            Ok(Self::Next)
        } else {
            JobId::new(text).map(Self::Id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_inside_a_topic() {
        for (text, expected) in [
            ("Job1", Ok(())),
            ("a:b_c-d", Ok(())),
            ("get", Ok(())),
            ("", Err(NameError::Empty)),
            ("a/b", Err(NameError::Character('/'))),
            ("a+b", Err(NameError::Character('+'))),
            ("#", Err(NameError::Character('#'))),
            ("a\0", Err(NameError::Character('\0'))),
            ("$next", Err(NameError::Reserved)),
        ] {
            assert_eq!(JobId::new(text).map(|_| ()), expected, "{text:?}");
            assert_eq!(ThingName::new(text).map(|_| ()), expected, "{text:?}");
        }
        assert_eq!("$next".parse(), Ok(JobRef::Next));
    }
}
