//! Texts from files, in the encodings that editors and shells write: UTF-8 with or without a byte order mark, and UTF-16.

use std::io::{self, Read};

/// The mark that some programs write at the start of UTF-8.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why bytes are not a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    #[error("is not UTF-8")]
    Utf8,
    #[error("starts like UTF-16, but is not")]
    Utf16,
    #[error("is UTF-32")]
    Utf32,
}

/// The order of the two bytes of UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Utf16 {
    LittleEndian,
    BigEndian,
}

impl Utf16 {
    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::LittleEndian => u16::from_le_bytes(bytes),
            Self::BigEndian => u16::from_be_bytes(bytes),
        }
    }
}

/// A text without a byte order mark at its start.
pub fn unmarked(text: &str) -> &str {
    text.trim_start_matches(BYTE_ORDER_MARK)
}

/// The text in a file, without a byte order mark. Without a mark, a NUL beside the first character means UTF-16, because no
/// text starts in this way. <https://www.unicode.org/faq/utf_bom.html>
pub fn decode(bytes: Vec<u8>) -> Result<String, NotText> {
    match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..]
        | [0, 0, 0xfe, 0xff, ..]
        | [1..=255, 0, 0, 0, ..]
        | [0, 0, 0, 1..=255, ..] => Err(NotText::Utf32),
        [0xff, 0xfe, rest @ ..] => of_utf16(Utf16::LittleEndian, rest),
        [0xfe, 0xff, rest @ ..] => of_utf16(Utf16::BigEndian, rest),
        [1..=255, 0, ..] => of_utf16(Utf16::LittleEndian, &bytes),
        [0, 1..=255, ..] => of_utf16(Utf16::BigEndian, &bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => of_utf8(rest.to_vec()),
        _ => of_utf8(bytes),
    }
}

fn of_utf8(bytes: Vec<u8>) -> Result<String, NotText> {
    String::from_utf8(bytes).map_err(|_| NotText::Utf8)
}

fn of_utf16(order: Utf16, bytes: &[u8]) -> Result<String, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| order.unit(*pair)).collect();
    let text = String::from_utf16(&units).ok();
    let text = text.filter(|_| rest.is_empty());
    text.ok_or(NotText::Utf16)
}

/// Converts the bytes of another reader to UTF-8, without a byte order mark. Reads no more than it returns, because the
/// other reader may be a terminal or a pipe. Only a mark selects UTF-16; half a character becomes U+FFFD.
#[derive(Debug)]
pub struct Utf8Reader<R> {
    source: R,
    state: State,
    /// Bytes that have been read but not returned.
    ready: Vec<u8>,
}

#[derive(Debug)]
enum State {
    Begin,
    Utf8,
    Utf16 {
        order: Utf16,
        /// A unit that has been read but belongs to the next character.
        next: Option<u16>,
    },
}

impl<R: Read> Utf8Reader<R> {
    pub fn new(source: R) -> Self {
        Self {
            source,
            state: State::Begin,
            ready: Vec::new(),
        }
    }

    /// Reads while the bytes may be a mark.
    fn begin(&mut self) -> io::Result<()> {
        let mut read = Vec::new();
        let marks: [&[u8]; 3] = [UTF8_MARK, b"\xff\xfe", b"\xfe\xff"];
        let mut is_mark = false;
        while !is_mark && marks.iter().any(|mark| mark.starts_with(&read)) {
            let Some(byte) = self.byte()? else { break };
            read.push(byte);
            is_mark = marks.contains(&read.as_slice());
        }
        let utf16 = |order| State::Utf16 { order, next: None };
        self.state = match read.as_slice() {
            b"\xff\xfe" => utf16(Utf16::LittleEndian),
            b"\xfe\xff" => utf16(Utf16::BigEndian),
            _ => State::Utf8,
        };
        if !is_mark {
            self.ready = read;
        }
        Ok(())
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        loop {
            match self.source.read(&mut byte) {
                Ok(read) => return Ok((read > 0).then_some(byte[0])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn unit(&mut self, order: Utf16) -> io::Result<Option<u16>> {
        let Some(first) = self.byte()? else {
            return Ok(None);
        };
        let second = self.byte()?;
        // Half a surrogate is not a character.
        Ok(Some(second.map_or(0xd800, |it| order.unit([first, it]))))
    }

    /// The next character of UTF-16.
    fn character(&mut self, order: Utf16, next: Option<u16>) -> io::Result<()> {
        let first = match next {
            Some(unit) => Some(unit),
            None => self.unit(order)?,
        };
        let mut next = None;
        if let Some(first) = first {
            let second = if (0xd800..0xdc00).contains(&first) {
                self.unit(order)?
            } else {
                None
            };
            let pair: Vec<u16> = [Some(first), second].into_iter().flatten().collect();
            let c = String::from_utf16(&pair).unwrap_or_else(|_| {
                next = second;
                char::REPLACEMENT_CHARACTER.to_string()
            });
            self.ready.extend(c.bytes());
        }
        self.state = State::Utf16 { order, next };
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.state, State::Begin) {
            self.begin()?;
        }
        if let (State::Utf16 { order, next }, true) = (&mut self.state, self.ready.is_empty()) {
            let (order, next) = (*order, next.take());
            self.character(order, next)?;
        }
        if self.ready.is_empty() {
            return match self.state {
                State::Utf8 => self.source.read(buffer),
                State::Begin | State::Utf16 { .. } => Ok(0),
            };
        }
        let count = self.ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.ready[..count]);
        self.ready.drain(..count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text in all encodings that are read, with a mark.
    fn encoded(text: &str) -> [Vec<u8>; 3] {
        let marked = format!("{BYTE_ORDER_MARK}{text}");
        let units: Vec<u16> = marked.encode_utf16().collect();
        [
            marked.into_bytes(),
            units.iter().flat_map(|it| it.to_le_bytes()).collect(),
            units.iter().flat_map(|it| it.to_be_bytes()).collect(),
        ]
    }

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let mut reader = Utf8Reader::new(Slow(bytes));
        reader.read_to_end(&mut text).expect("no error");
        text
    }

    #[test]
    fn what_is_not_clear_is_named() {
        for (bytes, expected) in [
            (&b""[..], Ok("")),
            (b"{}", Ok("{}")),
            (b"{\0}\0", Ok("{}")),
            (b"\0{\0}", Ok("{}")),
            (b"\xef\xbb\xbf", Ok("")),
            (b"\xef\xbb", Err(NotText::Utf8)),
            (b"{\xe9}", Err(NotText::Utf8)),
            (b"\xff\xfe{\0}", Err(NotText::Utf16)),
            (b"\xfe\xff\xd8\0\0{", Err(NotText::Utf16)),
            (b"\xff\xfe\0\0{\0\0\0", Err(NotText::Utf32)),
            (b"{\0\0\0", Err(NotText::Utf32)),
        ] {
            let text = decode(bytes.to_vec());
            assert_eq!(text.as_deref(), expected.as_ref().copied(), "{bytes:?}");
        }
        for (bytes, expected) in [
            (&b""[..], ""),
            (b"a\xef\xbb\xbfb", "a\u{feff}b"),
            (b"\xff\xfea", "\u{fffd}"),
            (b"\xff\xfe\0\xd8a\0", "\u{fffd}a"),
            (b"\xfe\xff\xd8\0", "\u{fffd}"),
        ] {
            assert_eq!(read(bytes), expected.as_bytes(), "{bytes:?}");
        }
        // Bytes that are not text stay as they are, so that the error can give their line.
        assert_eq!(read(b"\xef\xbba"), b"\xef\xbba");
        assert_eq!(read(b"\xffa"), b"\xffa");
    }

    #[test]
    fn no_more_is_taken_than_is_given() {
        let mut source = &b"a\nb"[..];
        let mut reader = Utf8Reader::new(&mut source);
        assert_eq!(reader.read(&mut [0; 1]).expect("no error"), 1);
        assert_eq!(source, b"\nb");
    }

    proptest! {
        #[test]
        fn any_text_is_read_in_any_encoding(text in "[^\u{feff}\0]{0,20}") {
            for bytes in encoded(&text) {
                prop_assert_eq!(read(&bytes), text.as_bytes());
                prop_assert_eq!(decode(bytes), Ok(text.clone()));
            }
        }

        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            let _ = decode(bytes.clone());
            let _ = read(&bytes);
        }
    }
}
