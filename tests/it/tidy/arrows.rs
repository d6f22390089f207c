//! The map in `src/lib.rs`, and the arrows between the top modules that it allows.

use std::collections::BTreeSet;

use crate::tidy::check;
use crate::tidy::source::{Source, first_word, is_word, package_of};

/// The line above the rows of the map.
const HEADER: &str = "//! | module | what it is | looks at |";

/// What stands in the last column for a module that uses no other.
const NOTHING: &str = "–";

/// What stands in the last column for a module that, in addition, all others may use without naming it in their rows.
const LEAF: &str = "– (a leaf: open to all)";

/// What the roots of the build script, the binary and the library may use; they have no row.
const ROOTS: [(&str, &[&str]); 3] = [
    ("build", &[]),
    ("main", &["lib", "run"]),
    ("lib", &["run", "serve", "config", "cli", "repl", "local"]),
];

/// A row of the map.
struct Row<'a> {
    module: &'a str,
    looks_at: Vec<&'a str>,
    is_leaf: bool,
}

/// The rows of the map, up to the first line that cannot be read as one.
fn rows(sources: &[Source]) -> Vec<Row<'_>> {
    let map = sources.iter().find(|source| source.path == "src/lib.rs");
    let lines = map.map_or("", |source| &source.text).lines();
    lines
        .skip_while(|line| *line != HEADER)
        .skip(2)
        .map_while(row)
        .collect()
}

fn row(line: &str) -> Option<Row<'_>> {
    let cells = line.strip_prefix("//! | ")?.strip_suffix(" |")?;
    let (module, cells) = cells.split_once(" | ")?;
    let (_, looks_at) = cells.rsplit_once(" | ")?;
    let module = module.strip_prefix('`')?.strip_suffix('`')?;
    Some(Row {
        module,
        looks_at: match looks_at {
            NOTHING | LEAF => Vec::new(),
            names => names
                .split(", ")
                .map(|name| name.trim_matches('`'))
                .collect(),
        },
        is_leaf: looks_at == LEAF,
    })
}

/// The map has one row for each module that exists, and no other rows; all arrows point down.
pub(crate) fn map(sources: &[Source]) -> Vec<String> {
    let rows = rows(sources);
    let has_row = |module: &str| rows.iter().any(|row| row.module == module);
    let mut violations = Vec::new();
    for index in 0..rows.len() {
        violations.extend(wrong_in_row(&rows, index, sources));
    }
    for (root, to) in ROOTS {
        for name in to.iter().filter(|to| !is_root(to) && !has_row(to)) {
            violations.push(format!("`{root}` looks at `{name}`, which has no row"));
        }
    }
    let tops: BTreeSet<&str> = sources.iter().map(Source::top).collect();
    for top in tops
        .into_iter()
        .filter(|top| !is_root(top) && !has_row(top))
    {
        violations.push(format!("`{top}` has no row"));
    }
    violations
}

fn wrong_in_row(rows: &[Row], index: usize, sources: &[Source]) -> Vec<String> {
    let Row {
        module, looks_at, ..
    } = &rows[index];
    let (above, below) = (&rows[..index], &rows[index + 1..]);
    let has_row = |rows: &[Row], name: &str| rows.iter().any(|row| row.module == name);
    let mut violations = Vec::new();
    let package = |module: &str| {
        let mut files = sources.iter().filter(|source| source.top() == module);
        files.next().map(|source| package_of(&source.path))
    };
    match package(module) {
        None => violations.push(format!("`{module}` does not exist")),
        own if above.iter().any(|row| package(row.module) > own) => {
            violations.push(format!(
                "`{module}` stands below modules of a lower package"
            ));
        }
        Some(_) => {}
    }
    if has_row(above, module) {
        violations.push(format!("`{module}` has two rows"));
    }
    for name in looks_at.iter().filter(|name| !has_row(below, name)) {
        violations.push(format!(
            "`{module}` looks at `{name}`, which has no row below"
        ));
    }
    violations
}

fn is_root(module: &str) -> bool {
    ROOTS.iter().any(|(root, _)| *root == module)
}

/// A module uses only itself, leaves, and the modules in its row.
pub(crate) fn arrows(sources: &[Source]) -> Vec<String> {
    let rows = rows(sources);
    let mut violations = Vec::new();
    for source in sources {
        let from = source.top();
        for (at, name) in crate_paths(source) {
            let row = rows.iter().find(|row| row.module == name);
            let to = row.map_or("lib", |row| row.module);
            let is_open = to == from || row.is_some_and(|row| row.is_leaf);
            if !is_open && !looks_at(&rows, from).contains(&to) {
                let line = source.line(at);
                violations.push(format!(
                    "{}: line {line}: {from} must not use {to}",
                    source.path
                ));
            }
        }
    }
    violations
}

/// What the row of a module, or of a root, allows.
fn looks_at<'a>(rows: &'a [Row], module: &str) -> &'a [&'a str] {
    let roots = ROOTS.iter().map(|(root, to)| (*root, *to));
    rows.iter()
        .map(|row| (row.module, &row.looks_at[..]))
        .chain(roots)
        .find(|(from, _)| *from == module)
        .map_or(&[], |(_, to)| to)
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

/// A map for the tests below.
const MAP: &str = "\
//! | module | what it is | looks at |
//! |---|---|---|
//! | `run` | wires all | `config`, `repl`, `local` |
//! | `serve` | the service alone | `local` |
//! | `config` | settings; `|` splits them | `cli` |
//! | `cli` | arguments | – |
//! | `repl` | the loop | `device`, `protocol` |
//! | `device` | the client | `protocol`, `tls` |
//! | `control` | another client | `protocol` |
//! | `local` | the service | `service`, `broker`, `policy`, `protocol`, `tls` |
//! | `service` | jobs | `protocol` |
//! | `broker` | MQTT | `policy` |
//! | `policy` | the language | – |
//! | `protocol` | the wire | – |
//! | `tls` | certificates | – |
//! | `redact` | takes secrets out | – (a leaf: open to all) |

pub mod broker;
";

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
            "src/client/device/link.rs",
            "use crate::{tls::Pem, protocol::{JobId, Topic}};",
            false,
        ),
        (
            "src/client/device/link.rs",
            "use crate::{\n    tls::Pem,\n    policy::{Document, x},\n};",
            true,
        ),
        (
            "src/client/device/link.rs",
            "use crate::{protocol::{JobId}, control};",
            true,
        ),
        (
            "src/local/hub.rs",
            "use crate::{service, broker, policy, protocol, tls};",
            false,
        ),
        ("src/local/hub.rs", "use crate::device::Client;", true),
        (
            "src/client/repl/mod.rs",
            "use crate::device::Client;",
            false,
        ),
        ("src/client/repl/mod.rs", "use crate::local::Hub;", true),
        ("src/client/control.rs", "use crate::repl::Loop;", true),
        ("src/client/control.rs", "use crate::run;", true),
        ("src/client/control.rs", "use crate::redact::redact;", false),
        ("src/policy/mod.rs", "use crate::redact::redact;", false),
        ("src/redact.rs", "use crate::policy::Document;", true),
        ("src/tls.rs", "use crate::protocol::JobId;", true),
        ("src/start/config.rs", "use crate::cli::Cli;", false),
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
        let is_map = path == "src/lib.rs";
        let sources = [
            Source::new(
                "src/lib.rs",
                &[MAP, if is_map { text } else { "" }].concat(),
            ),
            Source::new(path, if is_map { "" } else { text }),
        ];
        assert_eq!(!arrows(&sources).is_empty(), is_wrong, "{path}: {text}");
        check(path, text, &[]);
    }
}

#[test]
fn a_wrong_map_is_found() {
    let mut sources: Vec<Source> = rows(&[Source::new("src/lib.rs", MAP)])
        .iter()
        .map(|row| Source::new(&format!("src/{}.rs", row.module), ""))
        .collect();
    for (text, instead, expected) in [
        ("", "", &[][..]),
        (
            "//! | `control` |",
            "//! | `agent` |",
            &["`agent` does not exist", "`control` has no row"],
        ),
        (
            "//! | `control` |",
            "//! | `device` |",
            &["`device` has two rows", "`control` has no row"],
        ),
        (
            "//! | `cli` |",
            "//! | `arguments` |",
            &[
                "`config` looks at `cli`, which has no row below",
                "`arguments` does not exist",
                "`lib` looks at `cli`, which has no row",
                "`cli` has no row",
            ],
        ),
        (
            "| `policy` |",
            "| `policy`, `agent` |",
            &["`broker` looks at `agent`, which has no row below"],
        ),
        (
            "| `policy` |",
            "| `local` |",
            &["`broker` looks at `local`, which has no row below"],
        ),
        (
            "| `policy` |",
            "| `broker` |",
            &["`broker` looks at `broker`, which has no row below"],
        ),
        (
            "| `policy` |",
            "| all |",
            &["`broker` looks at `all`, which has no row below"],
        ),
        ("| takes secrets out |", "|", &["`redact` has no row"]),
    ] {
        let changed = MAP.replacen(text, instead, 1);
        sources.push(Source::new("src/lib.rs", &changed));
        assert_eq!(map(&sources), expected, "{changed}");
        sources.pop();
    }
}

#[test]
fn each_package_stands_above_the_next() {
    let row = |module: &str| format!("//! | `{module}` | it | {NOTHING} |\n");
    let ends_well = |last: &str| {
        let rows = [row("redact"), row("policy"), row(last)].concat();
        let sources = [
            Source::new(
                "src/lib.rs",
                &format!("{HEADER}\n//! |---|---|---|\n{rows}"),
            ),
            Source::new("src/redact.rs", ""),
            Source::new("src/core/policy/mod.rs", ""),
            Source::new("src/core/text.rs", ""),
            Source::new("src/client/cause.rs", ""),
            Source::new("src/start/signals.rs", ""),
        ];
        !map(&sources).contains(&format!("`{last}` stands below modules of a lower package"))
    };
    assert!(ends_well("text"));
    assert!(!ends_well("cause"));
    assert!(!ends_well("signals"));
}
