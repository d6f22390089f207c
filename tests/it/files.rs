//! Files as editors, shells and the AWS CLI leave them. The program as it is shipped.

use std::fs;
use std::process::Stdio;

use serde_json::json;

use crate::script::ended;
use crate::serve::{FREE_PORTS, Folder, finish, program, soon};
use crate::test_service::{Run, TestService, run};

/// A policy that allows everything.
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}"#;

/// A text in the encodings of Windows: UTF-8 with a byte order mark, and UTF-16 in both orders.
fn encodings(text: &str) -> [Vec<u8>; 4] {
    let marked = format!("\u{feff}{text}");
    let units: Vec<u16> = marked.encode_utf16().collect();
    [
        text.as_bytes().to_vec(),
        marked.into_bytes(),
        units.iter().flat_map(|it| it.to_le_bytes()).collect(),
        units.iter().flat_map(|it| it.to_be_bytes()).collect(),
    ]
}

#[test]
fn a_document_a_script_and_a_policy_may_be_in_any_encoding() {
    let folder = Folder::new("encodings");
    let path = |name: &str| folder.0.join(name);
    let answer = json!({"policyName": "p", "policyDocument": POLICY, "policyVersionId": "1"});
    let answer = answer.to_string();
    for (document, bytes) in encodings("{\"größe\": \"🚀\"}\r\n").iter().enumerate() {
        fs::write(path("doc.json"), bytes).expect("a file");
        let script = "create-job J1 @doc.json\r\nget-job-document J1 --query document\r\n";
        for script in encodings(script) {
            fs::write(path("script"), script).expect("a file");
            let mut command = program();
            command
                .current_dir(&folder.0)
                .args(["--output", "raw", "-f", "script"]);
            let output = finish(&mut command);
            let shown = String::from_utf8_lossy(&output.stdout);
            assert!(
                shown.ends_with("{\"größe\": \"🚀\"}\n"),
                "{document}: {output:?}"
            );
        }
        let mut command = program();
        command
            .args(["--output", "raw", "create-job", "J1", "@-"])
            .stdin(fs::File::open(path("doc.json")).expect("the file"));
        assert!(finish(&mut command).status.success());
    }
    for text in [POLICY, &answer] {
        for bytes in encodings(text) {
            fs::write(path("policy.json"), bytes).expect("a file");
            let names = [
                "--thing",
                "t",
                "--region",
                "us-east-1",
                "--account",
                "123456789012",
            ];
            for file in ["policy.json", "-"] {
                let mut command = program();
                let output = finish(
                    command
                        .current_dir(&folder.0)
                        .args(["policy", "check", file])
                        .args(names)
                        .stdin(fs::File::open(path("policy.json")).expect("the file")),
                );
                let shown = String::from_utf8_lossy(&output.stdout);
                assert!(shown.ends_with("over MQTT.\n"), "{output:?}");
            }
        }
    }
    for (bytes, reason) in [
        (&b"{\"a\": \"\xe9\"}"[..], "is not UTF-8"),
        (b"\xff\xfe{\0}", "starts like UTF-16, but is not"),
        (b"\xff\xfe\0\0{\0\0\0}\0\0\0", "is UTF-32"),
    ] {
        fs::write(path("doc.json"), bytes).expect("a file");
        let line = format!("create-job J1 '@{}'", path("doc.json").display());
        let (code, output, _) = ended(&["-c", &line], "");
        let expected = format!("error: the document {reason}\nhint: save it as UTF-8\n");
        assert_eq!((code, output.as_str()), (3, expected.as_str()));
    }
    // In the line, as a shell puts it there.
    let (code, output, _) = ended(&["create-job", "J1", "\u{feff}{\"a\": 1}"], "");
    assert_eq!(code, 0, "{output}");
}

#[test]
fn the_policy_of_serve_may_be_in_any_encoding() {
    for bytes in encodings(POLICY) {
        serve_with_policy(&bytes);
    }
}

fn serve_with_policy(bytes: &[u8]) {
    let folder = Folder::new("encoded-policy");
    let policy = folder.0.join("policy.json");
    fs::write(&policy, bytes).expect("a file");
    let mut command = program();
    command.args(FREE_PORTS).arg("--policy");
    // It accepts the policy and ends, as nothing reads where it is.
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.arg(&policy).stdout(writer).stderr(Stdio::piped());
    let child = command.spawn().expect("it starts");
    let output = soon("the end", || child.wait_with_output().expect("it ends"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("error: cannot write to standard output: Broken pipe"),
        "{said}"
    );
}

#[test]
fn a_path_may_begin_with_the_users_folder() {
    let folder = Folder::new("home");
    fs::write(folder.0.join("doc.json"), "{}").expect("a file");
    fs::write(
        folder.0.join("script"),
        "create-job J @~/doc.json\nlist-jobs\n",
    )
    .expect("a file");
    for words in [
        &["create-job", "J", "@~/doc.json"][..],
        &["create-job", "J", "file://~/doc.json"],
        &["-c", "pending > ~/out", "-c", "pending >> '~/out'"],
        &[
            "--file=~/script",
            "--log=~/log",
            "--transcript=~/transcript",
        ],
    ] {
        let output = finish(program().env("HOME", &folder.0).args(words));
        assert!(output.status.success(), "{output:?}");
    }
    for name in ["log", "transcript", "out"] {
        assert!(folder.0.join(name).exists(), "{name}");
    }
}

#[test]
fn a_certificate_and_its_key_may_come_as_other_programs_keep_them() {
    let service = TestService::new("pem-forms");
    let port = service.local.mqtt_address().port();
    let [cert, key, ca] = ["cert.pem", "key.pem", "ca.pem"]
        .map(|name| fs::read_to_string(service.path(name)).expect(name));
    let answer = json!({
        "certificateArn": "arn:aws:iot:us-east-1:123456789012:cert/1",
        "certificatePem": cert,
        "keyPair": {"PublicKey": "-----BEGIN PUBLIC KEY-----\n", "PrivateKey": key},
    });
    let answer = serde_json::to_string_pretty(&answer).expect("JSON");
    let forms: [fn(&str) -> Vec<u8>; 6] = [
        |pem| encodings(pem)[1].clone(),
        |pem| encodings(pem)[2].clone(),
        |pem| pem.replace('\n', "\\n").into_bytes(),
        |pem| pem.replace('\n', "\r\n    ").into_bytes(),
        |pem| pem.replace('\n', " ").into_bytes(),
        |pem| format!("KEY=\"{}\"", pem.replace('\n', "\\n")).into_bytes(),
    ];
    for form in forms {
        for (name, pem) in [("cert.pem", &cert), ("key.pem", &key), ("ca.pem", &ca)] {
            fs::write(service.path(name), form(pem)).expect(name);
        }
        let Run { code, stderr, .. } = run(service.command(&[], port).args(["-c", "pending"]), "");
        assert_eq!(code, Some(0), "{stderr}");
    }
    fs::write(service.path("ca.pem"), ca).expect("the CA");
    for name in ["cert.pem", "key.pem"] {
        fs::write(service.path(name), &answer).expect(name);
    }
    let Run { code, stderr, .. } = run(service.command(&[], port).args(["-c", "pending"]), "");
    assert_eq!(code, Some(0), "{stderr}");
    // Not even an error quotes the key.
    fs::write(
        service.path("cert.pem"),
        answer.replace("certificatePem", "other"),
    )
    .expect("a file");
    let Run { code, stderr, .. } = run(service.command(&[], port).args(["-c", "pending"]), "");
    assert_eq!(code, Some(3), "{stderr}");
    let secret = key.lines().nth(1).expect("a line");
    assert!(!stderr.contains(secret), "{stderr}");
}
