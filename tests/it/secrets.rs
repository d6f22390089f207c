//! Secrets: in the log, and in whatever shows a job document. The program as it is shipped.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use crate::script::ended;
use crate::serve::Folder;
use crate::test_service::{TestService, run};

/// What no log may hold; each secret below begins so.
const SECRET: &str = "S3CR3T";

/// Answers every request as AWS answers one for credentials, in JSON or XML, and returns its URL.
fn pretend_credentials() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 8192];
            let read = stream.read(&mut request).unwrap_or_default();
            let body = if String::from_utf8_lossy(&request[..read]).contains("/federation/") {
                format!(
                    r#"{{"roleCredentials":{{"accessKeyId":"{SECRET}1","secretAccessKey":"{SECRET}2","sessionToken":"{SECRET}3","expiration":4102444800000}}}}"#
                )
            } else {
                // Not what was asked for, so that an error of the SDK holds all of it.
                format!(
                    "<R><AccessKeyId>{SECRET}4</AccessKeyId><SecretAccessKey>{SECRET}5</SecretAccessKey><SessionToken>{SECRET}6</SessionToken></R>"
                )
            };
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\nx-unheard-of: S3CR3T7\r\n";
            let _ = write!(stream, "{head}content-length: {length}\r\n\r\n{body}");
        }
    });
    url
}

#[test]
fn no_way_to_credentials_leaves_a_secret_in_the_log() {
    // The name of the cached token is the SHA-1 of the session's.
    const CACHED: &str = ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json";
    let service = TestService::new("secrets");
    let port = service.local.mqtt_address().port();
    let url = pretend_credentials();
    fs::create_dir_all(service.path(".aws/sso/cache")).expect("a folder");
    service.write(
        CACHED,
        &format!(
            r#"{{"accessToken":"{SECRET}8","expiresAt":"2099-01-01T00:00:00Z","clientId":"c","clientSecret":"{SECRET}9","refreshToken":"{SECRET}10","registrationExpiresAt":"2099-01-01T00:00:00Z"}}"#
        ),
    );
    let token = service.write("token", &format!("{SECRET}11"));
    let config = format!(
        "[sso-session s]\nsso_start_url = https://x.example/start\nsso_region = us-east-1\n\
         [profile sso]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = Dev\n\
         [profile web]\nrole_arn = arn:aws:iam::111122223333:role/x\nweb_identity_token_file = {}\n\
         [profile assume]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n\
         [profile base]\naws_access_key_id = {SECRET}12\naws_secret_access_key = {SECRET}13\n\
         [profile process]\ncredential_process = echo '{{\"Version\":1,\"AccessKeyId\":\"{SECRET}14\",\"SecretAccessKey\":\"{SECRET}15\",\"SessionToken\":\"{SECRET}16\"}}'\n",
        token.display()
    );
    let config = service.write("config", &config);
    for (profile, level, code) in [
        ("sso", "trace", 0),
        ("web", "trace", 3),
        ("web", "warn", 3),
        ("assume", "trace", 3),
        ("process", "trace", 0),
    ] {
        let log = service.path(&format!("{profile}-{level}.log"));
        let mut command = service.command(&[], port);
        command
            .env("HOME", &service.folder.0)
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_ENDPOINT_URL_SSO", &url)
            .env("AWS_ENDPOINT_URL_STS", &url)
            .env("LOG_SENSITIVE_BODIES", "true")
            .env("AWS_PROFILE", profile)
            .env("RUST_LOG", level)
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .arg("--log")
            .arg(&log)
            .args(["-c", "list-things"]);
        let ended = run(&mut command, "");
        assert_eq!(ended.code, Some(code), "{profile}: {ended:?}");
        let text = fs::read_to_string(&log).expect("a log");
        assert!(text.contains("aws_"), "{text}");
        let line = text.lines().find(|line| line.contains(SECRET));
        assert_eq!(line, None, "{profile}");
        assert_eq!(text.contains("x-amz-sso_bearer_token"), profile == "sso");
    }
}

#[test]
fn a_query_shows_no_signature_without_its_name() {
    let document = r#"{"form":{"x-amz-signature":"S3CR3T","key":"k"}}"#;
    let folder = Folder::new("query-signature");
    let whole = folder.0.join("whole");
    let query = "--query execution.jobDocument.form.*";
    let script = format!(
        "create-job Job1 {document}\nevents off\ndescribe Job1 {query}\nwatch --count 1 describe Job1 {query}\n\
         describe Job1 {query} > '{}'\n",
        whole.display()
    );
    for options in [
        &[][..],
        &["--output", "raw"],
        &["--query", "execution.jobDocument.form.*"],
    ] {
        let (code, output, said) = ended(options, &script);
        assert_eq!(code, 0, "{said}");
        assert!(!output.contains(SECRET), "{output}");
        assert_eq!(
            output.matches(r#"["k","[redacted]"]"#).count(),
            2,
            "{output}"
        );
        let whole = fs::read_to_string(&whole).expect("the file");
        assert_eq!(whole, "[\"k\",\"S3CR3T\"]\n");
    }
}

#[test]
fn a_presigned_url_is_shown_without_its_signature_however_it_is_escaped() {
    let folder = Folder::new("escaped-url");
    let transcript = folder.0.join("session.txt");
    let log = folder.0.join("log.txt");
    let [transcript, log] = [&transcript, &log].map(|path| path.to_str().expect("a path"));
    for document in [
        // Gson, and what Gson makes of a text that it has made.
        r#"{"u":"https://b/k?X-Amz-Credential\u003dS3CR3T%2Fs3\u0026X-Amz-Signature\u003dS3CR3T"}"#,
        r#"{"u":"{\"v\":\"k?X-Amz-Security-Token\\u003dS3CR3T\\u0026X-Amz-Signature\\u003dS3CR3T\"}"}"#,
        // Names, and everything.
        r#"{"u":"k?X\u002dAmz\u002dSignatur\u0065=S3CR3T"}"#,
        r#"{"u":"k?X%2DAmz%252DSignature%25253DS3CR3T","v":"k?Signature&#61;S3CR3T&amp;a"}"#,
        r#"{"u":"{\"X-Amz-Credential\":\"S3CR3T\\\/s3\"}","v":"\\\\u003fSignature\\\\u003dS3CR3T"}"#,
    ] {
        let script = format!(
            "wire on\ncreate-job Job1 {document}\nnext\nget-job-document Job1\nget-job-document Job1 --query document\n\
             explain create-job Job2 {document}\ncreate-job Job2 {document}]\nevents last\n"
        );
        for form in ["text", "json", "jsonl", "raw"] {
            let options = ["--output", form, "--keep-going", "--color", "always"];
            let files = ["--transcript", transcript, "--log", log];
            let (code, output, said) = ended(&[&options[..], &files].concat(), &script);
            assert_eq!(code, 2, "{said}");
            assert!(output.contains("[redacted]"), "{output}");
            let [kept, logged] =
                [transcript, log].map(|path| fs::read_to_string(path).expect(path));
            for shown in [output, said, kept, logged] {
                assert!(!shown.contains(SECRET), "{form}: {shown}");
            }
        }
    }
}
