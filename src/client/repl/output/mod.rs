//! Output: replies, events and errors in the forms of output.
//!
//! | file | what it holds |
//! |---|---|
//! | [`answer`], [`notice`] | results of commands, and notices that arrive unrequested, before a form is chosen |
//! | [`form`], [`object`] | the forms: text, json, jsonl, raw; the objects of json and jsonl |
//! | [`hints`] | the next step after a refusal or an error |
//! | [`fold`] | prose in lines that fit |
//! | [`people`] | labels, JSON, messages and remarks in lines that fit |
//! | [`render`], [`json_text`] | text without control characters; JSON in colour, on one line or several |
//! | [`notes`], [`table`], [`times`] | remarks below the service's messages: times, changes, lists as tables |
//! | [`wire`] | messages as they were sent and received |
//! | [`route`] | the route of a reply: the screen, a query, a file, another program |
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
pub mod times;
pub mod transcript;
pub(crate) mod wire;
