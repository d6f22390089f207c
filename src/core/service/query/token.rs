//! The tokens of a query.

use std::iter::Peekable;
use std::str::Chars;

use crate::service::query::Part;
use crate::service::query::error::QueryError;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Open,
    Close,
    And,
    Or,
    /// `NOT`, or `-` in front of a term.
    Not,
    Colon,
    Compare(Comparison),
    /// `[`, or `{` without the limit itself.
    RangeOpen {
        is_inclusive: bool,
    },
    RangeClose {
        is_inclusive: bool,
    },
    Word(Word),
    /// A text in quotation marks, in which `*` and `?` stand for themselves.
    Phrase(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A text without quotation marks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Word {
    /// Without the backslashes.
    pub(crate) text: String,
    /// In lower case.
    pub(crate) parts: Vec<Part>,
    has_backslash: bool,
}

impl Word {
    pub(crate) fn has_wildcards(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part, Part::Byte(_)))
    }

    /// Whether it is this word of the language, which must not be escaped.
    pub(crate) fn is_keyword(&self, keyword: &str) -> bool {
        self.text == keyword && !self.has_backslash
    }

    fn push(&mut self, c: char) {
        self.text.push(c);
        let lower: String = c.to_lowercase().collect();
        self.parts.extend(lower.bytes().map(Part::Byte));
    }

    fn push_wildcard(&mut self, c: char, part: Part) {
        self.text.push(c);
        self.parts.push(part);
    }
}

/// "Special characters: `, @, #, %, \, /, ', ;, and ," are not supported. GUESS: behind a backslash and in quotation marks they
/// are; the page lists the backslash itself, and yet lets it escape others.
const SPECIAL: &str = "`@#%/';,";

pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut chars = text.chars().peekable();
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(&c) = chars.peek() {
        let token = match c {
            '(' => Token::Open,
            ')' => Token::Close,
            ':' => Token::Colon,
            '[' | '{' => Token::RangeOpen {
                is_inclusive: c == '[',
            },
            ']' | '}' => Token::RangeClose {
                is_inclusive: c == ']',
            },
            '-' if !takes_a_value(tokens.last()) => Token::Not,
            '"' => {
                chars.next();
                tokens.push(Token::Phrase(phrase(&mut chars)?));
                continue;
            }
            '<' | '>' => {
                chars.next();
                let or_equal = chars.next_if_eq(&'=').is_some();
                tokens.push(Token::Compare(comparison(c, or_equal)));
                continue;
            }
            c if c.is_whitespace() => {
                chars.next();
                continue;
            }
            _ => {
                tokens.push(keyword(word(&mut chars)?));
                continue;
            }
        };
        tokens.push(token);
        chars.next();
    }
    Ok(tokens)
}

/// Whether a hyphen behind this token begins a value, such as a negative number.
fn takes_a_value(last: Option<&Token>) -> bool {
    match last {
        Some(Token::Colon | Token::Compare(_) | Token::RangeOpen { .. }) => true,
        Some(Token::Word(word)) => word.is_keyword("TO"),
        _ => false,
    }
}

const fn comparison(c: char, or_equal: bool) -> Comparison {
    match (c, or_equal) {
        ('<', false) => Comparison::Less,
        ('<', true) => Comparison::LessOrEqual,
        (_, false) => Comparison::Greater,
        (_, true) => Comparison::GreaterOrEqual,
    }
}

fn keyword(word: Word) -> Token {
    if word.is_keyword("AND") {
        Token::And
    } else if word.is_keyword("OR") {
        Token::Or
    } else if word.is_keyword("NOT") {
        Token::Not
    } else {
        Token::Word(word)
    }
}

fn phrase(chars: &mut Peekable<Chars<'_>>) -> Result<String, QueryError> {
    let mut text = String::new();
    loop {
        match chars.next() {
            Some('"') => return Ok(text),
            Some('\\') => text.extend(chars.next()),
            Some(c) => text.push(c),
            None => return Err(invalid("a quotation mark is not closed")),
        }
    }
}

fn word(chars: &mut Peekable<Chars<'_>>) -> Result<Word, QueryError> {
    let mut word = Word::default();
    while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"()[]{}:<>\"".contains(*c)) {
        match c {
            '\\' => {
                word.has_backslash = true;
                let escaped = chars.next();
                word.push(escaped.ok_or_else(|| invalid("nothing follows the last backslash"))?);
            }
            '*' => word.push_wildcard(c, Part::Many),
            '?' => word.push_wildcard(c, Part::One),
            '~' => return Err(unsupported("a fuzzy or proximity search (`~`)")),
            '^' => return Err(unsupported("boosting (`^`)")),
            // Of the language that this one comes from; the page does not list them.
            '+' | '!' | '&' | '|' if word.parts.is_empty() => {
                return Err(unsupported(&format!("the operator `{c}`")));
            }
            c if SPECIAL.contains(c) => {
                return Err(unsupported(&format!("the special character `{c}`")));
            }
            c => word.push(c),
        }
    }
    Ok(word)
}

/// AWS does not have this either. <https://docs.aws.amazon.com/iot/latest/developerguide/query-syntax.html>
fn unsupported(what: &str) -> QueryError {
    invalid(&format!("{what} is not supported"))
}

pub(crate) fn invalid(message: &str) -> QueryError {
    QueryError::Invalid(format!("The query is not valid: {message}."))
}
