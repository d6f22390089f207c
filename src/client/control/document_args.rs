//! The source of a request's job document. Pure.

use crate::argument::DocumentText;
use crate::protocol::JobId;

/// What was typed for the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentArgs {
    /// JSON, `@` and a file, or `@-`.
    pub document: Option<DocumentText>,
    /// Whether it is written in the user's editor.
    pub edit: bool,
    /// The job whose document it is, or begins as.
    pub from: Option<JobId>,
}

/// The source of a job document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentSource<'a> {
    /// The line: JSON, byte for byte as typed.
    Inline(&'a str),
    /// This file.
    File(&'a str),
    /// Standard input.
    Stdin,
    /// The document of this job.
    Job(&'a JobId),
    /// The user's editor, which opens on the document of this job, or on an empty file.
    Editor(Option<&'a JobId>),
}

impl DocumentArgs {
    /// A document with this text.
    pub fn inline(text: DocumentText) -> Self {
        Self {
            document: Some(text),
            ..Self::default()
        }
    }

    pub fn source(&self) -> DocumentSource<'_> {
        let typed = self.text();
        // The AWS CLI's form of `@` is `file://`.
        let file = ["@", "file://"];
        let file = file.iter().find_map(|sign| typed.strip_prefix(sign));
        match (file, &self.from) {
            (_, from) if self.edit => DocumentSource::Editor(from.as_ref()),
            (_, Some(job)) => DocumentSource::Job(job),
            (Some("-"), None) => DocumentSource::Stdin,
            (Some(file), None) => DocumentSource::File(file),
            (None, None) => DocumentSource::Inline(typed),
        }
    }

    /// The argument as typed, or the document that has replaced it.
    pub fn text(&self) -> &str {
        self.document.as_ref().map_or("", |it| it.0.as_str())
    }
}
