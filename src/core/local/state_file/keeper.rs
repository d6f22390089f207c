//! What the hub hands over to the thread that writes.

use std::io::{BufReader, Seek as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::local::state_file::error::{StateFileError, failed};
use crate::local::state_file::place::Place;
use crate::local::state_file::read::{Content, Extent, beginning, read};
use crate::local::state_file::writer::Writer;
use crate::local::state_file::{Changes, Records};

/// The most changes that wait to be written; the hub waits for room if the disk is as slow as that.
const CHANGES_MAX: usize = 1 << 16;

/// A file whose records were read, and which nothing has changed yet.
#[derive(Debug)]
pub(crate) struct StateFile {
    place: Place,
    content: Content,
}

impl StateFile {
    /// Opens, locks and reads the file, which is created if it does not exist.
    pub(crate) fn open(path: &Path) -> Result<Self, StateFileError> {
        let place = Place::open(path)?;
        let mut file = &place.file;
        let length = file.metadata().map(|metadata| metadata.len());
        let content = if length.map_err(failed("read", &place.path))? == 0 {
            Content::default()
        } else {
            file.rewind().map_err(failed("read", &place.path))?;
            read(BufReader::new(file)).map_err(|flaw| StateFileError::of(&place.path, flaw))?
        };
        Ok(Self { place, content })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.place.path
    }

    /// Its records, which are taken out.
    pub(crate) fn take_records(&mut self) -> Records {
        std::mem::take(&mut self.content.records)
    }

    /// Begins to write: from now on the file belongs to this run. `say` is told of trouble with the file, and of its end.
    pub(crate) fn keep(
        self,
        say: impl Fn(String) + Send + 'static,
    ) -> Result<Keeper, StateFileError> {
        let Self { place, content } = self;
        let extent = content.extent;
        place.make_private();
        let begun = place.file.set_len(extent.bytes).and_then(|()| {
            if extent.bytes > 0 {
                return Ok(extent);
            }
            let beginning = beginning(0);
            let mut file = &place.file;
            file.write_all(&beginning)?;
            let bytes = beginning.len() as u64;
            Ok(Extent {
                snapshot_bytes: bytes,
                bytes,
            })
        });
        let extent = begun.map_err(failed("write", &place.path))?;
        let path = place.path.clone();
        let (changes, to_write) = sync_channel(CHANGES_MAX);
        let writer = Writer::new(place, extent, Box::new(say));
        let thread = thread::Builder::new()
            .name("state-file".to_owned())
            .spawn(move || writer.run(&to_write))
            .map_err(failed("write", &path))?;
        Ok(Keeper {
            noted: Records::new(),
            changes: Some(changes),
            thread: Some(thread),
        })
    }
}

/// Writes changes to the file. When it is dropped, they have been written.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// Records that are kept with the next changes.
    noted: Records,
    changes: Option<SyncSender<Changes>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// A record that is kept with the next changes, in place of an earlier one with this key.
    pub(crate) fn note(&mut self, key: &str, record: Box<str>) {
        self.noted.insert(key.to_owned(), record);
    }

    pub(crate) fn has_noted(&self) -> bool {
        !self.noted.is_empty()
    }

    /// Keeps what was noted and these records, and forgets those that have no content. All of them together, or none.
    pub(crate) fn keep(&mut self, mut records: Changes) {
        let noted = std::mem::take(&mut self.noted).into_iter();
        records.extend(noted.map(|(key, record)| (key, Some(record.into()))));
        if let Some(changes) = &self.changes {
            // Fails only if the thread has panicked, which was printed.
            let _ = changes.send(records);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of the thread has already been printed.
            let _ = thread.join();
        }
    }
}
