//! The incomplete word at the end of a text.

/// Where the last word of a text begins, in bytes; the end of the text behind white space.
pub fn last_word(text: &str) -> usize {
    let (mut start, mut quote, mut chars) = (0, None, text.char_indices());
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None | Some('"'), '\\') => drop(chars.next()),
            (None, c) if c.is_whitespace() => start = at + c.len_utf8(),
            _ => {}
        }
    }
    start
}

/// The typed part of a word, with or without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its text so far, without quotes.
    pub said: String,
    /// The quote that is open.
    pub quote: Option<char>,
}

impl Begun {
    /// Reads the typed part of a word; `None` if nothing can be added to it, behind a backslash.
    pub fn read(typed: &str) -> Option<Self> {
        let (mut said, mut quote, mut chars) = (String::new(), None, typed.chars());
        while let Some(c) = chars.next() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, '\\') => said.push(chars.next()?),
                (Some('"'), '\\') => match chars.next()? {
                    c @ ('"' | '\\' | '$' | '`') => said.push(c),
                    c => said.extend(['\\', c]),
                },
                (_, c) => said.push(c),
            }
        }
        Some(Self { said, quote })
    }

    /// How `rest` must be typed behind it.
    pub fn typed(&self, rest: &str) -> String {
        let mut typed = String::new();
        for c in rest.chars() {
            match (self.quote, c) {
                (Some('\''), '\'') => typed.push_str("'\\''"),
                (Some('"'), '"' | '\\' | '$' | '`') => typed.extend(['\\', c]),
                (None, c) if !(c.is_alphanumeric() || "-_./:=@%+,~".contains(c)) => {
                    typed.extend(['\\', c]);
                }
                _ => typed.push(c),
            }
        }
        typed
    }

    /// What must be typed to end the word.
    pub fn end(&self) -> String {
        self.quote.map(String::from).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::input::words::split;

    #[test]
    fn the_last_word_is_found() {
        for (text, start) in [
            ("", 0),
            ("a b", 2),
            ("a b ", 4),
            ("a 'b c", 2),
            (r"a b\ c", 2),
            (r#"a "b\" c" "#, 10),
            ("a 'b'\u{3000}c", 8),
        ] {
            assert_eq!(last_word(text), start, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_added_to_a_word_is_read_back(
            said in "[a-c '\"\\\\$~é]{0,6}",
            rest in "[a-c '\"\\\\$~é|>]{1,6}",
            quote in proptest::sample::select(vec![None, Some('\''), Some('"')]),
        ) {
            let begun = Begun { said: said.clone(), quote };
            let begin = format!("{}{}", begun.end(), begun.typed(&said));
            let read = Begun::read(&begin);
            proptest::prop_assert_eq!(read.as_ref(), Some(&begun));
            let whole = format!("x {begin}{}{}", begun.typed(&rest), begun.end());
            proptest::prop_assert_eq!(last_word(&format!("x {begin}")), 2);
            let words = split(&whole, |_, _| false).expect("finished");
            proptest::prop_assert_eq!(words.len(), 2, "{}", whole);
            proptest::prop_assert_eq!(&words[1].text, &format!("{said}{rest}"));
        }

        #[test]
        fn any_text_has_a_last_word(text in proptest::prelude::any::<String>()) {
            let _ = (&text[last_word(&text)..], Begun::read(&text));
        }
    }
}
