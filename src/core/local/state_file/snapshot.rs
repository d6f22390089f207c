//! A snapshot: a new file with only what counts, beside the old one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write as _};
use std::ops::Range;
use std::path::Path;

use crate::local::state_file::error::{StateFileError, failed};
use crate::local::state_file::line::{line, object};
use crate::local::state_file::pace::{Pace, Paced};
use crate::local::state_file::place::Place;
use crate::local::state_file::read::{beginning, scan};

/// How many records a line of a snapshot has.
const RECORDS_PER_LINE: usize = 100;

/// How many bytes are read or written at a time.
const BUFFER_BYTES: usize = 1 << 16;

/// A snapshot that is written.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) place: Place,
    /// How many bytes of the old file it stands for.
    pub(crate) stands_for: u64,
}

/// A snapshot that is being written, or has failed.
pub(crate) type Writing = Paced<Result<Snapshot, StateFileError>>;

/// Writes a snapshot of the first bytes of a file, on a thread of its own.
pub(crate) fn begin(old: &Place, bytes: u64) -> io::Result<Writing> {
    let (file, path, to) = (old.file.try_clone()?, old.path.clone(), old.snapshot_path());
    Paced::spawn("state-snapshot", move |pace| {
        take((&file, &path), &to, bytes, pace)
    })
}

/// A record that counts: where it begins in the file, how long it is, and its key.
type Found = (u64, usize, String);

fn take(
    (file, path): (&File, &Path),
    to: &Path,
    bytes: u64,
    mut pace: Pace,
) -> Result<Snapshot, StateFileError> {
    let mut found = BTreeMap::new();
    let part = BufReader::with_capacity(BUFFER_BYTES, Part::of(file, 0..bytes));
    let extent = scan(part, |(key, record)| {
        match record {
            Some((record, at)) => drop(found.insert(key, (at, record.len()))),
            None => drop(found.remove(&key)),
        }
        pace.step();
    });
    let extent = extent.map_err(|flaw| StateFileError::of(path, flaw))?;
    if extent.bytes < bytes {
        return Err(failed("read", path)(io::ErrorKind::UnexpectedEof.into()));
    }
    let found = found.into_iter();
    let mut found: Vec<Found> = found.map(|(key, (at, length))| (at, length, key)).collect();
    // In the order of the file, which is then read from its beginning to its end.
    found.sort_unstable();
    let new = Place::begin_snapshot(to)?;
    let old = Part::of(file, 0..bytes);
    write(&new.file, old, &found, &mut pace).map_err(failed("write", to))?;
    Ok(Snapshot {
        place: new,
        stands_for: bytes,
    })
}

/// When it returns, the disk has all of it.
fn write(file: &File, old: Part, found: &[Found], pace: &mut Pace) -> io::Result<()> {
    let mut old = BufReader::with_capacity(BUFFER_BYTES, old);
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    let lines = found.len().div_ceil(RECORDS_PER_LINE);
    out.write_all(&beginning(lines as u64))?;
    let mut read = 0;
    for part in found.chunks(RECORDS_PER_LINE) {
        let mut records = Vec::with_capacity(part.len());
        for (at, length, key) in part {
            skip(&mut old, *at - read)?;
            let mut record = vec![0; *length];
            old.read_exact(&mut record)?;
            read = *at + *length as u64;
            records.push((key, String::from_utf8(record).map_err(io::Error::other)?));
            pace.step();
        }
        let records = records.iter();
        let records = records.map(|(key, record)| (*key, Some(&**record)));
        out.write_all(&line(&object(records)))?;
    }
    out.flush()?;
    file.sync_all()
}

fn skip(file: &mut impl BufRead, mut bytes: u64) -> io::Result<()> {
    while bytes > 0 {
        let ready = file.fill_buf()?.len();
        if ready == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let skipped = ready.min(usize::try_from(bytes).unwrap_or(ready));
        file.consume(skipped);
        bytes -= skipped as u64;
    }
    Ok(())
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
