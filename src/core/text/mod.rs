//! Texts made safe: to show, without characters that could control a terminal, and to paste into a shell. Pure.

mod encoding;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub use crate::text::encoding::{BYTE_ORDER_MARK, NotText, Utf8Reader, decode, unmarked};

/// One line of text without characters that could control a terminal or reorder the text: each hidden character is written
/// as a JSON escape.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    sanitize_except(text, &[])
}

/// [`sanitize`] for a text in which some hidden characters have a meaning.
pub fn sanitize_except<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let is_hidden = |c: char| is_hidden(c) && !kept.contains(&c);
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            escape(c, &mut shown);
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// [`sanitize`] for a text of several lines, which may be indented by tabs.
pub fn sanitize_lines(text: &str) -> Cow<'_, str> {
    sanitize_except(text, &['\n', '\t'])
}

/// The message of the local service about operations that only AWS has, for all planes.
pub fn not_emulated(what: &str) -> String {
    format!("The local service does not emulate {what}; see `jobs-sandbox help limitations`")
}

/// A text, or its start if it has more characters than `most`.
pub fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The text with one `mark` for each hidden character, so that its length in characters does not change.
pub fn mask(text: &str, mark: char) -> String {
    let masked = |c| if is_hidden(c) { mark } else { c };
    text.chars().map(masked).collect()
}

/// Whether a character is invisible and affects what is shown: a control character (C0, DEL, C1), a line or paragraph
/// separator, or one of Unicode's format characters.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

fn escape(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

/// A path in which `~/` stands for the user's folder, where shells do not expand it: `@~/doc.json`, `--cert=~/cert.pem`.
pub fn in_home(path: &Path, home: impl FnOnce() -> Option<PathBuf>) -> PathBuf {
    let below = path
        .strip_prefix("~")
        .ok()
        .and_then(|it| Some(home()?.join(it)));
    below.unwrap_or_else(|| path.to_owned())
}

/// A word as it must be typed, here or in a shell: in single quotes if necessary.
pub fn quote(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_are_escaped_or_masked() {
        for (text, sanitized, masked) in [
            (
                "a é 作業 🚀 \u{301}",
                "a é 作業 🚀 \u{301}",
                "a é 作業 🚀 \u{301}",
            ),
            ("a\r\n\tb", r"a\r\n\tb", "a   b"),
            ("\u{1b}[2J\u{7f}\u{9b}", r"\u001b[2J\u007f\u009b", " [2J  "),
            ("\u{202e}\u{200b}\u{2028}", r"\u202e\u200b\u2028", "   "),
            ("\u{e0041}", r"\udb40\udc41", " "),
        ] {
            assert_eq!(sanitize(text), sanitized);
            assert_eq!(mask(text, ' '), masked);
        }
        assert_eq!(sanitize_except("a\tb\n", &['\t']), "a\tb\\n");
        assert_eq!(sanitize_lines("a\tb\n\u{9b}"), "a\tb\n\\u009b");
    }

    #[test]
    fn the_users_folder_has_a_sign() {
        for (path, home, expected) in [
            ("~/a/b", Some("/h"), "/h/a/b"),
            ("~", Some("/h"), "/h"),
            ("~/a", None, "~/a"),
            ("~a/b", Some("/h"), "~a/b"),
            ("./~/b", Some("/h"), "./~/b"),
            ("/a", Some("/h"), "/a"),
        ] {
            let found = in_home(Path::new(path), || home.map(PathBuf::from));
            assert_eq!(found, Path::new(expected), "{path}");
        }
    }

    #[test]
    fn a_shell_reads_words_back() {
        for (text, expected) in [
            ("/tmp/a-b_c.pem", "/tmp/a-b_c.pem"),
            ("/tmp/a b", "'/tmp/a b'"),
            ("/tmp/größe", "/tmp/größe"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
        ] {
            assert_eq!(quote(text), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_gets_through(text in any::<String>()) {
            prop_assert!(!sanitize(&text).contains(is_hidden));
            prop_assert!(!mask(&text, ' ').contains(is_hidden));
        }
    }
}
