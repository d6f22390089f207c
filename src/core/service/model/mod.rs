//! The model of the control plane: for each operation, its method and path, and what its members must look like. One check
//! covers all operations.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>
//!
//! | file | what it holds |
//! |---|---|
//! | [`shape`] | how operations and members are described |
//! | [`shapes`] | the shapes that several operations share |
//! | [`jobs`], [`templates`], [`things`], [`thing_types`], [`dynamic_groups`], [`principals`] | the operations |
//! | [`find`] | which operation a request is |
//! | [`check`], [`value`] | whether a request, and a value in it, conforms to the model |

pub(crate) mod check;
mod dynamic_groups;
pub(crate) mod find;
mod jobs;
mod principals;
pub(crate) mod shape;
pub(crate) mod shapes;
mod templates;
mod thing_types;
mod things;
pub(crate) mod value;
