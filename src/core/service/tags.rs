//! Tags of jobs, job templates, thing types and thing groups.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/tagging-iot.html>
//!
//! Messages follow recorded sessions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::limits::TAGS;

/// Keys and values in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tags(Vec<(String, String)>);

impl Tags {
    /// Reads `tags`, if present.
    pub(crate) fn read(parameters: &Parameters) -> Self {
        let tags = parameters.get("tags").and_then(Value::as_array);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tags = tags.into_iter().flatten();
        Self(
            tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"])))
                .collect(),
        )
    }

    /// Refuses tags that AWS does not accept.
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
            // GUESS: it is not known what else this recorded message could mean.
            if self.0[..index].iter().any(|(before, _)| before == key) {
                return Err(HttpError::invalid_request(
                    "Invalid tag parameter exception. Please check the input.",
                ));
            }
        }
        Ok(())
    }

    /// Adds tags; an existing key gets the new value.
    pub(crate) fn add(&mut self, tags: Self) {
        for (key, value) in tags.0 {
            match self.0.iter_mut().find(|(have, _)| *have == key) {
                Some(tag) => tag.1 = value,
                None => self.0.push((key, value)),
            }
        }
    }

    /// Removes the tag with this key, if it exists.
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
