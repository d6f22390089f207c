//! The name in the prompt of a session, and its color.

use crate::config::{EndpointKind, PromptColor};
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

/// The color of the name, as a parameter of ECMA-48: what the profile sets, and otherwise red where jobs are real.
pub(crate) fn color(of_profile: Option<PromptColor>, is_local: bool, host: &str) -> Option<u8> {
    let is_real = !is_local && EndpointKind::of(host) != EndpointKind::Other;
    let usual = if is_real {
        PromptColor::Red
    } else {
        PromptColor::None
    };
    of_profile.unwrap_or(usual).parameter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_real_is_red() {
        const AWS: &str = "a1b2-ats.iot.eu-west-1.amazonaws.com";
        for (of_profile, is_local, host, expected) in [
            (None, false, AWS, Some(31)),
            (None, false, "localhost", None),
            (None, true, "localhost", None),
            (Some(PromptColor::Green), false, AWS, Some(32)),
            (Some(PromptColor::None), false, AWS, None),
            (Some(PromptColor::Red), true, "localhost", Some(31)),
        ] {
            assert_eq!(color(of_profile, is_local, host), expected, "{host}");
        }
    }

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
