//! The parameters of a job document: `${aws:iot:parameter:NAME}` in the document of a managed job template.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-managed.html>

use serde_json::Value;

/// Parameters with their values, in the order in which they were given.
pub(crate) type DocumentParameters = Vec<(String, String)>;

const BEFORE: &str = "${aws:iot:parameter:";

/// What stands for a parameter in a document.
pub(crate) fn placeholder(key: &str) -> String {
    format!("{BEFORE}{key}}}")
}

/// The document with the values in place of the placeholders, and an empty text in place of those without a value.
///
/// GUESS: a value is escaped as JSON requires it; the document would not be JSON otherwise, and every document of a managed
/// template has its placeholders in texts.
pub(crate) fn fill(document: &str, parameters: &DocumentParameters) -> String {
    let mut parts = document.split(BEFORE);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (key, rest) = part.split_once('}').unwrap_or((part, ""));
        let value = parameters.iter().find(|(name, _)| name == key);
        if let Some((_, value)) = value {
            let text = Value::from(value.as_str()).to_string();
            filled.push_str(&text[1..text.len() - 1]);
        }
        filled.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_places_of_placeholders() {
        for (document, expected) in [
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (
                r#"["${aws:iot:parameter:a}","${aws:iot:parameter:b}"]"#,
                r#"["x","say \"b\\\""]"#,
            ),
            (
                r#"["-${aws:iot:parameter:a}${aws:iot:parameter:a}-","${aws:iot:parameter:none}"]"#,
                r#"["-xx-",""]"#,
            ),
            // A value is not read for further placeholders.
            (
                r#"["${aws:iot:parameter:c}"]"#,
                r#"["${aws:iot:parameter:a}"]"#,
            ),
            (r#"["${aws:iot:other:a}"]"#, r#"["${aws:iot:other:a}"]"#),
        ] {
            let parameters = [
                ("a", "x"),
                ("b", "say \"b\\\""),
                ("c", "${aws:iot:parameter:a}"),
            ];
            let parameters = parameters.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(fill(document, &parameters.to_vec()), expected, "{document}");
        }
    }
}
