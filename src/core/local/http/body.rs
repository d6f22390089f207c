//! The body of a request, and of a response.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::time::timeout;

/// How much of a body that is too large is read and dropped, in bytes: a client does not read the response while it is still
/// writing.
const IGNORED_MAX: usize = 64 * 1024 * 1024;

/// Why the body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It has more bytes than this.
    TooLarge(usize),
    /// It did not arrive completely in time.
    Late(Duration),
    /// The connection ended before the body did, or the framing is not valid HTTP.
    Broken,
}

impl BodyError {
    /// The status and the text of the response.
    pub(crate) fn answer(self) -> (u16, String) {
        match self {
            Self::TooLarge(max) => (
                413,
                format!(
                    "The request is too large: it has more than {} KiB",
                    max >> 10
                ),
            ),
            Self::Late(after) => (
                408,
                format!(
                    "The body did not arrive within {} s: is its Content-Length right?",
                    after.as_secs()
                ),
            ),
            Self::Broken => (400, "The body ended before it should".to_owned()),
        }
    }
}

/// The whole body, if it has at most `max` bytes and arrives within `patience`.
pub(crate) async fn read(
    body: Incoming,
    max: usize,
    patience: Duration,
) -> Result<Vec<u8>, BodyError> {
    timeout(patience, read_whole(body, max))
        .await
        .unwrap_or(Err(BodyError::Late(patience)))
}

async fn read_whole(mut body: Incoming, max: usize) -> Result<Vec<u8>, BodyError> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else {
            continue;
        };
        length += data.len();
        if length <= max {
            bytes.extend_from_slice(&data);
        } else if length > IGNORED_MAX {
            return Err(BodyError::TooLarge(max));
        }
    }
    if length > max {
        return Err(BodyError::TooLarge(max));
    }
    Ok(bytes)
}

/// A JSON response.
pub(crate) fn json(status: u16, text: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
