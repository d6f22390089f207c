//! The name in the prompt of a session.

use crate::config::EndpointKind;
use crate::protocol::ThingName;
use crate::text;

/// The name in the prompt: the thing, and whether its jobs are real, which is unknown for a host that is not AWS's.
pub(crate) fn prompt(thing: &ThingName, is_local: bool, host: &str) -> String {
    let thing = text::sanitize(thing.as_str());
    match EndpointKind::of(host) {
        _ if is_local => format!("{thing} local"),
        EndpointKind::Other => thing.to_string(),
        _ => format!("{thing} aws"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_shows_where_the_jobs_are() {
        let thing = ThingName::new("lamp").expect("a thing name");
        for (is_local, host, expected) in [
            (true, "localhost", "lamp local"),
            (false, "localhost", "lamp"),
            (false, "iot.example.com", "lamp"),
            (false, "a1b2-ats.iot.eu-west-1.amazonaws.com", "lamp aws"),
            (
                false,
                "a1b2.ats.iot.cn-north-1.amazonaws.com.cn",
                "lamp aws",
            ),
        ] {
            assert_eq!(prompt(&thing, is_local, host), expected, "{host}");
        }
    }
}
