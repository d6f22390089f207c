//! `events`: which are shown.

use crate::protocol::{EventName, JobId};
use crate::repl::input::command::error::{CommandError, arguments};
use crate::repl::input::grammar::own::EventsArgs;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Events {
    /// Shows these events from now on.
    Show(Shown),
    /// Shows this many of the last events.
    Last(usize),
}

/// Which events are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Shown {
    #[default]
    All,
    None,
    /// The events of this name.
    Named(EventName),
    /// Those in which the execution of this job comes, goes or changes.
    Job(JobId),
}

pub(crate) fn events(args: &EventsArgs) -> Result<Events, CommandError> {
    let wrong = |what: String| Err(arguments("events", what));
    Ok(match (args.what.as_str(), args.which.as_deref()) {
        ("last", None) => Events::Last(10),
        ("last", Some(count)) => match count.parse() {
            Ok(count) => Events::Last(count),
            Err(_) => return wrong(format!("`{count}` is not a whole number that fits")),
        },
        ("only", None) => return wrong("events only needs changed, next or a job id".to_owned()),
        ("only", Some(which)) => Events::Show(match (which, which.parse()) {
            ("changed", _) => Shown::Named(EventName::JobExecutionsChanged),
            ("next", _) => Shown::Named(EventName::NextJobExecutionChanged),
            (_, Ok(name)) => Shown::Named(name),
            (job, Err(_)) => match JobId::new(job) {
                Ok(job) => Shown::Job(job),
                Err(_) => return wrong(format!("`{job}` is not a job id\nhint: {}", JobId::RULE)),
            },
        }),
        (what, Some(_)) => return wrong(format!("events {what} takes nothing more")),
        ("off", None) => Events::Show(Shown::None),
        (_, None) => Events::Show(Shown::All),
    })
}
