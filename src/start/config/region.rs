//! Names of AWS regions. Pure.

/// The region inside an endpoint's name: the label after `iot` or `iot-fips`, if it looks like a region.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html>
pub fn region_of(endpoint: &str) -> Option<&str> {
    let mut labels = endpoint.split('.');
    labels.find(|label| matches!(*label, "iot" | "iot-fips"))?;
    labels.next().filter(|label| is_region(label))
}

/// Whether a text can be the name of a region, also of one that is not known yet.
pub fn is_region_name(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('-').all(part)
}

/// Such as `us-east-1`, `ap-southeast-2`, `us-gov-west-1`, `us-isob-east-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let letters =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = parts
        .next_back()
        .is_some_and(|part| part.len() == 1 && part.as_bytes()[0].is_ascii_digit());
    let words: Vec<&str> = parts.collect();
    number && (2..=4).contains(&words.len()) && words.into_iter().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_comes_from_every_form_of_endpoint() {
        for (endpoint, region) in [
            ("a1b2c3-ats.iot.us-east-1.amazonaws.com", Some("us-east-1")),
            (
                "a1b2c3.iot.eu-central-1.amazonaws.com",
                Some("eu-central-1"),
            ),
            ("a1b2c3.jobs.iot.us-west-2.amazonaws.com", Some("us-west-2")),
            (
                "a1b2c3.credentials.iot.us-west-2.amazonaws.com",
                Some("us-west-2"),
            ),
            ("iot.ap-southeast-2.amazonaws.com", Some("ap-southeast-2")),
            ("data.iot.us-east-2.amazonaws.com", Some("us-east-2")),
            ("data-ats.iot.us-east-2.amazonaws.com", Some("us-east-2")),
            ("data.jobs.iot.us-east-2.amazonaws.com", Some("us-east-2")),
            (
                "a1b2c3-ats.iot.cn-north-1.amazonaws.com.cn",
                Some("cn-north-1"),
            ),
            (
                "data.ats.iot.cn-north-1.amazonaws.com.cn",
                Some("cn-north-1"),
            ),
            (
                "a1b2c3-ats.iot.us-gov-west-1.amazonaws.com",
                Some("us-gov-west-1"),
            ),
            ("iot-fips.ca-central-1.amazonaws.com", Some("ca-central-1")),
            (
                "data.iot-fips.us-gov-east-1.amazonaws.com",
                Some("us-gov-east-1"),
            ),
            (
                "data.jobs.iot-fips.us-east-1.amazonaws.com",
                Some("us-east-1"),
            ),
            ("a1b2c3-ats.iot.us-east-1.api.aws", Some("us-east-1")),
            (
                "a1b2c3-ats.iot.eusc-de-east-1.amazonaws.eu",
                Some("eusc-de-east-1"),
            ),
            (
                "a1b2c3-ats.iot.us-iso-east-1.c2s.ic.gov",
                Some("us-iso-east-1"),
            ),
            (
                "vpce-1-2.data.iot.us-east-1.vpce.amazonaws.com",
                Some("us-east-1"),
            ),
            (
                "t1.deviceadvisor.iot.us-east-1.amazonaws.com",
                Some("us-east-1"),
            ),
            ("iot.example.com", None),
            ("mqtt.example.com", None),
            ("localhost", None),
            ("iot", None),
        ] {
            assert_eq!(region_of(endpoint), region, "{endpoint}");
        }
    }
}
