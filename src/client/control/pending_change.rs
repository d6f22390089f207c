//! What an accepted request does to the pending job executions of things, as far as the request shows it. Pure.

use crate::protocol::JobId;

/// The change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingChange<'a> {
    None,
    /// An execution of a new job is queued for each target.
    Queues {
        job: &'a JobId,
        /// ARNs of things and groups once it is sent; empty for this thing.
        targets: &'a [String],
        starts: Starts,
    },
    /// A job gets further targets: an execution is queued for each that does not have one.
    Extends {
        job: &'a JobId,
        /// As above.
        targets: &'a [String],
    },
    /// Executions of a job leave the list.
    Ends(Ending<'a>),
    /// A thing joins or leaves a group: executions of jobs that follow the group are queued, or leave the list.
    Follows {
        /// This thing if `None`.
        thing: Option<&'a str>,
        group: &'a str,
        joins: bool,
    },
    /// Things join or leave dynamic groups: executions of jobs that follow such a group are queued, or leave the list.
    Regroups(Regrouping<'a>),
}

/// What makes things join or leave dynamic groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regrouping<'a> {
    /// A group that no job can follow yet.
    NewGroup,
    /// Another query of a group.
    NewQuery,
    /// Another attribute or type of this thing.
    Thing(&'a str),
}

/// When a job is given to its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    AtOnce,
    /// It depends on what the request does not show.
    Perhaps,
    Later,
}

/// Executions of a job that leave the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending<'a> {
    pub job: &'a JobId,
    pub things: Things<'a>,
    /// The execution of this number only.
    pub number: Option<i64>,
    /// Whether also those in progress.
    pub in_progress: bool,
}

/// The things whose executions leave the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Things<'a> {
    /// All that have one.
    All,
    /// One thing, which has one: the request is refused otherwise. This thing if `None`.
    Certainly(Option<&'a str>),
    /// One thing, which may have one. This thing if `None`.
    Perhaps(Option<&'a str>),
}

/// What an ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    Thing(&'a str),
    Group(&'a str),
    Unknown,
}

impl<'a> Target<'a> {
    pub fn of(arn: &'a str) -> Self {
        // The last of its six parts may contain further colons.
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        match resource.split_once('/') {
            Some(("thing", name)) => Self::Thing(name),
            Some(("thinggroup", name)) => Self::Group(name),
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_a_thing_or_a_group() {
        for (arn, expected) in [
            (
                "arn:aws:iot:eu-west-1:123456789012:thing/a:b",
                Target::Thing("a:b"),
            ),
            (
                "arn:aws-cn:iot:cn-north-1:123456789012:thinggroup/g",
                Target::Group("g"),
            ),
            ("arn:aws:iot:eu-west-1:123456789012:job/a", Target::Unknown),
            ("thing/a", Target::Unknown),
            ("", Target::Unknown),
        ] {
            assert_eq!(Target::of(arn), expected, "{arn}");
        }
    }
}
