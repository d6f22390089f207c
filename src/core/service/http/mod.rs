//! What both planes over HTTP share.
//!
//! | file | what it holds |
//! |---|---|
//! | [`request`], [`parameters`] | a request and its parameters |
//! | [`names`], [`headers`] | the names in a path; the headers that are members |
//! | [`answer`] | how a request ends |

pub(crate) mod answer;
pub(crate) mod headers;
pub(crate) mod names;
pub(crate) mod parameters;
pub(crate) mod request;
