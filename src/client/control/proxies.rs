//! The proxy for a request: the one that the AWS CLI would use, but none for this machine. Pure.

use core::net::IpAddr;
use std::ffi::OsString;

/// The proxies of the environment.
///
/// The rules are those of the AWS CLI, and so of Python: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, lower-case names
/// before upper-case ones, and `NO_PROXY` for hosts without a proxy.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html>
/// <https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    direct: Vec<String>,
}

/// A proxy and the variable that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    pub variable: &'static str,
    /// It may hold a password.
    url: String,
}

impl Proxies {
    /// Reads the variables.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name: &str| Some(variable(name)?.to_string_lossy().trim().to_owned());
        let first = |small: &'static str, capital: &'static str| {
            let found = text(small).map(|value| (small, value));
            let found = found.or_else(|| text(capital).map(|value| (capital, value)));
            found.filter(|(_, value)| !value.is_empty())
        };
        let proxy = |found: Option<(&'static str, String)>| {
            found.map(|(variable, value)| Proxy {
                variable,
                url: with_scheme(value),
            })
        };
        // In a CGI program a client can set HTTP_PROXY by a header.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let http = first("http_proxy", "HTTP_PROXY");
        Self {
            http: proxy(http.filter(|(name, _)| !is_cgi || *name == "http_proxy")),
            https: proxy(first("https_proxy", "HTTPS_PROXY")),
            direct: first("no_proxy", "NO_PROXY").map_or_else(Vec::new, |(_, hosts)| {
                let hosts = hosts.split(',').map(|host| host.trim().to_lowercase());
                hosts.filter(|host| !host.is_empty()).collect()
            }),
        }
    }

    /// The proxy for a request to this URL, `scheme://host:port/…`; `None` for a direct request.
    pub fn for_url(&self, url: &str) -> Option<&Proxy> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?.to_lowercase();
        let authority = authority.rsplit('@').next()?;
        let host = host_of(authority);
        if is_loopback(host) || self.is_direct(host, authority) {
            return None;
        }
        self.for_scheme(scheme)
    }

    /// The proxy for URLs of this scheme, unless their host is excluded.
    pub(crate) fn for_scheme(&self, scheme: &str) -> Option<&Proxy> {
        match scheme {
            "http" => self.http.as_ref(),
            "https" => self.https.as_ref(),
            _ => None,
        }
    }

    fn is_direct(&self, host: &str, authority: &str) -> bool {
        self.direct.iter().any(|listed| {
            let name = listed.trim_start_matches('.');
            let is_within = |whole: &str| {
                whole
                    .strip_suffix(name)
                    .is_some_and(|before| before.is_empty() || before.ends_with('.'))
            };
            listed == "*" || is_within(host) || is_within(authority)
        })
    }
}

impl Proxy {
    /// Its URL, only for connecting.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The proxy for messages: without user and password.
    pub fn shown(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("http", &self.url));
        let host = rest.rsplit('@').next().unwrap_or_default();
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        format!("{scheme}://{host}")
    }
}

fn with_scheme(url: String) -> String {
    match url.strip_prefix("//") {
        Some(rest) => format!("http://{rest}"),
        None if url.contains("://") => url,
        None => format!("http://{url}"),
    }
}

/// The host of `host:port`, also of `[::1]:port`.
fn host_of(authority: &str) -> &str {
    if let Some((host, _)) = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return host;
    }
    authority.split(':').next().unwrap_or_default()
}

/// Whether a host is this machine, by name or address.
fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    let is_number = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified()
    };
    name == "localhost" || name.ends_with(".localhost") || name.parse().is_ok_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let proxies = Proxies::of(|name| {
            let found = variables.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| OsString::from(value))
        });
        proxies.for_url(url).map(Proxy::shown)
    }

    #[test]
    fn the_proxy_is_that_of_the_aws_cli() {
        let aws = "https://iot.us-east-1.amazonaws.com/things/x";
        let set = ("HTTPS_PROXY", "http://user:secret@proxy:3128/");
        let proxy = Some("http://proxy:3128");
        for (variables, url, expected) in [
            (&[][..], aws, None),
            (&[set], aws, proxy),
            (&[set], "https://iot.us-east-1.amazonaws.com:443", proxy),
            (&[set], "http://169.254.169.254/latest", None),
            (&[("https_proxy", "proxy:3128")], aws, proxy),
            (&[("https_proxy", "//proxy:3128")], aws, proxy),
            (&[("https_proxy", ""), set], aws, None),
            (&[("https_proxy", "a:1"), set], aws, Some("http://a:1")),
            (&[("HTTP_PROXY", "a:1")], aws, None),
            (&[("HTTP_PROXY", "a:1")], "http://h/", Some("http://a:1")),
            (
                &[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")],
                "http://h/",
                None,
            ),
            (
                &[("http_proxy", "a:1"), ("REQUEST_METHOD", "GET")],
                "http://h/",
                Some("http://a:1"),
            ),
            (&[("ALL_PROXY", "a:1")], aws, None),
            (&[set, ("NO_PROXY", "*")], aws, None),
            (&[set, ("NO_PROXY", "x, .amazonaws.com")], aws, None),
            (&[set, ("NO_PROXY", "AmazonAWS.com")], aws, None),
            (&[set, ("NO_PROXY", "zonaws.com,com:443")], aws, proxy),
            (&[set, ("no_proxy", "com:443")], "https://a.com:443/", None),
            (&[set, ("no_proxy", ""), ("NO_PROXY", "*")], aws, proxy),
        ] {
            assert_eq!(
                shown(variables, url).as_deref(),
                expected,
                "{variables:?} {url}"
            );
        }
    }

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        let all = [("http_proxy", "a:1"), ("https_proxy", "a:1")];
        for (host, is_direct) in [
            ("127.0.0.1:8880", true),
            ("127.9.8.7", true),
            ("localhost", true),
            ("LOCALHOST.:80", true),
            ("iot.localhost", true),
            ("[::1]:8880", true),
            ("[::ffff:127.0.0.1]", true),
            ("user@127.0.0.1", true),
            ("0.0.0.0:8880", true),
            ("127.0.0.1.example.com", false),
            ("localhost@example.com", false),
            ("128.0.0.1", false),
            ("notlocalhost", false),
        ] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}/x");
                assert_eq!(shown(&all, &url).is_none(), is_direct, "{url}");
            }
        }
    }
}
