//! The patterns of texts in AWS's models.

use crate::text::is_hidden;

/// The patterns that AWS's models name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern {
    /// As the model writes it.
    text: &'static str,
    /// Whether the whole text matches.
    accepts: fn(&str) -> bool,
}

/// One or more characters, all from a set.
fn some(text: &str, set: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(set)
}

impl Pattern {
    /// Of a job id, a namespace and the name of a parameter of a document.
    pub(crate) const JOB_ID: Self = Self {
        text: "[a-zA-Z0-9_-]+",
        accepts: |text| some(text, |c| c.is_ascii_alphanumeric() || "_-".contains(c)),
    };
    /// Of the name of a thing or a thing group, and of a key of `statusDetails`.
    pub(crate) const NAME: Self = Self {
        text: "[a-zA-Z0-9:_-]+",
        accepts: |text| some(text, |c| c.is_ascii_alphanumeric() || ":_-".contains(c)),
    };
    /// Of the id of a thing group.
    pub(crate) const GROUP_ID: Self = Self {
        text: r"[a-zA-Z0-9\-]+",
        accepts: |text| some(text, |c| c.is_ascii_alphanumeric() || c == '-'),
    };
    /// Of the name of an attribute.
    pub(crate) const ATTRIBUTE_NAME: Self = Self {
        text: "[a-zA-Z0-9_.,@/:#-]+",
        accepts: |text| {
            some(text, |c| {
                c.is_ascii_alphanumeric() || "_.,@/:#-".contains(c)
            })
        },
    };
    /// Of the value of an attribute.
    pub(crate) const ATTRIBUTE_VALUE: Self = Self {
        text: r"[a-zA-Z0-9_.,@/:#=\[\]-]*",
        accepts: |text| {
            let is_in = |c: char| c.is_ascii_alphanumeric() || "_.,@/:#=[]-".contains(c);
            text.chars().all(is_in)
        },
    };
    /// Of the key of a user property that a thing type adds.
    pub(crate) const USER_PROPERTY_KEY: Self = Self {
        text: "[a-zA-Z0-9:$.]+",
        accepts: |text| some(text, |c| c.is_ascii_alphanumeric() || ":$.".contains(c)),
    };
    /// Of the name of an attribute of a connection.
    pub(crate) const CONNECTION_ATTRIBUTE: Self = Self {
        text: "[a-zA-Z0-9:.]+",
        accepts: |text| some(text, |c| c.is_ascii_alphanumeric() || ":.".contains(c)),
    };
    /// Of a certificate's id.
    pub(crate) const CERTIFICATE_ID: Self = Self {
        text: "(0x)?[a-fA-F0-9]+",
        accepts: |text| {
            let digits = text.strip_prefix("0x").unwrap_or(text);
            some(digits, |c| c.is_ascii_hexdigit())
        },
    };
    /// Of a policy's name.
    pub(crate) const POLICY_NAME: Self = Self {
        text: r"[\w+=,.@-]+",
        accepts: |text| some(text, |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)),
    };
    /// Of the id of a policy's version.
    pub(crate) const DIGITS: Self = Self {
        text: "[0-9]+",
        accepts: |text| some(text, |c| c.is_ascii_digit()),
    };
    /// Of an ARN that a job names.
    pub(crate) const ARN: Self = Self {
        text: "^arn:[!-~]+$",
        accepts: |text| {
            let rest = text.strip_prefix("arn:");
            rest.is_some_and(|rest| some(rest, |c| c.is_ascii_graphic()))
        },
    };
    /// Of the version of a managed job template.
    pub(crate) const TEMPLATE_VERSION: Self = Self {
        text: "^[1-9]+.[0-9]+",
        accepts: |text| {
            // The point of the model's pattern stands for any character.
            text.char_indices().skip(1).any(|(at, c)| {
                let (before, behind) = (&text[..at], &text[at + c.len_utf8()..]);
                some(before, |c| matches!(c, '1'..='9')) && some(behind, |c| c.is_ascii_digit())
            })
        },
    };
    /// Of the token of a page in a list of certificates or policies.
    pub(crate) const MARKER: Self = Self {
        text: "[A-Za-z0-9+/]+={0,2}",
        accepts: |text| {
            let rest = text.trim_end_matches('=');
            let is_in = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
            text.len() - rest.len() <= 2 && some(rest, is_in)
        },
    };
    /// Of descriptions and comments.
    pub(crate) const NO_CONTROL: Self = Self {
        text: r"[^\p{C}]+",
        accepts: |text| some(text, |c| !is_other(c)),
    };
    /// Of a value of `statusDetails`.
    ///
    /// GUESS: the model says `[^\p{C}]+`, without line feeds and tabs. But AWS's own device client filters the output of its
    /// handlers down to what AWS takes and passes exactly these two, and devices send them.
    pub(crate) const DETAILS_VALUE: Self = Self {
        text: r"[^\p{C}]+",
        accepts: |text| some(text, |c| matches!(c, '\n' | '\t') || !is_other(c)),
    };
    /// Of the description of a thing group.
    pub(crate) const GRAPH: Self = Self {
        text: r"[\p{Graph}\x20]*",
        accepts: |text| text.chars().all(|c| c.is_ascii_graphic() || c == ' '),
    };
    /// Of the reason code of a cancellation.
    pub(crate) const REASON_CODE: Self = Self {
        text: r"[\p{Upper}\p{Digit}_]+",
        accepts: |text| {
            some(text, |c| {
                c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
            })
        },
    };
    /// Of the key and of the value of a tag. <https://docs.aws.amazon.com/iot/latest/apireference/API_Tag.html>
    pub(crate) const TAG: Self = Self {
        text: r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
        accepts: |text| {
            text.chars().all(|c| {
                let is_separator = c.is_whitespace() && !c.is_control();
                c.is_alphanumeric() || is_separator || "_.:/=+-@".contains(c)
            })
        },
    };

    /// Whether the whole text matches.
    pub(crate) fn matches(self, text: &str) -> bool {
        (self.accepts)(text)
    }

    /// The constraint in AWS's words.
    pub(crate) fn rule(self) -> String {
        format!(
            "Member must satisfy regular expression pattern: {}",
            self.text
        )
    }
}

/// `\p{C}`: control and format characters, private use, and what no character is assigned to (of which here only the
/// noncharacters count).
fn is_other(c: char) -> bool {
    let is_separator = matches!(c, '\u{2028}' | '\u{2029}');
    let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    (is_hidden(c) && !is_separator) || is_private || is_noncharacter
}
