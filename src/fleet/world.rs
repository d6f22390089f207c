//! The service, the devices and the queue of what is to happen. A message takes no time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use crate::agent::core::{Action, Answer, Input};
use crate::fleet::member::Member;
use crate::protocol::{
    DeviceRequest, EpochMillis, EventMessage, EventName, JobsTopic, Payload, ThingName, Topic,
    Verdict,
};
use crate::service::{Extras, Handled, HttpRequest, HttpResponse, Service, ServiceMessage};

/// What is to happen to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A timer of its core.
    Timer,
    /// Its link comes back, if it was cut no further time.
    LinkUp { link: u64 },
    /// It has restarted.
    Boot,
}

/// A message under way to a device.
#[derive(Debug)]
struct Delivery {
    member: usize,
    link: u64,
    input: Input,
}

/// A fleet and its service.
#[derive(Debug)]
pub struct World {
    service: Service,
    members: Vec<Member>,
    /// The place of each thing among the members.
    places: BTreeMap<ThingName, usize>,
    /// What is due, by time and then in the order in which it was queued.
    queue: BinaryHeap<Reverse<(EpochMillis, u64, usize, Due)>>,
    queued: u64,
    deliveries: VecDeque<Delivery>,
    now: EpochMillis,
}

impl World {
    /// A service and devices whose things it knows. They join at `now`, or as late as their plan says.
    pub fn new(service: Service, members: Vec<Member>, now: EpochMillis) -> Self {
        let places = members.iter().enumerate();
        let places = places
            .map(|(place, member)| (member.thing().clone(), place))
            .collect();
        let mut world = Self {
            service,
            members,
            places,
            queue: BinaryHeap::new(),
            queued: 0,
            deliveries: VecDeque::new(),
            now,
        };
        for place in 0..world.members.len() {
            let absence = world.members[place].absence().unwrap_or_default();
            world.push(now.plus(absence), place, Due::LinkUp { link: 0 });
        }
        world
    }

    pub fn now(&self) -> EpochMillis {
        self.now
    }

    pub fn service(&self) -> &Service {
        &self.service
    }

    /// A request of the operator.
    pub fn operate(&mut self, request: &HttpRequest) -> HttpResponse {
        let handled = (self.service).handle_control_plane(self.now, request, &Extras::default());
        let reply = self.publish(handled);
        self.deliver();
        reply
    }

    /// When something happens next.
    pub fn poll_timeout(&self) -> Option<EpochMillis> {
        let device = self.queue.peek().map(|Reverse((at, ..))| *at);
        device.into_iter().chain(self.service.poll_timeout()).min()
    }

    /// Lets the next thing happen, at its time. Returns whether anything was due.
    pub fn step(&mut self) -> bool {
        let Some(due) = self.poll_timeout() else {
            return false;
        };
        self.now = self.now.max(due);
        // What is due for the service comes before any other input.
        if self.service.poll_timeout().is_some_and(|at| at <= self.now) {
            let messages = self.service.handle_timeout(self.now);
            self.spread(messages);
        } else if let Some(Reverse((_, _, place, due))) = self.queue.pop() {
            self.happen(place, due);
        }
        self.deliver();
        true
    }

    fn happen(&mut self, place: usize, due: Due) {
        let now = self.now;
        let member = &mut self.members[place];
        match due {
            Due::Timer => {
                member.wakes = None;
                if member.is_off {
                    return;
                }
                // A timer may have been put off meanwhile.
                if member.device.poll_timeout().is_some_and(|at| at <= now) {
                    let actions = member.device.handle_timeout(now);
                    self.perform(place, actions);
                } else {
                    self.wake(place);
                }
            }
            Due::LinkUp { link } if link == member.link => {
                member.is_up = true;
                self.hand_over(place, Input::Connected);
            }
            Due::LinkUp { .. } => {}
            Due::Boot => {
                member.restart();
                if member.is_up {
                    self.hand_over(place, Input::Connected);
                }
            }
        }
    }

    /// Delivers everything that is under way, in order.
    fn deliver(&mut self) {
        while let Some(Delivery {
            member,
            link,
            input,
        }) = self.deliveries.pop_front()
        {
            let receiver = &self.members[member];
            if receiver.is_up && receiver.link == link {
                self.hand_over(member, input);
            }
        }
    }

    fn hand_over(&mut self, place: usize, input: Input) {
        let member = &mut self.members[place];
        if member.is_off {
            return;
        }
        let actions = member.device.handle(self.now, input);
        self.perform(place, actions);
    }

    fn perform(&mut self, place: usize, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Remember(memory) => self.members[place].memory = memory,
                Action::Request { number, request } => self.request(place, number, &request),
                Action::CutLink(lasts) => self.cut(place, lasts),
                Action::Reboot(lasts) => {
                    self.cut(place, lasts);
                    self.members[place].is_off = true;
                    self.push(self.now.plus(lasts), place, Due::Boot);
                }
                // Nothing runs but what the core simulates.
                Action::Decide(_)
                | Action::Start(_)
                | Action::Terminate
                | Action::Kill
                | Action::Finish => {}
            }
        }
        self.wake(place);
    }

    fn cut(&mut self, place: usize, lasts: std::time::Duration) {
        let member = &mut self.members[place];
        member.is_up = false;
        member.link += 1;
        let link = member.link;
        let actions = member.device.handle(self.now, Input::Disconnected);
        self.perform(place, actions);
        self.push(self.now.plus(lasts), place, Due::LinkUp { link });
    }

    /// A request of a device, and its answer.
    fn request(&mut self, place: usize, number: u64, request: &DeviceRequest) {
        let member = &self.members[place];
        if !member.is_up {
            return;
        }
        let link = member.link;
        let topic = JobsTopic {
            thing: member.thing().clone(),
            topic: Topic::Request(request.operation()),
        };
        let (text, payload) = (topic.to_string(), request.payload());
        let handled = (self.service).handle_device(self.now, &text, Ok(topic), payload.as_bytes());
        let Handled {
            reply,
            notifications,
        } = handled;
        let answer = match reply.as_ref().map(|it| (it, verdict(&it.topic))) {
            Some((message, Some(Verdict::Accepted))) => {
                Answer::Accepted(Payload::from(&*message.payload))
            }
            Some((message, Some(Verdict::Rejected))) => {
                Answer::Rejected(Payload::from(&*message.payload))
            }
            _ => Answer::Failed("there is no reply".to_owned()),
        };
        let input = Input::Answer {
            request: number,
            answer,
        };
        self.deliveries.push_back(Delivery {
            member: place,
            link,
            input,
        });
        self.spread(notifications);
    }

    fn publish<T>(&mut self, handled: Handled<T>) -> T {
        self.spread(handled.notifications);
        handled.reply
    }

    /// Messages of the service to the devices that they concern.
    fn spread(&mut self, messages: Vec<ServiceMessage>) {
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
            let member = &self.members[place];
            if member.is_up {
                let payload = Payload::from(&*message.payload);
                let input = Input::Event(EventMessage { name, payload });
                let link = member.link;
                self.deliveries.push_back(Delivery {
                    member: place,
                    link,
                    input,
                });
            }
        }
    }

    /// Queues the next timer of a device, unless it is queued.
    fn wake(&mut self, place: usize) {
        let member = &mut self.members[place];
        let Some(due) = member.device.poll_timeout().filter(|_| !member.is_off) else {
            return;
        };
        if member.wakes.is_none_or(|wakes| due < wakes) {
            member.wakes = Some(due);
            self.push(due, place, Due::Timer);
        }
    }

    fn push(&mut self, at: EpochMillis, place: usize, due: Due) {
        self.queued += 1;
        self.queue.push(Reverse((at, self.queued, place, due)));
    }
}

fn verdict(topic: &str) -> Option<Verdict> {
    match topic.parse::<JobsTopic>().ok()?.topic {
        Topic::Reply(_, verdict) => Some(verdict),
        _ => None,
    }
}
