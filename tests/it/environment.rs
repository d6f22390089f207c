//! What comes from the environment: variables that cannot be what they are for, credentials that fail, and proxies.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::serve::program;
use crate::test_service::{Run, TestService, run};

fn with_port(service: &TestService, mode: &[&str]) -> Command {
    let mut command = service.command(mode, service.local.mqtt_address().port());
    command.args(["--timeout", "5"]);
    command
}

#[test]
fn a_variable_that_the_sdk_cannot_take_is_named() {
    let service = TestService::new("variables");
    for (variable, value, expected) in [
        (
            "AWS_ACCESS_KEY_ID",
            &b"AKIA\r"[..],
            "the variable AWS_ACCESS_KEY_ID ends with a carriage return, as in a file with Windows line endings (CRLF)",
        ),
        (
            "AWS_SESSION_TOKEN",
            b"a\x01b",
            "the variable AWS_SESSION_TOKEN contains a control character",
        ),
        (
            "AWS_SECRET_ACCESS_KEY",
            b"\xff",
            "the variable AWS_SECRET_ACCESS_KEY is not UTF-8",
        ),
        (
            "AWS_SECRET_ACCESS_KEY",
            b"",
            "the variable AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not",
        ),
        (
            "AWS_ENDPOINT_URL_IOT",
            b"garbage",
            "the variable AWS_ENDPOINT_URL_IOT is not a URL, such as https://iot.us-east-1.amazonaws.com",
        ),
        (
            "AWS_REGION",
            b"us east 1",
            "the region `us east 1` of the AWS environment is not an AWS region",
        ),
    ] {
        let value = OsStr::from_bytes(value);
        let ended = run(with_port(&service, &[]).env(variable, value), "list-jobs\n");
        assert_eq!(ended.stdout, "", "{variable}");
        let lines: Vec<&str> = ended.stderr.lines().collect();
        assert_eq!(lines[0], format!("error: {expected}"));
        assert_eq!((lines.len(), ended.code), (2, Some(3)), "{}", ended.stderr);

        // The doctor looks at all the rest.
        let doctor = run(with_port(&service, &["doctor"]).env(variable, value), "");
        let line = format!("FAIL     AWS environment          {expected}\n");
        assert!(doctor.stdout.contains(&line), "{}", doctor.stdout);
        assert!(
            doctor.stdout.contains("ok       update"),
            "{}",
            doctor.stdout
        );
        assert_eq!((doctor.stderr.as_str(), doctor.code), ("", Some(1)));
    }
}

#[test]
fn a_variable_that_makes_no_difference_does_no_harm() {
    let service = TestService::new("harmless");
    for (variable, value) in [
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_RETRY_MODE", "never"),
        ("AWS_USE_FIPS_ENDPOINT", "perhaps"),
        ("AWS_DEFAULTS_MODE", "x"),
    ] {
        let Run { stdout, code, .. } =
            run(with_port(&service, &[]).env(variable, value), "list-jobs\n");
        let answer = "ListJobsResponse:\n{\"jobs\":[]}\n";
        assert_eq!((stdout.as_str(), code), (answer, Some(0)), "{variable}");
    }
    // The local service of the sandbox does not ask the environment at all.
    let mut command = program();
    command
        .args(["-c", "list-jobs"])
        .env("AWS_ACCESS_KEY_ID", "AKIA\r");
    assert_eq!(run(&mut command, "").code, Some(0));
}

/// Profiles of which none gives credentials.
const PROFILES: &str = "\
[profile half]
aws_access_key_id = AKIA
[profile loop]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = back
[profile back]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = loop
[profile sso]
sso_session = s
sso_account_id = 123456789012
sso_role_name = R
[sso-session s]
sso_region = us-east-1
sso_start_url = https://example.com/start
[profile fails]
credential_process = sh -c 'echo the vault is sealed >&2; exit 7'
[profile old]
credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Expiration\":\"2020-01-01T00:00:00Z\"}'
[profile strange]
credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"a\\u0007\",\"SecretAccessKey\":\"b\"}'
[profile slow]
credential_process = sleep 60
[profile token]
role_arn = arn:aws:iam::123456789012:role/x
web_identity_token_file = /nowhere
";

#[test]
fn credentials_that_fail_are_reported_with_the_cause() {
    let service = TestService::new("credentials");
    let config = service.write("config", PROFILES);
    let broken = service.write("broken", "[profile x]\nno equals sign\n");
    let parsing = format!("error parsing {} on line 2: ", broken.display());
    for (file, profile, cause, next) in [
        (
            &config,
            "staging",
            "profile `staging` was not defined",
            "`aws configure list-profiles` prints the profiles; set AWS_PROFILE, or aws-profile where that is used, to one of them",
        ),
        (
            &config,
            "half",
            "invalid credential source in `half`: profile missing aws_secret_access_key",
            "complete the profile: aws configure --profile half",
        ),
        (
            &config,
            "loop",
            "profile formed an infinite loop. ",
            "remove the circular source_profile from the profiles",
        ),
        (
            &config,
            "sso",
            "failed to load the cached SSO token",
            "sign in: aws sso login --profile sso",
        ),
        (
            &config,
            "fails",
            "external process exited with code exit status: 7. Stderr: the vault is sealed",
            "run the credential_process of the profile by hand to see what it needs",
        ),
        (
            &config,
            "old",
            "the credentials have expired",
            "get new credentials, and retry the command",
        ),
        (
            &config,
            "strange",
            "the access key id of the profile contains a control character",
            "complete the profile: aws configure --profile strange",
        ),
        (
            &config,
            "slow",
            "their source did not respond in time",
            "raise --timeout, or check where the profile gets its credentials",
        ),
        (
            &config,
            "token",
            "cannot read the file of web_identity_token_file: No such file or directory (os error 2)",
            "check AWS_WEB_IDENTITY_TOKEN_FILE, or the profile",
        ),
        (
            &broken,
            "x",
            &parsing,
            "correct the file, or set AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE to another",
        ),
    ] {
        let command = |mode: &[&str]| {
            let mut command = service.command(mode, service.local.mqtt_address().port());
            command
                .args(["--timeout", "2"])
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY")
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .env("AWS_CONFIG_FILE", file)
                .env("AWS_PROFILE", profile);
            command
        };
        // Asked twice, and the same is said twice.
        let script = "list-jobs\ncreate-job Job1 {}\npending\n";
        let Run {
            stdout,
            stderr,
            code,
            ..
        } = run(command(&[]).arg("--keep-going"), script);
        let said = format!("error: ListJobs was not sent: no AWS credentials: {cause}");
        assert!(stdout.starts_with(&said), "{profile}: {stdout}");
        assert_eq!(stdout.matches(cause).count(), 2, "{stdout}");
        assert_eq!(
            stdout.matches(&format!("\nhint: {next}\n")).count(),
            2,
            "{stdout}"
        );
        assert!(
            stdout.contains("GetPendingJobExecutionsResponse:"),
            "{stdout}"
        );
        assert_eq!(code, Some(3), "{profile}");
        assert!(profile == "slow" || stderr.contains(cause), "{stderr}");
        assert!(!stderr.contains("\\n"), "{stderr}");

        let Run { stdout, code, .. } = run(&mut command(&["doctor"]), "");
        let line = format!("FAIL     AWS credentials          {cause}");
        assert!(stdout.contains(&line), "{stdout}");
        assert!(stdout.contains(&format!("next: {next}\n")), "{stdout}");
        assert_eq!(code, Some(1));
    }
}

/// The SDK would read a file without a bound, and `/dev/zero` without an end.
#[cfg(unix)]
#[test]
fn a_file_of_profiles_that_is_too_large_is_not_read() {
    let service = TestService::new("large-profiles");
    let long = service.path("long.ini");
    std::fs::write(&long, "#\n".repeat((1 << 19) + 1)).expect("a file");
    for file in [long.to_str().expect("UTF-8"), "/dev/zero"] {
        for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let mut command = with_port(&service, &[]);
            command.env(variable, file);
            let Run { stderr, code, .. } = run(&mut command, "list-jobs\n");
            let cause = format!("error: the file `{file}` is larger than 1 MiB\n");
            assert!(stderr.contains(&cause), "{stderr}");
            assert_eq!(code, Some(3), "{stderr}");
        }
    }
}

#[test]
fn a_file_of_profiles_that_cannot_be_read_is_named() {
    let service = TestService::new("profiles");
    for (bytes, cause) in [
        (&b"[profile x\n"[..], "error parsing FILE on line 1: "),
        (
            b"[profile x]\nregion = \xff\n",
            "the file `FILE` is not UTF-8",
        ),
        (b"\xff\xfe[\0d\0", "the file `FILE` is not UTF-8"),
    ] {
        let file = service.path("profiles.ini");
        std::fs::write(&file, bytes).expect("a file");
        let cause = cause.replace("FILE", &file.display().to_string());
        // Nothing else names the region, or the credentials.
        for (missing, said) in [
            (&["AWS_REGION"][..], "error: "),
            (
                &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
                "error: ListJobs was not sent: no AWS credentials: ",
            ),
        ] {
            let mut command = with_port(&service, &[]);
            for variable in missing {
                command.env_remove(variable);
            }
            command.env("AWS_CONFIG_FILE", &file);
            let Run {
                stdout,
                stderr,
                code,
                ..
            } = run(&mut command, "list-jobs\n");
            let all = stdout + &stderr;
            assert!(all.contains(&format!("{said}{cause}")), "{all}");
            assert_eq!(code, Some(3), "{all}");
        }
    }
}

/// As `AWS_CONFIG_FILE=<(decrypt profiles)` is one.
#[test]
fn a_file_of_profiles_may_be_a_pipe() {
    let service = TestService::new("pipe");
    let profiles = "[default]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n";
    let mut command = with_port(&service, &["-c", "list-jobs"]);
    for variable in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(variable);
    }
    command.env("AWS_CONFIG_FILE", "/dev/stdin");
    let ended = run(&mut command, profiles);
    let expected = "ListJobsResponse:\n{\"jobs\":[]}\n";
    assert_eq!(ended.stdout, expected, "{}", ended.stderr);
    assert_eq!(ended.code, Some(0));
}

/// A proxy that answers nothing; what was asked of it.
fn proxy() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (asked, heard) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let _ = asked.send(text.lines().next().unwrap_or_default().to_owned());
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (format!("http://user:hidden@{address}"), heard)
}

const PROXY_VARIABLES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    let (url, asked) = proxy();
    let service = TestService::new("loopback");
    let proxied = |mut command: Command| {
        command.envs(PROXY_VARIABLES.map(|name| (name, url.clone())));
        run(&mut command, "create-job Job1 {\"a\":1}\nlist-jobs\n")
    };
    for command in [program(), with_port(&service, &[])] {
        let Run { stdout, code, .. } = proxied(command);
        assert!(stdout.contains("\nListJobsResponse:\n"), "{stdout}");
        assert_eq!(code, Some(0), "{stdout}");
    }
    let Run { stdout, .. } = proxied(with_port(&service, &["doctor"]));
    let direct = format!(
        "ok       proxy                    none; {} is reached directly\n",
        service.local.control_url()
    );
    assert!(stdout.contains(&direct), "{stdout}");
    assert!(asked.recv_timeout(Duration::from_millis(100)).is_err());
}

#[test]
fn a_proxy_is_used_as_the_aws_cli_would() {
    let (url, asked) = proxy();
    let service = TestService::new("proxied");
    let shown = url.replace("user:hidden@", "");
    let aws = "https://iot.example.invalid";
    for (variable, unproxied, is_used) in [
        ("HTTPS_PROXY", "", true),
        ("https_proxy", "other.invalid", true),
        ("HTTPS_PROXY", "example.invalid", false),
        ("HTTP_PROXY", "", false),
        ("ALL_PROXY", "", false),
    ] {
        let command = |mode: &[&str]| {
            let mut command = with_port(&service, mode);
            command
                .env("AWS_ENDPOINT_URL_IOT", aws)
                .env(variable, &url)
                .env("NO_PROXY", unproxied);
            command
        };
        let Run { stdout, code, .. } = run(&mut command(&[]), "delete-job Job1\n");
        let through = format!("(through the proxy {shown})\nit was not sent;");
        assert_eq!(stdout.contains(&through), is_used, "{variable}: {stdout}");
        assert!(stdout.contains("it was not sent"), "{stdout}");
        assert!(!stdout.contains("hidden"), "{stdout}");
        assert_eq!(code, Some(4));
        let connects = std::iter::from_fn(|| asked.try_recv().ok()).collect::<Vec<_>>();
        let connect = "CONNECT iot.example.invalid:443 HTTP/1.1";
        assert_eq!(connects.len(), if is_used { 2 } else { 0 }, "{connects:?}");
        assert!(connects.iter().all(|line| line == connect), "{connects:?}");

        let Run { stdout, .. } = run(&mut command(&["doctor"]), "");
        let line = if is_used {
            format!("{aws} is reached through {shown} ({variable}); MQTT is not\n")
        } else {
            format!("none; {aws} is reached directly\n")
        };
        let line = format!("ok       proxy                    {line}");
        assert!(stdout.contains(&line), "{stdout}");
        let _ = asked.try_iter().count();
    }
}
