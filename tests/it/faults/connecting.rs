//! The first connection, and why it fails.

use std::process::Command;
use std::time::Duration;

use crate::proxy::{Proxy, Traffic};
use crate::test_service::{Authority, Run, TestService, pretend, pretend_tls, run};

/// A first connection that cannot succeed ends within 10 s; the rest is for a machine that is busy with other tests.
const CONNECT_LIMIT: Duration = Duration::from_secs(14);

const COMMANDS: &str = "get-pending-job-executions\n";

/// Checks a start that must fail: the exit status, and every line on standard error.
fn check(service: &TestService, mut command: Command, port: u16, code: i32, expected: &str) {
    let Run {
        code: ended,
        stdout,
        stderr,
        took,
    } = run(&mut command, COMMANDS);
    assert_eq!(service.normal(&stderr, port).trim_end(), expected);
    assert_eq!(ended, Some(code), "{stderr}");
    assert_eq!(stdout, "", "no command was carried out");
    assert!(took < CONNECT_LIMIT, "{took:?}: {stderr}");
}

#[test]
fn a_file_that_is_of_no_use_is_named() {
    let service = TestService::new("files");
    let other = rcgen::KeyPair::generate().expect("a key").serialize_pem();
    service.write("other.key", &other);
    service.write("empty.pem", "");
    service.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let port = service.local.mqtt_address().port();
    for (option, file, expected) in [
        (
            "--key",
            "other.key",
            "error: the private key `DIR/other.key` is not the key of the certificate `DIR/cert.pem`\n\
             give two files that were created together",
        ),
        (
            "--key",
            "encrypted.key",
            "error: the private key `DIR/encrypted.key` is encrypted\n\
             decrypt it first: openssl pkey -in DIR/encrypted.key -out plain.key",
        ),
        (
            "--key",
            "missing.key",
            "error: cannot read the private key file `DIR/missing.key`: No such file or directory (os error 2)\n\
             check the path and the permissions",
        ),
        (
            "--cert",
            ".",
            "error: cannot read the certificate file `DIR/.`: Is a directory (os error 21)\n\
             check the path and the permissions",
        ),
        (
            "--cert",
            "key.pem",
            "error: the certificate file `DIR/key.pem` does not contain a certificate\n\
             it holds a private key: were the two files swapped?",
        ),
        (
            "--ca-file",
            "empty.pem",
            "error: the CA file `DIR/empty.pem` does not contain a certificate\n\
             give a PEM file with a line `-----BEGIN CERTIFICATE-----`",
        ),
    ] {
        let command = replaced(
            &service,
            option,
            service.path(file).to_str().expect("a path"),
            port,
        );
        check(&service, command, port, 3, expected);
    }
}

/// The command of a test service with another value of one option.
fn replaced(service: &TestService, option: &str, value: &str, port: u16) -> Command {
    let usual = service.command(&[], port);
    let mut command = Command::new(usual.get_program());
    command.env_clear();
    for (name, value) in usual.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let mut is_next = false;
    for argument in usual.get_args() {
        if is_next {
            command.arg(value);
        } else {
            command.arg(argument);
        }
        is_next = argument == option;
    }
    command
}

#[test]
fn a_place_without_the_service_is_named() {
    let service = TestService::new("places");
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    check(
        &service,
        service.command(&[], closed),
        closed,
        4,
        "error: nothing listens on localhost:PORT (connection refused)\n\
         check the port (AWS IoT offers MQTT on 8883 and 443), and that the service is running",
    );
    let web = pretend(|mut stream| {
        let _ = std::io::Read::read(&mut stream, &mut [0; 512]);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    })
    .port();
    check(
        &service,
        service.command(&[], web),
        web,
        4,
        "error: localhost:PORT does not speak TLS: its first bytes are not TLS\n\
         check the port: AWS IoT offers MQTT over TLS on 8883 and 443",
    );
    let port = service.local.mqtt_address().port();
    let nowhere = replaced(&service, "--endpoint", "nowhere.invalid", port);
    let Run {
        code, stderr, took, ..
    } = run(&mut { nowhere }, COMMANDS);
    assert!(
        stderr.starts_with("error: the name `nowhere.invalid` cannot be resolved: ")
            || stderr.starts_with("error: no answer from nowhere.invalid"),
        "{stderr}"
    );
    assert_eq!(code, Some(4), "{stderr}");
    assert!(took < CONNECT_LIMIT, "{took:?}: {stderr}");
}

#[test]
fn a_link_that_is_silent_or_cut_at_the_start_is_named() {
    let service = TestService::new("silent");
    for (traffic, expected) in [
        (
            Traffic::Hold,
            "error: no answer from localhost:PORT within 10s: the port is open, but TLS and MQTT get no answer\n\
             check that this port is for MQTT over TLS",
        ),
        (
            Traffic::Refuse,
            "error: localhost:PORT hung up during the TLS handshake\n\
             check that this port is for MQTT over TLS; AWS IoT uses 8883 and 443",
        ),
    ] {
        let proxy = Proxy::start(service.local.mqtt_address());
        proxy.set(traffic);
        let port = proxy.port();
        check(&service, service.command(&[], port), port, 4, expected);
    }
}

#[test]
fn a_server_that_is_not_trusted_is_named() {
    let service = TestService::new("trust");
    let authority = Authority::new();
    let other = TestService::new("trust-other");
    let port = other.local.mqtt_address().port();
    check(
        &service,
        service.command(&[], port),
        port,
        4,
        "error: the certificate of `localhost` is from an unknown authority, `jobs-sandbox local CA (not AWS)`\n\
         give its CA file with --ca-file and start again; for AWS IoT give Amazon Root CA 1, or no CA file",
    );
    service.write("ca.pem", &authority.pem());
    for (name, years, expected) in [
        (
            "localhost",
            2000..2020,
            "error: the certificate of `localhost` has expired\n\
             check the clock of this machine; if it is right, the server needs a new certificate",
        ),
        (
            "localhost",
            2090..2099,
            "error: the certificate of `localhost` is not valid yet\n\
             check the clock of this machine",
        ),
        (
            "elsewhere.example",
            2000..2099,
            "error: the certificate of the server is not for `localhost`, only for elsewhere.example\n\
             give the endpoint by a name in its certificate",
        ),
    ] {
        let port = pretend_tls(&authority, &authority.issue(name, years), |_| {}).port();
        check(&service, service.command(&[], port), port, 4, expected);
    }
}

#[test]
fn a_client_certificate_that_is_refused_is_named() {
    let service = TestService::new("client");
    let port = service.local.mqtt_address().port();
    let authority = Authority::new();
    let refused = |alert: &str| {
        format!(
            "error: the server refused the client certificate (TLS alert: {alert})\n\
             check that it is registered and active in this account and region, and not expired"
        )
    };
    let present = |issued: &crate::test_service::Issued| {
        service.write("cert.pem", &issued.certificate.pem());
        service.write("key.pem", &issued.key.serialize_pem());
    };
    // Of an authority that the service does not know.
    present(&authority.issue("device", 2000..2099));
    check(
        &service,
        service.command(&[], port),
        port,
        4,
        &refused("UnknownCA"),
    );

    service.write("ca.pem", &authority.pem());
    let port = pretend_tls(
        &authority,
        &authority.issue("localhost", 2000..2099),
        |_| {},
    )
    .port();
    for (years, warning) in [
        (
            2000..2020,
            "warning: the certificate `DIR/cert.pem` expired on 2020-01-01T00:00:00Z\n\
             create a new one: aws iot create-keys-and-certificate --set-as-active\n",
        ),
        (
            2090..2099,
            "warning: the certificate `DIR/cert.pem` is not valid before 2090-01-01T00:00:00Z\n\
             check the clock of this machine\n",
        ),
    ] {
        present(&authority.issue("device", years));
        check(
            &service,
            service.command(&[], port),
            port,
            4,
            &format!("{warning}{}", refused("CertificateExpired")),
        );
    }
}

#[test]
fn a_server_that_speaks_no_mqtt_is_named() {
    let service = TestService::new("rubbish");
    let authority = Authority::new();
    service.write("ca.pem", &authority.pem());
    let issued = authority.issue("device", 2000..2099);
    service.write("cert.pem", &issued.certificate.pem());
    service.write("key.pem", &issued.key.serialize_pem());
    let server = authority.issue("localhost", 2000..2099);
    let protocol = |detail: &str| {
        format!(
            "error: localhost:PORT does not answer as an MQTT 5 server: {detail}\n\
             check the endpoint and the port; on port 443 AWS IoT needs ALPN"
        )
    };
    let hung_up = "error: the server hung up after TLS without a reason\n\
         check that a policy allows iot:Connect for client id `lamp-1`, and that the certificate is registered there and active";
    let cases: [(&'static [u8], String); 6] = [
        (b"", hung_up.to_owned()),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            hung_up.to_owned(),
        ),
        (b"\x00\x00\x00\x00", protocol("received a packet that is not MQTT 5 (Invalid packet type = 0)")),
        (b"\xd0\x00", protocol("its first packet is not the answer to CONNECT")),
        (
            b"\x20\x03\x00\x87\x00",
            "error: the server refused client id `lamp-1` (CONNACK 0x87 not authorized)\n\
             attach a policy that allows iot:Connect on client/lamp-1 to the certificate, and activate it"
                .to_owned(),
        ),
        (
            b"\x20\x03\x00\x97\x00",
            "error: the server refused the connection (CONNACK 0x97 quota exceeded)\n\
             check the client id `lamp-1`, and retry later"
                .to_owned(),
        ),
    ];
    for (answer, expected) in cases {
        let port = pretend_tls(&authority, &server, move |stream| {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(answer);
            let _ = stream.flush();
        })
        .port();
        check(&service, service.command(&[], port), port, 4, &expected);
    }
}

#[test]
fn what_a_policy_does_not_allow_is_named() {
    let all = |denied: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iot:*","Resource":"*"}},{denied}]}}"#
        )
    };
    let denied = |action: &str, resource: &str| {
        all(&format!(
            r#"{{"Effect":"Deny","Action":"iot:{action}","Resource":"arn:aws:iot:us-east-1:123456789012:{resource}"}}"#
        ))
    };
    for (policy, expected) in [
        (
            denied("Connect", "*"),
            "error: the server refused client id `lamp-1` (CONNACK 0x87 not authorized)\n\
             attach a policy that allows iot:Connect on client/lamp-1 to the certificate, and activate it",
        ),
        (
            denied("Subscribe", "topicfilter/*/notify-next"),
            "error: the server refused the subscription\n\
             \x20 $aws/things/lamp/jobs/notify-next (0x87 not authorized)\n\
             allow iot:Subscribe on these in the policy, as topicfilter/…",
        ),
    ] {
        let service = TestService::with_policy("denied", &policy);
        let port = service.local.mqtt_address().port();
        check(&service, service.command(&[], port), port, 4, expected);
    }

    // A connection without the right to publish is still a connection; its commands report what is missing.
    let service = TestService::with_policy("denied-later", &denied("Publish", "topic/*/jobs/get"));
    let port = service.local.mqtt_address().port();
    let run = run(&mut service.command(&[], port), COMMANDS);
    assert_eq!(
        (run.stdout.as_str(), run.code),
        (
            "error: the server refused the message of GetPendingJobExecutions (PUBACK 0x87 not authorized)\n\
             allow iot:Publish on topic/$aws/things/lamp/jobs/get in the policy\n",
            Some(1)
        )
    );
}

#[test]
fn the_wrong_kind_of_endpoint_is_pointed_out() {
    let service = TestService::new("kind");
    let port = service.local.mqtt_address().port();
    let command = replaced(
        &service,
        "--endpoint",
        "a1b2c3.iot.us-east-1.amazonaws.com",
        port,
    );
    let Run { stderr, code, .. } = run(&mut { command }, COMMANDS);
    assert!(
        stderr.starts_with(
            "warning: `a1b2c3.iot.us-east-1.amazonaws.com` is not the Amazon Trust Services endpoint: its name does not contain `-ats`\n\
             `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints the one to use\n"
        ),
        "{stderr}"
    );
    assert_eq!(code, Some(4), "{stderr}");
}
