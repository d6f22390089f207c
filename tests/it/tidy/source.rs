//! A source file as the rules see it: without comments, and without tests where a rule says so.

/// A file as the rules see it.
pub(crate) struct Source {
    /// From the root of the package, with `/`.
    pub(crate) path: String,
    /// As it is.
    pub(crate) text: String,
    /// The text without comments.
    pub(crate) code: String,
}

impl Source {
    /// Takes the path from the root of the package, with `/`, and the text.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: without_comments(text),
        }
    }

    /// The module directly below the crate: `main`, `lib`, or a name.
    pub(crate) fn top(&self) -> &str {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let first = path.split('/').next().unwrap_or(path);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Whether it is a module, given by its path without `.rs`, or inside it.
    pub(crate) fn is_below(&self, module: &str) -> bool {
        self.path
            .strip_prefix(module)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
    }

    /// What a user gets, without the tests: a file or folder of their own, or the last module of a file.
    pub(crate) fn shipped(&self) -> &str {
        if self.path.ends_with("/tests.rs") || self.path.contains("/tests/") {
            return "";
        }
        let end = self.code.find("#[cfg(test)]\nmod tests");
        &self.code[..end.unwrap_or(self.code.len())]
    }

    /// The line of a byte of the code, from 1. Comments leave their line ends behind.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// Whether a character may stand in a name.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The code without its comments; the ends of lines stay, and so do strings, whatever they hold.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, is_comment) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with("/*") {
            (block_comment(rest), true)
        } else if !code.ends_with(is_word)
            && let Some(before) = ["r", "br", "cr"].iter().find(|before| {
                rest.strip_prefix(**before)
                    .is_some_and(|after| after.starts_with(['"', '#']))
            })
        {
            (
                before.len() - 1 + raw_string(&rest[before.len() - 1..]),
                false,
            )
        } else if first == '"' {
            (quoted(rest), false)
        } else if first == '\'' {
            (character(rest), false)
        } else {
            (first.len_utf8(), false)
        };
        let (token, after) = rest.split_at(length);
        if is_comment {
            code.extend(token.chars().filter(|c| *c == '\n'));
        } else {
            code.push_str(token);
        }
        rest = after;
    }
    code
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
