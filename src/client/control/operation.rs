//! What the client knows about an operation of the control plane. Pure.

use crate::protocol::JobId;

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
