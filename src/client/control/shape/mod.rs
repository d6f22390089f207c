//! The shapes of members that are structures, as the API defines them. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | a shape; members that it does not have |
//! | `structures` | the structures of the API that are typed |
//! | `shorthand` | a structure as it is typed: JSON, or the shorthand of the AWS CLI |

mod shorthand;
mod structures;

use serde_json::{Map, Value};

pub(crate) use crate::control::shape::shorthand::structure;
pub(crate) use crate::control::shape::structures::*;

/// The shape of a member, as far as it matters for what is typed.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Text,
    Number,
    Flag,
    Object(&'static [(&'static str, Shape)]),
    /// Members with names of the user's own.
    Map(&'static Shape),
    List(&'static Shape),
}

impl Shape {
    /// The shape of the member with this name.
    fn member(self, name: &str) -> Option<Self> {
        match self {
            Self::Map(of) => Some(*of),
            _ => (self.members().iter()).find_map(|(it, of)| (*it == name).then_some(*of)),
        }
    }

    /// The members of a structure.
    pub(crate) const fn members(self) -> &'static [(&'static str, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }
}

/// The paths of members that a value has but its shape does not.
pub(crate) fn unknown(value: &Value, shape: Shape) -> Vec<String> {
    match (value, shape) {
        (Value::Object(object), Shape::Object(_) | Shape::Map(_)) => unknown_of(object, shape),
        (Value::Array(list), Shape::List(of)) => {
            let mut paths: Vec<_> = list.iter().flat_map(|it| unknown(it, *of)).collect();
            paths.sort();
            paths.dedup();
            paths
        }
        _ => Vec::new(),
    }
}

/// The same for an object.
pub(crate) fn unknown_of(object: &Map<String, Value>, shape: Shape) -> Vec<String> {
    let paths = object
        .iter()
        .flat_map(|(name, value)| match shape.member(name) {
            None => vec![name.clone()],
            Some(of) => {
                let paths = unknown(value, of).into_iter();
                paths.map(|path| format!("{name}.{path}")).collect()
            }
        });
    paths.collect()
}
