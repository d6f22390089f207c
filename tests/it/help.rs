//! Help: every example works, and what packagers install names everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory;
use jobs_sandbox::cli::Cli;
use jobs_sandbox::repl::guide::markdown::{Look, render};
use jobs_sandbox::repl::input::grammar::{self, CommandKind, own};
use jobs_sandbox::repl::pages;
use portable_pty::CommandBuilder;

use crate::pty::Pty;
use crate::script::ended;
use crate::serve::Folder;

/// What most examples need.
const WORLD: &str = "create-thing other-thing\ncreate-thing lamp-2\ncreate-thing-group group-1\ncreate-thing-group lamps\n\
    add-thing-to-thing-group group-1 other-thing\nadd-thing-to-thing-group group-1\ncreate-job my-job {}\n\
    create-job-template update {} --description d\n";

/// The id of a certificate in the examples.
const CERTIFICATE: &str = "4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a";

/// A policy.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]}"#;

/// What an example needs beside.
fn before(example: &str) -> &'static str {
    match example {
        "create-job Job1 {\"Todo\":\"Reboot\"}" => "",
        "wait Job1 SUCCEEDED" | "delete-job Job1" | "delete-job-execution Job1 1" => {
            "create-job Job1 {}\ndone Job1\n"
        }
        "wait event NextJobExecutionChanged --timeout 60" => "delete-job my-job --force\n",
        "update Job1 in_progress --detail progress=40% --expected-version 2" => {
            "create-job Job1 {}\nupdate Job1 IN_PROGRESS\n"
        }
        "delete-job-template reboot"
        | "describe-job-template reboot"
        | "describe-job-template reboot --query document" => {
            "create-job-template reboot {} --description d\n"
        }
        example if example.contains("--thing other-thing") => {
            "create-job Job1 {} --target other-thing\n"
        }
        example if example.contains("--thing-type lamp") => "create-thing-type lamp\n",
        example if example.starts_with("associate-") => "create-job Job1 {} --continuous\n",
        example if example.contains("Job1") => "create-job Job1 {}\n",
        _ => of_name(example.split(' ').next().unwrap_or_default()),
    }
}

/// What the examples of a command need.
fn of_name(command: &str) -> &'static str {
    match command {
        "create-policy" | "create-thing-type" | "create-dynamic-thing-group" => "",
        "delete-policy-version" => {
            "create-policy Lamp @policy.json\ncreate-policy-version Lamp @policy.json\n\
             create-policy-version Lamp @policy.json --set-as-default\n"
        }
        command if command.ends_with("-policy-version") => {
            "create-policy Lamp @policy.json\ncreate-policy-version Lamp @policy.json\n"
        }
        "create-policy-version" => "create-policy Lamp @policy.json\n",
        command if command.contains("polic") => {
            "create-thing-group attic\ncreate-policy Lamp @policy.json\ncreate-policy Lamp-2 @policy.json\n"
        }
        "delete-thing-type" => {
            "create-thing-type lamp\ncreate-thing-type lamp-2\ndeprecate-thing-type lamp\ndeprecate-thing-type lamp-2\n"
        }
        command if command.contains("thing-type") => "create-thing-type lamp\n",
        command if command.contains("dynamic-thing-group") => {
            "create-dynamic-thing-group attic attributes.room:attic\n"
        }
        "tag-resource" | "untag-resource" | "list-tags-for-resource" | "update-thing-group" => {
            "create-thing-group attic\n"
        }
        _ => "",
    }
}

fn examples() -> Vec<String> {
    let table = grammar::table();
    let examples = table
        .get_subcommands()
        .filter_map(|entry| entry.get_after_help());
    let lines = examples.map(ToString::to_string);
    lines
        .flat_map(|lines| lines.lines().map(ToOwned::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Runs an example in a world where it has something to do.
fn check(folder: &Folder, example: &str) {
    // The state of the service: an example may need a certificate, whose id is known only once it is made.
    let state = folder.0.join(uuid::Uuid::new_v4().to_string());
    let run = |script: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
        command
            .current_dir(&folder.0)
            .arg("--state")
            .arg(&state)
            .env_remove("HOME")
            .env_remove("XDG_STATE_HOME");
        crate::test_service::run(&mut command, script)
    };
    let certificate = if example.contains(CERTIFICATE) {
        let name = state.display();
        let made = run(&format!(
            "output raw\ncreate-keys-and-certificate --cert {name}.pem --key {name}.key --query certificateId\n"
        ));
        made.stdout.trim().to_owned()
    } else {
        String::new()
    };
    // What is sent to the control plane is explained first.
    let command = example.split(' ').next().unwrap_or_default();
    let entry = grammar::entry(command).expect(example);
    let explain = match grammar::kind(entry.get_name()) {
        CommandKind::Control => format!("explain {example}\n"),
        CommandKind::Device | CommandKind::Own => String::new(),
    };
    let script = format!("{WORLD}{}{explain}{example}\n", before(example));
    let ended = run(&script.replace(CERTIFICATE, &certificate));
    // AWS wants five minutes after the deprecation.
    let is_early = example.starts_with("delete-thing-type")
        && ended.stdout.contains("Please wait for 5 minutes");
    let is_explained = explain.is_empty() || ended.stdout.contains("aws iot ");
    assert!(is_explained, "{example}: {}", ended.stdout);
    assert_eq!(
        ended.code,
        Some(i32::from(is_early)),
        "{example}: {}{}",
        ended.stdout,
        ended.stderr
    );
}

#[test]
fn every_example_works() {
    const WORKERS: usize = 4;
    let folder = Folder::new("examples");
    fs::write(folder.0.join("document.json"), "{}").expect("a file");
    fs::write(folder.0.join("policy.json"), POLICY).expect("a file");
    let key = rcgen::KeyPair::generate().expect("a key");
    let request = rcgen::CertificateParams::default().serialize_request(&key);
    let request = request
        .and_then(|request| request.pem())
        .expect("a request");
    fs::write(folder.0.join("lamp-4.csr"), request).expect("a file");
    let signed = rcgen::CertificateParams::default().self_signed(&key);
    let signed = signed.expect("a certificate").pem();
    fs::write(folder.0.join("lamp-5.pem"), signed).expect("a file");
    let examples = examples();
    assert!(examples.len() > 60, "{examples:?}");
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (examples, folder) = (&examples, &folder);
            scope.spawn(move || {
                for example in examples.iter().skip(worker).step_by(WORKERS) {
                    check(folder, example);
                }
            });
        }
    });
}

/// The widest help of a command, a flag or a value, in characters. Whatever needs more goes into the long help or on a page.
const WIDEST_HELP: usize = 60;

/// The helps in one line of a command, its arguments, their values and its subcommands, each with what it belongs to.
fn helps(command: &clap::Command) -> Vec<(String, String)> {
    let name = command.get_name();
    let about = command.get_about().map(ToString::to_string);
    let mut helps = vec![(name.to_owned(), about.unwrap_or_default())];
    for arg in command.get_arguments() {
        let place = format!("{name} {}", arg.get_id());
        for value in arg.get_possible_values() {
            let help = value.get_help().map(ToString::to_string);
            helps.push((
                format!("{place} {}", value.get_name()),
                help.unwrap_or_default(),
            ));
        }
        let help = arg.get_help().map(ToString::to_string);
        helps.push((place, help.unwrap_or_default()));
    }
    helps.extend(command.get_subcommands().flat_map(self::helps));
    helps
}

#[test]
fn every_help_fits_in_a_line() {
    let program = Cli::command();
    // What the program is takes a sentence.
    let of_program = helps(&program).into_iter().skip(1);
    let all: Vec<_> = of_program.chain(helps(grammar::table())).collect();
    assert!(all.len() > 200, "{}", all.len());
    let long: Vec<_> = all
        .iter()
        .filter(|(_, help)| help.chars().count() > WIDEST_HELP)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// The commands of the page: in its tables, and in its code with the lines that continue one.
fn recipes() -> Vec<String> {
    let page = pages::page("cheat").expect("a page");
    let mut recipes: Vec<String> = Vec::new();
    let mut is_code = false;
    for line in page.text.lines() {
        let cell = line
            .strip_prefix("| `")
            .and_then(|it| it.split("` |").next());
        match (line.strip_prefix("  "), recipes.last_mut()) {
            _ if line.starts_with("```") => is_code = !is_code,
            (Some(more), Some(last)) if is_code => last.extend(["\n", more]),
            _ if is_code => recipes.push(line.to_owned()),
            _ => recipes.extend(cell.map(ToOwned::to_owned)),
        }
    }
    recipes
}

#[test]
fn the_recipes_work() {
    let recipes = recipes();
    assert!(recipes.len() > 15, "{recipes:?}");
    for recipe in recipes {
        let needs = match recipe.as_str() {
            // The editor needs a user, the schedule a date.
            recipe if recipe.contains("--edit") || recipe.contains("YYYY") => {
                let command = jobs_sandbox::repl::input::command::parse(recipe);
                assert!(matches!(command, Ok(Some(_))), "{recipe}: {command:?}");
                continue;
            }
            recipe if recipe.contains("Job1 {") || recipe.contains("J {") => "",
            recipe if recipe.contains("--template boot") => {
                "create-job-template boot {} --description d\n"
            }
            recipe if recipe.contains("Job5 --before") => "create-job Job5 --template AWS-Reboot\n",
            recipe if recipe.contains("lamps --c") => "create-thing-group lamps\n",
            recipe if recipe.contains("associate") => {
                "create-thing door\ncreate-job Job3 {} --target door --continuous\n"
            }
            recipe if recipe.contains("Job1") => "create-job Job1 {}\n",
            _ => "",
        };
        let (code, output, said) = ended(&[], &format!("{needs}{recipe}\n"));
        assert_eq!(code, 0, "{recipe}: {output}{said}");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_behind_options_with_values() {
    let (_, script, _) = ended(&["completions", "bash"], "");
    let tried = r#"
        try() {
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            _jobs__sandbox jobs-sandbox "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            echo "${COMPREPLY[*]}"
        }
        try jobs-sandbox "$@""#;
    // It is longer than an argument may be.
    let folder = Folder::new("completions");
    let path = folder.0.join("script");
    fs::write(&path, format!("{script}\n{tried}")).expect("a file");
    for (words, expected) in [
        ("cancel-", "cancel-job cancel-job-execution"),
        ("--thing lamp cancel-", "cancel-job cancel-job-execution"),
        ("--thing jobs cancel-", "cancel-job cancel-job-execution"),
        ("--thing = jobs cancel-", "cancel-job cancel-job-execution"),
        ("-c pending --out", "--output"),
        ("--output json pend", "pending"),
        ("--thing jobs update Job1 S", "SUCCEEDED"),
        ("update Job1 --expected-version 1 S", "SUCCEEDED"),
        ("list-jobs --status COMPLETED --max", "--max-results"),
        ("wire o", "on off"),
        ("watch pend", "pending"),
        ("watch delete-j", ""),
        ("explain done", "done"),
        ("help exit-", "exit-codes"),
    ] {
        let mut bash = Command::new("bash");
        bash.arg(&path).args(words.split(' '));
        let output = bash.output().expect("bash");
        let offered = String::from_utf8_lossy(&output.stdout);
        assert_eq!(offered.trim(), expected, "{words}");
    }
}

#[test]
fn completions_and_the_manual_page_name_everything() {
    let options = [
        "endpoint",
        "thing",
        "keep-going",
        "output",
        "color",
        "timeout",
        "log",
        "local",
    ];
    for arguments in [
        &["completions", "bash"][..],
        &["completions", "zsh"],
        &["completions", "fish"],
        &["completions", "elvish"],
        &["completions", "powershell"],
        &["man"],
    ] {
        let (code, output, said) = ended(arguments, "");
        assert_eq!((code, said.as_str()), (0, ""), "{arguments:?}");
        let plain = output.replace('\\', "");
        for option in options {
            assert!(plain.contains(option), "{arguments:?}: {option}");
        }
        for mode in [
            "agent",
            "fleet",
            "exam",
            "serve",
            "doctor",
            "policy",
            "completions",
            "man",
        ] {
            assert!(plain.contains(mode), "{arguments:?}: {mode}");
        }
        for entry in grammar::table().get_subcommands() {
            assert!(
                plain.contains(entry.get_name()),
                "{arguments:?}: {}",
                entry.get_name()
            );
            for flag in entry.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(
                    plain.contains(flag),
                    "{arguments:?}: {} --{flag}",
                    entry.get_name()
                );
            }
        }
    }
    let (_, manual, _) = ended(&["man"], "");
    let manual = manual.replace("\\-", "-");
    for heading in ["EXIT STATUS", "ENVIRONMENT", "COMMANDS OF A SESSION"] {
        assert!(
            manual.contains(&format!(".SH \"{heading}\"")),
            "{heading}: {manual}"
        );
    }
    // Its lines are shorter.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let exit_codes = pages::page("exit-codes").expect("a page").text;
    let (width, color) = (1000, false);
    let exit_codes = words(&render(exit_codes, Look { width, color }));
    let exit_codes = exit_codes.trim_start_matches("EXIT CODES ");
    assert!(words(&manual).contains(exit_codes), "{manual}");
    // Another manual page, which does not exist.
    let another = manual.lines().find(|line| line.contains("(1)"));
    assert_eq!(another, None);
}

#[test]
fn help_knows_the_subcommands_of_the_program() {
    let command = Cli::command();
    let names: Vec<&str> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    assert_eq!(names, own::PROGRAM_COMMANDS);
}

/// Each way to ask for the help of a command, and how the help begins, in a session and outside.
#[test]
fn help_can_be_asked_for_in_every_way() {
    const CREATE: &str = "usage: create-job <jobId> <document> [flags]\n";
    const SERVE: &str = "Run the local service for other programs";
    for (line, in_a_session, outside) in [
        ("help create-job", CREATE, CREATE),
        ("create-job --help", CREATE, CREATE),
        ("create -h", CREATE, CREATE),
        ("create-job Job1 --help", CREATE, CREATE),
        (
            "delete-job Job1 --force -h",
            "usage: delete-job ",
            "usage: delete-job ",
        ),
        ("watch --help", "usage: watch ", "usage: watch "),
        ("explain next -h", "usage: explain ", "usage: explain "),
        ("help --help", "usage: help ", "usage: help "),
        ("help serve", SERVE, SERVE),
        ("serve --help", SERVE, SERVE),
        ("serve -h", SERVE, SERVE),
        ("help policy", "Print the policies", "Print the policies"),
        ("help fleet", "FLEETS\n", "FLEETS\n"),
        (
            "fleet --help",
            "Rehearse the rollout",
            "Rehearse the rollout",
        ),
        ("help doctor", "usage: doctor\n", "Check the connection"),
        ("doctor -h", "usage: doctor\n", "Check the connection"),
        ("help limitations", "LIMITATIONS\n", "LIMITATIONS\n"),
        ("help operator", "As an operator\n", "As an operator\n"),
    ] {
        let (code, shown, said) = ended(&["-c", line], "");
        assert!(
            code == 0 && shown.starts_with(in_a_session),
            "{line}: {shown}{said}"
        );
        let words: Vec<&str> = line.split(' ').collect();
        let (code, shown, said) = ended(&words, "");
        assert!(
            code == 0 && shown.starts_with(outside),
            "{line}: {shown}{said}"
        );
    }
}

/// What is read by a pager, on a terminal of this height: with the pager's own mark, or not.
fn is_paged(arguments: &[&str], pager: Option<&str>, rows: u16) -> bool {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command.args(arguments);
    command.env_remove("XDG_STATE_HOME");
    command.env_remove("HOME");
    match pager {
        Some(pager) => command.env("PAGER", pager),
        None => command.env_remove("PAGER"),
    }
    let mut pty = Pty::spawn(command, rows, 80);
    if arguments.is_empty() {
        pty.wait_for("local>");
        pty.send("help keys\r");
        pty.wait_until("the page, and a prompt", |screen| {
            screen.contains("250 entries") && screen.ends_with("local>")
        });
        pty.send("quit\r");
    }
    assert!(pty.wait_for_exit().success(), "{}", pty.screen());
    assert!(pty.output().contains("CREATE") || pty.output().contains("Ctrl-D"));
    pty.output().contains("PAGED")
}

#[test]
fn help_taller_than_the_screen_goes_through_a_pager() {
    const MARK: Option<&str> = Some("sed 's/^/PAGED /'");
    for (arguments, pager, rows, expected) in [
        (&["help", "keys"][..], MARK, 10, true),
        (&["help", "keys"], MARK, 100, false),
        (&["help", "keys"], Some(""), 10, false),
        (&["help", "keys"], Some("no-such-pager"), 100, false),
        (&[], MARK, 10, true),
        (&[], Some("no-such-pager"), 100, false),
        // A script.
        (&["-c", "help keys"], MARK, 10, false),
    ] {
        let paged = is_paged(arguments, pager, rows);
        assert_eq!(paged, expected, "{arguments:?} {pager:?} {rows}");
    }
}

/// The variables that the code reads, by their names in it.
#[test]
fn every_variable_that_is_read_is_explained() {
    let page = pages::page("environment").expect("a page").text;
    let mut read = 0;
    for (file, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        // Cargo sets those of the build script.
        if file.ends_with("src/build.rs") {
            continue;
        }
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in ["var_os(\"", "var(\"", " set(\""] {
            for found in text.split(call).skip(1) {
                let name = found.split('"').next().unwrap_or_default();
                assert!(page.contains(name), "{}: {name}", file.display());
                read += 1;
            }
        }
    }
    assert!(read > 5, "{read}");
}

/// Every file of Rust below a folder, with its text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(end) if end == "rs" => {
                let text = fs::read_to_string(&path).expect("a text");
                vec![(path, text)]
            }
            _ => Vec::new(),
        })
        .collect()
}
