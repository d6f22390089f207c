//! Placeholders for URLs in job documents: found and checked when a job is created, replaced each time a device gets the
//! document.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/create-manage-jobs.html#create-manage-jobs-presigned-URLs>

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::http::answer::HttpError;
use crate::service::identity::ServiceIdentity;
use crate::service::json as values;
use crate::service::objects::presign::{self, Allowed};
use crate::service::objects::s3_url::{self, S3UrlError};
use crate::service::objects::store::{ObjectName, Objects};

/// What all of them begin with.
const START: &str = "${aws:iot:s3-presigned-url";

/// The keywords in the key of an upload, and how often each may occur there.
const KEYWORDS: [&str; 3] = ["${thingName}", "${jobId}", "${executionNumber}"];
const KEYWORD_MAX: usize = 2;

/// `presignedUrlConfig`.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_PresignedUrlConfig.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PresignedUrlConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in_sec: Option<u64>,
}

impl PresignedUrlConfig {
    pub(crate) const fn is_empty(&self) -> bool {
        self.role_arn.is_none() && self.expires_in_sec.is_none()
    }

    /// As DescribeJob shows it.
    pub(crate) fn view(&self) -> Value {
        let mut view = json!({});
        values::add(&mut view, "roleArn", self.role_arn.as_ref());
        values::add(&mut view, "expiresInSec", self.expires_in_sec);
        view
    }

    /// Refuses what is not the ARN of a role. GUESS: which ARNs are accepted is that of IAM; whether the role exists, and what it
    /// may do, cannot be known here.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
    pub(crate) fn check(&self) -> Result<(), HttpError> {
        match &self.role_arn {
            Some(arn) if !is_role(arn) => Err(HttpError::invalid_request(format!(
                "Given role {arn} is invalid."
            ))),
            _ => Ok(()),
        }
    }
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", partition, "iam", "", account, role] = parts.as_slice() else {
        return false;
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let name = role.strip_prefix("role/").unwrap_or_default();
    let is_in_name = |c: char| c.is_ascii_graphic();
    partition.starts_with("aws")
        && is_account
        && !name.is_empty()
        && !name.ends_with('/')
        && name.chars().all(is_in_name)
        && (20..=2048).contains(&arn.len())
}

/// The versions of the placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its URL is taken as it is.
    Download,
    /// Its URL is percent-encoded.
    EncodedDownload,
    Upload,
}

/// A placeholder in the text of a document, which is JSON.
#[derive(Debug)]
struct Placeholder {
    /// Where it is.
    range: Range<usize>,
    /// Its name, such as `s3-presigned-url`.
    name: String,
    /// `None` if AWS does not have a placeholder of this name.
    kind: Option<Kind>,
    /// Without the escapes of JSON.
    url: String,
}

/// The placeholders of a document, in order, without those that are in another one.
fn placeholders(document: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = document[from..].find(START) {
        let start = from + at;
        let placeholder = placeholder_at(document, start);
        from = placeholder
            .as_ref()
            .map_or(start + START.len(), |it| it.range.end);
        found.extend(placeholder);
    }
    found
}

/// The placeholder that begins here; `None` if it has no end, or no URL.
fn placeholder_at(document: &str, start: usize) -> Option<Placeholder> {
    let inside = start + "${".len();
    let length = closing(&document[inside..])?;
    let text = &document[inside..inside + length];
    let (name, url) = text.strip_prefix("aws:iot:")?.split_once(':')?;
    Some(Placeholder {
        range: start..inside + length + 1,
        name: name.to_owned(),
        kind: match name {
            // The guide also calls the first one `-v1`.
            "s3-presigned-url" | "s3-presigned-url-v1" => Some(Kind::Download),
            "s3-presigned-url-v2" => Some(Kind::EncodedDownload),
            "s3-presigned-url-upload" => Some(Kind::Upload),
            _ => None,
        },
        url: serde_json::from_str(&format!("\"{url}\"")).ok()?,
    })
}

/// The place of the brace that closes a placeholder, which may have others in it.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            '{' if text[..at].ends_with('$') => depth += 1,
            // It does not go on behind the text that it is in.
            '"' if !text[..at].ends_with('\\') => return None,
            _ => {}
        }
    }
    None
}

impl Placeholder {
    /// GUESS: the key of an object cannot contain another placeholder. AWS does not describe one, and the device could only
    /// get it as it is.
    fn object(&self) -> Result<ObjectName, S3UrlError> {
        match self.kind {
            _ if self.url.contains(START) => Err(S3UrlError::NotS3),
            Some(Kind::EncodedDownload) => s3_url::read_encoded(&self.url),
            _ => s3_url::read(&self.url),
        }
    }

    /// Refuses a placeholder that AWS cannot replace.
    fn check(&self, objects: &Objects) -> Result<(), HttpError> {
        let url = &self.url;
        if self.kind.is_none() {
            let name = &self.name;
            return Err(HttpError::not_emulated(&format!(
                "the placeholder `${{aws:iot:{name}:…}}` of a job document"
            )));
        }
        let object = self.object().map_err(|error| {
            HttpError::invalid_request(match error {
                S3UrlError::NotS3 => format!("Given S3 url {url} is invalid."),
                S3UrlError::NoKey => {
                    format!("Provided S3 url is not valid: {url}. Error: Key cannot be null")
                }
            })
        })?;
        if self.kind == Some(Kind::Upload) {
            return check_upload(&object, objects);
        }
        if self.kind == Some(Kind::EncodedDownload) && object.key.contains("?versionId=") {
            return Err(HttpError::not_emulated("versions of S3 objects"));
        }
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/software-package-catalog-troubleshooting.html>
fn check_upload(object: &ObjectName, objects: &Objects) -> Result<(), HttpError> {
    let mut keywords = KEYWORDS.iter();
    if let Some(keyword) = keywords.find(|it| object.key.matches(**it).count() > KEYWORD_MAX) {
        // GUESS: the rule is documented, the message is not.
        return Err(HttpError::invalid_request(format!(
            "The key of a presigned url upload placeholder cannot contain {keyword} more than {KEYWORD_MAX} times."
        )));
    }
    if objects.bucket(&object.bucket).is_err() {
        return Err(HttpError::invalid_request(
            "S3 bucket in job document presigned url upload placeholder not found",
        ));
    }
    Ok(())
}

/// Refuses a document whose placeholders AWS cannot replace. It has no unnecessary escapes.
pub(crate) fn check(
    document: &str,
    job: &str,
    config: &PresignedUrlConfig,
    objects: &Objects,
) -> Result<(), HttpError> {
    for placeholder in placeholders(document) {
        let is_first = placeholder.kind == Some(Kind::Download);
        if placeholder.kind.is_some() && config.role_arn.is_none() {
            // Recorded session.
            return Err(HttpError::invalid_request(if is_first {
                format!("Role must be provided for pre-sign S3 urls in job document of job {job}.")
            } else {
                "presignedUrlConfig role ARN is required to generate an S3 presigned url in job document."
                    .to_owned()
            }));
        }
        placeholder.check(objects)?;
    }
    Ok(())
}

/// The execution for which a document is handed out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipient<'a> {
    pub(crate) thing: &'a ThingName,
    pub(crate) job: &'a JobId,
    pub(crate) execution_number: u64,
    pub(crate) now: EpochMillis,
}

/// A document with URLs in the place of its placeholders. Each of them is signed anew.
pub(crate) fn fill<'a>(
    document: &'a RawValue,
    config: &PresignedUrlConfig,
    identity: &ServiceIdentity,
    recipient: Recipient<'_>,
) -> Cow<'a, RawValue> {
    let (Some(role_arn), Recipient { now, .. }) = (&config.role_arn, recipient) else {
        return Cow::Borrowed(document);
    };
    let text = document.get();
    let mut filled = String::new();
    let mut end = 0;
    for placeholder in placeholders(text) {
        let Ok(mut object) = placeholder.object() else {
            continue;
        };
        let is_upload = placeholder.kind == Some(Kind::Upload);
        if is_upload {
            object.key = with_keywords(&object.key, recipient);
        }
        let allowed = Allowed {
            method: if is_upload { "PUT" } else { "GET" },
            object: &object,
            role_arn,
            expires_s: config.expires_in_sec,
        };
        filled += &text[end..placeholder.range.start];
        filled += &presign::url(identity, now, &allowed);
        end = placeholder.range.end;
    }
    if end == 0 {
        return Cow::Borrowed(document);
    }
    filled += &text[end..];
    // A URL has no character that JSON escapes.
    RawValue::from_string(filled).map_or(Cow::Borrowed(document), Cow::Owned)
}

fn with_keywords(key: &str, recipient: Recipient<'_>) -> String {
    let number = recipient.execution_number.to_string();
    let values = [recipient.thing.as_str(), recipient.job.as_str(), &number];
    let pairs = KEYWORDS.iter().zip(values);
    pairs.fold(key.to_owned(), |key, (keyword, value)| {
        key.replace(keyword, value)
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const WITHOUT_END: &str = "${aws:iot:s3-presigned-url:https://s3.amazonaws.com/bkt/k";

    /// What texts of documents are made of; what is in one placeholder and another is here twice.
    const PIECES: [&str; 11] = [
        WITHOUT_END,
        WITHOUT_END,
        "}",
        "}",
        START,
        "-v2:https://s3.amazonaws.com/bkt/k",
        "${thingName}",
        "${",
        "\\",
        "\"",
        "\u{e9}",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4096) })]

        #[test]
        fn a_document_stays_json(texts in vec(vec(select(&PIECES[..]), 0..9), 1..3)) {
            let texts: Vec<String> = texts.iter().map(|pieces| pieces.concat()).collect();
            let document = RawValue::from_string(json!(texts).to_string()).expect("JSON");
            let config = PresignedUrlConfig {
                role_arn: Some("arn:aws:iam::123456789012:role/r".to_owned()),
                expires_in_sec: None,
            };
            let recipient = Recipient {
                thing: &ThingName::new("t").expect("a thing name"),
                job: &JobId::new("j").expect("a job id"),
                execution_number: 1,
                now: EpochMillis(0),
            };
            let identity = ServiceIdentity {
                region: "us-east-1".to_owned(),
                account: "123456789012".to_owned(),
                endpoint: String::new(),
                object_url: "http://127.0.0.1:1".to_owned(),
                seed: 0,
            };
            let is_taken = check(document.get(), "j", &config, &Objects::default()).is_ok();
            let filled = fill(&document, &config, &identity, recipient);
            let filled: Vec<String> = serde_json::from_str(filled.get()).expect("as many texts");
            prop_assert_eq!(filled.len(), texts.len());
            for (text, filled) in texts.iter().zip(filled) {
                let is_signed = filled.contains("X-Amz-Signature=");
                prop_assert!(!is_signed || text.contains(START), "{}", text);
                let complete = text.contains(&format!("{WITHOUT_END}}}"));
                prop_assert!(!(is_taken && complete) || is_signed, "{}", text);
            }
        }
    }
}
