//! The URL of the control plane that the AWS environment names: a session without an endpoint does not use it.

use aws_sdk_iot::config::Region;
use aws_types::service_config::ServiceConfigKey;

use crate::control::credentials::Environment;
use crate::control::http_client::http_client;
use crate::control::profile_files::{are_plain, check_profile_sizes};
use crate::control::proxies::Proxies;

/// What names the URL, and the URL as it can be shown; `None` if it is not configured, or if the environment cannot be read. `variables` can name it, and
/// so can a file of AWS profiles.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
pub async fn configured_url(variables: &[&'static str]) -> Option<(&'static str, String)> {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if !variables.iter().any(|name| set(name).is_some()) && !are_plain() {
        return None;
    }
    check_profile_sizes().ok()?;
    let environment = Environment {
        // It does not matter here.
        region: Region::from_static("us-east-1"),
        http_client: http_client(Proxies::default()),
        profile: None,
    };
    let shared = environment.load().await;
    let key = ServiceConfigKey::builder()
        .service_id("IoT")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url");
    let of_service = shared.service_config();
    let of_service = of_service.and_then(|it| it.load_config(key.build().ok()?));
    let url = of_service.or_else(|| shared.endpoint_url().map(str::to_owned));
    let url = url.filter(|url| !url.is_empty())?;
    let mut named = variables
        .iter()
        .filter(|name| set(name).as_ref() == Some(&url));
    let source = named.next().copied().unwrap_or("the AWS profile");
    Some((source, without_user(&url)))
}

/// A URL without a name and a password.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        for (url, expected) in [
            ("http://127.0.0.1:8880", "http://127.0.0.1:8880"),
            ("http://user:hidden@host/path@x", "http://host/path@x"),
            ("http://u@hidden@host", "http://host"),
            ("garbage", "garbage"),
        ] {
            assert_eq!(without_user(url), expected);
        }
    }
}
