use proptest::prelude::*;

use super::*;
use crate::text::quote;

fn aliases(all: &[(&str, &str)]) -> Result<Aliases, String> {
    Aliases::new(all.iter().copied()).map_err(|(at, error)| {
        let error = error.to_string();
        format!("{at}: {}", error.lines().next().unwrap_or_default())
    })
}

fn expand(line: &str, typed: &str) -> Result<String, String> {
    let aliases = aliases(&[("a", line)])?;
    let words = command::words(typed).expect("is complete");
    let expanded = aliases.expand(typed, &words).expect("is the alias");
    expanded.map_err(|error| {
        let error = error.to_string();
        error.lines().next().unwrap_or_default().to_owned()
    })
}

#[test]
fn an_alias_that_could_surprise_is_refused() {
    for (all, expected) in [
        (&[("boot", "create-job Boot-$1 {}")][..], Ok(1)),
        (&[("größe", "list-jobs")], Ok(1)),
        (
            &[("", "pending")],
            Err("0: `` cannot be the name of an alias"),
        ),
        (
            &[("a b", "pending")],
            Err("0: `a b` cannot be the name of an alias"),
        ),
        (
            &[("-c", "pending")],
            Err("0: `-c` cannot be the name of an alias"),
        ),
        (
            &[("b\u{1b}", "pending")],
            Err("0: `b\\u001b` cannot be the name of an alias"),
        ),
        (
            &[("create", "pending")],
            Err("0: `create` is already a command or a page of help"),
        ),
        (
            &[("?", "pending")],
            Err("0: `?` cannot be the name of an alias"),
        ),
        (
            &[("cost", "pending")],
            Err("0: `cost` is already a command or a page of help"),
        ),
        (
            &[("serve", "pending")],
            Err("0: `serve` is already a command or a page of help"),
        ),
        (&[("a", "")], Err("0: the line is empty")),
        (&[("a", "# pending")], Err("0: the line is empty")),
        (
            &[("a", "pending | jq .")],
            Err("0: the line redirects its answer"),
        ),
        (
            &[("a", "pending > f")],
            Err("0: the line redirects its answer"),
        ),
        (&[("a", "describe 'x")], Err("0: the quote ' is not closed")),
        (
            &[("a", "create-job J {")],
            Err("0: the JSON value is not complete"),
        ),
        (&[("a", "pnding")], Err("0: `pnding` is not a command")),
        (
            &[("a", "pending"), ("b", "a")],
            Err("1: the line begins with the alias `a`"),
        ),
        (&[("a", "a")], Err("0: the line begins with the alias `a`")),
        (
            &[("a", "$1 Job1")],
            Err("0: the name of the command is an argument"),
        ),
        (&[("a", "describe $2")], Err("0: $2 is used, but not $1")),
    ] {
        let made = aliases(all).map(|aliases| aliases.names().count());
        assert_eq!(made, expected.map_err(str::to_owned), "{all:?}");
    }
}

#[test]
fn arguments_stay_where_their_place_is() {
    for (line, typed, expected) in [
        ("describe $1", "a Job1", Ok("describe Job1")),
        ("describe $1", "a 'J 1'", Ok("describe 'J 1'")),
        ("describe $1", "a '| rm'", Ok("describe '| rm'")),
        ("describe $1", "a Job1 | jq .", Ok("describe Job1 | jq .")),
        (
            "describe $1",
            "a --query",
            Err("the argument `--query` of an alias begins with a hyphen"),
        ),
        (
            "describe $1",
            "a",
            Err("wrong number of arguments: the alias takes 1, not 0"),
        ),
        (
            "describe $1",
            "a 1 2",
            Err("wrong number of arguments: the alias takes 1, not 2"),
        ),
        ("describe $next", "a", Ok("describe $next")),
        ("describe $$1", "a", Ok("describe $1")),
        ("describe x$1-$1y", "a -1", Ok("describe x-1--1y")),
        ("describe '$1 x'", "a it\\'s", Ok(r"describe 'it'\''s x'")),
        ("describe 1000$1", "a 7", Ok("describe 10007")),
        (
            "create-job Boot-$1 $2",
            r#"a 7 '{"a":"b c"}'"#,
            Ok(r#"create-job Boot-7 '{"a":"b c"}'"#),
        ),
        (
            "create-job Boot-$1 $2",
            "a 7 @f",
            Ok("create-job Boot-7 @f"),
        ),
        (
            r#"create-job B-$1 {"a": "$2", "n": $3} --targets $4"#,
            r#"a 7 'x","b":"y' 5 lamp"#,
            Ok(r#"create-job B-7 '{"a": "x\",\"b\":\"y", "n": 5}' --targets lamp"#),
        ),
        (
            r#"create-job B {"n": $1}"#,
            r#"a '1,"m":2'"#,
            Err(r#"the argument `1,"m":2` is not a JSON value"#),
        ),
        (
            r#"create-job B '{"n": [$1]}'"#,
            "a '\"x\"'",
            Ok(r#"create-job B '{"n": ["x"]}'"#),
        ),
        (
            r#"update J FAILED --status-details {"why":"$1"}"#,
            "a 'no power'",
            Ok(r#"update J FAILED --status-details '{"why":"no power"}'"#),
        ),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(expand(line, typed), expected, "{line}: {typed}");
    }
}

#[test]
fn help_shows_the_line() {
    let aliases = aliases(&[("boot", "create-job Boot-$1 {}")]).expect("is valid");
    for (typed, is_shown) in [
        ("help boot", true),
        ("? boot", true),
        ("boot --help", true),
        ("boot 7 -h", true),
        ("help", false),
        ("help create-job", false),
        ("boot 7", false),
    ] {
        let words = command::words(typed).expect("is complete");
        let text = "usage: boot <1>\nan alias of yours for:\n  create-job Boot-$1 {}\n";
        let expected = is_shown.then(|| text.to_owned());
        assert_eq!(aliases.help(&words), expected, "{typed}");
    }
}

#[test]
fn a_start_up_line_is_one_command_or_alias() {
    let aliases = aliases(&[("boot", "create-job Boot-$1 {}")]).expect("is valid");
    for (line, expected) in [
        ("pending", None),
        ("boot 7", None),
        (
            "boot",
            Some("wrong number of arguments: the alias takes 1, not 0"),
        ),
        ("pending > f", Some("the line redirects its answer")),
        ("boot 7 | jq", Some("the line redirects its answer")),
        ("aws iot list-jobs", None),
        ("nothing", Some("`nothing` is not a command")),
    ] {
        let error = check_start_up(line, &aliases).map_err(|error| error.to_string());
        let error = error.err();
        let first = error.as_deref().and_then(|text| text.lines().next());
        assert_eq!(first, expected, "{line}");
    }
}

proptest! {
    #[test]
    fn no_argument_changes_the_rest(
        id in any::<String>(),
        text in any::<String>(),
        number in any::<i64>(),
    ) {
        let line = r#"create-job Boot-$1 {"a": "$2 $1", "n": $3} --description x$2"#;
        let typed = ["a", &quote(&id), &quote(&text), &quote(&number.to_string())].join(" ");
        let expanded = expand(line, &typed).expect("is expanded");
        let words = command::words(&expanded).expect("is complete");
        prop_assert_eq!(words::redirection(&expanded, &words), "");
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let [name, job, document, flag, description] = words[..] else {
            panic!("{words:?}")
        };
        prop_assert_eq!((name, flag), ("create-job", "--description"));
        prop_assert_eq!(job, format!("Boot-{id}"));
        prop_assert_eq!(description, format!("x{text}"));
        let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
        prop_assert_eq!(document, serde_json::json!({ "a": format!("{text} {id}"), "n": number }));
    }

    #[test]
    fn any_line_and_any_arguments_are_answered(
        line in "[a-z $0-9\"'{}:\\\\|-]{0,24}",
        arguments in "[a-z \"'{}|-]{0,12}",
    ) {
        let line = format!("describe {line}");
        let typed = format!("a {arguments}");
        if let (Ok(aliases), Ok(words)) = (aliases(&[("a", &line)]), command::words(&typed)) {
            let _ = aliases.expand(&typed, &words);
        }
    }
}
