//! The grammar of commands, derived with clap: the one table behind parsing, help, completion and hints. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | `line`, [`device`], [`own`] | the commands; those of the control plane are in [`crate::control::operations`] |
//! | `aws` | how a line of the AWS CLI begins |
//! | `table` | the table in clap's form |
//! | `args` | what clap declares about the arguments of a command |
//! | `progress` | the arguments that have been typed, and what comes next |
//! | `typed_values` | their values |
//! | `named` | positional arguments that are given by name |
//! | `split`, `document_span` | the words of a line, and the job document in it |

mod args;
mod aws;
pub mod device;
mod document_span;
mod line;
mod named;
pub mod own;
mod progress;
mod split;
mod table;
mod typed_values;

pub use args::{
    begins_document, excludes, flag, is_document, is_main, is_name, is_repeatable, known_flag,
    placeholder, takes_spaces, takes_value, usage,
};
pub use aws::{AWS, AwsService};
pub use document_span::{document_among, document_span, with_document};
pub use line::{CommandKind, Typed};
pub(crate) use named::named;
pub use progress::{NextWord, next, progress};
pub use split::{LineSplitter, inner_at, split};
pub use table::{Misread, declared, entry, given, is_own, kind, read, table, takes_command};
pub(crate) use typed_values::TypedValues;
