//! The conditions of a statement.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use crate::policy::context::{ConnectionContext, Variable};
use crate::policy::pattern::{Case, PolicyPattern, Syntax};

/// How a condition compares, `Not` and `IfExists` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// `StringEquals`
    Equals,
    /// `StringEqualsIgnoreCase`, and `Bool`, whose values are `true` and `false` in any case
    EqualsIgnoreCase,
    /// `StringLike`
    Like,
    /// `Null`: is the key absent?
    Null,
}

/// The operator of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    comparison: Comparison,
    /// None of the values may match, instead of any.
    negated: bool,
    /// A key that is absent satisfies it.
    if_exists: bool,
    /// The values must be `true` or `false`.
    boolean: bool,
}

impl Operator {
    /// Reads the name of an operator, or `None` for one that is not emulated: numbers, dates, binary values and addresses
    /// (a loopback service has one address), ARNs (no variable of AWS IoT Core holds one), and sets of values.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (base, if_exists) = match name.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (name, false),
        };
        let (comparison, negated, boolean) = match base {
            "StringEquals" => (Comparison::Equals, false, false),
            "StringNotEquals" => (Comparison::Equals, true, false),
            "StringEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, false, false),
            "StringNotEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, true, false),
            "StringLike" => (Comparison::Like, false, false),
            "StringNotLike" => (Comparison::Like, true, false),
            "Bool" => (Comparison::EqualsIgnoreCase, false, true),
            "Null" if !if_exists => (Comparison::Null, false, true),
            _ => return None,
        };
        Some(Self {
            comparison,
            negated,
            if_exists,
            boolean,
        })
    }
}

/// One key of one operator, and the values that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    operator: Operator,
    key: Variable,
    values: Vec<PolicyPattern>,
}

impl Condition {
    /// Compiles a condition; the error is a phrase.
    pub(crate) fn new(
        operator: Operator,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, String> {
        if operator.boolean
            && let Some(value) = values.iter().find(|value| {
                !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false")
            })
        {
            return Err(format!(
                "condition value `{value}` is not `true` or `false`"
            ));
        }
        let syntax = Syntax {
            wildcards: operator.comparison == Comparison::Like,
            variables,
        };
        let values = values
            .iter()
            .map(|value| {
                PolicyPattern::parse(value, syntax)
                    .map_err(|error| format!("condition value `{value}` {error}"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            operator,
            key: Variable::parse(key).ok_or_else(|| {
                format!("condition key `{key}` is not one that AWS IoT Core defines")
            })?,
            values,
        })
    }

    /// Whether the connection satisfies it. An absent key satisfies an operator with `Not` and no other.
    pub(crate) fn holds(&self, context: &ConnectionContext) -> bool {
        let value = context.value(&self.key);
        let case = match self.operator.comparison {
            Comparison::Null => {
                let absent = if value.is_none() { "true" } else { "false" };
                return self.any_value_fits(absent, Case::Insensitive, context);
            }
            Comparison::EqualsIgnoreCase => Case::Insensitive,
            Comparison::Equals | Comparison::Like => Case::Sensitive,
        };
        match value {
            None => self.operator.if_exists || self.operator.negated,
            Some(value) => self.any_value_fits(value, case, context) != self.operator.negated,
        }
    }

    fn any_value_fits(&self, actual: &str, case: Case, context: &ConnectionContext) -> bool {
        self.values
            .iter()
            .any(|value| value.matches(actual, case, context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_operator_compares_as_iam_says() {
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
        ] {
            check(operator, values, client_id, expected);
        }
    }

    #[test]
    fn what_is_not_emulated_has_no_operator() {
        for name in [
            "",
            "stringequals",
            "IfExists",
            "NullIfExists",
            "IpAddress",
            "NumericEquals",
            "DateLessThan",
            "BinaryEquals",
            "ArnLike",
            "ForAllValues:StringEquals",
            "ForAnyValue:StringLike",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_wrong_condition_says_what_is_wrong() {
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
