//! Shows the end of a command.

use crate::cause::Cause;
use crate::repl::editor::Editor;
use crate::repl::input::grammar;
use crate::repl::output::answer::{Answer, Failure, Outcome};
use crate::repl::output::form::Form;
use crate::repl::output::hints;
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
        let filled_in;
        let outcome = match outcome {
            Err(failure) if failure.operation.is_some() || failure.cause == Cause::Interrupted => {
                filled_in = Err(self.filled_in(failure, origin.command));
                &filled_in
            }
            outcome => outcome,
        };
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

    /// A failure whose hints name what the command names. If it does not name a thing, it is about this one.
    fn filled_in(&self, failure: &Failure, command: &str) -> Failure {
        let command = &command[grammar::inner_at(command).unwrap_or_default()..];
        let words = grammar::split(command).unwrap_or_default();
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let mut known = grammar::given(&words);
        let entry = words.first().and_then(|name| grammar::entry(name));
        known.extend(entry.map(|it| ("COMMAND".to_owned(), it.get_name().to_owned())));
        let thing = "<thing>";
        if !known.iter().any(|(placeholder, _)| placeholder == thing) {
            known.push((thing.to_owned(), self.parts.thing.to_string()));
        }
        Failure {
            text: hints::filled_in(&failure.text, &known),
            ..failure.clone()
        }
    }
}
