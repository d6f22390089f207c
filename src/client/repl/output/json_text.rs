//! JSON as text: coloured, on one line, or over several lines. The values are not parsed, so every number and every escape
//! stays as sent. Pure.

use crate::repl::columns::columns_of;

/// What a piece of JSON text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PieceKind {
    /// The name of a member, in its quotes.
    Name,
    /// A string that is a value.
    String,
    /// A number, `true`, `false` or `null`.
    Scalar,
    /// One of `{ } [ ] , :`.
    Punctuation,
    /// White space between them.
    Space,
}

/// Splits valid JSON into pieces, which together are the text; invalid JSON is split in some way.
fn pieces(json: &str) -> Vec<(PieceKind, &str)> {
    let mut pieces: Vec<(PieceKind, &str)> = Vec::new();
    let mut at = 0;
    while let Some(first) = json[at..].chars().next() {
        let rest = &json[at..];
        let (kind, len) = match first {
            '"' => (PieceKind::String, string_len(rest)),
            '{' | '}' | '[' | ']' | ',' | ':' => (PieceKind::Punctuation, 1),
            c if c.is_whitespace() => (PieceKind::Space, run(rest, char::is_whitespace)),
            _ => (
                PieceKind::Scalar,
                run(rest, |c| !c.is_whitespace() && !"{}[],:\"".contains(c)),
            ),
        };
        if first == ':'
            && let Some(name) = pieces
                .iter_mut()
                .rfind(|(kind, _)| *kind != PieceKind::Space)
            && name.0 == PieceKind::String
        {
            name.0 = PieceKind::Name;
        }
        pieces.push((kind, &rest[..len]));
        at += len;
    }
    pieces
}

/// The bytes at the start of `text` whose characters are all `like` this.
fn run(text: &str, like: impl Fn(char) -> bool) -> usize {
    text.find(|c| !like(c)).unwrap_or(text.len())
}

/// The length in bytes of the string that `text` starts with, quotes included.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The same text with colours for a terminal: names are bright blue, numbers and words magenta. Strings keep the terminal's own
/// colour. These can be read on a dark and on a light background; green is pale on a light one.
pub fn colored(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    for (kind, piece) in pieces(json) {
        let color = match kind {
            PieceKind::Name => "94",
            PieceKind::Scalar => "35",
            PieceKind::String | PieceKind::Punctuation | PieceKind::Space => {
                text.push_str(piece);
                continue;
            }
        };
        text.extend(["\x1b[", color, "m", piece, "\x1b[0m"]);
    }
    text
}

/// The same value without white space between its pieces: on one line.
pub fn compact(json: &str) -> String {
    pieces(json)
        .into_iter()
        .filter(|(kind, _)| *kind != PieceKind::Space)
        .map(|(_, piece)| piece)
        .collect()
}

/// The same value with one member per line, indented by two spaces.
pub fn pretty(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let pieces: Vec<_> = pieces(json)
        .into_iter()
        .filter(|(kind, _)| *kind != PieceKind::Space)
        .map(|(_, piece)| piece)
        .collect();
    for (at, piece) in pieces.iter().enumerate() {
        let neighbour = |at: usize| pieces.get(at).copied().unwrap_or_default();
        match *piece {
            "{" | "[" => {
                text.push_str(piece);
                depth += 1;
                if !matches!(neighbour(at + 1), "}" | "]") {
                    break_line(&mut text, depth);
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                if at == 0 || !matches!(neighbour(at - 1), "{" | "[") {
                    break_line(&mut text, depth);
                }
                text.push_str(piece);
            }
            "," => {
                text.push(',');
                break_line(&mut text, depth);
            }
            ":" => text.push_str(": "),
            piece => text.push_str(piece),
        }
    }
    text
}

/// The same value in lines of at most `width` columns as far as its tokens allow: a member that does not fit starts a new
/// line, indented by its depth. The first line begins behind `column` columns, all others behind `margin`. A text whose
/// lines fit stays as it is.
pub fn fitted(json: &str, width: usize, column: usize, margin: usize) -> String {
    let fits = |(at, line): (usize, &str)| {
        let begin = if at == 0 { column } else { margin };
        begin + columns_of(line) <= width
    };
    if json.lines().enumerate().all(fits) {
        return json.replace('\n', &format!("\n{:margin$}", ""));
    }
    let pieces: Vec<&str> = pieces(json)
        .into_iter()
        .filter(|(kind, _)| *kind != PieceKind::Space)
        .map(|(_, piece)| piece)
        .collect();
    let ends = ends_of_members(&pieces);
    let mut text = String::with_capacity(json.len() * 2);
    let mut at_column = column;
    let mut line = 0;
    // The line in which the last member of each open object or list began.
    let mut open: Vec<usize> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let is_closing = matches!(*piece, "}" | "]");
        if is_closing {
            open.pop();
        }
        let indent = margin + 2 * open.len().min(width / 4);
        if let (Some(end), Some(begun)) = (ends[at], open.last_mut()) {
            let is_first = pieces[at - 1] != ",";
            // Of a first member, only its start: the rest can be broken.
            let end = if is_first { end.min(at + 3) } else { end };
            let columns: usize = pieces[at..=end].iter().map(|it| columns_of(it)).sum();
            let must_break = at_column + columns > width || !is_first && *begun < line;
            if must_break && at_column > indent {
                text.push('\n');
                text.extend(std::iter::repeat_n(' ', indent));
                at_column = indent;
                line += 1;
            }
            *begun = line;
        }
        text.push_str(piece);
        at_column += columns_of(piece);
        if matches!(*piece, "{" | "[") {
            open.push(line);
        }
    }
    text
}

/// For each piece that starts a member of an object or a list, the last piece that must be on its line: the comma behind it,
/// or all closing brackets behind the last member.
fn ends_of_members(pieces: &[&str]) -> Vec<Option<usize>> {
    let mut ends = vec![None; pieces.len()];
    let mut begun: Vec<Option<usize>> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let follows_opening = at > 0 && matches!(pieces[at - 1], "{" | "[");
        let follows_comma = at > 0 && pieces[at - 1] == ",";
        let is_closing = matches!(*piece, "}" | "]");
        if (follows_opening && !is_closing || follows_comma)
            && let Some(member) = begun.last_mut()
        {
            *member = Some(at);
        }
        match *piece {
            "{" | "[" => begun.push(None),
            "," => {
                if let Some(member) = begun.last().copied().flatten() {
                    ends[member] = Some(at);
                }
            }
            "}" | "]" => {
                if let Some(member) = begun.pop().flatten() {
                    let rest = &pieces[at..];
                    let closing = rest.iter().take_while(|it| matches!(**it, "}" | "]" | ","));
                    ends[member] = Some(at + closing.count() - 1);
                }
            }
            _ => {}
        }
    }
    ends
}

/// The maximum indentation: with deep untrusted nesting, the text must not become quadratic in size.
const MAX_INDENT: usize = 32;

fn break_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth.min(MAX_INDENT)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_scalars_have_colours() {
        assert_eq!(
            colored(r#"{"a" : [1.0, "b:\"c", null]}"#),
            "{\x1b[94m\"a\"\x1b[0m : [\x1b[35m1.0\x1b[0m, \"b:\\\"c\", \x1b[35mnull\x1b[0m]}"
        );
    }

    #[test]
    fn white_space_goes_and_comes() {
        for (json, one_line, lines) in [
            (
                "{\"a b\":\n[1, 2.0] ,\"c\": {}}",
                r#"{"a b":[1,2.0],"c":{}}"#,
                "{\n  \"a b\": [\n    1,\n    2.0\n  ],\n  \"c\": {}\n}",
            ),
            (
                " 12345678901234567890 ",
                "12345678901234567890",
                "12345678901234567890",
            ),
            ("[]", "[]", "[]"),
            ("", "", ""),
        ] {
            assert_eq!(compact(json), one_line);
            assert_eq!(pretty(json), lines);
        }
    }

    #[test]
    fn long_json_is_broken_between_members() {
        let event = r#"{"timestamp":1795716643,"execution":{"jobId":"Job1","status":"QUEUED","queuedAt":1795716643,"jobDocument":{"operation":"reboot","reason":"kernel update"}}}"#;
        for (json, width, expected) in [
            (r#"{"a": 1}"#, 10, r#"{"a": 1}"#),
            (r#"{"a": 1}"#, 9, "{\"a\":1}"),
            (r#"{"a":1,"b":22}"#, 14, "{\"a\":1,\n    \"b\":22}"),
            ("{\n\"a\":1}", 14, "{\n  \"a\":1}"),
            ("[100,200,300,400]", 14, "[100,200,\n    300,400]"),
            (
                r#"{"a":[{"b":1,"c":2},{"b":3}],"d":4}"#,
                20,
                "{\"a\":[{\"b\":1,\n        \"c\":2},\n      {\"b\":3}],\n    \"d\":4}",
            ),
            (
                event,
                70,
                "{\"timestamp\":1795716643,\n    \
                 \"execution\":{\"jobId\":\"Job1\",\"status\":\"QUEUED\",\n      \
                 \"queuedAt\":1795716643,\n      \
                 \"jobDocument\":{\"operation\":\"reboot\",\"reason\":\"kernel update\"}}}",
            ),
            (
                r#"{"aaaaaaaaaaaaaaaa":"bbbbbbbbbbbbbbbb","c":1}"#,
                12,
                "{\"aaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbb\",\n    \"c\":1}",
            ),
        ] {
            assert_eq!(fitted(json, width, 2, 2), expected, "{json} in {width}");
        }
    }

    proptest! {
        #[test]
        fn the_value_stays_the_same(text in any::<String>(), number in any::<f64>()) {
            let value = serde_json::json!({ text.clone(): [number, text, {}, [], {"": null}] });
            let json = value.to_string();
            // The parser may round the last digit of a number.
            let value: Option<serde_json::Value> = serde_json::from_str(&json).ok();
            for written in [compact(&json), pretty(&json), compact(&pretty(&json))] {
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&written).ok(), value.clone());
            }
            let colors = ["94", "35", "0"].map(|color| format!("\x1b[{color}m"));
            let plain = colors.iter().fold(colored(&json), |text, color| text.replace(color, ""));
            prop_assert_eq!(plain, json);
        }

        #[test]
        fn a_fitted_value_stays_the_same(text in any::<String>(), many in prop::collection::vec(any::<u32>(), 0..30), width in 1_usize..100) {
            let value = serde_json::json!({ text.clone(): [many, text, {}, [], {"": null, "a": {"b": [{}, {"c": 1}]}}], "d": 1 });
            let json = value.to_string();
            let shown = fitted(&json, width, 2, 2);
            prop_assert_eq!(compact(&shown), json.clone());
            let widest = pieces(&json).iter().map(|(_, piece)| columns_of(piece)).max().unwrap_or(0);
            for line in shown.lines() {
                prop_assert!(columns_of(line) <= width.max(2 * widest + 30), "{line}");
            }
        }

        #[test]
        fn any_text_is_taken_without_panic(text in any::<String>()) {
            let _ = (colored(&text), pretty(&text), fitted(&text, 5, 0, 0));
            let whole: String = pieces(&text).into_iter().map(|(_, piece)| piece).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
