//! A line: a command, what is selected from its response, and where that goes.

use crate::protocol::ThingName;
use crate::repl::input::command::error::{arguments, explain};
use crate::repl::input::command::{Command, CommandError, command, is_empty};
use crate::repl::input::grammar::{self, Typed};
use crate::repl::input::query::Query;
use crate::repl::input::redirect::{self, Redirect};
use crate::repl::input::words::{self, MAX_LINE_BYTES};

/// What one line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub command: Command,
    /// What is to be selected from its response; all if `None`.
    pub query: Option<Query>,
    /// Where its response goes; to the screen if `None`.
    pub to: Option<Redirect>,
    /// What a person is to be asked before it is carried out.
    pub question: Option<String>,
}

/// Reads one line; `None` if it is blank or a comment (`#`). `own` is the thing that is meant where none is named.
pub fn read(line: &str, own: &ThingName) -> Result<Option<Line>, CommandError> {
    if line.len() > MAX_LINE_BYTES {
        return Err(CommandError::TooLong);
    }
    if is_empty(line) {
        return Ok(None);
    }
    let words = grammar::split(line)?;
    let to = redirect::read(words::redirection(line, &words), !words.is_empty())?;
    let (typed, query) = grammar::read(words.iter().map(|word| &word.text))
        .map_err(|error| explain(&error, words.first().map_or("", |word| word.text.as_str())))?;
    let query = query.as_deref().map(Query::new).transpose()?;
    let question = match &typed {
        Typed::Control(typed) => typed.question(),
        _ => None,
    };
    let command = command(typed, own)?;
    if matches!((&command, &to), (Command::Watch { .. }, Some(_))) {
        let what = "watch shows its answers, which cannot go to a file or a command";
        return Err(arguments("watch", what.to_owned()));
    }
    Ok(Some(Line {
        command,
        query,
        to,
        question,
    }))
}
