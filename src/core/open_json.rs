//! One JSON value, read while the text grows, up to its end or the first mistake. Pure.

/// An incomplete JSON value. Lines can be read one by one, since only white space and brackets span lines.
#[derive(Debug, Default)]
pub struct OpenJson {
    /// The closing brackets that are missing, outermost first, with the places of the opening ones, in bytes.
    closing: Vec<(u8, usize)>,
    next: NextPiece,
    /// The number of bytes that have been read.
    read: usize,
}

/// The result of reading more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonRead {
    /// More lines could make it a value.
    Open,
    /// The value has this length in bytes.
    Ended(usize),
    /// It is not JSON, whatever follows.
    Broken,
}

/// What can come next.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum NextPiece {
    #[default]
    Value,
    /// Behind `[`.
    ValueOrEnd,
    /// Behind a comma in an object.
    Name,
    /// Behind `{`.
    NameOrEnd,
    Colon,
    CommaOrEnd,
}

impl OpenJson {
    /// Continues to read `text`, which starts with the value, up to the end of a line. Call it again only if the value is
    /// incomplete.
    pub fn read(&mut self, text: &str) -> JsonRead {
        use NextPiece::{Colon, CommaOrEnd, Name, NameOrEnd, Value, ValueOrEnd};

        while let Some(&byte) = text.as_bytes().get(self.read) {
            let mut len = 1;
            match (byte, self.next) {
                (b' ' | b'\t' | b'\r' | b'\n', _) => {}
                (b'{', Value | ValueOrEnd) => self.open(b'}', NameOrEnd),
                (b'[', Value | ValueOrEnd) => self.open(b']', ValueOrEnd),
                (b'}' | b']', NameOrEnd | ValueOrEnd | CommaOrEnd)
                    if self.closes() == Some(byte) =>
                {
                    self.closing.pop();
                    self.next = CommaOrEnd;
                }
                (b',', CommaOrEnd) if self.closes() == Some(b'}') => self.next = Name,
                (b',', CommaOrEnd) | (b':', Colon) => self.next = Value,
                (b'"', Name | NameOrEnd) | (_, Value | ValueOrEnd) => {
                    let Some(found) = scalar_len(&text[self.read..]) else {
                        return JsonRead::Broken;
                    };
                    len = found;
                    self.next = match self.next {
                        Name | NameOrEnd => Colon,
                        _ => CommaOrEnd,
                    };
                }
                _ => return JsonRead::Broken,
            }
            self.read += len;
            if self.closing.is_empty() && self.next == CommaOrEnd {
                return JsonRead::Ended(self.read);
            }
        }
        JsonRead::Open
    }

    /// How much of it is JSON, in bytes.
    pub fn read_len(&self) -> usize {
        self.read
    }

    /// What can come next.
    pub fn next(&self) -> NextPiece {
        self.next
    }

    /// The place of the innermost open bracket, in bytes.
    pub fn open_bracket(&self) -> Option<usize> {
        self.closing.last().map(|(_, place)| *place)
    }

    fn open(&mut self, closing: u8, next: NextPiece) {
        self.closing.push((closing, self.read));
        self.next = next;
    }

    /// The closing bracket of the innermost one.
    fn closes(&self) -> Option<u8> {
        self.closing.last().map(|(closing, _)| *closing)
    }
}

/// The length in bytes of the string, the number or the literal that `text` starts with, if it does.
fn scalar_len(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The result of the library for a whole text.
    fn read_at_once(text: &str) -> JsonRead {
        let text = [text, "\n"].concat();
        let mut values =
            serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => JsonRead::Ended(values.byte_offset()),
            Some(Err(error)) if !error.is_eof() => JsonRead::Broken,
            _ => JsonRead::Open,
        }
    }

    /// Lines that often, or nearly, make JSON.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        const PIECES: [&str; 20] = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"a\":", "\"\\", "1", "-", "1.", "true", "nul",
            " ", "\t", "'", "\"", "\\", "é",
        ];
        let piece = proptest::sample::select(&PIECES[..]);
        let line = proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat());
        proptest::collection::vec(line, 0..8).prop_map(|mut lines| {
            lines.insert(0, "[{\"a\":".to_owned());
            lines
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn lines_are_read_one_by_one_as_the_library_reads_all_of_them(lines in lines()) {
            let (mut json, mut text) = (OpenJson::default(), String::new());
            for line in lines {
                text.push_str(&line);
                let read = json.read(&text);
                prop_assert_eq!(read, read_at_once(&text), "{}", text);
                if read != JsonRead::Open {
                    break;
                }
                text.push('\n');
            }
        }
    }
}
