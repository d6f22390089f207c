//! Which request is which operation.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::protocol::EpochMillis;
use crate::service::objects::answer::{ObjectAnswer, ObjectError, ObjectResponse};
use crate::service::objects::call::ObjectCall;
use crate::service::objects::headers::{REPLACED, check_headers};
use crate::service::objects::request::{ObjectHead, ObjectRequest};
use crate::service::objects::store::ObjectName;
use crate::service::objects::{bucket_api, list_api, object_api, presign, upload_api};
use crate::service::state::Service;

type Run = fn(&mut Service, &ObjectCall<'_>) -> ObjectAnswer;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Account,
    Bucket,
    Object,
}

/// An operation: its method, its subject, the parameters that select it, and those that it also takes.
struct Operation {
    method: &'static str,
    subject: Subject,
    selected_by: &'static [&'static str],
    takes: &'static [&'static str],
    run: Run,
}

const fn operation(
    method: &'static str,
    subject: Subject,
    selected_by: &'static [&'static str],
    takes: &'static [&'static str],
    run: Run,
) -> Operation {
    Operation {
        method,
        subject,
        selected_by,
        takes,
        run,
    }
}

/// Those with more parameters come before those with fewer.
const OPERATIONS: &[Operation] = {
    use Subject::{Account, Bucket, Object};
    const LIST_V2: &[&str] = &[
        "continuation-token",
        "delimiter",
        "encoding-type",
        "fetch-owner",
        "max-keys",
        "prefix",
        "start-after",
    ];
    const LIST_V1: &[&str] = &["delimiter", "encoding-type", "marker", "max-keys", "prefix"];
    &[
        operation(
            "GET",
            Account,
            &[],
            &["continuation-token", "max-buckets", "prefix"],
            bucket_api::list_buckets,
        ),
        operation(
            "GET",
            Bucket,
            &["location"],
            &[],
            bucket_api::get_bucket_location,
        ),
        operation(
            "GET",
            Bucket,
            &["uploads"],
            &["encoding-type", "prefix"],
            upload_api::list_multipart_uploads,
        ),
        operation(
            "GET",
            Bucket,
            &["list-type"],
            LIST_V2,
            list_api::list_objects_v2,
        ),
        operation("GET", Bucket, &[], LIST_V1, list_api::list_objects),
        operation("PUT", Bucket, &[], &[], bucket_api::create_bucket),
        operation("HEAD", Bucket, &[], &[], bucket_api::head_bucket),
        operation("DELETE", Bucket, &[], &[], bucket_api::delete_bucket),
        operation("POST", Bucket, &["delete"], &[], object_api::delete_objects),
        operation("GET", Object, &["uploadId"], &[], upload_api::list_parts),
        operation("GET", Object, &[], &REPLACED, object_api::get_object),
        operation("HEAD", Object, &[], &REPLACED, object_api::get_object),
        operation(
            "PUT",
            Object,
            &["partNumber", "uploadId"],
            &[],
            upload_api::upload_part,
        ),
        operation("PUT", Object, &[], &[], object_api::put_object),
        operation(
            "POST",
            Object,
            &["uploads"],
            &[],
            upload_api::create_multipart_upload,
        ),
        operation(
            "POST",
            Object,
            &["uploadId"],
            &[],
            upload_api::complete_multipart_upload,
        ),
        operation(
            "DELETE",
            Object,
            &["uploadId"],
            &[],
            upload_api::abort_multipart_upload,
        ),
        operation("DELETE", Object, &[], &[], object_api::delete_object),
    ]
};

impl Service {
    /// A request for objects. Nothing of it concerns jobs, so it causes no notification.
    pub fn handle_objects(&mut self, now: EpochMillis, request: &ObjectRequest) -> ObjectResponse {
        let answer = answer(self, now, request);
        let head = &request.head;
        let resource = head.resource();
        answer.unwrap_or_else(|error| error.response(&resource, &head.id))
    }
}

fn answer(service: &mut Service, now: EpochMillis, request: &ObjectRequest) -> ObjectAnswer {
    let head = &request.head;
    let query: BTreeMap<String, String> = form_urlencoded::parse(head.query.as_bytes())
        .into_owned()
        .collect();
    presign::check(&service.identity, now, head, &query)?;
    let name = named(head)?;
    let operation = find(head, &name, &query)?;
    check_headers(head)?;
    let call = ObjectCall {
        now,
        request,
        name: &name,
        query: &query,
    };
    (operation.run)(service, &call)
}

/// The bucket and the key of a path.
fn named(head: &ObjectHead) -> Result<ObjectName, ObjectError> {
    let path = head.path.strip_prefix('/').unwrap_or(&head.path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(Cow::into_owned)
            .map_err(|_| ObjectError::new(400, "InvalidURI", "Couldn't parse the specified URI."))
    };
    Ok(ObjectName {
        bucket: decoded(bucket)?,
        key: decoded(key)?,
    })
}

fn find(
    head: &ObjectHead,
    name: &ObjectName,
    query: &BTreeMap<String, String>,
) -> Result<&'static Operation, ObjectError> {
    let subject = match (name.bucket.is_empty(), name.key.is_empty()) {
        (true, _) => Subject::Account,
        (false, true) => Subject::Bucket,
        (false, false) => Subject::Object,
    };
    let has = |names: &[&str]| names.iter().all(|name| query.contains_key(*name));
    let mut operations = OPERATIONS.iter();
    let operation = operations
        .find(|it| it.method == head.method && it.subject == subject && has(it.selected_by));
    let is_known = |operation: &Operation, name: &str| {
        let lower = name.to_ascii_lowercase();
        lower == "x-id"
            || lower.starts_with("x-amz-")
            || matches!(name, "AWSAccessKeyId" | "Expires" | "Signature")
            || operation.selected_by.contains(&name)
            || operation.takes.contains(&name)
    };
    let Some(operation) = operation else {
        return Err(ObjectError::not_emulated(&format!(
            "`{} {}` of Amazon S3",
            head.method,
            head.resource()
        )));
    };
    match query.keys().find(|name| !is_known(operation, name)) {
        Some(unknown) => Err(ObjectError::not_emulated(&format!(
            "`{unknown}` of Amazon S3 in a request `{} {}`",
            head.method,
            head.resource()
        ))),
        None => Ok(operation),
    }
}
