//! The loop: what a person types, and what is shown.

pub mod answer;
mod ask;
pub mod command;
pub mod complete;
mod document;
pub mod editor;
mod execute;
pub mod explain;
mod feed;
pub mod form;
pub mod grammar;
pub mod help;
pub mod hints;
mod jobs;
pub mod json_text;
mod notes;
pub mod pages;
pub mod render;
pub mod session;
mod table;
mod throttle;
pub mod tutorial;
mod wait;
mod watch;
mod wire;
pub mod words;
