//! The task that takes what arrives: the events of the client, and in between what the agent tells.

use std::time::Duration;

use tokio::time::timeout;

use crate::device::{Client, Event, EventStream};
use crate::protocol::{DeviceRequest, GetPendingJobExecutionsRequest};
use crate::repl::agent::news::Teller;
use crate::repl::feed::Feed;
use crate::repl::output::notice::{self, Notice};
use crate::repl::output::{answer, wire};

/// How long an event waits for what the agent does about what came before it. It takes a fraction of that unless a reply is late.
const PATIENCE: Duration = Duration::from_millis(100);

impl Feed {
    /// Takes everything that arrives, in order, until the client closes.
    pub(crate) async fn run(self, mut events: EventStream, client: Client) {
        let Some(mut told) = self.take_told() else {
            return;
        };
        let mut teller = Teller::new(self.clone());
        let mut number = 0;
        loop {
            let event = tokio::select! {
                // What the agent decides may cause the next event: it cuts the link.
                biased;
                Some(told) = told.recv() => {
                    // Its reply was received behind so many events.
                    while number < told.after_events() && let Some(event) = events.try_next() {
                        number += 1;
                        self.arrived(number, &event, &client);
                    }
                    teller.tell(told);
                    continue;
                }
                event = events.next() => event,
            };
            let Some(event) = event else {
                return;
            };
            number += 1;
            let Some(agent) = self.agent() else {
                self.arrived(number, &event, &client);
                continue;
            };
            // A reply that came before the event may still be on its way through the agent.
            let _ = timeout(PATIENCE, agent.answered()).await;
            let mut is_shown = false;
            while let Ok(told) = told.try_recv() {
                if !is_shown && told.after_events() >= number {
                    self.arrived(number, &event, &client);
                    is_shown = true;
                }
                teller.tell(told);
            }
            if !is_shown {
                self.arrived(number, &event, &client);
            }
            // What the agent decides about it comes before the next event.
            let _ = timeout(PATIENCE, agent.status()).await;
        }
    }

    fn arrived(&self, number: u64, event: &Event, client: &Client) {
        let again = matches!(event, Event::ConnectedAgain { .. });
        match event {
            Event::ConnectionLost { .. } => self.printer.set_connected(false),
            Event::ConnectedAgain { .. } => self.printer.set_connected(true),
            _ => {}
        }
        self.take(number, &notice::of(event.clone()));
        if let Some(agent) = self.agent() {
            agent.event(event);
        }
        self.taken.send_replace(number);
        if again {
            // A task of its own: this one must go on taking events.
            tokio::spawn(self.clone().show_missed(client.clone()));
        }
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
