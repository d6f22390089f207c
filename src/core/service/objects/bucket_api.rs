//! Operations on buckets.

use std::ops::Bound;

use crate::service::objects::answer::{ObjectAnswer, ObjectError, ObjectResponse};
use crate::service::objects::call::ObjectCall;
use crate::service::objects::list_api::{read_token, token_of};
use crate::service::objects::s3_url::is_bucket_name;
use crate::service::objects::store::{BUCKETS_MAX, Bucket};
use crate::service::objects::times;
use crate::service::objects::xml::{element, inside, parent, text};
use crate::service::state::Service;

/// The region without a location constraint.
const FIRST_REGION: &str = "us-east-1";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub(crate) fn list_buckets(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let max = match call.query("max-buckets").map(str::parse) {
        Some(Ok(max)) if max > 0 => max,
        Some(_) => return Err(ObjectError::invalid_argument("Invalid max-buckets")),
        None => BUCKETS_MAX,
    };
    let token = call.query("continuation-token");
    let after = token.map(|token| read_token("", token)).transpose()?;
    let after = after.unwrap_or_default();
    let prefix = call.query("prefix").unwrap_or_default();
    let buckets = service.objects.buckets.iter();
    let mut buckets = buckets.filter(|(name, _)| **name > after && name.starts_with(prefix));
    let (mut shown, mut last) = (String::new(), "");
    for (name, bucket) in buckets.by_ref().take(max) {
        let inside =
            element("Name", name) + &element("CreationDate", &times::of_list(bucket.created_at));
        shown += &parent("Bucket", &inside);
        last = name;
    }
    let owner = element("ID", &service.identity.account);
    let mut result = parent("Owner", &owner) + &parent("Buckets", &shown);
    if buckets.next().is_some() {
        result += &element("ContinuationToken", &token_of("", last));
    }
    Ok(ObjectResponse::xml("ListAllMyBucketsResult", &result))
}

/// Refuses a bucket in another region, and what else a bucket could be made with. The first region is never named, others
/// always are. <https://github.com/aws/aws-parallelcluster/pull/1190>
fn check_configuration(service: &Service, xml: &str) -> Result<(), ObjectError> {
    if xml.is_empty() && service.identity.region == FIRST_REGION {
        return Ok(());
    }
    if !xml.is_empty() && !xml.contains("<CreateBucketConfiguration") {
        return Err(ObjectError::malformed_xml());
    }
    let others = ["Tags", "Location", "Bucket"];
    if let Some(other) = others.iter().find(|name| !inside(xml, name).is_empty()) {
        return Err(ObjectError::not_emulated(&format!(
            "`{other}` of CreateBucket"
        )));
    }
    let region = &*service.identity.region;
    let given = text(xml, "LocationConstraint").filter(|given| !given.is_empty());
    match given.as_deref() {
        None if region == FIRST_REGION => Ok(()),
        Some("EU") if region == "eu-west-1" => Ok(()),
        Some(FIRST_REGION) => Err(ObjectError::new(
            400,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        )
        .with("LocationConstraint", FIRST_REGION)),
        Some(given) if given == region => Ok(()),
        // There, S3 makes buckets of any region.
        Some(given) if region == FIRST_REGION => Err(ObjectError::not_emulated(&format!(
            "a bucket in `{given}`, where the region of the service is `{region}`"
        ))),
        given => Err(ObjectError::new(
            400,
            "IllegalLocationConstraintException",
            format!(
                "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
                given.unwrap_or("unspecified")
            ),
        )),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
pub(crate) fn create_bucket(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let bucket = &call.name.bucket;
    if !is_bucket_name(bucket) {
        return Err(ObjectError::new(
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.",
        )
        .with("BucketName", bucket));
    }
    check_configuration(service, call.request.text()?)?;
    let is_new = service.objects.bucket(bucket).is_err();
    if !is_new && service.identity.region != FIRST_REGION {
        return Err(ObjectError::new(
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
        )
        .with("BucketName", bucket));
    }
    if is_new && service.objects.buckets.len() >= BUCKETS_MAX {
        return Err(ObjectError::new(
            400,
            "TooManyBuckets",
            format!("You have attempted to create more buckets than allowed, here {BUCKETS_MAX}"),
        ));
    }
    if is_new {
        let created_at = call.now;
        let bucket = bucket.clone();
        service
            .objects
            .buckets
            .insert(bucket, Bucket { created_at });
    }
    Ok(ObjectResponse::empty(200).with("location", format!("/{bucket}")))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
pub(crate) fn head_bucket(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    service.objects.bucket(&call.name.bucket)?;
    Ok(ObjectResponse::empty(200).with("x-amz-bucket-region", &service.identity.region))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html>
pub(crate) fn delete_bucket(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let bucket = &call.name.bucket;
    service.objects.bucket(bucket)?;
    let mut objects = service.objects.of_bucket(bucket, Bound::Unbounded);
    if objects.next().is_some() {
        return Err(ObjectError::new(
            409,
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty",
        )
        .with("BucketName", bucket));
    }
    drop(objects);
    service.objects.remove_bucket(bucket);
    Ok(ObjectResponse::empty(204))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
pub(crate) fn get_bucket_location(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    service.objects.bucket(&call.name.bucket)?;
    let region = &*service.identity.region;
    let region = if region == FIRST_REGION { "" } else { region };
    Ok(ObjectResponse::xml("LocationConstraint", region))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::identity::ServiceIdentity;
    use crate::service::objects::answer::ObjectBody;

    #[test]
    fn a_bucket_is_made_in_the_region_of_the_service() {
        for (region, given, expected) in [
            ("us-east-1", "", ""),
            ("us-east-1", "EU", "NotEmulatedException"),
            ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
            ("eu-west-1", "eu-west-1", ""),
            ("eu-west-1", "EU", ""),
            ("eu-west-1", "", "The unspecified location constraint is"),
            ("eu-west-1", "us-east-1", "InvalidLocationConstraint"),
            (
                "eu-west-1",
                "us-east-2",
                "The us-east-2 location constraint is",
            ),
        ] {
            let service = Service::new(ServiceIdentity {
                region: region.to_owned(),
                account: "123456789012".to_owned(),
                endpoint: "localhost".to_owned(),
                object_url: "http://localhost:8880".to_owned(),
                seed: 7,
            });
            let inside = element("LocationConstraint", given);
            let xml = parent("CreateBucketConfiguration", &inside);
            let refusal = check_configuration(&service, &xml).err();
            let body = refusal.map(|error| error.response("", "").body);
            let text = match body {
                Some(ObjectBody::Text(text)) => String::from_utf8_lossy(&text).into_owned(),
                _ => String::new(),
            };
            assert!(text.contains(expected), "{region} {given}: {text}");
            assert_eq!(
                text.is_empty(),
                expected.is_empty(),
                "{region} {given}: {text}"
            );
        }
    }
}
