//! `wait`: the time, event or status to wait for.

use std::time::Duration;

use crate::duration::duration;
use crate::protocol::{EventName, JobExecutionStatus, JobId};
use crate::repl::input::command::error::{CommandError, arguments, not_a_status};
use crate::repl::input::grammar::own::WaitArgs;

/// What `wait` waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Until some time has passed.
    Time(Duration),
    /// Until an event has arrived since the last command began; of this name, if given.
    Event(Option<EventName>),
    /// Until the execution of a job has this status.
    Status {
        job: JobId,
        status: JobExecutionStatus,
    },
}

/// The longest time to wait for.
const MAX_WAIT: Duration = Duration::from_hours(24);

pub(crate) fn until(args: &WaitArgs) -> Result<Until, CommandError> {
    let wrong = |what| Err(arguments("wait", what));
    let until = match (args.what.as_str(), args.which.as_deref()) {
        ("event", None) => Until::Event(None),
        ("event", Some(name)) => {
            let Ok(known) = name.parse() else {
                let names = EventName::ALL.map(EventName::as_str).join(" or ");
                return wrong(format!(
                    "`{name}` is not the name of an event\nhint: it is {names}"
                ));
            };
            Until::Event(Some(known))
        }
        (what, None) => match duration(what) {
            Some(time) if args.timeout.is_none() && time <= MAX_WAIT => Until::Time(time),
            Some(_) if args.timeout.is_some() => {
                return wrong(format!(
                    "--timeout cannot be combined with a duration\nhint: `wait {what}` waits that long"
                ));
            }
            Some(_) => {
                return wrong(format!(
                    "`{what}` is more than a day\nhint: the longest duration is `1440m`"
                ));
            }
            None if what.starts_with(|c: char| c.is_ascii_digit()) => {
                let times =
                    "write a duration as `500ms`, `2s` or `5m`; a job id needs a status after it";
                return wrong(format!("`{what}` is not a duration\nhint: {times}"));
            }
            None if JobId::new(what).is_ok() => {
                return wrong(format!(
                    "wait {what} needs a status\nhint: such as `wait {what} SUCCEEDED`"
                ));
            }
            None => return wrong(format!("`{what}` is not a duration, `event` or a job id")),
        },
        (job, Some(status)) => {
            let Ok(job) = JobId::new(job) else {
                return wrong(format!("`{job}` is not a job id\nhint: {}", JobId::RULE));
            };
            match status.to_ascii_uppercase().parse() {
                Ok(status) => Until::Status { job, status },
                Err(_) => return wrong(not_a_status(status, None, &JobExecutionStatus::ALL)),
            }
        }
    };
    Ok(until)
}
