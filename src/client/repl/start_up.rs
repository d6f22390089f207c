//! Start-up lines, and aliases in lines.

use std::ops::ControlFlow;

use crate::cause::Cause;
use crate::repl::input::command;
use crate::repl::input::words::Word;
use crate::repl::output::answer::Failure;
use crate::repl::output::object::Origin;
use crate::repl::turns::Turns;

/// What is shown if a start-up line failed that is not the last.
const SKIPPED: &str = "the other start-up lines were not run";

impl Turns<'_> {
    /// Carries the start-up lines out, as if they were typed, until one fails. Breaks at the end of the session.
    pub(crate) fn start_up(&mut self) -> ControlFlow<()> {
        let lines = self.options.start_up.iter().enumerate();
        for (at, line) in lines {
            self.editor.show_typed(line);
            let words = command::words(line).unwrap_or_default();
            let before = self.ended.failures;
            self.line(0, line.clone(), &words)?;
            if self.ended.failures > before && self.editor.is_interactive() {
                if at + 1 < self.options.start_up.len() {
                    let text = self.session.feed.style().comment(SKIPPED);
                    self.editor.print_reply(&text);
                }
                break;
            }
        }
        ControlFlow::Continue(())
    }

    /// Does what a line asks for, which may begin with an alias.
    pub(crate) fn line(&mut self, number: usize, text: String, words: &[Word]) -> ControlFlow<()> {
        let aliases = &self.options.aliases;
        if let Some(help) = aliases.help(words) {
            self.editor.print_reply(&help);
            return ControlFlow::Continue(());
        }
        let Some(expanded) = aliases.expand(&text, words) else {
            return self.plain_line(number, text, words);
        };
        let usage = |error: &dyn std::fmt::Display| Failure::new(Cause::Usage, error);
        let split = expanded.map_err(|error| usage(&error)).and_then(|line| {
            let words = command::words(&line).map_err(|error| usage(&error))?;
            Ok((line, words))
        });
        match split {
            Ok((line, words)) => self.plain_line(number, line, &words),
            Err(failure) => {
                let origin = Origin {
                    line: number,
                    command: &text,
                };
                let failure = self.show_failure(origin, failure);
                self.count(origin, Some(failure))
            }
        }
    }
}
