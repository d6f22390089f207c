use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The managed templates of AWS, as a device gets them: filled in, with empty texts for optional parameters that are left out.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-managed.html>
macro_rules! managed {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"), "/../../tests/it/managed_templates/", $name, ".json"
        )))),*]
    };
}

const MANAGED: [(&str, &str); 8] = managed!(
    "AWS-Reboot",
    "AWS-Download-File",
    "AWS-Install-Application",
    "AWS-Remove-Application",
    "AWS-Start-Application",
    "AWS-Stop-Application",
    "AWS-Restart-Application",
    "AWS-Run-Command"
);

fn rules(allows_paths: bool, commands: AllowedCommands) -> HandlerRules {
    HandlerRules {
        folder: "/srv/handlers".into(),
        allows_paths,
        commands,
        allows_root: false,
    }
}

fn generous() -> HandlerRules {
    rules(true, AllowedCommands::All)
}

fn handler(name: &str, arguments: &[&str], folder: Option<&str>) -> HandlerProgram {
    HandlerProgram::Handler {
        name: name.to_owned(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
        folder: folder.map(str::to_owned),
    }
}

fn command(words: &[&str]) -> HandlerProgram {
    HandlerProgram::Command(words.iter().map(ToString::to_string).collect())
}

fn call(program: HandlerProgram) -> HandlerCall {
    HandlerCall {
        program,
        run_as: None,
        allowed_stderr_lines: None,
        reports_stdout: false,
    }
}

fn step(name: &str, call: HandlerCall) -> Step {
    Step {
        name: name.to_owned(),
        task: Task::Handler(call),
        ignores_failure: false,
    }
}

/// A document in which every member is there.
fn full() -> Value {
    json!({
        "version": "1.0",
        "includeStdOut": true,
        "conditions": [],
        "steps": [
            {"action": {
                "name": "first", "type": "runHandler", "runAsUser": "ada",
                "allowStdErr": 2, "ignoreStepFailure": true,
                "input": {"handler": "a.sh", "args": ["x", ""], "path": "/opt/jobs"}
            }},
            {"action": {"name": "second", "type": "runCommand", "input": {"command": "ls,-l"}}}
        ],
        "finalStep": {"action": {"name": "last", "type": "runHandler", "input": {"handler": "z.sh"}}}
    })
}

fn old() -> Value {
    json!({
        "operation": "a.sh", "args": ["x"], "path": "/opt/jobs", "allowStdErr": 2, "includeStdOut": true
    })
}

/// A document in which a member, given by its JSON pointer, has another value. With `null` it is absent.
fn with(mut document: Value, place: &str, value: Value) -> Value {
    let (parent, name) = place.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect(place);
    match parent {
        Value::Array(elements) => elements[name.parse::<usize>().expect("an index")] = value,
        _ => parent[name] = value,
    }
    document
}

fn check_refused(document: &Value, rules: &HandlerRules, expected: &str) {
    let refusal = steps(&document.to_string(), rules).expect_err(expected);
    assert!(matches!(refusal, Refusal::Refused { .. }), "{refusal}");
    assert_eq!(refusal.to_string(), expected, "{document}");
}

#[test]
fn both_schemas_become_steps() {
    let first = HandlerCall {
        run_as: Some("ada".to_owned()),
        allowed_stderr_lines: Some(2),
        reports_stdout: true,
        ..call(handler("a.sh", &["x", ""], Some("/opt/jobs")))
    };
    let reported = |program| HandlerCall {
        reports_stdout: true,
        ..call(program)
    };
    let expected = [
        Step {
            ignores_failure: true,
            ..step("first", first)
        },
        step("second", reported(command(&["ls", "-l"]))),
        step("last", reported(handler("z.sh", &[], None))),
    ];
    assert_eq!(
        steps(&full().to_string(), &generous()).expect("steps"),
        expected
    );

    let only = HandlerCall {
        allowed_stderr_lines: Some(2),
        ..reported(handler("a.sh", &["x"], Some("/opt/jobs")))
    };
    let expected = [step("a.sh", only)];
    assert_eq!(
        steps(&old().to_string(), &generous()).expect("steps"),
        expected
    );
}

#[test]
fn every_managed_template_is_accepted() {
    let url = "https://files.example.com/firmware.bin?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=\
        AKIAIOSFODNN7EXAMPLE%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0123456789abcdef";
    let expected = [
        ("Reboot", "", handler("reboot.sh", &[], None)),
        (
            "Download-File",
            "",
            handler("download-file.sh", &[url, "/var/tmp/firmware.bin"], None),
        ),
        (
            "Install-Application",
            "root",
            handler("install-packages.sh", &["curl jq"], None),
        ),
        (
            "Remove-Application",
            "root",
            handler("remove-packages.sh", &["curl jq"], None),
        ),
        (
            "Start-Application",
            "root",
            handler("start-services.sh", &["nginx"], None),
        ),
        (
            "Stop-Application",
            "root",
            handler("stop-services.sh", &["nginx"], None),
        ),
        (
            "Restart-Application",
            "root",
            handler("restart-services.sh", &["nginx redis"], None),
        ),
        (
            "Run-Command",
            "",
            command(&["echo", "hello, device", "$HOME; reboot"]),
        ),
    ];
    let strict = rules(false, AllowedCommands::Listed(vec!["echo".to_owned()]));
    for ((template, document), (name, user, program)) in MANAGED.into_iter().zip(expected) {
        let call = HandlerCall {
            run_as: Some(user.to_owned()).filter(|user| !user.is_empty()),
            ..call(program)
        };
        assert_eq!(
            steps(document, &strict),
            Ok(vec![step(name, call)]),
            "{template}"
        );
    }
}

#[test]
fn an_optional_member_may_be_absent_null_or_empty() {
    let left_out = [
        ("/includeStdOut", full()),
        ("/steps/0/action/runAsUser", full()),
        ("/steps/0/action/allowStdErr", full()),
        ("/steps/0/action/ignoreStepFailure", full()),
        ("/steps/0/action/input/path", full()),
        ("/path", old()),
        ("/allowStdErr", old()),
        ("/includeStdOut", old()),
    ];
    for (place, document) in left_out {
        let absent = with(document.clone(), place, Value::Null);
        let empty = with(document.clone(), place, json!(""));
        let read = |document: &Value| steps(&document.to_string(), &generous());
        assert_eq!(read(&absent), read(&empty), "{place}");
        assert_ne!(read(&absent), read(&document), "{place}");
        read(&absent).expect(place);
    }
    for (place, document) in [
        ("/conditions", full()),
        ("/finalStep", full()),
        ("/steps/0/action/input/args", full()),
        ("/args", old()),
    ] {
        let absent = with(document, place, Value::Null);
        steps(&absent.to_string(), &generous()).expect(place);
    }
}

#[test]
fn a_boolean_may_be_a_text() {
    for (place, document) in [
        ("/includeStdOut", full()),
        ("/steps/0/action/ignoreStepFailure", full()),
        ("/includeStdOut", old()),
    ] {
        let read = |value: Value| {
            let document = with(document.clone(), place, value);
            steps(&document.to_string(), &generous()).expect(place)
        };
        assert_eq!(read(json!(true)), read(json!("true")), "{place}");
        assert_eq!(read(json!(false)), read(json!("false")), "{place}");
        assert_ne!(read(json!(true)), read(json!(false)), "{place}");
    }
}

#[test]
fn the_folder_of_handlers_has_several_names() {
    for path in [json!("default"), json!(""), Value::Null] {
        for (document, place) in [(full(), "/steps/0/action/input/path"), (old(), "/path")] {
            let document = with(document, place, path.clone());
            let steps = steps(&document.to_string(), &generous()).expect("steps");
            let Task::Handler(HandlerCall {
                program: HandlerProgram::Handler { folder, .. },
                ..
            }) = &steps[0].task
            else {
                panic!("{steps:?}");
            };
            assert_eq!(*folder, None, "{path}");
        }
    }
    // Written in full it is also permitted.
    let strict = rules(false, AllowedCommands::All);
    for path in ["/srv/handlers", "/srv/handlers/"] {
        let document = with(old(), "/path", json!(path));
        steps(&document.to_string(), &strict).expect(path);
    }
}

#[test]
fn a_wrong_member_is_named() {
    let (text, flag, list, object, number) = (
        "has to be a text",
        "has to be true or false",
        "has to be a list",
        "has to be an object",
        "has to be a whole number, 0 or more",
    );
    let nul = "has a NUL character, which no argument of a program can have";
    let words = "has to start with a program without spaces; commas separate its arguments";
    let path = "has to start with the bare name or the full path of a program";
    for (place, value, problem) in [
        ("/version", json!(1.0), text),
        ("/includeStdOut", json!(1), flag),
        ("/includeStdOut", json!("True"), flag),
        ("/conditions", json!({}), list),
        (
            "/conditions",
            json!([{"key": "os", "value": ["linux"]}]),
            "is not empty, and conditions are not supported",
        ),
        ("/steps", json!({}), list),
        ("/steps", json!([]), "is empty"),
        ("/steps/1", json!("x"), object),
        ("/steps/1", Value::Null, object),
        ("/finalStep", json!([]), object),
        ("/steps/1/action", json!(7), object),
        ("/steps/1/action", Value::Null, "is missing"),
        ("/steps/1/action", json!(""), "is empty"),
        ("/finalStep/action", Value::Null, "is missing"),
        ("/steps/1/action/name", Value::Null, "is missing"),
        ("/steps/1/action/name", json!(""), "is empty"),
        ("/steps/1/action/name", json!(["x"]), text),
        ("/finalStep/action/name", json!(""), "is empty"),
        ("/steps/1/action/type", Value::Null, "is missing"),
        ("/steps/1/action/type", json!(true), text),
        (
            "/steps/1/action/type",
            json!("runScript\u{1b}[2J"),
            r"is `runScript\u001b[2J`; it has to be `runHandler` or `runCommand`",
        ),
        ("/steps/1/action/input", Value::Null, "is missing"),
        ("/steps/1/action/input", json!("ls"), object),
        ("/steps/1/action/runAsUser", json!(0), text),
        ("/steps/1/action/runAsUser", json!("ada\0"), nul),
        ("/steps/1/action/allowStdErr", json!(-1), number),
        ("/steps/1/action/allowStdErr", json!(1.5), number),
        ("/steps/1/action/allowStdErr", json!("2"), number),
        ("/steps/1/action/ignoreStepFailure", json!("yes"), flag),
        ("/steps/1/action/input/command", Value::Null, "is missing"),
        ("/steps/1/action/input/command", json!(""), "is empty"),
        ("/steps/1/action/input/command", json!(["ls"]), text),
        ("/steps/1/action/input/command", json!("ls\0"), nul),
        ("/steps/1/action/input/command", json!(" ,ls"), words),
        ("/steps/1/action/input/command", json!("ls -l"), words),
        ("/steps/1/action/input/command", json!("./ls"), path),
        ("/steps/1/action/input/command", json!("../ls,x"), path),
        ("/steps/0/action/input/handler", Value::Null, "is missing"),
        ("/steps/0/action/input/handler", json!(""), "is empty"),
        ("/steps/0/action/input/handler", json!(7), text),
        ("/steps/0/action/input/handler", json!("a\0"), nul),
        ("/steps/0/action/input/args", json!("x"), list),
        ("/steps/0/action/input/args/1", json!(7), text),
        ("/steps/0/action/input/args/1", Value::Null, text),
        ("/steps/0/action/input/args/1", json!("\0"), nul),
        ("/steps/0/action/input/path", json!(7), text),
        (
            "/steps/0/action/input/path",
            json!("jobs"),
            "has to be `default`, or a path that starts with `/`",
        ),
    ] {
        check_refused(
            &with(full(), place, value),
            &generous(),
            &format!("`{}` {problem}", spelled(place)),
        );
    }
    for (place, value, problem) in [
        ("/operation", json!(["a.sh"]), text),
        ("/operation", json!("a\0"), nul),
        ("/args", json!({}), list),
        ("/args/0", json!(true), text),
        ("/path", json!(false), text),
        ("/allowStdErr", json!("many"), number),
        ("/includeStdOut", json!([]), flag),
        (
            "/runAsUser",
            json!("root"),
            "needs a document with `version` and `steps`",
        ),
    ] {
        check_refused(
            &with(old(), place, value),
            &generous(),
            &format!("`{}` {problem}", spelled(place)),
        );
    }
}

/// A JSON pointer as the text of a refusal writes it.
fn spelled(place: &str) -> String {
    let names = place[1..].split('/');
    let spelled = names.map(|name| match name.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!(".{name}"),
    });
    spelled.collect::<String>()[1..].to_owned()
}

#[test]
fn a_handler_has_a_bare_name() {
    let problem = "has to be the bare name of a file, without `/`";
    for name in ["../a.sh", "/bin/sh", "a/b", "a/", "./a", ".", ".."] {
        let new = with(full(), "/steps/0/action/input/handler", json!(name));
        check_refused(
            &new,
            &generous(),
            &format!("`steps[0].action.input.handler` {problem}"),
        );
        let old = with(old(), "/operation", json!(name));
        check_refused(&old, &generous(), &format!("`operation` {problem}"));
    }
    for name in ["-rf", "...", "a b", "a;b", "$(a)", "größe", "a\nb", "~"] {
        let old = with(old(), "/operation", json!(name));
        steps(&old.to_string(), &generous()).expect(name);
    }
}

#[test]
fn what_is_not_allowed_is_refused() {
    let listed =
        |names: &[&str]| AllowedCommands::Listed(names.iter().map(ToString::to_string).collect());
    let (absent, unlisted) = (
        "is a command; this needs --allow-commands",
        "starts with a program that --allow-commands does not list",
    );
    for (typed, commands, problem) in [
        ("ls,-l", AllowedCommands::None, Some(absent)),
        ("ls,-l", listed(&[]), Some(unlisted)),
        ("ls,-l", listed(&["lsof", "/bin/ls"]), Some(unlisted)),
        ("/bin/ls,-l", listed(&["ls"]), Some(unlisted)),
        ("LS", listed(&["ls"]), Some(unlisted)),
        ("ls,-l", listed(&["df", "ls"]), None),
        (" ls ,-l", listed(&["ls"]), None),
        ("/bin/ls,-l", listed(&["/bin/ls"]), None),
        ("rm,-rf,/", AllowedCommands::All, None),
    ] {
        let place = "/steps/1/action/input/command";
        let document = with(full(), place, json!(typed));
        let rules = rules(true, commands);
        match problem {
            Some(problem) => check_refused(
                &document,
                &rules,
                &format!("`steps[1].action.input.command` {problem}"),
            ),
            None => assert_eq!(
                steps(&document.to_string(), &rules).map(|it| it.len()),
                Ok(3)
            ),
        }
    }
    let problem = "is not the folder of --handlers; this needs --allow-path";
    for path in ["/opt/jobs", "/srv/handlers/sub", "/srv/handlers/.."] {
        check_refused(
            &with(full(), "/steps/0/action/input/path", json!(path)),
            &rules(false, AllowedCommands::All),
            &format!("`steps[0].action.input.path` {problem}"),
        );
    }
}

#[test]
fn other_documents_are_unknown() {
    let neither = "it has neither `version` with `steps`, nor `operation` without `version`";
    let deep = "[".repeat(40_000);
    for (document, expected) in [
        ("", "it is not JSON: "),
        ("{\"operation\": \u{1b}", "it is not JSON: "),
        (&deep, "it is not JSON: "),
        ("[]", "it is not an object"),
        ("null", "it is not an object"),
        ("\"reboot\"", "it is not an object"),
        ("{}", neither),
        (r#"{"action": "reboot"}"#, neither),
        (r#"{"steps": [{"action": {}}]}"#, neither),
        (r#"{"version": "1.0"}"#, neither),
        (r#"{"version": "", "steps": []}"#, neither),
        (r#"{"operation": "update", "version": "1.2.3"}"#, neither),
        (r#"{"operation": ""}"#, neither),
        (r#"{"afr_ota": {"protocols": ["MQTT"]}}"#, neither),
        (
            r#"{"version": "2.0", "steps": []}"#,
            "its `version` is `2.0`, not `1.0`",
        ),
    ] {
        match steps(document, &generous()) {
            Err(Refusal::Unknown(why)) => assert!(why.starts_with(expected), "{why}"),
            other => panic!("{document:.80}: {other:?}"),
        }
    }
}

#[test]
fn what_a_refusal_shows_is_short_and_safe() {
    let long = "x".repeat(30_000);
    let secret = "https://a.example/?X-Amz-Signature=0123456789abcdef";
    for value in [&long, secret, "\u{1b}]0;\u{7}\u{202e}"] {
        for document in [
            with(full(), "/steps/0/action/type", json!(value)),
            with(full(), "/version", json!(value)),
        ] {
            let refusal = steps(&document.to_string(), &generous()).expect_err("refused");
            let text = refusal.to_string();
            assert!(text.chars().count() < 200, "{text}");
            assert!(!text.contains(crate::text::is_hidden), "{text}");
            assert!(!text.contains("0123456789abcdef"), "{text}");
        }
        let document = with(full(), "/steps/0/action/name", json!(value));
        let steps = steps(&document.to_string(), &generous()).expect("a name");
        let name = &steps[0].name;
        assert!(name.chars().count() <= NAME_CHARACTERS + 1, "{name}");
        assert!(!name.contains(crate::text::is_hidden), "{name}");
        assert!(!name.contains("0123456789abcdef"), "{name}");
    }
}

/// JSON values that may stand where a document has something else.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(
            &[
                "",
                "1.0",
                "true",
                "default",
                "runHandler",
                "../x",
                ",",
                "\\,"
            ][..]
        )
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let names = ["action", "input", "name", "steps", "handler", "command"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(names.to_vec()), inner), 0..4).prop_map(
                |members| {
                    let members = members.into_iter();
                    Value::Object(
                        members
                            .map(|(name, value)| (name.to_owned(), value))
                            .collect(),
                    )
                }
            ),
        ]
    })
}

/// The pointers to everything in a value.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    match value {
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                self::places(element, &format!("{at}/{index}"), places);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                self::places(member, &format!("{at}/{name}"), places);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        places.push(at.to_owned());
    }
}

proptest! {
    #[test]
    fn no_changed_document_is_misread(
        is_old in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), values()), 1..4),
    ) {
        let mut document = if is_old { old() } else { full() };
        for (index, value) in changes {
            let mut found = Vec::new();
            places(&document, "", &mut found);
            if !found.is_empty() {
                document = with(document, &found[index.index(found.len())], value);
            }
        }
        let strict = rules(false, AllowedCommands::None);
        for step in steps(&document.to_string(), &strict).unwrap_or_default() {
            let Task::Handler(call) = step.task else {
                return Err(TestCaseError::fail("no handler"));
            };
            match call.program {
                HandlerProgram::Command(words) => prop_assert!(false, "{words:?}"),
                HandlerProgram::Handler { name, folder, .. } => {
                    prop_assert!(!name.contains('/') && name != "..", "{name}");
                    prop_assert_eq!(folder, None);
                }
            }
        }
    }

    #[test]
    fn no_text_panics(
        text in any::<String>(),
        template in prop::sample::select(&MANAGED[..]),
        cut in any::<prop::sample::Index>(),
    ) {
        let _ = steps(&text, &generous());
        let document = template.1;
        let at = document.floor_char_boundary(cut.index(document.len()));
        let _ = steps(&format!("{}{text}{}", &document[..at], &document[at..]), &generous());
    }
}
