//! Texts that are plans, and texts that are not.

use proptest::prelude::*;

use crate::executor::plan::Plan;
use crate::executor::plan::mistake::LENGTH_MAX;

fn canonical(text: &str) -> String {
    let plan: Plan = text.parse().unwrap_or_else(|error| panic!("{error}"));
    plan.to_string()
}

#[test]
fn a_plan_is_read() {
    let usual = "succeed after 3s in 3 steps";
    for (text, expected) in [
        ("", usual),
        (" \n;; # fail 10%\n", usual),
        ("succeed", usual),
        ("succeed after 3s", "succeed after 3s"),
        ("succeed after 3s in 1 step", "succeed after 3s"),
        ("succeed after 3s in 4 steps", "succeed after 3s in 4 steps"),
        ("succeed in 4 step", "succeed after 3s in 4 steps"),
        (
            "succeed after 0s in 100 steps",
            "succeed after 0s in 100 steps",
        ),
        (
            "fail 10%; reject 2%; hang 88%",
            &format!("{usual}; fail 10%; reject 2%; hang 88%"),
        ),
        (
            "hang 1%; reject 0.5%; fail 0.0001%;",
            &format!("{usual}; fail 0.0001%; reject 0.5%; hang 1%"),
        ),
        ("fail", &format!("{usual}; fail 100%")),
        ("fail 0%; reject 0.0%", usual),
        (
            "reboot; offline for 30s; away for 2h",
            &format!("{usual}; offline 100% for 30s; reboot 100% for 2s; away 100% for 2h"),
        ),
        (
            "away 10% for 1d..2d; reboot 5%; offline 0% for 1ms",
            &format!("{usual}; offline 0% for 1ms; reboot 5% for 2s; away 10% for 1d..2d"),
        ),
        (
            "reboot 5% for 90s..2m",
            &format!("{usual}; reboot 5% for 90s..2m"),
        ),
        (
            "fail\u{a0}1% # a comment; hang\r\n\tA?_*:\n  fail 2%;hang 1%#\n; B-1:reject 3%; *:succeed",
            &format!(
                "{usual}; fail 1%; A?_*: {usual}; fail 2%; hang 1%; B-1: {usual}; reject 3%; *: {usual}"
            ),
        ),
        (
            "Fail: succeed after 1ms",
            &format!("{usual}; Fail: succeed after 1ms"),
        ),
    ] {
        assert_eq!(canonical(text), expected, "{text:?}");
        assert_eq!(canonical(expected), expected);
    }
    assert_eq!(Ok(Plan::default()), "".parse());
}

/// Texts that are not plans, each with what is wrong and the hint. The place is where `^` stands, which is taken out.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "fail 10%; ^suceed after 3s",
        "`suceed` is not a clause",
        "did you mean `succeed`?",
    ),
    ("^FAIL", "`FAIL` is not a clause", "did you mean `fail`?"),
    (
        "^Boot-* fail",
        "`Boot-*` is not a clause",
        "a colon follows a pattern: `Boot-*: fail 50%`",
    ),
    (
        "^Boot? fail",
        "`Boot?` is not a clause",
        "a colon follows a pattern: `Boot-*: fail 50%`",
    ),
    (
        "A:\nfail\n  ^explode 5%",
        "`explode` is not a clause",
        "the clauses are succeed, fail, reject, hang, offline, away, reboot",
    ),
    (
        "fail 1%; ^\u{1b}[31m",
        "`\\u001b[31m` is not a clause",
        "the clauses are succeed, fail, reject, hang, offline, away, reboot",
    ),
    (
        "^0123456789012345678901234567890123456789a",
        "`0123456789012345678901234567890123456789…` is not a clause",
        "the clauses are succeed, fail, reject, hang, offline, away, reboot",
    ),
    (
        "fail 1%; ^fail 2%",
        "`fail` is given twice",
        "remove one of them; patterns separate jobs: `Boot-*: fail 50%`",
    ),
    (
        "fail 1%; A: hang; ^hang",
        "`hang` is given twice",
        "remove one of them; patterns separate jobs: `Boot-*: fail 50%`",
    ),
    ("fail 10%^, reject 2%", "a comma", "separate clauses by `;`"),
    // What a clause has, in its order.
    (
        "succeed ^3s",
        "`3s` is not part of `succeed`",
        "write it as `succeed after 3s in 4 steps`; a `;` separates clauses",
    ),
    (
        "succeed in 4 steps ^after 3s",
        "`after` is not part of `succeed`",
        "write it as `succeed after 3s in 4 steps`; a `;` separates clauses",
    ),
    (
        "fail 1% ^A*: hang",
        "`A*:` is not part of `fail`",
        "write it as `fail 10%`; a `;` separates clauses",
    ),
    (
        "fail ^for 3s",
        "`for` is not part of `fail`",
        "write it as `fail 10%`; a `;` separates clauses",
    ),
    (
        "reject 1% ^2%",
        "`2%` is not part of `reject`",
        "write it as `reject 2%`; a `;` separates clauses",
    ),
    (
        "hang 1% ^2%",
        "`2%` is not part of `hang`",
        "write it as `hang 1%`; a `;` separates clauses",
    ),
    (
        "reboot 5% ^2s",
        "`2s` is not part of `reboot`",
        "write it as `reboot 5% for 2s`; a `;` separates clauses",
    ),
    (
        "succeed after^  ; fail",
        "a time is missing",
        "write it as `succeed after 3s in 4 steps`; a `;` separates clauses",
    ),
    (
        "succeed in^",
        "a number of steps is missing",
        "write it as `succeed after 3s in 4 steps`; a `;` separates clauses",
    ),
    (
        "succeed in 4^ # steps",
        "`steps` is missing",
        "write it as `succeed after 3s in 4 steps`; a `;` separates clauses",
    ),
    (
        "succeed in 4 ^of them",
        "`steps` is missing",
        "write it as `succeed after 3s in 4 steps`; a `;` separates clauses",
    ),
    (
        "offline^",
        "`for` with a time is missing",
        "write it as `offline 5% for 30s`; a `;` separates clauses",
    ),
    (
        "offline 5% ^30s",
        "`for` with a time is missing",
        "write it as `offline 5% for 30s`; a `;` separates clauses",
    ),
    (
        "away 5% for^",
        "a time is missing",
        "write it as `away 10% for 2h`; a `;` separates clauses",
    ),
    // Percentages.
    (
        "fail ^often",
        "`often` is not a percentage",
        "write a percentage as `10%` or `0.5%`",
    ),
    ("fail ^10", "`10` has no percent sign", "write `10%`"),
    ("fail ^0.5 %", "`0.5` has no percent sign", "write `0.5%`"),
    (
        "offline ^30s",
        "`30s` is not a percentage",
        "write a percentage as `10%` or `0.5%`",
    ),
    (
        "fail ^0.00001%",
        "the percentage has more than four decimals",
        "the smallest percentage is 0.0001%",
    ),
    (
        "fail ^101%",
        "the percentage is more than 100%",
        "100% is always",
    ),
    (
        "fail 60%; hang 20%; reject ^20.5%",
        "`fail`, `reject` and `hang` are 100.5% together",
        "they exclude one another: at most 100% together",
    ),
    (
        "hang 1%; ^fail",
        "`fail`, `reject` and `hang` are 101% together",
        "they exclude one another: at most 100% together",
    ),
    // Times.
    (
        "succeed after ^soon",
        "`soon` is not a time",
        "write a time as `3s`, or a range as `2s..10s`",
    ),
    (
        "succeed after ^3",
        "`3` has no unit",
        "the units are ms, s, m, h and d: `500ms`, `2s..10s`",
    ),
    (
        "succeed after ^2..10s",
        "`2` has no unit",
        "the units are ms, s, m, h and d: `500ms`, `2s..10s`",
    ),
    (
        "away for ^3sec",
        "`sec` is not a unit of time",
        "the units are ms, s, m, h and d: `500ms`, `2s..10s`",
    ),
    (
        "reboot for ^1.5s",
        "`1.5s` is not a whole number of a unit",
        "use a smaller unit: `1500ms` instead of `1.5s`",
    ),
    (
        "away for ^366d",
        "`366d` is longer than 365 days",
        "the longest time is 365d",
    ),
    (
        "succeed after ^10s..2s",
        "the range goes backwards",
        "write `2s..10s`",
    ),
    // Steps.
    (
        "succeed in ^four steps",
        "`four` is not a number of steps",
        "write the number of steps as `in 4 steps`",
    ),
    (
        "succeed in ^+4 steps",
        "`+4` is not a number of steps",
        "write the number of steps as `in 4 steps`",
    ),
    (
        "succeed in ^0 steps",
        "a job has at least one step",
        "write the number of steps as `in 4 steps`",
    ),
    (
        "succeed in ^101 steps",
        "a job has at most 100 steps",
        "write the number of steps as `in 4 steps`",
    ),
    (
        "succeed in ^99999999999999999999 steps",
        "a job has at most 100 steps",
        "write the number of steps as `in 4 steps`",
    ),
    // Sections.
    (
        "A*: fail;\n ^away 10% for 2h",
        "`away` is about the device, not about a job",
        "put it before the first pattern",
    ),
    ("fail^: 10%", "`fail` has a colon", "write it as `fail 10%`"),
    (
        "^: fail",
        "a pattern is missing before the colon",
        "write a pattern of job ids: `Boot-*: fail 50%`; `*:` is all jobs",
    ),
    (
        "Boot^.*: fail",
        "'.' cannot be in a pattern",
        "a pattern has letters, digits, `-`, `_`, `*` and `?`: `Boot-*: fail 50%`",
    ),
    (
        "^A*: B*: fail",
        "`A*:` has no clauses",
        "put clauses behind it: `Boot-*: fail 50%`",
    ),
    (
        "A*: fail; ^B*:",
        "`B*:` has no clauses",
        "put clauses behind it: `Boot-*: fail 50%`",
    ),
    (
        "A*: fail; ^A-?: hang",
        "`A-?:` is never used: its jobs fit `A*:`, which comes first",
        "put it first, or remove it: the first pattern wins",
    ),
];

#[test]
fn a_mistake_is_named_with_its_place_and_the_next_step() {
    for (marked, what, hint) in MISTAKES {
        let (before, after) = marked.split_once('^').expect(marked);
        let error = format!("{before}{after}").parse::<Plan>();
        let error = error.expect_err(marked).to_string();
        let lines: Vec<&str> = error.lines().collect();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let expected = format!("the plan is not valid: {what} at line {line} column {column}");
        assert_eq!(lines.first(), Some(&&*expected));
        assert_eq!(lines.last(), Some(&&*format!("hint: {hint}")), "{marked}");
    }
}

#[test]
fn an_error_shows_the_place() {
    let error = "fail 10%\nsuceed after 3s; hang 1%".parse::<Plan>();
    let expected = "the plan is not valid: `suceed` is not a clause at line 2 column 1\
        \n  suceed after 3s; hang 1%\
        \n  ^\
        \nhint: did you mean `succeed`?";
    assert_eq!(
        error.map_err(|error| error.to_string()),
        Err(expected.to_owned())
    );
}

#[test]
fn a_long_text_is_refused() {
    let text = |len: usize| "#".repeat(len).parse::<Plan>();
    assert_eq!(text(LENGTH_MAX), Ok(Plan::default()));
    let error = text(LENGTH_MAX + 1).expect_err("a text that is too long");
    let error = error.to_string();
    assert!(
        error.starts_with(
            "the plan is not valid: the text has more than 16384 bytes at line 1 column 16385\n"
        ) && error.ends_with("\nhint: use patterns instead of a section for each job"),
        "{error}"
    );
    // The place may be within a character.
    assert!("é".repeat(LENGTH_MAX).parse::<Plan>().is_err());
    assert!(
        format!("#{}", "é".repeat(LENGTH_MAX))
            .parse::<Plan>()
            .is_err()
    );
}

/// A text of the words of plans, in any order.
fn word_salad() -> impl Strategy<Value = String> {
    let words = "succeed fail reject hang offline away reboot after in for steps step 3s 2s..10s 10s..2s 0s 365d 366d 4 0 10% \
        100% 0.5% 100.0001% 99999999999999999999% 99999999999999999999d Boot-*: A?: : * ; \n # , é";
    let words: Vec<&str> = words.split(' ').collect();
    let word = proptest::sample::select(words);
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_answered_without_panic(text in prop_oneof![any::<String>(), word_salad()]) {
        match text.parse::<Plan>() {
            Ok(plan) => prop_assert_eq!(plan.to_string().parse(), Ok(plan)),
            Err(error) => prop_assert!(error.to_string().contains("\nhint: ")),
        }
    }
}
