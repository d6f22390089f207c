//! TLS with a client: the protocol that both have agreed on, and what the client's certificate is.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::{AlertDescription, PeerIncompatible};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::broker::ClientIdentity;
use crate::local::hub::handle::HubHandle;
use crate::local::pki::certificate_id;
use crate::local::socket::Socket;
use crate::policy::ConnectionOrigin;
use crate::tls::{self, ALPN_HTTP_CERTIFICATE, ALPN_MQTT_CERTIFICATE};

/// A connection whose client has shown a certificate of the CA, or one that was registered without a CA.
pub(crate) type Secure = TlsStream<Socket>;

/// The port that MQTT and HTTP share on AWS, and on which it also serves clients without a certificate.
const SHARED_PORT: u16 = 443;

/// What a client speaks within TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    Mqtt,
    Http,
}

/// Whether a client that has agreed on this protocol by ALPN is served on this port for MQTT. "Clients that connect on port
/// 443 with X.509 client certificate authentication must implement the ALPN TLS extension"; on other ports ALPN is optional.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
pub(crate) fn is_served(port: u16, alpn: Option<&[u8]>) -> bool {
    port != SHARED_PORT || alpn == Some(ALPN_MQTT_CERTIFICATE)
}

/// What a client speaks on this port for HTTPS; `None` if it is not served. On 8443 ALPN is optional; on 443 the same rule
/// holds as for MQTT.
// GUESS: AWS lists `x-amzn-mqtt-ca` for port 443 alone. One port here stands for both, because 443 needs privileges.
pub(crate) fn spoken(port: u16, alpn: Option<&[u8]>) -> Option<Spoken> {
    match alpn {
        Some(ALPN_MQTT_CERTIFICATE) => Some(Spoken::Mqtt),
        Some(ALPN_HTTP_CERTIFICATE) => Some(Spoken::Http),
        _ => (port != SHARED_PORT).then_some(Spoken::Http),
    }
}

/// TLS, if it stands in time. A client with neither fails, which is logged, because many clients only show a code.
pub(crate) async fn secure(
    socket: TcpStream,
    acceptor: &TlsAcceptor,
    hub: &HubHandle,
    patience: Duration,
) -> Option<Secure> {
    let address = socket.peer_addr();
    let accepting = timeout(patience, acceptor.accept(Socket::new(socket)));
    let why = match accepting.await {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => failure(&error)?,
        Err(_) => format!("no handshake within {} s", patience.as_secs()),
    };
    let address = address.map_or_else(|_| "a client".to_owned(), |it| it.ip().to_string());
    hub.log(format!("TLS with {address} has failed: {why}"))
        .await;
    None
}

/// Why a handshake failed; `None` if the client only closed the connection, as a probe of the port does.
fn failure(error: &io::Error) -> Option<String> {
    let error: &rustls::Error = error.get_ref()?.downcast_ref()?;
    Some(match error {
        rustls::Error::NoCertificatesPresented => "the client has no certificate".to_owned(),
        rustls::Error::InvalidCertificate(_) => {
            "the client's certificate was not issued by the service, and is not registered"
                .to_owned()
        }
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            // A CA of the same name with another key, such as that of an earlier start.
            | AlertDescription::DecryptError
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown,
        ) => {
            "the client does not trust the CA of the service, or uses another host name".to_owned()
        }
        rustls::Error::NoApplicationProtocol => {
            "the client asks by ALPN for a protocol that is not served here".to_owned()
        }
        rustls::Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon) => {
            "the client needs a cipher suite for the service's elliptic key (ECDHE-ECDSA), or TLS 1.3".to_owned()
        }
        rustls::Error::InvalidMessage(_) => "the client does not speak TLS".to_owned(),
        error => error.to_string(),
    })
}

/// The port that the client has connected to, and the protocol that it has agreed on.
pub(crate) fn port_and_alpn(stream: &Secure) -> (u16, Option<&[u8]>) {
    let (socket, session) = stream.get_ref();
    let local = socket.stream().local_addr();
    (
        local.map_or(0, |address| address.port()),
        session.alpn_protocol(),
    )
}

/// Who the client is, without a client id.
pub(crate) fn identity(stream: &Secure) -> Option<ClientIdentity> {
    let (socket, session) = stream.get_ref();
    let certificate = session.peer_certificates()?.first()?;
    let remote = socket.stream().peer_addr();
    Some(ClientIdentity {
        client_id: String::new(),
        certificate_id: certificate_id(certificate),
        origin: Arc::new(ConnectionOrigin {
            // On a socket for both versions, an IPv4 address comes inside an IPv6 one.
            source_ip: remote.ok().map(|it| it.ip().to_canonical().to_string()),
            domain_name: session.server_name().map(str::to_owned),
            certificate_serial: tls::serial_number(certificate),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_that_is_shared_asks_for_alpn() {
        use Spoken::{Http, Mqtt};
        for (port, alpn, mqtt, https) in [
            (8883, None, true, Some(Http)),
            (8883, Some("x-amzn-mqtt-ca"), true, Some(Mqtt)),
            (8443, Some("x-amzn-http-ca"), true, Some(Http)),
            (8443, Some("http/1.1"), true, Some(Http)),
            (443, None, false, None),
            (443, Some("x-amzn-mqtt-ca"), true, Some(Mqtt)),
            (443, Some("x-amzn-http-ca"), false, Some(Http)),
            // For clients without a certificate, and for custom authorizers.
            (443, Some("http/1.1"), false, None),
            (443, Some("mqtt"), false, None),
        ] {
            let agreed = alpn.map(str::as_bytes);
            assert_eq!(is_served(port, agreed), mqtt, "{port} {alpn:?}");
            assert_eq!(spoken(port, agreed), https, "{port} {alpn:?}");
        }
    }
}
