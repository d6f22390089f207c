//! XML as S3 writes and reads it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is if keys are encoded.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b'/');

/// The namespace of all results.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

const ENTITIES: [(&str, &str); 5] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    // The last one, so that no other is read twice.
    ("&amp;", "&"),
];

/// A document with this root around these elements.
pub(crate) fn document(root: &str, inside: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">{inside}</{root}>"
    )
    .into_bytes()
}

/// An element with a text.
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// An element around others.
pub(crate) fn parent(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

/// A key, percent-encoded if the request asks for that: XML cannot contain every character.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(crate) fn key_text(key: &str, is_encoded: bool) -> String {
    if is_encoded {
        utf8_percent_encode(key, KEY).to_string()
    } else {
        key.to_owned()
    }
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            // XML 1.0 cannot contain them, even escaped.
            c if u32::from(c) < 0x20 && !matches!(c, '\n' | '\t') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// What is in each element of this name, in order.
pub(crate) fn inside<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&start).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(&end)?.0))
        .collect()
}

/// The text of the first element of this name.
pub(crate) fn text(xml: &str, name: &str) -> Option<String> {
    let text = (*inside(xml, name).first()?).to_owned();
    let text = ["&#13;", "&#xD;", "&#xd;"]
        .iter()
        .fold(text, |text, entity| text.replace(entity, "\r"));
    Some(
        ENTITIES
            .iter()
            .fold(text, |text, (entity, c)| text.replace(entity, c)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for key in ["a/b.bin", " a ", "a<b>&\"c'", "&amp;lt;", "ü\r\nz", "&#13;"] {
            let xml = format!("<Delete>{}</Delete>", element("Key", key));
            assert_eq!(text(&xml, "Key").as_deref(), Some(key), "{xml}");
        }
        let xml = "<P><N>1</N></P><P><N>2</N></P>";
        assert_eq!(inside(xml, "P"), ["<N>1</N>", "<N>2</N>"]);
        assert_eq!(text(xml, "M"), None);
        assert_eq!(inside("<P>1", "P"), Vec::<&str>::new());
        assert_eq!(escape("a\u{1}b"), "a\u{fffd}b");
    }
}
