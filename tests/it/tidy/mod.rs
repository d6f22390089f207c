//! The rules of the source that the compiler cannot check. Each rule is fed a bad line before it is believed.

mod arrows;
mod circles;
mod contents;
mod formatted;
mod functions;
mod lines;
mod modules;
mod purity;
mod source;

use std::fs;
use std::path::Path;

use crate::tidy::source::Source;

/// A rule gives one text for each violation.
enum Rule {
    /// Of each file by itself.
    File(fn(&Source) -> Vec<String>),
    /// Of all files together.
    Tree(fn(&[Source]) -> Vec<String>),
}

const RULES: [(&str, Rule); 12] = [
    ("map", Rule::Tree(arrows::map)),
    ("arrows", Rule::Tree(arrows::arrows)),
    ("circles", Rule::Tree(circles::circles)),
    ("relative paths", Rule::File(lines::relative_paths)),
    ("purity", Rule::File(purity::purity)),
    ("pure modules", Rule::Tree(purity::pure_modules)),
    ("size", Rule::File(lines::size)),
    ("functions", Rule::File(functions::length)),
    ("long functions", Rule::Tree(functions::usual_length)),
    ("unfinished work", Rule::File(lines::unfinished)),
    ("topics", Rule::File(lines::topics)),
    ("guesses", Rule::File(lines::guesses)),
];

#[test]
fn the_source_keeps_the_rules() {
    let sources = sources(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(sources.len() > 10, "only {} files", sources.len());
    let violations = violations(&sources);
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

/// All files of a package, in the order of their paths.
fn sources(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    read(root, "src", &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
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

fn violations(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, rule) in RULES {
        match rule {
            Rule::Tree(rule) => {
                violations.extend(rule(sources).iter().map(|it| format!("{name}: {it}")));
            }
            Rule::File(rule) => violations.extend(sources.iter().flat_map(|source| {
                let found = rule(source).into_iter();
                found.map(move |it| format!("{}: {name}: {it}", source.path))
            })),
        }
    }
    violations
}

/// Checks which rules of a file a text breaks.
fn check(path: &str, text: &str, expected: &[&str]) {
    let source = Source::new(path, text);
    let is_broken = |rule: &Rule| match rule {
        Rule::File(rule) => !rule(&source).is_empty(),
        Rule::Tree(_) => false,
    };
    let broken: Vec<&str> = RULES
        .iter()
        .filter(|(_, rule)| is_broken(rule))
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(broken, expected, "{path}: {text}");
}
