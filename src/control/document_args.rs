//! The source of a request's job document. Pure.

use clap::Args;

use crate::argument::DocumentText;
use crate::protocol::JobId;

// No doc comment: clap would take it for the text of the command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct DocumentArgs {
    /// the job document: JSON, @file, or @- for standard input
    #[arg(
        value_name = "document",
        allow_hyphen_values = true,
        required_unless_present_any = ["edit", "from"]
    )]
    pub document: Option<DocumentText>,
    /// write the document in the editor of VISUAL or EDITOR
    #[arg(long, conflicts_with = "document")]
    pub edit: bool,
    /// use the document of this job; --edit starts with it
    #[arg(long, value_name = "jobId", conflicts_with = "document")]
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
