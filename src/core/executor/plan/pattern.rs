//! Which jobs are meant.

use std::fmt;
use std::str::FromStr;

/// A pattern of job ids: `*` stands for any number of characters, `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("is empty")]
    Empty,
    /// No id has this character.
    #[error("contains {character:?}; a pattern has {RULE}")]
    Character {
        character: char,
        /// Where, in bytes.
        at: usize,
    },
}

/// What a pattern may have, for a user who typed something else.
pub(super) const RULE: &str = "letters, digits, `-`, `_`, `*` and `?`";

/// Takes what an id can fit.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let is_possible = |c: char| c.is_ascii_alphanumeric() || "-_*?".contains(c);
        let mut chars = text.char_indices();
        match chars.find(|(_, c)| !is_possible(*c)) {
            Some((at, character)) => Err(PatternError::Character { character, at }),
            None if text.is_empty() => Err(PatternError::Empty),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl Pattern {
    /// Whether the whole id fits. Takes at most (length of the id) × (length of the pattern) steps: it only ever goes back to the
    /// last `*`.
    pub fn fits(&self, id: &str) -> bool {
        let (mut pattern, mut rest) = (self.0.chars(), id.chars());
        // What is behind the last `*`, and the text that it was tried with.
        let mut last_star = None;
        loop {
            let before = rest.clone();
            match (pattern.next(), rest.next()) {
                (None, None) => return true,
                (Some('*'), _) => {
                    rest = before;
                    last_star = Some((pattern.clone(), rest.clone()));
                }
                (Some(expected), Some(c)) if expected == c || expected == '?' && c != '*' => {}
                _ => {
                    let Some((behind, tried)) = &mut last_star else {
                        return false;
                    };
                    if tried.next().is_none() {
                        return false;
                    }
                    (pattern, rest) = (behind.clone(), tried.clone());
                }
            }
        }
    }

    /// Whether every id that fits the other pattern fits this one.
    pub fn covers(&self, other: &Self) -> bool {
        // A `*` in the other pattern fits a `*` alone. No id has such a character.
        self.fits(&other.0)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(word: &str) -> Pattern {
        word.parse().expect(word)
    }

    #[test]
    fn a_pattern_fits_whole_ids() {
        for (word, fitting, others) in [
            ("*", &["", "a", "Boot-1", "é"][..], &[][..]),
            (
                "Boot-*",
                &["Boot-", "Boot-1"],
                &["boot-1", "Boot", "ABoot-1"],
            ),
            (
                "*-1",
                &["-1", "a-1", "a-1-1", "-1-1"],
                &["-12", "1", "-", ""],
            ),
            (
                "a?c",
                &["abc", "aéc", "acc"],
                &["ac", "abbc", "abcd", "a*c"],
            ),
            ("?", &["a", "é"], &["", "ab"]),
            ("??", &["ab"], &["a", "abc"]),
            ("*?", &["a", "ab"], &[""]),
            ("?*", &["a", "ab"], &[""]),
            (
                "a*b*c",
                &["abc", "axbxc", "abcbc", "abbcc"],
                &["ac", "acb", "abcb"],
            ),
            (
                "*ab*ab",
                &["abab", "ababab", "abxab", "aabaab"],
                &["ab", "aba"],
            ),
            ("a**b", &["ab", "axb"], &["a", "ba"]),
            ("Job1", &["Job1"], &["Job", "Job11", "Job2", ""]),
        ] {
            for id in fitting {
                assert!(pattern(word).fits(id), "{word} {id}");
            }
            for id in others {
                assert!(!pattern(word).fits(id), "{word} {id}");
            }
        }
    }

    #[test]
    fn a_pattern_covers_what_never_fits_more() {
        for (word, covered, others) in [
            ("*", &["*", "a", "?", "a*"][..], &[][..]),
            ("a*", &["a", "a*", "a?", "ab*c"], &["*", "?*", "b"]),
            ("a?", &["a?", "ab"], &["a*", "a", "a??"]),
            ("a", &["a"], &["?", "*", "a*"]),
        ] {
            for other in covered {
                assert!(pattern(word).covers(&pattern(other)), "{word} {other}");
            }
            for other in others {
                assert!(!pattern(word).covers(&pattern(other)), "{word} {other}");
            }
        }
    }

    #[test]
    fn a_pattern_that_no_id_fits_is_refused() {
        let wrong = |character, at| Err(PatternError::Character { character, at });
        for (word, expected) in [
            ("aZ09-_*?", Ok(())),
            ("", Err(PatternError::Empty)),
            ("a.b", wrong('.', 1)),
            ("é", wrong('é', 0)),
            ("éa/", wrong('é', 0)),
            ("a*/", wrong('/', 2)),
        ] {
            assert_eq!(word.parse::<Pattern>().map(|_| ()), expected, "{word}");
        }
        let error = "a.b".parse::<Pattern>().map_err(|error| error.to_string());
        let expected = "contains '.'; a pattern has letters, digits, `-`, `_`, `*` and `?`";
        assert_eq!(error, Err(expected.to_owned()));
    }
}
