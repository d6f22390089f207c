//! `watch`: which request is repeated, at which interval, and how often.

use std::time::Duration;

use crate::control::Effect;
use crate::repl::input::command::error::{CommandError, arguments};
use crate::repl::input::command::kinds::{Command, ServiceRequest, Watch};
use crate::repl::input::grammar::own::WatchArgs;
use crate::repl::input::query::Query;

/// The interval if it is not given.
const WATCH_EVERY_S: u64 = 2;

/// Reads the arguments of `watch`; `read` reads the command among them.
pub(crate) fn watch(
    args: &WatchArgs,
    read: impl Fn(&[&str]) -> Result<(Command, Option<String>), CommandError>,
) -> Result<Watch, CommandError> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let ((command, query), every) = match read(&words) {
        Ok(command) => (command, args.every),
        Err(error) => {
            // `watch pending 5`, unless the number belongs to the command.
            let seconds = words.split_last().and_then(|(last, words)| {
                let seconds = last
                    .parse::<u64>()
                    .ok()
                    .filter(|it| (1..=86_400).contains(it));
                Some((read(words).ok()?, seconds?))
            });
            match seconds.filter(|_| args.every.is_none()) {
                Some((command, seconds)) => (command, Some(seconds)),
                None => return Err(error),
            }
        }
    };
    let Some(request) = reading(command) else {
        let what = "watch repeats only commands that change nothing, such as pending, describe and list-jobs";
        return Err(arguments("watch", what.to_owned()));
    };
    Ok(Watch {
        request,
        query: query.as_deref().map(Query::new).transpose()?,
        every: Duration::from_secs(every.unwrap_or(WATCH_EVERY_S)),
        count: args.count,
    })
}

/// The request of a command that only reads.
fn reading(command: Command) -> Option<ServiceRequest> {
    match command {
        Command::Service(request) if request.effect() == Effect::Reads => Some(request),
        _ => None,
    }
}
