//! Joins the lines of a file or a paste into commands. Pure.

use crate::repl::input::command::read::is_blank;
use crate::repl::input::grammar::LineSplitter;
use crate::repl::input::words::{MAX_LINE_BYTES, Word};

/// Lines that make one command together.
#[derive(Debug, Default)]
pub struct Joiner {
    text: String,
    first_line: usize,
    splitter: LineSplitter,
}

/// The result of one more line.
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
    /// The command is longer than [`MAX_LINE_BYTES`] and is dropped.
    TooLong {
        /// The number of its first line, from 1.
        first_line: usize,
        /// Its lines up to the one that exceeded the limit.
        text: String,
    },
}

impl Joiner {
    /// Takes line `number` without its line ending.
    pub fn push(&mut self, number: usize, line: &str) -> Joined {
        let is_first = self.first_line == 0;
        if is_first {
            self.first_line = number;
        } else {
            self.text.push('\n');
        }
        let first_line = self.first_line;
        if self.text.len() + line.len() > MAX_LINE_BYTES {
            let mut text = std::mem::take(self).text;
            if is_first {
                line.clone_into(&mut text);
            }
            return Joined::TooLong { first_line, text };
        }
        self.text.push_str(line);
        let words = if is_first && is_blank(line) {
            Vec::new()
        } else if let Ok(words) = self.splitter.split(&self.text) {
            words
        } else {
            return Joined::More;
        };
        let text = std::mem::take(self).text;
        Joined::Command {
            first_line,
            text,
            words,
        }
    }

    /// The incomplete command at the end of the input.
    pub fn end(&mut self) -> Option<(usize, String)> {
        let begun = std::mem::take(self);
        (begun.first_line > 0).then_some((begun.first_line, begun.text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::repl::input::command::words;
    use crate::repl::input::words::steps;

    #[test]
    fn lines_are_joined_until_they_are_finished() {
        let mut joiner = Joiner::default();
        assert_eq!(joiner.push(1, "create-job J {"), Joined::More);
        assert_eq!(joiner.push(2, "\"a\":1"), Joined::More);
        let text = "create-job J {\n\"a\":1\n}".to_owned();
        assert_eq!(
            joiner.push(3, "}"),
            Joined::Command {
                first_line: 1,
                words: words(&text).expect("a command"),
                text,
            }
        );
        assert_eq!(joiner.end(), None);
        assert_eq!(joiner.push(4, "a 'b"), Joined::More);
        assert_eq!(
            joiner.push(5, &"x".repeat(MAX_LINE_BYTES)),
            Joined::TooLong {
                first_line: 4,
                text: "a 'b\n".to_owned()
            }
        );
        assert_eq!(joiner.push(6, "a '"), Joined::More);
        assert_eq!(joiner.end(), Some((6, "a '".to_owned())));
    }

    /// The time for a command is linear in its length, not quadratic.
    #[test]
    fn every_part_of_a_long_command_is_read_once() {
        for (first, line, last) in [
            ("create-job J [1", ",[{\"a\":2}]", "]"),
            ("create-job J {\"a\": [1", ", {}, [[\n]]", "]}"),
            ("create-job J '[1", ",2", "]'"),
            ("create-job J {\"a\": [", "\"b\",", "} quit"),
            ("x \"", "y", "\""),
            ("x \"", "y\" \"z", "\""),
            ("x '", "y''z", "'"),
            ("x '", "y' \"z\" 'a", "'"),
            ("x \\", "\\", "y"),
            ("x \\", "y\\", "z"),
            ("x \\", "y \\", "z"),
            ("x \\", "--y z \\", "z"),
            ("create-job J {} \\", "--x y \\", ""),
            ("create-job J \\", "--timeout 5 \\", "{}"),
            ("create-job J {} --x {", "} --x {", "}"),
            ("create-job J {} --x {", "\"a\": {}}b --x {", "}"),
            ("pending | sh '", "a' 'b", "'"),
            ("pending > '", "a' | > 'b", "'"),
            ("explain \\", "a \\", "b"),
            ("explain --x\\", "--y \\", "--z"),
            ("explain --x' \\", "--y \\", "'"),
            ("watch create-job J {} \\", "--x {} \\", ""),
            ("watch watch \\", "x \\", ""),
        ] {
            let mut joiner = Joiner::default();
            steps::taken();
            let mut text = first.to_owned();
            assert_eq!(joiner.push(1, first), Joined::More, "{first}");
            for number in 2..5_000 {
                text.extend(["\n", line]);
                assert_eq!(joiner.push(number, line), Joined::More, "{first} {line}");
            }
            let ended = joiner.push(5_000, last);
            text.extend(["\n", last]);
            let Joined::Command { words, .. } = ended else {
                panic!("{first} {line}");
            };
            let taken = steps::taken();
            assert!(taken <= 3 * text.len(), "{first} {line}: {taken} steps");
            assert!(Ok(words) == self::words(&text), "{first} {line}");
        }
    }

    /// The joiner without incremental reading.
    fn joined_naively(lines: &[String]) -> Vec<(String, Vec<Word>)> {
        let mut commands = Vec::new();
        let mut begun: Option<String> = None;
        for line in lines {
            let text = match begun.take() {
                Some(before) => [&before, "\n", line].concat(),
                None => line.clone(),
            };
            match words(&text) {
                Ok(words) => commands.push((text, words)),
                Err(_) => begun = Some(text),
            }
        }
        commands
    }

    fn joined(lines: &[String]) -> Vec<(String, Vec<Word>)> {
        let mut joiner = Joiner::default();
        let pushed = lines
            .iter()
            .enumerate()
            .map(|(at, line)| joiner.push(at + 1, line));
        pushed
            .filter_map(|joined| match joined {
                Joined::Command { text, words, .. } => Some((text, words)),
                _ => None,
            })
            .collect()
    }

    /// Lines that often continue, in all possible ways.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        const PIECES: [&str; 31] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "1",
            "-",
            "true",
            "nul",
            " ",
            "\t",
            "'",
            "\"",
            "\\",
            "\\ ",
            "é",
            "create-job J {",
            "create-job J [",
            "create-job J '",
            "explain ",
            "watch ",
            "watch --changes ",
            "x",
            " --x",
            " --x {",
            " | ",
            " > ",
            "pending ",
            "#",
        ];
        let piece = proptest::sample::select(&PIECES[..]);
        let line = proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat());
        proptest::collection::vec(line, 0..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn what_is_remembered_changes_nothing(lines in lines()) {
            prop_assert_eq!(joined(&lines), joined_naively(&lines));
        }
    }
}
