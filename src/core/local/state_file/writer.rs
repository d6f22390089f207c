//! The thread that writes.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::local::state_file::Changes;
use crate::local::state_file::error::{StateFileError, failed, shown};
use crate::local::state_file::line::{line, object};
use crate::local::state_file::place::Place;
use crate::local::state_file::read::Extent;
use crate::local::state_file::snapshot::{self, Snapshot, Writing};
use crate::service::KeptRecord;

/// How long changes are gathered before they are written together. A program that is killed loses no more than that.
const GATHERING: Duration = Duration::from_millis(100);

/// The pause before what could not be written is tried again, and between two looks at a snapshot.
const PAUSE: Duration = Duration::from_secs(1);

/// The pause before another snapshot is tried, after one has failed.
const SNAPSHOT_PAUSE: Duration = Duration::from_secs(10);

/// How many bytes may wait for a disk that does not take them.
const WAITING_MAX: usize = 64 << 20;

/// A snapshot is written when more than this many bytes, and more than the last snapshot has, were appended to it.
const APPENDED_MIN: u64 = 4 << 20;

/// Tells the owner of the service something, in one line.
pub(crate) type Say = Box<dyn Fn(String) + Send>;

pub(crate) struct Writer {
    place: Place,
    /// Of the file.
    extent: Extent,
    waiting: Vec<u8>,
    /// The snapshot that is being written.
    snapshot: Option<Writing>,
    /// At how many bytes of the file it has to be done.
    hurried_at: u64,
    /// When another one may be tried, after one has failed.
    next_snapshot: Option<Instant>,
    say: Say,
    is_troubled: bool,
    /// Changes are missing in the file, so that later ones must not be in it.
    has_given_up: bool,
}

impl Writer {
    pub(crate) fn new(place: Place, extent: Extent, say: Say) -> Self {
        Self {
            place,
            extent,
            waiting: Vec::new(),
            snapshot: None,
            hurried_at: 0,
            next_snapshot: None,
            say,
            is_troubled: false,
            has_given_up: false,
        }
    }

    /// Writes changes until no more can come.
    pub(crate) fn run(mut self, changes: &Receiver<Changes>) {
        loop {
            let first = if self.is_troubled || self.snapshot.is_some() {
                changes.recv_timeout(PAUSE)
            } else {
                changes.recv().map_err(RecvTimeoutError::from)
            };
            let is_last = first == Err(RecvTimeoutError::Disconnected);
            if let Ok(first) = first {
                self.wait_for_disk(first);
                // Cut short at the end.
                thread::park_timeout(GATHERING);
            }
            for more in changes.try_iter() {
                self.wait_for_disk(more);
            }
            self.write();
            self.look_after_snapshot(is_last);
            if is_last {
                break;
            }
        }
        if self.is_troubled && !self.has_given_up {
            let path = shown(&self.place.path);
            self.say(&format!(
                "the state file `{path}` is not complete: changes since then are not kept"
            ));
        }
    }

    /// Makes a line of changes.
    fn wait_for_disk(&mut self, changes: Changes) {
        let changes = changes.into_iter();
        let changes = changes.map(|(key, record)| (key, record.map(KeptRecord::into_json)));
        let changes: Vec<_> = changes.collect();
        let changes = changes.iter();
        let changes = changes.map(|(key, record)| (key, record.as_deref()));
        self.waiting.extend(line(&object(changes)));
    }

    fn say(&self, text: &str) {
        (self.say)(text.replace('\n', "; "));
    }

    fn write(&mut self) {
        if self.has_given_up {
            self.waiting.clear();
            return;
        }
        if self.waiting.is_empty() {
            return;
        }
        match self.append() {
            Ok(()) if self.is_troubled => {
                self.is_troubled = false;
                let path = shown(&self.place.path);
                self.say(&format!(
                    "the state file `{path}` can be written now, and is complete"
                ));
            }
            Ok(()) => {}
            Err(source) => self.trouble(&failed("write", &self.place.path)(source)),
        }
        if self.waiting.len() > WAITING_MAX {
            self.give_up("more than 64 MiB of changes wait for the disk");
        }
    }

    fn append(&mut self) -> io::Result<()> {
        if self.is_troubled {
            // A part may have been written.
            self.place.file.set_len(self.extent.bytes)?;
        }
        self.place.file.write_all(&self.waiting)?;
        self.extent.bytes += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Whether the file is still at its path. One that was removed is replaced; another one in its place is left alone.
    fn is_gone(&mut self) -> bool {
        match self.place.is_there() {
            Some(true) => false,
            Some(false) => {
                self.give_up("another file has taken its place");
                true
            }
            None => true,
        }
    }

    /// Notes trouble that may pass.
    fn trouble(&mut self, error: &StateFileError) {
        if !self.is_troubled {
            self.is_troubled = true;
            self.say(&format!(
                "{error}\nchanges of the state wait in memory until it can be written"
            ));
        }
    }

    fn give_up(&mut self, why: &str) {
        self.has_given_up = true;
        let path = shown(&self.place.path);
        self.say(&format!(
            "the state file `{path}` is not written from now on: {why}\nfurther changes are not kept; restart the service to keep them"
        ));
    }

    /// Begins a snapshot if there is a reason, and puts one that is complete in the place of the file.
    fn look_after_snapshot(&mut self, is_last: bool) {
        let mut is_gone = !self.has_given_up && self.is_gone();
        if self.has_given_up {
            return;
        }
        if let Some(writing) = self.snapshot.take_if(|it| it.is_finished() || is_last) {
            self.end_snapshot(writing);
            // It is there again, unless that has failed.
            is_gone &= self.place.is_there().is_none();
        }
        let Extent {
            bytes,
            snapshot_bytes,
        } = self.extent;
        let is_worth_it = bytes - snapshot_bytes > APPENDED_MIN.max(snapshot_bytes) && !is_last;
        let may_try = self.next_snapshot.is_none_or(|next| next <= Instant::now());
        if self.snapshot.is_none() && may_try && (is_gone || is_worth_it) {
            if is_gone && self.next_snapshot.is_none() {
                let path = shown(&self.place.path);
                self.say(&format!(
                    "the state file `{path}` was removed; a new one is written"
                ));
            }
            match snapshot::begin(&self.place, bytes) {
                Ok(writing) if is_last => self.end_snapshot(writing),
                Ok(writing) => {
                    self.hurried_at = bytes + APPENDED_MIN.max(bytes);
                    self.snapshot = Some(writing);
                }
                Err(source) => {
                    self.snapshot_failed(&failed("write", &self.place.snapshot_path())(source));
                }
            }
        }
        // The file must not outgrow its snapshot, nor be missing for long.
        let is_urgent = is_gone || bytes > self.hurried_at;
        if let Some(writing) = self.snapshot.as_ref().filter(|_| is_urgent) {
            writing.hurry();
        }
    }

    fn end_snapshot(&mut self, writing: Writing) {
        let written = writing.join().unwrap_or_else(|_| {
            let source = io::Error::other("the thread has failed");
            Err(failed("write", &self.place.snapshot_path())(source))
        });
        match written.and_then(|snapshot| self.exchange(snapshot)) {
            Ok(()) => self.next_snapshot = None,
            Err(error) => self.snapshot_failed(&error),
        }
    }

    /// Without a snapshot the file is complete as well, as long as it is there.
    fn snapshot_failed(&mut self, error: &StateFileError) {
        let is_first = self.next_snapshot.is_none();
        self.next_snapshot = Some(Instant::now() + SNAPSHOT_PAUSE);
        if is_first {
            self.say(&format!(
                "{error}\nthe state file is complete, and grows until a snapshot succeeds"
            ));
        }
    }

    fn exchange(&mut self, snapshot: Snapshot) -> Result<(), StateFileError> {
        let path = self.place.path.clone();
        let until = self.extent.bytes;
        snapshot::catch_up(&snapshot, &self.place.file, until)
            .map_err(failed("write", &snapshot.place.path))?;
        let Snapshot { place, stands_for } = snapshot;
        let metadata = place.file.metadata().map_err(failed("write", &path))?;
        std::fs::rename(&place.path, &path).map_err(failed("replace", &path))?;
        let bytes = metadata.len();
        self.extent = Extent {
            snapshot_bytes: bytes - (until - stands_for),
            bytes,
        };
        self.place = Place {
            path,
            file: place.file,
        };
        Ok(())
    }
}
