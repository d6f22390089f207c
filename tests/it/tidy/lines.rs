//! What no line may hold, and how many lines a file may have.

use crate::tidy::check;
use crate::tidy::source::{Source, words_in};

/// What means that the work is not done.
const UNFINISHED: [&str; 4] = ["todo!", "fixme", "dbg!", "unimplemented!"];

/// The most lines of a file, its tests not counted.
const LINES_MAX: usize = 500;

/// The fewest words that make a reason.
const REASON_WORDS_MIN: usize = 4;

/// A path from the root can be read, and checked, without knowing where it stands.
pub(crate) fn relative_paths(source: &Source) -> Vec<String> {
    let code = source.code.replace("use super::*;", "");
    code.match_indices("super::")
        .map(|_| "`super::` hides an arrow; start at `crate::`".to_owned())
        .collect()
}

pub(crate) fn unfinished(source: &Source) -> Vec<String> {
    words_in(&source.text.to_lowercase(), &UNFINISHED)
}

pub(crate) fn size(source: &Source) -> Vec<String> {
    let lines = source.shipped.lines().count();
    if lines > LINES_MAX {
        vec![format!("{lines} lines, at most {LINES_MAX}")]
    } else {
        Vec::new()
    }
}

/// There is one grammar of topics, and it is in `protocol`. A fixed text cannot be the topic of a real thing.
pub(crate) fn topics(source: &Source) -> Vec<String> {
    if source.top() == "protocol" {
        return Vec::new();
    }
    let code = &source.shipped;
    code.match_indices("\"$aws")
        .filter(|(at, _)| {
            let literal = &code[at + 1..];
            literal.split('"').next().unwrap_or("").contains('{')
        })
        .map(|(at, _)| format!("line {}: a topic is built by hand", source.line(at)))
        .collect()
}

/// A guess without its reason cannot be checked by the next reader.
pub(crate) fn guesses(source: &Source) -> Vec<String> {
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
