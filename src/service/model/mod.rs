//! What the model of the API says about each operation of the control plane: how a request comes in, and what its members
//! must look like. One check for all of them.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>
//!
//! | file | what it holds |
//! |---|---|
//! | [`shape`] | the words in which operations and members are described |
//! | [`shapes`] | the shapes that several operations share |
//! | [`jobs`], [`things`], [`principals`] | the operations |
//! | [`find`] | which operation a request is |
//! | [`check`], [`value`] | whether a request, and a value in it, is what its operation wants |

pub(crate) mod check;
pub(crate) mod find;
mod jobs;
mod principals;
pub(crate) mod shape;
pub(crate) mod shapes;
mod things;
pub(crate) mod value;
