//! `watch`: a command again and again, whose answer is shown whenever it is another one.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::repl::editor::Editor;
use crate::repl::execute::Session;
use crate::repl::input::command::Command;
use crate::repl::output::answer::{Answer, Outcome};
use crate::repl::wait::next_event;

/// What differs in every answer and says nothing new.
const VOLATILE: [&str; 2] = ["timestamp", "clientToken"];

impl Session {
    /// Carries `command` out every so often, `count` times or for ever, and hands what `select` makes of each answer, if it is
    /// not what was before, to `show`. Events are shown as they come. Returns how the last time ended, which has been shown already.
    pub(crate) async fn watch(
        &mut self,
        command: &Command,
        every: Duration,
        count: Option<u64>,
        editor: &Editor,
        select: impl Fn(Outcome) -> Vec<Outcome>,
        mut show: impl FnMut(&Self, &Outcome),
    ) -> Outcome {
        let mut told = None;
        let mut times = 0;
        loop {
            let next = Instant::now() + every;
            let outcome = self.execute(command.clone(), editor).await;
            let selected = select(outcome);
            let tells: Vec<String> = selected.iter().map(essence).collect();
            if Some(&tells) != told.as_ref() {
                for outcome in &selected {
                    show(self, outcome);
                }
                told = Some(tells);
            }
            times += 1;
            if Some(times) == count {
                let failure = selected.into_iter().find_map(Result::err);
                return failure.map_or(Ok(Answer::Nothing), Err);
            }
            let mut taken = self.feed.watch();
            while Instant::now() < next {
                next_event(&mut taken, next, editor).await;
            }
        }
    }
}

/// What an answer says beside the time at which it is said.
fn essence(outcome: &Outcome) -> String {
    match outcome {
        Ok(Answer::Response { payload, .. } | Answer::Selected { payload, .. }) => {
            match payload.value() {
                Value::Object(members) => {
                    let mut members = members.clone();
                    members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
                    Value::Object(members).to_string()
                }
                _ => payload.text().to_owned(),
            }
        }
        Ok(_) => String::new(),
        Err(failure) => failure.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::output::answer::{Cause, Failure};

    #[test]
    fn the_time_of_an_answer_is_no_news() {
        let response = |payload: &str| {
            Ok(Answer::Response {
                operation: "GetPendingJobExecutions",
                payload: payload.into(),
            })
        };
        let first = essence(&response(
            r#"{"timestamp":1,"clientToken":"a","queuedJobs":[]}"#,
        ));
        for (outcome, is_news) in [
            (
                response(r#"{"timestamp":2,"clientToken":"b","queuedJobs":[]}"#),
                false,
            ),
            (
                response(r#"{"timestamp":2,"queuedJobs":[{"timestamp":1}]}"#),
                true,
            ),
            (Err(Failure::new(Cause::Timeout, &"late")), true),
        ] {
            assert_eq!(essence(&outcome) != first, is_news, "{outcome:?}");
        }
    }
}
