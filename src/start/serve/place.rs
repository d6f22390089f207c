//! Where `serve` listens, and the names by which clients reach it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::cli::ServeArgs;
use crate::local::LocalService;
use crate::serve::error::ServeError;

/// An address, and the host that clients use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bind: IpAddr,
    pub(crate) endpoint: String,
}

impl Place {
    /// What `--listen`, `--host` and `--name` mean together.
    pub(crate) fn of(args: &ServeArgs) -> Result<Self, ServeError> {
        let (bind, host) = match &args.listen {
            Some(text) => {
                let bind = address(text).ok_or_else(|| ServeError::Listen(text.clone()))?;
                (bind, bind.to_string())
            }
            None => match args.host.as_str() {
                host @ ("localhost" | "127.0.0.1") => (Ipv4Addr::LOCALHOST.into(), host.to_owned()),
                "::1" => (Ipv6Addr::LOCALHOST.into(), args.host.clone()),
                other => return Err(ServeError::Host(other.to_owned())),
            },
        };
        let endpoint = match args.names.first() {
            Some(name) => name.clone(),
            None if bind.is_unspecified() => return Err(ServeError::NoName(bind)),
            None => host,
        };
        Ok(Self { bind, endpoint })
    }
}

/// An IP address as it is typed: an IPv6 address may be in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let inside = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address = match inside {
        Some(inside) => inside.parse().map(IpAddr::V6),
        None => text.parse(),
    };
    address.ok().map(|address| address.to_canonical())
}

/// A warning if other machines can reach the service.
pub(crate) fn warning(local: &LocalService) -> Option<String> {
    let address = local.http_address();
    if address.ip().is_loopback() {
        return None;
    }
    let place = if address.ip().is_unspecified() {
        "all addresses of this machine".to_owned()
    } else {
        address.ip().to_string()
    };
    Some(format!(
        "warning: other machines can reach this service on {place}, ports {} (MQTT), {} (HTTPS) and {} (HTTP)\n\
         the HTTP port is not encrypted and does not check credentials: everyone who reaches it can change everything, \
         create jobs for your devices, and make certificates for the other ports\n\
         use it in a trusted network only; see `jobs-sandbox help local-service`",
        local.mqtt_address().port(),
        local.https_address().port(),
        address.port(),
    ))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Mode};

    fn place(line: &str) -> Result<Place, ServeError> {
        let words = ["jobs-sandbox", "serve"]
            .into_iter()
            .chain(line.split_whitespace());
        let cli = Cli::try_parse_from(words).expect("the options exist");
        match cli.mode {
            Some(Mode::Serve(args)) => Place::of(&args),
            other => panic!("no arguments of serve: {other:?}"),
        }
    }

    #[test]
    fn the_options_make_a_place() {
        for (line, expected) in [
            ("", "127.0.0.1 localhost"),
            ("--host localhost", "127.0.0.1 localhost"),
            ("--host 127.0.0.1", "127.0.0.1 127.0.0.1"),
            ("--host ::1", "::1 ::1"),
            ("--name box.example", "127.0.0.1 box.example"),
            ("--listen 192.168.1.5", "192.168.1.5 192.168.1.5"),
            ("--listen 127.0.0.2", "127.0.0.2 127.0.0.2"),
            ("--listen 2001:db8::5", "2001:db8::5 2001:db8::5"),
            ("--listen [2001:db8::5]", "2001:db8::5 2001:db8::5"),
            ("--listen ::ffff:10.0.0.1", "10.0.0.1 10.0.0.1"),
            ("--listen 0.0.0.0 --name a --name b", "0.0.0.0 a"),
            ("--listen :: --name a", ":: a"),
            ("--listen [::] --name 10.0.0.1", ":: 10.0.0.1"),
            (
                "--host 0.0.0.0",
                "--host `0.0.0.0` is not a loopback address",
            ),
            (
                "--host example.com",
                "--host `example.com` is not a loopback",
            ),
            ("--listen 0.0.0.0", "--listen `0.0.0.0` is all addresses"),
            (
                "--listen ::ffff:0.0.0.0",
                "--listen `0.0.0.0` is all addresses",
            ),
            ("--listen ::", "--listen `::` is all addresses"),
            (
                "--listen box.example",
                "--listen `box.example` is not an IP",
            ),
            ("--listen localhost", "--listen `localhost` is not an IP"),
            (
                "--listen 0.0.0.0:8883",
                "--listen `0.0.0.0:8883` is not an IP",
            ),
            ("--listen [10.0.0.1]", "--listen `[10.0.0.1]` is not an IP"),
            (
                "--listen fe80::1%eth0",
                "--listen `fe80::1%eth0` is not an IP",
            ),
            ("--listen *", "--listen `*` is not an IP address"),
            ("--listen=", "--listen `` is not an IP address"),
        ] {
            let found = place(line).map_err(|error| {
                assert!(error.is_usage(), "{line}");
                error.to_string()
            });
            let found = found.map_or_else(|it| it, |it| format!("{} {}", it.bind, it.endpoint));
            assert!(found.starts_with(expected), "{line}: {found}");
        }
    }
}
