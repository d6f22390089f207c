//! How the end of a command is shown, and `watch`, which shows several.

use crate::repl::editor::Editor;
use crate::repl::execute::Session;
use crate::repl::input::command::Command;
use crate::repl::input::query::Query;
use crate::repl::output::answer::{Answer, Cause, Failure, Outcome};
use crate::repl::output::form::{Form, Origin};
use crate::repl::output::route::Route;

impl Session {
    /// Shows how a command ended, behind the events that came before, with the remarks on it.
    pub(crate) fn show(&self, origin: Origin<'_>, outcome: &Outcome, editor: &Editor) {
        let style = self.feed.style();
        let mut shown = vec![style.outcome(origin, outcome)];
        if let Ok(Answer::Response { operation, payload }) = outcome {
            shown.extend(self.feed.notes_on_reply(operation, payload.value()));
        }
        let shown = shown.join("\n");
        if style.form == Form::Raw && outcome.is_err() {
            editor.flush_events_until(self.after_events);
            editor.print_error(&shown);
        } else {
            editor.print_reply_after(&shown, self.after_events);
        }
    }

    /// Carries `watch` out; `may_go_on` says whether it may do without a `count`. Returns how the command ended the last time,
    /// which has been shown, or why it does not begin, which has been shown, too.
    pub(crate) async fn show_again_and_again(
        &mut self,
        watch: Command,
        usual_query: Option<Query>,
        may_go_on: bool,
        origin: Origin<'_>,
        editor: &Editor,
    ) -> Outcome {
        let Command::Watch {
            command,
            query,
            every,
            count,
        } = watch
        else {
            return Ok(Answer::Nothing);
        };
        let query = query.or(usual_query);
        let end = match count {
            Some(count) => format!("{count} times"),
            None if may_go_on => "until Ctrl-C".to_owned(),
            None => {
                let what = "watch would never end\nhint: in a script it needs --count, as in `watch --count 5 pending`";
                let outcome = Err(Failure::new(Cause::Usage, &what));
                self.show(origin, &outcome, editor);
                return outcome;
            }
        };
        if self.feed.shows_notes() {
            let every = every.as_secs();
            let line = format!("# every {every} s, {end}; shown when it changes");
            editor.print_reply(&self.feed.style().comment(&line));
        }
        let style = self.feed.style();
        let select = |outcome: Outcome| {
            let route = Route::open(query.clone(), None);
            match route.and_then(|route| outcome.map(|answer| (route, answer))) {
                Ok((route, answer)) => route.deliver(answer, style, |_| {}),
                Err(failure) => vec![Err(failure)],
            }
        };
        self.watch(
            &command,
            every,
            count,
            editor,
            select,
            |session, outcome| {
                session.show(origin, outcome, editor);
            },
        )
        .await
    }
}
