//! `events`: which events are shown.

use crate::protocol::{EventName, JobId};
use crate::repl::input::command::error::{CommandError, arguments};
use crate::repl::input::command::kinds::{OwnCommand, Setting, Shown};
use crate::repl::input::grammar::own::EventsArgs;

pub(crate) fn events(args: &EventsArgs) -> Result<OwnCommand, CommandError> {
    let show = |shown| OwnCommand::Set(Setting::Events(Some(shown)));
    let wrong = |what: String| Err(arguments("events", what));
    let Some(what) = args.what.as_deref() else {
        return Ok(OwnCommand::Set(Setting::Events(None)));
    };
    Ok(match (what, args.which.as_deref()) {
        ("last", None) => OwnCommand::LastEvents(10),
        ("last", Some(count)) => match count.parse() {
            Ok(count) => OwnCommand::LastEvents(count),
            Err(_) => return wrong(format!("`{count}` is not a whole number")),
        },
        ("only", None) => return wrong("events only needs changed, next or a job id".to_owned()),
        ("only", Some(which)) => show(match (which, which.parse()) {
            ("changed", _) => Shown::Named(EventName::JobExecutionsChanged),
            ("next", _) => Shown::Named(EventName::NextJobExecutionChanged),
            (_, Ok(name)) => Shown::Named(name),
            (job, Err(_)) => match JobId::new(job) {
                Ok(job) => Shown::Job(job),
                Err(_) => return wrong(format!("`{job}` is not a job id\nhint: {}", JobId::RULE)),
            },
        }),
        (what, Some(more)) => return wrong(format!("events {what} does not take `{more}`")),
        ("off", None) => show(Shown::None),
        (_, None) => show(Shown::All),
    })
}
