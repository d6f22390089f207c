//! Operations on objects.

use std::ops::Range;
use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::service::objects::answer::{ObjectAnswer, ObjectBody, ObjectError, ObjectResponse};
use crate::service::objects::call::ObjectCall;
use crate::service::objects::conditions;
use crate::service::objects::content::Content;
use crate::service::objects::digests::hex;
use crate::service::objects::headers::{REPLACED, stored_headers};
use crate::service::objects::store::{Object, ObjectName};
use crate::service::objects::times;
use crate::service::objects::xml::{element, inside, parent, text};
use crate::service::state::Service;

/// Bytes of a key. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const KEY_BYTES: usize = 1024;

/// Keys of one request that deletes objects.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const DELETED_KEYS: usize = 1000;

pub(crate) fn check_key(key: &str) -> Result<(), ObjectError> {
    if key.len() > KEY_BYTES {
        return Err(
            ObjectError::new(400, "KeyTooLongError", "Your key is too long")
                .with("MaxSizeAllowed", KEY_BYTES.to_string()),
        );
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub(crate) fn put_object(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let (name, request) = (call.name, call.request);
    check_key(&name.key)?;
    service.objects.bucket(&name.bucket)?;
    conditions::check_write(request, &name.key, service.objects.get(name))?;
    if let Some(source) = request.header("x-amz-copy-source") {
        return copy_object(service, call, source);
    }
    let etag = hex(&request.md5);
    let object = Object {
        content: Content::of(vec![Arc::clone(&request.body)]),
        etag: etag.clone(),
        modified_at: call.now,
        headers: stored_headers(request)?,
        checksum: request.checksum.clone(),
    };
    service.objects.put(name.clone(), object)?;
    let response = ObjectResponse::empty(200).with("etag", format!("\"{etag}\""));
    Ok(with_checksum(response, request.checksum.as_ref()))
}

pub(crate) fn with_checksum(
    response: ObjectResponse,
    checksum: Option<&(String, String)>,
) -> ObjectResponse {
    match checksum {
        Some((name, sum)) => response
            .with(name, sum)
            .with("x-amz-checksum-type", "FULL_OBJECT"),
        None => response,
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
fn copy_object(service: &mut Service, call: &ObjectCall<'_>, source: &str) -> ObjectAnswer {
    if source.contains("?versionId=") {
        return Err(ObjectError::not_emulated("versions of S3 objects"));
    }
    let source = percent_decode_str(source).decode_utf8_lossy();
    let source = source.strip_prefix('/').unwrap_or(&source);
    let named = source.split_once('/').filter(|(_, key)| !key.is_empty());
    let (bucket, key) =
        named.ok_or_else(|| ObjectError::invalid_argument("Invalid copy source object key"))?;
    let source = ObjectName {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
    };
    let is_replaced = call.request.header("x-amz-metadata-directive") == Some("REPLACE");
    if source == *call.name && !is_replaced {
        return Err(ObjectError::new(
            400,
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's \
             metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let mut object = service.objects.object(&source)?.clone();
    object.modified_at = call.now;
    if is_replaced {
        object.headers = stored_headers(call.request)?;
    }
    let result = element("LastModified", &times::of_list(call.now))
        + &element("ETag", &format!("\"{}\"", object.etag));
    service.objects.put(call.name.clone(), object)?;
    Ok(ObjectResponse::xml("CopyObjectResult", &result))
}

/// Also HeadObject, the response to which has no body.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
pub(crate) fn get_object(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let request = call.request;
    let object = service.objects.object(call.name)?;
    let etag = format!("\"{}\"", object.etag);
    if !conditions::is_read(request, object)? {
        return Ok(ObjectResponse::empty(304).with("etag", etag));
    }
    let length = object.content.len();
    let (status, part) = match asked(request.header("range"), length) {
        Asked::Whole => (200, 0..length),
        Asked::Part(part) => (206, part),
        Asked::Outside => {
            return Err(ObjectError::new(
                416,
                "InvalidRange",
                "The requested range is not satisfiable",
            )
            .with(
                "RangeRequested",
                request.header("range").unwrap_or_default(),
            )
            .with("ActualObjectSize", length.to_string()));
        }
    };
    let mut response = ObjectResponse::empty(status)
        .with("accept-ranges", "bytes")
        .with("etag", etag)
        .with("last-modified", times::of_header(object.modified_at));
    if status == 206 {
        let place = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        response = response.with("content-range", place);
    } else if request.header("x-amz-checksum-mode") == Some("ENABLED") {
        response = with_checksum(response, object.checksum.as_ref());
    }
    let mut headers = object.headers.clone();
    for name in REPLACED {
        if let Some(value) = call.query(name) {
            let name = name.trim_start_matches("response-");
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    response.headers.extend(headers);
    response.body = ObjectBody::Part(object.content.clone(), part);
    Ok(response)
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<usize>),
    /// The part does not exist.
    Outside,
}

/// What the header `Range` asks for. S3 does not serve several parts at a time. GUESS: it then sends the whole object, as the
/// standard allows.
/// <https://datatracker.ietf.org/doc/html/rfc9110#section-14.2>
fn asked(header: Option<&str>, length: usize) -> Asked {
    match header.and_then(|header| range(header, length)) {
        Some(part) if part.is_empty() => Asked::Outside,
        Some(part) => Asked::Part(part),
        None => Asked::Whole,
    }
}

/// The part that a header names, which may be empty; `None` if the header does not count.
fn range(header: &str, length: usize) -> Option<Range<usize>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large is behind every end.
        is_number.then(|| text.parse::<usize>().unwrap_or(usize::MAX))
    };
    match (first.trim(), last.trim()) {
        ("", last) => Some(length.saturating_sub(number(last)?)..length),
        (first, "") => Some(number(first)?..length),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| first..last.saturating_add(1).min(length))
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
pub(crate) fn delete_object(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    service.objects.bucket(&call.name.bucket)?;
    let existing = service.objects.get(call.name);
    conditions::check_match(call.request.header("if-match"), existing)?;
    service.objects.remove(call.name);
    Ok(ObjectResponse::empty(204))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub(crate) fn delete_objects(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let bucket = &call.name.bucket;
    service.objects.bucket(bucket)?;
    let xml = call.request.text()?;
    let objects = inside(xml, "Object");
    if objects.is_empty() || objects.len() > DELETED_KEYS {
        return Err(ObjectError::malformed_xml());
    }
    if xml.contains("<VersionId>") {
        return Err(ObjectError::not_emulated("versions of S3 objects"));
    }
    let is_quiet = text(xml, "Quiet").as_deref() == Some("true");
    let mut deleted = String::new();
    for object in objects {
        let key = text(object, "Key").ok_or_else(ObjectError::malformed_xml)?;
        let name = ObjectName {
            bucket: bucket.clone(),
            key,
        };
        let tag = text(object, "ETag");
        let existing = service.objects.get(&name);
        if let Err(error) = conditions::check_match(tag.as_deref(), existing) {
            deleted += &parent("Error", &error.of_key(&name.key));
            continue;
        }
        service.objects.remove(&name);
        if !is_quiet {
            deleted += &parent("Deleted", &element("Key", &name.key));
        }
    }
    Ok(ObjectResponse::xml("DeleteResult", &deleted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_part_of_the_object() {
        use Asked::{Outside, Part, Whole};
        for (header, expected) in [
            ("bytes=0-0", Part(0..1)),
            ("bytes=2-5", Part(2..6)),
            ("bytes=2-", Part(2..10)),
            ("bytes=-3", Part(7..10)),
            ("bytes=-30", Part(0..10)),
            ("bytes=8-99999999999999999999", Part(8..10)),
            ("bytes=10-", Outside),
            ("bytes=10-12", Outside),
            ("bytes=-0", Outside),
            ("bytes=99999999999999999999-", Outside),
            ("bytes=5-2", Whole),
            ("bytes=-", Whole),
            ("bytes=a-b", Whole),
            ("bytes=+1-2", Whole),
            ("bytes=0-1,3-4", Whole),
            ("items=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(asked(Some(header), 10), expected, "{header}");
        }
        assert_eq!(asked(Some("bytes=0-"), 0), Outside);
        assert_eq!(asked(None, 0), Whole);
    }
}
