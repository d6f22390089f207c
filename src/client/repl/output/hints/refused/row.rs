//! A row of the tables of refusals.

/// Words of a message, and the next step.
pub(crate) type Row = (&'static str, &'static str);
