//! What of a command has been typed, and what comes next.

use crate::repl::input::grammar::args::{excludes, known_flag, takes_value};
use crate::repl::input::grammar::line::CommandKind;
use crate::repl::input::grammar::named::named;
use crate::repl::input::grammar::table::kind;
use crate::repl::input::words::Word;

/// What a further word of a command would be.
#[derive(Debug, Clone, Copy)]
pub enum NextWord<'a> {
    /// The value of this flag.
    Value(&'a clap::Arg),
    /// This positional argument, or a flag.
    Positional(&'a clap::Arg),
    /// A flag, or nothing.
    End,
}

/// What would come after `words`, the words behind the name of `entry`.
pub fn next<'a>(entry: &'a clap::Command, words: &[Word]) -> NextWord<'a> {
    let progress = progress(entry, words);
    match (progress.value_of, progress.open.first()) {
        (Some(arg), _) => NextWord::Value(arg),
        (None, Some(arg)) => NextWord::Positional(arg),
        (None, None) => NextWord::End,
    }
}

/// What of a command has been typed.
#[derive(Debug, Clone)]
pub struct CommandProgress<'a> {
    /// The flags that were given.
    pub flags: Vec<&'a clap::Arg>,
    /// The argument whose value comes next, behind its name.
    pub value_of: Option<&'a clap::Arg>,
    /// The positional arguments that were given.
    pub given: Vec<&'a clap::Arg>,
    /// The positional arguments that can still be given.
    pub open: Vec<&'a clap::Arg>,
}

/// Looks at `words`, the words behind the name of `entry`.
pub fn progress<'a>(entry: &'a clap::Command, words: &[Word]) -> CommandProgress<'a> {
    let (mut flags, mut given, mut value_of, mut count) = (Vec::new(), Vec::new(), None, 0);
    let has_names = kind(entry.get_name()) != CommandKind::Own;
    for word in words {
        if value_of.take().is_some() {
            continue;
        }
        let by_name = named(entry, &word.text).filter(|_| has_names);
        match (known_flag(entry, &word.text), by_name) {
            (Some(arg), _) => {
                flags.push(arg);
                value_of = takes_value(arg).then_some(arg);
            }
            (None, Some((arg, value))) => {
                given.push(arg);
                value_of = value.is_none().then_some(arg);
            }
            (None, None) if word.text.starts_with("--") => {}
            (None, None) => count += 1,
        }
    }
    let is_given = |arg: &&clap::Arg| given.iter().any(|it| it.get_id() == arg.get_id());
    let mut open: Vec<_> = entry
        .get_positionals()
        .filter(|arg| !is_given(arg))
        .collect();
    let in_order = open.drain(..count.min(open.len())).collect::<Vec<_>>();
    given.extend(in_order);
    open.retain(|arg| !flags.iter().any(|flag| excludes(entry, flag, arg)));
    CommandProgress {
        flags,
        value_of,
        given,
        open,
    }
}
