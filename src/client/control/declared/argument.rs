//! An argument of an operation, as data.

use crate::control::shape::Shape;

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
    pub absent: Absent,
    /// The argument that must also be given, by clap's name.
    pub needed: Option<&'static str>,
    /// The arguments that cannot be given as well, by clap's names.
    pub excluded: &'static [&'static str],
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
    /// The same for the opposite.
    Off,
    /// A flag without a value, which stands for this word of AWS.
    WordFor(&'static str),
    /// A flag without a value, with which a request is not asked about, and which is not sent.
    Consent,
    /// A word of AWS; these are offered.
    Word(&'static [&'static str]),
    Job,
    /// The id of a job that does not exist yet.
    NewJob,
    /// The status of an execution, in any case.
    Status,
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
    /// `name=value,…`, or JSON: a map.
    Map,
    /// `name=value,…`, which can be repeated: a list of tags.
    Tags,
    /// `name,…`, which can be repeated: a list.
    Names,
    /// It can be repeated: a list.
    List,
    /// Further members of a body of this shape, as JSON.
    With(Shape),
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
}

/// What is sent for an argument that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    Nothing,
    /// The own thing.
    Own,
    /// An empty object.
    Empty,
}

impl Form {
    /// Whether it is a flag without a value.
    pub(crate) const fn is_switch(self) -> bool {
        matches!(
            self,
            Self::Switch | Self::Off | Self::WordFor(_) | Self::Consent | Self::Edit
        )
    }
}

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
            absent: Absent::Nothing,
            needed: None,
            excluded: &[],
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

    pub(crate) const fn optional(self) -> Self {
        Self {
            presence: Presence::OptionalPositional,
            ..self
        }
    }

    /// This thing if it is not given.
    pub(crate) const fn or_own(self) -> Self {
        let own = Self {
            absent: Absent::Own,
            ..self
        };
        match self.presence {
            Presence::Positional => own.optional(),
            _ => own,
        }
    }

    /// An empty object if it is not given: AWS requires the member.
    pub(crate) const fn always(self) -> Self {
        Self {
            absent: Absent::Empty,
            ..self
        }
    }

    pub(crate) const fn needs(self, needed: &'static str) -> Self {
        Self {
            needed: Some(needed),
            ..self
        }
    }

    pub(crate) const fn not_with(self, excluded: &'static [&'static str]) -> Self {
        Self { excluded, ..self }
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
    pub(crate) fn id(&self) -> String {
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
