//! The file in which the local service keeps the state of the account, so that it survives its end, however it ends.
//!
//! The hub hands over what each input has changed; a thread of its own writes that as one line, so that the hub never waits
//! for a disk. Lines that make older ones useless add up: from time to time the thread lets another one write a
//! snapshot beside the file, which then takes its place. That thread reads the old file for it, so nothing is held in memory
//! twice, and the hub is not asked. It rests most of the time, so that messages are answered as fast as without it.
//!
//! Records were chosen over the inputs that lead to them: another version of the program may answer an input in another way,
//! but a record stays what it was.
//!
//! The format, in UTF-8:
//!
//! ```text
//! jobs-sandbox state, format 1
//! SUM {"snapshot":2}                         how many lines of the snapshot follow
//! SUM {"KEY":RECORD,"KEY":RECORD}            a line of the snapshot
//! SUM {"KEY":RECORD}
//! SUM {"KEY":RECORD,"KEY":null}              what one input has changed: a new or different record, a deleted one
//! ```
//!
//! SUM is the beginning of the SHA-256 of the rest of its line. A line that the end of the file cuts off was being written
//! when the program was killed, and is ignored. Anything else that does not fit is damage: nothing is used, and the file stays
//! as it is. The keys of [`AccountState`](crate::service::AccountState) are those of the account; the ones here begin with
//! `sandbox/`. A kind of record that older programs do not know needs no other format: they refuse it.
//!
//! | file | what it holds |
//! |---|---|
//! | [`line`] | a line and its sum |
//! | [`read`] | a file as read |
//! | [`place`] | the path, the lock, the rights |
//! | [`writer`], [`snapshot`] | the thread that writes; snapshots |
//! | [`pace`] | how a snapshot leaves time to everything else |
//! | [`keeper`] | what the hub hands over |
//! | [`error`] | why a file cannot be used |

pub(crate) mod error;
pub(crate) mod keeper;
mod line;
mod pace;
mod place;
mod read;
mod snapshot;
mod writer;

use std::collections::BTreeMap;

use crate::service::KeptRecord;

/// JSON by key.
pub(crate) type Records = BTreeMap<String, Box<str>>;

/// New and different records, and the keys of those that are gone.
pub(crate) type Changes = BTreeMap<String, Option<KeptRecord>>;

#[cfg(test)]
pub(crate) mod tests;
