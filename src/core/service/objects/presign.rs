//! URLs that are signed: for the device of a job, with the service's clock.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
//!
//! The key is derived from what ids are made of, so that a URL also holds after a restart with the same state. It protects
//! nothing: the service accepts any other key, and does not check its signatures.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::protocol::EpochMillis;
use crate::service::identity::ServiceIdentity;
use crate::service::objects::answer::ObjectError;
use crate::service::objects::digests::{hex, sha256};
use crate::service::objects::request::ObjectHead;
use crate::service::objects::store::ObjectName;
use crate::service::objects::times;

/// How long a URL is valid unless a job says otherwise, in seconds.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_PresignedUrlConfig.html>
const EXPIRES_S: u64 = 3600;

/// How many characters the token of a session has. GUESS: AWS does not fix it, and those of roles have about a thousand. A
/// device that has room for a shorter URL only is to be found out here.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
const TOKEN_CHARACTERS: usize = 1024;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature in a URL consists of.
const PARAMETERS: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// The same of older clients.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>
const FORMER_PARAMETERS: [&str; 3] = ["AWSAccessKeyId", "Expires", "Signature"];

/// What is encoded in a query, and in a path.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// What a URL allows.
#[derive(Debug)]
pub(crate) struct Allowed<'a> {
    /// `GET` or `PUT`.
    pub(crate) method: &'a str,
    pub(crate) object: &'a ObjectName,
    /// The role whose rights it has.
    pub(crate) role_arn: &'a str,
    /// How long it is valid, in seconds, if a job says so.
    pub(crate) expires_s: Option<u64>,
}

/// A URL with a new signature.
pub(crate) fn url(identity: &ServiceIdentity, now: EpochMillis, allowed: &Allowed<'_>) -> String {
    let signer = Signer::new(identity);
    let time = times::of_signature(now);
    let object = allowed.object;
    let path = format!("/{}/{}", object.bucket, object.key);
    let path = utf8_percent_encode(&path, PATH).to_string();
    let expires = allowed.expires_s.unwrap_or(EXPIRES_S).to_string();
    let token = token(identity, allowed.role_arn);
    let credential = signer.credential(&time);
    let query = [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", &time),
        ("X-Amz-Expires", &expires),
        ("X-Amz-Security-Token", &token),
        ("X-Amz-SignedHeaders", "host"),
    ];
    let query = canonical_query(query);
    let host = host(&identity.object_url);
    let signature = signer.sign(&time, &[allowed.method, &path, &query, host]);
    format!(
        "{}{path}?{query}&X-Amz-Signature={signature}",
        identity.object_url
    )
}

/// Refuses a URL that lacks a part of its signature, as one does that was cut off, or that comes with another signature.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn check_parts(head: &ObjectHead, query: &BTreeMap<String, String>) -> Result<(), ObjectError> {
    let has = |name: &&str| query.contains_key(*name);
    let is_signed = ["X-Amz-Algorithm", "X-Amz-Signature", "Signature"];
    if head.header("authorization").is_some() {
        return if is_signed.iter().any(has) {
            Err(ObjectError::invalid_argument(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter \
                 or the Authorization header should be specified",
            )
            .with("ArgumentName", "Authorization"))
        } else {
            Ok(())
        };
    }
    if query.contains_key("AWSAccessKeyId") {
        return if FORMER_PARAMETERS.iter().all(has) {
            Ok(())
        } else {
            let message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
            Err(ObjectError::new(403, "AccessDenied", message))
        };
    }
    if !PARAMETERS.iter().all(has) {
        return Err(incomplete());
    }
    let credential = query.get("X-Amz-Credential").map(String::as_str);
    match credential.and_then(|it| it.rsplit('/').nth(1)) {
        None | Some("s3") => Ok(()),
        Some(service) => {
            let what = format!("requests of `{service}` that are signed in their URL");
            Err(ObjectError::not_emulated(&what))
        }
    }
}

fn incomplete() -> ObjectError {
    ObjectError::new(
        400,
        "AuthorizationQueryParametersError",
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
         X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    )
}

/// Refuses a request whose URL this service has signed, if it has expired or is another one now. Only URLs can be sent without
/// a header, so one that is signed elsewhere cannot do what a form of a web page can.
pub(crate) fn check(
    identity: &ServiceIdentity,
    now: EpochMillis,
    head: &ObjectHead,
    query: &BTreeMap<String, String>,
) -> Result<(), ObjectError> {
    let has_header = head.header("authorization").is_some();
    if head.method == "POST" && !has_header {
        return Err(ObjectError::not_emulated("`POST` to a presigned URL"));
    }
    check_parts(head, query)?;
    if has_header {
        return Ok(());
    }
    let signer = Signer::new(identity);
    let credential = query.get("X-Amz-Credential").map(String::as_str);
    if !credential.is_some_and(|it| it.starts_with(&signer.key_id)) {
        return Ok(());
    }
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let time = text("X-Amz-Date");
    let expires = text("X-Amz-Expires");
    let read = times::read_of_signature(time).zip(expires.parse::<u64>().ok());
    let Some((signed_at, expires_s)) = read.filter(|(_, seconds)| *seconds <= 604_800) else {
        return Err(incomplete());
    };
    let expires_at = EpochMillis(signed_at.0 + expires_s * 1000);
    if expires_at < now {
        return Err(ObjectError::new(403, "AccessDenied", "Request has expired")
            .with("X-Amz-Expires", expires)
            .with("Expires", times::of_list(expires_at))
            .with("ServerTime", times::of_list(now)));
    }
    let pairs = query.iter().map(|(name, value)| (&**name, &**value));
    let canonical = canonical_query(pairs.filter(|(name, _)| *name != "X-Amz-Signature"));
    let path = head.resource();
    let path = utf8_percent_encode(&path, PATH).to_string();
    let host = head.header("host").unwrap_or_default();
    let expected = signer.sign(time, &[&head.method, &path, &canonical, host]);
    let is_whole = credential == Some(&signer.credential(time));
    if is_whole && text("X-Amz-SignedHeaders") == "host" && text("X-Amz-Signature") == expected {
        return Ok(());
    }
    Err(ObjectError::new(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    )
    .with("SignatureProvided", text("X-Amz-Signature")))
}

/// The host and the port of a URL, as a client sends them.
fn host(url: &str) -> &str {
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    host.strip_suffix(":80").unwrap_or(host)
}

/// The parameters of a query in the order of their names.
fn canonical_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    let mut pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// The access key of the service for S3.
struct Signer {
    key_id: String,
    secret: String,
    region: String,
}

impl Signer {
    fn new(identity: &ServiceIdentity) -> Self {
        let sum = derived(identity, "access key");
        let digits = hex(&sum).to_ascii_uppercase();
        Self {
            // Of 20 characters, as those of roles.
            key_id: format!("ASIA{}", &digits[..16]),
            secret: digits[16..].to_owned(),
            region: identity.region.clone(),
        }
    }

    fn scope(&self, time: &str) -> String {
        let day = time.get(..8).unwrap_or_default();
        format!("{day}/{}/s3/aws4_request", self.region)
    }

    fn credential(&self, time: &str) -> String {
        format!("{}/{}", self.key_id, self.scope(time))
    }

    /// The signature of a request without a body: its method, its path, its query, its host.
    fn sign(&self, time: &str, [method, path, query, host]: &[&str; 4]) -> String {
        let canonical = format!("{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let scope = self.scope(time);
        let sum = hex(&sha256(canonical.as_bytes()));
        let text = format!("{ALGORITHM}\n{time}\n{scope}\n{sum}");
        let first = format!("AWS4{}", self.secret).into_bytes();
        let key = scope.split('/').fold(first, |key, part| mac(&key, part));
        hex(&mac(&key, &text))
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The token of the session in which the service has assumed a role.
fn token(identity: &ServiceIdentity, role_arn: &str) -> String {
    let mut token = String::with_capacity(TOKEN_CHARACTERS);
    for part in 0..TOKEN_CHARACTERS / 64 {
        token += &hex(&derived(identity, &format!("session {part} of {role_arn}")));
    }
    token
}

fn derived(identity: &ServiceIdentity, what: &str) -> [u8; 32] {
    sha256(format!("{:x} {what}", identity.seed).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the page on signatures in queries.
    #[test]
    fn a_url_is_signed_as_aws_signs_it() {
        let signer = Signer {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let time = "20130524T000000Z";
        let credential = signer.credential(time);
        let query = canonical_query([
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", &*credential),
            ("X-Amz-Date", time),
            ("X-Amz-Expires", "86400"),
            ("X-Amz-SignedHeaders", "host"),
        ]);
        let host = "examplebucket.s3.amazonaws.com";
        assert_eq!(
            signer.sign(time, &["GET", "/test.txt", &query, host]),
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }
}
