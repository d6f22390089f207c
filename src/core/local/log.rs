//! The log of the local service: what was refused and what was dropped, one line each.

use std::sync::mpsc::SyncSender;

use crate::text;

#[derive(Debug)]
pub(crate) struct Log {
    lines: Option<SyncSender<String>>,
    /// How many lines were lost since the last one that was logged.
    lost: usize,
}

impl Log {
    pub(crate) const fn new(lines: Option<SyncSender<String>>) -> Self {
        Self { lines, lost: 0 }
    }

    /// Adds a line, without control characters. It is lost if the channel is full, because the service does not wait; a line
    /// with the number of lost lines precedes the next one.
    pub(crate) fn add(&mut self, text: &str) {
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
        if lines.try_send(text::mask(text, ' ')).is_err() {
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
}
