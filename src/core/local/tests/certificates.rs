//! Certificates from a request, and those that were registered without a CA: who gets in with them.

use std::sync::Arc;

use rcgen::{
    CertificateParams, DnType, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize, SigningKey as _,
    date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::{Value, json};

use crate::local::pki::certificate_id;
use crate::local::state_file::tests::Folder;
use crate::local::tests::soon;
use crate::local::tests::wire::{V5, Wire, connect, puback, publish, refused};
use crate::local::{LocalService, Options};
use crate::tls;

const VERSIONS: [&[&SupportedProtocolVersion]; 2] =
    [&[&rustls::version::TLS12], &[&rustls::version::TLS13]];

/// A client may be called anything, and publish to what its certificate is called.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
    {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:us-east-1:123456789012:topic/${iot:Certificate.Subject.CommonName}"}
]}"#;

/// A certificate and its key.
struct Shown {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Shown {
    fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        Self { certificate, key }
    }

    fn id(&self) -> String {
        certificate_id(&self.certificate)
    }

    fn pem(&self) -> String {
        pem::encode(&pem::Pem::new("CERTIFICATE", self.certificate.as_ref()))
    }

    /// Shows the certificate without a look at it.
    fn config(
        &self,
        service: &LocalService,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(service.ca_pem().as_bytes()).expect("the CA");
        roots.add(ca).expect("the CA is taken");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = provider.key_provider.load_private_key(self.key.clone_key());
        let shown = CertifiedKey::new(vec![self.certificate.clone()], key.expect("a key"));
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions of TLS")
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
        Arc::new(config)
    }
}

/// What becomes of a client.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Connected,
    /// After its CONNECT, without a CONNACK.
    HungUp,
    /// With an alert of TLS.
    Alert,
}

async fn end(service: &LocalService, shown: &Shown) -> End {
    let mut ends = Vec::new();
    for versions in VERSIONS {
        let config = shown.config(service, versions);
        let Ok(mut wire) = soon("TLS", Wire::try_open_with(service, config)).await else {
            ends.push(End::Alert);
            continue;
        };
        let sent = wire.try_ask(&connect(V5, "c")).await;
        ends.push(match sent {
            Ok(answer) if answer.is_empty() => End::HungUp,
            Ok(_) => End::Connected,
            Err(_) => End::Alert,
        });
    }
    assert_eq!(ends[0], ends[1]);
    ends.remove(0)
}

fn params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params
}

fn self_signed(params: &CertificateParams) -> Shown {
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    Shown::new(certificate.der().clone(), &key)
}

/// Without version and extensions, as openssl makes it.
fn version_1() -> Shown {
    let key = KeyPair::generate().expect("a key");
    let certificate = params("old").self_signed(&key).expect("a certificate");
    let (tag, content, _) = tls::element(certificate.der()).expect("DER");
    let (fields, behind) = tls::first(content).expect("DER");
    let mut fields = tls::element(fields).expect("DER").1;
    let (algorithm, _) = tls::first(behind).expect("DER");
    let mut parts = Vec::new();
    while let Some((part, rest)) = tls::first(fields) {
        parts.push(part);
        fields = rest;
    }
    let fields = tls::wrap(tag, &parts[1..7]);
    let signature = key.sign(&fields).expect("a signature");
    let signature = tls::wrap(0x03, &[&[0], &signature]);
    let der = tls::wrap(tag, &[&fields, algorithm, &signature]);
    Shown::new(CertificateDer::from(der), &key)
}

fn with_policy(service: &LocalService, id: &str) {
    let document = json!({ "policyDocument": POLICY });
    service.control("POST", "/policies/p", &document);
    let target = json!({ "target": format!("arn:aws:iot:us-east-1:123456789012:cert/{id}") });
    let (status, answer) = service.control("PUT", "/target-policies/p", &target);
    assert_eq!(status, 200, "{answer}");
}

fn register(service: &LocalService, shown: &Shown, status: &str) -> (u16, Value) {
    let body = json!({ "certificatePem": shown.pem(), "status": status });
    let (code, answer) = service.control("POST", "/certificate/register-no-ca", &body);
    if code == 200 {
        assert_eq!(answer["certificateId"], shown.id());
        with_policy(service, &shown.id());
    }
    (code, answer)
}

fn start(endpoint: &str) -> LocalService {
    let options = Options {
        endpoint: endpoint.to_owned(),
        ..Options::default()
    };
    LocalService::start(&options).expect("the service starts")
}

#[tokio::test]
async fn a_request_with_any_key_of_aws_becomes_a_certificate_that_connects() {
    let service = start("127.0.0.1");
    let keys = [
        KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512),
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
    ];
    for key in keys {
        let key = key.expect("a key");
        let request = params("lamp").serialize_request(&key).expect("a request");
        let request = request.pem().expect("PEM");
        let body = json!({ "certificateSigningRequest": request });
        let path = "/certificates?setAsActive=true";
        let (status, made) = service.control("POST", path, &body);
        assert_eq!(status, 200, "{made}");
        let pem = made["certificatePem"].as_str().expect("PEM");
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let shown = Shown::new(certificate, &key);
        assert_eq!(made["certificateId"], shown.id());
        with_policy(&service, &shown.id());
        assert_eq!(end(&service, &shown).await, End::Connected);
        // The subject is that of the request.
        let mut wire = Wire::greeted_with(&service, shown.config(&service, VERSIONS[1])).await;
        wire.send(&publish(V5, 2, 7, "lamp", b"")).await;
        wire.expect(&puback(7)).await;
        wire.send(&publish(V5, 2, 8, "AWS IoT Certificate", b""))
            .await;
        wire.expect(&refused(8, 0x87)).await;
        // The same request makes another certificate.
        let (_, other) = service.control("POST", path, &body);
        assert_ne!(other["certificateId"], made["certificateId"]);
    }
}

#[test]
fn a_request_that_cannot_be_used_is_refused() {
    let service = start("127.0.0.1");
    let request = |key: &KeyPair| {
        let request = params("lamp").serialize_request(key).expect("a request");
        request.der().to_vec()
    };
    let good = request(&KeyPair::generate().expect("a key"));
    let mut forged = good.clone();
    let name = forged.windows(4).position(|window| window == b"lamp");
    forged[name.expect("the name")] = b'd';
    let pem = |der: &[u8]| pem::encode(&pem::Pem::new("CERTIFICATE REQUEST", der));
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
    for (text, expected) in [
        (pem(&good), None),
        (
            pem(&good)
                .replace("REQUEST", "NEW_REQUEST")
                .replace("CERTIFICATE NEW_REQUEST", "NEW CERTIFICATE REQUEST"),
            None,
        ),
        (format!("Certificate Request:\n{}", pem(&good)), None),
        ("file://request.csr".to_owned(), Some("it is not PEM")),
        (self_signed(&params("c")).pem(), Some("it is not PEM")),
        (
            pem(&good[..50]),
            Some("it is not a certificate signing request"),
        ),
        (
            pem(b"rubbish"),
            Some("it is not a certificate signing request"),
        ),
        (pem(&forged), Some("its signature does not match its key")),
        (
            pem(&request(&ed25519)),
            Some("its key is not an RSA key of 2048 bits or more, or an EC key"),
        ),
    ] {
        let body = json!({ "certificateSigningRequest": text });
        let (status, answer) = service.control("POST", "/certificates", &body);
        let Some(expected) = expected else {
            assert_eq!(status, 200, "{answer} {text}");
            continue;
        };
        let message = answer["message"].as_str().expect("a message");
        assert_eq!(status, 400, "{text}");
        assert!(
            message.starts_with(&format!("CSR violates constraints: {expected}")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_certificate_gets_in_that_is_registered_whoever_has_signed_it() {
    let service = start("127.0.0.1");
    let ca_key = KeyPair::generate().expect("a key");
    let issuer = Issuer::new(params("another CA"), ca_key);
    let key = KeyPair::generate().expect("a key");
    let foreign = params("issued").signed_by(&key, &issuer);
    let foreign = Shown::new(foreign.expect("a certificate").der().clone(), &key);
    for shown in [self_signed(&params("self")), foreign, version_1()] {
        assert_eq!(end(&service, &shown).await, End::Alert);
        assert_eq!(register(&service, &shown, "ACTIVE").0, 200);
        assert_eq!(end(&service, &shown).await, End::Connected);
        assert_eq!(register(&service, &shown, "ACTIVE").0, 409);
        let path = format!("/certificates/{}", shown.id());
        let inactive = format!("{path}?newStatus=INACTIVE");
        service.control("PUT", &inactive, &Value::Null);
        assert_eq!(end(&service, &shown).await, End::HungUp);
        let (status, answer) =
            service.control("DELETE", &format!("{path}?forceDelete=true"), &Value::Null);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(end(&service, &shown).await, End::Alert);
        assert_eq!(register(&service, &shown, "INACTIVE").0, 200);
        assert_eq!(end(&service, &shown).await, End::HungUp);
        service.reset();
        assert_eq!(end(&service, &shown).await, End::Alert);
    }
}

#[tokio::test]
async fn a_registered_certificate_is_of_no_use_without_its_key_and_outside_its_validity() {
    let service = start("127.0.0.1");
    let good = self_signed(&params("good"));
    assert_eq!(register(&service, &good, "ACTIVE").0, 200);
    let stolen = Shown {
        certificate: good.certificate.clone(),
        ..self_signed(&params("thief"))
    };
    assert_eq!(end(&service, &stolen).await, End::Alert);
    for (from, until) in [(2019, 2020), (2119, 2120)] {
        let mut params = params("c");
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let shown = self_signed(&params);
        assert_eq!(register(&service, &shown, "ACTIVE").0, 200);
        assert_eq!(end(&service, &shown).await, End::Alert);
    }
}

#[test]
fn a_certificate_that_cannot_be_used_is_not_registered() {
    let service = start("127.0.0.1");
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
    let ed25519 = params("c").self_signed(&ed25519).expect("a certificate");
    let issuer = Issuer::new(
        params("c"),
        KeyPair::generate_for(&PKCS_ED25519).expect("a key"),
    );
    let key = KeyPair::generate().expect("a key");
    let signed = params("c").signed_by(&key, &issuer).expect("a certificate");
    let good = self_signed(&params("c")).pem();
    for (text, expected) in [
        (format!("subject=CN = c\n{good}"), None),
        ("rubbish".to_owned(), Some("it is not PEM")),
        (
            good.replace("CERTIFICATE", "PUBLIC KEY"),
            Some("it is not PEM"),
        ),
        (
            pem::encode(&pem::Pem::new("CERTIFICATE", b"rubbish".as_slice())),
            Some("it is not an X.509 certificate"),
        ),
        (ed25519.pem(), Some("its key is not")),
        (
            signed.pem(),
            Some("its signature algorithm is not supported"),
        ),
    ] {
        let body = json!({ "certificatePem": text });
        let (status, answer) = service.control("POST", "/certificate/register-no-ca", &body);
        let Some(expected) = expected else {
            assert_eq!(status, 200, "{answer} {text}");
            continue;
        };
        let message = answer["message"].as_str().expect("a message");
        assert_eq!(status, 400, "{text}");
        let start = format!("The certificate is not valid: {expected}");
        assert!(message.starts_with(&start), "{message}");
    }
}

/// "Devices with certificates in SNI_ONLY mode must send the SNI extension."
#[tokio::test]
async fn a_client_with_a_certificate_without_a_ca_names_the_server() {
    let (log, lines) = std::sync::mpsc::sync_channel(10);
    let options = Options {
        endpoint: "localhost".to_owned(),
        log: Some(log),
        ..Options::default()
    };
    let service = LocalService::start(&options).expect("the service starts");
    let shown = self_signed(&params("c"));
    assert_eq!(register(&service, &shown, "ACTIVE").0, 200);
    assert_eq!(end(&service, &shown).await, End::Connected);
    let mut config = shown.config(&service, VERSIONS[1]).as_ref().clone();
    config.enable_sni = false;
    let mut wire = soon("TLS", Wire::try_open_with(&service, Arc::new(config)))
        .await
        .expect("TLS stands");
    wire.send(&connect(V5, "c")).await;
    wire.expect_close().await;
    let line = lines.try_iter().last().expect("a line");
    assert!(
        line.ends_with("the client does not name the server in its TLS handshake (SNI)"),
        "{line}"
    );
}

#[tokio::test]
async fn what_is_registered_gets_in_after_a_restart() {
    let folder = Folder::new();
    let options = Options {
        state: Some(folder.file()),
        ..Options::default()
    };
    let start = || LocalService::start(&options).expect("the service starts");
    let service = start();
    let shown = self_signed(&params("c"));
    assert_eq!(register(&service, &shown, "ACTIVE").0, 200);
    drop(service);
    let service = start();
    assert_eq!(end(&service, &shown).await, End::Connected);
    assert_eq!(register(&service, &shown, "ACTIVE").0, 409);
}
