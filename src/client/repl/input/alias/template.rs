//! A line with places for arguments.
//!
//! Arguments are inserted word by word, and not as text: whatever an argument contains, it stays in the word in which its
//! place is, and within the string of JSON in which its place is.

use serde::de::IgnoredAny;

use crate::repl::input::alias::error::AliasError;
use crate::repl::input::command;
use crate::repl::input::grammar;
use crate::repl::input::words::{self, MAX_LINE_BYTES, Word};
use crate::text::quote;

/// A line in which each place is a sign that is a number: JSON with places is split like other JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    line: String,
    words: Vec<Word>,
    /// What stands before the digit of a place, and nowhere else in the line. No part of it is both its beginning and its
    /// end, so that it cannot be found where it only overlaps a place.
    sign: String,
    places: usize,
}

impl Template {
    /// Reads a line. `$1` to `$9` are places, and `$$` is a dollar sign; any other dollar sign is itself.
    pub(crate) fn new(line: &str) -> Result<Self, AliasError> {
        let sign = sign(line);
        let (line, found) = marked(line, &sign);
        let places = found.iter().max().copied().unwrap_or_default();
        if let Some(gap) = (1..places).find(|place| !found.contains(place)) {
            return Err(AliasError::Gap(gap));
        }
        let words = single(&line)?;
        if words.first().is_some_and(|word| word.text.contains(&sign)) {
            return Err(AliasError::NoCommand);
        }
        Ok(Self {
            line,
            words,
            sign,
            places,
        })
    }

    /// How many arguments it takes.
    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// The first word.
    pub(crate) fn command(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    /// The line with an argument in each place.
    pub(crate) fn fill(&self, arguments: &[&str]) -> Result<String, AliasError> {
        let (mut filled, mut end) = (String::new(), 0);
        for word in &self.words {
            filled.push_str(&self.line[end..word.span.start]);
            end = word.span.end;
            if !word.text.contains(&self.sign) {
                filled.push_str(&self.line[word.span.clone()]);
                continue;
            }
            let is_json = word.text.trim_start().starts_with(['{', '[']);
            let text = if is_json {
                self.fill_json(&word.text, arguments)?
            } else {
                self.fill_word(&word.text, arguments)?
            };
            filled.push_str(&quote(&text));
        }
        Ok(filled)
    }

    /// The text of a word up to the next place, the argument of that place, and the text behind it.
    fn next_place<'a, 'b>(
        &self,
        text: &'a str,
        arguments: &[&'b str],
    ) -> Option<(&'a str, &'b str, &'a str)> {
        let (before, behind) = text.split_once(&self.sign)?;
        let digit = behind.chars().next().and_then(|c| c.to_digit(10))?;
        let argument = arguments.get(digit.checked_sub(1)? as usize)?;
        Some((before, argument, &behind[1..]))
    }

    fn fill_word(&self, text: &str, arguments: &[&str]) -> Result<String, AliasError> {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, argument, behind)) = self.next_place(rest, arguments) {
            filled.push_str(before);
            if filled.is_empty() && argument.starts_with('-') {
                return Err(AliasError::Flag(argument.to_owned()));
            }
            filled.push_str(argument);
            rest = behind;
        }
        Ok(filled + rest)
    }

    fn fill_json(&self, text: &str, arguments: &[&str]) -> Result<String, AliasError> {
        let (mut filled, mut rest, mut in_string) = (String::new(), text, false);
        while let Some((before, argument, behind)) = self.next_place(rest, arguments) {
            filled.push_str(before);
            in_string = ends_in_string(before, in_string);
            if in_string {
                let escaped = serde_json::Value::from(argument).to_string();
                filled.push_str(&escaped[1..escaped.len() - 1]);
            } else if serde_json::from_str::<IgnoredAny>(argument).is_ok() {
                filled.push_str(argument.trim());
            } else {
                return Err(AliasError::NotJson(argument.to_owned()));
            }
            rest = behind;
        }
        Ok(filled + rest)
    }
}

/// Whether a string of JSON is open behind a text.
fn ends_in_string(text: &str, mut in_string: bool) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => in_string = !in_string,
            '\\' if in_string => drop(chars.next()),
            _ => {}
        }
    }
    in_string
}

/// A number that does not occur in a line: a one, and more zeros than the line has anywhere together.
fn sign(line: &str) -> String {
    let runs = line.split(|c| c != '0').map(str::len);
    let zeros = runs.max().unwrap_or_default() + 1;
    format!("1{}", "0".repeat(zeros))
}

/// The line with the sign in its places, and the numbers of the places.
fn marked(line: &str, sign: &str) -> (String, Vec<usize>) {
    let (mut marked, mut places, mut rest) = (String::new(), Vec::new(), line);
    while let Some((before, behind)) = rest.split_once('$') {
        marked.push_str(before);
        let next = behind.chars().next();
        rest = match next {
            Some(digit @ '1'..='9') => {
                marked.push_str(sign);
                marked.push(digit);
                places.extend(digit.to_digit(10).map(|it| it as usize));
                &behind[1..]
            }
            Some('$') => {
                marked.push('$');
                &behind[1..]
            }
            _ => {
                marked.push('$');
                behind
            }
        };
    }
    marked.push_str(rest);
    (marked, places)
}

/// The words of a line that is one complete command, whose answer is shown.
pub(crate) fn single(line: &str) -> Result<Vec<Word>, AliasError> {
    if line.len() > MAX_LINE_BYTES {
        return Err(AliasError::TooLong);
    }
    if command::is_blank(line) {
        return Err(AliasError::Empty);
    }
    let words = grammar::split(line).map_err(AliasError::Unfinished)?;
    if !words::redirection(line, &words).is_empty() {
        return Err(AliasError::Redirected);
    }
    Ok(words)
}
