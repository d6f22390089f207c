//! Whether a request conforms to the model of its operation.
//!
//! The order is: members of the wrong type, where the first one ends the check; constraints, where one message lists all
//! violations (recorded session); members that AWS has and this service does not emulate.

use serde_json::Value;

use crate::service::constraint::Violations;
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::model::find::{Found, find, names_in};
use crate::service::model::shape::{Member, Place, Shape};
use crate::service::model::value::{check_member, check_shape};

/// Refuses a request that does not conform to the model of its operation.
pub(crate) fn check(
    (operation, names): &Found<'_>,
    parameters: &Parameters,
    header: Option<&str>,
) -> Result<(), HttpError> {
    let mut violations = Violations::default();
    for member in operation.members {
        let text = match member.place {
            Place::Path => names_in(operation.path)
                .position(|name| name == member.name)
                .map(|at| names[at]),
            Place::Query => parameters.query(member.name),
            Place::Header(_) => header,
            Place::Body => {
                check_member(member, parameters.get(member.name), "", &mut violations)?;
                continue;
            }
        };
        match text {
            Some(text) => {
                let value = from_text(member.shape, text)?;
                check_shape(member.shape, &value, member.name, &mut violations)?;
            }
            None if member.is_required => violations.add_null(member.name),
            None => {}
        }
    }
    Result::from(violations)?;
    for member in operation.members {
        let is_given = || match member.place {
            Place::Query => parameters.query(member.name).is_some(),
            _ => parameters.get(member.name).is_some_and(|it| !is_empty(it)),
        };
        let unknown = match member.shape {
            _ if !member.is_emulated && is_given() => Some(member.name),
            Shape::Object(members) => not_emulated(members, parameters.get(member.name)),
            _ => None,
        };
        if let Some(name) = unknown {
            let what = format!("{name} of {}", operation.name);
            return Err(HttpError::not_emulated(&what));
        }
    }
    Ok(())
}

/// The first member of a body that the operation does not have, such as `timeoutConfig.minutes`. AWS ignores it; a user may have
/// misspelt it.
pub fn unknown_member(method: &str, path: &str, body: &Value) -> Option<String> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let (operation, _) = find(method, &segments)?;
    unknown_in(operation.members, body)
}

fn unknown_in(members: &[Member], object: &Value) -> Option<String> {
    let in_shape = |shape: &Shape, value: &Value| match shape {
        Shape::Object(members) => unknown_in(members, value),
        Shape::List {
            of: Shape::Object(members),
            ..
        } => {
            let mut elements = value.as_array().into_iter().flatten();
            elements.find_map(|element| unknown_in(members, element))
        }
        _ => None,
    };
    object.as_object()?.iter().find_map(|(name, value)| {
        let is_meant =
            |member: &&Member| member.place == Place::Body && member.name == name.as_str();
        match members.iter().find(is_meant) {
            Some(member) => Some(format!("{name}.{}", in_shape(member.shape, value)?)),
            None => Some(name.clone()),
        }
    })
}

/// A text of the path, the query or a header as the JSON value that it stands for.
fn from_text(shape: &Shape, text: &str) -> Result<Value, HttpError> {
    let (value, wanted) = match shape {
        Shape::Boolean => (text.parse::<bool>().ok().map(Value::from), "Boolean"),
        Shape::Integer(integer) => (text.parse::<i64>().ok().map(Value::from), integer.java),
        _ => (Some(Value::from(text)), "String"),
    };
    // Recorded session, for a number in a path. GUESS: the message for a boolean and in a query has the same form.
    value.ok_or_else(|| {
        HttpError::serialization(format!("'{text}' can not be converted to {wanted}"))
    })
}

/// A member of an object that is not emulated. Public code sends empty configurations, which AWS accepts.
fn not_emulated(members: &'static [Member], object: Option<&Value>) -> Option<&'static str> {
    let object = object?.as_object()?;
    let is_given = |member: &&Member| object.get(member.name).is_some_and(|it| !is_empty(it));
    let unknown = members.iter().filter(|member| !member.is_emulated);
    unknown.clone().find(is_given).map(|member| member.name)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.values().all(is_empty),
        _ => false,
    }
}
