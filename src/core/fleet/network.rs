//! Messages between the devices and the service, and what faults make of them.

use std::time::Duration;

use crate::executor::core::{Answer, Input};
use crate::faults::{Fate, FaultTarget};
use crate::fleet::world::{Delivery, World};
use crate::protocol::{DeviceRequest, EventMessage, EventName, JobsTopic, Payload, Topic, Verdict};
use crate::service::{Handled, RefusedRequest, ServiceMessage};

/// How long a device waits for a reply: as long as the program does.
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a device takes to reconnect after a fault has closed its connection.
const RECONNECT: Duration = Duration::from_secs(1);

impl World {
    /// A request of a device, and its answer.
    pub fn request(&mut self, place: usize, number: u64, request: &DeviceRequest) {
        let member = &self.members[place];
        if !member.is_up() {
            return;
        }
        let link = member.link;
        let topic = JobsTopic {
            thing: member.thing().clone(),
            topic: Topic::Request(request.operation()),
        };
        let Handled {
            reply,
            notifications,
        } = self.handle(topic, request);
        let delivery = |answer| Delivery {
            member: place,
            link,
            input: Input::Answer {
                request: number,
                answer,
            },
        };
        let silence = || Answer::Failed("no reply came".to_owned());
        let answer = reply.and_then(answer);
        match (answer, self.faults.fate(FaultTarget::Replies)) {
            // A client takes the first of two replies to a request.
            (Some(answer), Fate::Deliver | Fate::Duplicate) => {
                self.deliveries.push_back(delivery(answer));
            }
            (Some(answer), Fate::Delay(ms)) if Duration::from_millis(ms) < REPLY_TIMEOUT => {
                self.delay(delivery(answer), Duration::from_millis(ms));
            }
            (_, Fate::Disconnect) => self.cut(place, RECONNECT, true),
            _ => self.delay(delivery(silence()), REPLY_TIMEOUT),
        }
        self.spread(notifications);
    }

    fn handle(
        &mut self,
        topic: JobsTopic,
        request: &DeviceRequest,
    ) -> Handled<Option<ServiceMessage>> {
        let (text, payload) = (topic.to_string(), request.payload());
        let (parsed, payload) = (Ok(topic), payload.as_bytes());
        if self.faults.throttles(FaultTarget::Replies) {
            let refused = (payload, RefusedRequest::Throttled);
            return Handled {
                reply: (self.service).refuse_device(self.now, &text, &parsed, refused),
                notifications: Vec::new(),
            };
        }
        (self.service).handle_device(self.now, &text, parsed, payload)
    }

    /// Messages of the service to the devices that they concern.
    pub fn spread(&mut self, messages: Vec<ServiceMessage>) {
        for message in messages {
            let Ok(topic) = message.topic.parse::<JobsTopic>() else {
                continue;
            };
            let name = match topic.topic {
                Topic::Notify => EventName::JobExecutionsChanged,
                Topic::NotifyNext => EventName::NextJobExecutionChanged,
                Topic::Request(_) | Topic::Reply(..) => continue,
            };
            let Some(place) = self.places.get(&topic.thing).copied() else {
                continue;
            };
            if !self.members[place].is_up() {
                continue;
            }
            let link = self.members[place].link;
            let payload = Payload::from(message.payload);
            let delivery = || Delivery {
                member: place,
                link,
                input: Input::Event(EventMessage {
                    name,
                    payload: payload.clone(),
                }),
            };
            match self.faults.fate(FaultTarget::Notifications) {
                Fate::Drop => {}
                Fate::Deliver => self.deliveries.push_back(delivery()),
                Fate::Duplicate => self.deliveries.extend([delivery(), delivery()]),
                Fate::Delay(ms) => self.delay(delivery(), Duration::from_millis(ms)),
                Fate::Disconnect => self.cut(place, RECONNECT, true),
            }
        }
    }
}

/// The answer that a reply is.
fn answer(message: ServiceMessage) -> Option<Answer> {
    let verdict = Verdict::of_reply(&message.topic)?;
    let payload = Payload::from(message.payload);
    Some(match verdict {
        Verdict::Accepted => Answer::Accepted(payload),
        Verdict::Rejected => Answer::Rejected(payload),
    })
}
