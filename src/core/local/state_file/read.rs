//! A file as read.

use std::io::{self, BufRead};

use serde::Deserialize;

use crate::local::state_file::Records;
use crate::local::state_file::line::{OBJECT_AT, changes, checked, line};

/// The format that this program writes, and the only one that it reads.
pub(crate) const FORMAT: u64 = 1;

/// The first line but for the number of the format.
const TITLE: &str = "jobs-sandbox state, format ";

/// What the second line contains.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    snapshot: u64,
}

/// What a file contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) records: Records,
    pub(crate) extent: Extent,
}

/// How much of a file is what.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// How many bytes are the snapshot.
    pub(crate) snapshot_bytes: u64,
    /// How many bytes can be used; what follows was cut off while it was being written.
    pub(crate) bytes: u64,
}

/// A change that a file contains: a key, and its record and where that begins in the file, unless it is deleted.
pub(crate) type Change<'a> = (String, Option<(&'a str, u64)>);

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// It does not begin as a state file does.
    Foreign,
    /// It has this format.
    Newer(u64),
    /// Something is wrong with this line, which begins at this byte.
    Damaged {
        line: u64,
        byte: u64,
    },
    /// It ends before the snapshot does.
    Cut,
    Unread(io::Error),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        Self::Unread(error)
    }
}

/// The beginning of a file whose snapshot has this many lines.
pub(crate) fn beginning(lines: u64) -> Vec<u8> {
    let mut bytes = format!("{TITLE}{FORMAT}\n").into_bytes();
    bytes.extend(line(&format!("{{\"snapshot\":{lines}}}")));
    bytes
}

/// Reads a file, which must not be empty.
pub(crate) fn read(file: impl BufRead) -> Result<Content, Flaw> {
    let mut records = Records::new();
    let extent = scan(file, |(key, record)| match record {
        Some((record, _)) => drop(records.insert(key, record.into())),
        None => drop(records.remove(&key)),
    })?;
    Ok(Content { records, extent })
}

/// Reads a file, which must not be empty, change by change.
pub(crate) fn scan(file: impl BufRead, mut each: impl FnMut(Change)) -> Result<Extent, Flaw> {
    let mut lines = Lines {
        file,
        line: Vec::new(),
        number: 0,
        begins_at: 0,
        ends_at: 0,
    };
    if !lines.next()? {
        return Err(Flaw::Foreign);
    }
    let title = std::str::from_utf8(&lines.line).unwrap_or_default();
    match title.strip_prefix(TITLE).map(str::parse) {
        Some(Ok(FORMAT)) => {}
        Some(Ok(format)) if format > FORMAT => return Err(Flaw::Newer(format)),
        _ => return Err(Flaw::Foreign),
    }
    if !lines.next()? {
        return Err(Flaw::Cut);
    }
    let head = lines.object()?;
    let Head { snapshot } = serde_json::from_str(head).map_err(|_| lines.damage())?;
    let mut extent = Extent {
        snapshot_bytes: lines.ends_at,
        bytes: lines.ends_at,
    };
    let mut count = 0;
    while lines.next()? {
        let object = lines.object()?;
        for (key, record) in changes(object).map_err(|_| lines.damage())? {
            let at = |record: &str| (record.as_ptr().addr() - object.as_ptr().addr()) as u64;
            let begins_at = lines.begins_at + OBJECT_AT;
            each((key, record.map(|record| (record, begins_at + at(record)))));
        }
        count += 1;
        extent.bytes = lines.ends_at;
        if count <= snapshot {
            extent.snapshot_bytes = lines.ends_at;
        }
    }
    if count < snapshot {
        return Err(Flaw::Cut);
    }
    // A whole line of which only the end is wrong was not cut off.
    let before_end = lines.line.split_last().map(|(_, line)| line);
    if before_end.is_some_and(|line| checked(line).is_some()) {
        return Err(lines.damage());
    }
    Ok(extent)
}

/// The lines of a file, and where they are.
struct Lines<R> {
    file: R,
    /// Without its end; a line that has none is the last.
    line: Vec<u8>,
    number: u64,
    begins_at: u64,
    ends_at: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line; false at the end of the file, and if the line does not end.
    fn next(&mut self) -> io::Result<bool> {
        self.line.clear();
        let length = self.file.read_until(b'\n', &mut self.line)?;
        self.number += 1;
        self.begins_at = self.ends_at;
        self.ends_at += length as u64;
        Ok(self.line.pop_if(|last| *last == b'\n').is_some())
    }

    fn object(&self) -> Result<&str, Flaw> {
        checked(&self.line).ok_or_else(|| self.damage())
    }

    fn damage(&self) -> Flaw {
        Flaw::Damaged {
            line: self.number,
            byte: self.begins_at,
        }
    }
}
