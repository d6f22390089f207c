//! A request for objects, with its body decoded and its digests checked. Both take time for a large body, so they are done
//! before the request reaches the service.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;

use crate::service::objects::answer::{ObjectError, ObjectResponse};
use crate::service::objects::aws_chunked;
use crate::service::objects::digests::{CHECKSUM, checksum, hex, md5, sha256};

/// A request for objects, as HTTP carried it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectHead {
    pub method: String,
    /// The path, still percent-encoded, from the leading `/` to before the `?`.
    pub path: String,
    /// The text behind the `?`, still percent-encoded; may be empty.
    pub query: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// What the response names it.
    pub id: String,
}

/// A request for objects, ready for the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRequest {
    pub(crate) head: ObjectHead,
    pub(crate) body: Arc<[u8]>,
    pub(crate) md5: [u8; 16],
    /// The checksum that the client stated: the name of its header, and its value.
    pub(crate) checksum: Option<(String, String)>,
}

impl ObjectHead {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The path without its percent-encoding: what errors name as the resource.
    pub(crate) fn resource(&self) -> String {
        percent_decode_str(&self.path)
            .decode_utf8_lossy()
            .into_owned()
    }

    /// Whether the body is in chunks.
    fn is_chunked(&self) -> bool {
        let sum = self.header("x-amz-content-sha256").unwrap_or_default();
        let encoding = self.header("content-encoding").unwrap_or_default();
        sum.starts_with("STREAMING-") || listed(encoding).any(|it| it == AWS_CHUNKED)
    }

    /// Refuses an object whose length is not stated, which many HTTP clients leave out if they send from a stream.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    pub fn check_length(&self) -> Result<(), ObjectResponse> {
        let error = if self.header("transfer-encoding").is_some() {
            // <https://github.com/aws/aws-sdk-go/issues/4944>
            ObjectError::new(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented",
            )
            .with("Header", "Transfer-Encoding")
        } else {
            ObjectError::new(
                411,
                "MissingContentLength",
                "You must provide the Content-Length HTTP header.",
            )
        };
        let is_upload = self.method == "PUT" && self.header("x-amz-copy-source").is_none();
        let is_stated = self.header("content-length").is_some() || self.is_chunked();
        if is_upload && !is_stated {
            return Err(error.response(&self.resource(), &self.id));
        }
        Ok(())
    }
}

const AWS_CHUNKED: &str = "aws-chunked";

/// The parts of a list in a header.
fn listed(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(str::trim).filter(|it| !it.is_empty())
}

impl ObjectRequest {
    /// Decodes the body, and checks it against what the head says about it.
    pub fn read(head: ObjectHead, body: Vec<u8>) -> Result<Self, ObjectResponse> {
        let (resource, id) = (head.resource(), head.id.clone());
        Self::decode(head, body).map_err(|error| error.response(&resource, &id))
    }

    fn decode(mut head: ObjectHead, mut body: Vec<u8>) -> Result<Self, ObjectError> {
        if head.is_chunked() {
            let decoded = aws_chunked::decode(&body).ok_or_else(incomplete_body)?;
            body = decoded.bytes;
            if let Some(length) = head.header("x-amz-decoded-content-length")
                && length.parse() != Ok(body.len())
            {
                return Err(incomplete_body());
            }
            head.headers.extend(decoded.trailers);
            let announced = head.header("x-amz-trailer").unwrap_or_default();
            if listed(announced).any(|name| head.header(&name.to_ascii_lowercase()).is_none()) {
                return Err(ObjectError::new(
                    400,
                    "MalformedTrailerError",
                    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
                ));
            }
            if let Some(encoding) = head.headers.remove("content-encoding") {
                let left: Vec<&str> = listed(&encoding).filter(|it| *it != AWS_CHUNKED).collect();
                if !left.is_empty() {
                    head.headers
                        .insert("content-encoding".to_owned(), left.join(","));
                }
            }
        } else if let Some(stated) = head.header("x-amz-content-sha256")
            && stated.len() == 64
            && stated != hex(&sha256(&body))
        {
            return Err(ObjectError::new(
                400,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ));
        }
        let md5 = md5(&body);
        if let Some(stated) = head.header("content-md5")
            && stated != BASE64.encode(md5)
        {
            let (code, message) = if is_sum(stated, md5.len()) {
                let message = "The Content-MD5 you specified did not match what we received.";
                ("BadDigest", message)
            } else {
                (
                    "InvalidDigest",
                    "The Content-MD5 you specified is not valid.",
                )
            };
            return Err(ObjectError::new(400, code, message));
        }
        let checksum = check_sums(&head, &body)?;
        Ok(Self {
            head,
            body: body.into(),
            md5,
            checksum,
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The body as a text.
    pub(crate) fn text(&self) -> Result<&str, ObjectError> {
        std::str::from_utf8(&self.body).map_err(|_| ObjectError::malformed_xml())
    }
}

fn incomplete_body() -> ObjectError {
    ObjectError::new(
        400,
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

/// Whether a header states a sum of so many bytes.
fn is_sum(stated: &str, length: usize) -> bool {
    BASE64.decode(stated).is_ok_and(|sum| sum.len() == length)
}

/// Checks every checksum that is stated, and returns it.
fn check_sums(head: &ObjectHead, body: &[u8]) -> Result<Option<(String, String)>, ObjectError> {
    // There it is the one of the whole object.
    if head.method == "POST" && head.query.contains("uploadId") {
        return Ok(None);
    }
    let mut checked = None;
    let sums = head.headers.range(CHECKSUM.to_owned()..);
    for (name, stated) in sums.take_while(|(name, _)| name.starts_with(CHECKSUM)) {
        let algorithm = &name[CHECKSUM.len()..];
        // What a client asks of a response or of a whole upload is not a checksum.
        if matches!(algorithm, "mode" | "algorithm" | "type") {
            continue;
        }
        let Some(sum) = checksum(algorithm, body) else {
            return Err(ObjectError::not_emulated(&format!(
                "the checksum `{algorithm}`"
            )));
        };
        if BASE64
            .decode(&sum)
            .is_ok_and(|sum| !is_sum(stated, sum.len()))
        {
            let message = format!("Value for {name} header is invalid.");
            return Err(ObjectError::new(400, "InvalidRequest", message));
        }
        if sum != *stated {
            let name = algorithm.to_ascii_uppercase();
            return Err(ObjectError::new(
                400,
                "BadDigest",
                format!("The {name} you specified did not match the calculated checksum."),
            ));
        }
        checked = Some((name.clone(), sum));
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::objects::answer::ObjectBody;
    use crate::service::objects::xml;

    /// A body in one chunk, with these lines behind it.
    fn chunked(trailers: &str) -> Vec<u8> {
        format!("1\r\na\r\n0\r\n{trailers}\r\n").into_bytes()
    }

    #[test]
    fn a_body_is_what_its_headers_state() {
        const STREAMING: (&str, &str) =
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        const ANNOUNCED: (&str, &str) = ("x-amz-trailer", "x-amz-checksum-CRC32");
        let plain = || b"a".to_vec();
        for (headers, body, result) in [
            (&[][..], plain(), "a"),
            (&[("content-md5", "DMF1ucDxtqgxw5niaXcmYQ==")], plain(), "a"),
            (
                &[("content-md5", "DMF1ucDxtqgxw5niaXcmYA==")],
                plain(),
                "BadDigest",
            ),
            (&[("content-md5", "0cc1")], plain(), "InvalidDigest"),
            (&[("x-amz-checksum-crc32", "6Le+Qw==")], plain(), "a"),
            (
                &[("x-amz-checksum-crc32", "6Le+Qg==")],
                plain(),
                "BadDigest",
            ),
            (
                &[("x-amz-checksum-crc32", "e8b7be43")],
                plain(),
                "InvalidRequest",
            ),
            (&[("x-amz-checksum-crc32", "?")], plain(), "InvalidRequest"),
            (&[STREAMING], chunked(""), "a"),
            (&[STREAMING], plain(), "IncompleteBody"),
            (
                &[STREAMING, ("x-amz-decoded-content-length", "2")],
                chunked(""),
                "IncompleteBody",
            ),
            (
                &[STREAMING, ANNOUNCED],
                chunked("x-amz-checksum-crc32:6Le+Qw==\r\n"),
                "a",
            ),
            (
                &[STREAMING, ANNOUNCED],
                chunked("x-amz-checksum-crc32:6Le+Qg==\r\n"),
                "BadDigest",
            ),
            (
                &[STREAMING, ANNOUNCED],
                chunked(""),
                "MalformedTrailerError",
            ),
        ] {
            let headers = headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let head = ObjectHead {
                headers: headers.collect(),
                ..ObjectHead::default()
            };
            let about = format!("{head:?}");
            let found = match ObjectRequest::read(head, body) {
                Ok(request) => String::from_utf8_lossy(&request.body).into_owned(),
                Err(ObjectResponse {
                    body: ObjectBody::Text(text),
                    ..
                }) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    xml::text(&text, "Code").expect("a code")
                }
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(found, result, "{about}");
        }
    }
}
