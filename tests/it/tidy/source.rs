//! A source file as the rules see it: without comments, and without tests if a rule excludes them.

use std::ops::Range;

/// A file as the rules see it.
pub(crate) struct Source {
    /// From the root of the package, with `/`.
    pub(crate) path: String,
    /// As it is.
    pub(crate) text: String,
    /// The text without comments.
    pub(crate) code: String,
    /// What a user gets: the code without the tests, be they files of their own or items of a file.
    pub(crate) shipped: String,
    /// The shipped code with spaces in place of strings and characters, so that every bracket and word in it is code.
    pub(crate) bare: String,
}

impl Source {
    /// Takes the path from the root of the package, with `/`, and the text.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = without_comments(text);
        let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
        let (shipped, bare) = if is_test {
            (String::new(), String::new())
        } else {
            let bare = without_quotes(text);
            let tests = test_items(&bare);
            (without(&code, &tests), without(&bare, &tests))
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            shipped,
            bare,
        }
    }

    /// The module directly below the crate: `main`, `lib`, or a name.
    pub(crate) fn top(&self) -> &str {
        let path = in_crate(&self.path);
        let first = path.split('/').next().unwrap_or(path);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Whether it is a module, given by its path without `.rs`, or inside it.
    pub(crate) fn is_below(&self, module: &str) -> bool {
        in_crate(&self.path)
            .strip_prefix(in_crate(module))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
    }

    /// The line of a byte of the code, from 1. Comments and tests leave their line ends behind.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// The folders below `src` that are packages, from the top down.
pub(crate) const PACKAGES: [&str; 3] = ["client", "start", "core"];

/// A path from the root of its crate: all packages have each other's modules under the same names.
pub(crate) fn in_crate(path: &str) -> &str {
    let path = path.strip_prefix("src/").unwrap_or(path);
    match path.split_once('/') {
        Some((folder, rest)) if PACKAGES.contains(&folder) => rest,
        _ => path,
    }
}

/// The package of a file: 0 is the program, and each stands above the next.
pub(crate) fn package_of(path: &str) -> usize {
    let folder = path.split('/').nth(1);
    let found = PACKAGES.iter().position(|it| Some(*it) == folder);
    found.map_or(0, |index| index + 1)
}

/// Whether a character may stand in a name.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The name at the start of a text.
pub(crate) fn first_word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

/// Where the words stand in a text, by line, unless they are only the end of a longer word.
pub(crate) fn words_in(text: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for word in words {
            let stands_alone = line
                .match_indices(word)
                .any(|(at, _)| !word.starts_with(is_word) || !line[..at].ends_with(is_word));
            if stands_alone {
                found.push(format!("line {}: `{word}`", index + 1));
            }
        }
    }
    found
}

/// Where the bracket that opens at a byte of bare code closes; the end of the code if it does not.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, character) in code[open..].char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at;
        }
    }
    code.len()
}

/// Where bare code has items or statements that are compiled only for tests.
fn test_items(bare: &str) -> Vec<Range<usize>> {
    let mut items: Vec<Range<usize>> = Vec::new();
    for (start, _) in bare.match_indices("#[cfg(") {
        let condition = &bare[start + "#[cfg(".len()..];
        let is_inside = items.last().is_some_and(|item| start < item.end);
        if !is_inside
            && ["test)", "all(test,"]
                .iter()
                .any(|it| condition.starts_with(it))
        {
            items.push(start..item_end(bare, start));
        }
    }
    items
}

/// Where the item, or statement, that starts at a byte of bare code ends; its attributes are part of it.
fn item_end(bare: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(first) = bare[at..].chars().next() {
        match first {
            '(' | '[' => at = after_closing(bare, at),
            '{' => {
                let end = after_closing(bare, at);
                return end + usize::from(bare[end..].starts_with(';'));
            }
            ';' => return at + 1,
            ')' | ']' | '}' => return at,
            _ => at += first.len_utf8(),
        }
    }
    bare.len()
}

fn after_closing(code: &str, open: usize) -> usize {
    (closing(code, open) + 1).min(code.len())
}

/// The code without these ranges; the ends of lines stay, but for those at the very end.
fn without(code: &str, ranges: &[Range<usize>]) -> String {
    let mut rest = String::with_capacity(code.len());
    let mut start = 0;
    for range in ranges {
        rest.push_str(&code[start..range.start]);
        rest.push_str(&blank(&code[range.clone()]));
        start = range.end;
    }
    rest.push_str(&code[start..]);
    rest.truncate(rest.trim_end().len());
    rest
}

/// A space for each byte but the ends of lines.
fn blank(text: &str) -> String {
    let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
    text.bytes().map(blank).collect()
}

/// What a piece of a text is.
#[derive(PartialEq)]
enum Piece {
    Code,
    Comment,
    /// A string or a character.
    Quote,
}

/// The code without its comments; the ends of lines stay, and so do strings, whatever they hold.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for (piece, token) in pieces(text) {
        match piece {
            Piece::Comment => code.extend(token.chars().filter(|c| *c == '\n')),
            Piece::Code | Piece::Quote => code.push_str(token),
        }
    }
    code
}

/// The code without its comments, and with spaces in place of strings and characters.
fn without_quotes(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for (piece, token) in pieces(text) {
        match piece {
            Piece::Comment => code.extend(token.chars().filter(|c| *c == '\n')),
            Piece::Code => code.push_str(token),
            Piece::Quote => code.push_str(&blank(token)),
        }
    }
    code
}

fn pieces(text: &str) -> Vec<(Piece, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut is_in_word = false;
    while !rest.is_empty() {
        let (piece, length) = first_piece(rest, is_in_word);
        let (token, after) = rest.split_at(length);
        is_in_word = piece == Piece::Code && token.ends_with(is_word);
        pieces.push((piece, token));
        rest = after;
    }
    pieces
}

/// The piece at the start of a text, and its length.
fn first_piece(text: &str, is_in_word: bool) -> (Piece, usize) {
    if text.starts_with("//") {
        return (Piece::Comment, text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return (Piece::Comment, block_comment(text));
    }
    let raw = ["r", "br", "cr"].iter().find(|before| {
        text.strip_prefix(**before)
            .is_some_and(|after| after.starts_with(['"', '#']))
    });
    if let Some(before) = raw.filter(|_| !is_in_word) {
        let hashes = before.len() - 1;
        return (Piece::Quote, hashes + raw_string(&text[hashes..]));
    }
    match text.chars().next() {
        Some('"') => (Piece::Quote, quoted(text)),
        Some('\'') => match character(text) {
            1 => (Piece::Code, 1),
            length => (Piece::Quote, length),
        },
        first => (Piece::Code, first.map_or(0, char::len_utf8)),
    }
}

/// The length of the block comment at the start of a text; such comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the raw string, or of the raw identifier's `r#`, at the start of a text.
fn raw_string(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    let inner = 1 + hashes;
    if !text[inner..].starts_with('"') {
        return inner;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    text[inner + 1..]
        .find(&end)
        .map_or(text.len(), |at| inner + 1 + at + end.len())
}

/// The length of the string at the start of a text.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the character at the start of a text, or 1 for the quotation mark of a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(text.len(), |at| at + 4),
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[test]
fn comments_are_told_from_strings() {
    for (text, expected) in [
        ("a // b\nc", "a \nc"),
        ("\"//\" // x", "\"//\" "),
        ("\"\\\"//\" // x", "\"\\\"//\" "),
        ("r\"\\\" // x", "r\"\\\" "),
        ("r#\"\"//\"# // x", "r#\"\"//\"# "),
        ("br\"\\\" // x", "br\"\\\" "),
        ("b'\"' // x", "b'\"' "),
        ("r#type // x", "r#type "),
        ("for\"//\"", "for\"//\""),
        ("'\"' // x", "'\"' "),
        ("'\\'' // x", "'\\'' "),
        ("'\\\\' // x", "'\\\\' "),
        ("'\\u{2f}' // x", "'\\u{2f}' "),
        ("&'a str // x", "&'a str "),
        ("'ä' // x", "'ä' "),
        ("a /* \n /* b */ \n */ c", "a \n\n c"),
        ("/* open", ""),
        ("\"open", "\"open"),
        ("'", "'"),
    ] {
        assert_eq!(without_comments(text), expected, "{text}");
    }
}

#[test]
fn quotes_and_tests_are_taken_out_of_bare_code() {
    for (text, expected) in [
        ("f(\"}\\\"\", '{', b'\\'')", "f(     ,    , b    )"),
        ("r#\"{\"\n\"#;", "      \n  ;"),
        ("/* { */ &'a str // {", " &'a str"),
        (
            "a\n#[cfg(test)]\nmod tests;\nb",
            "a\n            \n          \nb",
        ),
        (
            "#[cfg(test)]\nuse a::{b};\nc",
            "            \n           \nc",
        ),
        (
            "#[cfg(test)]\n#[a(b)]\nfn f(a: [u8; 2]) {\n}\nc",
            "\n\n\n\nc",
        ),
        ("f({\n    #[cfg(test)]\n    g()\n})", "f({\n\n\n})"),
        (
            "#[cfg(test)]\nmod tests {\n    #[cfg(test)]\n    fn f() {}\n}\n",
            "",
        ),
        ("#[cfg(all(test, unix))]\nmod tests {}\n", ""),
        ("#[cfg(unix)]\nfn f() {}\n", "#[cfg(unix)]\nfn f() {}"),
        ("#[cfg(test)]\nfn f() {", ""),
        ("#[cfg(test)]\nfn f(", ""),
    ] {
        let lines = |text: &str| -> Vec<String> {
            text.lines()
                .map(|line| line.trim_end().to_owned())
                .collect()
        };
        let source = Source::new("src/a.rs", text);
        assert_eq!(lines(&source.bare), lines(expected), "{text}");
    }
    for path in ["src/a/tests.rs", "src/a/tests/b.rs"] {
        let source = Source::new(path, "fn f() {}\n");
        assert_eq!((&*source.shipped, &*source.bare), ("", ""), "{path}");
    }
}
