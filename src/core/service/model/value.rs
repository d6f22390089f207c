//! Whether a value conforms to its shape. A wrong type is an error; a violated constraint is noted.

use serde_json::{Map, Value};

use crate::service::constraint::Violations;
use crate::service::http::answer::HttpError;
use crate::service::model::shape::{Integer, Member, Shape, Text};

/// Checks a member of the object at `parent`; null counts as absent.
pub(crate) fn check_member(
    member: &Member,
    value: Option<&Value>,
    parent: &str,
    violations: &mut Violations,
) -> Result<(), HttpError> {
    // A few names are capitalised in requests, but never in messages (recorded session).
    let name = member.name;
    let path = || format!("{parent}{}{}", name[..1].to_lowercase(), &name[1..]);
    match value.filter(|value| !value.is_null()) {
        Some(value) => check_shape(member.shape, value, &path(), violations)?,
        None if member.is_required => violations.add_null(&path()),
        None => {}
    }
    Ok(())
}

/// Checks a value that is present.
pub(crate) fn check_shape(
    shape: &Shape,
    value: &Value,
    path: &str,
    violations: &mut Violations,
) -> Result<(), HttpError> {
    let must_be = |wanted: &str| HttpError::serialization(format!("{path} must be {wanted}"));
    match shape {
        Shape::Text(text) => {
            let value = value.as_str().ok_or_else(|| must_be("a string"))?;
            violations.check_text(value, path, *text);
        }
        Shape::Word(set) => {
            let value = value.as_str().ok_or_else(|| must_be("a string"))?;
            violations.check_enum(value, path, set);
        }
        Shape::Boolean => {
            value.as_bool().ok_or_else(|| must_be("true or false"))?;
        }
        Shape::Integer(Integer { min, max, .. }) => {
            let value = value.as_i64().ok_or_else(|| must_be("a whole number"))?;
            violations.check_range(value, path, &(*min..=*max));
        }
        Shape::Number { min, max } => {
            let value = value.as_f64().ok_or_else(|| must_be("a number"))?;
            violations.check_number(value, path, &(*min..=*max));
        }
        Shape::List { min, max, of } => {
            let list = value.as_array().ok_or_else(|| must_be("a list"))?;
            violations.check_length(list.len(), path, *min, *max);
            for (index, value) in list.iter().enumerate() {
                let path = format!("{path}.{}.member", index + 1);
                if value.is_null() {
                    violations.add_null(&path);
                } else {
                    check_shape(of, value, &path, violations)?;
                }
            }
        }
        Shape::Map { max, keys, values } => {
            let map = value.as_object().ok_or_else(|| must_be("a map"))?;
            violations.check_length(map.len(), path, 0, *max);
            check_map(keys, values, map, path, violations)?;
        }
        Shape::Object(members) => {
            let object = value.as_object().ok_or_else(|| must_be("an object"))?;
            for member in *members {
                let value = object.get(member.name);
                check_member(member, value, &format!("{path}."), violations)?;
            }
        }
    }
    Ok(())
}

/// Violations by keys are reported once for all keys, and so are violations by text values.
fn check_map(
    keys: &Shape,
    values: &Shape,
    map: &Map<String, Value>,
    path: &str,
    violations: &mut Violations,
) -> Result<(), HttpError> {
    if !map.keys().all(|key| fits(keys, key)) {
        violations.add_of_map(path, "keys", &rules(keys));
    }
    let mut all_fit = true;
    for (key, value) in map {
        let path = format!("{path}.{key}");
        match values {
            Shape::Text(_) => {
                let must_be = || HttpError::serialization(format!("{path} must be a string"));
                all_fit &= fits(values, value.as_str().ok_or_else(must_be)?);
            }
            _ if value.is_null() => {}
            _ => check_shape(values, value, &path, violations)?,
        }
    }
    if !all_fit {
        violations.add_of_map(path, "value", &rules(values));
    }
    Ok(())
}

fn fits(shape: &Shape, text: &str) -> bool {
    match shape {
        Shape::Text(shape) => {
            let length = text.chars().count();
            (shape.min..=shape.max).contains(&length)
                && shape.pattern.is_none_or(|pattern| pattern.matches(text))
        }
        Shape::Word(set) => set.contains(&text),
        _ => true,
    }
}

/// The rules of a text, as AWS lists them.
fn rules(shape: &Shape) -> String {
    let mut rules = Vec::new();
    match shape {
        Shape::Text(Text { min, max, pattern }) => {
            rules.push(format!(
                "Member must have length less than or equal to {max}"
            ));
            if *min > 0 {
                rules.push(format!(
                    "Member must have length greater than or equal to {min}"
                ));
            }
            if let Some(pattern) = pattern {
                rules.push(pattern.rule());
            }
        }
        Shape::Word(set) => rules.push(format!(
            "Member must satisfy enum value set: [{}]",
            set.join(", ")
        )),
        _ => {}
    }
    rules.join(", ")
}
