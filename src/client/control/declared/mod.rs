//! How operations are declared as data, and the one type of request that carries them out. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | the operation; a request |
//! | `argument` | an argument, how it is typed, and where its value goes |
//! | `command` | the command, in clap's form |
//! | `typed` | what was typed, as the value of a member |
//! | `request` | the call that a request becomes |
//! | `arguments` | arguments of several operations |

mod argument;
pub(crate) mod arguments;
mod command;
mod request;
mod typed;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::control::document_args::DocumentArgs;
use crate::control::operation::{About, JobIds};
use crate::control::page::{Page, Paging};
use crate::control::pending_change::{Ending, PendingChange, Things};
use crate::protocol::JobId;

pub(crate) use crate::control::declared::argument::kebab;
pub use crate::control::declared::argument::{Absent, Argument, Form, Place, Presence};

/// An operation.
#[derive(Debug)]
pub struct Declared {
    pub about: About,
    pub method: &'static str,
    /// AWS's path, in which members are in braces.
    pub path: &'static str,
    /// What the command does.
    pub help: &'static str,
    pub examples: [&'static str; 2],
    pub command: CommandName,
    /// Shorter names of the command.
    pub aliases: &'static [&'static str],
    pub arguments: &'static [Argument],
    /// How the list comes in pages; `None` if the response is not such a list.
    pub paging: Option<Paging>,
    /// What a request does to pending job executions.
    pub change: fn(&ControlRequest) -> PendingChange<'_>,
    /// What a successful request reveals about job ids.
    pub job_ids: fn(&ControlRequest) -> JobIds<'_>,
    /// The question to the user before a request that cannot be undone and affects the work of others.
    pub question: fn(&ControlRequest) -> Option<String>,
    /// Why a request cannot be sent.
    pub check: fn(&ControlRequest) -> Result<(), &'static str>,
    /// The operation of a request if what was typed chooses another one.
    pub instead: fn(&ControlRequest) -> Option<&'static Declared>,
}

/// The command of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandName {
    /// AWS's name of the operation.
    OfOperation,
    Other {
        name: &'static str,
        /// Names that help does not show.
        hidden: &'static [&'static str],
    },
    /// Another command makes its requests.
    Absent,
}

/// One request of the control plane. Absent members are not sent, so the service's defaults apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlRequest {
    pub(crate) operation: &'static Declared,
    /// By the names of the members.
    pub(crate) values: BTreeMap<&'static str, Value>,
    pub(crate) job_id: Option<JobId>,
    pub(crate) targets: Option<Vec<String>>,
    pub(crate) document: Option<DocumentArgs>,
    /// Further members of the body, by the API's names.
    pub(crate) with: Map<String, Value>,
    pub(crate) page: Page,
}

impl ControlRequest {
    /// A request without members.
    pub(crate) fn new(operation: &'static Declared) -> Self {
        Self {
            operation,
            values: BTreeMap::new(),
            job_id: None,
            targets: None,
            document: None,
            with: Map::new(),
            page: Page::default(),
        }
    }

    /// The same with a member that the operation has.
    #[must_use]
    pub(crate) fn with(mut self, member: &'static str, value: &str) -> Self {
        self.set(member, value.into());
        self
    }

    pub(crate) fn set(&mut self, member: &'static str, value: Value) {
        self.values.insert(member, value);
    }

    /// Whether an argument with this member was given.
    pub(crate) fn has(&self, member: &str) -> bool {
        self.values.contains_key(member)
    }

    /// Executions of its job leave the list.
    pub(crate) fn ends<'a>(
        &'a self,
        things: Things<'a>,
        number: Option<i64>,
        in_progress: bool,
    ) -> PendingChange<'a> {
        let job = self.job_id.as_ref();
        job.map_or(PendingChange::None, |job| {
            PendingChange::Ends(Ending {
                job,
                things,
                number,
                in_progress,
            })
        })
    }

    /// A text among the members.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.values.get(member)?.as_str()
    }
}

impl Declared {
    /// An operation without arguments, which is not a list.
    pub(crate) const fn new(
        about: About,
        method: &'static str,
        path: &'static str,
        help: &'static str,
        examples: [&'static str; 2],
    ) -> Self {
        Self {
            about,
            method,
            path,
            help,
            examples,
            aliases: &[],
            arguments: &[],
            paging: None,
            command: CommandName::OfOperation,
            change: |_| PendingChange::None,
            job_ids: |_| JobIds::Unchanged,
            question: |_| None,
            check: |_| Ok(()),
            instead: |_| None,
        }
    }
}

impl Declared {
    /// What is typed for a member of a request, or for the part of one: `--tags` for `tags.1.member.key`, `<thing>` for
    /// `thingName`.
    pub(crate) fn typed_for(&self, member: &str) -> Option<String> {
        let of_page = self.paging.map(Paging::names).unwrap_or_default();
        let flags = ["--max-results", "--next-token"];
        if let Some(at) = of_page.iter().position(|name| *name == member) {
            return Some(flags[at].to_owned());
        }
        let has = |argument: &&Argument| {
            let rest = member.strip_prefix(argument.member);
            // A value that is refused was not typed as a flag without a value.
            let has_value = !argument.form.is_switch();
            has_value && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let all = self.arguments.iter().filter(has);
        let closest = all.max_by_key(|it| (!it.is_hidden, it.member.len()))?;
        Some(match closest.presence {
            Presence::Positional | Presence::OptionalPositional => format!("<{}>", closest.value),
            _ => format!("--{}", closest.name()),
        })
    }
}

/// An operation is known by its name.
impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.about.name == other.about.name
    }
}

impl Eq for Declared {}
