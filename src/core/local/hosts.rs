//! The hosts of the service: the names and addresses by which clients reach it. The certificate of the server is made out to
//! them, and a request over HTTP must name one of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use hyper::Uri;
use hyper::header::{HOST, HeaderMap};
use rustls::pki_types::ServerName;

use crate::local::options::Options;

/// The name that every machine has for itself.
const LOCALHOST: &str = "localhost";

/// A text that is not a host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotAHost(pub(crate) String);

/// The hosts of a service.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Arc<[ServerName<'static>]>);

impl Hosts {
    /// The loopback names, the address that the service listens on, its endpoint, and the given names.
    pub(crate) fn of(options: &Options) -> Result<Self, NotAHost> {
        let mut hosts = loopback();
        if !options.bind.is_unspecified() {
            hosts.push(ServerName::from(options.bind.to_canonical()));
        }
        for name in std::iter::once(&options.endpoint).chain(&options.names) {
            hosts.push(read(name).ok_or_else(|| NotAHost(name.clone()))?);
        }
        let mut different: Vec<ServerName> = Vec::with_capacity(hosts.len());
        for host in hosts {
            if !different.contains(&host) {
                different.push(host);
            }
        }
        Ok(Self(different.into()))
    }

    /// The hosts of a port that only this machine reaches, at this address.
    pub(crate) fn of_this_machine(address: IpAddr) -> Self {
        let mut hosts = loopback();
        hosts.push(ServerName::from(address));
        Self(hosts.into())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ServerName<'static>> {
        self.0.iter()
    }

    /// Whether a request names one of the hosts, with any port: in its one `Host` header, and in its target if that is a whole
    /// URL. Otherwise a web page whose own name resolves to this machine could use the port.
    pub(crate) fn has(&self, headers: &HeaderMap, target: &Uri) -> bool {
        let mut headers = headers.get_all(HOST).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else {
            return false;
        };
        let target = target.authority();
        self.has_authority(header.to_str().unwrap_or_default())
            && target.is_none_or(|target| self.has_authority(target.as_str()))
    }

    /// Whether `HOST` or `HOST:PORT` is one of the hosts. There, an IPv6 address is always in brackets.
    /// <https://datatracker.ietf.org/doc/html/rfc9110#section-7.2>
    fn has_authority(&self, authority: &str) -> bool {
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        let is_bare = host.contains(':') && !host.starts_with('[');
        !is_bare && read(host).is_some_and(|host| self.0.contains(&host))
    }
}

fn loopback() -> Vec<ServerName<'static>> {
    let name = read(LOCALHOST).into_iter();
    let v4 = ServerName::from(Ipv4Addr::LOCALHOST);
    let v6 = ServerName::from(Ipv6Addr::LOCALHOST);
    name.chain([v4, v6]).collect()
}

/// A host as clients write it: without brackets, capital letters and the dot at the end.
pub(crate) fn normal(text: &str) -> Result<String, NotAHost> {
    let host = read(text).ok_or_else(|| NotAHost(text.to_owned()))?;
    Ok(host.to_str().into_owned())
}

/// Reads a host name or an IP address, of version 6 also in brackets; `None` if clients cannot connect to it.
fn read(text: &str) -> Option<ServerName<'static>> {
    if let Some(inside) = text.strip_prefix('[') {
        let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
        return of_address(address.into());
    }
    match ServerName::try_from(text.strip_suffix('.').unwrap_or(text)).ok()? {
        ServerName::IpAddress(address) => of_address(address.into()),
        ServerName::DnsName(name) => Some(ServerName::DnsName(name.to_lowercase_owned())),
        _ => None,
    }
}

fn of_address(address: IpAddr) -> Option<ServerName<'static>> {
    let address = address.to_canonical();
    (!address.is_unspecified()).then(|| ServerName::from(address))
}

/// The URL by which clients reach the port for HTTP.
pub(crate) fn http_url(options: &Options, address: SocketAddr) -> String {
    if options.names.is_empty() && !address.ip().is_unspecified() {
        format!("http://{address}")
    } else {
        let host = url_host(&options.endpoint);
        format!("http://{host}:{}", address.port())
    }
}

/// An endpoint as it is written in a URL.
pub(crate) fn url_host(endpoint: &str) -> String {
    if endpoint.parse::<Ipv6Addr>().is_ok() {
        format!("[{endpoint}]")
    } else {
        endpoint.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn hosts(bind: &str, names: &[&str]) -> Result<Hosts, NotAHost> {
        Hosts::of(&Options {
            bind: bind.parse().expect("an address"),
            names: names.iter().map(ToString::to_string).collect(),
            ..Options::default()
        })
    }

    #[test]
    fn a_request_names_a_host_of_the_service() {
        let names = ["Box.Example.", "10.0.0.9", "[2001:db8::9]", "my_service"];
        let hosts = hosts("192.168.1.5", &names).expect("hosts");
        let here = "/jobs";
        for (host, target, expected) in [
            ("localhost", here, true),
            ("LocalHost:8880", here, true),
            ("localhost.", here, true),
            ("localhost.:8880", here, true),
            ("localhost:", here, true),
            ("127.0.0.1:8880", here, true),
            ("[::1]", here, true),
            ("[0:0:0:0:0:0:0:1]:80", here, true),
            ("[::ffff:127.0.0.1]", here, true),
            ("192.168.1.5:8880", here, true),
            ("10.0.0.9", here, true),
            ("[2001:db8::9]:8880", here, true),
            ("BOX.example:1", here, true),
            ("box.example.", here, true),
            ("my_service:8880", here, true),
            ("localhost", "http://box.example:8880/jobs", true),
            ("localhost", "http://[::1]/jobs", true),
            ("", here, false),
            (":8880", here, false),
            ("localhost..", here, false),
            ("::1", here, false),
            ("::1:8880", here, false),
            ("[::1", here, false),
            ("[localhost]", here, false),
            ("[127.0.0.1]", here, false),
            ("192.168.1.6", here, false),
            ("0.0.0.0:8880", here, false),
            ("[::]", here, false),
            ("evil.example:8880", here, false),
            ("box.example.evil.example", here, false),
            ("evil.box.example", here, false),
            ("localhost.evil.example", here, false),
            ("localhost:80@evil.example", here, false),
            ("evil.example@localhost", here, false),
            ("localhost, evil.example", here, false),
            ("*", here, false),
            ("localhost", "http://evil.example/jobs", false),
            ("localhost", "http://localhost@evil.example/jobs", false),
            ("evil.example", "http://localhost/jobs", false),
        ] {
            let header = HeaderValue::from_str(host).expect("a header");
            let headers = HeaderMap::from_iter([(HOST, header)]);
            let found = hosts.has(&headers, &target.parse().expect("a target"));
            assert_eq!(found, expected, "{host} {target}");
        }
        for several in [&[][..], &["localhost", "localhost"], &["localhost", "evil"]] {
            let mut headers = HeaderMap::new();
            for host in several {
                headers.append(HOST, HeaderValue::from_static(host));
            }
            assert!(!hosts.has(&headers, &Uri::from_static(here)), "{several:?}");
        }
    }

    #[test]
    fn a_port_of_this_machine_has_no_other_names() {
        let hosts = Hosts::of_this_machine(Ipv4Addr::new(127, 0, 0, 2).into());
        let names: Vec<String> = hosts
            .iter()
            .map(|host| host.to_str().into_owned())
            .collect();
        assert_eq!(names, ["localhost", "127.0.0.1", "::1", "127.0.0.2"]);
    }

    #[test]
    fn each_host_is_in_the_certificate_once() {
        for (bind, names, expected) in [
            ("127.0.0.1", &[][..], "localhost 127.0.0.1 ::1"),
            ("0.0.0.0", &["A.b"], "localhost 127.0.0.1 ::1 a.b"),
            ("::", &["a.", "A", "::1"], "localhost 127.0.0.1 ::1 a"),
            (
                "::ffff:10.0.0.1",
                &["10.0.0.1"],
                "localhost 127.0.0.1 ::1 10.0.0.1",
            ),
            (
                "fd00::1",
                &["[fd00::0:1]"],
                "localhost 127.0.0.1 ::1 fd00::1",
            ),
        ] {
            let hosts = hosts(bind, names).expect("hosts");
            let found: Vec<_> = hosts.iter().map(ServerName::to_str).collect();
            assert_eq!(found.join(" "), expected, "{bind} {names:?}");
        }
    }

    #[test]
    fn what_clients_cannot_connect_to_is_not_a_name() {
        let long = "a".repeat(64);
        for name in [
            "",
            ".",
            "*",
            "*.example",
            "a b",
            "a:8883",
            "10.0.0.1:80",
            "http://a",
            "a/b",
            "-a",
            "a-",
            "a..b",
            ".a",
            "1.2.3",
            "256.1.1.1",
            "1.2.3.4.5",
            "0.0.0.0",
            "::",
            "[::]",
            "::ffff:0.0.0.0",
            "[::1",
            "[a]",
            "fe80::1%eth0",
            "b\u{fc}cher.example",
            "a\u{1b}b",
            &long,
        ] {
            let error = hosts("0.0.0.0", &[name]).expect_err(name);
            assert_eq!(error, NotAHost(name.to_owned()));
        }
    }
}
