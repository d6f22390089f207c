//! Reads a query.

use std::ops::Bound;

use crate::service::limits::{
    LEADING_WILDCARD_CHARACTERS, QUERY_CHARACTERS, QUERY_DEPTH, QUERY_TERMS,
};
use crate::service::pattern::Pattern;
use crate::service::query::error::QueryError;
use crate::service::query::token::{Comparison, Token, Word, invalid, tokens};
use crate::service::query::{Field, Part, Query, Test, number};

/// What the index of AWS has beside the registry.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/managing-index.html>
const NOT_EMULATED: [&str; 4] = ["shadow", "connectivity", "deviceDefender", "registry"];

/// Reads a query.
///
/// GUESS: NOT binds more than AND, and AND more than OR, as usual; the page says only that AND is what stands between two terms
/// without an operator.
pub(crate) fn parse(text: &str) -> Result<Query, QueryError> {
    let characters = text.chars().count();
    if characters > QUERY_CHARACTERS {
        let message = format!("it has {characters} characters, at most {QUERY_CHARACTERS}");
        return Err(invalid(&message));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        terms: 0,
        leading_wildcards: 0,
        depth: 0,
    };
    let query = parser.any(None)?;
    if let Some(token) = parser.tokens.first() {
        return Err(unexpected(Some(token)));
    }
    if parser.terms > QUERY_TERMS {
        let message = format!("it has {} terms, at most {QUERY_TERMS}", parser.terms);
        return Err(invalid(&message));
    }
    // "Leading wildcard use is limited to 1 query term per query. Queries that include a leading wildcard have a max query
    // length of 100 characters."
    if parser.leading_wildcards > 1 {
        return Err(invalid("only one term may begin with a wildcard"));
    }
    if parser.leading_wildcards > 0 && characters > LEADING_WILDCARD_CHARACTERS {
        return Err(invalid(&format!(
            "a query with a term that begins with a wildcard has at most {LEADING_WILDCARD_CHARACTERS} characters"
        )));
    }
    Ok(query)
}

struct Parser<'a> {
    /// Those that have not been read.
    tokens: &'a [Token],
    terms: usize,
    leading_wildcards: usize,
    /// The parentheses that are open.
    depth: usize,
}

/// The limit of a range.
struct Limit {
    text: String,
    /// Unless it is in quotation marks.
    number: Option<f64>,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_next = self.tokens.first() == Some(token);
        if is_next {
            self.next();
        }
        is_next
    }

    /// Terms with OR between them; a field stands before their parentheses.
    fn any(&mut self, field: Option<&Field>) -> Result<Query, QueryError> {
        let mut any = vec![self.all(field)?];
        while self.take(&Token::Or) {
            match (any.last_mut(), self.all(field)?) {
                // So that the value is looked up once.
                (Some(Query::Term(last, tests)), Query::Term(field, more)) if *last == field => {
                    tests.extend(more);
                }
                (_, query) => any.push(query),
            }
        }
        Ok(one_or(any, Query::Any))
    }

    /// "The default operator is AND."
    fn all(&mut self, field: Option<&Field>) -> Result<Query, QueryError> {
        let mut all = vec![self.not(field)?];
        while self.take(&Token::And)
            || !matches!(self.tokens.first(), None | Some(Token::Or | Token::Close))
        {
            all.push(self.not(field)?);
        }
        Ok(one_or(all, Query::All))
    }

    fn not(&mut self, field: Option<&Field>) -> Result<Query, QueryError> {
        let mut is_negative = false;
        while self.take(&Token::Not) {
            is_negative = !is_negative;
        }
        let query = self.one(field)?;
        Ok(if is_negative {
            Query::Not(Box::new(query))
        } else {
            query
        })
    }

    fn one(&mut self, field: Option<&Field>) -> Result<Query, QueryError> {
        match (self.next(), self.tokens.first()) {
            (Some(Token::Open), _) => self.group(field),
            (Some(Token::Word(name)), Some(Token::Colon | Token::Compare(_))) => {
                if field.is_some() {
                    let message = format!("`{}` is a field inside of another one", name.text);
                    return Err(invalid(&message));
                }
                let field = field_named(name)?;
                match self.next() {
                    Some(Token::Compare(comparison)) => self.comparison(field, *comparison),
                    _ if self.take(&Token::Open) => self.group(Some(&field)),
                    _ => {
                        let token = self.next();
                        self.term(field, token)
                    }
                }
            }
            (token, _) => self.term(field.unwrap_or(&Field::Every).clone(), token),
        }
    }

    /// What is in parentheses, of which the first has been read.
    fn group(&mut self, field: Option<&Field>) -> Result<Query, QueryError> {
        self.depth += 1;
        if self.depth > QUERY_DEPTH {
            let message = format!("more than {QUERY_DEPTH} parentheses are open at a time");
            return Err(invalid(&message));
        }
        let query = self.any(field)?;
        if !self.take(&Token::Close) {
            return Err(invalid("a parenthesis is not closed"));
        }
        self.depth -= 1;
        Ok(query)
    }

    fn term(&mut self, field: Field, token: Option<&Token>) -> Result<Query, QueryError> {
        self.terms += 1;
        let test = match token {
            Some(Token::Word(word)) if word.has_wildcards() => {
                // `*` alone stands for any value.
                let is_leading = !matches!(word.parts[0], Part::Byte(_)) && word.parts.len() > 1;
                self.leading_wildcards += usize::from(is_leading);
                Test::Pattern(word.parts.clone())
            }
            Some(Token::Word(Word { text, .. }) | Token::Phrase(text)) => {
                Test::Text(text.to_lowercase())
            }
            Some(Token::RangeOpen { is_inclusive }) => self.range(*is_inclusive)?,
            token => return Err(unexpected(token)),
        };
        Ok(Query::Term(field, vec![test]))
    }

    fn comparison(&mut self, field: Field, comparison: Comparison) -> Result<Query, QueryError> {
        self.terms += 1;
        let limit = self.limit()?;
        let (from, to) = match comparison {
            Comparison::Less => (Bound::Unbounded, bound(limit, false)),
            Comparison::LessOrEqual => (Bound::Unbounded, bound(limit, true)),
            Comparison::Greater => (bound(limit, false), Bound::Unbounded),
            Comparison::GreaterOrEqual => (bound(limit, true), Bound::Unbounded),
        };
        Ok(Query::Term(field, vec![between(from, to)]))
    }

    /// `75 TO 80]`
    fn range(&mut self, is_inclusive: bool) -> Result<Test, QueryError> {
        let from = bound(self.limit()?, is_inclusive);
        match self.next() {
            Some(Token::Word(word)) if word.is_keyword("TO") => {}
            _ => {
                return Err(invalid(
                    "a range is written as [FROM TO TO], such as [75 TO 80]",
                ));
            }
        }
        let limit = self.limit()?;
        match self.next() {
            Some(Token::RangeClose { is_inclusive }) => {
                Ok(between(from, bound(limit, *is_inclusive)))
            }
            _ => Err(invalid("a range is not closed")),
        }
    }

    /// A limit of a range; `*` is none.
    fn limit(&mut self) -> Result<Option<Limit>, QueryError> {
        match self.next() {
            Some(Token::Word(word)) if word.parts == [Part::Many] => Ok(None),
            Some(Token::Word(word)) if word.has_wildcards() => Err(invalid(&format!(
                "`{}` has a wildcard, and is the limit of a range",
                word.text
            ))),
            Some(Token::Word(word)) => Ok(Some(Limit {
                text: word.text.to_lowercase(),
                number: number(&word.text),
            })),
            Some(Token::Phrase(text)) => Ok(Some(Limit {
                text: text.to_lowercase(),
                number: None,
            })),
            token => Err(unexpected(token)),
        }
    }
}

fn bound(limit: Option<Limit>, is_inclusive: bool) -> Bound<Limit> {
    match limit {
        None => Bound::Unbounded,
        Some(limit) if is_inclusive => Bound::Included(limit),
        Some(limit) => Bound::Excluded(limit),
    }
}

/// A range of numbers if its limits are numbers, otherwise of texts.
fn between(from: Bound<Limit>, to: Bound<Limit>) -> Test {
    let limits = [&from, &to].map(|bound| match bound {
        Bound::Unbounded => None,
        Bound::Included(limit) | Bound::Excluded(limit) => Some(limit.number),
    });
    let mut limits = limits.into_iter().flatten().peekable();
    if limits.peek().is_some() && limits.all(|number| number.is_some()) {
        let number = |limit: Limit| limit.number.unwrap_or_default();
        Test::Numbers(from.map(number), to.map(number))
    } else {
        let text = |limit: Limit| limit.text;
        Test::Texts(from.map(text), to.map(text))
    }
}

fn one_or(mut queries: Vec<Query>, several: fn(Vec<Query>) -> Query) -> Query {
    if queries.len() == 1 {
        queries.remove(0)
    } else {
        several(queries)
    }
}

/// "All field names are case sensitive." GUESS: an unknown field is refused, because a group without members would hide a
/// spelling mistake; the page does not say what AWS does.
fn field_named(name: &Word) -> Result<Field, QueryError> {
    let text = name.text.as_str();
    let (first, rest) = text.split_once('.').unwrap_or((text, ""));
    match (text, first) {
        ("thingName", _) => Ok(Field::ThingName),
        ("thingId", _) => Ok(Field::ThingId),
        ("thingTypeName", _) => Ok(Field::ThingTypeName),
        ("thingGroupNames", _) => Ok(Field::ThingGroupNames),
        (_, "attributes") if Pattern::ATTRIBUTE_NAME.matches(rest) => {
            Ok(Field::Attribute(rest.to_owned()))
        }
        (_, first) if NOT_EMULATED.contains(&first) => {
            Err(QueryError::NotEmulated(text.to_owned()))
        }
        _ => Err(invalid(&format!(
            "`{text}` is not a field; the fields are thingName, thingId, thingTypeName, thingGroupNames and attributes.NAME"
        ))),
    }
}

fn unexpected(token: Option<&Token>) -> QueryError {
    let quoted = |text: &str| format!("`{text}`");
    let what = match token {
        None => return invalid("a term is missing at its end"),
        Some(Token::Open) => quoted("("),
        Some(Token::Close) => quoted(")"),
        Some(Token::And) => quoted("AND"),
        Some(Token::Or) => quoted("OR"),
        Some(Token::Not) => quoted("NOT"),
        Some(Token::Colon) => {
            return invalid("`:` stands where none can; in a value it is written as `\\:`");
        }
        Some(Token::Compare(_)) => "a comparison".to_owned(),
        Some(Token::RangeOpen { .. }) => "the beginning of a range".to_owned(),
        Some(Token::RangeClose { .. }) => "the end of a range".to_owned(),
        Some(Token::Word(Word { text, .. }) | Token::Phrase(text)) => quoted(text),
    };
    invalid(&format!("{what} stands where a term is expected"))
}
