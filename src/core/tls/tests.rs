use aws_lc_rs::encoding::{AsDer, EcPrivateKeyRfc5915Der, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rcgen::{CertificateParams, KeyPair};

use super::*;

/// Where the PKCS#1 key begins in the PKCS#8 form of an RSA key of 2048 bits, in bytes.
const PKCS1_OFFSET: usize = 26;

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_usize, |word, i| {
            word << 8 | usize::from(*chunk.get(i).unwrap_or(&0))
        });
        for i in 0..4 {
            let digit = DIGITS[word >> (18 - 6 * i) & 63];
            text.push(if i <= chunk.len() { digit.into() } else { '=' });
        }
    }
    text
}

fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<String> = base64(der)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// A certificate and its key, the latter in PKCS#8, in PEM and in DER.
fn pair(key: &KeyPair) -> (String, String, Vec<u8>) {
    let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(key).expect("a certificate");
    (certificate.pem(), key.serialize_pem(), key.serialize_der())
}

fn ec_pair() -> (String, String, Vec<u8>) {
    pair(&KeyPair::generate().expect("a key"))
}

fn config(certificate: &str, key: &str) -> Result<Arc<ClientConfig>, TlsError> {
    let file = |role, text: &str| PemFile {
        role,
        path: PathBuf::from(format!("the {role} file")),
        bytes: text.as_bytes().to_vec(),
    };
    let (root, _, _) = ec_pair();
    let roots = file(PemRole::Ca, &root).roots()?;
    let certificate = file(PemRole::Certificate, certificate);
    client_config_from(
        roots,
        &certificate,
        &file(PemRole::Key, key),
        Some(ALPN_MQTT_CERTIFICATE),
    )
}

#[test]
fn a_key_may_have_any_of_three_forms() {
    let (certificate, pkcs8, der) = ec_pair();
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).expect("a key");
    let sec1: EcPrivateKeyRfc5915Der = ec.private_key().as_der().expect("SEC1");

    let rsa = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let rsa: Pkcs8V1Der = rsa.as_der().expect("PKCS#8");
    let (rsa_certificate, rsa_pkcs8, rsa_der) =
        pair(&KeyPair::try_from(rsa.as_ref()).expect("a key"));

    for (name, certificate, key) in [
        ("EC, PKCS#8", &certificate, pkcs8),
        (
            "EC, SEC1",
            &certificate,
            pem("EC PRIVATE KEY", sec1.as_ref()),
        ),
        ("RSA, PKCS#8", &rsa_certificate, rsa_pkcs8),
        (
            "RSA, PKCS#1",
            &rsa_certificate,
            pem("RSA PRIVATE KEY", &rsa_der[PKCS1_OFFSET..]),
        ),
    ] {
        let config = config(certificate, &key);
        let alpn = config.map(|config| config.alpn_protocols.clone());
        assert_eq!(
            alpn.map_err(|error| format!("{name}: {error}")),
            Ok(vec![ALPN_MQTT_CERTIFICATE.to_vec()])
        );
    }
}

#[test]
fn each_mistake_has_its_own_error() {
    let (certificate, key, der) = ec_pair();
    let (other, _, _) = ec_pair();
    let public = pem("PUBLIC KEY", b"any");
    let encrypted = pem("ENCRYPTED PRIVATE KEY", b"any");
    let encrypted_too =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n".to_owned();
    let cut = key.replace("-----END PRIVATE KEY-----", "");
    let nonsense = pem("PRIVATE KEY", b"nonsense");
    let broken = pem("CERTIFICATE", b"nonsense");
    for (name, certificate, key, expected) in [
        (
            "key in place of the certificate",
            &key,
            &key,
            "the certificate file `the certificate file` does not contain a certificate\nit holds a private key: were the two files swapped?",
        ),
        (
            "empty",
            &String::new(),
            &key,
            "the certificate file `the certificate file` does not contain a certificate\ngive a PEM file with a line `-----BEGIN CERTIFICATE-----`",
        ),
        (
            "broken certificate",
            &broken,
            &key,
            "the certificate file `the certificate file` is damaged\ndownload or copy it again",
        ),
        (
            "certificate in place of the key",
            &certificate,
            &certificate,
            "`the private key file` does not contain a private key\ngive the file that AWS IoT calls `…-private.pem.key`",
        ),
        (
            "public key",
            &certificate,
            &public,
            "`the private key file` does not contain a private key\ngive the file that AWS IoT calls `…-private.pem.key`",
        ),
        (
            "encrypted PKCS#8",
            &certificate,
            &encrypted,
            "the private key `the private key file` is encrypted\ndecrypt it first: openssl pkey -in the private key file -out plain.key",
        ),
        (
            "encrypted PKCS#1",
            &certificate,
            &encrypted_too,
            "the private key `the private key file` is encrypted\ndecrypt it first: openssl pkey -in the private key file -out plain.key",
        ),
        (
            "cut off",
            &certificate,
            &cut,
            "the private key file `the private key file` is damaged\ndownload or copy it again",
        ),
        (
            "no such key",
            &certificate,
            &nonsense,
            "the private key `the private key file` cannot be used\ngive an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521",
        ),
        (
            "of another certificate",
            &other,
            &key,
            "the private key `the private key file` is not the key of the certificate `the certificate file`\ngive two files that were created together",
        ),
    ] {
        let error = config(certificate, key).map(|_| ()).expect_err(name);
        assert_eq!(error.to_string(), expected, "{name}");
        let debug = format!("{error:?}");
        assert!(!debug.contains(&base64(&der)[..40]), "{name}: {debug}");
    }
}

/// An element of DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len())
        .expect("a short element")
        .to_be_bytes();
    [&[tag, 0x82], &length[..], content].concat()
}

#[test]
fn a_certificate_of_version_1_is_not_called_damaged() {
    let (certificate, key, _) = ec_pair();
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    let (_, content, _) = der::element(&der).expect("a certificate");
    let (_, mut fields, signature) = der::element(content).expect("its fields");
    // Version 1 has neither a version nor extensions, which are the first field and the last.
    let mut kept = Vec::new();
    while let Some((tag, content, rest)) = der::element(fields) {
        if ![0xa0, 0xa3].contains(&tag) {
            kept.extend(element(tag, content));
        }
        fields = rest;
    }
    let fields = element(der::SEQUENCE, &kept);
    let first = element(der::SEQUENCE, &[&fields, signature].concat());
    let error = config(&pem("CERTIFICATE", &first), &key)
        .map(|_| ())
        .expect_err("version 1");
    assert!(
        error
            .to_string()
            .contains("of version 1, but TLS needs version 3\n"),
        "{error}"
    );
}

#[test]
fn a_binary_file_is_named() {
    let (certificate, _, der) = ec_pair();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("DER");
    let folder = std::env::temp_dir().join(format!("jobs-sandbox-der-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, bytes, role, tool) in [
        ("c.der", &certificate[..], PemRole::Certificate, "x509"),
        ("k.der", &der, PemRole::Key, "pkey"),
        ("k.sec1", b"\x30\x77\x02\x01\x01", PemRole::Key, "pkey"),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("a file");
        let error = PemFile::read(role, &path).map(|_| ()).expect_err(name);
        let expected = format!("is binary, not PEM\nconvert it: openssl {tool} -inform DER -in ");
        assert!(error.to_string().contains(&expected), "{error}");
    }
    std::fs::remove_dir_all(folder).expect("it is removed");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let missing = Path::new("/no/such/file.pem");
    let endless = Path::new("/dev/zero");
    for (name, cert, key, expected) in [
        (
            "certificate",
            missing,
            missing,
            "cannot read the certificate file `/no/such/file.pem`: ",
        ),
        (
            "too large",
            endless,
            missing,
            "the certificate file `/dev/zero` is larger than 1 MiB",
        ),
    ] {
        let error = client_config(RootCertStore::empty(), cert, key, None)
            .map(|_| ())
            .expect_err(name);
        assert!(error.to_string().starts_with(expected), "{name}: {error}");
    }
    let error = roots(missing).map(|_| ()).expect_err("no file");
    let expected = "cannot read the CA file `/no/such/file.pem`: ";
    assert!(error.to_string().starts_with(expected), "{error}");
}
