//! A member of a job document, and where it stands. `null` is read as absent.

use serde_json::Value;

use crate::executor::document::refusal::Refusal;

/// A value of a document, if it is there, with the path that leads to it.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    path: String,
    value: Option<&'a Value>,
}

impl<'a> Member<'a> {
    pub(super) fn document(value: &'a Value) -> Self {
        Self {
            path: String::new(),
            value: Some(value),
        }
    }

    /// A member of this one; absent if this one is not an object.
    pub(super) fn member(&self, name: &str) -> Self {
        let separator = if self.path.is_empty() { "" } else { "." };
        let value = self.value.and_then(|value| value.get(name));
        Self {
            path: format!("{}{separator}{name}", self.path),
            value: value.filter(|value| !value.is_null()),
        }
    }

    /// Whether it is there. An empty text is not: an optional parameter of a managed template that is left out becomes one.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-managed.html>
    pub(super) fn is_given(&self) -> bool {
        self.value.is_some_and(|value| value.as_str() != Some(""))
    }

    /// An optional text; absent if it is empty.
    pub(super) fn text(&self) -> Result<Option<&'a str>, Refusal> {
        match self.value {
            Some(value) if self.is_given() => self.argument(value).map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn needed_text(&self) -> Result<&'a str, Refusal> {
        let missing = || self.refused(self.absence());
        self.text()?.ok_or_else(missing)
    }

    /// A list of texts, which may be empty.
    pub(super) fn texts(&self) -> Result<Vec<String>, Refusal> {
        let elements = self.elements()?;
        let texts = elements.iter().map(|element| {
            let text = element.argument(element.value.unwrap_or(&Value::Null));
            text.map(str::to_owned)
        });
        texts.collect()
    }

    /// An optional boolean, also as a text; false if it is absent.
    pub(super) fn flag(&self) -> Result<bool, Refusal> {
        match self.value {
            _ if !self.is_given() => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            _ => Err(self.refused("has to be true or false")),
        }
    }

    /// An optional number of things.
    pub(super) fn count(&self) -> Result<Option<u64>, Refusal> {
        if !self.is_given() {
            return Ok(None);
        }
        match self.value.and_then(Value::as_u64) {
            None => Err(self.refused("has to be a whole number, 0 or more")),
            count => Ok(count),
        }
    }

    /// The elements of an optional list.
    pub(super) fn elements(&self) -> Result<Vec<Self>, Refusal> {
        let listed = match self.value {
            None => &[][..],
            Some(Value::Array(listed)) => listed,
            Some(_) => return Err(self.refused("has to be a list")),
        };
        let elements = listed.iter().enumerate().map(|(index, value)| Self {
            path: format!("{}[{index}]", self.path),
            value: Some(value),
        });
        Ok(elements.collect())
    }

    /// Itself, if it is an object.
    pub(super) fn object(&self) -> Result<&Self, Refusal> {
        match self.value {
            Some(Value::Object(_)) => Ok(self),
            Some(_) if self.is_given() => Err(self.refused("has to be an object")),
            _ => Err(self.refused(self.absence())),
        }
    }

    pub(super) fn refused(&self, problem: impl Into<String>) -> Refusal {
        Refusal::Refused {
            member: self.path.clone(),
            problem: problem.into(),
        }
    }

    fn absence(&self) -> &'static str {
        if self.value.is_some() {
            "is empty"
        } else {
            "is missing"
        }
    }

    /// A text that can be the argument of a program.
    fn argument(&self, value: &'a Value) -> Result<&'a str, Refusal> {
        let text = value
            .as_str()
            .ok_or_else(|| self.refused("has to be a text"))?;
        if text.contains('\0') {
            return Err(
                self.refused("has a NUL character, which no argument of a program can have")
            );
        }
        Ok(text)
    }
}
