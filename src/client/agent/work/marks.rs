//! Lines by which a program reports its progress. Pure.
//!
//! A line of standard output that begins with [`MARK`] sets one detail of the job execution:
//!
//! ```text
//! ::jobs-sandbox progress=40 %
//! ::jobs-sandbox file=the third of ten
//! ```
//!
//! The name is all before the first `=`: letters, digits, `:`, `_` and `-`. The value is the rest of the line, without quotes and
//! escapes; an empty one takes the detail away. So a shell needs `echo`, and C needs `printf`. Details add up: an execution has ten,
//! of which the agent keeps some for itself ([`CORE_KEYS`]), so that a program has [`DETAILS_MAX`]. A line that breaks these rules is
//! output like any other; a line that keeps them is not reported as output.

use std::collections::BTreeMap;

use crate::agent::work::tail::{CHARACTERS_MAX, legal};
use crate::redact;

/// What a line begins with that sets a detail.
pub const MARK: &str = "::jobs-sandbox ";

/// The details that the agent itself reports. A program cannot set them.
pub const CORE_KEYS: [&str; 6] = ["step", "stepName", "reason", "stdout", "stderr", "exit"];

/// How many details the service keeps of a job execution, and how long a name is.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_iot-jobs-data_UpdateJobExecution.html>
const PAIRS_MAX: usize = 10;
const KEY_CHARACTERS_MAX: usize = 128;

/// How many details a program has.
pub(crate) const DETAILS_MAX: usize = PAIRS_MAX - CORE_KEYS.len();

/// A longer line is output.
const LINE_BYTES_MAX: usize = 16 << 10;

/// The details that a program has set.
pub(crate) type Details = BTreeMap<String, String>;

/// Takes marked lines out of an output.
#[derive(Debug)]
pub(crate) struct Marks {
    /// The line so far, as long as it can be a marked one; `None` within any other.
    line: Option<Vec<u8>>,
    details: Details,
}

impl Marks {
    pub(crate) fn new() -> Self {
        Self {
            line: Some(Vec::new()),
            details: Details::new(),
        }
    }

    pub(crate) fn details(&self) -> &Details {
        &self.details
    }

    /// Takes what is read next, and gives what is output to `plain`. Returns whether a line was a marked one.
    pub(crate) fn push(&mut self, bytes: &[u8], mut plain: impl FnMut(&[u8])) -> bool {
        let mut is_marked = false;
        let mut rest = bytes;
        while !rest.is_empty() {
            let line = self.line.as_mut();
            let marked = line.filter(|line| !line.is_empty() || MARK.as_bytes()[0] == rest[0]);
            // Lines that cannot be marked ones are taken together.
            let is_end = |at: usize| match &marked {
                Some(_) => rest[at] == b'\n',
                None => rest[at..].starts_with(&[b'\n', MARK.as_bytes()[0]]),
            };
            let end = (0..rest.len()).find(|at| is_end(*at));
            let (part, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
            rest = after;
            if let Some(line) = marked {
                line.extend_from_slice(part);
                let can_be = line.starts_with(MARK.as_bytes()) || MARK.as_bytes().starts_with(line);
                if !can_be || line.len() > LINE_BYTES_MAX {
                    plain(line);
                    self.line = None;
                }
            } else {
                plain(part);
                self.line = None;
            }
            if part.ends_with(b"\n") {
                is_marked |= self.finish(&mut plain);
                self.line = Some(Vec::new());
            }
        }
        is_marked
    }

    /// Ends the line, also the last one, which may have no end.
    pub(crate) fn finish(&mut self, mut plain: impl FnMut(&[u8])) -> bool {
        let line = self.line.take().unwrap_or_default();
        let text = String::from_utf8_lossy(&line);
        let marked = detail(&text);
        let is_set = marked.is_some_and(|(name, value)| set(&mut self.details, name, value));
        if !is_set && !line.is_empty() {
            plain(&line);
        }
        is_set
    }
}

/// The name and the value that a line sets; `None` for a line of output.
fn detail(line: &str) -> Option<(&str, String)> {
    let (name, value) = line.strip_prefix(MARK)?.split_once('=')?;
    let name = name.trim();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-');
    let is_name = (1..=KEY_CHARACTERS_MAX).contains(&name.len()) && name.chars().all(is_of_name);
    if !is_name || CORE_KEYS.contains(&name) {
        return None;
    }
    let value = legal(redact::signatures(&redact::private_keys(value)).trim());
    Some((name, value.chars().take(CHARACTERS_MAX).collect()))
}

/// Whether there was room for it.
fn set(details: &mut Details, name: &str, value: String) -> bool {
    if value.is_empty() {
        details.remove(name);
        return true;
    }
    let has_room = details.len() < DETAILS_MAX || details.contains_key(name);
    if has_room {
        details.insert(name.to_owned(), value);
    }
    has_room
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes an output in pieces of each length; what is output and what is set must not depend on it.
    fn check(output: &str, plain: &str, details: &[(&str, &str)]) {
        for length in [1, 2, 7, output.len().max(1)] {
            let mut marks = Marks::new();
            let mut seen = Vec::new();
            for piece in output.as_bytes().chunks(length) {
                marks.push(piece, |bytes| seen.extend_from_slice(bytes));
            }
            marks.finish(|bytes| seen.extend_from_slice(bytes));
            assert_eq!(String::from_utf8_lossy(&seen), plain, "{output:?}");
            let found = marks.details().iter();
            let found: Vec<_> = found
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(found, details, "{output:?}");
        }
    }

    #[test]
    fn a_marked_line_sets_a_detail_and_any_other_is_output() {
        let long_name = format!("::jobs-sandbox {}=1\n", "n".repeat(KEY_CHARACTERS_MAX + 1));
        let long_line = format!("::jobs-sandbox a={}\n", "x".repeat(LINE_BYTES_MAX));
        let long_value = format!("::jobs-sandbox a={}\n", "\u{e9}".repeat(CHARACTERS_MAX + 1));
        let cut = "\u{e9}".repeat(CHARACTERS_MAX);
        for (output, plain, details) in [
            ("", "", &[][..]),
            ("a\n\nb", "a\n\nb", &[]),
            ("::jobs-sandbox progress=40\n", "", &[("progress", "40")]),
            ("::jobs-sandbox progress=40", "", &[("progress", "40")]),
            (
                "::jobs-sandbox   a:b_c-1 =  x = \"y\"  \r\n",
                "",
                &[("a:b_c-1", "x = \"y\"")],
            ),
            (
                "one\n::jobs-sandbox a=1\ntwo\n::jobs-sandbox a=2\n::jobs-sandbox b=3\nthree",
                "one\ntwo\nthree",
                &[("a", "2"), ("b", "3")],
            ),
            ("::jobs-sandbox a=1\n::jobs-sandbox a=\n", "", &[]),
            (
                "::jobs-sandbox a=\u{1b}[31mred\n",
                "",
                &[("a", "\u{fffd}[31mred")],
            ),
            (
                "::jobs-sandbox url=https://b/k?X-Amz-Signature=0f&a=1\n",
                "",
                &[("url", "https://b/k?X-Amz-Signature=[redacted]&a=1")],
            ),
            (
                "::jobs-sandbox key=-----BEGIN PRIVATE KEY-----\\nSECRET\\n-----END PRIVATE KEY-----\n",
                "",
                &[(
                    "key",
                    "-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----",
                )],
            ),
            (&long_value, "", &[("a", &cut)]),
            // What breaks a rule is output.
            (" ::jobs-sandbox a=1\n", " ::jobs-sandbox a=1\n", &[]),
            ("::jobs-sandboxa=1\n", "::jobs-sandboxa=1\n", &[]),
            ("::jobs-sandbox", "::jobs-sandbox", &[]),
            ("::jobs-sandbox \n", "::jobs-sandbox \n", &[]),
            ("::jobs-sandbox a 1\n", "::jobs-sandbox a 1\n", &[]),
            ("::jobs-sandbox =1\n", "::jobs-sandbox =1\n", &[]),
            ("::jobs-sandbox a b=1\n", "::jobs-sandbox a b=1\n", &[]),
            ("::jobs-sandbox a.b=1\n", "::jobs-sandbox a.b=1\n", &[]),
            (
                "::jobs-sandbox stdout=1\n",
                "::jobs-sandbox stdout=1\n",
                &[],
            ),
            (&long_name, &long_name, &[]),
            (&long_line, &long_line, &[]),
            // A fifth detail has no room, a second value has.
            (
                "::jobs-sandbox a=1\n::jobs-sandbox b=1\n::jobs-sandbox c=1\n::jobs-sandbox d=1\n::jobs-sandbox e=1\n::jobs-sandbox d=2\n",
                "::jobs-sandbox e=1\n",
                &[("a", "1"), ("b", "1"), ("c", "1"), ("d", "2")],
            ),
        ] {
            check(output, plain, details);
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_kept() {
        let mut marks = Marks::new();
        let mut length = 0;
        marks.push(MARK.as_bytes(), |_| {});
        for _ in 0..100 {
            marks.push(&[b'x'; 1000], |bytes| length += bytes.len());
            assert!(
                marks
                    .line
                    .as_ref()
                    .is_none_or(|line| line.len() <= LINE_BYTES_MAX)
            );
        }
        assert_eq!(length, MARK.len() + 100_000);
    }
}
