//! Input: from the characters of a line to a command. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | [`words`] | the words of a line, quotes and JSON; where a command ends |
//! | [`redirect`] | the `| command` or `> file` behind a command |
//! | [`grammar`] | the table of commands with their arguments, for clap |
//! | [`command`] | the command of a line, checked |
//! | [`alias`] | names of the user's own for lines |
//! | [`query`] | the expression of `--query` |
//! | [`complete`] | what Tab offers, and the grey hint |
//! | [`values`], `sources` | the values that an argument can have |
//! | [`needs`] | values that only the service knows |

pub mod alias;
pub mod command;
pub mod complete;
pub mod grammar;
pub mod needs;
pub mod query;
pub mod redirect;
mod sources;
pub mod values;
pub mod words;
