//! What is shown: answers, events and errors in the four forms of output.
//!
//! | file | what it holds |
//! |---|---|
//! | [`answer`] | how a command ended, before it has a form |
//! | [`form`] | the forms: text, json, jsonl, raw |
//! | [`hints`] | the next step after a refusal or an error |
//! | [`fold`] | prose in lines that fit |
//! | [`render`], [`json_text`] | text without what a terminal would act on; JSON in color |
//! | [`notes`], [`table`] | remarks below what the service sends: times, changes, lists as tables |
//! | [`wire`] | the messages as they were sent and received |
//! | [`route`] | where an answer goes: the screen, a query, a file, another program |
//! | [`transcript`] | the copy that `--transcript` keeps |

pub mod answer;
pub mod fold;
pub mod form;
pub mod hints;
pub mod json_text;
pub(crate) mod notes;
pub mod render;
pub(crate) mod route;
pub(crate) mod table;
pub mod transcript;
pub(crate) mod wire;
