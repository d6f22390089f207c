//! How an editor is opened.

use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use crate::repl::editor::pager::Pager;
use crate::repl::output::transcript::Transcript;

/// How to open an editor.
#[derive(Debug, Default)]
pub struct EditorOptions {
    /// The name in the prompt: `thing-1` gives `● thing-1> `.
    pub name: String,
    /// The color of that name, as a parameter of ECMA-48, if it has one.
    pub name_color: Option<u8>,
    /// The source of the lines.
    pub source: Source,
    /// The file of the history on a terminal; in memory only if `None`. See `history_path`.
    pub history: Option<PathBuf>,
    /// Whether to use color: on a terminal, and not with `NO_COLOR`.
    pub color: bool,
    /// The transcript of typed and shown text.
    pub transcript: Option<Arc<Transcript>>,
    /// Returns further news to report before the next line, once.
    pub news: Option<fn() -> Option<String>>,
    /// The editor that Ctrl-X Ctrl-E opens, if set. See `editor_program`.
    pub program: Option<OsString>,
    /// The pager for texts that are taller than the terminal.
    pub pager: Pager,
}

/// The source of lines.
#[derive(Default)]
pub enum Source {
    /// Standard input: with line editing if it and standard output are a terminal that can do it (`TERM` is not `dumb`).
    #[default]
    Stdin,
    /// A file, or the commands of the command line.
    Reader(Box<dyn Read + Send>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stdin => "Stdin",
            Self::Reader(_) => "Reader",
        })
    }
}
