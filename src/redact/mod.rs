//! Removes secrets from a text: keys, credentials, and the signatures of presigned URLs. Pure.
//!
//! Every decision is made on the [`decoded`] text, so that no escape hides anything.
//!
//! | file | what it holds |
//! |---|---|
//! | [`decoded`] | a text without escapes, and where everything in it comes from |
//! | [`presigned`] | presigned URLs, in what is shown: known names are taken out |
//! | [`record`] | records of a log: all is taken out but what is known to be harmless |

mod decoded;
mod presigned;
mod record;

use std::borrow::Cow;
use std::ops::Range;

pub(crate) use crate::redact::presigned::{holds_signature, signatures, signatures_within};
pub(crate) use crate::redact::record::record;

/// What stands in place of a secret. A JSON string that holds it stays one.
pub(crate) const REDACTED: &str = "[redacted]";

/// The text without what stands at these places, which are in order of their starts.
fn replaced(text: &str, places: impl IntoIterator<Item = Range<usize>>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    for place in places {
        // Where two overlap, one is taken out.
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
