//! Help and learning: help, the same command in other tools, the tutorial. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | [`help`] | what `help` prints |
//! | [`markdown`] | how it shows the pages of [`crate::repl::pages`] |
//! | [`explain`] | a command as one of the AWS CLI or of mosquitto |
//! | [`tutorial`] | the walkthrough, step by step |

pub mod explain;
pub mod help;
pub mod markdown;
pub mod tutorial;
