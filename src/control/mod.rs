//! The control plane, through the AWS SDK.
//!
//! | file | what it holds |
//! |---|---|
//! | [`operations`] | one file for each operation, and the one list of them (pure) |
//! | [`operation`] | what such a file states |
//! | [`page`], [`document_args`], `execution_columns` | what several operations share |
//! | [`call`] | a prepared call |
//! | [`client`], `exchange` | sending it once, within a time; what went over the wire |
//! | [`error`] | why an operation failed |

pub mod call;
pub mod client;
pub mod document_args;
pub mod error;
mod exchange;
mod execution_columns;
pub mod operation;
pub mod operations;
pub mod page;

pub use client::{Access, Control, arn_in, environment_region, unsent};
pub use error::{ControlError, is_service_failure};
pub use exchange::Exchange;
pub use operation::{About, ControlOperation, Effect, JobIds, Statement, Subject};
pub use operations::ControlRequest;
