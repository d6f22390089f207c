//! The task that receives the events of the client and, between them, the messages of the agent.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::agent::shell::Handle;
use crate::device::{Client, Event, EventStream};
use crate::protocol::{DeviceRequest, GetPendingJobExecutionsRequest};
use crate::repl::agent::message::AgentMessage;
use crate::repl::agent::news::Presenter;
use crate::repl::feed::Feed;
use crate::repl::output::notice::{self, Notice};
use crate::repl::output::{answer, wire};

/// How long an event waits at most until the agent has handled the replies and events before it. It waits so long only if a reply is
/// late.
const PATIENCE: Duration = Duration::from_millis(500);

impl Feed {
    /// Receives everything in order, until the client closes.
    pub(crate) async fn run(self, events: EventStream, client: Client) {
        let Some(messages) = self.take_messages() else {
            return;
        };
        let arrivals = Arrivals {
            presenter: Presenter::new(self.clone()),
            feed: self,
            client,
            events,
            number: 0,
            messages,
            given_up: None,
        };
        arrivals.take_all().await;
    }

    /// What was published while the connection was gone is lost; what is pending now tells what it led to.
    async fn show_missed(self, client: Client) {
        let request = GetPendingJobExecutionsRequest::default();
        let request = DeviceRequest::GetPendingJobExecutions(request);
        let attempt = client.attempt(&request).await;
        if self.shows_wire() {
            for wire in wire::mqtt(&self.thing, &request.operation(), &attempt) {
                self.printer.print(self.style().notice(&Notice::Wire(wire)));
            }
        }
        if let Ok(reply) = attempt.end {
            let payload = reply.payload.value();
            self.learn(|jobs| jobs.learn_reply(payload));
            let notes = self.notes_on_reply(reply.operation.name(), payload);
            let notice = Notice::Reply {
                label: "Events may have been missed. Pending now:",
                outcome: answer::of_reply(Ok(reply), None),
            };
            let shown = [vec![self.style().notice(&notice)], notes].concat();
            self.printer.print(shown.join("\n"));
        }
    }
}

/// The events, the messages, and their order.
struct Arrivals {
    feed: Feed,
    client: Client,
    events: EventStream,
    /// The number of events so far.
    number: u64,
    messages: mpsc::UnboundedReceiver<AgentMessage>,
    presenter: Presenter,
    /// The number of requests of the agent when waiting for the last of them was given up.
    given_up: Option<u64>,
}

impl Arrivals {
    async fn take_all(mut self) {
        loop {
            tokio::select! {
                // A decision may cause the next event: the agent cuts the link.
                biased;
                Some(message) = self.messages.recv() => self.present(message),
                event = self.events.next() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
            }
        }
    }

    /// Shows a message, after the events that came before the reply in it.
    fn present(&mut self, message: AgentMessage) {
        while self.number < message.after_events()
            && let Some(event) = self.events.try_next()
        {
            self.arrived(&event);
        }
        self.presenter.present(message);
    }

    async fn take(&mut self, event: Event) {
        let Some(agent) = self.feed.agent() else {
            return self.arrived(&event);
        };
        self.wait_for_replies(&agent).await;
        let mut event = Some(event);
        while let Ok(message) = self.messages.try_recv() {
            if self.number < message.after_events()
                && let Some(event) = event.take()
            {
                self.arrived(&event);
            }
            self.present(message);
        }
        if let Some(event) = event {
            self.arrived(&event);
        }
        // The decisions about it come before the next event.
        let _ = timeout(PATIENCE, agent.status()).await;
    }

    /// Waits for a reply that came before an event and that the agent may not have handled yet.
    async fn wait_for_replies(&mut self, agent: &Handle) {
        let sent = agent.requests_sent();
        if self.given_up != Some(sent)
            && timeout(PATIENCE, agent.answered(self.number + 1))
                .await
                .is_err()
        {
            self.given_up = Some(sent);
        }
    }

    fn arrived(&mut self, event: &Event) {
        self.number += 1;
        let feed = &self.feed;
        match event {
            Event::ConnectionLost { .. } => {
                feed.printer.set_connected(false);
                feed.lost(self.number);
            }
            Event::ConnectedAgain { .. } => feed.printer.set_connected(true),
            _ => {}
        }
        feed.take(self.number, &notice::of(event.clone()));
        if let Some(agent) = feed.agent() {
            agent.numbered_event(event, self.number);
        }
        feed.taken.send_replace(self.number);
        if matches!(event, Event::ConnectedAgain { .. }) {
            // A separate task: this one must continue to receive events.
            tokio::spawn(feed.clone().show_missed(self.client.clone()).boxed());
        }
    }
}
