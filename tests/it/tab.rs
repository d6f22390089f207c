//! Tab asks the service, and offers what it would take.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

use crate::pty::Pty;
use crate::terminal::spawn;
use crate::test_service::{TestService, run};

const PROMPT: &str = "● lamp>";

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]}"#;

/// One of each kind that a command takes, and one that it does not.
fn world() -> String {
    // A start is at most a year from now.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let tomorrow = now.expect("a time").as_secs() + 24 * 60 * 60;
    let tomorrow = i64::try_from(tomorrow).map(OffsetDateTime::from_unix_timestamp);
    let tomorrow = tomorrow.expect("a number").expect("a time").date();
    format!(
        "update-thing lamp --attribute room=attic --attribute floor=2\n\
         create-thing door\n\
         create-thing-type bulb\ncreate-thing-type old\ndeprecate-thing-type old\n\
         create-thing-type used\nupdate-thing door --thing-type used\ndeprecate-thing-type used\n\
         create-thing-group room --attribute side=east\ncreate-thing-group hall\n\
         create-thing-group closet --parent-group hall\n\
         add-thing-to-thing-group room door\n\
         create-dynamic-thing-group attic attributes.room:attic\n\
         create-dynamic-thing-group doors thingName:d*\n\
         create-policy Lamp {POLICY}\ncreate-policy-version Lamp {POLICY}\n\
         attach-policy Lamp room\n\
         create-policy Spare {POLICY}\n\
         create-policy Changed {POLICY}\ncreate-policy-version Changed {POLICY}\n\
         create-job-template reboot {{}} --description d\n\
         create-job later {{}} --start-time {tomorrow}T00:30\n\
         create-job ended {{}} --target door\ncancel-job ended\n\
         create-job fixed {{}}\n\
         create-job growing {{}} --target attic --continuous\n\
         tag-resource job/fixed team=blue,stage=2\n"
    )
}

/// What is typed, and what Tab offers: words above the line, or the end of the line.
const TABLE: &[(&str, &[&str])] = &[
    ("update-thing-group ", &["closet", "hall", "room"]),
    ("delete-thing-group ", &["closet", "room"]),
    ("delete-thing ", &["lamp"]),
    ("delete-policy ", &["Spare"]),
    ("add-thing-to-thing-group ", &["closet", "hall", "room"]),
    (
        "create-thing-group new --parent-group ",
        &["closet", "hall", "room"],
    ),
    ("attach-policy Lamp ha", &["hall"]),
    ("update-dynamic-thing-group ", &["attic", "doors"]),
    ("delete-dynamic-thing-group ", &["attic", "doors"]),
    (
        "describe-thing-group ",
        &["attic", "closet", "doors", "hall", "room"],
    ),
    ("create-job new {} --targets lamp door a", &["attic"]),
    ("remove-thing-from-thing-group room ", &["door"]),
    ("update-thing-group room --attribute ", &["side="]),
    ("update-thing lamp --attribute ", &["floor=", "room="]),
    ("list-things --attribute-name ", &["floor", "room"]),
    (
        "list-things --attribute-name room --attribute-value ",
        &["attic"],
    ),
    (
        "create-dynamic-thing-group new attributes.r",
        &["attributes.room:"],
    ),
    (
        "create-dynamic-thing-group new attributes.room:",
        &["attributes.room:attic"],
    ),
    (
        "create-dynamic-thing-group new thingTypeName:b",
        &["thingTypeName:bulb"],
    ),
    ("create-thing new --thing-type ", &["bulb"]),
    ("describe-thing-type ", &["bulb", "old", "used"]),
    ("delete-thing-type ", &["old"]),
    ("set-default-policy-version Lamp ", &["2", "1"]),
    ("get-policy-version Lamp ", &["2", "1"]),
    ("delete-policy-version Lamp ", &["2"]),
    ("detach-policy Lamp ", &["room"]),
    ("cancel-job ", &["growing", "fixed", "later"]),
    ("update-job ", &["growing", "fixed", "later"]),
    ("associate-targets-with-job ", &["growing"]),
    ("delete-job ", &["ended", "fixed", "growing", "later"]),
    ("delete-job-execution fixed ", &["1"]),
    ("delete-job-execution ended 1 --thing ", &["door"]),
    ("cancel-job-execution fixed --thing ", &["lamp"]),
    (
        "create-job new --template AWS-Run-Command --parameter ",
        &["command=", "runAsUser="],
    ),
    (
        "create-job new --template AWS-Run-Command --document-parameters command=ls,",
        &["command=ls,runAsUser="],
    ),
    (
        "describe-managed-job-template AWS-Reboot --version ",
        &["1.0"],
    ),
    (
        "tag-resource job",
        &[
            "job/ended",
            "job/fixed",
            "job/growing",
            "job/later",
            "jobtemplate/reboot",
        ],
    ),
    (
        "tag-resource thinggroup/",
        &[
            "thinggroup/attic",
            "thinggroup/closet",
            "thinggroup/doors",
            "thinggroup/hall",
            "thinggroup/room",
        ],
    ),
    (
        "tag-resource thingtype/",
        &["thingtype/bulb", "thingtype/old", "thingtype/used"],
    ),
    ("untag-resource job/fixed ", &["team", "stage"]),
    ("untag-resource job/fixed team,", &["team,stage"]),
];

/// Whether the words are listed above the line, or the only one ends it.
fn offers(screen: &str, typed: &str, words: &[&str]) -> bool {
    let (above, line) = screen.rsplit_once(PROMPT).unwrap_or_default();
    match words {
        [word] => {
            let start = typed.rfind(' ').map_or(0, |space| space + 1);
            line.trim_start()
                .starts_with(&[&typed[..start], word].concat())
        }
        words => {
            let mut listed: Vec<&str> = above
                .lines()
                .last()
                .unwrap_or_default()
                .split("  ")
                .collect();
            let mut words = words.to_vec();
            listed.sort_unstable();
            words.sort_unstable();
            line.trim_start().starts_with(typed.trim_end()) && listed == words
        }
    }
}

/// An answer that comes late serves the next Tab.
fn check(pty: &mut Pty, typed: &str, words: &[&str]) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !offers(&pty.screen(), typed, words) {
        assert!(
            Instant::now() < deadline,
            "{typed}: {words:?}\n{}",
            pty.screen()
        );
        pty.send(&format!("\x15\x0c{typed}\t"));
        let next = Instant::now() + Duration::from_secs(1);
        while !offers(&pty.screen(), typed, words) && Instant::now() < next {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn what_the_service_would_refuse_is_not_offered() {
    let service = TestService::new("offers");
    let port = service.local.mqtt_address().port();
    let made = run(&mut service.command(&[], port), &world());
    assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
    let [attached, free] = ["attached", "free"].map(|name| {
        let [cert, key] = ["crt", "key"].map(|kind| service.path(&format!("{name}.{kind}")));
        let (cert, key) = (cert.display(), key.display());
        let line = format!(
            "create-keys-and-certificate --cert '{cert}' --key '{key}' --query certificateId\n"
        );
        let made = run(&mut service.command(&["--output", "raw"], port), &line);
        assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
        made.stdout.trim().to_owned()
    });
    let line = format!("attach-thing-principal door {attached}\n");
    let made = run(&mut service.command(&[], port), &line);
    assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
    let mut pty = spawn(&service.command(&[], port));
    pty.wait_until("the prompt", |screen| screen.ends_with(PROMPT));
    for (typed, words) in TABLE {
        check(&mut pty, typed, words);
    }
    check(&mut pty, "delete-certificate ", &[&free]);
    pty.send("\x15quit\r");
    assert!(pty.wait_for_exit().success());
}
