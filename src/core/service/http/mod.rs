//! What both planes over HTTP share.
//!
//! | file | what it holds |
//! |---|---|
//! | [`request`], [`parameters`] | a request and its parameters |
//! | [`names`] | the names in a path |
//! | [`answer`] | how a request ends |

pub(crate) mod answer;
pub(crate) mod names;
pub(crate) mod parameters;
pub(crate) mod request;
