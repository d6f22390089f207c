//! Why a word of a command line is not the number that an option takes. Pure.

use std::error::Error;
use std::num::{IntErrorKind, ParseIntError};

/// A predicate of the word: `is not a whole number`. The cause is that of clap's error; `None` if it is not about numbers.
pub fn predicate(word: &str, cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(wrong) = cause.downcast_ref::<ParseIntError>() {
        let predicate = match wrong.kind() {
            IntErrorKind::PosOverflow => "is too large",
            IntErrorKind::NegOverflow => "is too small",
            // Of a type without negative numbers.
            _ if is_negative(word) => "is negative",
            _ => "is not a whole number",
        };
        return Some(predicate.to_owned());
    }
    // `0 is not in 1..=60`, or `0 is not in 1..`
    let reason = cause.to_string();
    let (number, range) = reason.split_once(" is not in ")?;
    let number = number.parse::<i128>().ok()?;
    let (least, most) = range.split_once("..")?;
    let most = most.trim_start_matches('=');
    Some(match (least, most) {
        (least, "") => format!("is less than {least}"),
        // The range of a type.
        ("-2147483648", _) if number < 0 => "is too small".to_owned(),
        ("-2147483648", _) => "is too large".to_owned(),
        (least, most) => format!("is not between {least} and {most}"),
    })
}

fn is_negative(word: &str) -> bool {
    let digits = word.strip_prefix('-');
    digits.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_a_number_is_judged_in_plain_words() {
        for (word, expected) in [
            ("x", "is not a whole number"),
            ("", "is not a whole number"),
            ("1.5", "is not a whole number"),
            ("-", "is not a whole number"),
            ("-1.5", "is not a whole number"),
            ("-1", "is negative"),
            ("99999999999999999999", "is too large"),
        ] {
            let cause = word.parse::<u32>().expect_err(word);
            assert_eq!(predicate(word, &cause).as_deref(), Some(expected), "{word}");
        }
    }

    #[test]
    fn a_number_outside_of_a_range_is_judged_in_plain_words() {
        for (cause, expected) in [
            ("0 is not in 1..=60", Some("is not between 1 and 60")),
            ("0 is not in 1..", Some("is less than 1")),
            (
                "-3000000000 is not in -2147483648..=2147483647",
                Some("is too small"),
            ),
            (
                "3000000000 is not in -2147483648..=2147483647",
                Some("is too large"),
            ),
            ("x is not in the list", None),
            ("write a duration as `2s`", None),
        ] {
            let found = predicate("0", &*Box::<dyn Error>::from(cause));
            assert_eq!(found.as_deref(), expected, "{cause}");
        }
    }
}
