//! Why a text is not JSON, in terms of what the user typed. Pure.
//!
//! The parser names what it expected ("key must be a string"), not what was typed: a comma too many, single quotes, a
//! comment.

use serde::de::IgnoredAny;

use crate::excerpt::line_and_column;
use crate::open_json::NextPiece::{self, Colon, CommaOrEnd, Name, NameOrEnd, Value, ValueOrEnd};
use crate::open_json::{JsonRead, OpenJson};

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    /// What is wrong, with line and column.
    pub what: String,
    /// The next step.
    pub hint: String,
    /// The place, in bytes.
    pub place: usize,
}

/// What a JSON text lacks or has too much of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Mistake {
    #[error("the text is empty")]
    Nothing,
    #[error("`{0}` is not closed")]
    OpenBracket(char),
    /// A flag of a command follows instead.
    #[error("`{0}` is not closed")]
    OpenBefore(char, String),
    #[error("a string is not closed")]
    OpenText,
    #[error("one `{0}` too many")]
    ExtraBracket(char),
    /// Something else follows the value.
    #[error("text after the end")]
    Behind,
    #[error("the typographic quote {0}")]
    TypographicQuote(char),
    #[error("a single quote")]
    SingleQuote,
    #[error("a comment")]
    Comment,
    #[error("a comma before `{0}`")]
    TrailingComma(char),
    #[error("one comma too many")]
    ExtraComma,
    #[error("a comma is missing")]
    MissingComma,
    #[error("`{typed}` instead of `{expected}`")]
    WrongBracket { typed: char, expected: char },
    #[error("the name `{0}` has no quotes")]
    BareName(String),
    /// Another value stands in the place of a name.
    #[error("a name is missing")]
    MissingName,
    /// A word of other languages for a value, and the word of JSON.
    #[error("`{0}` is not JSON")]
    ForeignWord(String, &'static str),
    #[error("`{0}` has no quotes")]
    BareText(String),
    #[error("a colon is missing")]
    MissingColon,
    #[error("a value is missing before `{0}`")]
    MissingValue(char),
    #[error("not a JSON number")]
    Number,
    #[error("a line break or another control character in a string")]
    Control,
    #[error("an unknown escape in a string")]
    Escape,
    /// Something else, in the words of the parser.
    #[error("{0}")]
    Other(String),
}

impl Mistake {
    fn hint(&self) -> String {
        let hint = match self {
            Self::Nothing => "write a value, such as {}",
            Self::OpenBracket('{') => "add `}`",
            Self::OpenBracket(_) => "add `]`",
            Self::OpenText => "close it with a double quote",
            Self::ExtraBracket(_) | Self::ExtraComma => "remove it",
            Self::Behind => "put several values in a list: [1, 2]",
            Self::TypographicQuote(_) => "JSON needs straight double quotes: \"",
            Self::SingleQuote => "JSON strings are in double quotes",
            Self::Comment => "JSON has no comments: remove it",
            Self::TrailingComma(_) => "remove the comma",
            Self::MissingComma => "put a comma between members and between elements",
            Self::WrongBracket { .. } => "close each bracket with its counterpart: {\"a\": [1]}",
            Self::MissingName | Self::MissingColon => "write an object as {\"name\": value}",
            Self::MissingValue(_) => "write null for no value",
            Self::Number => "write numbers as 7, -1, 0.5 or 1e3",
            Self::Control => "write a line break in a string as \\n",
            Self::Escape => "write a backslash in a string as \\\\",
            Self::Other(_) => "strings need double quotes",
            Self::OpenBefore(open, flag) => {
                let close = if *open == '{' { '}' } else { ']' };
                return format!("add `{close}` before `{flag}`");
            }
            Self::BareName(name) => return format!("write \"{name}\""),
            Self::BareText(word) => return format!("write a string as \"{word}\""),
            Self::ForeignWord(_, instead) => return format!("write `{instead}`"),
        };
        hint.to_owned()
    }
}

impl NotJson {
    /// Names the mistake behind an error of the parser.
    pub fn new(text: &str, error: &serde_json::Error) -> Self {
        let lines = text.split_inclusive('\n').map(str::len);
        let before: usize = lines.take(error.line().saturating_sub(1)).sum();
        let reported = before + error.column().saturating_sub(1);
        let reported = text.floor_char_boundary(reported.min(text.len()));
        let (mistake, place) = mistake(text, reported, error.is_eof());
        let mistake = mistake.unwrap_or_else(|| {
            let words = error.to_string();
            Mistake::Other(
                words
                    .split(" at line ")
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            )
        });
        let (line, column) = line_and_column(text, place);
        Self {
            what: format!("{mistake} at line {line} column {column}"),
            hint: mistake.hint(),
            place,
        }
    }
}

/// The value of a JSON text, or why the text is not JSON.
pub fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, NotJson> {
    serde_json::from_str(text).map_err(|error| NotJson::new(text, &error))
}

/// The mistake, if it is a known one, and its place.
fn mistake(text: &str, reported: usize, is_eof: bool) -> (Option<Mistake>, usize) {
    if text.trim().is_empty() {
        return (Some(Mistake::Nothing), 0);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    if let Some(Ok(_)) = values.next() {
        let behind = text[values.byte_offset()..].trim_start();
        return (mistake_behind(behind), text.len() - behind.len());
    }
    let mut json = OpenJson::default();
    let read = json.read(text);
    let place = json.read_len();
    let rest = &text[place..];
    let is_text = rest.starts_with('"') && !matches!(json.next(), Colon | CommaOrEnd);
    if is_eof {
        let open = json.open_bracket();
        let bracket =
            open.and_then(|at| Some((Mistake::OpenBracket(text[at..].chars().next()?), at)));
        let open = is_text.then_some((Mistake::OpenText, place)).or(bracket);
        return open.map_or((None, reported), |(mistake, at)| (Some(mistake), at));
    }
    if is_text {
        let is_control = text[reported..].starts_with(char::is_control);
        let mistake = if is_control {
            Mistake::Control
        } else {
            Mistake::Escape
        };
        return (Some(mistake), reported);
    }
    if read != JsonRead::Broken {
        return (None, reported);
    }
    if let (Some(flag), Some(at)) = (flag(rest), json.open_bracket()) {
        let open = text[at..].chars().next();
        return (open.map(|open| Mistake::OpenBefore(open, flag)), at);
    }
    // The parser reports the end of an unknown word or number: the mistake is at the start of the token.
    let previous = text[..place].trim_end().chars().next_back();
    (token_mistake(rest, json.next(), previous), place)
}

/// The flag of a command that this text begins with.
fn flag(text: &str) -> Option<String> {
    let name = text.strip_prefix("--")?;
    let name: String = name.chars().take_while(|c| is_of_word(*c)).collect();
    name.starts_with(char::is_alphabetic)
        .then(|| format!("--{name}"))
}

/// The mistake in what follows the value.
fn mistake_behind(behind: &str) -> Option<Mistake> {
    let first = behind.chars().next()?;
    Some(match first {
        '}' | ']' => Mistake::ExtraBracket(first),
        ',' => Mistake::ExtraComma,
        _ if is_comment(behind) => Mistake::Comment,
        _ => Mistake::Behind,
    })
}

fn is_comment(text: &str) -> bool {
    ["//", "/*", "#"].iter().any(|sign| text.starts_with(sign))
}

/// The mistake in the token that this text begins with, in place of what could come `next` behind the `previous` character.
fn token_mistake(text: &str, next: NextPiece, previous: Option<char>) -> Option<Mistake> {
    let first = text.chars().next()?;
    if matches!(first, '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '«' | '»') {
        return Some(Mistake::TypographicQuote(first));
    }
    if matches!(first, '\'' | '`') {
        return Some(Mistake::SingleQuote);
    }
    if is_comment(text) {
        return Some(Mistake::Comment);
    }
    let word: String = text.chars().take_while(|c| is_of_word(*c)).collect();
    let is_behind_comma = previous == Some(',');
    Some(match next {
        Colon => Mistake::MissingColon,
        CommaOrEnd if matches!(first, '}' | ']') => wrong_bracket(first),
        CommaOrEnd => Mistake::MissingComma,
        _ if is_behind_comma && matches!(first, '}' | ']') => Mistake::TrailingComma(first),
        NameOrEnd | ValueOrEnd if matches!(first, '}' | ']') => wrong_bracket(first),
        Value if previous == Some(':') && ",}]".contains(first) => Mistake::MissingValue(first),
        _ if first == ',' => Mistake::ExtraComma,
        NameOrEnd | Name if word.starts_with(char::is_alphabetic) => Mistake::BareName(word),
        NameOrEnd | Name => Mistake::MissingName,
        Value | ValueOrEnd => return value_mistake(first, word),
    })
}

fn wrong_bracket(typed: char) -> Mistake {
    let expected = if typed == '}' { ']' } else { '}' };
    Mistake::WrongBracket { typed, expected }
}

/// The mistake in a word that stands where a value is expected.
fn value_mistake(first: char, word: String) -> Option<Mistake> {
    let instead = match word.trim_start_matches(['-', '+']) {
        "NaN" | "nan" | "Infinity" | "inf" | "undefined" | "None" | "nil" | "NULL" | "Null" => {
            "null"
        }
        "True" | "TRUE" | "yes" | "on" => "true",
        "False" | "FALSE" | "no" | "off" => "false",
        _ if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') => {
            return Some(Mistake::Number);
        }
        "" => return None,
        _ => return Some(Mistake::BareText(word)),
    };
    Some(Mistake::ForeignWord(word, instead))
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | '$' | '/' | '@')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_mistake_is_named_at_its_place() {
        for (text, what, column) in [
            ("", "the text is empty", 1),
            (" \n", "the text is empty", 1),
            (r#"{"a":1,}"#, "a comma before `}`", 8),
            ("[1, 2, ]", "a comma before `]`", 8),
            (r#"{"a":[1,],"b":2}"#, "a comma before `]`", 9),
            ("{,}", "one comma too many", 2),
            ("[1,,2]", "one comma too many", 4),
            (r#"{"a":1,,"b":2}"#, "one comma too many", 8),
            (r#"{"a":1}}"#, "one `}` too many", 8),
            ("[1]]", "one `]` too many", 4),
            ("{} {}", "text after the end", 4),
            ("1 2", "text after the end", 3),
            ("{},", "one comma too many", 3),
            (r#"{"a":1} // b"#, "a comment", 9),
            (r#"{"a":1 /* b */}"#, "a comment", 8),
            ("{// b\n}", "a comment", 2),
            ("# b", "a comment", 1),
            ("{“a”: 1}", "the typographic quote “", 2),
            (r#"{"a": ‘b’}"#, "the typographic quote ‘", 7),
            ("„a“", "the typographic quote „", 1),
            ("{'a': 1}", "a single quote", 2),
            (r#"{"a": 'b'}"#, "a single quote", 7),
            ("{a: 1}", "the name `a` has no quotes", 2),
            (r#"{"a":1, b_c: 2}"#, "the name `b_c` has no quotes", 9),
            ("{1: 2}", "a name is missing", 2),
            (r#"{"a": NaN}"#, "`NaN` is not JSON", 7),
            (r#"{"a": -Infinity}"#, "`-Infinity` is not JSON", 7),
            ("[None]", "`None` is not JSON", 2),
            ("[True, 1]", "`True` is not JSON", 2),
            ("undefined", "`undefined` is not JSON", 1),
            (r#"{"a": nul}"#, "`nul` has no quotes", 7),
            ("reboot", "`reboot` has no quotes", 1),
            (r#"{"a": reboot now}"#, "`reboot` has no quotes", 7),
            (r#"{"a" "b"}"#, "a colon is missing", 6),
            (r#"{"a"="b"}"#, "a colon is missing", 5),
            (r#"{"a"}"#, "a colon is missing", 5),
            (r#"{"a": 1 "b": 2}"#, "a comma is missing", 9),
            ("[1 2]", "a comma is missing", 4),
            (r#"["a": 1]"#, "a comma is missing", 5),
            (r#"{"a":}"#, "a value is missing before `}`", 6),
            (r#"{"a":,"b":1}"#, "a value is missing before `,`", 6),
            (r#"{"a":[1}"#, "`}` instead of `]`", 8),
            (r#"[{"a":1]"#, "`]` instead of `}`", 8),
            ("[01]", "not a JSON number", 2),
            ("[+1]", "not a JSON number", 2),
            ("[.5]", "not a JSON number", 2),
            ("[1.]", "not a JSON number", 2),
            ("[-]", "not a JSON number", 2),
            ("[0x1F]", "not a JSON number", 2),
            (
                "[\"a\tb\"]",
                "a line break or another control character in a string",
                4,
            ),
            (r#"["C:\dir"]"#, "an unknown escape in a string", 6),
            (r#"{"a":{"b":1}"#, "`{` is not closed", 1),
            (r#"{"a":[1"#, "`[` is not closed", 6),
            (r#"{"a":"b"#, "a string is not closed", 6),
            (r#"{"a":1 --description d"#, "`{` is not closed", 1),
            (r#"{"a":[1, --timeout"#, "`[` is not closed", 6),
            (r#"{"a":1 -- b"#, "a comma is missing", 8),
        ] {
            let wrong = read::<Value>(text).expect_err(text);
            assert_eq!(
                wrong.what,
                format!("{what} at line 1 column {column}"),
                "{text}"
            );
            assert!(!wrong.hint.is_empty());
        }
        let wrong = read::<Value>("{\n  \"a\": 1,\n  \"b\": é\n}").expect_err("é");
        assert_eq!(wrong.what, "`é` has no quotes at line 3 column 8");
    }

    proptest! {
        #[test]
        fn whatever_is_not_json_has_a_place(text in r#"([\[\]{},:"'a1.\\/# \n-]|null|“|\PC){0,20}"#) {
            if let Err(wrong) = read::<Value>(&text) {
                prop_assert!(text.is_char_boundary(wrong.place), "{wrong:?}");
                prop_assert!(!wrong.hint.is_empty());
            }
        }
    }
}
