//! How operations and their members are described.

use crate::service::pattern::Pattern;

/// An operation of the control plane.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// With the names of members in braces.
    pub(crate) path: &'static str,
    /// In the order of messages.
    pub(crate) members: &'static [Member],
}

/// A member of a request, or of an object in its body.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name in requests.
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) shape: &'static Shape,
    pub(crate) is_required: bool,
    /// Whether the service emulates it. If not, a request that has it is refused, unless it is empty.
    pub(crate) is_emulated: bool,
}

/// The part of the request that holds a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    /// This header; an operation has at most one.
    Header(&'static str),
    Body,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Text(Text),
    /// One word of a set, in the order in which AWS prints it.
    Word(&'static [&'static str]),
    Boolean,
    Integer(Integer),
    Number {
        min: f64,
        max: f64,
    },
    List {
        min: usize,
        max: usize,
        of: &'static Shape,
    },
    Map {
        max: usize,
        keys: &'static Shape,
        values: &'static Shape,
    },
    Object(&'static [Member]),
}

/// Lengths count in characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) pattern: Option<Pattern>,
}

/// A whole number; the variants are named as in Java.
#[derive(Debug)]
pub(crate) struct Integer {
    pub(crate) java: &'static str,
    pub(crate) min: i64,
    pub(crate) max: i64,
}

impl Operation {
    /// The header that is a member.
    pub(crate) fn header(&self) -> Option<&'static str> {
        self.members.iter().find_map(|member| match member.place {
            Place::Header(name) => Some(name),
            _ => None,
        })
    }
}

impl Member {
    pub(crate) const fn path(name: &'static str, shape: &'static Shape) -> Self {
        Self::new(name, Place::Path, shape).required()
    }

    pub(crate) const fn query(name: &'static str, shape: &'static Shape) -> Self {
        Self::new(name, Place::Query, shape)
    }

    pub(crate) const fn header(
        name: &'static str,
        header: &'static str,
        shape: &'static Shape,
    ) -> Self {
        Self::new(name, Place::Header(header), shape)
    }

    /// Of the body, or of an object in it.
    pub(crate) const fn body(name: &'static str, shape: &'static Shape) -> Self {
        Self::new(name, Place::Body, shape)
    }

    const fn new(name: &'static str, place: Place, shape: &'static Shape) -> Self {
        Self {
            name,
            place,
            shape,
            is_required: false,
            is_emulated: true,
        }
    }

    pub(crate) const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    pub(crate) const fn not_emulated(self) -> Self {
        Self {
            is_emulated: false,
            ..self
        }
    }
}

impl Shape {
    /// A text of any length and any characters.
    pub(crate) const TEXT: Self = Self::text(0, usize::MAX);

    pub(crate) const fn text(min: usize, max: usize) -> Self {
        Self::Text(Text {
            min,
            max,
            pattern: None,
        })
    }

    pub(crate) const fn pattern(min: usize, max: usize, pattern: Pattern) -> Self {
        Self::Text(Text {
            min,
            max,
            pattern: Some(pattern),
        })
    }

    pub(crate) const fn integer(min: i64, max: i64) -> Self {
        Self::Integer(Integer {
            java: "Integer",
            min,
            max,
        })
    }

    /// A whole number of any size.
    pub(crate) const LONG: Self = Self::long(i64::MIN, i64::MAX);

    pub(crate) const fn long(min: i64, max: i64) -> Self {
        Self::Integer(Integer {
            java: "Long",
            min,
            max,
        })
    }

    /// A list of any length.
    pub(crate) const fn list(of: &'static Self) -> Self {
        Self::List {
            min: 0,
            max: usize::MAX,
            of,
        }
    }

    /// A map of any size.
    pub(crate) const fn map(keys: &'static Self, values: &'static Self) -> Self {
        Self::Map {
            max: usize::MAX,
            keys,
            values,
        }
    }
}
