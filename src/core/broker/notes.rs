//! Notes for the log of the service about messages that were denied or dropped.

use std::collections::BTreeMap;
use std::fmt;

use crate::broker::limits::{
    REFUSALS_MAX, RETAINED_BYTES_MAX, RETAINED_MAX, SHOWN_CHARS_MAX, WAITING_BYTES_MAX,
};
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
    /// A message did not fit in the queue of a client, nor will the next ones.
    Dropping { client_id: String, topic: String },
    /// How many messages that were, now that the queue has room.
    Dropped { client_id: String, count: usize },
    /// A message did not fit in the store of retained messages, nor will the next ones.
    NotRetaining { topic: String },
    /// How many messages that were, now that the store has room.
    NotRetained { count: usize },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denial) => denial.fmt(f),
            Self::Refused { client_id, what } => write!(f, "client `{client_id}`: {what}"),
            Self::MoreRefused(count) => write!(f, "{count} more refusals"),
            Self::Dropping { client_id, topic } => write!(
                f,
                "client `{client_id}`: messages are dropped, the first to `{topic}`: {} MiB are already waiting",
                WAITING_BYTES_MAX >> 20
            ),
            Self::Dropped { client_id, count } => {
                write!(
                    f,
                    "client `{client_id}`: messages that were dropped: {count}"
                )
            }
            Self::NotRetaining { topic } => write!(
                f,
                "messages are not retained, the first to `{topic}`: at most {RETAINED_MAX} are, and {} MiB",
                RETAINED_BYTES_MAX >> 20
            ),
            Self::NotRetained { count } => {
                write!(f, "messages that were not retained: {count}")
            }
        }
    }
}

/// A client id, topic or filter as the log shows it: its start if it is longer than AWS allows.
pub(crate) fn shown(text: &str) -> String {
    text::shorten(text, SHOWN_CHARS_MAX)
}

/// Messages that are being lost for one reason.
#[derive(Debug)]
struct Loss {
    count: usize,
    /// The topic of the first of them, until it has been noted.
    topic: Option<String>,
}

/// The notes since they were last taken: a line for each refusal while there is room, and for messages that are lost one
/// line at the beginning and one at the end.
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

    /// Notes how many messages did not fit in the queue of a client, which has room from now on or no longer exists.
    pub(crate) fn end_of_dropped(&mut self, client_id: &str) {
        if let Some(mut loss) = self.dropped.remove(client_id) {
            let client_id = client_id.to_owned();
            let first = loss.first(|topic| Note::Dropping {
                client_id: client_id.clone(),
                topic,
            });
            self.refusals.extend(first);
            let count = loss.count;
            self.add(Note::Dropped { client_id, count });
        }
    }

    /// Notes that a message to this topic was not retained for lack of room.
    pub(crate) fn not_retained(&mut self, topic: &str) {
        match &mut self.not_retained {
            Some(loss) => loss.count += 1,
            none => *none = Some(Loss::of(topic)),
        }
    }

    /// Notes how many messages were not retained; there is room from now on.
    pub(crate) fn end_of_not_retained(&mut self) {
        if let Some(mut loss) = self.not_retained.take() {
            let first = loss.first(|topic| Note::NotRetaining { topic });
            self.refusals.extend(first);
            self.add(Note::NotRetained { count: loss.count });
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Note> {
        let mut notes = std::mem::take(&mut self.refusals);
        let more = std::mem::take(&mut self.more_refusals);
        if more > 0 {
            notes.push(Note::MoreRefused(more));
        }
        for (client_id, loss) in &mut self.dropped {
            let client_id = client_id.clone();
            notes.extend(loss.first(|topic| Note::Dropping { client_id, topic }));
        }
        let not_retained = self.not_retained.as_mut();
        notes
            .extend(not_retained.and_then(|loss| loss.first(|topic| Note::NotRetaining { topic })));
        notes
    }
}

impl Loss {
    fn of(topic: &str) -> Self {
        Self {
            count: 1,
            topic: Some(topic.to_owned()),
        }
    }

    /// The note for the first message, once.
    fn first(&mut self, note: impl FnOnce(String) -> Note) -> Option<Note> {
        self.topic.take().map(note)
    }
}
