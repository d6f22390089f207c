//! What is typed: from the characters of a line to a command. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | [`words`] | a line as words, quotes and JSON; where a command ends |
//! | [`redirect`] | the `| command` or `> file` behind a command |
//! | [`grammar`] | the table of commands with their arguments, which clap reads by |
//! | [`command`] | what a line asks for, checked |
//! | [`query`] | the expression of `--query` |
//! | [`complete`], [`values`] | what Tab offers, and the grey hint |

pub mod command;
pub mod complete;
pub mod grammar;
pub mod query;
pub mod redirect;
pub mod values;
pub mod words;
