//! The headers of requests: what is kept with an object, and what is refused.

use std::collections::BTreeMap;

use crate::service::objects::answer::ObjectError;
use crate::service::objects::digests::CHECKSUM;
use crate::service::objects::request::{ObjectHead, ObjectRequest};

/// What the headers of metadata begin with.
pub(crate) const METADATA: &str = "x-amz-meta-";

/// The headers that are kept with an object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
pub(crate) const STORED_HEADERS: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax>
const DEFAULT_TYPE: &str = "binary/octet-stream";

/// Bytes of all metadata of an object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
const METADATA_BYTES: usize = 2048;

/// Headers of a response that a request can replace.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
pub(crate) const REPLACED: [&str; 6] = [
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

/// Headers of S3 that change nothing that the local service keeps, or that an operation reads. Any other one is refused.
const HEADERS: [&str; 18] = [
    "x-amz-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-checksum-type",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-expires",
    "x-amz-metadata-directive",
    "x-amz-mp-object-size",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-source-expected-bucket-owner",
    "x-amz-trailer",
    "x-amz-trailer-signature",
    "x-amz-user-agent",
];

/// Headers with a value that asks for what S3 does without them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax>
const DEFAULTS: [(&str, &str); 4] = [
    ("x-amz-acl", "private"),
    // The owner of the bucket is also that of the object.
    ("x-amz-acl", "bucket-owner-full-control"),
    ("x-amz-server-side-encryption", "AES256"),
    ("x-amz-storage-class", "STANDARD"),
];

/// What of a request is kept with its object.
pub(crate) fn stored_headers(
    request: &ObjectRequest,
) -> Result<BTreeMap<String, String>, ObjectError> {
    let is_stored = |name: &str| name.starts_with(METADATA) || STORED_HEADERS.contains(&name);
    let headers = request.head.headers.iter();
    let mut stored: BTreeMap<String, String> = headers
        .filter(|(name, _)| is_stored(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let metadata = stored.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(METADATA)?;
        Some(name.len() + value.len())
    });
    if metadata.sum::<usize>() > METADATA_BYTES {
        return Err(ObjectError::new(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    let kind = stored.entry("content-type".to_owned());
    kind.or_insert_with(|| DEFAULT_TYPE.to_owned());
    Ok(stored)
}

/// Refuses headers that ask for what is not emulated.
pub(crate) fn check_headers(head: &ObjectHead) -> Result<(), ObjectError> {
    let is_known = |name: &str| {
        !name.starts_with("x-amz-")
            || name.starts_with(METADATA)
            || name.starts_with(CHECKSUM)
            || STORED_HEADERS.contains(&name)
            || HEADERS.contains(&name)
    };
    let is_default = |name: &str, value: &str| DEFAULTS.contains(&(name, value));
    let mut headers = head.headers.iter();
    match headers.find(|(name, value)| !is_known(name) && !is_default(name, value)) {
        Some((unknown, _)) => Err(ObjectError::not_emulated(&format!(
            "the header `{unknown}` of Amazon S3"
        ))),
        None => Ok(()),
    }
}
