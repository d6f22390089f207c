//! How a request for objects ends: with a result, or with one of S3's errors.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use std::ops::Range;

use crate::service::objects::content::Content;
use crate::service::objects::xml::{self, element};
use crate::text;

/// A response, ready for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectResponse {
    pub status: u16,
    /// Names in lower case. The length of the body is not among them.
    pub headers: Vec<(String, String)>,
    pub body: ObjectBody,
}

/// The body of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectBody {
    /// A text, mostly XML.
    Text(Vec<u8>),
    /// A part of an object.
    Part(Content, Range<usize>),
}

/// A result, or an error.
pub(crate) type ObjectAnswer = Result<ObjectResponse, ObjectError>;

/// An error in S3's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectError {
    status: u16,
    code: &'static str,
    message: String,
    /// Further elements.
    more: Vec<(&'static str, String)>,
}

impl ObjectResponse {
    /// A response without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: ObjectBody::Text(Vec::new()),
        }
    }

    /// A result with this root element around others.
    pub(crate) fn xml(root: &str, inside: &str) -> Self {
        Self {
            body: ObjectBody::Text(xml::document(root, inside)),
            ..Self::empty(200)
        }
        .with("content-type", "application/xml")
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A refusal that the shell of the service makes.
    pub fn refusal(status: u16, code: &'static str, message: &str) -> Self {
        ObjectError::new(status, code, message).response("", "")
    }
}

impl ObjectError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            more: Vec::new(),
        }
    }

    /// The same with a further element.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.more.push((name, text.into()));
        self
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        Self::new(404, "NoSuchBucket", "The specified bucket does not exist")
            .with("BucketName", bucket)
    }

    pub(crate) fn no_such_key(key: &str) -> Self {
        Self::new(404, "NoSuchKey", "The specified key does not exist.").with("Key", key)
    }

    pub(crate) fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidArgument", message)
    }

    pub(crate) fn malformed_xml() -> Self {
        Self::new(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        )
    }

    pub(crate) fn precondition_failed(condition: &str) -> Self {
        Self::new(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        )
        .with("Condition", condition)
    }

    /// S3 has this, the local service does not. The name differs from all of S3's codes.
    pub(crate) fn not_emulated(what: &str) -> Self {
        Self::new(501, "NotEmulatedException", text::not_emulated(what))
    }

    /// The same about one of several keys.
    pub(crate) fn of_key(&self, key: &str) -> String {
        element("Key", key) + &element("Code", self.code) + &element("Message", &self.message)
    }

    /// The response to a request for this resource.
    pub(crate) fn response(self, resource: &str, request_id: &str) -> ObjectResponse {
        let mut inside = element("Code", self.code) + &element("Message", &self.message);
        for (name, text) in &self.more {
            inside += &element(name, text);
        }
        for (name, text) in [("Resource", resource), ("RequestId", request_id)] {
            if !text.is_empty() {
                inside += &element(name, text);
            }
        }
        // Errors have no namespace.
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{inside}</Error>");
        ObjectResponse {
            body: ObjectBody::Text(text.into_bytes()),
            ..ObjectResponse::empty(self.status)
        }
        .with("content-type", "application/xml")
    }
}
