//! Notes for the log of the service about messages that were denied or dropped.

use std::collections::BTreeMap;
use std::fmt;

use crate::broker::limits::{REFUSALS_MAX, RETAINED_MAX, SHOWN_CHARS_MAX, WAITING_BYTES_MAX};
use crate::broker::packet::Refusal;
use crate::text;

/// An action that the policies denied, for the log of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    pub client_id: String,
    /// Such as `iot:Publish`.
    pub action: &'static str,
    /// The ARN of its resource.
    pub resource: String,
    /// Which statement decided, or that no statement allows it: the end of the sentence.
    pub decision: String,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client_id,
            action,
            resource,
            decision,
        } = self;
        write!(
            f,
            "client `{client_id}`: {action} on `{resource}` is {decision}"
        )
    }
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The policies denied an action.
    Denied(Denial),
    /// Something was refused or ended for another reason.
    Refused {
        client_id: String,
        /// The end of the sentence.
        what: String,
    },
    /// The number of further refusals.
    MoreRefused(usize),
    /// Messages that did not fit in the queue of a client.
    Dropped {
        client_id: String,
        count: usize,
        /// The topic of the first of them.
        topic: String,
    },
    /// Messages that did not fit in the store of retained messages.
    NotRetained {
        count: usize,
        /// The topic of the first of them.
        topic: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denial) => denial.fmt(f),
            Self::Refused { client_id, what } => write!(f, "client `{client_id}`: {what}"),
            Self::MoreRefused(count) => write!(f, "{count} more refusals"),
            Self::Dropped {
                client_id,
                count,
                topic,
            } => write!(
                f,
                "client `{client_id}`: messages dropped: {count}, the first to `{topic}`: {} MiB are already waiting",
                WAITING_BYTES_MAX >> 20
            ),
            Self::NotRetained { count, topic } => write!(
                f,
                "messages not retained: {count}, the first to `{topic}`: there are {RETAINED_MAX} already"
            ),
        }
    }
}

/// A client id, topic or filter as the log shows it: its start if it is longer than AWS allows.
pub(crate) fn shown(text: &str) -> String {
    text::shorten(text, SHOWN_CHARS_MAX)
}

/// How many messages were lost for one reason.
#[derive(Debug)]
struct Loss {
    count: usize,
    /// The topic of the first of them.
    topic: String,
}

/// The notes since they were last taken: a line for each refusal while there is room, and one line for all losses of a
/// client.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    refusals: Vec<Note>,
    more_refusals: usize,
    dropped: BTreeMap<String, Loss>,
    not_retained: Option<Loss>,
}

impl Notes {
    /// Notes a denial; the client gets [`Refusal::NotAuthorized`].
    pub(crate) fn check(&mut self, checked: Result<(), Denial>) -> Result<(), Refusal> {
        checked.map_err(|denial| {
            self.add(Note::Denied(denial));
            Refusal::NotAuthorized
        })
    }

    /// Notes something that was refused or ended, or that has no effect: the client sees at most a code.
    pub(crate) fn refused(&mut self, client_id: &str, what: String) {
        self.add(Note::Refused {
            client_id: shown(client_id),
            what,
        });
    }

    fn add(&mut self, refusal: Note) {
        if self.refusals.len() < REFUSALS_MAX {
            self.refusals.push(refusal);
        } else {
            self.more_refusals += 1;
        }
    }

    /// Notes that a message to this topic did not fit in the queue of a client.
    pub(crate) fn dropped(&mut self, client_id: &str, topic: &str) {
        match self.dropped.get_mut(client_id) {
            Some(loss) => loss.count += 1,
            None => {
                self.dropped.insert(client_id.to_owned(), Loss::of(topic));
            }
        }
    }

    /// Notes that a message to this topic was not retained for lack of room.
    pub(crate) fn not_retained(&mut self, topic: &str) {
        match &mut self.not_retained {
            Some(loss) => loss.count += 1,
            none => *none = Some(Loss::of(topic)),
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Note> {
        let Self {
            refusals: mut notes,
            more_refusals,
            dropped,
            not_retained,
        } = std::mem::take(self);
        if more_refusals > 0 {
            notes.push(Note::MoreRefused(more_refusals));
        }
        notes.extend(dropped.into_iter().map(|(client_id, loss)| Note::Dropped {
            client_id,
            count: loss.count,
            topic: loss.topic,
        }));
        notes.extend(not_retained.map(|loss| Note::NotRetained {
            count: loss.count,
            topic: loss.topic,
        }));
        notes
    }
}

impl Loss {
    fn of(topic: &str) -> Self {
        Self {
            count: 1,
            topic: topic.to_owned(),
        }
    }
}
