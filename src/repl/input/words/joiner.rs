//! Joins lines, as they come from a file or a paste, into commands. Pure.

use crate::repl::input::words::{MAX_LINE_BYTES, Unfinished, Word, json_len};

/// Lines that make one command together.
#[derive(Debug, Default)]
pub struct Joiner {
    text: String,
    first_line: usize,
    open: Option<Open>,
}

/// What one more line brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// A command is complete.
    Command {
        /// The number of its first line, from 1.
        first_line: usize,
        /// Its lines, joined by newlines.
        text: String,
        words: Vec<Word>,
    },
    /// The command needs more lines.
    More,
    /// The command has grown beyond [`MAX_LINE_BYTES`] and is dropped.
    TooLong {
        /// The number of its first line, from 1.
        first_line: usize,
    },
}

impl Joiner {
    /// Takes line `number` without its line ending. `split` makes words of a complete text.
    pub fn push(
        &mut self,
        number: usize,
        line: &str,
        split: impl Fn(&str) -> Result<Vec<Word>, Unfinished>,
    ) -> Joined {
        if self.first_line == 0 {
            self.first_line = number;
        } else {
            self.text.push('\n');
        }
        let first_line = self.first_line;
        if self.text.len() + line.len() > MAX_LINE_BYTES {
            *self = Self::default();
            return Joined::TooLong { first_line };
        }
        self.text.push_str(line);
        // Asking looks at the whole text, so it is not asked where one line tells.
        if self.open.as_mut().is_some_and(|open| open.goes_on(line)) {
            return Joined::More;
        }
        match split(&self.text) {
            Ok(words) => Joined::Command {
                first_line,
                text: std::mem::take(self).text,
                words,
            },
            Err(unfinished) => {
                self.open = Open::begin(unfinished, &self.text);
                Joined::More
            }
        }
    }

    /// The command that was begun and not completed, at the end of the input.
    pub fn end(&mut self) -> Option<(usize, String)> {
        let begun = std::mem::take(self);
        (begun.first_line > 0).then_some((begun.first_line, begun.text))
    }
}

/// What has begun and not ended at the end of a line.
#[derive(Debug)]
enum Open {
    Quote(char),
    Json(OpenJson),
}

impl Open {
    fn begin(unfinished: Unfinished, text: &str) -> Option<Self> {
        match unfinished {
            Unfinished::Quote { quote, .. } => Some(Self::Quote(quote)),
            Unfinished::Json { at } => {
                let mut json = OpenJson::default();
                json.goes_on(&text[at..]).then_some(Self::Json(json))
            }
            Unfinished::Backslash => None,
        }
    }

    /// Whether it certainly goes on after this line, too.
    fn goes_on(&mut self, line: &str) -> bool {
        match self {
            Self::Quote(quote) => !line.contains(*quote),
            Self::Json(json) => json.goes_on(line),
        }
    }
}

/// An object or an array that has begun. Lines can be read one by one, since nothing but white space and brackets spans them.
#[derive(Debug, Default)]
struct OpenJson {
    /// The brackets that are to come, outermost first.
    closing: Vec<u8>,
    next: NextPiece,
}

/// What can come next.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum NextPiece {
    #[default]
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
}

impl OpenJson {
    /// Reads on. False if the value has ended, or is no JSON; then this is not to be asked again.
    fn goes_on(&mut self, line: &str) -> bool {
        use NextPiece::{Colon, CommaOrEnd, Name, NameOrEnd, Value, ValueOrEnd};

        let mut at = 0;
        while let Some(&byte) = line.as_bytes().get(at) {
            let mut len = 1;
            match (byte, self.next) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => {}
                (b'{', Value | ValueOrEnd) => {
                    self.closing.push(b'}');
                    self.next = NameOrEnd;
                }
                (b'[', Value | ValueOrEnd) => {
                    self.closing.push(b']');
                    self.next = ValueOrEnd;
                }
                (b'}' | b']', NameOrEnd | ValueOrEnd | CommaOrEnd)
                    if self.closing.last() == Some(&byte) =>
                {
                    self.closing.pop();
                    if self.closing.is_empty() {
                        return false;
                    }
                    self.next = CommaOrEnd;
                }
                (b',', CommaOrEnd) if self.closing.last() == Some(&b'}') => self.next = Name,
                (b',', CommaOrEnd) | (b':', Colon) => self.next = Value,
                (b'"', Name | NameOrEnd) | (_, Value | ValueOrEnd) => {
                    let Some(Ok(found)) = json_len(&line[at..]) else {
                        return false;
                    };
                    len = found;
                    self.next = match self.next {
                        Name | NameOrEnd => Colon,
                        _ => CommaOrEnd,
                    };
                }
                _ => return false,
            }
            at += len;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;
    use crate::repl::input::words::split;

    fn finished(text: &str) -> Result<Vec<Word>, Unfinished> {
        split(text, |words, _| words.len() == 2)
    }

    #[test]
    fn lines_are_joined_until_they_are_finished() {
        let mut joiner = Joiner::default();
        assert_eq!(joiner.push(1, "create-job J {", finished), Joined::More);
        assert_eq!(joiner.push(2, "\"a\":1", finished), Joined::More);
        let text = "create-job J {\n\"a\":1\n}".to_owned();
        assert_eq!(
            joiner.push(3, "}", finished),
            Joined::Command {
                first_line: 1,
                words: finished(&text).expect("a command"),
                text,
            }
        );
        assert_eq!(joiner.end(), None);
        assert_eq!(joiner.push(4, "a 'b", finished), Joined::More);
        assert_eq!(
            joiner.push(5, &"x".repeat(MAX_LINE_BYTES), finished),
            Joined::TooLong { first_line: 4 }
        );
        assert_eq!(joiner.push(6, "a '", finished), Joined::More);
        assert_eq!(joiner.end(), Some((6, "a '".to_owned())));
    }

    /// The time that a long command takes grows with its length, and not with the square of it.
    #[test]
    fn a_long_command_is_looked_at_as_a_whole_only_when_it_may_end() {
        for (first, line, last, whole) in [
            ("create-job J [1", ",[{\"a\":2}]", "]", 2),
            ("create-job J '[1", ",2", "]'", 2),
            ("create-job J {\"a\": [", "\"b\",", "} quit", 2),
            ("x \"", "y", "\"", 2),
        ] {
            let asked = Cell::new(0);
            let count = |text: &str| {
                asked.set(asked.get() + 1);
                finished(text)
            };
            let mut joiner = Joiner::default();
            assert_eq!(joiner.push(1, first, count), Joined::More, "{first}");
            for number in 2..10_000 {
                assert_eq!(joiner.push(number, line, count), Joined::More, "{first}");
            }
            let ended = joiner.push(10_000, last, count);
            assert!(
                matches!(ended, Joined::Command { first_line: 1, .. }),
                "{first}"
            );
            assert_eq!(asked.get(), whole, "{first}");
        }
    }

    /// The joiner without its short cuts.
    fn joined_naively(lines: &[String]) -> Vec<String> {
        let mut commands = Vec::new();
        let mut begun: Option<String> = None;
        for line in lines {
            let text = match begun.take() {
                Some(before) => [&before, "\n", line].concat(),
                None => line.clone(),
            };
            match finished(&text) {
                Ok(_) => commands.push(text),
                Err(_) => begun = Some(text),
            }
        }
        commands
    }

    fn joined(lines: &[String]) -> Vec<String> {
        let mut joiner = Joiner::default();
        let pushed = lines
            .iter()
            .enumerate()
            .map(|(at, line)| joiner.push(at + 1, line, finished));
        pushed
            .filter_map(|joined| match joined {
                Joined::Command { text, .. } => Some(text),
                _ => None,
            })
            .collect()
    }

    /// Lines that often make JSON, and often nearly.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        const PIECES: [&str; 25] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "1",
            "-",
            "1.",
            "true",
            "nul",
            " ",
            "\t",
            "'",
            "\"",
            "\\",
            "é",
            "create-job J {",
            "create-job J [",
            "x",
            " --x",
            " | ",
            " > ",
            "pending ",
        ];
        let piece = proptest::sample::select(&PIECES[..]);
        let line = proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat());
        proptest::collection::vec(line, 0..8).prop_map(|mut lines| {
            lines.insert(0, "create-job J [{\"a\":".to_owned());
            lines
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_short_cuts_change_nothing(lines in lines()) {
            prop_assert_eq!(joined(&lines), joined_naively(&lines));
        }
    }
}
