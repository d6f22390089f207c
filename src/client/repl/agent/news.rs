//! The messages of the agent, on the way to the screen.

use tokio::sync::oneshot;

use crate::agent::shell::{Audience, News};
use crate::device::Attempt;
use crate::executor::core::{Decision, DecisionName};
use crate::protocol::{Operation, Payload, Verdict};
use crate::repl::agent::message::AgentMessage;
use crate::repl::feed::Feed;
use crate::repl::output::notice::Notice;
use crate::repl::output::wire;

/// Receives the news of an agent without ever waiting. An agent waits for the replies to its requests, so its messages are few.
pub(crate) fn audience(feed: &Feed) -> Audience {
    let for_messages = feed.for_messages.clone();
    Box::new(move |news| {
        // After the end of the session nothing is shown.
        let _ = for_messages.send(AgentMessage::News(news));
    })
}

/// Waits until all messages so far have been shown. Returns the last decision, if it is known.
pub(crate) async fn shown(feed: &Feed) -> Option<Decision> {
    let (sender, shown) = oneshot::channel();
    // After the end of the session nothing is known.
    feed.for_messages.send(AgentMessage::Shown(sender)).ok()?;
    shown.await.ok()?
}

/// Shows the messages of the agent.
pub(crate) struct Presenter {
    feed: Feed,
    last: Option<Decision>,
    /// The decision that waits for the user.
    announced: Option<Decision>,
}

impl Presenter {
    pub(crate) fn new(feed: Feed) -> Self {
        Self {
            feed,
            last: None,
            announced: None,
        }
    }

    pub(crate) fn present(&mut self, message: AgentMessage) {
        match message {
            AgentMessage::News(News::Decision(decision)) => self.decision(decision),
            AgentMessage::News(News::Exchange(operation, attempt)) => {
                self.exchange(&operation, &attempt);
            }
            AgentMessage::Shown(sender) => {
                // The session may not wait any more.
                let _ = sender.send(self.last.take());
            }
        }
        // A command that waits for events shows the new lines.
        self.feed.taken.send_modify(|_| {});
    }

    fn decision(&mut self, decision: Decision) {
        let is_made = |announced: &mut Decision| {
            !decision.waits && announced.does == decision.does && announced.cause == decision.cause
        };
        let was_announced = self.announced.take_if(is_made).is_some();
        if decision.waits {
            self.announced = Some(decision.clone());
        }
        if decision.name == DecisionName::Cut {
            self.feed
                .report_to_tutorial(|tutorial, _| tutorial.handle_cut());
        }
        self.last = Some(decision.clone());
        self.show(&[Notice::Decision {
            decision,
            was_announced,
        }]);
    }

    /// A request, and what became of it.
    fn exchange(&self, operation: &Operation, attempt: &Attempt) {
        let feed = &self.feed;
        if let Ok(reply) = &attempt.end {
            let payload = reply.payload.value();
            if reply.verdict == Verdict::Accepted {
                let sent = Payload::from(attempt.payload.as_str());
                let status = sent.value()["status"].as_str();
                feed.learn(|jobs| jobs.learn_accepted(operation, status, payload));
                feed.report_to_tutorial(|tutorial, jobs| {
                    tutorial.handle_agent(operation, sent.value(), payload, jobs);
                });
            }
        }
        if !feed.shows_wire() {
            return;
        }
        let wires = wire::mqtt_in_full(&feed.thing, operation, attempt).into_iter();
        self.show(&wires.map(Notice::Wire).collect::<Vec<_>>());
        if let Ok(reply) = &attempt.end {
            let notes = feed.notes_on_reply(operation.name(), reply.payload.value());
            if !notes.is_empty() {
                feed.printer.print(notes.join("\n"));
            }
        }
    }

    fn show(&self, notices: &[Notice]) {
        let style = self.feed.style();
        for notice in notices {
            let text = style.notice(notice);
            if !text.is_empty() {
                self.feed.printer.print(text);
            }
        }
    }
}
