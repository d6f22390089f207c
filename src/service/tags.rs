//! Tags of jobs and thing groups.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/tagging-iot.html>
//!
//! Messages follow recorded sessions.

use serde_json::{Value, json};

use crate::service::constraint::{Pattern, Violations};
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::limits::{TAG_KEY_CHARACTERS, TAG_VALUE_CHARACTERS, TAGS};

/// Keys and values in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tags(Vec<(String, String)>);

impl Tags {
    /// Reads `tags`, if it is there; what violates the model goes to `violations`.
    pub(crate) fn read(
        parameters: &Parameters,
        violations: &mut Violations,
    ) -> Result<Self, HttpError> {
        let mut tags = Vec::new();
        for (index, tag) in parameters
            .member("tags")
            .list()?
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            // The wire has capitals, the paths in messages have none (recorded session).
            let path = |name: &str| format!("tags.{}.member.{name}", index + 1);
            let key = tag.member("Key").text()?;
            match key {
                Some(key) => {
                    violations.check_text(key, &path("key"), TAG_KEY_CHARACTERS, Pattern::TAG);
                }
                None => violations.add_null(&path("key")),
            }
            let value = tag.member("Value").text()?.unwrap_or_default();
            if !value.is_empty() {
                let path = path("value");
                violations.check_text(value, &path, TAG_VALUE_CHARACTERS, Pattern::TAG);
            }
            tags.push((key.unwrap_or_default().to_owned(), value.to_owned()));
        }
        Ok(Self(tags))
    }

    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), HttpError> {
        if self.0.len() > TAGS {
            return Err(HttpError::invalid_request(
                "Too many tags provided in the request. Please check the input.",
            ));
        }
        for (index, (key, _)) in self.0.iter().enumerate() {
            if key.starts_with("aws:") {
                return Err(HttpError::invalid_request(format!(
                    "Tags cannot begin with \"aws:\", offending tag: {key}"
                )));
            }
            // GUESS: what else this recorded message could mean is not known.
            if self.0[..index].iter().any(|(before, _)| before == key) {
                return Err(HttpError::invalid_request(
                    "Invalid tag parameter exception. Please check the input.",
                ));
            }
        }
        Ok(())
    }

    /// Adds tags; a key that is there gets the new value.
    pub(crate) fn add(&mut self, tags: Self) {
        for (key, value) in tags.0 {
            match self.0.iter_mut().find(|(have, _)| *have == key) {
                Some(tag) => tag.1 = value,
                None => self.0.push((key, value)),
            }
        }
    }

    /// Removes the tag with this key, if there is one.
    pub(crate) fn remove(&mut self, key: &str) {
        self.0.retain(|(have, _)| have != key);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// As ListTagsForResource shows them.
    pub(crate) fn view(&self) -> Value {
        let tags = self.0.iter();
        tags.map(|(key, value)| json!({ "Key": key, "Value": value }))
            .collect()
    }
}
