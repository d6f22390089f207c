//! Splits typed text into words. Pure.
//!
//! Words are separated by white space and quoted as in a POSIX shell, without expansions. One exception makes JSON usable:
//! the caller can take the rest of the line as one verbatim word, so that `create-job Job1 {"a": [1, 2]}` does not need
//! quotes. Flags can still follow, since JSON cannot continue with `--`, and so can a redirection, since it cannot continue
//! with `|` or `>`. In any other place, a JSON object or list does not need quotes either.

mod begun;
mod parts;
mod splitter;
pub(crate) mod steps;
mod word;

pub use begun::{Begun, last_word};
pub use parts::{Unfinished, Word};
pub use splitter::Splitter;

/// The longest command, in bytes, continuation lines included. AWS takes job documents up to 32 KiB.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// Splits `line` into words. Before each word after the first, `rest_is_next` gets the words so far and the rest of the
/// line. If it returns true, the next word is a document: it is taken verbatim, or without the one pair of shell quotes
/// around all of it, and only flags may follow. `@file` is a word like any other. The words end where a [`redirection`]
/// begins; its quotes must also be closed.
pub fn split(
    line: &str,
    rest_is_next: impl FnMut(&[Word], &str) -> bool,
) -> Result<Vec<Word>, Unfinished> {
    Splitter::default().split(line, rest_is_next)
}

/// The text behind the words that [`split`] returned for `line`, from an unquoted `|` or `>` on; may be empty.
pub fn redirection<'a>(line: &'a str, words: &[Word]) -> &'a str {
    let end = words.last().map_or(0, |word| word.span.end);
    line[end..].trim_start()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::quote;

    fn after(count: usize) -> impl Fn(&[Word], &str) -> bool {
        move |words, _| words.len() == count
    }

    fn texts(line: &str, count: usize) -> Result<Vec<String>, Unfinished> {
        let words = split(line, after(count))?;
        Ok(words.into_iter().map(|word| word.text).collect())
    }

    #[test]
    fn words_are_quoted_as_in_a_shell() {
        for (line, expected) in [
            ("", &[][..]),
            ("  \t ", &[]),
            ("a  b", &["a", "b"]),
            (" a\tb\n", &["a", "b"]),
            ("'a b' \"c d\"", &["a b", "c d"]),
            (r"a\ b c\\d", &["a b", r"c\d"]),
            (r#""a\"b\\c\nd""#, &[r#"a"b\c\nd"#]),
            (r"'a\b'", &[r"a\b"]),
            ("a'b'\"c\"d", &["abcd"]),
            ("'' x", &["", "x"]),
            ("a\\\nb", &["ab"]),
            ("a \\\n  b \\\n\\\nc\\\n d", &["a", "b", "c", "d"]),
            ("$next --detail k=v", &["$next", "--detail", "k=v"]),
            ("ä 作業", &["ä", "作業"]),
        ] {
            assert_eq!(
                texts(line, 99),
                Ok(expected.iter().map(ToString::to_string).collect()),
                "{line:?}"
            );
        }
    }

    #[test]
    fn a_document_is_the_rest_of_the_line() {
        for (rest, expected) in [
            (r#"{"Todo":"Reboot"}"#, r#"{"Todo":"Reboot"}"#),
            (
                r#"{"a b": [1,  2], "c":"it's"}  "#,
                r#"{"a b": [1,  2], "c":"it's"}"#,
            ),
            (r#"'{"Todo":"Reboot"}'"#, r#"{"Todo":"Reboot"}"#),
            (r#""{\"Todo\":\"Re\\\"boot\"}""#, r#"{"Todo":"Re\"boot"}"#),
            (r#""[1]""#, "[1]"),
            (r#""Reboot""#, r#""Reboot""#),
            ("{\n  \"a\": 1\n}", "{\n  \"a\": 1\n}"),
            (r#"{"a":1} {"b":2}"#, r#"{"a":1} {"b":2}"#),
            ("'a' 'b'", "'a' 'b'"),
            (r#"{"a":"\u00e9\n"}"#, r#"{"a":"\u00e9\n"}"#),
            ("'{\"a\":\n1}'", "{\"a\":\n1}"),
            ("word", "word"),
        ] {
            let line = format!("create-job Job1 {rest}");
            let expected = ["create-job", "Job1", expected].map(ToOwned::to_owned);
            assert_eq!(texts(&line, 2), Ok(expected.to_vec()), "{rest:?}");
        }
    }

    #[test]
    fn flags_can_follow_a_document() {
        for (rest, document, flags) in [
            (r#"{"a": 1} --x y"#, r#"{"a": 1}"#, &["--x", "y"][..]),
            (r#"'{"a": 1}' --x"#, r#"{"a": 1}"#, &["--x"]),
            (r#""{\"a\": 1}"  --x"#, r#"{"a": 1}"#, &["--x"]),
            (r#"{"a": "b --x"}"#, r#"{"a": "b --x"}"#, &[]),
            (r#""b" --x"#, r#""b""#, &["--x"]),
            ("@f --x 'a b'", "@f", &["--x", "a b"]),
            ("@'a b.json'", "@a b.json", &[]),
            (
                r"@C:\Users\me\new.json --x",
                r"@C:\Users\me\new.json",
                &["--x"],
            ),
            (r"@..\a\ b.json", r"@..\a b.json", &[]),
            (r"@\\server\share\x.json", r"@\\server\share\x.json", &[]),
            (r#"@"\\server\a b\x.json""#, r"@\\server\a b\x.json", &[]),
            (r"@C:\a\'b\|", r"@C:\a'b|", &[]),
            ("\u{feff}{\n\"a\": 1} --x", "{\n\"a\": 1}", &["--x"]),
            ("\u{feff}@f", "@f", &[]),
            ("1 --x", "1", &["--x"]),
            ("{} -x", "{} -x", &[]),
            ("{}--x", "{}--x", &[]),
            ("{bad --x", "{bad --x", &[]),
            ("bad one --x y", "bad one", &["--x", "y"]),
            ("a--b -- --1", "a--b -- --1", &[]),
            ("{} \\\n  --x y", "{}", &["--x", "y"]),
            ("\\\n  {} \\\n  --x", "{}", &["--x"]),
            ("\\\n'{}' \\\n--x", "{}", &["--x"]),
        ] {
            let line = format!("create-job Job1 {rest}");
            let expected = [&["create-job", "Job1", document], flags].concat();
            let expected = expected.iter().map(ToString::to_string).collect();
            assert_eq!(texts(&line, 2), Ok(expected), "{rest:?}");
        }
    }

    #[test]
    fn the_value_of_a_flag_may_be_json() {
        for (line, expected) in [
            (
                r#"x --f {"a": [1, "b c"]} y"#,
                &["x", "--f", r#"{"a": [1, "b c"]}"#, "y"][..],
            ),
            ("x --f {\"a\":\n1}>f", &["x", "--f", "{\"a\":\n1}"]),
            (r#"x --f '{"a": 1}'"#, &["x", "--f", r#"{"a": 1}"#]),
            // Not JSON, so it is kept as it is.
            ("x --f {a: 'b c'} y", &["x", "--f", "{a: 'b c'}", "y"]),
            (r#"x --f {"a":1}b"#, &["x", "--f", r#"{"a":1}b"#]),
            (r#"x --f {"a":1,} y"#, &["x", "--f", r#"{"a":1,}"#, "y"]),
            (r#"x --f {"a":1}} y"#, &["x", "--f", r#"{"a":1}}"#, "y"]),
            (
                r#"x --f {"a": NaN, "} b": 1}>f"#,
                &["x", "--f", r#"{"a": NaN, "} b": 1}"#],
            ),
            ("x --f {\"a\":\n1,}", &["x", "--f", "{\"a\":\n1,}"]),
            (
                r#"x --f [{"a": 1}, 2] y"#,
                &["x", "--f", r#"[{"a": 1}, 2]"#, "y"],
            ),
            (
                r#"x --f {"a": 1 --g y"#,
                &["x", "--f", r#"{"a": 1"#, "--g", "y"],
            ),
            (
                r#"x --f [{"a": 1, --g"#,
                &["x", "--f", r#"[{"a": 1,"#, "--g"],
            ),
            (
                r#"x --f {"a": "b --g y"#,
                &["x", "--f", r#"{"a": "b --g y"#],
            ),
            (
                r#"x --f {"a": "b --g"}"#,
                &["x", "--f", r#"{"a": "b --g"}"#],
            ),
            // A word.
            ("x --f {a 'b c'", &["x", "--f", "{a", "b c"]),
            ("x --f {a}'b c'", &["x", "--f", "{a}b c"]),
            (r#"x --f={"a":1}"#, &["x", "--f={a:1}"]),
            (
                r#"x {"a": 1} [{"b": 2}]"#,
                &["x", r#"{"a": 1}"#, r#"[{"b": 2}]"#],
            ),
            ("x {a} [b]", &["x", "{a}", "[b]"]),
        ] {
            let expected = expected.iter().map(ToString::to_string).collect();
            assert_eq!(texts(line, 99), Ok(expected), "{line:?}");
        }
        let open = texts(r#"x --f {"a":"#, 99);
        assert_eq!(open, Err(Unfinished::Json { at: 6 }));
    }

    #[test]
    fn a_redirection_is_outside_of_quotes_and_json() {
        for (line, words, behind) in [
            ("list | jq .", &["list"][..], "| jq ."),
            ("list|jq", &["list"], "|jq"),
            ("list >> 'a b' ", &["list"], ">> 'a b' "),
            ("list > a\\ ", &["list"], "> a\\ "),
            ("list a>b", &["list", "a"], ">b"),
            ("list 'a|b'", &["list", "a|b"], ""),
            ("\"c>d\" e\\|f", &["c>d", "e|f"], ""),
            (
                r#"x J {"a": "b | c > d"}"#,
                &["x", "J", r#"{"a": "b | c > d"}"#],
                "",
            ),
            (
                r#"x J {"a": 1} | jq '.a'"#,
                &["x", "J", r#"{"a": 1}"#],
                "| jq '.a'",
            ),
            (r#"x J {"a": 1}>f"#, &["x", "J", r#"{"a": 1}"#], ">f"),
            (
                r#"x J '{"a": "|"}' | jq"#,
                &["x", "J", r#"{"a": "|"}"#],
                "| jq",
            ),
            (
                r#"x J {"a": 1} --f g > h"#,
                &["x", "J", r#"{"a": 1}"#, "--f", "g"],
                "> h",
            ),
            (r#"x J "a|b" | jq"#, &["x", "J", r#""a|b""#], "| jq"),
            ("x J @f | jq", &["x", "J", "@f"], "| jq"),
            ("x J @'a|b'", &["x", "J", "@a|b"], ""),
            // Not JSON: the message shows all of it.
            ("x J {bad | jq", &["x", "J", "{bad | jq"], ""),
            ("| jq", &[], "| jq"),
        ] {
            let split = split(line, after(2)).expect(line);
            let texts: Vec<&str> = split.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(texts, words, "{line}");
            assert_eq!(redirection(line, &split), behind, "{line}");
        }
        for (line, at) in [
            ("list | jq '.a", 10),
            ("list > \"a", 7),
            ("x J {} | jq '", 12),
        ] {
            let quote = line[at..].chars().next().expect(line);
            let unfinished = split(line, after(2)).err();
            assert_eq!(unfinished, Some(Unfinished::Quote { quote, at }), "{line}");
        }
    }

    #[test]
    fn what_can_still_become_a_command_is_unfinished() {
        for (line, expected) in [
            ("a 'b", Some(Unfinished::Quote { quote: '\'', at: 2 })),
            ("a \"b\\\"", Some(Unfinished::Quote { quote: '"', at: 2 })),
            ("a \"b\\", Some(Unfinished::Quote { quote: '"', at: 2 })),
            ("a b\\", Some(Unfinished::Backslash)),
            ("create-job J \\", Some(Unfinished::Backslash)),
            ("create-job J {} \\", Some(Unfinished::Backslash)),
            ("create-job J '{}' \\", Some(Unfinished::Backslash)),
            ("a \\ ", None),
            ("create-job J {", Some(Unfinished::Json { at: 13 })),
            ("create-job J {\"a\":1,", Some(Unfinished::Json { at: 13 })),
            ("create-job J [\"}\"", Some(Unfinished::Json { at: 13 })),
            (
                "create-job J '{",
                Some(Unfinished::Quote {
                    quote: '\'',
                    at: 13,
                }),
            ),
            // A newline inside a JSON string is an error, so more lines would not help.
            ("create-job J {\"a", None),
            ("create-job J {]", None),
            ("create-job J {bad json", None),
            ("create-job J", None),
        ] {
            assert_eq!(split(line, after(2)).err(), expected, "{line:?}");
        }
    }

    #[test]
    fn spans_cover_the_words() {
        let line = " create-job 'J 1'  {\"a\": 1} ";
        let words = split(line, after(2)).expect("finished");
        let covered: Vec<_> = words.iter().map(|word| &line[word.span.clone()]).collect();
        assert_eq!(covered, ["create-job", "'J 1'", "{\"a\": 1}"]);
    }

    proptest! {
        #[test]
        fn any_text_survives_quoting(text in any::<String>()) {
            let single = format!("x '{}' y", text.replace('\'', r"'\''"));
            prop_assert_eq!(texts(&single, 99), Ok(vec!["x".into(), text, "y".into()]));
        }

        #[test]
        fn any_quoted_words_are_read_back(words in proptest::collection::vec(any::<String>(), 1..4)) {
            let line = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(texts(&line, 99), Ok(words));
        }

        #[test]
        fn any_json_survives_bare_and_quoted(text in any::<String>(), number in any::<i64>()) {
            let json = serde_json::json!({ text.clone(): [number, text] }).to_string();
            let bare = format!("create-job J {json}");
            prop_assert_eq!(&texts(&bare, 2).expect("finished")[2], &json);
            let quoted = format!("create-job J '{}'", json.replace('\'', r"'\''"));
            prop_assert_eq!(&texts(&quoted, 2).expect("finished")[2], &json);
        }

        #[test]
        fn no_document_and_no_quoted_word_is_taken_for_a_redirection(
            text in "[ a|>{}\"'\\\\\\[\\]:,-]{0,24}",
            pretty in any::<bool>(),
        ) {
            let value = serde_json::json!({ text.clone(): [1, text] });
            let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let json = json.expect("JSON");
            let quoted = quote(&text);
            for (line, second) in [
                (format!("create-job J {json}"), &json),
                (format!("create-job J {}", quote(&json)), &json),
                (format!("create-job {quoted} {json}"), &json),
            ] {
                let words = split(&line, after(2)).expect("finished");
                prop_assert_eq!(&words[2].text, second);
                prop_assert_eq!(redirection(&line, &words), "");
                // The same with any redirection behind it.
                let behind = format!("| jq {quoted}");
                let line = format!("{line} {behind}");
                let words = split(&line, after(2)).expect("finished");
                prop_assert_eq!((words.len(), &words[2].text), (3, second));
                prop_assert_eq!(redirection(&line, &words), behind);
            }
            let line = format!("list {quoted} --x={quoted}");
            let words = split(&line, after(9)).expect("finished");
            prop_assert_eq!((words.len(), &words[1].text), (3, &text));
            prop_assert_eq!(redirection(&line, &words), "");
        }

        #[test]
        fn any_input_is_split_without_panic(line in any::<String>(), count in 0_usize..4) {
            let _ = split(&line, after(count));
        }
    }
}
