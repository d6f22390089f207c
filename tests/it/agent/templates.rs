//! `--handlers`: the managed templates of AWS, filled in, with handlers of ours and a PATH of fakes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::agent::{AS_JSON, Agent, World, lines_of};
use crate::test_service::run;

/// The document of a managed template.
fn template(name: &str) -> Value {
    let path = format!("tests/it/managed_templates/AWS-{name}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&fs::read_to_string(path).expect(name)).expect(name)
}

/// The programs that the handlers find, each of which writes how it was called.
const FAKES: [&str; 3] = ["sudo", "apt-get", "systemctl"];

/// The handlers, in the manner of AWS's samples: the user comes first.
const HANDLERS: [(&str, &str); 7] = [
    (
        "download-file.sh",
        "echo \"download $2 $3\" >> \"$CALLS\"\n",
    ),
    ("install-packages.sh", "$AS apt-get install -y $2\n"),
    ("remove-packages.sh", "$AS apt-get remove -y $2\n"),
    ("start-services.sh", "$AS systemctl start $2\n"),
    ("stop-services.sh", "$AS systemctl stop $2\n"),
    ("restart-services.sh", "$AS systemctl restart $2\n"),
    (
        "reboot.sh",
        "if [ -e \"$CALLS.rebooted\" ]; then exit 0; fi\n: > \"$CALLS.rebooted\"\nAGENT=$PPID reboot\n",
    ),
];

/// A folder of handlers, and a PATH for them. What they call is in the file.
fn machine(world: &World) -> (PathBuf, String, PathBuf) {
    for (name, text) in HANDLERS {
        let user = "AS=\nif [ -n \"$1\" ]; then AS=\"sudo -u $1 -n\"; fi\n";
        world.script(&format!("handlers/{name}"), &format!("{user}{text}"));
    }
    for name in FAKES {
        world.script(
            &format!("bin/{name}"),
            "echo \"${0##*/} $*\" >> \"$CALLS\"\n",
        );
    }
    // As a restart of the machine does, it ends the agent without a word.
    let reboot = "echo reboot >> \"$CALLS\"\nkill -9 \"$AGENT\"\nexec sleep 1000\n";
    world.script("bin/reboot", reboot);
    let search_path = format!("{}:/usr/bin:/bin", world.0.path("bin").display());
    (world.0.path("handlers"), search_path, world.0.path("calls"))
}

#[test]
fn every_managed_template_of_aws_is_carried_out() {
    let world = World::new("agent-templates");
    let (handlers, search_path, calls) = machine(&world);
    let mut command = world.command(world.port());
    command
        .arg("--handlers")
        .arg(&handlers)
        .args(["--as-root", "--allow-commands=echo"])
        .env("PATH", search_path)
        .env("CALLS", &calls);
    command.args(AS_JSON);
    let mut agent = Agent::start(&mut command);
    agent.decided("list", "");
    let mut shown = Vec::new();
    for (name, expected) in [
        (
            "Install-Application",
            &["sudo -u root -n apt-get install -y curl jq"][..],
        ),
        (
            "Remove-Application",
            &["sudo -u root -n apt-get remove -y curl jq"],
        ),
        (
            "Start-Application",
            &["sudo -u root -n systemctl start nginx"],
        ),
        (
            "Stop-Application",
            &["sudo -u root -n systemctl stop nginx"],
        ),
        (
            "Restart-Application",
            &["sudo -u root -n systemctl restart nginx redis"],
        ),
        (
            "Download-File",
            &[
                "download https://files.example.com/firmware.bin?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0123456789abcdef /var/tmp/firmware.bin",
            ],
        ),
        ("Run-Command", &[]),
        ("Reboot", &["reboot"]),
    ] {
        world.create(name, &template(name));
        if name == "Reboot" {
            let (code, lines) = agent.end();
            assert_eq!(code, None, "it was killed: {lines:?}");
            shown.extend(lines);
            agent = Agent::start(&mut command);
            agent.decided("resume", "Reboot");
        }
        agent.finish(name);
        assert_eq!(
            world.status(name),
            "SUCCEEDED",
            "{name}: {:?}",
            world.execution(name)
        );
        assert_eq!(lines_of(&calls), expected, "{name}");
        let _ = fs::remove_file(&calls);
    }
    shown.extend(agent.stop().1);
    let secret = shown.iter().find(|line| line.contains("0123456789abcdef"));
    assert_eq!(secret, None);
}

#[test]
fn what_a_document_would_run_is_shown_and_not_run() {
    let world = World::new("agent-check");
    let (handlers, search_path, calls) = machine(&world);
    let foreign = json!({"version": "1.0", "steps": [{"action": {
        "name": "Out", "type": "runHandler", "input": {"handler": "../bin/reboot"},
    }}]});
    for (document, options, code, expected) in [
        (
            template("Reboot"),
            &["--as-root"][..],
            0,
            "1. `Reboot` runs ",
        ),
        (
            template("Run-Command"),
            &["--as-root", "--allow-commands"],
            0,
            "echo 'hello, device' '$HOME; reboot'",
        ),
        (
            template("Run-Command"),
            &["--as-root"],
            1,
            "needs --allow-commands",
        ),
        (
            foreign,
            &["--as-root"],
            1,
            "The agent rejects this job document: ",
        ),
        (
            json!({"operation": "none.sh"}),
            &["--as-root"],
            1,
            "is not run: ",
        ),
        (
            json!({"a": 1}),
            &["--as-root"],
            1,
            "The agent does not know this job document: ",
        ),
    ] {
        let path = world.0.write("document.json", &document.to_string());
        for argument in [path.to_str().expect("a path"), "-"] {
            let mut command = crate::serve::program();
            command
                .args(["agent", "check", argument, "--handlers"])
                .arg(&handlers)
                .args(options)
                .env("PATH", &search_path)
                .env("CALLS", &calls);
            let ended = run(&mut command, &document.to_string());
            assert_eq!(
                (ended.code, ended.stderr.as_str()),
                (Some(code), ""),
                "{ended:?}"
            );
            assert!(
                ended.stdout.contains(expected),
                "{expected}: {}",
                ended.stdout
            );
        }
    }
    assert!(!calls.exists(), "nothing was run");
}

#[test]
fn a_document_of_an_unknown_kind_is_rejected_or_left_alone() {
    let world = World::new("agent-unknown");
    let (handlers, ..) = machine(&world);
    let folder = handlers.to_str().expect("a path");
    for (choice, status) in [("ignore", "QUEUED"), ("reject", "REJECTED")] {
        let mut agent = world.agent(&["--handlers", folder, "--as-root", "--unknown", choice]);
        let job = format!("Job-{choice}");
        world.create(&job, &json!({"Todo": "Reboot"}));
        if choice == "ignore" {
            let left = agent.decided("leave", &job);
            assert!(
                left.contains("not a job document of the AWS IoT Device Client"),
                "{left}"
            );
        } else {
            agent.finish(&job);
        }
        assert_eq!(world.status(&job), status);
        assert_eq!(agent.stop().0, Some(0));
    }
}

#[test]
fn only_jobs_that_fit_the_pattern_are_claimed() {
    let world = World::new("agent-only");
    let mut agent = world.agent(&["--only", "Boot-*", "--plan", "succeed after 1ms"]);
    for job in ["Other-1", "Boot-1", "Boot-2"] {
        world.create(job, &json!({}));
    }
    agent.finish("Boot-1");
    agent.finish("Boot-2");
    assert_eq!(world.status("Other-1"), "QUEUED");
    let (_, lines) = agent.stop();
    let claimed = |line: &String| crate::agent::is_decision(line, "claim", "Other-1");
    assert!(!lines.iter().any(claimed), "{lines:#?}");
}
