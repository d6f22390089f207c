//! The task that takes what arrives: the events of the client, and in between what the agent tells.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::agent::shell::Handle;
use crate::device::{Client, Event, EventStream};
use crate::protocol::{DeviceRequest, GetPendingJobExecutionsRequest};
use crate::repl::agent::news::Teller;
use crate::repl::agent::told::Told;
use crate::repl::feed::Feed;
use crate::repl::output::notice::{self, Notice};
use crate::repl::output::{answer, wire};

/// How long an event waits for what the agent does about the replies and events before it: a fraction of that, unless a reply is
/// late.
const PATIENCE: Duration = Duration::from_millis(500);

impl Feed {
    /// Takes everything that arrives, in order, until the client closes.
    pub(crate) async fn run(self, events: EventStream, client: Client) {
        let Some(told) = self.take_told() else {
            return;
        };
        let arrivals = Arrivals {
            teller: Teller::new(self.clone()),
            feed: self,
            client,
            events,
            number: 0,
            told,
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

/// What arrives from both sides.
struct Arrivals {
    feed: Feed,
    client: Client,
    events: EventStream,
    /// How many events have been taken.
    number: u64,
    told: mpsc::UnboundedReceiver<Told>,
    teller: Teller,
    /// How many requests the agent had sent when the last of them was waited for in vain.
    given_up: Option<u64>,
}

impl Arrivals {
    async fn take_all(mut self) {
        loop {
            tokio::select! {
                // What the agent decides may cause the next event: it cuts the link.
                biased;
                Some(told) = self.told.recv() => self.tell(told),
                event = self.events.next() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
            }
        }
    }

    /// Shows what the agent tells, behind the events that came before the reply in it.
    fn tell(&mut self, told: Told) {
        while self.number < told.after_events()
            && let Some(event) = self.events.try_next()
        {
            self.arrived(&event);
        }
        self.teller.tell(told);
    }

    async fn take(&mut self, event: Event) {
        let Some(agent) = self.feed.agent() else {
            return self.arrived(&event);
        };
        self.wait_for_replies(&agent).await;
        let mut event = Some(event);
        while let Ok(told) = self.told.try_recv() {
            if self.number < told.after_events()
                && let Some(event) = event.take()
            {
                self.arrived(&event);
            }
            self.tell(told);
        }
        if let Some(event) = event {
            self.arrived(&event);
        }
        // What the agent decides about it comes before the next event.
        let _ = timeout(PATIENCE, agent.status()).await;
    }

    /// Waits for a reply that came before an event, and may still be on its way through the agent.
    async fn wait_for_replies(&mut self, agent: &Handle) {
        let sent = agent.requests_sent();
        if self.given_up != Some(sent) && timeout(PATIENCE, agent.answered()).await.is_err() {
            self.given_up = Some(sent);
        }
    }

    fn arrived(&mut self, event: &Event) {
        self.number += 1;
        let feed = &self.feed;
        match event {
            Event::ConnectionLost { .. } => feed.printer.set_connected(false),
            Event::ConnectedAgain { .. } => feed.printer.set_connected(true),
            _ => {}
        }
        feed.take(self.number, &notice::of(event.clone()));
        if let Some(agent) = feed.agent() {
            agent.event(event);
        }
        feed.taken.send_replace(self.number);
        if matches!(event, Event::ConnectedAgain { .. }) {
            // A task of its own: this one must go on taking events.
            tokio::spawn(feed.clone().show_missed(self.client.clone()));
        }
    }
}
