//! A list that arrives in pages, joined as the AWS CLI does. Pure.

use serde_json::Value;

/// The most pages that are requested; 400 of AWS's largest have 100,000 entries. If the list is longer, the `nextToken` of
/// the last page stays in the answer.
pub(crate) const MAX_PAGES: usize = 400;

/// AWS's names of the place where the next page begins.
const TOKENS: [&str; 2] = ["nextToken", "nextMarker"];

/// Where the page behind this one begins; `None` at the end.
pub(crate) fn next_token(page: &Value) -> Option<String> {
    let token = TOKENS.iter().find_map(|name| page[name].as_str());
    token.map(ToOwned::to_owned)
}

/// The pages so far.
pub(crate) enum List {
    /// One page, as the service sent it.
    First(String),
    Joined(Value),
}

impl List {
    /// Begins with the first page.
    pub(crate) fn new(body: String) -> Self {
        Self::First(body)
    }

    /// The token of the next page; `None` at the end.
    pub(crate) fn next_token(&self) -> Option<String> {
        match self {
            Self::First(body) => next_token(&serde_json::from_str(body).ok()?),
            Self::Joined(page) => next_token(page),
        }
    }

    /// Appends the entries of a page; of other members the last value counts.
    pub(crate) fn add(&mut self, body: &str) {
        let mut joined = match self {
            Self::First(body) => serde_json::from_str(body).unwrap_or_default(),
            Self::Joined(page) => page.take(),
        };
        if let (Value::Object(all), Ok(Value::Object(page))) =
            (&mut joined, serde_json::from_str(body))
        {
            for token in TOKENS {
                all.shift_remove(token);
            }
            for (name, value) in page {
                match (all.get_mut(&name), value) {
                    (Some(Value::Array(entries)), Value::Array(more)) => entries.extend(more),
                    (_, value) => drop(all.insert(name, value)),
                }
            }
        }
        *self = Self::Joined(joined);
    }

    pub(crate) fn into_body(self) -> String {
        match self {
            Self::First(body) => body,
            Self::Joined(page) => page.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pages: &[&str]) -> List {
        let mut list = List::new(pages[0].to_owned());
        for page in &pages[1..] {
            list.add(page);
        }
        list
    }

    #[test]
    fn pages_become_one_list() {
        for (pages, expected, token) in [
            (&[r#"{"jobs":[ 1 ]}"#][..], r#"{"jobs":[ 1 ]}"#, None),
            (
                &[
                    r#"{"jobs":[{"at":1.21}],"nextToken":"a"}"#,
                    r#"{"jobs":[2]}"#,
                ],
                r#"{"jobs":[{"at":1.21},2]}"#,
                None,
            ),
            (
                &[
                    r#"{"jobs":[1],"nextToken":"a"}"#,
                    r#"{"jobs":[],"nextToken":"b"}"#,
                    r#"{"jobs":[2,3],"nextToken":"c"}"#,
                ],
                r#"{"jobs":[1,2,3],"nextToken":"c"}"#,
                Some("c"),
            ),
            (
                &[r#"{"nextToken":"a"}"#, r#"{"things":[1]}"#],
                r#"{"things":[1]}"#,
                None,
            ),
            (
                &[
                    r#"{"policies":[1],"nextMarker":"a"}"#,
                    r#"{"policies":[2],"nextMarker":"b"}"#,
                ],
                r#"{"policies":[1,2],"nextMarker":"b"}"#,
                Some("b"),
            ),
        ] {
            let list = joined(pages);
            assert_eq!(list.next_token().as_deref(), token, "{pages:?}");
            assert_eq!(list.into_body(), expected, "{pages:?}");
        }
    }
}
