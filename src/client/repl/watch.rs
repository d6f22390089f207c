//! `watch`: repeats a request at an interval, and shows the reply when it changes.

use serde_json::Value;
use tokio::time::Instant;

use crate::cause::Cause;
use crate::repl::editor::Editor;
use crate::repl::input::command::Watch;
use crate::repl::input::query::Query;
use crate::repl::output::answer::{Answer, Failure, Outcome};
use crate::repl::output::object::Origin;
use crate::repl::output::route;
use crate::repl::session::Session;
use crate::repl::wait::next_event;

/// The members that differ in every reply without a change of meaning.
const VOLATILE: [&str; 2] = ["timestamp", "clientToken"];

impl Session {
    /// Carries out `watch`, and shows events as they arrive. Without `may_go_on` it needs a `count`. Returns how the last
    /// request ended, or why `watch` cannot begin; both have already been shown.
    pub(crate) async fn watch(
        &mut self,
        watch: &Watch,
        usual_query: Option<Query>,
        may_go_on: bool,
        origin: Origin<'_>,
        editor: &Editor,
    ) -> Outcome {
        let query = watch.query.clone().or(usual_query);
        let query = query.map(|query| query.for_screen(true));
        if let Err(failure) = self.announce(watch, may_go_on, editor) {
            let outcome = Err(failure);
            self.show(origin, &outcome, 0, editor);
            return outcome;
        }
        let mut told = None;
        let mut times = 0;
        loop {
            let next = Instant::now() + watch.every;
            let answered = self.request(&watch.request, editor).await;
            let selected = select(query.clone(), answered.outcome);
            let tells: Vec<String> = selected.iter().map(essence).collect();
            if Some(&tells) != told.as_ref() {
                for outcome in &selected {
                    self.show(origin, outcome, answered.after_events, editor);
                }
                told = Some(tells);
            }
            times += 1;
            if Some(times) == watch.count {
                let failure = selected.into_iter().find_map(Result::err);
                return failure.map_or(Ok(Answer::Nothing), Err);
            }
            let mut taken = self.feed.watch();
            while Instant::now() < next {
                next_event(&mut taken, next, editor).await;
            }
        }
    }

    /// Prints how often the request is sent, and until when; fails if `watch` would never end.
    fn announce(&self, watch: &Watch, may_go_on: bool, editor: &Editor) -> Result<(), Failure> {
        let end = match watch.count {
            Some(count) => format!("{count} times"),
            None if may_go_on => "until Ctrl-C".to_owned(),
            None => {
                let what = "watch would never end\nhint: in a script it needs --count, as in `watch --count 5 pending`";
                return Err(Failure::new(Cause::Usage, &what));
            }
        };
        if self.feed.shows_notes() {
            let every = watch.every.as_secs();
            let line = format!("# every {every} s, {end}; shown when it changes");
            editor.print_reply(&self.feed.style().comment(&line));
        }
        Ok(())
    }
}

fn select(query: Option<Query>, outcome: Outcome) -> Vec<Outcome> {
    match outcome.map(|answer| route::selected(query, answer)) {
        Ok(Ok(answer)) => vec![Ok(answer)],
        Ok(Err(outcomes)) => outcomes,
        Err(failure) => vec![Err(failure)],
    }
}

/// The content of a reply without its time.
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
    use crate::cause::Cause;
    use crate::repl::output::answer::Failure;

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
