//! The events that a command should cause: known from its request, and from what was pending before. Pure.

use crate::control::pending_change::{Ending, PendingChange, Regrouping, Starts, Target, Things};
use crate::protocol::{
    DeviceRequest, EventMessage, EventName, JobExecutionStatus, JobId, ThingName,
};
use crate::repl::jobs::Jobs;
use crate::repl::pending::{Head, Pending};

/// How sure it is that an event follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    Certain,
    /// It depends on what is not known here: the members of a group, or what was pending.
    Possible,
}

/// What a command should cause once it is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    first: First,
    certainty: Certainty,
    /// What was next before, if that is known.
    head: Option<Head>,
}

/// The event that the command causes first. After a list, what is next may have changed as well.
#[derive(Debug, Clone, PartialEq, Eq)]
enum First {
    /// A list with the execution of this job.
    ListWith(JobId),
    /// A list without the execution of this job and number.
    ListWithout(JobId, Option<u64>),
    AnyList,
    /// The next execution is this one. The list has the same members, so it does not come.
    Next(Head),
}

impl Expected {
    /// What a request of the device should cause; `None` if it causes nothing. `before` is what is known before it.
    pub(crate) fn of_device(request: &DeviceRequest, before: &Jobs) -> Option<Self> {
        let DeviceRequest::UpdateJobExecution { job, request } = request else {
            // Starting the next execution causes no event.
            return None;
        };
        let first = if request.status.parse() == Ok(JobExecutionStatus::InProgress) {
            First::Next(before.next_after_start(job)?)
        } else {
            First::ListWithout(job.clone(), number_of(job, before))
        };
        Some(Self::new(first, Certainty::Certain, before))
    }

    /// The same for a request of the control plane, whose targets are ARNs, on the thing `own`.
    pub(crate) fn of_change(
        change: PendingChange<'_>,
        own: &ThingName,
        before: &Jobs,
    ) -> Option<Self> {
        let is_own = |thing: Option<&str>| thing.is_none_or(|thing| thing == own.as_str());
        let (first, certainty) = match change {
            PendingChange::None => return None,
            PendingChange::Queues {
                job,
                targets,
                starts,
            } => (
                First::ListWith(job.clone()),
                reaches(targets, own, before, starts)?,
            ),
            PendingChange::Extends { job, targets } => {
                let pending = before.pending();
                let is_there = pending.is_some_and(|it| it.find(job.as_str()).is_some());
                (!is_there).then_some(())?;
                let certainty = reaches(targets, own, before, Starts::Perhaps)?;
                (First::ListWith(job.clone()), certainty)
            }
            PendingChange::Ends(ending) => (
                First::ListWithout(ending.job.clone(), number_of(ending.job, before)),
                match ending.things {
                    Things::Certainly(thing) => is_own(thing).then_some(Certainty::Certain)?,
                    Things::Perhaps(thing) if !is_own(thing) => return None,
                    Things::Perhaps(_) | Things::All => ends(&ending, before)?,
                },
            ),
            PendingChange::Follows {
                thing,
                group,
                joins,
            } => {
                let changes = if joins {
                    !before.is_member(group)
                } else {
                    (before.pending()).is_none_or(|it| it.listed().next().is_some())
                };
                (is_own(thing) && changes).then_some(())?;
                (First::AnyList, Certainty::Possible)
            }
            PendingChange::Regroups(regrouping) => {
                let may_change = match regrouping {
                    Regrouping::NewGroup => false,
                    Regrouping::NewQuery => true,
                    Regrouping::Thing(thing) => {
                        thing == own.as_str() && before.has_dynamic_groups()
                    }
                };
                may_change.then_some(())?;
                (First::AnyList, Certainty::Possible)
            }
        };
        Some(Self::new(first, certainty, before))
    }

    fn new(first: First, certainty: Certainty, before: &Jobs) -> Self {
        Self {
            first,
            certainty,
            head: before.head(),
        }
    }

    /// What is still to come after `events`, all that came since the command began; `None` if it is complete.
    pub(crate) fn awaited<'a>(
        &self,
        events: impl Iterator<Item = &'a EventMessage>,
    ) -> Option<Certainty> {
        let (mut lists, mut nexts) = (Vec::new(), Vec::new());
        for event in events {
            let payload = event.payload.value();
            match event.name {
                EventName::JobExecutionsChanged => lists.extend(Pending::of(payload)),
                EventName::NextJobExecutionChanged => nexts.push(Head::of(payload)),
            }
        }
        let has_come = |head: &Head| nexts.iter().any(|next| next.is(head));
        if let First::Next(head) = &self.first {
            return (!has_come(head)).then_some(self.certainty);
        }
        let mut awaited = Some(self.certainty);
        for list in lists.iter().filter(|list| self.fits(list)) {
            let head = list.first();
            awaited = self.next_after(&head);
            if awaited.is_none() || has_come(&head) {
                return None;
            }
        }
        awaited
    }

    /// Whether a list shows what the command should have done.
    fn fits(&self, list: &Pending) -> bool {
        match &self.first {
            First::ListWith(job) => list.find(job.as_str()).is_some() || list.may_be_cut(),
            First::ListWithout(job, number) => list.find(job.as_str()).is_none_or(|found| {
                // The service may have queued it once more.
                let is_other = number.is_none_or(|number| found.number != Some(number));
                !found.is_in_progress() && found.number > Some(1) && is_other
            }),
            First::AnyList => true,
            First::Next(_) => false,
        }
    }

    /// Whether the next execution has changed too, if it is this one after the list.
    fn next_after(&self, after: &Head) -> Option<Certainty> {
        match (&self.head, &self.first, after) {
            (Some(before), _, after) => (!before.is(after)).then_some(Certainty::Certain),
            (None, First::ListWith(job), after) => {
                (after.job() == Some(job.as_str())).then_some(Certainty::Certain)
            }
            (None, _, Head::Nothing) => Some(Certainty::Certain),
            (None, _, Head::Execution { .. }) => Some(Certainty::Possible),
        }
    }
}

/// Whether a new job for these ARNs reaches the thing `own`; `None` if it does not.
fn reaches(
    targets: &[String],
    own: &ThingName,
    before: &Jobs,
    starts: Starts,
) -> Option<Certainty> {
    // Whether it is certain that the thing is meant; `None` if it is not.
    let reached = |target: &String| match Target::of(target) {
        Target::Thing(thing) => (thing == own.as_str()).then_some(true),
        Target::Group(group) => Some(before.is_member(group)),
        Target::Unknown => Some(false),
    };
    let is_certain = targets.is_empty() || targets.iter().filter_map(reached).max()?;
    match starts {
        Starts::Later => None,
        Starts::AtOnce if is_certain => Some(Certainty::Certain),
        Starts::AtOnce | Starts::Perhaps => Some(Certainty::Possible),
    }
}

/// Whether an execution of this thing leaves the list; `None` if it does not.
fn ends(ending: &Ending<'_>, before: &Jobs) -> Option<Certainty> {
    let pending = before.pending();
    let Some(found) = pending.and_then(|it| it.find(ending.job.as_str())) else {
        let is_possible = pending.is_none_or(Pending::may_be_cut) && !before.is_absent(ending.job);
        return is_possible.then_some(Certainty::Possible);
    };
    let is_meant = |number: i64| {
        found
            .number
            .is_none_or(|it| i64::try_from(it) == Ok(number))
    };
    let leaves =
        ending.number.is_none_or(is_meant) && (ending.in_progress || !found.is_in_progress());
    leaves.then_some(Certainty::Certain)
}

/// The number of the pending execution of a job, if it is known.
fn number_of(job: &JobId, before: &Jobs) -> Option<u64> {
    before.pending()?.find(job.as_str())?.number
}

#[cfg(test)]
mod tests;
