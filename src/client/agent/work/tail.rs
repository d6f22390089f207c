//! The end of an output, safe to report. Pure.

use crate::{redact, text};

/// How many characters a value of `statusDetails` has at most.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_iot-jobs-data_UpdateJobExecution.html>
pub(crate) const CHARACTERS_MAX: usize = 1024;

/// How many bytes of an output are kept. Secrets make a text longer than it is reported.
const KEPT_BYTES: usize = 64 << 10;

/// How many of them are never reported where more came before. There a secret may begin, and its name be lost; no URL of AWS is as
/// long as this.
const CONTEXT_BYTES: usize = 16 << 10;

/// The end of an output that may be of any length.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    bytes: Vec<u8>,
    is_cut: bool,
    lines: u64,
}

impl Tail {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let ends = bytes.split(|byte| *byte == b'\n').skip(1);
        self.lines += ends.fold(0, |count, _| count + 1);
        self.bytes.extend_from_slice(bytes);
        // Not at each call: what is kept moves.
        if self.bytes.len() > 2 * KEPT_BYTES {
            self.cut();
        }
    }

    /// How many lines there were in all, the last one included if it has no end.
    pub(crate) fn lines(&self) -> u64 {
        let is_open = self.bytes.last().is_some_and(|byte| *byte != b'\n');
        self.lines + u64::from(is_open)
    }

    /// The last characters, without secrets and without what cannot be reported.
    pub(crate) fn text(mut self) -> String {
        self.cut();
        let mut context = if self.is_cut { CONTEXT_BYTES } else { 0 };
        // A character is not cut in two; it has at most three more bytes.
        let is_within = |byte: &&u8| self.is_cut && **byte & 0xc0 == 0x80;
        let following = self.bytes[context..].iter().take(3);
        context += following.take_while(is_within).count();
        let (context, shown) = self.bytes.split_at(context);
        let context = String::from_utf8_lossy(context);
        let whole = format!("{context}{}", String::from_utf8_lossy(shown));
        let keyless = redact::private_keys_within(&whole, context.len()..whole.len());
        let whole = format!("{context}{keyless}");
        let shown = redact::signatures_within(&whole, context.len()..whole.len());
        let shown = legal(&shown);
        let shown = shown.trim_end_matches('\n');
        let begin = shown.char_indices().rev().nth(CHARACTERS_MAX - 1);
        shown[begin.map_or(0, |(begin, _)| begin)..].to_owned()
    }

    fn cut(&mut self) {
        let more = self.bytes.len().saturating_sub(KEPT_BYTES);
        self.bytes.drain(..more);
        self.is_cut |= more > 0;
    }
}

/// The text with U+FFFD in place of what the service refuses: control and format characters, private use and noncharacters. Line
/// feeds and tabs stay, as AWS's own device client sends them. A carriage return, by which programs draw over a line, ends a line.
pub(crate) fn legal(text: &str) -> String {
    let is_private = |c| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let is_noncharacter =
        |c| u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    let text = text.replace("\r\n", "\n");
    let legal = text.chars().map(|c| match c {
        '\n' | '\t' => c,
        '\r' => '\n',
        c if text::is_hidden(c) || is_private(c) || is_noncharacter(c) => {
            char::REPLACEMENT_CHARACTER
        }
        c => c,
    });
    legal.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tail(output: &[u8]) -> Tail {
        let mut tail = Tail::default();
        for chunk in output.chunks(10_000) {
            tail.push(chunk);
            assert!(tail.bytes.len() <= 2 * KEPT_BYTES);
        }
        tail
    }

    #[test]
    fn the_end_of_an_output_is_made_legal() {
        for (output, expected) in [
            (&b""[..], ""),
            (b"\n\n", ""),
            (b"one\ntwo\n", "one\ntwo"),
            (b"a\tb\r\nc\r\n", "a\tb\nc"),
            (b"10 %\r20 %\r", "10 %\n20 %"),
            (b"\x1b[31mred\0\x7f", "\u{fffd}[31mred\u{fffd}\u{fffd}"),
            (b"a\xffb\xe2\x82", "a\u{fffd}b\u{fffd}"),
            (b"\x82\x82a", "\u{fffd}\u{fffd}a"),
            ("é 作 🚀".as_bytes(), "é 作 🚀"),
            (
                "\u{200b}\u{2028}\u{e000}\u{fdd0}\u{ffff}\u{10fffd}\u{fffd}".as_bytes(),
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(tail(output).text(), expected, "{output:?}");
        }
    }

    #[test]
    fn only_the_last_characters_stay_and_none_is_cut() {
        for unit in ["a", "é", "作", "🚀", "作a", "one line\n"] {
            for bytes in [10_000, KEPT_BYTES + 1, 10 << 20] {
                let output = unit.repeat(bytes / unit.len());
                let expected: Vec<char> = output.trim_end().chars().collect();
                let expected: String = expected[expected.len() - CHARACTERS_MAX..].iter().collect();
                assert_eq!(tail(output.as_bytes()).text(), expected, "{unit} {bytes}");
            }
        }
    }

    #[test]
    fn lines_are_counted_whatever_is_kept() {
        for (output, lines) in [
            (String::new(), 0),
            ("a".to_owned(), 1),
            ("a\nb\n".to_owned(), 2),
            ("line\n".repeat(100_000) + "and", 100_001),
        ] {
            assert_eq!(tail(output.as_bytes()).lines(), lines);
        }
    }

    #[test]
    fn a_private_key_is_taken_out_wherever_the_cut_is() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nSECRET\n-----END RSA PRIVATE KEY-----";
        let long = key.replace("SECRET", &"SECRET\n".repeat(400));
        for key in [key, &long] {
            for after in [0, 500, 1000, 2000, KEPT_BYTES - 100, KEPT_BYTES] {
                let output = format!("new key:\n{key}\n{}", "y".repeat(after));
                let text = tail(output.as_bytes()).text();
                assert!(!text.contains("SECRET"), "{after} {text}");
            }
        }
        let shown =
            "new key:\n-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----\nx";
        let output = format!("new key:\n{long}\nx");
        assert_eq!(tail(output.as_bytes()).text(), shown);
    }

    #[test]
    fn a_secret_is_taken_out_wherever_the_cut_is() {
        let secret = "SECRET".repeat(800);
        let url = format!("https://b/k?X-Amz-Date=1&X-Amz-Security-Token={secret}&a=");
        for after in [
            0,
            1,
            500,
            1000,
            1019,
            1020,
            1021,
            1500,
            KEPT_BYTES - 100,
            KEPT_BYTES,
        ] {
            for before in [0, 1 << 20] {
                let output = format!("{}{url}{}", "x".repeat(before), "y".repeat(after));
                let text = tail(output.as_bytes()).text();
                assert!(!text.contains("SECRET"), "{before} {after} {text}");
                let expected = format!("Token=[redacted]&a={}", "y".repeat(after));
                let is_whole = text.ends_with(&expected);
                assert_eq!(is_whole, after < 1006, "{before} {after} {text}");
            }
        }
        // Nothing but secrets, so that little is left of what is kept.
        let text = tail(url.repeat(1000).as_bytes()).text();
        assert!(
            text.contains("[redacted]") && !text.contains("SECRET"),
            "{text}"
        );
    }

    proptest! {
        #[test]
        fn any_output_is_reported_within_the_limits(
            output in prop::collection::vec(any::<u8>(), 0..5000),
            before in 0_usize..100_000,
        ) {
            let output = ["é".repeat(before).as_bytes(), &output].concat();
            let text = tail(&output).text();
            prop_assert!(text.chars().count() <= CHARACTERS_MAX);
            prop_assert_eq!(legal(&text), text);
        }
    }
}
