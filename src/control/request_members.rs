//! The members of a request that the API knows. Pure.

use serde_json::{Map, Value};

/// What a member holds, as far as it is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// No names that the API fixes.
    Any,
    Object(&'static [(&'static str, Shape)]),
    List(&'static [(&'static str, Shape)]),
}

/// The members, as paths, that an object has and its shape does not.
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
