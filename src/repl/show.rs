//! How the end of a command is shown.

use crate::repl::editor::Editor;
use crate::repl::output::answer::{Answer, Outcome};
use crate::repl::output::form::Form;
use crate::repl::output::object::Origin;
use crate::repl::session::Session;

impl Session {
    /// Shows how a command ended, behind the first `after_events` events, with the remarks on it.
    pub(crate) fn show(
        &self,
        origin: Origin<'_>,
        outcome: &Outcome,
        after_events: u64,
        editor: &Editor,
    ) {
        let style = self.feed.style();
        let mut shown = vec![style.outcome(origin, outcome)];
        if let Ok(Answer::Response { operation, payload }) = outcome {
            shown.extend(self.feed.notes_on_reply(operation, payload.value()));
        }
        let shown = shown.join("\n");
        if style.form == Form::Raw && outcome.is_err() {
            editor.flush_events_until(after_events);
            editor.print_error(&shown);
        } else {
            editor.print_reply_after(&shown, after_events);
        }
    }
}
