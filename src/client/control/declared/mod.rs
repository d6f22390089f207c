//! Operations that are declared as data, which one type of request carries out. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | the operation, its arguments and where their values go; a request |
//! | `command` | the command, in clap's form |
//! | `typed` | what was typed, as the value of a member |
//! | `request` | the call that a request becomes |
//! | `arguments` | arguments of several operations |
//! | `members` | such arguments for a request that is a type |

pub(crate) mod arguments;
mod command;
mod members;
mod request;
mod typed;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::control::document_args::DocumentArgs;
use crate::control::operation::About;
use crate::control::page::{Page, Paging};
use crate::control::pending_change::PendingChange;
use crate::control::shape::Shape;
use crate::protocol::JobId;

pub use crate::control::declared::members::JobMembers;

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
    /// Shorter names of the command.
    pub aliases: &'static [&'static str],
    pub arguments: &'static [Argument],
    /// How the list comes in pages; `None` if the response is not such a list.
    pub paging: Option<Paging>,
    /// What a request does to pending job executions.
    pub change: fn(&DeclaredRequest) -> PendingChange<'_>,
}

/// A request of a declared operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredRequest {
    pub(crate) operation: &'static Declared,
    /// By the names of the members.
    pub(crate) values: BTreeMap<&'static str, Value>,
    pub(crate) job_id: Option<JobId>,
    pub(crate) targets: Option<Vec<String>>,
    pub(crate) document: Option<DocumentArgs>,
    pub(crate) page: Page,
}

impl DeclaredRequest {
    /// A request without members.
    pub(crate) fn new(operation: &'static Declared) -> Self {
        Self {
            operation,
            values: BTreeMap::new(),
            job_id: None,
            targets: None,
            document: None,
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

    /// A text among the members.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.values.get(member)?.as_str()
    }
}

/// An argument of the command: a member of the request, or a file for a part of the response.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// AWS's name of the member, with the names of the structures that contain it: `thingTypeProperties.thingTypeDescription`.
    pub member: &'static str,
    /// The flag, if it is not AWS's name of the member.
    pub flag: Option<&'static str>,
    pub alias: Option<&'static str>,
    /// The placeholder for the value.
    pub value: &'static str,
    pub help: &'static str,
    pub form: Form,
    pub place: Place,
    pub presence: Presence,
    /// The positional argument that need not be given, and cannot, if this flag is.
    pub replaced: Option<&'static str>,
    /// Whether completion leaves it out, and help shows it last.
    pub is_hidden: bool,
}

/// How a value is typed, and what it becomes.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    Text,
    /// The name of something of this kind, as in an ARN.
    Name(&'static str),
    /// The name of something that does not exist yet.
    NewName,
    Number,
    /// A flag without a value.
    Switch,
    /// A word of AWS; these are offered.
    Word(&'static [&'static str]),
    Job,
    Thing,
    /// The name of a thing that does not exist yet.
    NewThing,
    /// Things and thing groups, by name or ARN; this thing if none is given.
    Targets,
    /// An ARN, its resource (`job/Job1`), or the id of a certificate. A name alone belongs to this kind of resource, if one is
    /// given.
    Arn(&'static str),
    /// The same, of a resource that can be of several kinds: a name alone is refused.
    Resource,
    /// `name=value`, which can be repeated: a map.
    Pairs,
    /// `name=value,…`, which can be repeated: a list of tags.
    Tags,
    /// `name,…`, which can be repeated: a list.
    Names,
    /// It can be repeated: a list.
    List,
    /// A structure: JSON, or the shorthand of the AWS CLI.
    Structure(Shape),
    /// Maintenance windows, which can be repeated: a list.
    Windows,
    /// The timeout of a job: minutes, or its structure.
    Timeout,
    /// A text of the user's own, which may have spaces.
    Free,
    /// JSON, `@` and a file, or `@-`.
    Document,
    /// A flag without a value: the document is written in an editor.
    Edit,
    /// The job whose document is taken.
    DocumentOf,
    /// A text in a file: `@` and its name, or `@-`.
    File,
    /// A new file for the part of the response at this JSON pointer.
    NewFile(&'static str),
}

/// Where a member is in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    /// In the query, by another name.
    QueryAs(&'static str),
    Header(&'static str),
    Body,
    /// Not sent.
    Nowhere,
}

/// How an argument is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Positional,
    OptionalPositional,
    Flag,
    RequiredFlag,
    /// A flag with an object, which is sent empty if it is not given.
    FlagOrEmpty,
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
            change: |_| PendingChange::None,
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
            !argument.is_hidden && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let all = self.arguments.iter().filter(has);
        let closest = all.max_by_key(|argument| argument.member.len())?;
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

impl Argument {
    const fn new(member: &'static str, help: &'static str, presence: Presence) -> Self {
        Self {
            member,
            flag: None,
            alias: None,
            value: "",
            help,
            form: Form::Text,
            place: Place::Body,
            presence,
            replaced: None,
            is_hidden: false,
        }
    }

    /// A positional argument, which is a part of the path.
    pub(crate) const fn positional(
        member: &'static str,
        value: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            value,
            place: Place::Path,
            ..Self::new(member, help, Presence::Positional)
        }
    }

    /// A flag with a value, which is a member of the body.
    pub(crate) const fn flag(
        member: &'static str,
        value: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            value,
            ..Self::new(member, help, Presence::Flag)
        }
    }

    /// A flag without a value, which is a member of the body.
    pub(crate) const fn switch(member: &'static str, help: &'static str) -> Self {
        Self {
            form: Form::Switch,
            ..Self::new(member, help, Presence::Flag)
        }
    }

    /// A new file for a part of the response.
    pub(crate) const fn new_file(
        member: &'static str,
        alias: &'static str,
        at: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            alias: Some(alias),
            place: Place::Nowhere,
            form: Form::NewFile(at),
            ..Self::flag(member, "file", help)
        }
    }

    pub(crate) const fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    pub(crate) const fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    pub(crate) const fn named(self, flag: &'static str) -> Self {
        Self {
            flag: Some(flag),
            ..self
        }
    }

    pub(crate) const fn or(self, alias: &'static str) -> Self {
        Self {
            alias: Some(alias),
            ..self
        }
    }

    /// This thing if it is not given.
    pub(crate) const fn or_own(self) -> Self {
        Self {
            presence: Presence::OptionalPositional,
            ..self
        }
    }

    /// An empty object if it is not given: AWS requires the member.
    pub(crate) const fn always(self) -> Self {
        Self {
            presence: Presence::FlagOrEmpty,
            ..self
        }
    }

    pub(crate) const fn required(self) -> Self {
        Self {
            presence: Presence::RequiredFlag,
            ..self
        }
    }

    /// This flag or that positional argument is given.
    pub(crate) const fn in_place_of(self, positional: &'static str) -> Self {
        Self {
            replaced: Some(positional),
            ..self
        }
    }

    pub(crate) const fn hidden(self) -> Self {
        Self {
            is_hidden: true,
            ..self
        }
    }

    /// Whether it is a source of a document that an editor may start with, or the editor.
    pub(crate) const fn is_written(&self) -> bool {
        matches!(self.form, Form::Edit | Form::DocumentOf)
    }

    /// AWS's name for the argument in its command line: `policy-name`.
    pub(crate) fn name(&self) -> String {
        self.flag
            .map_or_else(|| kebab(self.member), ToOwned::to_owned)
    }

    /// Clap's name for it.
    fn id(&self) -> String {
        self.name().replace('-', "_")
    }
}

/// `CreateJob` and `jobId` as the AWS CLI writes them: `create-job`, `job-id`. Capitals in a row are one word: `WithoutCA` is
/// `without-ca`.
pub(crate) fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    let mut before = None;
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_some_and(|before: char| !before.is_ascii_uppercase())
        {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
        before = Some(c);
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_in_the_aws_cli() {
        for (name, expected) in [
            ("CreateJob", "create-job"),
            ("jobId", "job-id"),
            (
                "RegisterCertificateWithoutCA",
                "register-certificate-without-ca",
            ),
            ("CreateCertificateFromCsr", "create-certificate-from-csr"),
            ("mqtt5Configuration", "mqtt5-configuration"),
        ] {
            assert_eq!(kebab(name), expected);
        }
    }
}
