//! Pure code: no sockets, files, clock, randomness or printing.

use crate::tidy::check;
use crate::tidy::source::{Source, words_in};

/// Sans-I/O code: everything comes in as an argument and goes out as a value.
const PURE: &[&str] = &[
    "src/core/protocol",
    "src/core/service",
    "src/core/policy",
    "src/core/broker",
    "src/core/executor/plan",
    "src/core/executor/step",
    "src/client/repl/input",
    "src/core/executor/core",
    "src/client/repl/output/render",
    "src/client/repl/guide",
    "src/client/repl/output/hints",
    "src/client/repl/list",
    "src/client/repl/jobs",
    "src/client/repl/pending",
    "src/start/config/endpoint",
    "src/start/config/region",
    "src/start/config/setting",
    "src/start/config/profile/read",
    "src/core/tls/validity",
    "src/client/repl/output/notes",
    "src/client/repl/output/notice",
    "src/client/repl/output/object",
    "src/client/repl/output/table",
    "src/client/repl/output/times",
    "src/client/repl/output/wire",
    "src/client/repl/output/answer",
    "src/client/repl/output/form",
    "src/client/repl/output/fold",
    "src/client/repl/output/json_text",
    "src/doctor/check",
    "src/policy_command/control_plane",
    "src/policy_command/filling",
    "src/client/argument",
    "src/client/control/operation",
    "src/client/control/declared",
    "src/client/repl/arns",
    "src/client/control/operations",
    "src/client/control/page",
    "src/client/control/document_args",
    "src/client/control/execution_columns",
    "src/client/control/environment",
    "src/client/control/missing",
    "src/client/control/proxies",
    "src/start/logging/filter",
    "src/core/redact",
    "src/client/cause",
    "src/core/excerpt",
    "src/core/text",
    "src/core/backoff/pauses",
    "src/client/device/waiting_requests",
    "src/client/device/peer",
    "src/client/device/flight",
    "src/client/device/retry",
    "src/client/device/reason",
    "src/core/executor/document",
    "src/client/agent/work/marks",
    "src/client/agent/work/tail",
    "src/core/faults",
    "src/core/fleet",
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

/// Pure code has nothing impure in it.
pub(crate) fn purity(source: &Source) -> Vec<String> {
    if !PURE.iter().any(|module| source.is_below(module)) {
        return Vec::new();
    }
    words_in(&source.shipped, &IMPURE)
}

/// Every entry of the list is a module that exists.
pub(crate) fn pure_modules(sources: &[Source]) -> Vec<String> {
    PURE.iter()
        .filter(|module| !sources.iter().any(|source| source.is_below(module)))
        .map(|module| format!("`{module}` is neither a file nor a folder"))
        .collect()
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
            "src/client/repl/input/words.rs",
            "src/client/repl/output/render/table.rs",
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
            "src/client/repl/editor.rs",
            "src/client/repl/wordsmith.rs",
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
fn a_pure_module_that_is_not_there_is_found() {
    let modules = |paths: &[&str]| -> Vec<Source> {
        paths.iter().map(|path| Source::new(path, "")).collect()
    };
    let files: Vec<String> = PURE.iter().map(|module| format!("{module}.rs")).collect();
    let folders: Vec<String> = PURE
        .iter()
        .map(|module| format!("{module}/mod.rs"))
        .collect();
    for paths in [files, folders] {
        let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert!(pure_modules(&modules(&paths)).is_empty());
        paths.remove(0);
        paths.push("src/protocols.rs");
        let expected = ["`src/core/protocol` is neither a file nor a folder"];
        assert_eq!(pure_modules(&modules(&paths)), expected);
    }
}
