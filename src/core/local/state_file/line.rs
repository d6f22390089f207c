//! A line of the file: a sum, a space, a JSON object.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::digest;
use serde_json::value::RawValue;

/// How many bytes of the hash are written.
const SUM_BYTES: usize = 8;

/// How many characters these are.
const SUM_CHARACTERS: usize = 2 * SUM_BYTES;

/// Where the object begins in a line.
pub(crate) const OBJECT_AT: u64 = SUM_CHARACTERS as u64 + 1;

/// A line with its sum and its end.
pub(crate) fn line(object: &str) -> Vec<u8> {
    let mut line = String::with_capacity(SUM_CHARACTERS + object.len() + 2);
    line.push_str(&sum(object.as_bytes()));
    line.push(' ');
    line.push_str(object);
    line.push('\n');
    line.into_bytes()
}

/// An object of records, each of which is JSON; nothing stands for a deleted one.
pub(crate) fn object<'a>(
    records: impl IntoIterator<Item = (&'a String, Option<&'a str>)>,
) -> String {
    let mut object = String::from("{");
    for (key, record) in records {
        if object.len() > 1 {
            object.push(',');
        }
        // Writing a text as JSON cannot fail.
        object.push_str(&serde_json::to_string(key).unwrap_or_default());
        object.push(':');
        object.push_str(record.unwrap_or("null"));
    }
    object.push('}');
    object
}

/// The object of a line without its end; `None` if the sum is another one.
pub(crate) fn checked(line: &[u8]) -> Option<&str> {
    let (given, rest) = line.split_at_checked(SUM_CHARACTERS)?;
    let object = rest.strip_prefix(b" ")?;
    (given == sum(object).as_bytes()).then_some(())?;
    std::str::from_utf8(object).ok()
}

/// The records of an object, parts of its text; nothing stands for a deleted one.
pub(crate) fn changes(
    object: &str,
) -> Result<impl Iterator<Item = (String, Option<&str>)>, serde_json::Error> {
    let changes: BTreeMap<String, &RawValue> = serde_json::from_str(object)?;
    Ok(changes.into_iter().map(|(key, record)| {
        let record = Some(record.get()).filter(|record| *record != "null");
        (key, record)
    }))
}

fn sum(object: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, object);
    let bytes = hash.as_ref().iter().take(SUM_BYTES);
    bytes.fold(String::with_capacity(SUM_CHARACTERS), |mut sum, byte| {
        // Writing to a string cannot fail.
        let _ = write!(sum, "{byte:02x}");
        sum
    })
}
