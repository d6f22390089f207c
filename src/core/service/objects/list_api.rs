//! Lists of objects, in pages.

use std::ops::Bound;

use crate::service::objects::answer::{ObjectAnswer, ObjectError, ObjectResponse};
use crate::service::objects::call::ObjectCall;
use crate::service::objects::store::{Object, ObjectName};
use crate::service::objects::times;
use crate::service::objects::xml::{element, key_text, parent};
use crate::service::page_token;
use crate::service::state::Service;

/// Entries of a page, also the default.
const PAGE_ENTRIES: usize = 1000;

/// How a list is asked for, and what it contains.
#[derive(Debug, Default)]
struct Page {
    prefix: String,
    delimiter: String,
    max: usize,
    is_encoded: bool,
    /// The account that each entry names, if any.
    owner: Option<String>,
    entries: String,
    count: usize,
    /// The last key or common prefix, if there are more.
    last: Option<String>,
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(crate) fn list_objects_v2(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let token = call.query("continuation-token");
    let bucket = &call.name.bucket;
    let last = token.map(|token| read_token(bucket, token)).transpose()?;
    let after = last.as_deref().or(call.query("start-after"));
    let has_owner = call.query("fetch-owner") == Some("true");
    let page = page(service, call, after.unwrap_or_default(), has_owner)?;
    let mut more = element("KeyCount", &page.count.to_string());
    if let Some(token) = token {
        more += &element("ContinuationToken", token);
    }
    if let Some(after) = call.query("start-after") {
        more += &element("StartAfter", &page.encoded(after));
    }
    if let Some(last) = &page.last {
        more += &element("NextContinuationToken", &token_of(bucket, last));
    }
    Ok(page.answer(call, &more))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>
pub(crate) fn list_objects(service: &mut Service, call: &ObjectCall<'_>) -> ObjectAnswer {
    let marker = call.query("marker").unwrap_or_default();
    let page = page(service, call, marker, true)?;
    let mut more = element("Marker", &page.encoded(marker));
    if let Some(last) = page.last.as_ref().filter(|_| !page.delimiter.is_empty()) {
        more += &element("NextMarker", &page.encoded(last));
    }
    Ok(page.answer(call, &more))
}

/// The token of the next page of a list: what the list is of, and the last name in it, which may contain what XML cannot.
pub(crate) fn token_of(scope: &str, last: &str) -> String {
    page_token::seal(&format!("{scope}/{last}"))
}

/// The last name of the page before.
pub(crate) fn read_token(scope: &str, token: &str) -> Result<String, ObjectError> {
    let text = page_token::open(token);
    let name = text
        .as_deref()
        .and_then(|text| text.strip_prefix(scope)?.strip_prefix('/'));
    name.map(str::to_owned).ok_or_else(|| {
        ObjectError::invalid_argument("The continuation token provided is incorrect")
    })
}

fn page(
    service: &Service,
    call: &ObjectCall<'_>,
    after: &str,
    has_owner: bool,
) -> Result<Page, ObjectError> {
    let bucket = &call.name.bucket;
    service.objects.bucket(bucket)?;
    let text = |name: &str| call.query(name).unwrap_or_default().to_owned();
    let max = match call.query("max-keys") {
        Some(max) => max.parse::<usize>().map_err(|_| {
            ObjectError::invalid_argument(
                "Provided max-keys not an integer or within integer range",
            )
        })?,
        None => PAGE_ENTRIES,
    };
    let is_encoded = match call.query("encoding-type") {
        None => false,
        Some("url") => true,
        Some(_) => {
            let message = "Invalid Encoding Method specified in Request";
            return Err(ObjectError::invalid_argument(message));
        }
    };
    let owner = has_owner.then(|| service.identity.account.clone());
    let mut page = Page {
        prefix: text("prefix"),
        delimiter: text("delimiter"),
        max: max.min(PAGE_ENTRIES),
        is_encoded,
        owner,
        ..Page::default()
    };
    let first = if after < &*page.prefix {
        Bound::Included(&*page.prefix.clone())
    } else {
        Bound::Excluded(after)
    };
    let first = first.map(str::to_owned);
    let objects = service
        .objects
        .of_bucket(bucket, first.as_ref().map(|key| &**key));
    page.fill(after, objects);
    Ok(page)
}

impl Page {
    /// Takes entries up to the end of the page. Keys with a common prefix are one entry.
    fn fill<'a>(
        &mut self,
        after: &str,
        objects: impl Iterator<Item = (&'a ObjectName, &'a Object)>,
    ) {
        let mut last = after.to_owned();
        let mut group = String::new();
        for (ObjectName { key, .. }, object) in objects {
            let Some(rest) = key.strip_prefix(&self.prefix) else {
                break;
            };
            let split = match &*self.delimiter {
                "" => None,
                delimiter => rest.find(delimiter).map(|at| at + delimiter.len()),
            };
            if let Some(length) = split {
                let common = &key[..self.prefix.len() + length];
                if common == group || common == after {
                    continue;
                }
                common.clone_into(&mut group);
            }
            if self.count == self.max {
                self.last = Some(last).filter(|_| self.max > 0);
                return;
            }
            self.count += 1;
            if split.is_some() {
                let prefix = element("Prefix", &self.encoded(&group));
                self.entries += &parent("CommonPrefixes", &prefix);
                last.clone_from(&group);
            } else {
                self.entries += &self.entry(key, object);
                last.clone_from(key);
            }
        }
    }

    fn entry(&self, key: &str, object: &Object) -> String {
        let mut inside = element("Key", &self.encoded(key))
            + &element("LastModified", &times::of_list(object.modified_at))
            + &element("ETag", &format!("\"{}\"", object.etag))
            + &element("Size", &object.content.len().to_string())
            + &element("StorageClass", "STANDARD");
        if let Some(owner) = &self.owner {
            inside += &parent("Owner", &element("ID", owner));
        }
        parent("Contents", &inside)
    }

    fn encoded(&self, key: &str) -> String {
        key_text(key, self.is_encoded)
    }

    fn answer(&self, call: &ObjectCall<'_>, more: &str) -> ObjectResponse {
        let mut inside = element("Name", &call.name.bucket);
        inside += &element("Prefix", &self.encoded(&self.prefix));
        if !self.delimiter.is_empty() {
            inside += &element("Delimiter", &self.encoded(&self.delimiter));
        }
        if self.is_encoded {
            inside += &element("EncodingType", "url");
        }
        inside += &element("MaxKeys", &self.max.to_string());
        inside += &element("IsTruncated", &self.last.is_some().to_string());
        inside += more;
        inside += &self.entries;
        ObjectResponse::xml("ListBucketResult", &inside)
    }
}
