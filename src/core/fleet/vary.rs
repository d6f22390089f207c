//! Several values of one member of the configuration, to be compared.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::fleet::setup::Setup;

/// What can vary, and where it is in the call; criteria are the first of their list.
const MEMBERS: [(&str, &str); 9] = [
    ("maximumPerMinute", "jobExecutionsRolloutConfig"),
    (
        "baseRatePerMinute",
        "jobExecutionsRolloutConfig/exponentialRate",
    ),
    (
        "incrementFactor",
        "jobExecutionsRolloutConfig/exponentialRate",
    ),
    (
        "numberOfNotifiedThings",
        "jobExecutionsRolloutConfig/exponentialRate/rateIncreaseCriteria",
    ),
    (
        "numberOfSucceededThings",
        "jobExecutionsRolloutConfig/exponentialRate/rateIncreaseCriteria",
    ),
    ("inProgressTimeoutInMinutes", "timeoutConfig"),
    ("thresholdPercentage", "abortConfig/criteriaList"),
    ("minNumberOfExecutedThings", "abortConfig/criteriaList"),
    ("numberOfRetries", "jobExecutionsRetryConfig/criteriaList"),
];

/// The seed is not a member of the call.
const SEED: &str = "seed";

/// A member, and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    pub name: String,
    pub values: Vec<Value>,
}

/// Why nothing can vary so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaryError {
    #[error("`{0}` is not of the form NAME=VALUE,VALUE\nwrite it as maximumPerMinute=10,50,200")]
    Form(String),
    #[error("`{0}` cannot vary\nthese can: {1}")]
    Name(String, String),
    #[error("`{0}` is not a number")]
    NotNumber(String),
    #[error("the configuration has no {0} in which {1} could vary")]
    Absent(String, String),
}

impl FromStr for Variation {
    type Err = VaryError;

    fn from_str(text: &str) -> Result<Self, VaryError> {
        let form = || VaryError::Form(text.to_owned());
        let (name, values) = text.split_once('=').ok_or_else(form)?;
        let names = || MEMBERS.iter().map(|(name, _)| *name).chain([SEED]);
        if !names().any(|known| known == name) {
            let names = names().collect::<Vec<_>>().join(", ");
            return Err(VaryError::Name(name.to_owned(), names));
        }
        let number = |word: &str| {
            let value = serde_json::from_str::<Value>(word.trim()).ok();
            let value = value.filter(|it| it.is_number() && (name != SEED || it.is_u64()));
            value.ok_or_else(|| VaryError::NotNumber(word.to_owned()))
        };
        Ok(Self {
            name: name.to_owned(),
            values: values.split(',').map(number).collect::<Result<_, _>>()?,
        })
    }
}

impl Variation {
    /// The same rehearsal with each of the values.
    pub fn apply(&self, setup: &Setup) -> Result<Vec<(String, Setup)>, VaryError> {
        let variants = self.values.iter().map(|value| {
            let mut varied = setup.clone();
            if self.name == SEED {
                varied.seed = value.as_u64().unwrap_or_default();
            } else {
                set(&mut varied.job.body, &self.name, value)?;
            }
            Ok((value.to_string(), varied))
        });
        variants.collect()
    }
}

/// Sets a member. Objects on the way to it are made, but not the elements of lists: one member does not make a criterion.
fn set(body: &mut Value, name: &str, value: &Value) -> Result<(), VaryError> {
    let path = MEMBERS.iter().find(|(known, _)| *known == name);
    let path = path.map_or("", |(_, path)| path);
    let absent = || VaryError::Absent(path.replace('/', "."), name.to_owned());
    let mut place = body;
    for part in path.split('/') {
        let object = place.as_object_mut().ok_or_else(absent)?;
        place = object
            .entry(part)
            .or_insert_with(|| Value::Object(Map::new()));
        if part == "criteriaList" {
            place = place.get_mut(0).ok_or_else(absent)?;
        }
    }
    let object = place.as_object_mut().ok_or_else(absent)?;
    object.insert(name.to_owned(), value.clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fleet::setup::{JobCall, Names};

    fn varied(text: &str, config: Value) -> Result<Vec<(String, Setup)>, VaryError> {
        let job = JobCall::new(config, None).expect("a call");
        let variation: Variation = text.parse()?;
        variation.apply(&Setup::new(1, Names::default(), job))
    }

    #[test]
    fn one_member_varies() {
        let criteria = json!({ "abortConfig": { "criteriaList": [{ "failureType": "ALL" }] } });
        for (text, config, place, expected) in [
            (
                "maximumPerMinute=10,50",
                json!({}),
                "/jobExecutionsRolloutConfig/maximumPerMinute",
                [json!(10), json!(50)],
            ),
            (
                "thresholdPercentage=2.5, 5",
                criteria,
                "/abortConfig/criteriaList/0/thresholdPercentage",
                [json!(2.5), json!(5)],
            ),
        ] {
            let variants = varied(text, config).expect(text);
            let values: Vec<_> = (variants.iter())
                .map(|(_, setup)| setup.job.body.pointer(place).cloned())
                .collect();
            assert_eq!(values, expected.map(Some), "{text}");
        }
        let seeds = varied("seed=7,8", json!({})).expect("seeds");
        assert_eq!(seeds.iter().map(|it| it.1.seed).collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn what_cannot_vary_is_refused() {
        for (text, expected) in [
            (
                "maximumPerMinute",
                "`maximumPerMinute` is not of the form NAME=VALUE",
            ),
            (
                "speed=1",
                "`speed` cannot vary\nthese can: maximumPerMinute, base",
            ),
            ("seed=1.5", "`1.5` is not a number"),
            ("maximumPerMinute=10,,20", "`` is not a number"),
            (
                "thresholdPercentage=1",
                "the configuration has no abortConfig.criteriaList in which",
            ),
        ] {
            let error = varied(text, json!({})).err();
            let error = error.map_or_else(String::new, |error| error.to_string());
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
