//! What the client knows about an operation of the control plane. Pure.

use aws_sdk_iot::Client;

use crate::control::call::PreparedCall;
use crate::control::document_args::DocumentArgs;
use crate::control::page::Page;
use crate::control::pending_change::PendingChange;
use crate::protocol::{JobId, ThingName};

/// The properties that all requests of an operation share.
#[derive(Debug)]
pub struct About {
    /// AWS's name for the operation.
    pub name: &'static str,
    /// The subject of a ResourceNotFoundException.
    pub subject: Subject,
    pub effect: Effect,
    /// How to find out whether it was carried out, as a sentence; empty if it only reads.
    pub outcome_check: &'static str,
    /// The next step after an exception, if it differs from that of other operations.
    pub hints: &'static [(&'static str, &'static str)],
    /// The table for its response, if that is a list.
    pub table: Option<&'static Table>,
    /// The statements of the IAM policy that allow it.
    pub statements: &'static [Statement],
}

impl About {
    /// An operation that only reads.
    pub(crate) const fn reads(name: &'static str, subject: Subject) -> Self {
        Self {
            name,
            subject,
            effect: Effect::Reads,
            outcome_check: "",
            hints: &[],
            table: None,
            statements: &[],
        }
    }

    /// An operation that changes the service's data.
    pub(crate) const fn changes(
        name: &'static str,
        subject: Subject,
        outcome_check: &'static str,
    ) -> Self {
        Self {
            effect: Effect::Changes,
            outcome_check,
            ..Self::reads(name, subject)
        }
    }
}

/// The subject of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Job,
    JobExecution,
    JobTemplate,
    Thing,
    ThingType,
    ThingGroup,
    Certificate,
    Policy,
    /// What has tags.
    Resource,
    Account,
}

/// A new file for a part of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewFile<'a> {
    /// As it was typed.
    pub path: &'a str,
    /// The place in the response, as a JSON pointer.
    pub at: &'static str,
}

/// The effect of a request on the service's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Reads,
    Changes,
}

/// What a successful request reveals about job ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobIds<'a> {
    Unchanged,
    Created(&'a JobId),
    Deleted(&'a JobId),
    /// The response lists job ids.
    Listed,
}

/// A statement of the IAM policy, by its `Sid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    CreateJobForThisThing,
    DeleteJob,
    FindOrCreateThisThing,
    OptionalLookAtAndChangeJobs,
    OptionalLookAtAndCancelExecutionsOfThisThing,
    OptionalListAndFindEndpoint,
    OptionalJobsOfOtherThingsAndGroups,
    OptionalJobTemplates,
    OptionalChangeThingsAndGroups,
    OptionalSetUpDevices,
    OptionalCertificatesAndEvents,
    OptionalTags,
}

/// The form of a list as a table.
#[derive(Debug)]
pub struct Table {
    /// The members of the response that contain the entries, each with the status of its entries.
    pub lists: &'static [(&'static str, &'static str)],
    pub columns: &'static [Column],
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub title: &'static str,
    /// The place in an entry, as a JSON pointer.
    pub at: &'static str,
    pub kind: ColumnKind,
}

/// The form of a value in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Plain,
    /// The age; a date if it is long ago.
    Time,
    /// The last part of an ARN.
    OfArn,
    /// The status of the list that contains the entry.
    Status,
}

impl Effect {
    /// Whether it matters if the request was carried out.
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Reads)
    }
}

impl Column {
    pub const fn plain(title: &'static str, at: &'static str) -> Self {
        Self::new(title, at, ColumnKind::Plain)
    }

    pub const fn time(title: &'static str, at: &'static str) -> Self {
        Self::new(title, at, ColumnKind::Time)
    }

    pub const fn of_arn(title: &'static str, at: &'static str) -> Self {
        Self::new(title, at, ColumnKind::OfArn)
    }

    pub const fn status() -> Self {
        Self::new("status", "", ColumnKind::Status)
    }

    const fn new(title: &'static str, at: &'static str, kind: ColumnKind) -> Self {
        Self { title, at, kind }
    }
}

/// One request of the control plane. Absent members are not sent, so the service's defaults apply.
pub trait ControlOperation: Send + Sync {
    /// The properties that all requests of the operation share.
    fn about(&self) -> &'static About;

    /// What it does to pending job executions if it is accepted.
    fn pending_change(&self) -> PendingChange<'_> {
        PendingChange::None
    }

    /// The prepared call. It is for the thing `own` if the request does not name one.
    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall;

    /// Checks whether the request can be sent; the error explains why not.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// The members that the user has added although the API does not have them; they are sent anyway.
    fn unknown_members(&self) -> Vec<String> {
        Vec::new()
    }

    /// The question to the user before a request that cannot be undone and affects the work of others.
    fn question(&self) -> Option<String> {
        None
    }

    fn job_ids(&self) -> JobIds<'_> {
        JobIds::Unchanged
    }

    /// The page that it requests; `None` if it does not request a list.
    fn page_mut(&mut self) -> Option<&mut Page> {
        None
    }

    /// The source of its job document; `None` if it does not have one.
    fn document(&self) -> Option<&DocumentArgs> {
        None
    }

    /// The same, for replacing it by the text of the document.
    fn document_mut(&mut self) -> Option<&mut DocumentArgs> {
        None
    }

    /// Whether the text of that document has to be JSON.
    fn document_is_json(&self) -> bool {
        true
    }

    /// The new files for parts of the response. Each part is a secret if it is a key.
    fn new_files(&self) -> Vec<NewFile<'_>> {
        Vec::new()
    }

    /// Members that name a resource, which may be typed without what comes before the resource in an ARN; each with the kind of
    /// resource that a name alone belongs to, or an empty text.
    fn arns_mut(&mut self) -> Vec<(&mut String, &'static str)> {
        Vec::new()
    }

    /// The target things and thing groups, by name or ARN; empty for this thing. `None` if it does not have targets.
    fn targets_mut(&mut self) -> Option<&mut Vec<String>> {
        None
    }
}
