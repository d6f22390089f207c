//! The members of requests that the API defines. Pure.

use serde_json::{Map, Value};

/// The shape of a member, as far as it is checked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Without names that the API defines.
    Any,
    Object(&'static [(&'static str, Shape)]),
    List(&'static [(&'static str, Shape)]),
}

/// The paths of members that an object has but its shape does not.
pub(crate) fn unknown(object: &Map<String, Value>, known: &[(&str, Shape)]) -> Vec<String> {
    object
        .iter()
        .flat_map(
            |(name, value)| match known.iter().find(|(it, _)| it == name) {
                None => vec![name.clone()],
                Some((_, shape)) => below(value, *shape)
                    .into_iter()
                    .map(|path| format!("{name}.{path}"))
                    .collect(),
            },
        )
        .collect()
}

fn below(value: &Value, shape: Shape) -> Vec<String> {
    match (value, shape) {
        (Value::Object(object), Shape::Object(known)) => unknown(object, known),
        (Value::Array(list), Shape::List(known)) => {
            let objects = list.iter().filter_map(Value::as_object);
            let mut paths: Vec<_> = objects.flat_map(|it| unknown(it, known)).collect();
            paths.sort();
            paths.dedup();
            paths
        }
        _ => Vec::new(),
    }
}
