//! Whether waiting for events is worth while: not after events that should have come and did not, until one comes. Pure.

use crate::repl::expected::Certainty;

/// The misses that still count, as the number of events that had come by then.
#[derive(Debug, Default)]
pub(crate) struct Misses {
    certain: Option<u64>,
    /// Of what was only possible. Such a miss says nothing about what is certain.
    possible: Option<u64>,
}

impl Misses {
    /// Whether to wait for what a command causes that began after `begun` events, now that there are `now`.
    pub(crate) fn allow(&self, certainty: Certainty, begun: u64, now: u64) -> bool {
        let is_over = |miss: Option<u64>, events| miss.is_none_or(|at| events > at);
        is_over(self.certain, now)
            && (certainty == Certainty::Certain || is_over(self.possible, begun))
    }

    /// All has come. It was expected, so it says nothing about what is only possible.
    pub(crate) fn came(&mut self, begun: u64, now: u64) {
        if self.possible == Some(begun) {
            self.possible = Some(now);
        }
    }

    /// Something has not come.
    pub(crate) fn missed(&mut self, certainty: Certainty, now: u64) {
        match certainty {
            Certainty::Certain => self.certain = Some(now),
            Certainty::Possible => self.possible = Some(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Certainty::{Certain, Possible};

    enum Step {
        Came(u64, u64),
        Missed(Certainty, u64),
    }
    use Step::{Came, Missed};

    #[test]
    fn a_miss_counts_until_the_next_event() {
        // What happened; the events when a command begins, and those when it waits; whether it waits for what is certain, and
        // for what is possible.
        for (steps, events, expected) in [
            (&[][..], (0, 0), (true, true)),
            (&[Missed(Certain, 3)], (3, 3), (false, false)),
            (&[Missed(Certain, 3)], (3, 4), (true, true)),
            (&[Missed(Certain, 3)], (4, 4), (true, true)),
            (&[Missed(Possible, 3)], (3, 3), (true, false)),
            // The first event of a command that certainly causes it.
            (&[Missed(Possible, 3)], (3, 4), (true, false)),
            (&[Missed(Possible, 3), Came(3, 5)], (5, 5), (true, false)),
            // An event that no command was known to cause.
            (&[Missed(Possible, 3), Came(4, 5)], (5, 5), (true, true)),
            (&[Missed(Possible, 3)], (4, 4), (true, true)),
        ] {
            let mut misses = Misses::default();
            for step in steps {
                match *step {
                    Came(begun, now) => misses.came(begun, now),
                    Missed(certainty, now) => misses.missed(certainty, now),
                }
            }
            let (begun, now) = events;
            let allowed = [Certain, Possible].map(|it| misses.allow(it, begun, now));
            assert_eq!((allowed[0], allowed[1]), expected, "{misses:?} {events:?}");
        }
    }
}
