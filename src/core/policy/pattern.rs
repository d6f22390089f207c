//! The patterns of a policy: literal text, wildcards and variables.

use crate::policy::context::{ConnectionContext, Variable, strip_prefix_ignoring_case};

/// Which characters of a policy's text are special.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` is any text, `?` is any one character. Both match the `/` of a topic: "the `*` represents any combination of
    /// characters", <https://docs.aws.amazon.com/iot/latest/developerguide/pub-sub-policy.html#pub-sub-policy-cert>.
    pub(crate) wildcards: bool,
    /// `${name}` is a variable.
    pub(crate) variables: bool,
}

/// Whether `A` equals `a`. Only ASCII letters are compared without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Sensitive,
    Insensitive,
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    /// `${` without `}`.
    #[error("has a `${{` that is not closed by `}}`")]
    Unterminated,
    /// A variable that AWS IoT Core does not define.
    #[error("has the variable `${{{0}}}`, which AWS IoT Core does not define")]
    UnknownVariable(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyPattern {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(String),
    /// A variable; its value is looked up when a request is evaluated.
    Variable(Variable),
    /// `?`
    One,
    /// `*`
    Any,
}

impl PolicyPattern {
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, PatternError> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if syntax.variables
                && let Some(after) = rest.strip_prefix("${")
            {
                let (name, after) = after.split_once('}').ok_or(PatternError::Unterminated)?;
                tokens.push(variable(name)?);
                rest = after;
                continue;
            }
            rest = &rest[character.len_utf8()..];
            match character {
                // Two stars in a row are the same as one.
                '*' if syntax.wildcards => {
                    if tokens.last() != Some(&Token::Any) {
                        tokens.push(Token::Any);
                    }
                }
                '?' if syntax.wildcards => tokens.push(Token::One),
                literal => match tokens.last_mut() {
                    Some(Token::Text(text)) => text.push(literal),
                    _ => tokens.push(Token::Text(literal.to_string())),
                },
            }
        }
        Ok(Self { tokens })
    }

    /// Whether the whole text matches. A variable that does not resolve never matches: IAM calls it a variable with no
    /// value,
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value>.
    ///
    /// Takes at most (length of the text) × (number of tokens) steps: it only backtracks to the last `*`, because an earlier
    /// `*` could match nothing that the last one cannot.
    pub(crate) fn matches(&self, text: &str, case: Case, context: &ConnectionContext) -> bool {
        let mut rest = text;
        let mut index = 0;
        // The token behind the last `*`, and the place in the text where it was tried.
        let mut last_any = None;
        loop {
            let after = match self.tokens.get(index) {
                None if rest.is_empty() => return true,
                None => None,
                Some(Token::Any) => {
                    last_any = Some((index + 1, rest));
                    Some(rest)
                }
                Some(Token::One) => skip_one(rest),
                Some(Token::Text(text)) => skip_text(rest, text, case),
                // GUESS: a `*` in a value is a literal star: a client must not widen a policy by its client id.
                Some(Token::Variable(variable)) => context
                    .value(variable)
                    .and_then(|value| skip_text(rest, value, case)),
            };
            if let Some(after) = after {
                rest = after;
                index += 1;
                continue;
            }
            let Some((behind, tried)) = last_any else {
                return false;
            };
            let Some(next) = skip_one(tried) else {
                return false;
            };
            last_any = Some((behind, next));
            rest = next;
            index = behind;
        }
    }
}

/// `${*}`, `${?}` and `${$}` are the characters themselves
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>). The page of AWS IoT Core prints
/// them with round brackets, `$(*)`.
// GUESS: the round brackets are a mistake on that page, because it refers to the IAM page and every variable has braces.
fn variable(name: &str) -> Result<Token, PatternError> {
    if matches!(name, "*" | "?" | "$") {
        return Ok(Token::Text(name.to_owned()));
    }
    Variable::parse(name)
        .map(Token::Variable)
        .ok_or_else(|| PatternError::UnknownVariable(name.to_owned()))
}

fn skip_one(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next()?;
    Some(characters.as_str())
}

fn skip_text<'a>(text: &'a str, expected: &str, case: Case) -> Option<&'a str> {
    match case {
        Case::Sensitive => text.strip_prefix(expected),
        Case::Insensitive => strip_prefix_ignoring_case(text, expected),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FULL: Syntax = Syntax {
        wildcards: true,
        variables: true,
    };
    const WILDCARDS: Syntax = Syntax {
        wildcards: true,
        variables: false,
    };

    fn fits(pattern: &str, text: &str) -> bool {
        let context = ConnectionContext {
            client_id: Some("c*".to_owned()),
            ..ConnectionContext::default()
        };
        PolicyPattern::parse(pattern, FULL)
            .expect(pattern)
            .matches(text, Case::Sensitive, &context)
    }

    #[test]
    fn a_pattern_fits_the_whole_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b", true),
            ("?", "", false),
            ("?", "é", true),
            ("?", "ab", false),
            ("a*b", "ab", true),
            ("a*b", "a/x/b", true),
            ("a*b", "abc", false),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "ab", false),
            ("a?c", "a/c", true),
            ("**a", "xa", true),
            ("a/+/#", "a/+/#", true),
            ("a/+/#", "a/b/c", false),
            ("${*}", "*", true),
            ("${*}", "x", false),
            ("a${?}${$}b", "a?$b", true),
            ("$aws/$", "$aws/$", true),
            ("$(*)", "$(x)", true),
            ("${iot:ClientId}", "c*", true),
            ("${iot:ClientId}", "cx", false),
            ("a/${iot:ClientId}/*", "a/c*/b", true),
            ("*${iot:ClientId}", "cc*", true),
            ("${iot:DomainName}", "", false),
            ("*${iot:DomainName}*", "x", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (pattern, expected) in [
            ("${", PatternError::Unterminated),
            ("a${iot:ClientId", PatternError::Unterminated),
            ("${}", PatternError::UnknownVariable(String::new())),
            ("${a${*}", PatternError::UnknownVariable("a${*".to_owned())),
        ] {
            assert_eq!(
                PolicyPattern::parse(pattern, FULL),
                Err(expected),
                "{pattern}"
            );
            assert!(
                PolicyPattern::parse(pattern, WILDCARDS).is_ok(),
                "{pattern}"
            );
        }
        assert_eq!(
            PatternError::UnknownVariable("x".to_owned()).to_string(),
            "has the variable `${x}`, which AWS IoT Core does not define"
        );
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let pattern = "*a".repeat(1000) + "*b";
        let text = "a".repeat(2000);
        assert!(!fits(&pattern, &text));
        assert!(fits(&pattern, &(text + "b")));
    }

    /// The meaning of a pattern in its simplest form.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', behind @ ..], _) => (0..=text.len()).any(|taken| naive(behind, &text[taken..])),
            (['?', behind @ ..], [_, rest @ ..]) => naive(behind, rest),
            ([letter, behind @ ..], [first, rest @ ..]) => letter == first && naive(behind, rest),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_matcher_means_what_the_naive_one_means(
            pattern in "[ab/é*?]{0,10}",
            text in "[ab/é]{0,12}",
        ) {
            let expected = naive(
                &pattern.chars().collect::<Vec<_>>(),
                &text.chars().collect::<Vec<_>>(),
            );
            prop_assert_eq!(fits(&pattern, &text), expected);
        }

        #[test]
        fn no_text_makes_it_panic(pattern in "\\PC{0,40}|[${}*?:é]{0,20}", text in "\\PC{0,40}") {
            for syntax in [FULL, WILDCARDS] {
                if let Ok(pattern) = PolicyPattern::parse(&pattern, syntax) {
                    pattern.matches(&text, Case::Insensitive, &ConnectionContext::default());
                    pattern.matches(&text, Case::Sensitive, &ConnectionContext::connection(&text, &[]));
                }
            }
        }

        #[test]
        fn a_text_without_special_characters_fits_only_itself(text in "[a-zA-Z+#/$]{0,12}", other in "[a-z+#/]{0,12}") {
            prop_assert!(fits(&text, &text));
            prop_assert_eq!(fits(&text, &other), text == other);
        }
    }
}
