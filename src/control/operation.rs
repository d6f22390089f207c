//! What the client knows of an operation of the control plane. Pure.

use aws_sdk_iot::Client;

use crate::argument::DocumentText;
use crate::control::call::PreparedCall;
use crate::control::document_args::DocumentArgs;
use crate::control::page::Page;
use crate::protocol::{JobId, ThingName};

/// What is the same for every request of an operation.
#[derive(Debug)]
pub struct About {
    /// AWS's name for the operation.
    pub name: &'static str,
    /// What it finds, or does not.
    pub subject: Subject,
    /// What most of its requests do; see [`ControlOperation::effect`].
    pub effect: Effect,
    /// What shows whether it was carried out, as a sentence; empty if it only reads.
    pub outcome_check: &'static str,
    /// The next step after an exception for which other operations have another one.
    pub hints: &'static [(&'static str, &'static str)],
    /// How the list in its answer is shown, if it is a list.
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

    /// An operation that changes what the service keeps; `outcome_check` is what shows whether it did.
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
    /// It may add job executions to the pending ones of a thing, or take some away.
    MayChangePending,
    /// It adds a job execution to the pending ones of this thing.
    ChangesPending,
}

/// What is known of job ids after a request was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobIds<'a> {
    Unchanged,
    Created(&'a JobId),
    Deleted(&'a JobId),
    /// The answer lists some.
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
    /// The members of the answer that hold the list, each with a status that its entries have.
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
    /// As how long ago; as a date if that is long ago.
    Time,
    /// The last part of an ARN.
    OfArn,
    /// The status of the list that the entry is in.
    Status,
}

impl Effect {
    /// Whether it matters that the request may have been carried out.
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
    /// What is the same for every request of it.
    fn about(&self) -> &'static About;

    /// What this request does.
    fn effect(&self) -> Effect {
        self.about().effect
    }

    /// The call that sends it; `own` is the thing that is meant if none is given.
    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall;

    /// Why what was typed cannot be sent, if it cannot.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// What the user is asked before it is sent: it cannot be undone, and takes along what others work on.
    fn question(&self) -> Option<String> {
        None
    }

    fn job_ids(&self) -> JobIds<'_> {
        JobIds::Unchanged
    }

    /// Which part of a list it asks for; `None` if it asks for no list.
    fn page_mut(&mut self) -> Option<&mut Page> {
        None
    }

    /// Where its job document comes from; `None` if it has none.
    fn document(&self) -> Option<&DocumentArgs> {
        None
    }

    /// Takes the text of the document, wherever it came from.
    fn set_document(&mut self, _text: DocumentText) {}

    /// The things and thing groups that it is for, by name or ARN, none for this thing; `None` if it is for none.
    fn targets_mut(&mut self) -> Option<&mut Vec<String>> {
        None
    }
}
