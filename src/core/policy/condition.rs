//! The conditions of a statement.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use crate::policy::comparison::{Comparison, ExpectedValue, Order};
use crate::policy::context::{ConnectionContext, Variable};
use crate::policy::pattern::Case;

/// Which of a key's values must satisfy a condition.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    /// The only value.
    One,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// The operator of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    quantifier: Quantifier,
    comparison: Comparison,
    /// Whether none of the values may match, instead of any.
    negated: bool,
    /// Whether an absent key satisfies it.
    if_exists: bool,
}

impl Operator {
    /// Reads the name of an operator; `None` if it is not emulated: of IAM's operators only `BinaryEquals`, since AWS IoT
    /// Core has no binary variables.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            None => (Quantifier::One, name),
            Some(("ForAllValues", name)) => (Quantifier::All, name),
            Some(("ForAnyValue", name)) => (Quantifier::Any, name),
            Some(_) => return None,
        };
        let (base, if_exists) = match name.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (name, false),
        };
        let (comparison, negated) = comparison(base)?;
        let is_plain = quantifier == Quantifier::One && !if_exists;
        (comparison != Comparison::Null || is_plain).then_some(Self {
            quantifier,
            comparison,
            negated,
            if_exists,
        })
    }

    /// Whether a condition may have no value, as in `"ForAllValues:StringEquals": {"iot:ConnectAttributes": []}` of
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/connect-policy.html>.
    pub(crate) fn takes_no_value(self) -> bool {
        self.quantifier != Quantifier::One
    }
}

/// The comparison that the name of an operator stands for, and whether it has a `Not`.
fn comparison(name: &str) -> Option<(Comparison, bool)> {
    let text = |case, wildcards| Comparison::Text { case, wildcards };
    let (exact, any_case) = (text(Case::Sensitive, false), text(Case::Insensitive, false));
    Some(match name {
        "StringEquals" => (exact, false),
        "StringNotEquals" => (exact, true),
        "StringEqualsIgnoreCase" => (any_case, false),
        "StringNotEqualsIgnoreCase" => (any_case, true),
        "StringLike" => (text(Case::Sensitive, true), false),
        "StringNotLike" => (text(Case::Sensitive, true), true),
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "IpAddress" => (Comparison::Network, false),
        "NotIpAddress" => (Comparison::Network, true),
        "Bool" => (Comparison::Bool, false),
        "Null" => (Comparison::Null, false),
        _ => return ordered(name),
    })
}

/// The operators of numbers and dates.
fn ordered(name: &str) -> Option<(Comparison, bool)> {
    let (kind, order): (fn(Order) -> Comparison, _) = match name.strip_prefix("Numeric") {
        Some(order) => (Comparison::Number, order),
        None => (Comparison::Date, name.strip_prefix("Date")?),
    };
    let (order, negated) = match order {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    };
    Some((kind(order), negated))
}

/// One key of one operator, and the values to compare it with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    operator: Operator,
    key: Variable,
    values: Vec<ExpectedValue>,
}

impl Condition {
    /// Compiles a condition; the error is a phrase.
    pub(crate) fn new(
        operator: Operator,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, String> {
        let values = values
            .iter()
            .map(|value| operator.comparison.compile(value, variables));
        Ok(Self {
            operator,
            values: values.collect::<Result<_, _>>()?,
            key: Variable::parse(key).ok_or_else(|| {
                format!("condition key `{key}` is not one that AWS IoT Core defines")
            })?,
        })
    }

    /// Whether the connection satisfies the condition. An absent key only satisfies an operator with `Not`, one with
    /// `IfExists`, and `ForAllValues`: "It also returns true if there are no context keys in the request". A list without
    /// values counts as absent.
    pub(crate) fn holds(&self, context: &ConnectionContext) -> bool {
        let Operator {
            quantifier,
            comparison,
            negated,
            if_exists,
        } = self.operator;
        let actual = context.values(&self.key);
        if comparison == Comparison::Null {
            return self
                .values
                .contains(&ExpectedValue::Truth(actual.is_empty()));
        }
        if actual.is_empty() {
            return if_exists
                || match quantifier {
                    Quantifier::One => negated,
                    Quantifier::All => true,
                    Quantifier::Any => false,
                };
        }
        let mut actual = actual.into_iter();
        match quantifier {
            // GUESS: if a key with several values is compared without `ForAllValues` or `ForAnyValue`, which IAM forbids,
            // any of the values may match, because that is the meaning for one value.
            Quantifier::One => actual.any(|actual| self.fits_any(actual, context)) != negated,
            Quantifier::All => actual.all(|actual| self.fits_any(actual, context) != negated),
            Quantifier::Any => actual.any(|actual| self.fits_any(actual, context) != negated),
        }
    }

    fn fits_any(&self, actual: &str, context: &ConnectionContext) -> bool {
        let comparison = self.operator.comparison;
        self.values
            .iter()
            .any(|expected| comparison.fits(expected, actual, context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::context::ConnectRequest;

    fn check(operator: &str, values: &[&str], client_id: Option<&str>, expected: bool) {
        let context = ConnectionContext {
            client_id: client_id.map(str::to_owned),
            ..ConnectionContext::default()
        };
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let condition = Condition::new(
            Operator::parse(operator).expect(operator),
            "iot:ClientId",
            &values,
            true,
        )
        .expect(operator);
        assert_eq!(
            condition.holds(&context),
            expected,
            "{operator} {values:?} {client_id:?}"
        );
    }

    #[test]
    fn an_operator_compares_as_in_iam() {
        for (operator, values, client_id, expected) in [
            ("StringEquals", &["a", "b"][..], Some("b"), true),
            ("StringEquals", &["a", "b"], Some("B"), false),
            ("StringEquals", &["*"], Some("b"), false),
            ("StringEquals", &["${iot:ClientId}"], Some("b"), true),
            ("StringEquals", &["a"], None, false),
            ("StringEqualsIfExists", &["a"], None, true),
            ("StringEqualsIfExists", &["a"], Some("b"), false),
            ("StringNotEquals", &["a", "b"], Some("b"), false),
            ("StringNotEquals", &["a", "b"], Some("c"), true),
            ("StringNotEquals", &["a"], None, true),
            ("StringNotEqualsIfExists", &["a"], None, true),
            ("StringEqualsIgnoreCase", &["AB"], Some("ab"), true),
            ("StringNotEqualsIgnoreCase", &["AB"], Some("ab"), false),
            ("StringLike", &["a*"], Some("abc"), true),
            ("StringLike", &["a?"], Some("abc"), false),
            ("StringLike", &["A*"], Some("abc"), false),
            ("StringNotLike", &["a*"], Some("abc"), false),
            ("StringNotLike", &["a*"], Some("b"), true),
            ("Bool", &["true"], Some("TRUE"), true),
            ("Bool", &["false"], Some("true"), false),
            ("Bool", &["true"], None, false),
            ("BoolIfExists", &["true"], None, true),
            ("Null", &["true"], None, true),
            ("Null", &["true"], Some("a"), false),
            ("Null", &["false"], Some("a"), true),
            ("NumericLessThan", &["10"], Some("9"), true),
            ("NumericLessThan", &["10"], Some("10"), false),
            ("NumericLessThanEquals", &["10"], Some("10"), true),
            ("NumericNotEquals", &["10"], Some("10.0"), false),
            ("NumericNotEquals", &["10"], None, true),
            ("NumericGreaterThanEqualsIfExists", &["10"], None, true),
            ("DateGreaterThan", &["2026-01-01"], Some("2026-11-26"), true),
            ("DateLessThan", &["2026-01-01"], Some("2026-11-26"), false),
            ("IpAddress", &["10.0.0.0/8", "::1"], Some("::1"), true),
            ("NotIpAddress", &["10.0.0.0/8"], Some("10.1.2.3"), false),
            ("NotIpAddress", &["10.0.0.0/8"], Some("127.0.0.1"), true),
            ("NotIpAddress", &["10.0.0.0/8"], None, true),
            (
                "ArnNotLike",
                &["arn:a:b:*:*:x"],
                Some("arn:a:b:c:d:x"),
                false,
            ),
            ("ForAllValues:StringEquals", &["a"], None, true),
            ("ForAllValues:StringEquals", &[], Some("a"), false),
            ("ForAllValues:StringNotEquals", &[], Some("a"), true),
            ("ForAnyValue:StringEquals", &["a"], None, false),
            ("ForAnyValue:StringEqualsIfExists", &["a"], None, true),
            ("ForAnyValue:StringEquals", &["a", "b"], Some("b"), true),
            ("ForAnyValue:StringNotEquals", &["a"], Some("b"), true),
        ] {
            check(operator, values, client_id, expected);
        }
    }

    /// `+` separates the attributes of a CONNECT.
    #[test]
    fn a_set_is_compared_value_by_value() {
        for (operator, values, attributes, expected) in [
            (
                "ForAllValues:StringEquals",
                &["PersistentConnect"][..],
                "",
                true,
            ),
            (
                "ForAllValues:StringEquals",
                &["PersistentConnect"],
                "PersistentConnect",
                true,
            ),
            (
                "ForAllValues:StringEquals",
                &["PersistentConnect"],
                "PersistentConnect+LastWill",
                false,
            ),
            (
                "ForAllValues:StringEquals",
                &["PersistentConnect", "LastWill"],
                "LastWill",
                true,
            ),
            ("ForAllValues:StringEquals", &[], "", true),
            ("ForAllValues:StringEquals", &[], "LastWill", false),
            (
                "ForAllValues:StringNotEquals",
                &["PersistentConnect"],
                "LastWill",
                true,
            ),
            (
                "ForAllValues:StringNotEquals",
                &["PersistentConnect"],
                "PersistentConnect+LastWill",
                false,
            ),
            (
                "ForAllValues:StringNotEquals",
                &["PersistentConnect"],
                "",
                true,
            ),
            (
                "ForAllValues:StringLike",
                &["*Connect", "Last*"],
                "PersistentConnect+LastWill",
                true,
            ),
            (
                "ForAnyValue:StringEquals",
                &["PersistentConnect"],
                "PersistentConnect+LastWill",
                true,
            ),
            (
                "ForAnyValue:StringEquals",
                &["PersistentConnect"],
                "LastWill",
                false,
            ),
            (
                "ForAnyValue:StringEquals",
                &["PersistentConnect"],
                "",
                false,
            ),
            (
                "ForAnyValue:StringNotEquals",
                &["PersistentConnect"],
                "PersistentConnect+LastWill",
                true,
            ),
            (
                "ForAnyValue:StringNotEquals",
                &["PersistentConnect"],
                "PersistentConnect",
                false,
            ),
            (
                "StringEquals",
                &["LastWill"],
                "PersistentConnect+LastWill",
                true,
            ),
            (
                "StringNotEquals",
                &["LastWill"],
                "PersistentConnect+LastWill",
                false,
            ),
            ("StringNotEquals", &["LastWill"], "", true),
            ("Null", &["true"], "", true),
            ("Null", &["true"], "LastWill", false),
        ] {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            let parsed = Operator::parse(operator).expect(operator);
            let condition = Condition::new(parsed, "iot:ConnectAttributes", &values, true);
            let context = ConnectionContext {
                connect: Some(Box::new(ConnectRequest {
                    is_persistent: attributes.contains("Persistent"),
                    last_will_topic: attributes.contains("Will").then(String::new),
                })),
                ..ConnectionContext::default()
            };
            assert_eq!(
                condition.expect(operator).holds(&context),
                expected,
                "{operator} {values:?} {attributes}"
            );
        }
    }

    #[test]
    fn what_is_not_emulated_has_no_operator() {
        for name in [
            "",
            "stringequals",
            "IfExists",
            "NullIfExists",
            "ForAnyValue:Null",
            "BinaryEquals",
            "Numeric",
            "NumericLike",
            "DateLessThanOrEquals",
            "NotIpAddresses",
            "ForAll:StringEquals",
            "ForAllValues:",
            "ForAllValues:ForAnyValue:StringEquals",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_wrong_condition_names_the_mistake() {
        for (operator, key, value, expected) in [
            (
                "Bool",
                "iot:ClientId",
                "yes",
                "condition value `yes` is not `true` or `false`",
            ),
            (
                "StringLike",
                "iot:Nothing",
                "a",
                "condition key `iot:Nothing` is not one that AWS IoT Core defines",
            ),
            (
                "StringLike",
                "iot:ClientId",
                "${a",
                "condition value `${a` has a `${` that is not closed by `}`",
            ),
        ] {
            let operator = Operator::parse(operator).expect(operator);
            assert_eq!(
                Condition::new(operator, key, &[value.to_owned()], true),
                Err(expected.to_owned())
            );
        }
    }
}
