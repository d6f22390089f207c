//! `doctor`, `policy` and `--log`, as users run them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::serve::program;
use crate::test_service::{Run, TestService, run};

/// Lines as verdict and name, for comparison.
fn verdicts(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| {
            let name = line.get(9..33).unwrap_or_default().trim();
            format!("{} {name}", line[..8].trim())
        })
        .collect()
}

fn count(text: &str, verdict: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with(verdict))
        .count()
}

#[test]
fn all_is_well_with_a_local_service() {
    let service = TestService::new("well");
    let port = service.local.mqtt_address().port();
    let Run {
        stdout,
        stderr,
        code,
        ..
    } = run(&mut service.command(&["doctor"], port), "");
    assert_eq!(
        verdicts(&stdout),
        [
            "ok private key file",
            "ok certificate and key",
            "ok validity",
            "ok kind of endpoint",
            "ok name of the endpoint",
            "ok TCP",
            "ok TLS",
            "ok MQTT (CONNACK)",
            "ok subscription",
            "ok subscription",
            "ok subscription",
            "ok subscription",
            "ok subscription",
            "ok subscription",
            "ok get-pending",
            "ok describe $next",
            "skipped start-next",
            "ok update",
            "skipped events",
            "ok clock",
            "ok proxy",
            "ok control plane",
            "ok AWS credentials",
            "ok DescribeThing",
            "ok CreateJob",
        ],
        "{stdout}{stderr}"
    );
    assert_eq!(code, Some(0));

    // Nothing was changed, and in a session the report on the existing connection is the same.
    let Run { stdout, code, .. } = run(&mut service.command(&[], port), "doctor\npending\n");
    assert!(
        stdout.contains("\"inProgressJobs\":[],\"queuedJobs\":[]"),
        "{stdout}"
    );
    assert_eq!(
        (count(&stdout, "FAIL"), count(&stdout, "ok")),
        (0, 23),
        "{stdout}"
    );
    assert!(!stdout.contains("Connection lost"), "{stdout}");
    assert_eq!(code, Some(0));

    // Without any option it looks at a local service of its own.
    let Run { stdout, code, .. } = run(program().arg("doctor"), "");
    assert_eq!((count(&stdout, "FAIL"), code), (0, Some(0)), "{stdout}");
    assert_eq!(count(&stdout, "warning"), 0, "{stdout}");
}

#[test]
fn what_is_wrong_has_a_next_step() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:*","Resource":"*"},
        {"Effect":"Deny","Action":"iot:Publish","Resource":"*/jobs/*/update"}]}"#;
    let service = TestService::with_policy("wrong", policy);
    let port = service.local.mqtt_address().port();
    fs::set_permissions(service.path("key.pem"), fs::Permissions::from_mode(0o644))
        .expect("a mode");
    let mut command = service.command(&["doctor"], port);
    command.env("AWS_ENDPOINT_URL_IOT", "http://127.0.0.1:1");
    let Run { stdout, code, .. } = run(&mut command, "");
    for expected in [
        "warning  private key file         others can read `DIR/key.pem` (mode 0644)\n         next: chmod 600 DIR/key.pem\n",
        "FAIL     update                   the server refused the message of UpdateJobExecution (PUBACK 0x87 not authorized)\n         next: allow iot:Publish on topic/$aws/things/lamp/jobs/doctor-",
        "skipped  clock                    the control plane did not send its time\n",
        "FAIL     control plane            no answer from the control plane: ",
        "skipped  AWS credentials          an earlier step failed\n",
        "skipped  CreateJob                cannot be tried without the ARN of the thing\n",
    ] {
        assert!(
            service.normal(&stdout, port).contains(expected),
            "{expected}: {stdout}"
        );
    }
    assert_eq!((count(&stdout, "FAIL"), code), (2, Some(1)), "{stdout}");

    // Without a connection the rest is skipped, and the control plane is looked at all the same.
    service.write("key.pem", "no key");
    let Run { stdout, code, .. } = run(&mut service.command(&["doctor"], port), "");
    assert!(
        stdout.contains("FAIL     certificate and key      `")
            && stdout.contains("key.pem` does not contain a private key"),
        "{stdout}"
    );
    assert_eq!((count(&stdout, "FAIL"), code), (1, Some(1)), "{stdout}");
    assert!(stdout.contains("ok       CreateJob"), "{stdout}");
}

#[test]
fn policies_are_printed_and_checked() {
    let service = TestService::new("policy");
    let names = [
        "--thing",
        "lamp",
        "--region",
        "eu-west-1",
        "--account",
        "123456789012",
    ];
    let Run { stdout, code, .. } = run(program().arg("policy").args(names), "");
    assert_eq!(code, Some(0));
    for expected in [
        "\"arn:aws:iot:eu-west-1:123456789012:client/test-*\"",
        "\"arn:aws:iot:eu-west-1:123456789012:topic/$aws/things/lamp/jobs/get\"",
        "\"arn:aws:iot:eu-west-1:123456789012:thing/lamp\"",
        "iot:CreateJob",
    ] {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
    let Run { stdout, .. } = run(
        program()
            .arg("policy")
            .args(names)
            .args(["--only", "device"]),
        "",
    );
    let file = service.write("policy.json", &stdout);
    let check = |policy: &str| {
        service.write("policy.json", policy);
        run(
            program().args(["policy", "check"]).arg(&file).args(names),
            "",
        )
    };
    let ok = check(&stdout);
    assert!(
        ok.stdout
            .ends_with("The policy allows everything that the sandbox does over MQTT.\n"),
        "{ok:?}"
    );
    assert_eq!(ok.code, Some(0));
    let missing = check(&stdout.replace("iot:Receive", "iot:Recieve"));
    assert!(
        missing.stdout.contains(
            "MISSING  iot:Receive    topic/$aws/things/lamp/jobs/notify: no statement allows it\n"
        ),
        "{missing:?}"
    );
    assert_eq!(missing.code, Some(1));
    let broken = check("{");
    assert!(broken.stderr.starts_with("error: `"), "{broken:?}");
    assert_eq!(broken.code, Some(3));
    for arguments in [
        &["policy"][..],
        &["policy", "--thing", "a"],
        &[
            "policy",
            "--thing",
            "a/b",
            "--region",
            "r",
            "--account",
            "123456789012",
        ],
    ] {
        let Run { code, stderr, .. } = run(program().args(arguments), "");
        assert_eq!(code, Some(2), "{stderr}");
    }
}

#[test]
fn the_log_tells_what_happened_and_no_secret() {
    const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYzSANDBOXKEY";
    const TOKEN: &str = "FwoGZXIvYXdzEBYaDSESSIONTOKENSANDBOX";
    let service = TestService::new("log");
    let port = service.local.mqtt_address().port();
    let log = service.path("log.txt");
    let presigned = "https://b.s3.amazonaws.com/k?X-Amz-Signature=0badc0ffee0badc0ffee";
    let mut command = service.command(&[], port);
    command
        .env("RUST_LOG", "trace")
        .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN)
        .arg("--log")
        .arg(&log);
    let input = format!("create-job Job1 {{\"u\":\"{presigned}\"}}\nnext\ndone Job1\n");
    let Run {
        stdout,
        stderr,
        code,
        ..
    } = run(&mut command, &input);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let text = fs::read_to_string(&log).expect("a log");
    for expected in [
        "jobs_sandbox",
        "connect host=localhost",
        "reply operation=\"UpdateJobExecution\"",
        "aws_",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    let key = fs::read_to_string(service.path("key.pem")).expect("the key");
    let key_lines = key.lines().filter(|line| !line.starts_with("-----"));
    let secrets: Vec<&str> = key_lines
        .chain([SECRET, TOKEN, "AKIASANDBOX"])
        .chain(["0badc0ffee", "Signature=0", "PRIVATE KEY"])
        .collect();
    assert!(secrets.len() > 7, "{}", secrets.len());
    for secret in secrets {
        for (place, shown) in [("log", &text), ("standard error", &stderr)] {
            let line = shown.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "in the {place}");
        }
    }
    let mode = fs::metadata(&log).expect("a log").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    // No line holds a control character, whatever was sent.
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));

    // What comes from a file is not known by its value.
    let file = service.write(
        "credentials",
        &format!(
            "[default]\naws_access_key_id = AKIASANDBOX\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n"
        ),
    );
    let mut command = service.command(&[], port);
    command
        .env("RUST_LOG", "trace")
        .env("AWS_SHARED_CREDENTIALS_FILE", file)
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .args(["--log", "-"]);
    let of_file = run(&mut command, "list-things\n");
    assert_eq!(of_file.code, Some(0), "{of_file:?}");
    assert!(of_file.stderr.contains("ProfileFile"), "{of_file:?}");
    for secret in [SECRET, TOKEN, "AKIASANDBOX"] {
        let line = of_file.stderr.lines().find(|line| line.contains(secret));
        assert_eq!(line, None);
    }

    // On standard error if that is asked for; silent otherwise.
    let to_stderr = run(service.command(&[], port).args(["--log", "-"]), "");
    assert!(
        to_stderr.stderr.contains(" INFO  jobs_sandbox"),
        "{to_stderr:?}"
    );
    let silent = run(service.command(&[], port).env("RUST_LOG", "trace"), "");
    assert!(!silent.stderr.contains(" INFO "), "{silent:?}");
    for (level, target, code) in [("loud", "x.log", 2), ("info", "no/folder/x", 3)] {
        let path = service.path(target);
        let wrong = run(
            service
                .command(&[], port)
                .env("RUST_LOG", level)
                .arg("--log")
                .arg(path),
            "",
        );
        assert_eq!(wrong.code, Some(code), "{wrong:?}");
    }
}
