//! A snapshot: a new file with only what counts, beside the old one.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::ops::Range;
use std::path::Path;
use std::thread::{self, JoinHandle};

use crate::local::state_file::Records;
use crate::local::state_file::error::{StateFileError, failed};
use crate::local::state_file::line::{line, object};
use crate::local::state_file::place::Place;
use crate::local::state_file::read::{beginning, read};

/// How many records a line of a snapshot has.
const RECORDS_PER_LINE: usize = 100;

/// A snapshot that is written.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) place: Place,
    /// How many bytes of the old file it stands for.
    pub(crate) stands_for: u64,
}

/// Writes a snapshot of the first bytes of a file, on a thread of its own.
pub(crate) fn begin(
    old: &Place,
    bytes: u64,
) -> io::Result<JoinHandle<Result<Snapshot, StateFileError>>> {
    let (file, path, to) = (old.file.try_clone()?, old.path.clone(), old.snapshot_path());
    let write = move || take(&file, &path, &to, bytes);
    thread::Builder::new()
        .name("state-snapshot".to_owned())
        .spawn(write)
}

fn take(file: &File, path: &Path, to: &Path, bytes: u64) -> Result<Snapshot, StateFileError> {
    let content = read(BufReader::new(Part::of(file, 0..bytes)));
    let content = content.map_err(|flaw| StateFileError::of(path, flaw))?;
    if content.bytes < bytes {
        return Err(failed("read", path)(io::ErrorKind::UnexpectedEof.into()));
    }
    let place = Place::begin_snapshot(to)?;
    write(&place.file, &content.records).map_err(failed("write", to))?;
    Ok(Snapshot {
        place,
        stands_for: bytes,
    })
}

/// When it returns, the disk has all of it.
fn write(file: &File, records: &Records) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    let lines = records.len().div_ceil(RECORDS_PER_LINE);
    out.write_all(&beginning(lines as u64))?;
    let mut rest = records.iter().peekable();
    while rest.peek().is_some() {
        let part = rest.by_ref().take(RECORDS_PER_LINE);
        let records = part.map(|(key, record)| (key, Some(&**record)));
        out.write_all(&line(&object(records)))?;
    }
    out.flush()?;
    file.sync_all()
}

/// Appends what was written to the old file since the snapshot was begun, up to this byte.
pub(crate) fn catch_up(snapshot: &Snapshot, old: &File, until: u64) -> io::Result<()> {
    let mut missing = Part::of(old, snapshot.stands_for..until);
    io::copy(&mut missing, &mut &snapshot.place.file)?;
    if missing.0.start < until {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// Reads a part of a file at its place: those who append to the file move the position that all of them share.
pub(crate) struct Part<'a>(Range<u64>, &'a File);

impl<'a> Part<'a> {
    pub(crate) fn of(file: &'a File, range: Range<u64>) -> Self {
        Self(range, file)
    }
}

impl Read for Part<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let Self(range, file) = self;
        let left = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let length = bytes.len().min(left);
        let bytes = &mut bytes[..length];
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(*file, bytes, range.start)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(*file, bytes, range.start)?;
        range.start += count as u64;
        Ok(count)
    }
}
