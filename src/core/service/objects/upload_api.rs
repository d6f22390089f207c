//! Uploads in parts.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use std::sync::Arc;

use crate::service::objects::answer::{ObjectAnswer, ObjectError, ObjectResponse};
use crate::service::objects::call::ObjectCall;
use crate::service::objects::conditions;
use crate::service::objects::content::Content;
use crate::service::objects::digests::{hex, md5};
use crate::service::objects::headers::stored_headers;
use crate::service::objects::object_api::{check_key, with_checksum};
use crate::service::objects::store::{Object, Part, Upload};
use crate::service::objects::times;
use crate::service::objects::xml::{element, inside, key_text, parent, text};
use crate::service::state::Service;

/// The numbers of parts, and the bytes that each but the last has at least.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PARTS: std::ops::RangeInclusive<u16> = 1..=10_000;
const PART_BYTES_MIN: usize = 5 << 20;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>
pub(crate) fn create_multipart_upload(
    service: &mut Service,
    call: &ObjectCall<'_>,
) -> ObjectAnswer {
    check_key(&call.name.key)?;
    let id = service.ids.fresh_id().replace('-', "");
    let upload = Upload {
        name: call.name.clone(),
        headers: stored_headers(call.request)?,
        begun_at: call.now,
        parts: std::collections::BTreeMap::new(),
    };
    service.objects.begin_upload(id.clone(), upload)?;
    let result = element("Bucket", &call.name.bucket)
        + &element("Key", &call.name.key)
        + &element("UploadId", &id);
    Ok(ObjectResponse::xml(
        "InitiateMultipartUploadResult",
        &result,
    ))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
pub(crate) fn upload_part(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let request = call.request;
    if request.header("x-amz-copy-source").is_some() {
        return Err(ObjectError::not_emulated("UploadPartCopy of Amazon S3"));
    }
    let number = call.query("partNumber").and_then(|it| it.parse().ok());
    let number = number
        .filter(|number| PARTS.contains(number))
        .ok_or_else(|| {
            ObjectError::invalid_argument(
                "Part number must be an integer between 1 and 10000, inclusive",
            )
        })?;
    let part = Part {
        content: Arc::clone(&request.body),
        md5: request.md5,
        modified_at: call.now,
    };
    let id = call.query("uploadId").unwrap_or_default();
    service.objects.put_part((id, call.name), number, part)?;
    let etag = format!("\"{}\"", hex(&request.md5));
    let response = ObjectResponse::empty(200).with("etag", etag);
    Ok(with_checksum(response, request.checksum.as_ref()))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
pub(crate) fn complete_multipart_upload(
    service: &mut Service,
    call: &ObjectCall<'_>,
) -> ObjectAnswer {
    let id = call.query("uploadId").unwrap_or_default();
    let upload = service.objects.upload(id, call.name)?;
    let parts = chosen(upload, call.request.text()?)?;
    let existing = service.objects.get(call.name);
    conditions::check_write(call.request, &call.name.key, existing)?;
    let sums: Vec<u8> = parts.iter().flat_map(|part| part.md5).collect();
    let pieces = parts.iter().map(|part| Arc::clone(&part.content));
    // The sum of the sums, and their number.
    let etag = format!("{}-{}", hex(&md5(&sums)), parts.len());
    let object = Object {
        content: Content::of(pieces.collect()),
        etag: etag.clone(),
        modified_at: call.now,
        headers: upload.headers.clone(),
        checksum: None,
    };
    service.objects.complete_upload((id, call.name), object)?;
    let url = format!("{}{}", service.identity.object_url, call.request.head.path);
    let result = element("Location", &url)
        + &element("Bucket", &call.name.bucket)
        + &element("Key", &call.name.key)
        + &element("ETag", &format!("\"{etag}\""));
    Ok(ObjectResponse::xml(
        "CompleteMultipartUploadResult",
        &result,
    ))
}

/// The parts that a client puts together, which must be in order.
fn chosen<'a>(upload: &'a Upload, xml: &str) -> Result<Vec<&'a Part>, ObjectError> {
    let mut parts = Vec::new();
    let mut last = 0;
    for part in inside(xml, "Part") {
        let number = text(part, "PartNumber").and_then(|it| it.trim().parse::<u16>().ok());
        let number = number.ok_or_else(ObjectError::malformed_xml)?;
        let etag = text(part, "ETag").ok_or_else(ObjectError::malformed_xml)?;
        if number <= last {
            return Err(ObjectError::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
            ));
        }
        last = number;
        let found = upload.parts.get(&number);
        let found = found.filter(|part| hex(&part.md5) == etag.trim().trim_matches('"'));
        parts.push(found.ok_or_else(|| {
            ObjectError::new(
                400,
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                 specified entity tag may not match the part's entity tag.",
            )
            .with("PartNumber", number.to_string())
        })?);
    }
    let (_, before) = parts.split_last().ok_or_else(ObjectError::malformed_xml)?;
    if before
        .iter()
        .any(|part| part.content.len() < PART_BYTES_MIN)
    {
        return Err(ObjectError::new(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .with("MinSizeAllowed", PART_BYTES_MIN.to_string()));
    }
    Ok(parts)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
pub(crate) fn abort_multipart_upload(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let id = call.query("uploadId").unwrap_or_default();
    service.objects.upload(id, call.name)?;
    service.objects.end_upload(id);
    Ok(ObjectResponse::empty(204))
}

/// All uploads of a bucket: there are fewer than a page has.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
pub(crate) fn list_multipart_uploads(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let bucket = &call.name.bucket;
    service.objects.bucket(bucket)?;
    let prefix = call.query("prefix").unwrap_or_default();
    let is_encoded = call.query("encoding-type") == Some("url");
    let mut uploads = String::new();
    for (id, upload) in service.objects.uploads() {
        let name = &upload.name;
        if name.bucket != *bucket || !name.key.starts_with(prefix) {
            continue;
        }
        let inside = element("Key", &key_text(&name.key, is_encoded))
            + &element("UploadId", id)
            + &element("Initiated", &times::of_list(upload.begun_at));
        uploads += &parent("Upload", &inside);
    }
    if is_encoded {
        uploads += &element("EncodingType", "url");
    }
    let result = element("Bucket", bucket) + &element("IsTruncated", "false") + &uploads;
    Ok(ObjectResponse::xml("ListMultipartUploadsResult", &result))
}

/// All parts: there are fewer than a page has, because each but the last one is large.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>
pub(crate) fn list_parts(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let id = call.query("uploadId").unwrap_or_default();
    let upload = service.objects.upload(id, call.name)?;
    let mut parts = String::new();
    for (number, part) in &upload.parts {
        let inside = element("PartNumber", &number.to_string())
            + &element("LastModified", &times::of_list(part.modified_at))
            + &element("ETag", &format!("\"{}\"", hex(&part.md5)))
            + &element("Size", &part.content.len().to_string());
        parts += &parent("Part", &inside);
    }
    let result = element("Bucket", &call.name.bucket)
        + &element("Key", &call.name.key)
        + &element("UploadId", id)
        + &element("IsTruncated", "false")
        + &parts;
    Ok(ObjectResponse::xml("ListPartsResult", &result))
}
