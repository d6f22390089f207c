//! The loop: what a person types, and what is shown.

pub mod command;
pub mod grammar;
pub mod help;
pub mod words;
