//! Help: every example works, and what packagers install names everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jobs_sandbox::repl::guide::pages;
use jobs_sandbox::repl::input::grammar;

use crate::script::ended;
use crate::serve::Folder;

/// What most examples need.
const WORLD: &str = "create-thing other-thing\ncreate-thing lamp-2\ncreate-thing-group group-1\ncreate-thing-group lamps\n\
    add-thing-to-thing-group group-1 other-thing\nadd-thing-to-thing-group group-1\ncreate-job my-job {}\n";

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
        example if example.contains("--thing other-thing") => {
            "create-job Job1 {} --target other-thing\n"
        }
        example if example.contains("Job1") => "create-job Job1 {}\n",
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
    let script = format!("{WORLD}{}{example}\n", before(example));
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command
        .current_dir(&folder.0)
        .env_remove("HOME")
        .env_remove("XDG_STATE_HOME");
    let ended = crate::test_service::run(&mut command, &script);
    assert_eq!(
        ended.code,
        Some(0),
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

/// The commands of the page, with the lines that go on with one.
fn recipes() -> Vec<String> {
    let page = pages::page("cheat").expect("a page");
    let mut recipes: Vec<String> = Vec::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("  ")) {
        let command = line.split("   ").next().unwrap_or_default();
        match (line.strip_prefix("  "), recipes.last_mut()) {
            (Some(more), Some(last)) => last.extend(["\n", more]),
            _ => recipes.push(command.to_owned()),
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
            // The editor needs a person, the schedule a date.
            recipe if recipe.contains("--edit") || recipe.contains("YYYY") => {
                let command = jobs_sandbox::repl::input::command::parse(recipe);
                assert!(matches!(command, Ok(Some(_))), "{recipe}: {command:?}");
                continue;
            }
            recipe if recipe.contains("Job1 {") || recipe.contains("J {") => "",
            recipe if recipe.contains("lamps --c") => "create-thing-group lamps\n",
            recipe if recipe.contains("Job1") => "create-job Job1 {}\n",
            _ => "",
        };
        let (code, output, said) = ended(&[], &format!("{needs}{recipe}\n"));
        assert_eq!(code, 0, "{recipe}: {output}{said}");
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
        for mode in ["serve", "doctor", "policy", "completions", "man"] {
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
    let exit_codes = pages::page("exit-codes").expect("a page");
    assert!(words(&manual).contains(&words(&exit_codes)), "{manual}");
}

/// The variables that the code reads, by their names in it.
#[test]
fn every_variable_that_is_read_is_explained() {
    let page = pages::page("environment").expect("a page");
    let mut read = 0;
    for (file, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
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
