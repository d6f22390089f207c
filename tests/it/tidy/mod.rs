//! The rules of the source that the compiler cannot check. Each rule is fed a bad line before it is believed.

mod source;

use std::fs;
use std::path::Path;

use crate::tidy::source::{Source, is_word};

/// Which top module may use which; a module may always use itself.
const ARROWS: [(&str, &[&str]); 22] = [
    ("main", &["lib", "run"]),
    (
        "lib",
        &["run", "serve", "repl", "agent", "local", "cli", "config"],
    ),
    (
        "run",
        &[
            "serve",
            "cli",
            "config",
            "local",
            "repl",
            "agent",
            "device",
            "control",
            "protocol",
            "tls",
            "doctor",
            "policy_command",
            "logging",
            "redact",
        ],
    ),
    (
        "doctor",
        &["config", "control", "device", "protocol", "tls"],
    ),
    ("policy_command", &["cli", "policy", "protocol"]),
    ("logging", &["redact"]),
    ("serve", &["cli", "config", "local", "protocol"]),
    ("cli", &["protocol"]),
    ("config", &["cli", "protocol"]),
    ("repl", &["device", "control", "protocol", "redact"]),
    ("agent", &["device", "control", "protocol"]),
    ("control", &["protocol", "redact"]),
    ("device", &["protocol", "tls"]),
    ("local", &["service", "broker", "policy", "protocol", "tls"]),
    ("service", &["protocol"]),
    ("broker", &["policy"]),
    ("protocol", &[]),
    ("redact", &[]),
    ("backoff", &[]),
    ("policy", &[]),
    ("tls", &[]),
    ("text", &[]),
];

/// Modules that every other may use.
const LEAVES: [&str; 2] = ["text", "backoff"];

/// Sans-I/O code: everything comes in as an argument and goes out as a value.
const PURE: &[&str] = &[
    "src/protocol",
    "src/service",
    "src/policy",
    "src/broker",
    "src/repl/input",
    "src/repl/output/render",
    "src/repl/guide",
    "src/repl/list",
    "src/config/endpoint",
    "src/tls/validity",
    "src/repl/output/notes",
    "src/repl/output/table",
    "src/repl/output/wire",
    "src/repl/output/answer",
    "src/repl/output/form",
    "src/repl/output/fold",
    "src/repl/output/json_text",
    "src/doctor/check",
    "src/policy_command/filling",
    "src/logging/filter",
    "src/redact",
    "src/backoff/pauses",
    "src/text",
    "src/device/pending",
    "src/device/flight",
    "src/device/retry",
    "src/device/reason",
];

/// What has no place in pure code.
const IMPURE: [&str; 12] = [
    "tokio",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "Instant::now",
    "SystemTime::now",
    "println",
    "eprintln",
    "async fn",
    ".await",
    "HashMap",
];

/// What means that the work is not done.
const UNFINISHED: [&str; 4] = ["todo!", "fixme", "dbg!", "unimplemented!"];

/// The most lines of a file, its tests not counted.
const LINES_MAX: usize = 500;

/// The fewest words that make a reason.
const REASON_WORDS_MIN: usize = 4;

/// A rule gives one text for each violation.
type Rule = fn(&Source) -> Vec<String>;

const RULES: [(&str, Rule); 7] = [
    ("arrows", arrows),
    ("relative paths", relative_paths),
    ("purity", purity),
    ("size", size),
    ("unfinished work", unfinished),
    ("topics", topics),
    ("guesses", guesses),
];

#[test]
fn the_source_keeps_the_rules() {
    let mut sources = Vec::new();
    read(Path::new(env!("CARGO_MANIFEST_DIR")), "src", &mut sources);
    assert!(sources.len() > 10, "only {} files", sources.len());
    let mut violations = Vec::new();
    for source in &sources {
        for (name, rule) in RULES {
            for violation in rule(source) {
                violations.push(format!("{}: {name}: {violation}", source.path));
            }
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

fn read(root: &Path, folder: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(root.join(folder)).expect(folder) {
        let entry = entry.expect(folder);
        let name = entry.file_name();
        let path = format!("{folder}/{}", name.to_string_lossy());
        if entry.file_type().expect(folder).is_dir() {
            read(root, &path, sources);
        } else if Path::new(&name).extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(entry.path()).expect(&path);
            sources.push(Source::new(&path, &text.replace("\r\n", "\n")));
        }
    }
}

fn arrows(source: &Source) -> Vec<String> {
    let from = source.top();
    let allowed = ARROWS
        .iter()
        .find(|(module, _)| *module == from)
        .map_or(&[][..], |(_, allowed)| allowed);
    let is_module = |name: &str| {
        ARROWS
            .iter()
            .any(|(module, to)| *module == name || to.contains(&name))
    };
    crate_paths(source)
        .into_iter()
        .map(|(at, name)| {
            let to = if is_module(&name) {
                name
            } else {
                "lib".to_owned()
            };
            (at, to)
        })
        .filter(|(_, to)| {
            let to = to.as_str();
            to != from && !allowed.contains(&to) && !LEAVES.contains(&to)
        })
        .map(|(at, to)| format!("line {}: {from} must not use {to}", source.line(at)))
        .collect()
}

/// The first name of every path from the root of the crate: `crate::a::B`, and each of `crate::{a::B, c}`.
fn crate_paths(source: &Source) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for root in ["crate::", "jobs_sandbox::"] {
        for (at, _) in source.code.match_indices(root) {
            if source.code[..at].ends_with(is_word) {
                continue;
            }
            let rest = source.code[at + root.len()..].trim_start();
            match rest.strip_prefix('{') {
                None => paths.push((at, first_word(rest))),
                Some(group) => {
                    paths.extend(group_members(group).into_iter().map(|name| (at, name)));
                }
            }
        }
    }
    paths
}

/// The first names in a group of a `use`, of which this is all after the opening brace.
fn group_members(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(first_word(group[start..at].trim_start()));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

fn relative_paths(source: &Source) -> Vec<String> {
    let code = source.code.replace("use super::*;", "");
    code.match_indices("super::")
        .map(|_| "`super::` hides an arrow; start at `crate::`".to_owned())
        .collect()
}

fn purity(source: &Source) -> Vec<String> {
    if !PURE.iter().any(|module| source.is_below(module)) {
        return Vec::new();
    }
    words_in(source.shipped(), &IMPURE)
}

fn unfinished(source: &Source) -> Vec<String> {
    words_in(&source.text.to_lowercase(), &UNFINISHED)
}

/// Where the words stand in a text, by line, unless they are only the end of a longer word.
fn words_in(text: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for word in words {
            let stands_alone = line
                .match_indices(word)
                .any(|(at, _)| !word.starts_with(is_word) || !line[..at].ends_with(is_word));
            if stands_alone {
                found.push(format!("line {}: `{word}`", index + 1));
            }
        }
    }
    found
}

fn size(source: &Source) -> Vec<String> {
    let lines = source.shipped().lines().count();
    if lines > LINES_MAX {
        vec![format!("{lines} lines, at most {LINES_MAX}")]
    } else {
        Vec::new()
    }
}

/// There is one grammar of topics, and it is in `protocol`. A fixed text is no topic of anybody's thing.
fn topics(source: &Source) -> Vec<String> {
    if source.top() == "protocol" {
        return Vec::new();
    }
    let code = source.shipped();
    code.match_indices("\"$aws")
        .filter(|(at, _)| {
            let literal = &code[at + 1..];
            literal.split('"').next().unwrap_or("").contains('{')
        })
        .map(|(at, _)| format!("line {}: a topic is built by hand", source.line(at)))
        .collect()
}

/// A guess without its reason cannot be checked by the next reader.
fn guesses(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().map(str::trim_start).collect();
    let mut violations = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((_, reason)) = line
            .strip_prefix("//")
            .and_then(|comment| comment.split_once("GUESS:"))
        else {
            continue;
        };
        let continued = lines[index + 1..]
            .iter()
            .map_while(|line| line.strip_prefix("//"));
        let words = reason.split_whitespace().count()
            + continued
                .flat_map(|line| line.trim_start_matches(['/', '!']).split_whitespace())
                .count();
        if words < REASON_WORDS_MIN {
            violations.push(format!("line {}: a guess without a reason", index + 1));
        }
    }
    violations
}

/// Checks which rules a text breaks.
fn check(path: &str, text: &str, expected: &[&str]) {
    let source = Source::new(path, text);
    let broken: Vec<&str> = RULES
        .iter()
        .filter(|(_, rule)| !rule(&source).is_empty())
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(broken, expected, "{path}: {text}");
}

#[test]
fn a_wrong_arrow_is_found() {
    for (path, text, is_wrong) in [
        (
            "src/protocol/topic.rs",
            "use crate::protocol::name::JobId;",
            false,
        ),
        (
            "src/protocol/topic.rs",
            "use crate::service::Service;",
            true,
        ),
        ("src/policy/mod.rs", "use crate::protocol::JobId;", true),
        (
            "src/broker/router.rs",
            "use crate::policy::evaluate;",
            false,
        ),
        ("src/broker/router.rs", "use crate::protocol::Topic;", true),
        (
            "src/service/mod.rs",
            "fn f() { crate::local::hub::run() }",
            true,
        ),
        (
            "src/device/link.rs",
            "use crate::{tls::Pem, protocol::{JobId, Topic}};",
            false,
        ),
        (
            "src/device/link.rs",
            "use crate::{\n    tls::Pem,\n    policy::{Document, x},\n};",
            true,
        ),
        (
            "src/device/link.rs",
            "use crate::{protocol::{JobId}, control};",
            true,
        ),
        (
            "src/local/hub.rs",
            "use crate::{service, broker, policy, protocol, tls};",
            false,
        ),
        ("src/local/hub.rs", "use crate::device::Client;", true),
        ("src/repl/mod.rs", "use crate::device::Client;", false),
        ("src/repl/mod.rs", "use crate::local::Hub;", true),
        ("src/agent.rs", "use crate::repl::Loop;", true),
        ("src/agent.rs", "use crate::run;", true),
        ("src/tls.rs", "use crate::protocol::JobId;", true),
        ("src/config.rs", "use crate::cli::Cli;", false),
        ("src/lib.rs", "use crate::local::Hub;", false),
        ("src/lib.rs", "use crate::service::Service;", true),
        ("src/main.rs", "fn main() { jobs_sandbox::run() }", false),
        ("src/main.rs", "use jobs_sandbox::local::Hub;", true),
        ("src/policy/mod.rs", "// crate::protocol is not used", false),
        (
            "src/policy/mod.rs",
            "/* use crate::protocol; /* */ */ pub(crate) fn f() {}",
            false,
        ),
        (
            "src/policy/mod.rs",
            "const A: char = '\"'; // \"\nuse crate::protocol::X; // \"",
            true,
        ),
        (
            "src/policy/mod.rs",
            "mod tests { use crate::local::Hub; }",
            true,
        ),
    ] {
        check(path, text, if is_wrong { &["arrows"] } else { &[] });
    }
}

#[test]
fn an_impure_line_is_found() {
    for line in [
        "use tokio::sync::mpsc;",
        "use std::net::TcpStream;",
        "let text = std::fs::read(path);",
        "std::env::var(\"HOME\")",
        "std::process::exit(1)",
        "let now = std::time::Instant::now();",
        "SystemTime::now()",
        "println!(\"x\");",
        "eprintln!(\"x\");",
        "pub async fn run() {}",
        "reply.await",
        "use std::collections::HashMap;",
    ] {
        for pure in [
            "src/service/job.rs",
            "src/repl/input/words.rs",
            "src/repl/output/render/table.rs",
        ] {
            check(pure, line, &["purity"]);
            check(pure, &format!("// {line}"), &[]);
            check(
                pure,
                &format!("#[cfg(test)]\nmod tests {{\n{line}\n}}"),
                &[],
            );
        }
        for shell in [
            "src/local/hub.rs",
            "src/repl/editor.rs",
            "src/repl/wordsmith.rs",
        ] {
            check(shell, line, &[]);
        }
    }
    check(
        "src/policy/mod.rs",
        "fn instant_nowhere() { asynchronous_fn() }",
        &[],
    );
}

#[test]
fn every_other_bad_line_is_found() {
    let long = "fn f() {}\n".repeat(LINES_MAX);
    let tested = format!("{long}#[cfg(test)]\nmod tests {{\n{long}}}\n");
    for (path, text, expected) in [
        (
            "src/tls.rs",
            "use super::pem::Pem;",
            &["relative paths"][..],
        ),
        ("src/tls.rs", "mod tests { use super::*; }", &[]),
        (
            "src/tls.rs",
            "mod tests { use super::{*, x}; }",
            &["relative paths"],
        ),
        ("src/tls.rs", &long, &[]),
        ("src/tls.rs", &tested, &[]),
        ("src/tls.rs", &format!("{long}fn g() {{}}\n"), &["size"]),
        ("src/tls.rs", "fn f() { todo!() }", &["unfinished work"]),
        ("src/tls.rs", "fn f() { dbg!(1); }", &["unfinished work"]),
        ("src/tls.rs", "// FIXME later", &["unfinished work"]),
        (
            "src/tls.rs",
            "fn f() { unimplemented!() }",
            &["unfinished work"],
        ),
        (
            "src/local/hub.rs",
            "format!(\"$aws/things/{thing}/jobs\")",
            &["topics"],
        ),
        (
            "src/local/hub.rs",
            "write!(f, \"$aws/things/{}/jobs\", thing)",
            &["topics"],
        ),
        (
            "src/protocol/topic.rs",
            "format!(\"$aws/things/{thing}/jobs\")",
            &[],
        ),
        (
            "src/broker/filter.rs",
            "topic.starts_with(\"$aws/\") { }",
            &[],
        ),
        (
            "src/broker/filter.rs",
            "#[cfg(test)]\nmod tests { format!(\"$aws/{x}\") }",
            &[],
        ),
        ("src/tls.rs", "// GUESS: silent", &["guesses"]),
        ("src/tls.rs", "    /// GUESS:", &["guesses"]),
        ("src/tls.rs", "// GUESS: because the page is silent", &[]),
        (
            "src/tls.rs",
            "// GUESS: because\n// the page is silent",
            &[],
        ),
        (
            "src/tls.rs",
            "// GUESS: because\nfn the_page_is_silent() {}",
            &["guesses"],
        ),
    ] {
        check(path, text, expected);
    }
}
