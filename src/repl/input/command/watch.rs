//! `watch`: what is done again and again, and how often.

use std::time::Duration;

use crate::protocol::ThingName;
use crate::repl::input::command::error::arguments;
use crate::repl::input::command::{Command, CommandError, inner};
use crate::repl::input::grammar::WatchArgs;
use crate::repl::input::query::Query;
use crate::repl::output::answer;

/// How often `watch` looks where it does not say.
const WATCH_EVERY_S: u64 = 2;

/// `watch`
pub(crate) fn command(args: &WatchArgs, own: &ThingName) -> Result<Command, CommandError> {
    let ((command, query), every) = match inner("watch", &args.words, own) {
        Ok(command) => (command, args.every),
        Err(error) => {
            // `watch pending 5`, but only where the number cannot be the command's.
            let seconds = args.words.split_last().and_then(|(last, words)| {
                let seconds = last
                    .parse::<u64>()
                    .ok()
                    .filter(|it| (1..=86_400).contains(it));
                Some((inner("watch", words, own).ok()?, seconds?))
            });
            match seconds.filter(|_| args.every.is_none()) {
                Some((command, seconds)) => (command, Some(seconds)),
                None => return Err(error),
            }
        }
    };
    if !only_looks(&command) {
        let what =
            "watch repeats only what changes nothing, such as pending, describe and list-jobs";
        return Err(arguments("watch", what.to_owned()));
    }
    Ok(Command::Watch {
        command: Box::new(command),
        query: query.as_deref().map(Query::new).transpose()?,
        every: Duration::from_secs(every.unwrap_or(WATCH_EVERY_S)),
        count: args.count,
    })
}

/// Whether a command only looks at what the service has, so that it can be repeated.
fn only_looks(command: &Command) -> bool {
    match command {
        Command::GetPendingJobExecutions | Command::DescribeJobExecution { .. } => true,
        Command::Control(request) => !answer::changes(request.operation()),
        _ => false,
    }
}
