//! `--query`: what a JMESPath expression selects from a response, as with the AWS CLI. Pure.
//! <https://jmespath.org/specification.html>

use std::borrow::Cow;
use std::fmt;

use jmespath::ast::Ast;
use jmespath::{Context, ErrorReason, Expression, JmespathError, Rcvar, RuntimeError, Variable};
use serde::de::IgnoredAny;

use crate::excerpt::excerpt;
use crate::redact;

/// The most levels of brackets and operators in an expression. The library parses, evaluates and drops an expression by
/// recursion: the stack of a thread (2 MiB) is enough for 200 levels in an unoptimised build, and for 128 levels of JSON.
pub const MAX_DEPTH: usize = 100;

/// A JMESPath expression that can be evaluated.
#[derive(Clone)]
pub struct Query {
    expression: Expression<'static>,
    /// Whether the signatures of presigned URLs are removed from a response before the selection: a selected value has lost
    /// its name and would not be recognised.
    is_for_screen: bool,
}

/// Why an expression is not valid, or cannot be evaluated. The text may contain typed text, unescaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The expression is not JMESPath, or calls a function that does not exist or takes other arguments.
    #[error("--query is not a JMESPath expression: {reason}\n{excerpt}")]
    Expression {
        reason: String,
        /// The expression, and a caret under the place.
        excerpt: String,
    },
    /// The expression nests deeper than [`MAX_DEPTH`].
    #[error("--query nests deeper than {MAX_DEPTH} levels of brackets and operators")]
    TooDeep,
    /// The expression does not fit the service's response.
    #[error("--query does not fit this response: {reason}\n{excerpt}")]
    Response {
        reason: String,
        /// The expression, and a caret under the place.
        excerpt: String,
    },
    /// The response nests deeper than `serde_json` can read.
    #[error("--query: the response nests deeper than 128 levels")]
    ResponseTooDeep,
    /// The service's response is not JSON.
    #[error("--query: the response is not JSON")]
    NotJson,
}

impl Query {
    /// Reads an expression. The names of functions and the number of their arguments are checked here. JMESPath checks them
    /// only on evaluation, which is too late for a command that changes something.
    pub fn new(expression: &str) -> Result<Self, QueryError> {
        if depth(expression) > MAX_DEPTH {
            return Err(QueryError::TooDeep);
        }
        let wrong = |error: &JmespathError| QueryError::Expression {
            reason: reason(error),
            excerpt: place(error),
        };
        let query = jmespath::compile(expression).map_err(|error| wrong(&error))?;
        check(query.as_ast(), expression).map_err(|error| wrong(&error))?;
        Ok(Self {
            expression: query,
            is_for_screen: false,
        })
    }

    /// The same for a response that is shown on the screen.
    #[must_use]
    pub fn for_screen(self, is_for_screen: bool) -> Self {
        Self {
            is_for_screen,
            ..self
        }
    }

    /// The selection from a response, as JSON. The members of an object that the expression makes are sorted by name.
    pub fn select(&self, response: &str) -> Result<String, QueryError> {
        let response = if self.is_for_screen {
            redact::signatures(response)
        } else {
            Cow::Borrowed(response)
        };
        let response = Variable::from_json(&response).map_err(|_| unread(&response))?;
        let selected = self.expression.search(Rcvar::new(response));
        let selected = selected.map_err(|error| QueryError::Response {
            reason: reason(&error),
            excerpt: place(&error),
        })?;
        Ok(selected.to_string())
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression
    }
}

impl Eq for Query {}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Query")
            .field(&self.expression.as_str())
            .finish()
    }
}

/// Why a response cannot be read as a value. `IgnoredAny` is read without recursion, at any depth.
fn unread(response: &str) -> QueryError {
    match serde_json::from_str::<IgnoredAny>(response) {
        Ok(_) => QueryError::ResponseTooDeep,
        Err(_) => QueryError::NotJson,
    }
}

/// An upper bound for the depth of an expression, from its text: an opening bracket and each operator behind it add one
/// level, and a comma starts the next part of the same bracket.
fn depth(expression: &str) -> usize {
    let (mut depth, mut deepest, mut open) = (0_usize, 0, Vec::new());
    let mut chars = expression.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' | '`' => {
                while let Some(quoted) = chars.next()
                    && quoted != c
                {
                    chars.next_if(|_| quoted == '\\');
                }
            }
            '[' | '(' | '{' => {
                depth += 1;
                open.push(depth);
            }
            ']' | ')' | '}' => depth = open.pop().unwrap_or(depth),
            ',' => depth = open.last().copied().unwrap_or(depth),
            '.' | '|' | '&' | '!' | '<' | '>' | '=' => {
                chars.next_if(|&next| next == '=' || (next == c && "|&".contains(c)));
                depth += 1;
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Checks all function calls.
fn check(ast: &Ast, expression: &str) -> Result<(), JmespathError> {
    if let Ast::Function { offset, name, args } = ast {
        let unknown = RuntimeError::UnknownFunction(name.clone());
        let mut context = Context::new(expression, &jmespath::DEFAULT_RUNTIME);
        context.offset = *offset;
        let Some(function) = context.runtime.get_function(name) else {
            let reason = ErrorReason::Runtime(unknown);
            return Err(JmespathError::new(expression, *offset, reason));
        };
        // The number of arguments is checked before their types, which are not yet known.
        let anything = vec![Rcvar::new(Variable::Null); args.len()];
        if let Err(error) = function.evaluate(&anything, &mut context)
            && let ErrorReason::Runtime(
                RuntimeError::TooManyArguments { .. } | RuntimeError::NotEnoughArguments { .. },
            ) = error.reason
        {
            return Err(error);
        }
    }
    parts(ast)
        .into_iter()
        .try_for_each(|part| check(part, expression))
}

/// The parts of an expression.
fn parts(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Identity { .. }
        | Ast::Field { .. }
        | Ast::Index { .. }
        | Ast::Literal { .. }
        | Ast::Slice { .. } => Vec::new(),
        Ast::Expref { ast, .. } => vec![ast],
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            vec![node]
        }
        Ast::Condition {
            predicate, then, ..
        } => vec![predicate, then],
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => vec![lhs, rhs],
        Ast::Function { args, .. } => args.iter().collect(),
        Ast::MultiList { elements, .. } => elements.iter().collect(),
        Ast::MultiHash { elements, .. } => elements.iter().map(|pair| &pair.value).collect(),
    }
}

/// The mistake, as a phrase.
fn reason(error: &JmespathError) -> String {
    match &error.reason {
        ErrorReason::Parse(_) if error.offset >= error.expression.len() => {
            "it ends too early".to_owned()
        }
        // Names from inside the parser ("nud token") do not help a user.
        ErrorReason::Parse(reason)
            if reason.contains("d token") || reason.contains("the complete expression") =>
        {
            "this cannot stand here".to_owned()
        }
        ErrorReason::Parse(reason) => {
            let reason = reason.split(" -- ").next().unwrap_or_default();
            phrase(reason.lines().next().unwrap_or_default())
        }
        ErrorReason::Runtime(RuntimeError::UnknownFunction(name)) => {
            format!("`{name}` is not a function")
        }
        ErrorReason::Runtime(error) => phrase(&error.to_string()),
    }
}

fn phrase(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// The line of the expression with the mistake, and a caret under it.
fn place(error: &JmespathError) -> String {
    let expression = error.expression.as_str();
    let mut at = expression.floor_char_boundary(error.offset);
    if let ErrorReason::Runtime(RuntimeError::UnknownFunction(name)) = &error.reason
        && expression[..at].ends_with(name.as_str())
    {
        // The library means the parenthesis behind it.
        at -= name.len();
    }
    excerpt(expression, at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_expression_selects_from_a_response() {
        let response = r#"{"timestamp":1.50,"queuedJobs":[{"jobId":"b","executionNumber":2},{"jobId":"a","executionNumber":10}],"x":"é\u001b"}"#;
        for (expression, selected) in [
            ("queuedJobs[].jobId", r#"["b","a"]"#),
            ("queuedJobs[0]", r#"{"executionNumber":2,"jobId":"b"}"#),
            ("queuedJobs[?executionNumber > `5`].jobId | [0]", r#""a""#),
            ("sort_by(queuedJobs, &executionNumber)[-1].jobId", r#""a""#),
            ("length(queuedJobs)", "2"),
            ("timestamp", "1.5"),
            ("nothing", "null"),
            ("x", r#""é\u001b""#),
            (
                "{n: length(queuedJobs), id: queuedJobs[0].jobId}",
                r#"{"id":"b","n":2}"#,
            ),
        ] {
            let query = Query::new(expression).expect(expression);
            assert_eq!(
                query.select(response).as_deref(),
                Ok(selected),
                "{expression}"
            );
        }
        let query = Query::new("a").expect("an expression");
        assert_eq!(query.select("rubbish"), Err(QueryError::NotJson));
    }

    #[test]
    fn what_is_wrong_is_shown_at_its_place() {
        for (expression, reason, caret) in [
            ("", "it ends too early", 0),
            ("jobs[", "it ends too early", 5),
            ("jobs[?status==", "it ends too early", 14),
            (
                "a..b",
                "expected identifier, '*', '{', '[', '&', or '[?'",
                2,
            ),
            ("a ] b", "this cannot stand here", 2),
            ("a b", "this cannot stand here", 2),
            ("'open", "unclosed ' delimiter: 'open", 0),
            ("\"é\".é", "invalid character: é", 4),
            ("lenght(jobs)", "`lenght` is not a function", 0),
            ("jobs[].{n: nope(@)}", "`nope` is not a function", 11),
            ("length()", "not enough arguments: expected 1, found 0", 6),
            (
                "jobs[?length(a, b) == `1`]",
                "too many arguments: expected 1, found 2",
                12,
            ),
        ] {
            let error = Query::new(expression).expect_err(expression).to_string();
            let lines: Vec<&str> = error.lines().collect();

            assert_eq!(lines[1], format!("  {expression}"), "{error}");
            assert_eq!(lines[2], format!("  {:caret$}^", ""), "{error}");
            let said = lines[0].strip_prefix("--query is not a JMESPath expression: ");
            assert_eq!(said, Some(reason), "{error}");
        }
        let query = Query::new("length(timestamp)").expect("an expression");
        let error = query
            .select(r#"{"timestamp":1}"#)
            .expect_err("a number has no length");
        assert!(
            error
                .to_string()
                .starts_with("--query does not fit this response: argument 0 expects"),
            "{error}"
        );
    }

    /// The text that starts a level, the text that ends it, and the number of levels that it counts.
    const LEVELS: [(&str, &str, usize); 20] = [
        ("[", "]", 1),
        ("(", ")", 1),
        ("{a:", "}", 1),
        ("length(", ")", 1),
        ("[?", "]", 1),
        ("a[?", "]", 1),
        ("not_null(a,", ")", 1),
        ("!", "", 1),
        ("a.", "", 1),
        ("*.", "", 1),
        ("a||", "", 1),
        ("a &&", "", 1),
        ("a|", "", 1),
        ("a==", "", 1),
        ("a !=", "", 1),
        ("a < ", "", 1),
        ("[].a | ", "", 3),
        ("a[].", "", 2),
        ("a[0].", "", 2),
        ("a[*].", "", 2),
    ];

    #[test]
    fn what_nests_too_deep_is_refused_and_the_rest_is_no_danger() {
        for (begin, end, levels) in LEVELS {
            let nested = |count| format!("{}a{}", begin.repeat(count), end.repeat(count));
            let most = MAX_DEPTH / levels;

            let query = Query::new(&nested(most)).expect(begin);
            let _ = query.select(r#"{"a":[1,{"a":{}}]}"#);
            assert_ne!(Query::new(&begin.repeat(most)), Err(QueryError::TooDeep));
            for too_deep in [nested(most + 1), nested(100_000), begin.repeat(100_000)] {
                assert_eq!(Query::new(&too_deep), Err(QueryError::TooDeep), "{begin}");
            }
        }
    }

    #[test]
    fn what_is_long_without_nesting_is_read() {
        let of = |part: &str| vec![part; 1000].join(",");
        for expression in [
            format!("[{}]", of("a.b[0].c")),
            format!("{{{}}}", of("a: b[?c == `1` || d].e")),
            format!("contains('{}', a)", "[".repeat(1000)),
            format!("a.\"{}\"", "\\\"[".repeat(1000)),
            format!("a == `[\"{}\"]`", "\\`(".repeat(1000)),
            "a".repeat(100_000),
        ] {
            assert!(Query::new(&expression).is_ok(), "{}", &expression[..40]);
        }
    }

    #[test]
    fn a_response_that_nests_too_deep_is_called_that() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let query = Query::new("@").expect("an expression");
        assert_eq!(query.select(&nested(100)), Ok(nested(100)));
        for levels in [200, 100_000] {
            let selected = query.select(&nested(levels));
            assert_eq!(selected, Err(QueryError::ResponseTooDeep), "{levels}");
        }
        assert_eq!(query.select(&"[".repeat(200)), Err(QueryError::NotJson));
    }

    proptest! {
        #[test]
        fn any_expression_is_answered_without_panic(expression in "[a1.\\[\\]?*|&@!(){}:,'\"`<>=-]{0,40}", any in any::<String>()) {
            for expression in [expression, any] {
                match Query::new(&expression) {
                    Ok(query) => {
                        let _ = query.select(r#"{"a":[1,{"a":"1"}]}"#).map_err(|error| error.to_string());
                    }
                    Err(error) => {
                        let _ = error.to_string();
                    }
                }
            }
        }
    }
}
