//! Removes secrets from a text: keys, credentials, and the signatures of presigned URLs. Pure.
//!
//! Every decision is made on the [`decoded`] text, so that escapes cannot hide a secret.
//!
//! | file | what it holds |
//! |---|---|
//! | [`decoded`] | a text without escapes, with the places of its bytes |
//! | [`pem`] | private keys as PEM |
//! | [`presigned`] | presigned URLs in output: known parameters are removed |
//! | [`record`] | log records: everything is removed unless it is known to be harmless |

mod decoded;
mod pem;
mod presigned;
mod record;

use std::borrow::Cow;
use std::ops::Range;

pub use crate::redact::pem::{private_keys, private_keys_within};
pub use crate::redact::presigned::{holds_signature, signatures, signatures_within};
pub use crate::redact::record::record;

/// Replaces a secret. A JSON string that held it remains a JSON string.
pub const REDACTED: &str = "[redacted]";

/// The text without these places, which are in order of their starts.
fn replaced(text: &str, places: impl IntoIterator<Item = Range<usize>>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    for place in places {
        // Overlapping places are removed once.
        if place.start >= kept && !place.is_empty() {
            out.push_str(&text[kept..place.start]);
            out.push_str(REDACTED);
        }
        kept = kept.max(place.end);
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// The places that are in a part of the text, counted from its start.
fn within(places: Vec<Range<usize>>, part: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let places = places.into_iter();
    let within = places.map(|it| it.start.max(part.start)..it.end.min(part.end));
    let within = within.filter(|it| it.start < it.end);
    within.map(|it| it.start - part.start..it.end - part.start)
}
