//! A script waits until the events have come that its command should cause; a user sees them while typing.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::device::ConnectionState;
use crate::repl::expected::{Certainty, Expected};
use crate::repl::turns::Turns;

/// How long an event may take. AWS sends it up to two seconds after the control plane's response.
const PATIENCE: Duration = Duration::from_secs(2);

/// The same for one that only may come, if no further command follows whose reply it should precede: a single command is not to
/// be slow because of it.
const PATIENCE_AT_THE_END: Duration = Duration::from_millis(30);

impl Turns<'_> {
    /// Waits for what the last command should have caused, and shows it as it comes.
    pub(crate) fn wait_for_effects(&mut self, expected: &Expected) {
        if self.session.parts.client.state() != ConnectionState::Connected {
            return;
        }
        let (feed, mark) = (&self.session.feed, self.session.mark);
        let begun = Instant::now();
        let (mut taken, mut last) = (feed.watch(), begun);
        while let Some(certainty) = feed.awaited(expected, mark) {
            let now = feed.taken();
            if !self.misses.allow(certainty, mark, now) {
                return;
            }
            let patience = match certainty {
                Certainty::Possible if self.options.is_alone => PATIENCE_AT_THE_END,
                Certainty::Possible | Certainty::Certain => PATIENCE,
            };
            // From event to event, but not for ever if others come.
            let end = (last + patience).min(begun + 2 * patience);
            let next = async { timeout_at(end, taken.changed()).await };
            match self.runtime.block_on(next) {
                Ok(Ok(())) => {}
                // Nothing comes after the end of the connection.
                Ok(Err(_)) => return,
                Err(_) => return self.misses.missed(certainty, now),
            }
            if feed.taken() > now {
                last = Instant::now();
            }
            self.editor.flush_events();
        }
        self.misses.came(mark, feed.taken());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::pending_change::{PendingChange, Starts};
    use crate::protocol::{EventMessage, EventName, JobId, ThingName};
    use crate::repl::editor::Printer;
    use crate::repl::feed::Feed;
    use crate::repl::input::command::Shown;
    use crate::repl::jobs::Jobs;
    use crate::repl::output::form::Style;
    use crate::repl::output::notice::Notice;

    #[test]
    fn what_is_lost_or_hidden_is_not_awaited() {
        let thing = ThingName::new("lamp").expect("a thing name");
        let job = JobId::new("a").expect("a job id");
        let create = PendingChange::Queues {
            job: &job,
            targets: &[],
            starts: Starts::AtOnce,
        };
        let expected = Expected::of_change(create, &thing, &Jobs::default()).expect("events");
        let feed = Feed::new(Printer::new(), Style::default(), thing);
        let event = |name, payload: &str| {
            let payload = payload.into();
            Notice::Event(EventMessage { name, payload })
        };
        let certain = Some(Certainty::Certain);
        feed.lost(1);
        assert_eq!(feed.awaited(&expected, 1), certain);
        let list = r#"{"jobs":{"QUEUED":[{"jobId":"a"}]}}"#;
        feed.take(2, &event(EventName::JobExecutionsChanged, list));
        feed.show(Shown::Named(EventName::JobExecutionsChanged));
        assert_eq!(feed.awaited(&expected, 1), certain);
        feed.show(Shown::None);
        assert_eq!(feed.awaited(&expected, 1), None);
        feed.show(Shown::All);
        assert_eq!(feed.awaited(&expected, 2), certain);
        feed.lost(3);
        assert_eq!(feed.awaited(&expected, 2), None);
        let next = r#"{"execution":{"jobId":"a"}}"#;
        feed.take(4, &event(EventName::NextJobExecutionChanged, next));
        feed.lost(0);
        assert_eq!(feed.awaited(&expected, 1), None);
        assert_eq!(feed.awaited(&expected, 3), certain);
    }
}
