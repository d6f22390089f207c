//! What is shown: answers, events and errors in the four forms of output.
//!
//! | file | what it holds |
//! |---|---|
//! | [`answer`], [`notice`] | how a command ended, and what came without being asked, before they have a form |
//! | [`form`], [`object`] | the forms: text, json, jsonl, raw; the objects of json and jsonl |
//! | [`hints`] | the next step after a refusal or an error |
//! | [`fold`] | prose in lines that fit |
//! | [`people`] | labels, JSON, messages and remarks in lines that fit |
//! | [`render`], [`json_text`] | text without what a terminal would act on; JSON in color, on one line or several |
//! | [`notes`], [`table`], [`times`] | remarks below what the service sends: times, changes, lists as tables |
//! | [`wire`] | the messages as they were sent and received |
//! | [`route`] | where an answer goes: the screen, a query, a file, another program |
//! | [`transcript`] | the copy that `--transcript` keeps |

pub mod answer;
pub mod fold;
pub mod form;
pub mod hints;
pub mod json_text;
pub(crate) mod notes;
pub mod notice;
pub mod object;
mod people;
pub mod render;
pub(crate) mod route;
pub(crate) mod table;
pub(crate) mod times;
pub mod transcript;
pub(crate) mod wire;
