//! The loop: what a person types, and what is shown.

pub mod command;
pub mod complete;
pub mod editor;
pub mod grammar;
pub mod help;
pub mod hints;
pub mod render;
pub mod session;
mod throttle;
pub mod words;
