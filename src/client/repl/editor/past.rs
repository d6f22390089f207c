//! Up and Down: earlier and later lines that start with the typed text.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The lines of the history, and the search in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past(Arc<Mutex<PastLines>>);

#[derive(Debug, Default)]
struct PastLines {
    /// The oldest first.
    lines: Vec<String>,
    search: Option<Search>,
    /// The line that will replace the typed one.
    put: Option<String>,
}

/// A search in progress.
#[derive(Debug)]
struct Search {
    /// The typed line, and how much of it must match.
    typed: String,
    begin: usize,
    /// The line that was found, and its place.
    shown: String,
    at: usize,
}

impl Past {
    fn lines(&self) -> MutexGuard<'_, PastLines> {
        // Every change is complete before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new line will be typed, after these.
    pub(crate) fn begin<'a>(&self, lines: impl Iterator<Item = &'a String>) {
        *self.lines() = PastLines {
            lines: lines.cloned().collect(),
            ..PastLines::default()
        };
    }

    /// The previous line that starts with the text before the cursor; `None` behind the last.
    pub(crate) fn earlier(&self, line: &str, pos: usize) -> Option<String> {
        let past = &mut *self.lines();
        if past.search.as_ref().is_none_or(|it| it.shown != line) {
            past.search = Some(Search {
                typed: line.to_owned(),
                begin: line.floor_char_boundary(pos),
                shown: line.to_owned(),
                at: past.lines.len(),
            });
        }
        let search = past.search.as_mut()?;
        let begin = &search.typed[..search.begin];
        let before = past.lines[..search.at].iter().enumerate();
        let found = before
            .rev()
            .find(|(_, it)| it.starts_with(begin) && **it != search.shown);
        let (at, found) = found?;
        (search.at, search.shown) = (at, found.clone());
        Some(found.clone())
    }

    /// The next line, and behind the last one the typed line; `None` without a search in progress.
    pub(crate) fn later(&self, line: &str) -> Option<String> {
        let past = &mut *self.lines();
        let search = past.search.as_mut().filter(|it| it.shown == line)?;
        let begin = &search.typed[..search.begin];
        let after = past.lines.iter().enumerate().skip(search.at + 1);
        let mut after = after.filter(|(_, it)| it.starts_with(begin) && **it != search.shown);
        if let Some((at, found)) = after.next() {
            (search.at, search.shown) = (at, found.clone());
            return Some(found.clone());
        }
        past.search.take().map(|search| search.typed)
    }

    /// Stores a line for [`Past::take`].
    pub(crate) fn put(&self, line: String) {
        self.lines().put = Some(line);
    }

    /// The line that replaces the typed one.
    pub(crate) fn take(&self) -> Option<String> {
        self.lines().put.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_searched_by_what_is_typed_so_far() {
        let past = Past::default();
        let lines = [
            "describe A",
            "pending",
            "describe A",
            "done A",
            "describe B",
        ];
        past.begin(lines.map(ToOwned::to_owned).iter());
        for (line, pos, key, expected) in [
            ("", 0, "up", Some("describe B")),
            ("describe B", 10, "up", Some("done A")),
            ("done A", 6, "down", Some("describe B")),
            ("describe B", 10, "down", Some("")),
            ("", 0, "down", None),
            ("de", 2, "up", Some("describe B")),
            ("describe B", 10, "up", Some("describe A")),
            ("describe A", 10, "up", None),
            ("describe A", 10, "down", Some("describe B")),
            ("describe B", 10, "down", Some("de")),
            // The text behind the cursor does not count.
            ("p x", 1, "up", Some("pending")),
            ("pending", 7, "down", Some("p x")),
            // The found line was changed, so it is now the typed text.
            ("do", 2, "up", Some("done A")),
            ("done", 4, "up", Some("done A")),
            ("x", 1, "up", None),
            ("é", 1, "up", Some("describe B")),
        ] {
            let found = match key {
                "up" => past.earlier(line, pos),
                _ => past.later(line),
            };
            assert_eq!(found.as_deref(), expected, "{line} {key}");
        }
    }
}
