//! Profiles, aliases and start-up lines, with the program as it is shipped; and what a service hands over.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pty::Pty;
use crate::serve::{Folder, Serve, finish, program};
use crate::service::{check_golden, golden};
use crate::terminal::spawn;
use crate::test_service::{Run, TestService, run};

/// A user with a file of profiles.
struct User(Folder);

impl User {
    fn new(text: &str) -> Self {
        let user = Self(Folder::new("user"));
        fs::create_dir(user.0.0.join("jobs-sandbox")).expect("a folder");
        fs::set_permissions(&user.0.0, Permissions::from_mode(0o700)).expect("a mode");
        user.write(text.as_bytes());
        user
    }

    fn file(&self) -> PathBuf {
        self.0.0.join("jobs-sandbox/profiles.toml")
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(self.file(), bytes).expect("a file");
        self.set_mode(0o600);
    }

    fn set_mode(&self, mode: u32) {
        fs::set_permissions(self.file(), Permissions::from_mode(mode)).expect("a mode");
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.env("XDG_CONFIG_HOME", &self.0.0).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(&mut self.program(arguments), "")
    }
}

/// The first and the last line of an error.
fn ends(text: &str) -> (&str, &str) {
    let lines: Vec<&str> = text.lines().collect();
    (lines.first().unwrap_or(&""), lines.last().unwrap_or(&""))
}

const LAMP: &str = "[profile.lamp]\nthing = \"lamp\"\n";

#[test]
fn a_profile_that_is_not_there_is_named_before_anything_is_created() {
    let user = User::new(LAMP);
    let config = user.0.0.join("aws");
    fs::write(&config, "[profile firmware]\nregion = eu-west-1\n").expect("a file");
    let path = user.file();
    let path = path.display();
    let unknown = |name| format!("error: the profile `{name}` is not in `{path}`");
    for (arguments, what, next) in [
        (
            &["--profile", "lmp"][..],
            unknown("lmp"),
            "did you mean `lamp`?",
        ),
        (&["--profile", "xyz"], unknown("xyz"), "it has `lamp`"),
        (&["profile", "show", "xyz"], unknown("xyz"), "it has `lamp`"),
        (
            &["profile", "check", "xyz"],
            unknown("xyz"),
            "it has `lamp`",
        ),
        (
            &["doctor", "--profile", "xyz"],
            unknown("xyz"),
            "it has `lamp`",
        ),
        (
            &["agent", "--profile", "xyz"],
            unknown("xyz"),
            "it has `lamp`",
        ),
        (
            &["--profile", "firmware"],
            format!(
                "error: the profile `firmware` is not in `{path}`, only in AWS's configuration"
            ),
            "to use its region and its credentials, set AWS_PROFILE=firmware",
        ),
    ] {
        let mut command = user.program(arguments);
        let ended = run(command.env("AWS_CONFIG_FILE", &config), "");
        assert_eq!(ends(&ended.stderr), (what.as_str(), next), "{arguments:?}");
        let lines = ended.stderr.lines().count();
        assert_eq!((ended.stdout.as_str(), lines, ended.code), ("", 2, Some(2)));
    }
    let other = user.0.0.join("other.toml");
    fs::write(&other, "[profile.door]\n").expect("a file");
    let none = user.0.0.join("none.toml");
    let [other, none] = [&other, &none].map(|path| path.to_str().expect("a path"));
    // What a variable gives is not on the command line, where it would be looked for.
    let (of_name, of_path) = (
        "the name of the profile comes from JOBS_SANDBOX_PROFILE",
        "the path of the file comes from JOBS_SANDBOX_PROFILE_FILE",
    );
    for (variables, arguments, expected) in [
        (&[("PROFILE", "xyz")][..], &[][..], &[of_name][..]),
        (
            &[("PROFILE", "lamp"), ("PROFILE_FILE", other)],
            &[],
            &[of_name, of_path],
        ),
        (
            &[("PROFILE_FILE", other)],
            &["--profile", "lamp"],
            &[of_path],
        ),
        (
            &[("PROFILE", "xyz"), ("PROFILE_FILE", other)],
            &["profile", "show", "lamp"],
            &[of_path],
        ),
        (
            &[("PROFILE_FILE", none)],
            &["--profile", "lamp"],
            &[of_path],
        ),
        (&[("PROFILE_FILE", none)], &["profile", "list"], &[of_path]),
        (
            &[("PROFILE_FILE", none)],
            &["profile", "show", "x", "--profile-file", other],
            &[],
        ),
        (
            &[("PROFILE_FILE", none)],
            &["--aliases", "-c", "pending"],
            &[of_path],
        ),
        (
            &[("PROFILE", "xyz")],
            &["--profile-file", other, "--profile", "lamp"],
            &[],
        ),
    ] {
        let mut command = user.program(arguments);
        for (name, value) in variables {
            command.env(format!("JOBS_SANDBOX_{name}"), value);
        }
        let ended = run(&mut command, "");
        let origins = ended
            .stderr
            .lines()
            .filter(|line| line.contains(" comes from "));
        assert_eq!(
            origins.collect::<Vec<_>>(),
            expected,
            "{arguments:?}: {ended:?}"
        );
        assert!(
            matches!(ended.code, Some(2 | 3)),
            "{arguments:?}: {ended:?}"
        );
    }
    for (arguments, last) in [
        (&[][..], "the value comes from JOBS_SANDBOX_PORT"),
        (&["doctor"], "the value comes from JOBS_SANDBOX_PORT"),
        (&["--port=0"], "For more information, try '--help'."),
    ] {
        let ended = run(user.program(arguments).env("JOBS_SANDBOX_PORT", "0"), "");
        assert_eq!((ends(&ended.stderr).1, ended.code), (last, Some(2)));
    }
    // An empty variable counts as unset, and help needs no profile.
    for (value, arguments) in [("", ["-c", "pending"]), ("xyz", ["help", "profiles"])] {
        let mut command = user.program(&arguments);
        let ended = run(command.env("JOBS_SANDBOX_PROFILE", value), "");
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

/// Makes a file, or something in its place.
type Make<'a> = &'a dyn Fn(&Path);

#[test]
fn a_file_that_cannot_be_used_is_described() {
    let user = User::new("");
    let file = user.file();
    let path = file.display();
    let not_valid = format!("error: the file of profiles `{path}` is not valid: ");
    let fifo = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status();
        assert!(made.expect("a shell command").success());
    };
    let huge = |path: &Path| {
        let file = File::create(path).expect("a file");
        file.set_len(100_000_000).expect("a length");
    };
    let folder = |path: &Path| fs::create_dir(path).expect("a folder");
    let cases: [(Make, String); 8] = [
        (
            &|_| (),
            format!("error: the file of profiles `{path}` does not exist"),
        ),
        (&folder, format!("error: `{path}` is not a regular file")),
        (&fifo, format!("error: `{path}` is not a regular file")),
        (
            &huge,
            format!("error: the file of profiles `{path}` is larger than 1 MiB"),
        ),
        (
            &|path| fs::write(path, b"[profile.lamp]\nthing = '\xff'").expect("a file"),
            format!("error: the file of profiles `{path}` is not UTF-8"),
        ),
        (
            &|path| fs::write(path, "").expect("a file"),
            format!("error: the profile `lamp` is not in `{path}`"),
        ),
        (
            &|path| fs::write(path, "[profile.lamp]\nthng = 'x'").expect("a file"),
            not_valid.clone() + "`thng` is not a setting of a profile at line 2 column 1",
        ),
        (
            &|path| fs::write(path, "[profile.lamp\n").expect("a file"),
            not_valid + "unclosed table, expected `]` at line 1 column 14",
        ),
    ];
    for (make, expected) in cases {
        let _ = fs::remove_file(&file);
        let _ = fs::remove_dir(&file);
        make(&file);
        let ended = user.run(&["--profile", "lamp", "-c", "pending"]);
        assert_eq!(ends(&ended.stderr).0, expected);
        let code = if expected.contains("the profile `lamp`") {
            2
        } else {
            3
        };
        assert_eq!((ended.stdout.as_str(), ended.code), ("", Some(code)));
        // A session without a profile only does without aliases.
        let ended = user.run(&["-c", "pending"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let _ = fs::remove_dir(&file);
    let utf16: Vec<u8> = "\u{feff}[profile.lamp]\r\nthing = 'lamp'\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [
        b"\xef\xbb\xbf[profile.lamp]\r\nthing = 'lamp'".to_vec(),
        utf16,
    ] {
        user.write(&bytes);
        let ended = user.run(&["profile", "show", "lamp"]);
        assert!(ended.stdout.contains("  thing         lamp "), "{ended:?}");
    }
}

#[test]
fn a_key_in_the_place_of_its_path_is_not_shown() {
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY-----";
    let json = serde_json::Value::from(KEY).to_string();
    let rest = "endpoint = \"localhost\"\nthing = \"lamp\"\n";
    for members in [
        format!("cert = \"c\"\nkey = {json}\n"),
        format!("cert = {json}\nkey = \"k\"\n"),
        format!("keys = {json}\n"),
        format!("key = {json} x\n"),
        format!("key = \"{KEY}\"\n"),
        format!("key = '''\n{KEY}\n'''\ncert = 7\n"),
    ] {
        let user = User::new(&format!("[profile.lamp]\n{rest}{members}"));
        for arguments in [
            &["--profile", "lamp", "-c", "pending"][..],
            &["profile", "show", "lamp"],
            &["profile", "check", "lamp"],
        ] {
            let ended = user.run(arguments);
            let shown = format!("{}{}", ended.stdout, ended.stderr);
            assert!(!shown.contains("S3CR3T"), "{arguments:?}: {shown}");
        }
    }
    let user = User::new("");
    let connection = [
        "--endpoint",
        "localhost",
        "--thing",
        "lamp",
        "-c",
        "pending",
    ];
    for given in [["--key", KEY], ["--cert", KEY], ["--key", "k"]] {
        let mut command = user.program(&connection);
        command.args(given).env("JOBS_SANDBOX_CERT_FILE", KEY);
        let ended = run(&mut command, "");
        let shown = format!("{}{}", ended.stdout, ended.stderr);
        assert!(shown.contains("-----BEGIN"), "{given:?}: {shown}");
        assert!(!shown.contains("S3CR3T"), "{given:?}: {shown}");
    }
}

#[test]
fn names_may_have_any_characters() {
    let user = User::new("[profile.\"a b\\u001b[31m'\"]\nthing = \"lamp\"\n");
    let listed = user.run(&["profile", "list"]);
    let expected = format!(
        "Profiles in {}:\n  a b\\u001b[31m'  lamp on a local service\n",
        user.file().display()
    );
    assert_eq!(
        (listed.stdout, listed.stderr, listed.code),
        (expected, String::new(), Some(0))
    );
    let ended = user.run(&["--profile", "a b\u{1b}[31m'", "-c", "pending"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn aliases_that_no_session_takes_are_listed_with_the_reason() {
    let user = User::new("[alias]\nboot = \"create-job $1 {}\"\ntwice = \"boot 1\"\n");
    let listed = user.run(&["profile", "list"]);
    assert!(
        listed.stdout.ends_with("  twice  boot 1\n"),
        "{}",
        listed.stdout
    );
    let warning = "warning: aliases are not available: ";
    assert!(listed.stderr.starts_with(warning), "{}", listed.stderr);
    let reason = "the line begins with the alias `boot` at line 3 column 9";
    assert!(listed.stderr.contains(reason), "{}", listed.stderr);
    assert_eq!(listed.code, Some(0));
}

/// What `profile show` prints is kept in a file, without what differs from run to run.
#[test]
fn a_profile_is_shown_with_its_sources() {
    let user = User::new(
        "[profile.bench]\nendpoint = \"a1b2c3-ats.iot.eu-west-1.amazonaws.com\"\ncert = \"bench.pem\"\nkey = \"/keys/bench.key\"\nthing = \"bench-1\"\naws-profile = \"firmware\"\nstart = [\n  \"wire on\",\n  \"pending\",\n]\n\n\
         [profile.own]\nthing = \"lamp\"\nregion = \"eu-west-1\"\nprompt-color = \"green\"\n\n\
         [profile.custom]\nendpoint = \"iot.example.com\"\ncert = \"c.pem\"\nkey = \"k.pem\"\nthing = \"lamp\"\n",
    );
    let config = user.0.0.join("aws");
    let text = "[profile firmware]\nregion = eu-west-2\nendpoint_url = http://127.0.0.1:9\n";
    fs::write(&config, text).expect("a file");
    let mut shown = String::new();
    for (name, environment) in [
        ("bench", &[][..]),
        (
            "bench",
            &[
                ("JOBS_SANDBOX_THING", "door"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_PROFILE", "other"),
            ],
        ),
        (
            "own",
            &[
                ("JOBS_SANDBOX_PORT", "443"),
                ("AWS_ENDPOINT_URL_IOT", "http://127.0.0.1:9"),
            ],
        ),
        ("custom", &[("AWS_PROFILE", "firmware")]),
        (
            "custom",
            &[
                ("AWS_DEFAULT_REGION", "eu-west-3"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:8"),
            ],
        ),
    ] {
        let mut command = user.program(&["profile", "show", name]);
        command.env("AWS_CONFIG_FILE", &config);
        let ended = run(command.envs(environment.iter().copied()), "");
        let set = environment
            .iter()
            .map(|(name, value)| format!("{name}={value} "));
        let set: String = set.collect();
        let code = ended.code.expect("a status").to_string();
        let command = format!("$ {set}jobs-sandbox profile show {name}\n");
        shown.extend([
            &command,
            &ended.stderr,
            &ended.stdout,
            "exit status ",
            &code,
            "\n\n",
        ]);
    }
    let mut shown = shown.replace(user.0.0.to_str().expect("a path"), "FOLDER");
    // The width of a column depends on the folder.
    while shown.contains("   ") {
        shown = shown.replace("   ", "  ");
    }
    check_golden(&golden("profile-show.txt"), &shown);
}

#[test]
fn an_endpoint_of_the_environment_that_is_not_used_is_pointed_out() {
    let user = User::new("");
    let config = user.0.0.join("aws");
    let text = "[default]\nregion = eu-west-1\n[profile url]\nendpoint_url = http://127.0.0.1:7\n[profile service]\nservices = here\n[profile ignored]\nendpoint_url = http://127.0.0.1:7\nignore_configured_endpoint_urls = true\n[services here]\niot =\n  endpoint_url = http://127.0.0.1:6\n";
    fs::write(&config, text).expect("a file");
    let url = "http://127.0.0.1:9";
    for (environment, options, source) in [
        (&[][..], &[][..], None),
        (
            &[("AWS_ENDPOINT_URL_IOT", url)],
            &[],
            Some("AWS_ENDPOINT_URL_IOT names the control plane http://127.0.0.1:9,"),
        ),
        (
            &[("AWS_ENDPOINT_URL", url)],
            &[],
            Some("AWS_ENDPOINT_URL names the control plane http://127.0.0.1:9,"),
        ),
        (&[("AWS_ENDPOINT_URL_IOT", "")], &[], None),
        (&[("AWS_ENDPOINT_URL_SSO", url)], &[], None),
        (
            &[
                ("AWS_ENDPOINT_URL_IOT", url),
                ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
            ],
            &[],
            None,
        ),
        (
            &[("AWS_PROFILE", "url")],
            &[],
            Some("the AWS profile names the control plane http://127.0.0.1:7,"),
        ),
        (
            &[("AWS_PROFILE", "service")],
            &[],
            Some("the AWS profile names the control plane http://127.0.0.1:6,"),
        ),
        (&[("AWS_PROFILE", "ignored")], &[], None),
        (&[("AWS_ENDPOINT_URL_IOT", url)], &["--local"], None),
    ] {
        let mut command = user.program(options);
        command
            .args(["-c", "pending"])
            .env("AWS_CONFIG_FILE", &config);
        let ended = run(command.envs(environment.iter().copied()), "");
        assert_eq!(ended.code, Some(0), "{environment:?}: {}", ended.stderr);
        let first = ends(&ended.stderr).0;
        let expected = source.unwrap_or("A local service; for AWS:");
        assert!(first.starts_with(expected), "{environment:?}: {first}");
    }
}

#[test]
fn a_service_hands_itself_over() {
    let folder = Folder::new("handed over it's");
    let policy = folder.0.join("policy.json");
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],
         "Resource":"arn:aws:iot:eu-west-1:123456789012:topic/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*"},
        {"Effect":"Allow","Action":"iot:Subscribe",
         "Resource":"arn:aws:iot:eu-west-1:123456789012:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*"}]}"#;
    fs::write(&policy, text).expect("a file");
    let dir = folder.0.join("dir");
    let options = [
        "--thing",
        "lamp",
        "--thing",
        "door",
        "--region",
        "eu-west-1",
        "--dir",
    ];
    let mut options = options.to_vec();
    options.extend([
        dir.to_str().expect("a path"),
        "--policy",
        policy.to_str().expect("a path"),
    ]);
    let serve = Serve::start(&options);
    let file = serve.text("profileFile").to_owned();
    assert_eq!(Path::new(&file), dir.join("profile.toml"));
    let metadata = fs::metadata(&file).expect("a file");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let lines = "create-job Job1 {}\nnext\ndone Job1\ndelete-job Job1\n";
    // Neither other options nor variables are needed, and those of AWS do no harm.
    for environment in [
        &[][..],
        &[
            ("AWS_ACCESS_KEY_ID", "half"),
            ("AWS_ENDPOINT_URL_IOT", "http://127.0.0.1:9"),
        ],
    ] {
        let mut command = program();
        command.args(["--profile-file", &file]);
        let ended = run(command.envs(environment.iter().copied()), lines);
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        assert!(ended.stdout.contains("eu-west-1"), "{}", ended.stdout);
        assert!(
            ended.stderr.contains("Connected to localhost as `lamp`."),
            "{}",
            ended.stderr
        );
    }
    let check = finish(program().args(["profile", "check", "serve", "--profile-file", &file]));
    assert_eq!(
        (check.status.code(), check.stdout, check.stderr),
        (Some(0), vec![], vec![])
    );
    // The certificate is not of another service.
    let other = Serve::start(&["--thing", "lamp"]);
    let toml = fs::read_to_string(&file).expect("a file");
    let port = |serve: &Serve| format!("port = {}\n", serve.port("mqttPort"));
    fs::write(&file, toml.replace(&port(&serve), &port(&other))).expect("a file");
    let check = finish(program().args(["profile", "check", "serve", "--profile-file", &file]));
    let stderr = String::from_utf8_lossy(&check.stderr);
    assert_eq!(
        (check.status.code(), check.stdout),
        (Some(1), vec![]),
        "{stderr}"
    );
    assert!(stderr.starts_with("FAIL     TLS"), "{stderr}");
    assert!(
        stderr.ends_with("`jobs-sandbox doctor --profile serve` shows all checks\n"),
        "{stderr}"
    );
}

const ALIASES: &str = "[profile.lamp]\nthing = \"lamp\"\nprompt-color = \"magenta\"\nstart = [\"boot 7 60\", \"pending\"]\n\n[alias]\nboot = 'create-job Boot-$1 {\"in\":$2}'\nrest = \"pending\"\n";

fn start(user: &User, arguments: &[&str], prompt: &str) -> Pty {
    let pty = spawn(&user.program(arguments));
    pty.wait_until("the prompt", |screen| screen.ends_with(prompt));
    pty
}

#[test]
fn a_session_begins_with_the_lines_of_its_profile() {
    let user = User::new(ALIASES);
    let prompt = "● lamp local>";
    let mut pty = start(&user, &["--profile", "lamp"], prompt);
    let screen = pty.screen();
    for expected in [
        "● lamp local> boot 7 60\nCreateJobResponse:",
        "● lamp local> pending\n",
        "\nGetPendingJobExecutionsResponse:",
        "\"jobId\":\"Boot-7\"",
    ] {
        assert!(screen.contains(expected), "{expected}: {screen}");
    }
    let (row, _) = pty.cursor();
    assert_eq!(pty.color(row, 2), vt100::Color::Idx(5), "magenta");
    // Tab, help, and a mistake.
    for (keys, shown) in [
        ("bo\t8 '{\"a b\": 1}'\r", "CreateJobResponse:"),
        ("describe-job Boot-8 --query job.jobId\r", "\"Boot-8\""),
        ("help boot\r", "create-job Boot-$1 {\"in\":$2}"),
        ("boot 9\r", "usage: boot <1> <2>"),
        ("get-job-document Boot-8\r", "{\\\"in\\\":{\\\"a b\\\": 1}}"),
    ] {
        pty.send(keys);
        pty.wait_until(shown, |screen| {
            let (_, last) = screen
                .rsplit_once(
                    keys.trim_end_matches('\r')
                        .rsplit('\t')
                        .next()
                        .expect("keys"),
                )
                .unwrap_or_default();
            last.contains(shown) && screen.ends_with(prompt)
        });
    }
}

#[test]
fn aliases_need_no_profile_and_are_listed() {
    let user = User::new(ALIASES);
    let mut pty = start(&user, &[], "● sandbox-thing local>");
    assert!(!pty.screen().contains("boot 7 60"), "{}", pty.screen());
    pty.send("rest\r");
    pty.wait_for("GetPendingJobExecutionsResponse:");
    pty.send("help | tail -4\r");
    pty.wait_for("boot <1> <2>");
    assert!(pty.screen().contains("Aliases"), "{}", pty.screen());
}

#[test]
fn a_start_up_line_that_fails_ends_them() {
    let user = User::new(
        "[profile.lamp]\nthing = \"lamp\"\nstart = [\"describe-job none\", \"pending\"]\n",
    );
    let pty = start(&user, &["--profile", "lamp"], "● lamp local>");
    let screen = pty.screen();
    assert!(
        screen.contains("\nthe other start-up lines were not run"),
        "{screen}"
    );
    assert!(
        !screen.contains("GetPendingJobExecutionsResponse"),
        "{screen}"
    );
}

#[test]
fn a_script_has_to_ask_for_the_lines_of_the_user() {
    let user = User::new(ALIASES);
    for (arguments, code, stdout, stderr) in [
        (&["-c", "rest"][..], 2, "`rest` is not a command", ""),
        (&["rest"], 2, "", "error: `rest` is not a command"),
        (
            &["--aliases", "-c", "rest"],
            0,
            "GetPendingJobExecutionsResponse:",
            "",
        ),
        (
            &["--aliases", "rest"],
            0,
            "GetPendingJobExecutionsResponse:",
            "",
        ),
        (
            &["--aliases", "boot", "--help"],
            0,
            "usage: boot <1> <2>",
            "",
        ),
        (
            &["--aliases", "boot", "7"],
            2,
            "",
            "error: wrong number of arguments: the alias takes 2, not 1",
        ),
        (
            &["--profile", "lamp", "-c", "list-jobs"],
            0,
            r#"{"jobs":[]}"#,
            "",
        ),
        (
            &[
                "--profile",
                "lamp",
                "--aliases",
                "--start-up",
                "-c",
                "list-jobs",
            ],
            0,
            r#""jobId":"Boot-7""#,
            "",
        ),
        (
            &["--profile", "lamp", "--start-up", "-c", "list-jobs"],
            3,
            "",
            "is not valid: `boot` is not a command at line 4 column 10",
        ),
    ] {
        let ended = user.run(arguments);
        assert!(ended.stdout.contains(stdout), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(stderr), "{arguments:?}: {ended:?}");
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
    }
    // The user's own are there beside those of another file, whose names come first.
    let other = user.0.0.join("other.toml");
    let text = "[profile.door]\nthing = \"door\"\n[alias]\nrest = \"list-jobs\"\n";
    fs::write(&other, text).expect("a file");
    fs::set_permissions(&other, Permissions::from_mode(0o600)).expect("a mode");
    let other = [
        "--aliases",
        "--profile-file",
        other.to_str().expect("a path"),
    ];
    let ended = run(&mut user.program(&other), "rest\nboot 7 1\n");
    for expected in [r#"{"jobs":[]}"#, "CreateJobResponse:"] {
        assert!(ended.stdout.contains(expected), "{expected}: {ended:?}");
    }
    let ended = run(&mut user.program(&["--aliases"]), "rest\nboot 7 '1 2'\n");
    let mistake = "the argument `1 2` is not a JSON value";
    assert!(ended.stdout.contains(mistake), "{}", ended.stdout);
    assert_eq!(ended.code, Some(2), "{}", ended.stdout);
    // The status is that of the line, which has no number.
    user.write(b"[profile.lamp]\nstart = [\"describe-job none\"]\n");
    let ended = user.run(&["--profile", "lamp", "--start-up", "-c", "pending"]);
    let last = ends(&ended.stderr).1;
    assert!(
        last.starts_with("the start-up line `describe-job none` failed"),
        "{last}"
    );
    assert_eq!(ended.code, Some(1));
}

#[test]
fn lines_that_no_session_could_use_are_found_by_a_check() {
    for (text, mistake) in [
        (
            "[profile.lamp]\nstart = [\"pending | cat\"]\n",
            "is not valid: the line redirects its answer at line 2 column 10",
        ),
        (
            "[profile.lamp]\nstart = [\"boot\"]\n[alias]\nrest = \"list-jobs\"\n",
            "is not valid: `boot` is not a command at line 2 column 10",
        ),
        (
            "[profile.lamp]\n[alias]\npending = \"list-jobs\"\n",
            "is not valid: `pending` is already a command or a page of help at line 3 column 1",
        ),
        (
            "[profile.lamp]\n[alias]\n\"a b\" = \"list-jobs\"\n",
            "is not valid: `a b` cannot be the name of an alias at line 3 column 1",
        ),
        (
            "[profile.lamp]\n[alias]\na = \"list-jobs\"\nb = \"a\"\n",
            "is not valid: the line begins with the alias `a` at line 4 column 5",
        ),
    ] {
        let user = User::new(text);
        let ended = user.run(&["profile", "check", "lamp"]);
        assert!(ends(&ended.stderr).0.contains(mistake), "{text}: {ended:?}");
        assert_eq!((ended.stdout.as_str(), ended.code), ("", Some(3)), "{text}");
    }
    let user = User::new(ALIASES);
    let ended = user.run(&["profile", "check", "lamp"]);
    assert_eq!(
        (ended.stdout.as_str(), ended.code),
        ("", Some(0)),
        "{ended:?}"
    );
}

#[test]
fn lines_that_others_can_write_are_refused() {
    let user = User::new(ALIASES);
    let file = user.file();
    let (path, folder) = (file.display(), file.parent().expect("a folder"));
    let refused =
        format!("the aliases and start-up lines in `{path}` are refused: other users can");
    let refusal = format!("{refused} change the file\nchmod go-w {path}\n");
    for mode in [0o602, 0o620, 0o666] {
        user.set_mode(mode);
        let ended = user.run(&["--profile", "lamp", "--aliases", "-c", "rest"]);
        assert_eq!(
            (ended.stderr, ended.code),
            (format!("error: {refusal}"), Some(3)),
            "{mode:o}"
        );
        // The connection is not a command.
        let ended = user.run(&["--profile", "lamp", "-c", "pending"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let pty = start(&user, &[], "● sandbox-thing local>");
    assert!(
        pty.screen()
            .contains("warning: aliases are not available: the aliases and start-up lines in"),
        "{}",
        pty.screen()
    );
    user.set_mode(0o644);
    let ended = user.run(&["--aliases", "-c", "rest"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // A file in a folder of others can be replaced.
    fs::set_permissions(folder, Permissions::from_mode(0o777)).expect("a mode");
    let ended = user.run(&["--aliases", "-c", "rest"]);
    let refusal = format!(
        "error: {refused} replace files in its folder\nchmod go-w {}\n",
        folder.display()
    );
    assert_eq!((ended.stderr, ended.code), (refusal, Some(3)));
}

#[test]
fn an_aws_profile_of_a_profile_gives_the_credentials() {
    let service = TestService::new("aws-profile");
    let config = service.write(
        "config",
        "[profile firmware]\ncredential_process = sh -c 'echo the vault is sealed >&2; exit 7'\n",
    );
    let port = service.local.mqtt_address().port();
    let file = service.write(
        "profiles.toml",
        &format!(
            "[profile.bench]\nendpoint = \"localhost\"\nport = {port}\nca-file = \"ca.pem\"\ncert = \"cert.pem\"\nkey = \"key.pem\"\nthing = \"lamp\"\nregion = \"us-east-1\"\naws-profile = \"firmware\"\n"
        ),
    );
    let mut command = program();
    command
        .args(["--profile-file", file.to_str().expect("a path")])
        .env("AWS_CONFIG_FILE", config)
        .env("AWS_ENDPOINT_URL_IOT", service.local.control_url())
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local");
    let ended = run(&mut command, "list-jobs\n");
    assert!(ended.stdout.contains("the vault is sealed"), "{ended:?}");
    let note =
        "The profile `bench` has the aws-profile firmware, so AWS_ACCESS_KEY_ID is not used.\n";
    assert!(ended.stderr.contains(note), "{ended:?}");
}
