//! The JSON form of a policy.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::policy::condition::{Condition, Operator};
use crate::policy::context::ConnectionContext;
use crate::policy::pattern::{Case, PolicyPattern, Syntax};
use crate::policy::shape::{EMPTY_LIST, Entries, Object, OneOrMany, Scalar};
use crate::text;

/// The most characters of a policy document, without white space.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>
pub const LENGTH_MAX: usize = 2048;

/// A policy document, compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyDocument {
    /// In the order of the text; never empty.
    pub(crate) statements: Vec<PolicyStatement>,
}

/// The effect of a statement on a request that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum PolicyEffect {
    /// Allows it, if no other statement denies it.
    Allow,
    Deny,
}

/// One statement of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicyStatement {
    /// The name that its author chose.
    pub(crate) sid: Option<String>,
    pub(crate) effect: PolicyEffect,
    /// The actions that it covers.
    pub(crate) actions: PatternSet,
    /// The resources that it covers.
    pub(crate) resources: PatternSet,
    /// Its conditions; all of them must hold.
    pub(crate) conditions: Vec<Condition>,
}

/// The actions or the resources of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternSet {
    /// Never empty.
    patterns: Vec<PolicyPattern>,
    /// `NotAction` and `NotResource`: all but these.
    negated: bool,
}

impl PatternSet {
    pub(crate) fn contains(&self, text: &str, case: Case, context: &ConnectionContext) -> bool {
        self.patterns
            .iter()
            .any(|pattern| pattern.matches(text, case, context))
            != self.negated
    }
}

/// Why a text is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyDocumentError {
    /// More than [`LENGTH_MAX`] characters.
    #[error(
        "the policy has {length} characters without white space; AWS IoT Core allows {LENGTH_MAX}"
    )]
    TooLong {
        /// How many characters it has, without white space.
        length: usize,
    },
    /// The text is not JSON, or not a policy, or a policy with parts that are not emulated.
    #[error("{reason}, at line {line} column {column} of the policy")]
    Invalid {
        /// The mistake, as a lower-case phrase without control characters.
        reason: String,
        /// The line of the mistake, from 1.
        line: usize,
        /// The column of the mistake in bytes, 0 before the first one.
        column: usize,
    },
}

impl PolicyDocument {
    /// Reads and compiles a policy document.
    pub fn parse(text: &str) -> Result<Self, PolicyDocumentError> {
        let length = text.chars().filter(|c| !c.is_whitespace()).count();
        if length > LENGTH_MAX {
            return Err(PolicyDocumentError::TooLong { length });
        }
        // The version decides the meaning of `${`, and it may follow the statements.
        let Object(head) = serde_json::from_str::<Object<Head>>(text)?;
        Ok(match head.version {
            LanguageVersion::Of2008 => serde_json::from_str::<Object<RawDocument<false>>>(text)?
                .0
                .into(),
            LanguageVersion::Of2012 => serde_json::from_str::<Object<RawDocument<true>>>(text)?
                .0
                .into(),
        })
    }
}

impl FromStr for PolicyDocument {
    type Err = PolicyDocumentError;

    fn from_str(text: &str) -> Result<Self, PolicyDocumentError> {
        Self::parse(text)
    }
}

impl From<serde_json::Error> for PolicyDocumentError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        // serde_json appends the position, which has its own fields here.
        let reason = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(reason, _)| reason);
        Self::Invalid {
            reason: text::mask(reason, ' '),
            line: error.line(),
            column: error.column(),
        }
    }
}

/// The version of the policy language. In the older one, which is the default, `${` is ordinary text.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
enum LanguageVersion {
    #[default]
    #[serde(rename = "2008-10-17")]
    Of2008,
    #[serde(rename = "2012-10-17")]
    Of2012,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "Version", default)]
    version: LanguageVersion,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawDocument<const VARIABLES: bool> {
    #[serde(default, rename = "Version")]
    _version: LanguageVersion,
    #[serde(default, rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<Object<CheckedStatement<VARIABLES>>>,
}

#[derive(Deserialize)]
#[serde(try_from = "RawStatement<VARIABLES>")]
struct CheckedStatement<const VARIABLES: bool>(PolicyStatement);

/// `NotResource` occurs in an example of <https://docs.aws.amazon.com/iot/latest/developerguide/pub-sub-policy.html>.
// GUESS: `NotAction` is also accepted, since AWS IoT Core follows the conventions of IAM, which has both.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawStatement<const VARIABLES: bool> {
    sid: Option<String>,
    effect: PolicyEffect,
    action: Option<OneOrMany<ActionPattern>>,
    not_action: Option<OneOrMany<ActionPattern>>,
    resource: Option<OneOrMany<ResourcePattern<VARIABLES>>>,
    not_resource: Option<OneOrMany<ResourcePattern<VARIABLES>>>,
    #[serde(default)]
    condition: Conditions<VARIABLES>,
}

impl<const VARIABLES: bool> TryFrom<RawStatement<VARIABLES>> for CheckedStatement<VARIABLES> {
    type Error = String;

    fn try_from(raw: RawStatement<VARIABLES>) -> Result<Self, String> {
        let actions = |many: OneOrMany<ActionPattern>| many.0.into_iter().map(|it| it.0).collect();
        let resources = |many: OneOrMany<ResourcePattern<VARIABLES>>| {
            many.0.into_iter().map(|it| it.0).collect()
        };
        let (action, not_action) = (raw.action.map(actions), raw.not_action.map(actions));
        let resource = raw.resource.map(resources);
        let not_resource = raw.not_resource.map(resources);
        Ok(Self(PolicyStatement {
            sid: raw.sid,
            effect: raw.effect,
            actions: patterns_of("Action", action, not_action)?,
            resources: patterns_of("Resource", resource, not_resource)?,
            conditions: raw.condition.0,
        }))
    }
}

/// A statement has either the positive or the negated form, and never both.
fn patterns_of(
    name: &str,
    these: Option<Vec<PolicyPattern>>,
    all_but: Option<Vec<PolicyPattern>>,
) -> Result<PatternSet, String> {
    let (patterns, negated) = match (these, all_but) {
        (Some(patterns), None) => (patterns, false),
        (None, Some(patterns)) => (patterns, true),
        (None, None) => return Err(format!("a statement needs `{name}` or `Not{name}`")),
        (Some(_), Some(_)) => {
            return Err(format!(
                "a statement cannot have both `{name}` and `Not{name}`"
            ));
        }
    };
    Ok(PatternSet { patterns, negated })
}

impl<const VARIABLES: bool> From<RawDocument<VARIABLES>> for PolicyDocument {
    fn from(raw: RawDocument<VARIABLES>) -> Self {
        let statements = raw.statement.0.into_iter();
        Self {
            statements: statements.map(|Object(checked)| checked.0).collect(),
        }
    }
}

/// A pattern for the names of actions. They are case-insensitive and cannot contain variables:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct ActionPattern(PolicyPattern);

impl TryFrom<String> for ActionPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text != "*" && !text.contains(':') {
            return Err(format!(
                "action `{text}` is neither `*` nor a service and an action, such as `iot:Connect`"
            ));
        }
        let syntax = Syntax {
            wildcards: true,
            variables: false,
        };
        PolicyPattern::parse(&text, syntax)
            .map(Self)
            .map_err(|error| format!("action `{text}` {error}"))
    }
}

/// A pattern for ARNs.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct ResourcePattern<const VARIABLES: bool>(PolicyPattern);

impl<const VARIABLES: bool> TryFrom<String> for ResourcePattern<VARIABLES> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // AWS returns `MalformedPolicyException: The following resources are invalid`.
        if !text.starts_with("arn:") && !text.starts_with('*') {
            return Err(format!("resource `{text}` is neither `*` nor an ARN"));
        }
        let syntax = Syntax {
            wildcards: true,
            variables: VARIABLES,
        };
        PolicyPattern::parse(&text, syntax)
            .map(Self)
            .map_err(|error| format!("resource `{text}` {error}"))
    }
}

/// The conditions of a statement, from `{operator: {key: values}}`. If a key occurs twice, both conditions must hold.
#[derive(Default)]
struct Conditions<const VARIABLES: bool>(Vec<Condition>);

impl<'de, const VARIABLES: bool> Deserialize<'de> for Conditions<VARIABLES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let operators = Entries::<Entries<OneOrMany<Scalar, true>>>::deserialize(deserializer)?;
        let mut conditions = Vec::new();
        for (name, keys) in operators.0 {
            let operator = Operator::parse(&name).ok_or_else(|| {
                D::Error::custom(format!("condition operator `{name}` is not emulated"))
            })?;
            for (key, values) in keys.0 {
                let values: Vec<String> = values.0.into_iter().map(|value| value.0).collect();
                if values.is_empty() && !operator.takes_no_value() {
                    return Err(D::Error::custom(EMPTY_LIST));
                }
                let condition = Condition::new(operator, &key, &values, VARIABLES);
                conditions.push(condition.map_err(D::Error::custom)?);
            }
        }
        Ok(Self(conditions))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATEMENT: &str = r#"{"Effect":"Allow","Action":"iot:*","Resource":"*"}"#;

    #[test]
    fn a_document_may_be_written_in_several_ways() {
        let expected = PolicyDocument::parse(&format!(r#"{{"Statement":[{STATEMENT}]}}"#));
        assert!(expected.is_ok(), "{expected:?}");
        for text in [
            format!(r#"{{"Statement":{STATEMENT}}}"#),
            format!(r#"{{"Version":"2008-10-17","Id":"x","Statement":{STATEMENT}}}"#),
            format!(" {{\n\"Statement\" :\t[ {STATEMENT} ] , \"Version\":\"2012-10-17\"}} "),
            r#"{"Statement":{"Resource":["*"],"Action":["iot:*"],"Effect":"Allow","Condition":{}}}"#
                .to_owned(),
        ] {
            assert_eq!(PolicyDocument::parse(&text), expected, "{text}");
        }
    }

    fn check(text: &str, expected: &str) {
        match PolicyDocument::parse(text) {
            Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
            Ok(document) => panic!("{text} was read as {document:?}"),
        }
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_position() {
        for (text, expected) in [
            (
                "",
                "EOF while parsing a value, at line 1 column 0 of the policy",
            ),
            (
                "{\"Version\":\"2012-10-17\",\n}",
                "trailing comma, at line 2 column 1 of the policy",
            ),
            (
                "[]",
                "invalid type: sequence, expected an object, at line 1 column 0 of the policy",
            ),
            (
                "{}",
                "missing field `Statement`, at line 1 column 2 of the policy",
            ),
            (
                r#"{"Version":"2020-01-01"}"#,
                "unknown variant `2020-01-01`, expected `2008-10-17` or `2012-10-17`, at line 1 column 23 of the policy",
            ),
            (
                r#"{"Statement":[]}"#,
                "a list in a policy must not be empty, at line 1 column 15 of the policy",
            ),
            (
                r#"{"Statement":[["sid"]]}"#,
                "invalid type: sequence, expected an object, at line 1 column 14 of the policy",
            ),
            (
                r#"{"Statement":"x"}"#,
                "invalid type: string \"x\", expected an object, at line 1 column 16 of the policy",
            ),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn what_is_no_statement_is_refused_with_its_position() {
        for (members, expected) in [
            (
                r#""Effect":"allow""#,
                "unknown variant `allow`, expected `Allow` or `Deny`, at line 2 column 17 of the policy",
            ),
            (
                r#""Effect":"Allow","Resource":"*""#,
                "a statement needs `Action` or `NotAction`, at line 2 column 33 of the policy",
            ),
            (
                r#""Effect":"Allow","Action":"*""#,
                "a statement needs `Resource` or `NotResource`, at line 2 column 31 of the policy",
            ),
            (
                r#""Effect":"Allow","Effect":"Deny""#,
                "duplicate field `Effect`, at line 2 column 26 of the policy",
            ),
            (
                r#""Principal":"*""#,
                "unknown field `Principal`, expected one of `Sid`, `Effect`, `Action`, `NotAction`, `Resource`, \
                 `NotResource`, `Condition`, at line 2 column 12 of the policy",
            ),
            (
                r#""Effect":"Allow","Action":"*","Resource":"*","NotResource":"*""#,
                "a statement cannot have both `Resource` and `NotResource`, at line 2 column 64 of the policy",
            ),
            (
                r#""NotAction":[]"#,
                "a list in a policy must not be empty, at line 2 column 15 of the policy",
            ),
            (
                r#""Action":["iot:Connect","Publish"]"#,
                "action `Publish` is neither `*` nor a service and an action, such as `iot:Connect`, \
                 at line 2 column 35 of the policy",
            ),
            (
                r#""Action":[]"#,
                "a list in a policy must not be empty, at line 2 column 12 of the policy",
            ),
            (
                r#""Resource":"topic/a""#,
                "resource `topic/a` is neither `*` nor an ARN, at line 2 column 21 of the policy",
            ),
            (
                r#""Resource":["*","arn:${aws:username}"]"#,
                "resource `arn:${aws:username}` has the variable `${aws:username}`, which AWS IoT Core does not define, \
                 at line 2 column 39 of the policy",
            ),
            (
                r#""Condition":{"BinaryEquals":{"iot:ClientId":"YQ=="}}"#,
                "condition operator `BinaryEquals` is not emulated, at line 2 column 54 of the policy",
            ),
            (
                r#""Condition":{"IpAddress":{"aws:SourceIp":"::1/129"}}"#,
                "condition value `::1/129` is not an IP address, or a range such as 203.0.113.0/24, \
                 at line 2 column 54 of the policy",
            ),
            (
                r#""Condition":{"Bool":{"iot:Connection.Thing.IsAttached":[]}}"#,
                "a list in a policy must not be empty, at line 2 column 61 of the policy",
            ),
            (
                r#""Condition":{"Bool":{"iot:Connection.Thing.IsAttached":1}}"#,
                "condition value `1` is not `true` or `false`, at line 2 column 60 of the policy",
            ),
            (
                r#""Condition":{"Bool":{"iot:Connection.Thing.IsAttached":null}}"#,
                "invalid type: null, expected one value or a list, at line 2 column 60 of the policy",
            ),
            (
                "\"Effect\":\"\\u001b[1m\"",
                "unknown variant ` [1m`, expected `Allow` or `Deny`, at line 2 column 21 of the policy",
            ),
        ] {
            check(
                &format!("{{\"Version\":\"2012-10-17\",\"Statement\":\n{{{members}}}}}"),
                expected,
            );
        }
    }

    #[test]
    fn variables_belong_to_the_newer_version() {
        let statement = STATEMENT.replace('*', "*${x");
        let with = |version: &str| {
            let statement = statement.replace(":\"*", ":\"*:*");
            PolicyDocument::parse(&format!(
                r#"{{"Statement":{statement},"Version":"{version}"}}"#
            ))
        };
        assert!(with("2008-10-17").is_ok());
        assert!(with("2012-10-17").is_err());
    }

    #[test]
    fn white_space_does_not_count_against_the_limit() {
        let of_length = |length: usize| {
            let frame = r#"{"Id":"","Statement":}"#.len() + STATEMENT.len();
            format!(
                "{{ \"Id\":\"{}\", \n\"Statement\":{STATEMENT}}}",
                "ä".repeat(length - frame)
            )
        };
        assert!(PolicyDocument::parse(&of_length(LENGTH_MAX)).is_ok());
        assert_eq!(
            PolicyDocument::parse(&of_length(LENGTH_MAX + 1)),
            Err(PolicyDocumentError::TooLong { length: 2049 })
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "\\PC{0,80}",
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"Statement\"", "\"Effect\"", "\"Allow\"", "\"Action\"", "\"*\"",
                    "\"Condition\"", "\"Null\"", "\"iot:ClientId\"", "\"${*}\"", "true", "null", "1e999", "\\",
                ]),
                0..40,
            ),
        ) {
            for text in [text.clone(), parts.concat(), STATEMENT.replace('*', &text)] {
                if let Err(error) = PolicyDocument::parse(&text) {
                    prop_assert!(!error.to_string().contains(char::is_control));
                }
            }
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!("{{\"Statement\":{}", "[".repeat(LENGTH_MAX - 20));
        assert!(PolicyDocument::parse(&text).is_err());
    }
}
