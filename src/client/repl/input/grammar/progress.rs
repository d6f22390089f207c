//! The arguments that have been typed, and what comes next.

use crate::repl::input::grammar::args::{
    begins_document, excludes, is_document, is_repeatable, known_flag, takes_value,
};
use crate::repl::input::grammar::line::CommandKind;
use crate::repl::input::grammar::named::named;
use crate::repl::input::grammar::table::kind;
use crate::repl::input::words::{Word, steps};

/// What the next word of a command is.
#[derive(Debug, Clone, Copy)]
pub enum NextWord<'a> {
    /// The value of this flag.
    Value(&'a clap::Arg),
    /// This positional argument, or a flag.
    Positional(&'a clap::Arg),
    /// A flag, or the end.
    End,
}

/// What follows `words`, which are the words behind the name of `entry`.
pub fn next<'a>(entry: &'a clap::Command, words: &[Word]) -> NextWord<'a> {
    progress(entry, words).next()
}

/// The arguments that have been typed.
#[derive(Debug, Clone)]
pub struct CommandProgress<'a> {
    /// The flags that are given.
    pub flags: Vec<&'a clap::Arg>,
    /// The argument whose value comes next, behind its name.
    pub value_of: Option<&'a clap::Arg>,
    /// The positional arguments that are given.
    pub given: Vec<&'a clap::Arg>,
    /// The positional arguments that can still be given.
    pub open: Vec<&'a clap::Arg>,
    /// The argument that takes the next word as a further value, if it is not a flag or a document.
    pub further: Option<&'a clap::Arg>,
}

impl<'a> CommandProgress<'a> {
    /// What comes next.
    pub fn next(&self) -> NextWord<'a> {
        match (self.value_of, self.open.first()) {
            (Some(arg), _) => NextWord::Value(arg),
            (None, Some(arg)) => NextWord::Positional(arg),
            (None, None) => NextWord::End,
        }
    }
}

/// Reads `words`, which are the words behind the name of `entry`.
pub fn progress<'a>(entry: &'a clap::Command, words: &[Word]) -> CommandProgress<'a> {
    let mut typed = TypedWords::new(entry);
    typed.add(words);
    typed.progress()
}

/// The words behind the name of a command, each of which is read once.
#[derive(Debug, Clone)]
pub(crate) struct TypedWords<'a> {
    entry: &'a clap::Command,
    has_names: bool,
    flags: Vec<&'a clap::Arg>,
    value_of: Option<&'a clap::Arg>,
    /// The flag that takes several values, if the next word is behind one of them.
    behind_values: Option<&'a clap::Arg>,
    /// The positional arguments that were given by name.
    named: Vec<&'a clap::Arg>,
    /// The number of those given in order.
    in_order: usize,
}

impl<'a> TypedWords<'a> {
    pub(crate) fn new(entry: &'a clap::Command) -> Self {
        Self {
            entry,
            has_names: kind(entry.get_name()) != CommandKind::Own,
            flags: Vec::new(),
            value_of: None,
            behind_values: None,
            named: Vec::new(),
            in_order: 0,
        }
    }

    /// Reads further words.
    pub(crate) fn add(&mut self, words: &[Word]) {
        steps::count(words.len());
        for word in words {
            self.add_text(&word.text);
        }
    }

    /// Reads one more word.
    pub(crate) fn add_text(&mut self, word: &str) {
        if let Some(arg) = self.value_of.take() {
            self.behind_values = Some(arg).filter(|arg| is_repeatable(arg));
            return;
        }
        if self.is_further_value(word) {
            return;
        }
        self.behind_values = None;
        let by_name = named(self.entry, word).filter(|_| self.has_names);
        // `--flag=value` has its value.
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        match (known_flag(self.entry, name), by_name) {
            (Some(arg), _) => {
                note(&mut self.flags, arg);
                self.value_of = (takes_value(arg) && value.is_none()).then_some(arg);
            }
            (None, Some((arg, value))) => {
                note(&mut self.named, arg);
                self.value_of = value.is_none().then_some(arg);
            }
            (None, None) if word.starts_with("--") => {}
            (None, None) => self.in_order += 1,
        }
    }

    /// Whether a word is a further value of the flag before it: it can be nothing else, or a document does not start like this.
    pub(crate) fn is_further_value(&self, word: &str) -> bool {
        self.behind_values.is_some()
            && !word.starts_with("--")
            && match self.progress().next() {
                NextWord::End => true,
                NextWord::Positional(arg) => is_document(arg) && !begins_document(word),
                NextWord::Value(_) => false,
            }
    }

    pub(crate) fn progress(&self) -> CommandProgress<'a> {
        let mut given = self.named.clone();
        let mut open: Vec<_> = self
            .entry
            .get_positionals()
            .filter(|arg| !given.contains(arg))
            .collect();
        given.extend(open.drain(..self.in_order.min(open.len())));
        open.retain(|arg| {
            !self
                .flags
                .iter()
                .any(|flag| excludes(self.entry, flag, arg))
        });
        // What takes several values in order is the last one.
        let in_order = self.entry.get_positionals().last();
        let in_order = in_order.filter(|arg| is_repeatable(arg) && given.contains(arg));
        let further = match open.first() {
            None => self.behind_values.or(in_order),
            Some(next) if is_document(next) => self.behind_values,
            Some(_) => None,
        };
        CommandProgress {
            flags: self.flags.clone(),
            value_of: self.value_of,
            given,
            open,
            further,
        }
    }
}

/// Adds an argument unless it is already there.
fn note<'a>(args: &mut Vec<&'a clap::Arg>, arg: &'a clap::Arg) {
    if !args.contains(&arg) {
        args.push(arg);
    }
}
