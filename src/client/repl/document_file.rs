//! Job documents that are not in the line: files and standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cause::Cause;
use crate::repl::input::command::check_document;
use crate::repl::input::words::MAX_LINE_BYTES;
use crate::repl::output::answer::Failure;
use crate::text::{self, NotText};

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
enum DocumentError {
    #[error(
        "cannot read the document `{0}`: {1}\nhint: check the path, which is relative to where the sandbox was started, and the permissions"
    )]
    File(String, io::Error),
    #[error("cannot read the document from standard input: {0}")]
    Stdin(io::Error),
    #[error(
        "standard input holds the commands, so `@-` cannot be the document\nhint: type or paste the document itself (it can span several lines), or use @file"
    )]
    Taken,
    #[error(
        "--edit needs a terminal\nhint: start `jobs-sandbox` on a terminal, or give the document itself, @file or @-"
    )]
    NoPrompt,
    #[error(
        "the document is longer than {MAX_LINE_BYTES} bytes\nhint: AWS accepts documents of at most 32768 bytes"
    )]
    TooLong,
    #[error("the document {0}\nhint: save it as UTF-8")]
    NotText(NotText),
}

/// Where a document is read from.
pub(crate) enum DocumentFile {
    Named(String),
    Stdin,
}

/// The text of a document. Blocks; `stdin_is_free` unless the commands come from there.
pub(crate) fn read(
    file: DocumentFile,
    stdin_is_free: bool,
    is_json: bool,
) -> Result<String, Failure> {
    let read = match file {
        DocumentFile::Named(name) => match File::open(in_home(&name)).and_then(read_all) {
            Ok(bytes) => document(bytes),
            Err(error) => Err(DocumentError::File(name, error)),
        },
        DocumentFile::Stdin if stdin_is_free => match read_all(io::stdin()) {
            Ok(bytes) => document(bytes),
            Err(error) => Err(DocumentError::Stdin(error)),
        },
        DocumentFile::Stdin => Err(DocumentError::Taken),
    };
    let text = read.map_err(|error| match error {
        DocumentError::Taken => Failure::new(Cause::Usage, &error),
        error => Failure::new(Cause::Setup, &error),
    })?;
    if is_json {
        check_document(&text).map_err(|error| Failure::new(Cause::Usage, &error))?;
    }
    Ok(text)
}

fn in_home(name: &str) -> PathBuf {
    text::in_home(Path::new(name), std::env::home_dir)
}

/// The failure of `--edit` without a prompt.
pub(crate) fn no_prompt() -> Failure {
    Failure::new(Cause::Usage, &DocumentError::NoPrompt)
}

/// At most one byte more than a document may have.
fn read_all(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source
        .take(MAX_LINE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn document(bytes: Vec<u8>) -> Result<String, DocumentError> {
    if bytes.len() > MAX_LINE_BYTES {
        return Err(DocumentError::TooLong);
    }
    let text = text::decode(bytes).map_err(DocumentError::NotText)?;
    // The line ending of a text file is not part of the document.
    Ok(text.trim_end().to_owned())
}
