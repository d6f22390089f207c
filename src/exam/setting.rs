//! What all scenarios of an exam have in common.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::exam::document::Template;
use crate::own_file;
use crate::serve::PrivateFolder;

/// What all scenarios have in common.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) template: Template,
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    /// For certificates, keys, states and effects.
    pub(crate) folder: PrivateFolder,
    pub(crate) log_folder: Option<PathBuf>,
    pub(crate) runtime: Handle,
    /// Whether the user has ended the exam.
    pub(crate) stop: AtomicBool,
    /// The number of the signal that has ended it.
    pub(crate) signal: OnceLock<i32>,
    /// Whether the program never connected in some scenario, so that it is of no use to play others.
    pub(crate) is_absent: AtomicBool,
    /// How long a device has to connect, to begin a job and to end it.
    pub(crate) limit: Duration,
    /// How long a program, and then what it has started, may take to end.
    pub(crate) farewell: Duration,
}

/// The files of one scenario, if there is a folder for them.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    pub(crate) wire: Option<File>,
    pub(crate) output: Option<File>,
    pub(crate) transcript: Option<File>,
}

impl Setting {
    /// Where the work of a scenario leaves its effects.
    pub(crate) fn effects_file(&self, id: &str) -> PathBuf {
        self.folder.path().join(format!("{id}.effects"))
    }

    /// Makes the files of a scenario anew. The error says why that is impossible.
    pub(crate) fn logs(&self, id: &str) -> Result<Logs, String> {
        let Some(folder) = &self.log_folder else {
            return Ok(Logs::default());
        };
        let folder = folder.join(id);
        let open = |name: &str| {
            let path = folder.join(name);
            let opened = own_file::create_folder(&folder).and_then(|()| new_file(&path));
            let file =
                opened.map_err(|error| format!("cannot write `{}`: {error}", path.display()));
            file.map(Some)
        };
        Ok(Logs {
            wire: open("wire.jsonl")?,
            output: open("output.txt")?,
            transcript: open("transcript.txt")?,
        })
    }
}

/// A file that only its owner can read, in place of an older one.
fn new_file(path: &std::path::Path) -> std::io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
