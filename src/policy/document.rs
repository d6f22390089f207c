//! The JSON form of a policy.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::value::{BoolDeserializer, MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::policy::condition::{Condition, Operator};
use crate::policy::pattern::{PolicyPattern, Syntax};
use crate::text;

/// The most characters of a policy document, white space not counted.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>
pub const LENGTH_MAX: usize = 2048;

/// A policy document, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// In the order of the text, never empty.
    pub(crate) statements: Vec<PolicyStatement>,
}

/// What a statement does with a request that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum PolicyEffect {
    /// It allows it, if no other statement denies it.
    Allow,
    Deny,
}

/// One statement of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyStatement {
    /// The name that its author gave it.
    pub(crate) sid: Option<String>,
    pub(crate) effect: PolicyEffect,
    /// To which actions; never empty.
    pub(crate) actions: Vec<PolicyPattern>,
    /// On which resources; never empty.
    pub(crate) resources: Vec<PolicyPattern>,
    /// Under which conditions; all of them must hold.
    pub(crate) conditions: Vec<Condition>,
}

/// Why a text is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyDocumentError {
    /// More than [`LENGTH_MAX`] characters.
    #[error(
        "the policy has {length} characters without white space, AWS IoT Core allows {LENGTH_MAX}"
    )]
    TooLong {
        /// How many characters it has, white space not counted.
        length: usize,
    },
    /// Not JSON, or JSON that is not a policy, or a policy that is not emulated.
    #[error("{reason}, at line {line} column {column} of the policy")]
    Invalid {
        /// What is wrong: a lower-case phrase without control characters.
        reason: String,
        /// The line at which that was noticed, from 1.
        line: usize,
        /// The column of that line in bytes, 0 before its first one.
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
        // The version decides what `${` means, and it may stand behind the statements.
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
        // serde_json appends the position, which has fields of its own here.
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

/// The version of the policy language. With the older one, which is also what holds when none is given, `${` is ordinary
/// text.
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
    statement: OneOrMany<Object<RawStatement<VARIABLES>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RawStatement<const VARIABLES: bool> {
    sid: Option<String>,
    effect: PolicyEffect,
    action: OneOrMany<ActionPattern>,
    resource: OneOrMany<ResourcePattern<VARIABLES>>,
    #[serde(default)]
    condition: Conditions<VARIABLES>,
    #[serde(default, rename = "NotAction", deserialize_with = "refuse_not")]
    _not_action: (),
    #[serde(default, rename = "NotResource", deserialize_with = "refuse_not")]
    _not_resource: (),
}

impl<const VARIABLES: bool> From<RawDocument<VARIABLES>> for PolicyDocument {
    fn from(raw: RawDocument<VARIABLES>) -> Self {
        let statements = raw
            .statement
            .0
            .into_iter()
            .map(|Object(raw)| PolicyStatement {
                sid: raw.sid,
                effect: raw.effect,
                actions: raw.action.0.into_iter().map(|action| action.0).collect(),
                resources: raw.resource.0.into_iter().map(|it| it.0).collect(),
                conditions: raw.condition.0,
            });
        Self {
            statements: statements.collect(),
        }
    }
}

/// The page of AWS IoT Core knows statements with `Action` and `Resource` only
/// (<https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html>).
// GUESS: it refuses the negated elements of IAM, because none of its pages shows or names one.
fn refuse_not<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(D::Error::custom(
        "`NotAction` and `NotResource` are not emulated; use `Action` and `Resource`",
    ))
}

/// A pattern for the names of actions. They have no variables and no case:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct ActionPattern(PolicyPattern);

impl TryFrom<String> for ActionPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text != "*" && !text.contains(':') {
            return Err(format!(
                "action `{text}` is neither `*` nor a service and an action, as `iot:Connect`"
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
        // AWS answers `MalformedPolicyException: The following resources are invalid`.
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

/// The value of a condition: a text, or a boolean, whose quotation marks are optional.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;

        impl Visitor<'_> for ScalarVisitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, `true` or `false`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
        }

        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// The conditions of a statement, from `{operator: {key: values}}`. A key that stands there twice must hold twice.
#[derive(Default)]
struct Conditions<const VARIABLES: bool>(Vec<Condition>);

impl<'de, const VARIABLES: bool> Deserialize<'de> for Conditions<VARIABLES> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let operators = Entries::<Entries<OneOrMany<Scalar>>>::deserialize(deserializer)?;
        let mut conditions = Vec::new();
        for (name, keys) in operators.0 {
            let operator = Operator::parse(&name).ok_or_else(|| {
                D::Error::custom(format!("condition operator `{name}` is not emulated"))
            })?;
            for (key, values) in keys.0 {
                let values: Vec<String> = values.0.into_iter().map(|value| value.0).collect();
                let condition = Condition::new(operator, &key, &values, VARIABLES);
                conditions.push(condition.map_err(D::Error::custom)?);
            }
        }
        Ok(Self(conditions))
    }
}

/// A structure that must be written as an object; serde would also take a list of its members.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// The members of an object in their order, repetitions included.
struct Entries<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

/// One value, or a list of at least one.
struct OneOrMany<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrManyVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                T::deserialize(StrDeserializer::new(text)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<OneOrMany<T>, E> {
                T::deserialize(BoolDeserializer::new(value)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMany<T>, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = list.next_element()? {
                    many.push(one);
                }
                if many.is_empty() {
                    return Err(A::Error::custom("a list in a policy must not be empty"));
                }
                Ok(OneOrMany(many))
            }
        }

        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
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
                "missing field `Action`, at line 2 column 33 of the policy",
            ),
            (
                r#""Effect":"Allow","Action":"*""#,
                "missing field `Resource`, at line 2 column 31 of the policy",
            ),
            (
                r#""Effect":"Allow","Effect":"Deny""#,
                "duplicate field `Effect`, at line 2 column 26 of the policy",
            ),
            (
                r#""Principal":"*""#,
                "unknown field `Principal`, expected one of `Sid`, `Effect`, `Action`, `Resource`, `Condition`, \
                 `NotAction`, `NotResource`, at line 2 column 12 of the policy",
            ),
            (
                r#""NotAction":"iot:Publish""#,
                "`NotAction` and `NotResource` are not emulated; use `Action` and `Resource`, \
                 at line 2 column 13 of the policy",
            ),
            (
                r#""Action":["iot:Connect","Publish"]"#,
                "action `Publish` is neither `*` nor a service and an action, as `iot:Connect`, \
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
                r#""Condition":{"IpAddress":{"aws:SourceIp":"::1"}}"#,
                "condition operator `IpAddress` is not emulated, at line 2 column 50 of the policy",
            ),
            (
                r#""Condition":{"Bool":{"iot:Connection.Thing.IsAttached":[]}}"#,
                "a list in a policy must not be empty, at line 2 column 58 of the policy",
            ),
            (
                r#""Condition":{"Bool":{"iot:Connection.Thing.IsAttached":1}}"#,
                "invalid type: integer `1`, expected one value or a list, at line 2 column 57 of the policy",
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
