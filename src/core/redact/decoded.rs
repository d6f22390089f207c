//! A text with all escapes undone, in any notation and however often one was applied to another.

use std::ops::Range;

/// Stands for an escaped character that is not ASCII.
const OTHER: u8 = 0xff;

/// The most digits of `\u{…}`, and the longest HTML entity.
const DIGITS_MAX: usize = 8;
const ENTITY_MAX: usize = 24;

/// HTML entities of ASCII characters that occur in URLs, in JSON or in escapes of either.
/// <https://html.spec.whatwg.org/multipage/named-characters.html>
const ENTITIES: [(&str, u8); 16] = [
    ("amp", b'&'),
    ("AMP", b'&'),
    ("apos", b'\''),
    ("bsol", b'\\'),
    ("colon", b':'),
    ("comma", b','),
    ("equals", b'='),
    ("gt", b'>'),
    ("lowbar", b'_'),
    ("lt", b'<'),
    ("num", b'#'),
    ("percnt", b'%'),
    ("period", b'.'),
    ("plus", b'+'),
    ("quot", b'"'),
    ("sol", b'/'),
];

/// The bytes of a text without escapes, each with the place in the text where it begins.
pub(super) struct Decoded {
    pub bytes: Vec<u8>,
    starts: Vec<usize>,
    /// The length of the text.
    len: usize,
}

impl Decoded {
    /// Undoes the escapes of URLs, JSON, HTML and Rust. The character of an escape may complete another escape: in `%253D`,
    /// `%25` gives the `%` of `%3D`. Each escape makes the text shorter, so the work is linear in its length. A backslash
    /// that escapes nothing is dropped.
    pub(super) fn new(text: &str) -> Self {
        let mut stack = Stack::default();
        for (start, byte) in text.bytes().enumerate() {
            stack.push(byte, start);
        }
        let mut decoded = Self {
            bytes: Vec::with_capacity(stack.bytes.len()),
            starts: Vec::with_capacity(stack.bytes.len()),
            len: text.len(),
        };
        let mut begin = None;
        for (byte, start) in stack.bytes.into_iter().zip(stack.starts) {
            let start = begin.take().unwrap_or(start);
            if byte == b'\\' {
                begin = Some(start);
            } else {
                decoded.bytes.push(byte);
                decoded.starts.push(start);
            }
        }
        decoded.len = begin.unwrap_or(text.len());
        decoded
    }

    /// The place in the text of these bytes.
    pub(super) fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    fn place(&self, at: usize) -> usize {
        self.starts.get(at).copied().unwrap_or(self.len)
    }
}

/// The part that has been decoded.
#[derive(Default)]
struct Stack {
    bytes: Vec<u8>,
    starts: Vec<usize>,
    /// How many times each was escaped.
    depths: Vec<u32>,
}

impl Stack {
    fn push(&mut self, byte: u8, start: usize) {
        self.bytes.push(byte);
        self.starts.push(start);
        self.depths.push(0);
        while let Some((length, byte)) = self.escape_at_end() {
            let kept = self.bytes.len() - length;
            let depth = self.depths[kept..]
                .iter()
                .max()
                .map_or(0, |depth| depth + 1);
            self.bytes.truncate(kept);
            self.bytes.push(byte);
            self.starts.truncate(kept + 1);
            self.depths.truncate(kept);
            self.depths.push(depth);
        }
    }

    /// The length of an escape at the end, and its character.
    fn escape_at_end(&self) -> Option<(usize, u8)> {
        // In `\u005c\u0075` the second backslash begins a new escape.
        let is_pair = self.bytes.ends_with(br"\\");
        let is_one = |pair: &[u32]| pair[0] == pair[1];
        let last = &self.depths[self.depths.len().saturating_sub(2)..];
        (!is_pair || is_one(last)).then(|| escape(&self.bytes))?
    }
}

/// The length of an escape at the end, and its character.
fn escape(bytes: &[u8]) -> Option<(usize, u8)> {
    let (&last, before) = bytes.split_last()?;
    match last {
        b';' => entity(before),
        b'}' => braced(before),
        _ if before.last() == Some(&b'\\') && !matches!(last, b'u' | b'x') => {
            Some((2, backslashed(last)?))
        }
        _ if last.is_ascii_hexdigit() => {
            let escapes = [("%", 2), (r"\x", 2), (r"\u", 4)];
            escapes.iter().find_map(|(opener, digits)| {
                let (before, digits) = bytes.split_at_checked(bytes.len().checked_sub(*digits)?)?;
                let is_one = before.ends_with(opener.as_bytes());
                let byte = is_one.then(|| number(digits, 16)).flatten()?;
                Some((opener.len() + digits.len(), byte))
            })
        }
        _ => None,
    }
}

/// The character of an escape with a backslash.
fn backslashed(byte: u8) -> Option<u8> {
    match byte {
        b'"' | b'\'' | b'/' | b'\\' => Some(byte),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'b' => Some(0x08),
        b'f' => Some(0x0c),
        _ => None,
    }
}

/// `\u{3d}`, without its last brace.
fn braced(before: &[u8]) -> Option<(usize, u8)> {
    let is_digit = |byte: &&u8| byte.is_ascii_hexdigit();
    let digits = before.iter().rev().take(DIGITS_MAX).take_while(is_digit);
    let (before, digits) = before.split_at(before.len() - digits.count());
    let byte = before.ends_with(br"\u{").then(|| number(digits, 16))??;
    Some((digits.len() + 4, byte))
}

/// `&amp;`, `&#38;` or `&#x26;`, without the semicolon.
fn entity(before: &[u8]) -> Option<(usize, u8)> {
    let is_inside = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'#';
    let name = before.iter().rev().take(ENTITY_MAX).take_while(is_inside);
    let (before, name) = before.split_at(before.len() - name.count());
    if before.last() != Some(&b'&') {
        return None;
    }
    let byte = match name {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        name => {
            let mut entities = ENTITIES.iter();
            let found = entities.find(|(other, _)| other.as_bytes() == name);
            found.map(|(_, byte)| *byte)
        }
    }?;
    Some((name.len() + 2, byte))
}

/// The byte with this number; [`OTHER`] if it is not ASCII.
fn number(digits: &[u8], radix: u32) -> Option<u8> {
    // The parser also accepts a sign.
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    let digits = std::str::from_utf8(digits).ok()?;
    let number = u32::from_str_radix(digits, radix).ok()?;
    let byte = u8::try_from(number).ok().filter(u8::is_ascii);
    Some(byte.unwrap_or(OTHER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_notation_is_undone_at_any_depth() {
        for text in [
            "a=b",
            "a%3db",
            "a%3Db",
            "a%253Db",
            "a%25252525253Db",
            "a%25%33%44b",
            r"a\u003db",
            r"a\\u003Db",
            r"a\\\\\\\\u003db",
            r"a\u005cu003db",
            r"a\u00253Db",
            r"a\u0025\u0033\u0044b",
            r"a%5Cu003db",
            r"a%255Cu00%33db",
            r"a\x3db",
            r"a\u{3d}b",
            "a&equals;b",
            "a&#61;b",
            "a&#x00003D;b",
            "a&amp;amp;#61;b",
            "a%26%2361%3Bb",
            r"a\u0026equals\u003bb",
            r"a\u005c\u0075\u0030\u0030\u0033\u0064b",
            r"a%5C\u003db",
            r"a\=b",
        ] {
            let decoded = Decoded::new(text);
            assert_eq!(decoded.bytes, b"a=b", "{text}");
            let sign = decoded.source(&(1..2));
            assert_eq!(sign, 1..text.len() - 1, "{text}");
        }
        for (text, expected) in [
            (r#"\"\/\'\\n"#, "\"/'\n"),
            ("100% %+3 &c; %zz \\u00 \\q %", "100% %+3 &c; %zz u00 q %"),
            (
                "&#99999999999;&#;\\u{}\\u{1234567890}",
                "&#99999999999;&#;u{}u{1234567890}",
            ),
            ("é", "é"),
            (r"\", ""),
        ] {
            assert_eq!(Decoded::new(text).bytes, expected.as_bytes(), "{text}");
        }
        assert_eq!(Decoded::new(r"\u00e9%C3&#233;").bytes, [OTHER; 3]);
    }

    proptest! {
        #[test]
        fn every_byte_has_its_place(text in r#"([%\\u{};&#x0-9a-f/n"]|amp|25|5c|\PC){0,60}"#) {
            let decoded = Decoded::new(&text);
            prop_assert_eq!(decoded.bytes.len(), decoded.starts.len());
            prop_assert!(decoded.starts.is_sorted());
            if !decoded.bytes.is_empty() {
                prop_assert_eq!(decoded.place(0), 0);
            }
        }
    }
}
