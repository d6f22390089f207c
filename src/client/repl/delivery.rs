//! Delivers a reply to the place that its line names.

use crate::repl::input::redirect::Redirect;
use crate::repl::interrupts;
use crate::repl::output::answer::{Failure, Outcome};
use crate::repl::output::object::Origin;
use crate::repl::output::route::{Delivery, Route, Target, Writing};
use crate::repl::outside::{self, outside};
use crate::repl::session::Answered;
use crate::repl::turns::Turns;

impl Turns<'_> {
    /// Delivers a reply, and shows what was not delivered elsewhere. Returns how the command ended, and its failure.
    pub(crate) fn deliver(
        &mut self,
        origin: Origin<'_>,
        route: Route,
        answered: Answered,
    ) -> (Outcome, Option<Failure>) {
        let Answered {
            mut outcome,
            after_events,
        } = answered;
        if let (Err(failure), true) = (&mut outcome, self.editor.is_interactive()) {
            self.offer = failure.ask.take();
            if self.offer.is_some() {
                failure.text.push_str("; press Enter to run it");
            }
        }
        self.editor.flush_events_until(after_events);
        let outcomes = match outcome.clone() {
            Ok(answer) => {
                let keep = |text: &str| self.editor.keep(text);
                match route.deliver(answer, keep) {
                    Delivery::Show(outcomes) => outcomes,
                    Delivery::Write(writing) => self.write(writing),
                    Delivery::Feed(feeding) => {
                        let screen = self.editor.screen();
                        let stop = interrupts::to_kill(&mut self.interrupts, &screen);
                        self.runtime.block_on(feeding.feed(stop))
                    }
                }
            }
            Err(failure) => vec![Err(failure)],
        };
        // A pager that was killed may have left the terminal in another mode.
        self.editor.screen().reset();
        for outcome in &outcomes {
            self.session
                .show(origin, outcome, after_events, self.editor);
        }
        (outcome, outcomes.into_iter().find_map(Result::err))
    }

    /// Opens the place of a response.
    pub(crate) fn open(&mut self, to: Option<Redirect>) -> Result<Option<Target>, Failure> {
        let (path, append) = match to {
            None => return Ok(None),
            Some(Redirect::Shell(command)) => return Ok(Some(Target::Shell(command))),
            Some(Redirect::File { path, append }) => (path, append),
        };
        let opened = self.outside(format!("opening `{path}`"), move || {
            Target::open(path, append)
        });
        opened.map_err(interrupts::not_sent)?.map(Some)
    }

    /// Writes a response to its file; if that blocks too long, the response is shown.
    fn write(&mut self, writing: Writing) -> Vec<Outcome> {
        let answer = writing.answer().clone();
        self.outside(format!("writing to `{}`", writing.path()), || {
            writing.write()
        })
        .unwrap_or_else(|failure| vec![Ok(answer), Err(failure)])
    }

    /// Does work that may block, unless Ctrl-C is pressed.
    fn outside<T: Send + 'static>(
        &mut self,
        what: String,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.runtime.block_on(async {
            tokio::select! {
                done = outside(what, outside::PATIENCE, work) => done,
                () = self.interrupts.next() => {
                    self.editor.end_line();
                    Err(interrupts::failure())
                }
            }
        })
    }
}
