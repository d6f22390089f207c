//! The source of a request's job document. Pure.

use clap::{Args, ValueHint};

use crate::argument::DocumentText;
use crate::protocol::JobId;

// No doc comment: clap would take it for the text of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct DocumentArgs {
    /// the job document: JSON, @file, or @- for standard input
    #[arg(
        value_name = "document",
        allow_hyphen_values = true,
        required_unless_present_any = ["edit", "from", "document_source"]
    )]
    pub document: Option<DocumentText>,
    /// write the document in the editor of VISUAL or EDITOR
    #[arg(long, conflicts_with = "document")]
    pub edit: bool,
    /// use the document of this job; --edit starts with it
    #[arg(long, value_name = "jobId", conflicts_with = "document")]
    pub from: Option<JobId>,
    /// https URL of the document in Amazon S3
    #[arg(long, value_name = "URL", value_hint = ValueHint::Other, conflicts_with_all = ["document", "edit", "from"])]
    pub document_source: Option<String>,
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
    /// An object of Amazon S3, which the service reads.
    Object(&'a str),
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
        if let Some(url) = &self.document_source {
            return DocumentSource::Object(url);
        }
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

    /// The member `document` of a request; `None` if the service reads the document itself.
    pub fn member(&self) -> Option<String> {
        let is_sent = self.document_source.is_none();
        is_sent.then(|| self.text().to_owned())
    }
}
