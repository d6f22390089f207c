//! What the work of a device did: lines in a file.

use std::fs;
use std::path::{Path, PathBuf};

/// The file of one scenario. Its work appends a line with the id of the job each time it begins, and, if it can, a line `end`
/// with the id when it has come to its end.
#[derive(Debug)]
pub(crate) struct Effects(PathBuf);

/// What the lines say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Begun,
    Ended,
}

impl Effects {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The effects of this job, in order.
    pub(crate) fn of(&self, job: &str) -> Vec<Effect> {
        of(&self.text(), job)
    }

    /// The jobs that begin, in order.
    pub(crate) fn order<'a>(&self, jobs: &[&'a str]) -> Vec<&'a str> {
        let text = self.text();
        let begun = text.lines().filter(|line| effect(line) == Effect::Begun);
        let job_of = |line: &str| jobs.iter().copied().find(|job| names(line, job));
        begun.filter_map(job_of).collect()
    }

    /// Whether one job goes on after another has begun.
    pub(crate) fn is_overlap(&self, first: &str, second: &str) -> bool {
        let text = self.text();
        let mut after = text
            .lines()
            .skip_while(|line| effect(line) != Effect::Begun || !names(line, second));
        after.any(|line| names(line, first))
    }

    /// Whether anything was written.
    pub(crate) fn is_used(&self) -> bool {
        !self.text().trim().is_empty()
    }

    /// Whether ends are written.
    pub(crate) fn has_ends(&self) -> bool {
        let text = self.text();
        text.lines().any(|line| effect(line) == Effect::Ended)
    }

    fn text(&self) -> String {
        // A file that is missing was not written to yet.
        let bytes = fs::read(&self.0).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn of(text: &str, job: &str) -> Vec<Effect> {
    let lines = text.lines().filter(|line| names(line, job));
    lines.map(effect).collect()
}

fn effect(line: &str) -> Effect {
    match line.split_whitespace().next() {
        Some("end") => Effect::Ended,
        _ => Effect::Begun,
    }
}

fn names(line: &str, job: &str) -> bool {
    line.split_whitespace().any(|word| word == job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_begins_unless_they_say_end() {
        use Effect::{Begun, Ended};
        for (text, expected) in [
            ("", &[][..]),
            ("E1-1\n", &[Begun]),
            ("begin E1-1\nend E1-1\n", &[Begun, Ended]),
            ("begin E1-10\nend E1\n", &[]),
            ("begin E1-1\r\nother\nbegin E1-1", &[Begun, Begun]),
        ] {
            assert_eq!(of(text, "E1-1"), expected, "{text}");
        }
    }
}
