//! `jobs-sandbox exam`, as it is shipped: the agent of the sandbox passes, and devices with one fault fail where they should.

mod devices;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jobs_sandbox::repl::pages;
use serde_json::Value;

use crate::serve::{Folder, program, terminate};

/// The folder of a test, with the program that does the work: that of the page.
struct World(Folder);

impl World {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let page = pages::page("exam").expect("a page").text;
        let script = page.split("```sh\n").find(|it| it.starts_with("#!/bin/sh"));
        let script = script.and_then(|it| it.split("```").next());
        let path = folder.0.join("work.sh");
        fs::write(&path, script.expect("a script on the page")).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    /// An exam with these options.
    fn exam(&self, options: &[&str]) -> Command {
        let mut command = program();
        command.arg("exam").args(options);
        command.current_dir(&self.0.0);
        command.env(devices::WORK, self.path("work.sh"));
        command
    }

    /// The exam of the sandbox's own agent, as the page has it.
    fn of_agent(&self, options: &[&str]) -> Command {
        let mut command = self.exam(options);
        command.arg("--").args(self.agent());
        command
    }

    /// The agent of the sandbox, with the work of the page.
    fn agent(&self) -> Vec<String> {
        let work = self.path("work.sh").to_string_lossy().into_owned();
        let mut agent = simulating();
        agent.extend(["--exec", &work, "--step-timeout", "5"].map(str::to_owned));
        agent
    }

    /// The exam of a device with a fault.
    fn of_device(&self, fault: &str, options: &[&str]) -> Command {
        let mut command = self.exam(options);
        command.env(devices::FAULT, fault);
        command
            .arg("--")
            .arg(std::env::current_exe().expect("a program"));
        command.args(devices::ARGUMENTS);
        command
    }
}

/// The agent of the sandbox, which executes nothing.
fn simulating() -> Vec<String> {
    let names = [
        "endpoint",
        "port",
        "cert",
        "key",
        "thing",
        "client-id",
        "state",
    ];
    let options = names.map(|name| [format!("--{name}"), format!("{{{name}}}")]);
    let mut agent = vec![
        env!("CARGO_BIN_EXE_jobs-sandbox").to_owned(),
        "agent".to_owned(),
    ];
    agent.extend(options.into_iter().flatten());
    agent.extend(["--ca-file", "{ca}", "--timeout", "5"].map(str::to_owned));
    agent
}

/// The results of the scenarios that were not passed, each with its reason.
fn not_passed(output: &Output) -> Vec<(String, String, String)> {
    let sheet: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let scenarios = sheet["scenarios"].as_array().expect("scenarios").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    scenarios
        .filter(|it| it["result"] != "pass")
        .map(|it| (text(&it["id"]), text(&it["result"]), text(&it["reason"])))
        .collect()
}

fn run(command: &mut Command) -> Output {
    command.output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Who may do what with a file.
fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn the_agent_of_the_sandbox_passes() {
    let world = World::new("exam-agent");
    let options = [
        "--output",
        "json",
        "--parallel",
        "12",
        "--junit",
        "marks.xml",
        "--logs",
        "logs",
    ];
    let output = run(&mut world.of_agent(&options));
    let sheet = text(&output.stdout);
    assert_eq!(not_passed(&output), [], "{sheet}{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{sheet}");
    let sheet: Value = serde_json::from_str(&sheet).expect("JSON");
    assert_eq!(sheet["passed"], 23, "{sheet}");
    let junit = fs::read_to_string(world.path("marks.xml")).expect("a report");
    assert!(
        junit.contains("tests=\"23\" failures=\"0\" skipped=\"0\""),
        "{junit}"
    );
    for (name, part) in [
        ("wire.jsonl", "\"exam\":\"lost\""),
        ("transcript.txt", "  creates E9-1\n"),
        ("output.txt", "agent: claims "),
    ] {
        let path = world.path("logs").join("E9").join(name);
        let log = fs::read_to_string(&path).expect(name);
        assert!(log.contains(part), "{name}: {log}");
        assert_eq!(mode(&path), 0o600, "{name}");
    }
    assert_eq!(mode(&world.path("marks.xml")), 0o600);
    for folder in ["logs", "logs/E9"] {
        assert_eq!(mode(&world.path(folder)), 0o700, "{folder}");
    }
}

#[test]
fn a_device_fails_where_it_should_and_nowhere_else() {
    let world = World::new("exam-faults");
    for (fault, expected) in [
        (
            devices::ONE_STREAM,
            &[(
                "E5",
                "E5-2 was never begun, whose event JobExecutionsChanged was lost",
            )][..],
        ),
        (
            devices::STARTS_OVER,
            &[
                ("E8", "E8-1 ran 2 times, but at most 1 is right"),
                ("E16", "E16-1 ran 2 times, but at most 1 is right"),
            ],
        ),
    ] {
        let options = ["--output", "json", "--parallel", "12"];
        let output = run(&mut world.of_device(fault, &options));
        let found = not_passed(&output);
        let failed: Vec<(&str, &str)> = found
            .iter()
            .filter(|(_, result, _)| result == "fail")
            .map(|(id, _, reason)| (id.as_str(), reason.split(" (").next().unwrap_or_default()))
            .collect();
        assert_eq!(failed, expected, "{fault}: {}", text(&output.stdout));
        // It sets no step timer.
        let others = found.iter().filter(|(_, result, _)| result != "fail");
        let others: Vec<&str> = others.map(|(id, ..)| id.as_str()).collect();
        assert_eq!(others, ["E14"], "{fault}: {}", text(&output.stdout));
        assert_eq!(output.status.code(), Some(1), "{fault}");
    }
}

#[test]
fn a_device_may_be_slow_as_long_as_it_goes_on() {
    let world = World::new("exam-slow");
    // Work of 17 jobs takes longer than a device has for one outcome, which is twice the limit.
    let options = ["--output=json", "--only=E21", "--limit=2"];
    let mut exam = world.exam(&options);
    exam.arg("--").args(simulating());
    let output = run(exam.args(["--plan", "succeed after 300ms"]));
    assert_eq!(not_passed(&output), [], "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_scenario_that_is_not_passed_says_why() {
    let world = World::new("exam-why");
    let without_its_parent = ["sh", "-c", "\"$@\" & wait", "sh"].map(str::to_owned);
    let without_its_parent = [without_its_parent.as_slice(), &world.agent()].concat();
    let plan = ["--plan", "succeed after 200ms"].map(str::to_owned);
    let simulating = [simulating().as_slice(), &plan].concat();
    let fixed = r#"--document={"exam":{"seconds":1}}"#;
    for (option, device, result, expected) in [
        (
            "--only=E22",
            &without_its_parent,
            "FAIL",
            "its work went on without it: ",
        ),
        (
            "--only=E1",
            &simulating,
            "pass",
            "E1-1 left no effects, and was claimed 1 time\n",
        ),
        (
            "--only=E17",
            &simulating,
            "FAIL",
            "it reported SUCCEEDED for a document that it cannot",
        ),
        (
            "--only=E8",
            &simulating,
            "n/a",
            "the work of E8-1 ended before anything could happen",
        ),
        (
            "--only=E8 fixed",
            &world.agent(),
            "n/a",
            "the document has no {duration}, so",
        ),
        (
            "--only=E16 fixed",
            &world.agent(),
            "n/a",
            "the document has no {url}",
        ),
    ] {
        let (option, fixed) = match option.strip_suffix(" fixed") {
            Some(option) => (option, Some(fixed)),
            None => (option, None),
        };
        let mut command = world.exam(&[option]);
        let output = run(command.args(fixed).arg("--").args(device));
        let sheet = text(&output.stdout);
        let is_marked = sheet
            .lines()
            .next()
            .is_some_and(|line| line.contains(result));
        assert!(is_marked && sheet.contains(expected), "{option}: {sheet}");
        let code = i32::from(result == "FAIL");
        assert_eq!(output.status.code(), Some(code), "{option}: {sheet}");
    }
}

#[test]
fn a_program_that_is_no_device_is_reported_and_not_waited_for() {
    let world = World::new("exam-hopeless");
    for (script, expected) in [
        (
            "echo 'no such file' >&2; exit 3",
            &["the program ended by itself: exit status: 3; its last line: no such file"][..],
        ),
        (
            "sleep 300 & exit 0",
            &[
                "the program ended by itself: exit status: 0",
                "it left 1 process behind, which the exam killed",
            ],
        ),
        (
            "trap '' TERM; echo waiting; while :; do sleep 1; done",
            &[
                "the program never connected (waited for 1 s); its last line: waiting",
                "it had not ended 5 s after SIGTERM, and was killed",
            ],
        ),
    ] {
        let mut command = world.exam(&["--only", "e1", "--limit", "1"]);
        let output = run(command.args(["--", "sh", "-c", script]));
        let sheet = text(&output.stdout);
        for part in expected {
            assert!(
                sheet.contains(&format!("\n    {part}\n")),
                "{script}: {sheet}"
            );
        }
        assert!(sheet.starts_with("E1  FAIL  a job was queued"), "{sheet}");
        let alone = "    alone: jobs-sandbox exam --only E1 --logs exam-logs --limit 1 -- sh -c ";
        assert!(sheet.contains(alone), "{sheet}");
        let is_absent = sheet.contains("never connected");
        assert_eq!(
            sheet.contains("\nhint: the program is to connect"),
            is_absent,
            "{sheet}"
        );
        assert_eq!(output.status.code(), Some(1), "{sheet}");
    }
}

#[test]
fn the_rest_is_not_played_once_a_program_never_connected() {
    let world = World::new("exam-absent");
    let options = ["--parallel", "1", "--limit", "1", "--output", "json"];
    let mut command = world.exam(&options);
    let output = run(command.args(["--", "sleep", "300"]));
    let found = not_passed(&output);
    assert_eq!(found.len(), 23, "{}", text(&output.stdout));
    assert!(
        found[1..]
            .iter()
            .all(|(_, _, reason)| reason == "not played, since the program never connected")
    );
}

#[test]
fn a_device_that_insists_is_not_passed() {
    let world = World::new("exam-stubborn");
    let options = ["--output", "json", "--only", "E10,E18", "--limit", "3"];
    let output = run(&mut world.of_device(devices::STUBBORN, &options));
    let failed = not_passed(&output);
    let failed: Vec<[&str; 3]> = failed
        .iter()
        .map(|(id, result, reason)| [id, result, reason].map(String::as_str))
        .collect();
    let expected = [
        [
            "E10",
            "fail",
            "it retries at once, which keeps a service throttling",
        ],
        [
            "E18",
            "fail",
            "the outcome of E18-1 never came (waited for 6 s)",
        ],
    ];
    assert_eq!(failed, expected, "{}", text(&output.stderr));
}

#[test]
fn work_that_goes_on_beside_the_next_is_seen() {
    let world = World::new("exam-parallel");
    let options = ["--output", "json", "--only", "E12,E13,E20"];
    let output = run(&mut world.of_device(devices::PARALLEL, &options));
    let failed = not_passed(&output);
    let failed: Vec<(&str, &str)> = failed
        .iter()
        .map(|(id, _, reason)| (id.as_str(), reason.as_str()))
        .collect();
    let expected = [
        ("E12", "the work of E12-1 went on while E12-2 ran"),
        ("E13", "the work of E13-1 went on while E13-2 ran"),
        ("E20", "the work of E20-1 went on while E20-2 ran"),
    ];
    assert_eq!(failed, expected, "{}", text(&output.stderr));
}

#[test]
fn a_flood_is_reported() {
    let world = World::new("exam-flood");
    let output = run(&mut world.of_device(devices::FLOODS, &["--only", "E1"]));
    let sheet = text(&output.stdout);
    let flood = "the outcome of E1-1 never came, and it sent ";
    assert!(
        sheet.contains(flood) && sheet.contains(" requests within 10 s"),
        "{sheet}"
    );
    assert_eq!(output.status.code(), Some(1), "{sheet}");
}

#[test]
fn what_cannot_be_examined_is_refused() {
    let world = World::new("exam-refused");
    fs::write(world.path("wrong.json"), "{\"a\": {duration}").expect("a file");
    for (arguments, code, expected) in [
        (
            &["--only", "E99", "--", "sh"][..],
            2,
            "`E99` is not a scenario",
        ),
        (&["--only", "E1"], 2, "required arguments were not provided"),
        (
            &["--document", "@wrong.json", "--", "sh"],
            2,
            "the job document is not JSON: `{` is not closed at line 1 column 1\nhint: add `}`",
        ),
        (
            &["--document", "@missing.json", "--", "sh"],
            3,
            "cannot read the job document `missing.json`",
        ),
        (
            &["--limit", "0", "--", "sh"],
            2,
            "--limit <SECONDS>: `0` is not between 1 and 3600",
        ),
        (&["--", "./missing"], 3, "cannot start `./missing`"),
        (
            &["--junit", "work.sh/marks.xml", "--", "sh"],
            3,
            "cannot write `work.sh/marks.xml`",
        ),
        (
            &["--logs", "work.sh", "--", "sh"],
            3,
            "cannot write `work.sh/",
        ),
    ] {
        let output = run(&mut world.exam(arguments));
        let error = text(&output.stderr);
        assert!(error.contains(expected), "{arguments:?}: {error}");
        // A sheet always has marks.
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn the_list_has_every_scenario() {
    let world = World::new("exam-list");
    let list = text(&run(&mut world.exam(&["--list"])).stdout);
    let ids = list.lines().filter(|line| line.starts_with('E'));
    let ids: Vec<&str> = ids
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let expected: Vec<String> = (1..=23).map(|number| format!("E{number}")).collect();
    assert_eq!(ids, expected);
    let pages = list
        .lines()
        .filter(|line| line.trim().starts_with("https://docs.aws.amazon.com/"));
    assert_eq!(pages.count(), 23);
}

#[test]
fn a_signal_ends_it_and_everything_that_it_has_started() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        check_signal(signal, status);
    }
}

fn check_signal(signal: &str, status: i32) {
    let world = World::new(&format!("exam-signal{signal}"));
    let pid = world.path("pid");
    let script = format!(
        "echo $$ > {0}.new; mv {0}.new {0}; exec sleep 300",
        pid.display()
    );
    let mut command = world.exam(&["--only", "E1"]);
    command.args(["--", "sh", "-c", &script]);
    let exam = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let exam = exam.expect("it runs");
    let pid = wait_for(&pid);
    terminate(&exam, signal);
    let output = exam.wait_with_output().expect("it ends");
    let found = output.status.code();
    assert_eq!(found, Some(status), "{signal}: {}", text(&output.stderr));
    let is_there = Path::new(&format!("/proc/{}", pid.trim())).exists();
    assert!(!is_there, "process {pid} was left");
}

/// The text of a file, as soon as it is there.
fn wait_for(path: &Path) -> String {
    let path = path.to_owned();
    crate::serve::soon("a file", move || {
        loop {
            if let Ok(text) = fs::read_to_string(&path) {
                return text;
            }
            std::thread::yield_now();
        }
    })
}
