//! What the client knows of an operation of the control plane. Pure.

use aws_sdk_iot::Client;

use crate::control::call::PreparedCall;
use crate::control::document_args::DocumentArgs;
use crate::control::page::Page;
use crate::protocol::{JobId, ThingName};

/// What is the same for every request of an operation.
#[derive(Debug)]
pub struct About {
    /// AWS's name for the operation.
    pub name: &'static str,
    /// What a ResourceNotFoundException is about.
    pub subject: Subject,
    /// The effect of most of its requests; see [`ControlOperation::effect`].
    pub effect: Effect,
    /// How to find out whether it was carried out, as a sentence; empty if it only reads.
    pub outcome_check: &'static str,
    /// The next step after an exception, where that differs from other operations.
    pub hints: &'static [(&'static str, &'static str)],
    /// The table that shows its answer, if that is a list.
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

    /// An operation that changes what the service keeps.
    pub(crate) const fn changes(
        name: &'static str,
        subject: Subject,
        effect: Effect,
        outcome_check: &'static str,
    ) -> Self {
        Self {
            effect,
            outcome_check,
            ..Self::reads(name, subject)
        }
    }
}

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Job,
    JobExecution,
    Thing,
    ThingGroup,
}

/// What a request does to what the service keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Reads,
    Changes,
    /// It may add job executions to the pending ones of a thing, or remove some.
    MayChangePending,
    /// It adds a job execution to the pending ones of this thing.
    ChangesPending,
}

/// What a request that was carried out reveals about job ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobIds<'a> {
    Unchanged,
    Created(&'a JobId),
    Deleted(&'a JobId),
    /// The answer lists job ids.
    Listed,
}

/// A statement of the IAM policy, by its `Sid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    CreateJobForThisThing,
    DeleteJob,
    FindOrCreateThisThing,
    OptionalLookAtAndCancelJobs,
    OptionalLookAtAndCancelExecutionsOfThisThing,
    OptionalListAndFindEndpoint,
    OptionalJobsOfOtherThingsAndGroups,
    OptionalChangeThingsAndGroups,
}

/// How a list is shown as a table.
#[derive(Debug)]
pub struct Table {
    /// The members of the answer that hold the entries, each with the status of its entries.
    pub lists: &'static [(&'static str, &'static str)],
    pub columns: &'static [Column],
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub title: &'static str,
    /// Where in an entry, as a JSON pointer.
    pub at: &'static str,
    pub kind: ColumnKind,
}

/// How the value in a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Plain,
    /// The age; a date if that is long ago.
    Time,
    /// The last part of an ARN.
    OfArn,
    /// The status of the list that the entry is in.
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

/// One request of the control plane. What is absent is sent as absence: defaults are the service's.
pub trait ControlOperation: Send + Sync {
    /// What is the same for every request of the operation.
    fn about(&self) -> &'static About;

    fn effect(&self) -> Effect {
        self.about().effect
    }

    /// The prepared call. It is about `own` if the request does not name a thing.
    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall;

    /// Checks whether the request can be sent; the error explains why not.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// The members that the user has added to it and the API does not have; they are sent all the same.
    fn unknown_members(&self) -> Vec<String> {
        Vec::new()
    }

    /// The question to the user before a request that cannot be undone and ends the work of others.
    fn question(&self) -> Option<String> {
        None
    }

    fn job_ids(&self) -> JobIds<'_> {
        JobIds::Unchanged
    }

    /// The page that it asks for; `None` if it does not ask for a list.
    fn page_mut(&mut self) -> Option<&mut Page> {
        None
    }

    /// Where its job document comes from; `None` if it does not have one.
    fn document(&self) -> Option<&DocumentArgs> {
        None
    }

    /// The same, to put the text of the document there.
    fn document_mut(&mut self) -> Option<&mut DocumentArgs> {
        None
    }

    /// The things and thing groups that it is for, by name or ARN; empty for this thing. `None` if it does not have targets.
    fn targets_mut(&mut self) -> Option<&mut Vec<String>> {
        None
    }
}
