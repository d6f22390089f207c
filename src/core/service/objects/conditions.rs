//! Conditions on the object that a request is for: the headers `If-…`.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use crate::service::objects::answer::ObjectError;
use crate::service::objects::request::ObjectRequest;
use crate::service::objects::store::Object;
use crate::service::objects::times;

/// Whether an object is read: `false` if the client has it already. A time counts only without the tags that mean the same.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
/// <https://datatracker.ietf.org/doc/html/rfc9110#section-13.2.2>
pub(crate) fn is_read(request: &ObjectRequest, object: &Object) -> Result<bool, ObjectError> {
    let is_modified_since = |name: &str| {
        let time = times::read_of_header(request.header(name)?)?;
        Some(time.seconds() < object.modified_at.seconds())
    };
    if let Some(tags) = request.header("if-match") {
        if !is_named(tags, object) {
            return Err(ObjectError::precondition_failed("If-Match"));
        }
    } else if is_modified_since("if-unmodified-since") == Some(true) {
        return Err(ObjectError::precondition_failed("If-Unmodified-Since"));
    }
    Ok(match request.header("if-none-match") {
        Some(tags) => !is_named(tags, object),
        None => is_modified_since("if-modified-since").unwrap_or(true),
    })
}

/// Refuses to put an object with this key in the place of the one that is there.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub(crate) fn check_write(
    request: &ObjectRequest,
    key: &str,
    existing: Option<&Object>,
) -> Result<(), ObjectError> {
    match request.header("if-none-match") {
        None => {}
        Some("*") if existing.is_none() => {}
        Some("*") => return Err(ObjectError::precondition_failed("If-None-Match")),
        // S3 itself has nothing but the asterisk.
        Some(_) => {
            return Err(ObjectError::new(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
            )
            .with("Header", "If-None-Match"));
        }
    }
    match (request.header("if-match"), existing) {
        (Some(_), None) => Err(ObjectError::no_such_key(key)),
        (tags, object) => check_match(tags, object),
    }
}

/// Refuses to delete an object that has another tag. GUESS: where it does not exist, no tag matches; the guide describes only objects
/// that exist.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html>
pub(crate) fn check_match(
    tags: Option<&str>,
    existing: Option<&Object>,
) -> Result<(), ObjectError> {
    match tags {
        Some(tags) if !existing.is_some_and(|object| is_named(tags, object)) => {
            Err(ObjectError::precondition_failed("If-Match"))
        }
        _ => Ok(()),
    }
}

/// Whether a list of tags names an object; an asterisk names every one.
fn is_named(tags: &str, object: &Object) -> bool {
    let mut tags = tags.split(',').map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_matches('"') == object.etag)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::protocol::EpochMillis;
    use crate::service::objects::request::ObjectHead;

    /// Of 2026-11-22, 08:30:05 and a half.
    fn object() -> Object {
        Object {
            content: Vec::new().into(),
            etag: "ab".to_owned(),
            modified_at: EpochMillis(1_795_336_205_500),
            headers: BTreeMap::new(),
            checksum: None,
        }
    }

    fn request(headers: &[(&str, &str)]) -> ObjectRequest {
        let headers = headers.iter();
        let head = ObjectHead {
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..ObjectHead::default()
        };
        ObjectRequest::read(head, Vec::new()).expect("a request")
    }

    const BEFORE: &str = "Sun, 22 Nov 2026 08:30:04 GMT";
    const SAME: &str = "Sun, 22 Nov 2026 08:30:05 GMT";

    #[test]
    fn a_read_depends_on_tags_and_times() {
        const FAILED: Result<bool, ()> = Err(());
        for (headers, expected) in [
            (&[][..], Ok(true)),
            (&[("if-match", "\"ab\"")], Ok(true)),
            (&[("if-match", "\"cd\", ab")], Ok(true)),
            (&[("if-match", "*")], Ok(true)),
            (&[("if-match", "\"cd\"")], FAILED),
            (&[("if-none-match", "\"cd\"")], Ok(true)),
            (&[("if-none-match", "\"ab\"")], Ok(false)),
            (&[("if-unmodified-since", BEFORE)], FAILED),
            (&[("if-unmodified-since", SAME)], Ok(true)),
            (&[("if-modified-since", BEFORE)], Ok(true)),
            (&[("if-modified-since", SAME)], Ok(false)),
            (&[("if-modified-since", "yesterday")], Ok(true)),
            // Tags decide where both are there.
            (
                &[("if-match", "ab"), ("if-unmodified-since", BEFORE)],
                Ok(true),
            ),
            (
                &[("if-none-match", "cd"), ("if-modified-since", SAME)],
                Ok(true),
            ),
            (
                &[("if-none-match", "ab"), ("if-modified-since", BEFORE)],
                Ok(false),
            ),
        ] {
            let read = is_read(&request(headers), &object()).map_err(|_| ());
            assert_eq!(read, expected, "{headers:?}");
        }
    }

    #[test]
    fn a_write_depends_on_what_is_there() {
        let object = object();
        for (header, absent, present) in [
            (("if-none-match", "*"), true, false),
            (("if-none-match", "\"cd\""), false, false),
            (("if-match", "\"ab\""), false, true),
            (("if-match", "*"), false, true),
            (("if-match", "\"cd\""), false, false),
            (("if-range", "\"cd\""), true, true),
        ] {
            let request = request(&[header]);
            let is_written = |it| check_write(&request, "key", it).is_ok();
            let written = (is_written(None), is_written(Some(&object)));
            assert_eq!(written, (absent, present), "{header:?}");
        }
    }

    #[test]
    fn a_deletion_depends_on_the_tag() {
        let object = object();
        for (tags, absent, present) in [
            (None, true, true),
            (Some("*"), false, true),
            (Some("\"ab\""), false, true),
            (Some("\"cd\""), false, false),
        ] {
            let is_deleted = |it| check_match(tags, it).is_ok();
            let deleted = (is_deleted(None), is_deleted(Some(&object)));
            assert_eq!(deleted, (absent, present), "{tags:?}");
        }
    }
}
