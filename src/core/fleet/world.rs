//! The service, the devices, and the queue of what is to happen. A message takes no time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

use crate::executor::core::{Action, Input, Settings};
use crate::executor::plan::Plan;
use crate::faults::Faults;
use crate::fleet::member::{Contact, Member};
use crate::fleet::record::Record;
use crate::fleet::setup::{FLEET, Setup, SetupError, accepted};
use crate::protocol::{EpochMillis, ThingName};
use crate::service::{Extras, HttpRequest, HttpResponse, Service};

/// So many steps per device without a change of any execution mean that nothing will change: devices retry for ever, for example.
const QUIET_STEPS: u64 = 500;

/// So many maintenance windows without a change of any execution mean the same, if no device has anything due.
const IDLE_WINDOWS: u64 = 2;

/// What is to happen to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// It is created, joins its groups, and connects unless it is away.
    Join,
    /// A timer of its core.
    Timer,
    /// Its link comes back, if it was not cut since.
    LinkUp { link: u64, by_fault: bool },
    /// It has restarted.
    Boot,
    /// A delayed message arrives.
    Arrival { number: u64 },
}

impl Due {
    /// Whether it may change an execution that nothing else changes. Faults cut links for ever.
    const fn is_change(self) -> bool {
        match self {
            Self::Join | Self::Boot => true,
            Self::LinkUp { by_fault, .. } => !by_fault,
            Self::Timer | Self::Arrival { .. } => false,
        }
    }
}

/// A message under way to a device.
#[derive(Debug)]
pub struct Delivery {
    pub member: usize,
    pub link: u64,
    pub input: Input,
}

/// A fleet and its service.
#[derive(Debug)]
pub struct World {
    pub setup: Setup,
    pub service: Service,
    /// The names of the groups; the first is that of the whole fleet.
    pub groups: Vec<String>,
    pub members: Vec<Member>,
    /// The place of each thing among the members.
    pub places: BTreeMap<ThingName, usize>,
    /// What is due, by time and then in the order in which it was queued.
    queue: BinaryHeap<Reverse<(EpochMillis, u64, usize, Due)>>,
    queued: u64,
    /// How many of these may change an execution that nothing else changes.
    changes: usize,
    pub deliveries: VecDeque<Delivery>,
    pub delayed: BTreeMap<u64, Delivery>,
    pub faults: Faults,
    pub now: EpochMillis,
    pub record: Record,
    quiet_steps: u64,
}

impl World {
    /// A service that knows the fleet and its groups, devices that are connected unless their plan says otherwise, and the job, just
    /// created.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        let mut service = Service::new(setup.job.identity());
        service.keep_diary();
        let mut world = Self {
            service,
            groups: Vec::new(),
            members: Vec::with_capacity(setup.devices),
            places: BTreeMap::new(),
            queue: BinaryHeap::new(),
            queued: 0,
            changes: 0,
            deliveries: VecDeque::new(),
            delayed: BTreeMap::new(),
            faults: Faults::default(),
            now: setup.begins,
            record: Record::new(setup.begins, setup.devices),
            quiet_steps: 0,
            setup,
        };
        world.populate()?;
        let begins = world.now;
        while world.poll_timeout() == Some(begins) {
            world.step();
        }
        let request = world.setup.job.request();
        accepted("CreateJob", &world.operate(&request))?;
        world.note();
        for fault in world.setup.faults.clone() {
            let added = world.faults.add(fault);
            added.map_err(SetupError::Fault)?;
        }
        Ok(world)
    }

    fn populate(&mut self) -> Result<(), SetupError> {
        let names = self.setup.names.of(self.setup.devices)?;
        self.create_groups(&names)?;
        let plans = self.plans()?;
        let joins = self.setup.joins.clone();
        for (place, thing) in names.into_iter().enumerate() {
            let fits = |index: &usize| match index.checked_sub(1) {
                None => true,
                Some(own) => self.setup.groups[own].1.fits(thing.as_str()),
            };
            let member_of: Vec<usize> = (0..self.groups.len()).filter(fits).collect();
            let plan = plans.iter().find(|(group, _)| member_of.contains(group));
            let plan = plan.map_or(&plans[plans.len() - 1].1, |(_, plan)| plan);
            let mut settings = Settings::simulated(thing.clone(), plan.clone(), self.setup.seed);
            settings.step_timeout_minutes = self.setup.step_timeout_minutes;
            settings.says_why = false;
            let group_names: Vec<&str> = member_of
                .iter()
                .map(|group| &*self.groups[*group])
                .collect();
            let mut member = Member::new(settings, member_of.clone());
            member.is_target = self.setup.job.is_for(&thing, &group_names);
            // Its own draw, which differs from when the device is away.
            let later = joins.as_ref();
            let later = later.and_then(|plan| plan.absence(!self.setup.seed, &thing));
            member.joins_after = later;
            self.places.insert(thing, place);
            self.members.push(member);
            match later {
                Some(later) => self.push(self.now.plus(later), place, Due::Join),
                None => self.join(place)?,
            }
        }
        Ok(())
    }

    /// Creates the group of the whole fleet, and the others.
    fn create_groups(&mut self, names: &[ThingName]) -> Result<(), SetupError> {
        let mut groups = vec![FLEET.to_owned()];
        for (group, pattern) in &self.setup.groups {
            if groups.contains(group) {
                return Err(SetupError::GroupTwice(group.clone()));
            }
            if !names.iter().any(|thing| pattern.fits(thing.as_str())) {
                let pattern = pattern.to_string();
                return Err(SetupError::EmptyGroup(group.clone(), pattern));
            }
            groups.push(group.clone());
        }
        for group in &groups {
            let request = HttpRequest::new("POST", &format!("/thing-groups/{group}"), &json!({}));
            accepted("CreateThingGroup", &self.operate(&request))?;
        }
        self.groups = groups;
        Ok(())
    }

    /// The plan of each cohort by the number of its group; at the end that of all others.
    fn plans(&self) -> Result<Vec<(usize, std::sync::Arc<Plan>)>, SetupError> {
        let mut plans = Vec::new();
        for (cohort, plan) in &self.setup.cohorts {
            let group = self
                .setup
                .groups
                .iter()
                .position(|(name, _)| name == cohort);
            let group = group.ok_or_else(|| SetupError::UnknownCohort(cohort.clone()))?;
            plans.push((group + 1, plan.clone().into()));
        }
        plans.push((usize::MAX, self.setup.plan.clone().into()));
        Ok(plans)
    }

    fn join(&mut self, place: usize) -> Result<(), SetupError> {
        let member = &self.members[place];
        let (thing, absence) = (member.thing().clone(), member.absence());
        let request = HttpRequest::new("POST", &format!("/things/{thing}"), &json!({}));
        accepted("CreateThing", &self.operate(&request))?;
        for group in self.members[place].groups.clone() {
            let body = json!({ "thingGroupName": self.groups[group], "thingName": thing.as_str() });
            let target = "/thing-groups/addThingToThingGroup";
            let request = HttpRequest::new("PUT", target, &body);
            accepted("AddThingToThingGroup", &self.operate(&request))?;
        }
        if absence.is_some() {
            self.link_is_up(place, false);
        }
        let at = self.now.plus(absence.unwrap_or_default());
        let (link, by_fault) = (0, false);
        self.push(at, place, Due::LinkUp { link, by_fault });
        Ok(())
    }

    pub fn now(&self) -> EpochMillis {
        self.now
    }

    /// A request of the operator.
    pub fn operate(&mut self, request: &HttpRequest) -> HttpResponse {
        let handled = (self.service).handle_control_plane(self.now, request, &Extras::default());
        self.spread(handled.notifications);
        self.deliver();
        handled.reply
    }

    /// What the service answers to DescribeJob.
    pub fn describe_job(&mut self) -> Value {
        let target = format!("/jobs/{}", self.setup.job.id);
        let response = self.operate(&HttpRequest::new("GET", &target, &Value::Null));
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        answer["job"].clone()
    }

    /// When something happens next.
    pub fn poll_timeout(&self) -> Option<EpochMillis> {
        let device = self.queue.peek().map(|Reverse((at, ..))| *at);
        device.into_iter().chain(self.service.poll_timeout()).min()
    }

    /// Whether nothing that can still happen changes an execution of the job.
    pub fn is_over(&self) -> bool {
        if self.record.is_over() {
            return true;
        }
        if self.changes > 0 || self.service.is_change_due() {
            return false;
        }
        let quiet = QUIET_STEPS * (self.members.len() as u64 + 10);
        // Maintenance windows come again for ever.
        let is_idle = self.queue.is_empty() && self.record.idle_windows() > IDLE_WINDOWS;
        self.poll_timeout().is_none()
            || self.record.executions.open() == 0
            || is_idle
            || self.quiet_steps > quiet
    }

    /// Lets the next thing happen, at its time.
    pub fn step(&mut self) {
        let Some(due) = self.poll_timeout() else {
            return;
        };
        self.now = self.now.max(due);
        // What is due for the service comes before any other input.
        if self.service.poll_timeout().is_some_and(|at| at <= self.now) {
            let messages = self.service.handle_timeout(self.now);
            self.spread(messages);
        } else if let Some(Reverse((_, _, place, due))) = self.queue.pop() {
            self.changes -= usize::from(due.is_change());
            self.happen(place, due);
        }
        self.deliver();
        self.note();
    }

    fn note(&mut self) {
        self.quiet_steps += 1;
        for entry in self.service.take_diary() {
            if self.record.add(&entry, &self.places) {
                self.quiet_steps = 0;
            }
        }
    }

    fn happen(&mut self, place: usize, due: Due) {
        let now = self.now;
        let member = &mut self.members[place];
        match due {
            Due::Join => {
                // The names were checked with those of the other devices.
                let _ = self.join(place);
            }
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
            Due::LinkUp { link, .. } if link == member.link => {
                self.link_is_up(place, true);
                self.hand_over(place, Input::Connected);
            }
            Due::LinkUp { .. } => {}
            Due::Boot => {
                member.restart();
                if member.is_up() {
                    self.hand_over(place, Input::Connected);
                }
            }
            Due::Arrival { number } => self.deliveries.extend(self.delayed.remove(&number)),
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
            if receiver.is_up() && receiver.link == link {
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
                Action::CutLink(lasts) => self.cut(place, lasts, false),
                Action::Reboot(lasts) => {
                    self.cut(place, lasts, false);
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

    /// Cuts the link of a device for so long.
    pub fn cut(&mut self, place: usize, lasts: Duration, by_fault: bool) {
        self.link_is_up(place, false);
        let member = &mut self.members[place];
        member.link += 1;
        let link = member.link;
        let actions = member.device.handle(self.now, Input::Disconnected);
        self.perform(place, actions);
        self.push(self.now.plus(lasts), place, Due::LinkUp { link, by_fault });
    }

    /// The link of a device is up or down, so that the service need not make messages for it.
    fn link_is_up(&mut self, place: usize, is_up: bool) {
        let member = &mut self.members[place];
        let contact = if is_up { Contact::Up } else { Contact::Away };
        let before = std::mem::replace(&mut member.contact, contact);
        if (before == Contact::Away) == is_up {
            self.service.set_away(member.thing(), !is_up);
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

    /// Delivers a message later.
    pub fn delay(&mut self, delivery: Delivery, by: Duration) {
        let (number, place) = (self.queued, delivery.member);
        self.delayed.insert(number, delivery);
        self.push(self.now.plus(by), place, Due::Arrival { number });
    }

    fn push(&mut self, at: EpochMillis, place: usize, due: Due) {
        self.changes += usize::from(due.is_change());
        self.queued += 1;
        self.queue.push(Reverse((at, self.queued, place, due)));
    }
}
