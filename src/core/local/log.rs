//! The log of the local service: what was refused and what was dropped, one line each.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use crate::text;

/// How often the same line is logged within [`PERIOD`]: a client that retries all day, or a scan of the port, must not hide the
/// rest.
const SAME_MAX: usize = 10;

const PERIOD: Duration = Duration::from_mins(1);

/// How many different lines are compared; further ones are logged however often they come.
const COMPARED_MAX: usize = 1000;

#[derive(Debug)]
pub(crate) struct Log {
    lines: Option<SyncSender<String>>,
    /// How many lines were lost since the last one that was logged.
    lost: usize,
    /// When the current period began.
    begun: Option<Instant>,
    /// How often each line came in it.
    counts: BTreeMap<String, usize>,
}

impl Log {
    pub(crate) const fn new(lines: Option<SyncSender<String>>) -> Self {
        Self {
            lines,
            lost: 0,
            begun: None,
            counts: BTreeMap::new(),
        }
    }

    /// Adds a line, without control characters, unless it came too often.
    pub(crate) fn add(&mut self, text: &str) {
        if self.lines.is_some() {
            self.add_at(Instant::now(), text::mask(text, ' '));
        }
    }

    fn add_at(&mut self, now: Instant, line: String) {
        if self.begun.is_none_or(|begun| now >= begun + PERIOD) {
            self.begun = Some(now);
            for (line, count) in std::mem::take(&mut self.counts) {
                if count > SAME_MAX {
                    self.send(format!("{} more times: {line}", count - SAME_MAX));
                }
            }
        }
        let count = if let Some(count) = self.counts.get_mut(&line) {
            *count += 1;
            *count
        } else {
            if self.counts.len() < COMPARED_MAX {
                self.counts.insert(line.clone(), 1);
            }
            1
        };
        match count.cmp(&SAME_MAX) {
            Ordering::Less => self.send(line),
            Ordering::Equal => self.send(format!(
                "{line} (from now on, this line is only counted for a minute)"
            )),
            Ordering::Greater => {}
        }
    }

    /// A line is lost if the channel is full, because the service does not wait; a line with the number of lost lines precedes
    /// the next one.
    fn send(&mut self, line: String) {
        let Some(lines) = &self.lines else {
            return;
        };
        if self.lost > 0 {
            let note = format!(
                "lines lost here, because they were not read in time: {}",
                self.lost
            );
            if lines.try_send(note).is_ok() {
                self.lost = 0;
            }
        }
        if lines.try_send(line).is_err() {
            self.lost += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn a_line_that_found_no_room_is_counted() {
        let (sender, lines) = sync_channel(2);
        let mut log = Log::new(Some(sender));
        for text in ["1", "2", "3", "4"] {
            log.add(text);
        }
        assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["1", "2"]);
        log.add("5");
        log.add("6\n");
        let rest: Vec<_> = lines.try_iter().collect();
        assert_eq!(
            rest,
            [
                "lines lost here, because they were not read in time: 2",
                "5"
            ]
        );
        log.add("7");
        assert_eq!(
            lines.try_iter().next().as_deref(),
            Some("lines lost here, because they were not read in time: 1")
        );
    }

    #[test]
    fn a_line_that_comes_often_is_counted() {
        let (sender, lines) = sync_channel(100);
        let mut log = Log::new(Some(sender));
        let start = Instant::now();
        for _ in 0..SAME_MAX + 3 {
            log.add_at(start, "a".to_owned());
            log.add_at(start + PERIOD / 2, "b".to_owned());
        }
        log.add_at(start, "c".to_owned());
        let logged: Vec<_> = lines.try_iter().collect();
        let count = |line: &str| logged.iter().filter(|it| *it == line).count();
        assert_eq!(
            (count("a"), count("b"), count("c")),
            (SAME_MAX - 1, SAME_MAX - 1, 1)
        );
        assert_eq!(
            logged[2 * SAME_MAX - 2],
            "a (from now on, this line is only counted for a minute)"
        );
        assert_eq!(logged.len(), 2 * SAME_MAX + 1);

        log.add_at(start + PERIOD, "a".to_owned());
        let logged: Vec<_> = lines.try_iter().collect();
        assert_eq!(logged, ["3 more times: a", "3 more times: b", "a"]);

        // Lines that are not compared are not lost.
        for number in 0..COMPARED_MAX {
            log.add_at(start + PERIOD, number.to_string());
            assert!(lines.try_iter().next().is_some(), "{number}");
        }
        for _ in 0..=SAME_MAX {
            log.add_at(start + PERIOD, "z".to_owned());
        }
        assert_eq!(lines.try_iter().count(), SAME_MAX + 1);
    }
}
