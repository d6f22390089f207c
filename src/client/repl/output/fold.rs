//! Prose in lines that fit. Pure.

use crate::repl::columns::columns_of;

/// Prose is no wider than this, however wide the terminal is.
pub const WIDEST: usize = 120;

/// The indentation of further lines if the room below the description does not suffice.
const NARROW_INDENT: usize = 4;

/// Breaks what is wider than `width` columns between words; a longer word stays whole. The rest of a line continues
/// below its description, which follows two or more spaces; without a description, below the line itself. A line that is
/// indented a little and does not have a description is an example to type, and also stays whole, unless it names flags.
pub fn fold(text: &str, width: usize) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| fold_line(line, width))
        .collect();
    lines.join("\n")
}

/// The same for a message: further lines are indented a little, and start with `#` if the message does. A line that is
/// indented itself stays whole: it shows a place, or an example to type.
pub fn message(text: &str, width: usize) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            if columns_of(line) <= width || line.starts_with(' ') {
                return line.to_owned();
            }
            let is_remark = line.starts_with(REMARK);
            words(line, width, if is_remark { "#   " } else { "  " })
        })
        .collect();
    lines.join("\n")
}

/// The start of a remark.
pub(crate) const REMARK: &str = "# ";

fn words(line: &str, width: usize, margin: &str) -> String {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in line.split(' ') {
        if current.is_empty() && lines.is_empty() {
            current.push_str(word);
        } else if columns_of(&current) + 1 + columns_of(word) > width {
            lines.push(std::mem::replace(&mut current, format!("{margin}{word}")));
        } else {
            current.extend([" ", word]);
        }
    }
    lines.push(current);
    lines.join("\n")
}

fn fold_line(line: &str, width: usize) -> String {
    if columns_of(line) <= width {
        return line.to_owned();
    }
    let begin = line.len() - line.trim_start().len();
    let gap = line[begin..].rfind("  ").map(|at| begin + at);
    let names_flags = line[begin..].starts_with("--");
    if gap.is_none() && (1..=NARROW_INDENT).contains(&begin) && !names_flags {
        return line.to_owned();
    }
    let (head, text) = match gap {
        Some(at) => (&line[..at], line[at..].trim_start()),
        None => ("", line.trim_start()),
    };
    let indent = columns_of(&line[..line.len() - text.len()]);
    let has_room = indent <= width * 2 / 3;
    let indent = if has_room { indent } else { NARROW_INDENT };
    let mut lines = Vec::new();
    // The description starts on the line of what it describes, or on its own line.
    let mut current = if has_room {
        line[..line.len() - text.len()].to_owned()
    } else {
        lines.extend(gap.map(|_| head.trim_end().to_owned()));
        " ".repeat(indent)
    };
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && columns_of(&current) + 1 + columns_of(word) > width {
            lines.push(std::mem::replace(&mut current, " ".repeat(indent)));
            is_empty = true;
        }
        if !is_empty {
            current.push(' ');
        }
        current.push_str(word);
        is_empty = false;
    }
    lines.push(current);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_broken_between_words() {
        for (text, width, expected) in [
            ("error: no  such", 9, "error: no\n   such"),
            ("hint: a b", 9, "hint: a b"),
            (
                "hint: a bc\n  x y z u v w",
                9,
                "hint: a\n  bc\n  x y z u v w",
            ),
            ("# one two three", 9, "# one two\n#   three"),
            ("hint: incomprehensible", 9, "hint:\n  incomprehensible"),
        ] {
            assert_eq!(message(text, width), expected, "{text} in {width}");
        }
    }

    #[test]
    fn lines_are_broken_between_words() {
        for (text, width, expected) in [
            ("", 5, ""),
            ("one two\n", 7, "one two\n"),
            ("one two three", 7, "one two\nthree"),
            ("one two three\nfour five", 7, "one two\nthree\nfour\nfive"),
            ("  one two three", 9, "  one two three"),
            (
                "  --one-two, --three <x>",
                12,
                "  --one-two,\n  --three\n  <x>",
            ),
            ("      one two three", 13, "      one two\n      three"),
            ("incomprehensible to me", 5, "incomprehensible\nto me"),
            ("漢字 漢字 漢字", 9, "漢字 漢字\n漢字"),
            (
                "  --a   one two three",
                17,
                "  --a   one two\n        three",
            ),
            ("  --a   one two three", 11, "  --a\n    one two\n    three"),
            (
                "ok  name   one two three",
                18,
                "ok  name   one two\n           three",
            ),
            ("        one two three", 11, "    one two\n    three"),
        ] {
            assert_eq!(fold(text, width), expected, "{text} in {width}");
        }
    }
}
