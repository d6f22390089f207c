//! The file of the history, on its own thread: another program may hold its lock, and it may be a named pipe.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use rustyline::Config;
use rustyline::history::{FileHistory, History};

use crate::repl::editor::history;
use crate::text;

/// How long the session waits for the file. After the first timeout it no longer waits.
const PATIENCE: Duration = Duration::from_millis(300);

/// The most lines that wait for the file. Further ones are dropped.
const MAX_WAITING_LINES: usize = 1000;

/// A report of the thread.
enum Done {
    Loaded(Vec<String>),
    Kept,
    Failed(String),
}

/// The file of the history.
pub(crate) struct HistoryFile {
    path: PathBuf,
    lines: SyncSender<String>,
    done: Receiver<Done>,
    /// How many steps the thread has not finished.
    waiting: usize,
    /// Whether the thread missed the deadline, or has ended.
    is_late: bool,
    loaded: Option<Vec<String>>,
    news: Option<String>,
}

impl HistoryFile {
    /// Starts to read the file, which is created if it does not exist.
    pub(crate) fn open(path: PathBuf, config: Config) -> std::io::Result<Self> {
        let (lines, to_keep) = sync_channel(MAX_WAITING_LINES);
        let (tell, done) = channel();
        let of_thread = path.clone();
        std::thread::Builder::new()
            .name("history".into())
            .spawn(move || {
                if let Err(error) = keep(&of_thread, &config, &to_keep, &tell) {
                    // The session may have ended.
                    let _ = tell.send(Done::Failed(error));
                }
            })?;
        let mut file = Self {
            path,
            lines,
            done,
            waiting: 1,
            is_late: false,
            loaded: None,
            news: None,
        };
        file.wait();
        Ok(file)
    }

    /// The lines of earlier sessions, once they have been read.
    pub(crate) fn take_loaded(&mut self) -> Option<Vec<String>> {
        while let Ok(done) = self.done.try_recv() {
            self.note(done);
        }
        self.loaded.take()
    }

    /// Adds a line to the file.
    pub(crate) fn keep(&mut self, line: &str) {
        if self.lines.try_send(line.to_owned()).is_ok() {
            self.waiting += 1;
            self.wait();
        }
    }

    /// Why lines are not kept, reported once.
    pub(crate) fn news(&mut self) -> Option<String> {
        self.news.take()
    }

    /// Waits until the thread has finished its steps, unless it already missed a deadline.
    fn wait(&mut self) {
        while self.waiting > 0 && !self.is_late {
            match self.done.recv_timeout(PATIENCE) {
                Ok(done) => self.note(done),
                Err(RecvTimeoutError::Disconnected) => self.is_late = true,
                Err(RecvTimeoutError::Timeout) => {
                    self.is_late = true;
                    let path = text::sanitize(&self.path.to_string_lossy()).into_owned();
                    self.news = Some(format!(
                        "Another program holds the history `{path}`: it gets the lines of this session when that lets go."
                    ));
                }
            }
        }
    }

    fn note(&mut self, done: Done) {
        self.waiting -= 1;
        match done {
            Done::Loaded(lines) => self.loaded = Some(lines),
            Done::Kept => {}
            Done::Failed(error) => {
                let path = text::sanitize(&self.path.to_string_lossy()).into_owned();
                self.news = Some(format!(
                    "The lines of this session are not kept in the history `{path}`: {error}"
                ));
            }
        }
        if self.waiting == 0 {
            self.is_late = false;
        }
    }
}

/// Reads the file, and appends new lines to it. Ends with the session, or on the first failure.
fn keep(
    path: &Path,
    config: &Config,
    lines: &Receiver<String>,
    tell: &Sender<Done>,
) -> Result<(), String> {
    let mut file = FileHistory::with_config(config);
    history::prepare(path).map_err(|error| error.to_string())?;
    file.load(path).map_err(|error| error.to_string())?;
    let mut done = Done::Loaded(file.iter().cloned().collect());
    while tell.send(done).is_ok() {
        let Ok(line) = lines.recv() else { break };
        let kept = file.add_owned(line).and_then(|_| file.append(path));
        kept.map_err(|error| error.to_string())?;
        done = Done::Kept;
    }
    Ok(())
}
