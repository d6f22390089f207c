//! A member of a request's body together with its path, which AWS's messages name.

use serde_json::Value;

use crate::service::constraint::{Pattern, Violations};
use crate::service::http::answer::HttpError;

/// A member that may be absent; null counts as absent.
#[derive(Debug, Clone)]
pub(crate) struct BodyMember<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> BodyMember<'a> {
    /// The member of that name of the body.
    pub(crate) fn new(value: Option<&'a Value>, path: &str) -> Self {
        Self {
            value: value.unwrap_or(&Value::Null),
            path: path.to_owned(),
        }
    }

    /// The member itself, if it is there. An error unless it is an object.
    pub(crate) fn object(self) -> Result<Option<Self>, HttpError> {
        match self.value {
            Value::Null => Ok(None),
            Value::Object(_) => Ok(Some(self)),
            _ => Err(self.has_wrong_type("an object")),
        }
    }

    /// A member of this one.
    pub(crate) fn member(&self, name: &str) -> Self {
        Self {
            value: &self.value[name],
            path: format!("{}.{name}", self.path),
        }
    }

    /// Where it stands, such as `abortConfig.criteriaList.1.member.action`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is there.
    pub(crate) fn is_given(&self) -> bool {
        !self.value.is_null()
    }

    /// Its text, if it is there.
    pub(crate) fn text(&self) -> Result<Option<&'a str>, HttpError> {
        match self.value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(self.has_wrong_type("a string")),
        }
    }

    /// Its elements, if it is there, each with a path of its own.
    pub(crate) fn list(&self) -> Result<Option<Vec<Self>>, HttpError> {
        match self.value {
            Value::Null => Ok(None),
            Value::Array(elements) => Ok(Some(
                elements
                    .iter()
                    .enumerate()
                    .map(|(index, value)| Self {
                        value,
                        path: format!("{}.{}.member", self.path, index + 1),
                    })
                    .collect(),
            )),
            _ => Err(self.has_wrong_type("a list")),
        }
    }

    /// A list of `min` to `max` elements that must be there.
    pub(crate) fn required_list(
        &self,
        min: usize,
        max: usize,
        violations: &mut Violations,
    ) -> Result<Vec<Self>, HttpError> {
        let Some(list) = self.list()? else {
            violations.add_null(&self.path);
            return Ok(Vec::new());
        };
        let rule = if list.len() < min {
            format!("Member must have length greater than or equal to {min}")
        } else if list.len() > max {
            format!("Member must have length less than or equal to {max}")
        } else {
            return Ok(list);
        };
        violations.add_unquoted(&self.path, rule);
        Ok(Vec::new())
    }

    /// A text of 1 to `max` characters out of the pattern, if it is there.
    pub(crate) fn checked_text(
        &self,
        max: usize,
        pattern: Pattern,
        violations: &mut Violations,
    ) -> Result<Option<&'a str>, HttpError> {
        let text = self.text()?;
        if let Some(text) = text {
            violations.check_text(text, &self.path, max, pattern);
        }
        Ok(text)
    }

    /// A word out of a set that must be there; empty if it is not.
    pub(crate) fn required_word(
        &self,
        set: &[&str],
        violations: &mut Violations,
    ) -> Result<&'a str, HttpError> {
        let word = self.text()?;
        match word {
            Some(word) => violations.check_enum(word, &self.path, set),
            None => violations.add_null(&self.path),
        }
        Ok(word.unwrap_or_default())
    }

    /// A whole number within a range, if it is there.
    pub(crate) fn integer(
        &self,
        range: &std::ops::RangeInclusive<i64>,
        violations: &mut Violations,
    ) -> Result<Option<u64>, HttpError> {
        if !self.is_given() {
            return Ok(None);
        }
        let number = self.value.as_i64();
        let number = number.ok_or_else(|| self.has_wrong_type("a whole number"))?;
        violations.check_range(number, &self.path, range);
        Ok(u64::try_from(number).ok())
    }

    /// A whole number within a range that must be there; the least one if it is not.
    pub(crate) fn required_integer(
        &self,
        range: &std::ops::RangeInclusive<i64>,
        violations: &mut Violations,
    ) -> Result<u64, HttpError> {
        if !self.is_given() {
            violations.add_null(&self.path);
        }
        let number = self.integer(range, violations)?;
        Ok(number.unwrap_or_else(|| range.start().unsigned_abs()))
    }

    /// A number within a range that must be there; 0 if it is not. It prints as Java prints it.
    pub(crate) fn required_number(
        &self,
        range: &std::ops::RangeInclusive<f64>,
        violations: &mut Violations,
    ) -> Result<f64, HttpError> {
        if !self.is_given() {
            violations.add_null(&self.path);
            return Ok(0.0);
        }
        let number = self.value.as_f64();
        let number = number.ok_or_else(|| self.has_wrong_type("a number"))?;
        let (rule, bound) = if number < *range.start() {
            ("greater", range.start())
        } else if number > *range.end() {
            ("less", range.end())
        } else {
            return Ok(number);
        };
        violations.add(
            format_args!("{number:?}"),
            &self.path,
            format_args!("Member must have value {rule} than or equal to {bound:?}"),
        );
        Ok(number)
    }

    fn has_wrong_type(&self, wanted: &str) -> HttpError {
        HttpError::serialization(format!("{} must be {wanted}", self.path))
    }
}
