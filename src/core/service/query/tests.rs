//! Queries by table.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A thing that the rows ask about.
fn matches(query: &str) -> bool {
    let attributes = [
        ("model", "Legacy"),
        ("temperature", "61.5"),
        ("cold", "-5"),
        ("serial", "abce"),
        ("address", "10.0.0.1/8"),
        ("a:b", "x=[1]"),
    ];
    let attributes: BTreeMap<String, String> = attributes
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let query = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    query.matches(&Subject {
        name: "my-Thing:1",
        id: "6ad0",
        thing_type: Some("Lamp"),
        groups: &["rooms", "west"],
        attributes: &attributes,
    })
}

#[test]
fn a_query_matches_a_thing() {
    for (query, expected) in [
        // The examples of <https://docs.aws.amazon.com/iot/latest/developerguide/example-queries.html>, as far as they apply.
        ("lamp", true),
        ("legacy", true),
        ("WEST", true),
        ("lam", false),
        ("thingName:MY-thing\\:1", true),
        ("thingName:my*", true),
        ("thingName:*1", true),
        ("thingName:*thing*", true),
        ("thingName:my-thing\\:?", true),
        ("thingName:my-thin?", false),
        ("thingName:ab?", false),
        ("thingTypeName:lamp", true),
        ("thingTypeName:aa", false),
        ("thingGroupNames:rooms", true),
        ("thingGroupNames:r*", true),
        ("thingGroupNames:east", false),
        ("attributes.temperature:61.5", true),
        ("attributes.temperature:61", false),
        ("attributes.temperature:[61.5 TO 80]", true),
        ("attributes.temperature:{61.5 TO 80]", false),
        ("attributes.temperature:[9 TO 61.5}", false),
        ("attributes.temperature:[9 TO 100]", true),
        ("attributes.serial:[\"abcd\" TO \"abcf\"]", true),
        ("attributes.serial:[abcf TO abcz]", false),
        ("attributes.serial:[1 TO 9]", false),
        ("attributes.model:l*y", true),
        (
            "attributes.serial:abce AND attributes.cold<5 NOT attributes.temperature>100",
            true,
        ),
        ("NOT attributes.model:legacy", false),
        ("NOT attributes.none:legacy", true),
        ("thingName:(my* AND -plasma)", true),
        ("thingName:(my* AND -my*)", false),
        ("thingName:(plasma OR my-thing\\:1)", true),
        // Numbers, whitespace and open ranges.
        ("attributes.cold:-5", true),
        ("attributes.cold >= -5", true),
        ("attributes.cold > -5", false),
        ("attributes.cold<=-5", true),
        ("attributes.cold : [-10 TO -1]", true),
        ("attributes.temperature:[* TO 61]", false),
        ("attributes.temperature:[60 TO *]", true),
        ("attributes.temperature:[* TO *]", true),
        ("attributes.none:[* TO *]", false),
        ("attributes.model>5", false),
        ("attributes.model>k", true),
        // Wildcards for any value.
        ("*", true),
        ("attributes.model:*", true),
        ("attributes.none:*", false),
        ("NOT attributes.none:*", true),
        // Quotation marks and backslashes.
        ("thingName:\"my-thing:1\"", true),
        ("thingName:\"my*\"", false),
        ("attributes.address:\"10.0.0.1/8\"", true),
        ("attributes.address:10.0.0.1\\/8", true),
        ("attributes.a\\:b:x=\\[1\\]", true),
        ("attributes.model:leg\\*", false),
        ("thingName:\"AND\"", false),
        ("thingName:and", false),
        // Precedence, parentheses and repeated operators.
        ("none AND none OR lamp", true),
        ("lamp OR none none", true),
        ("(lamp OR none) none", false),
        ("NOT none lamp", true),
        ("NOT (none OR none) AND lamp", true),
        ("NOT NOT lamp", true),
        ("- none", true),
        ("((lamp))", true),
        ("  lamp\n", true),
        ("thingId:6AD0", true),
    ] {
        assert_eq!(matches(query), expected, "{query}");
    }
}

#[test]
fn what_is_not_a_query_is_refused() {
    let twelve = ["a"; 12].join(" ");
    let deep = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    for (query, expected) in [
        ("", "missing at its end"),
        (" ", "missing at its end"),
        ("a AND", "missing at its end"),
        ("thingName:", "missing at its end"),
        ("NOT", "missing at its end"),
        ("AND a", "`AND` stands"),
        ("a OR OR b", "`OR` stands"),
        ("a)", "`)` stands"),
        ("(a", "parenthesis is not closed"),
        ("()", "`)` stands"),
        ("thingName:a:b", "written as `\\:`"),
        ("thingName:(thingTypeName:a)", "inside of another"),
        ("thingname:a", "`thingname` is not a field"),
        ("attributes.:a", "is not a field"),
        ("attributes.a*:a", "is not a field"),
        ("thingType:a", "`thingType` is not a field"),
        ("attributes.a:[1 TO", "missing at its end"),
        ("attributes.a:[1 2]", "[75 TO 80]"),
        ("attributes.a:[1 TO 2", "range is not closed"),
        ("attributes.a:[1* TO 2]", "has a wildcard"),
        ("attributes.a<(1)", "`(` stands"),
        ("attributes.a:<1", "a comparison"),
        ("\"a", "quotation mark"),
        ("a\\", "backslash"),
        ("thingName:]", "the end of a range stands"),
        ("a~", "a fuzzy or proximity search (`~`) is not supported"),
        ("a^2", "boosting"),
        ("+a", "operator `+`"),
        ("!a", "operator `!`"),
        ("a && b", "operator `&`"),
        ("/a.*/", "special character `/`"),
        ("a,b", "special character `,`"),
        ("thingName:*a thingTypeName:?b", "only one term"),
        (&format!("*a OR {}", "b".repeat(95)), "100 characters"),
        (&format!("{twelve} a"), "13 terms, at most 12"),
        (&"a".repeat(1001), "1001 characters"),
        (&deep(101), "more than 100"),
    ] {
        let refusal = parse(query).expect_err(query).to_string();
        assert!(refusal.contains(expected), "{query}: {refusal}");
    }
    for query in [
        "shadow.reported.battery>80",
        "connectivity.connected:true",
        "deviceDefender.violationCount:0",
        "a OR registry.version:1",
    ] {
        let refusal = parse(query).expect_err(query);
        assert!(matches!(refusal, QueryError::NotEmulated(_)), "{query}");
    }
    for query in [twelve, deep(100), "a".repeat(1000)] {
        parse(&query).unwrap_or_else(|error| panic!("{query}: {error}"));
    }
}

#[test]
fn a_pattern_takes_no_longer_for_many_wildcards() {
    let query = format!("thingName:a{}b", "*a".repeat(90));
    let subject = Subject {
        name: &"a".repeat(128),
        id: "",
        thing_type: None,
        groups: &[],
        attributes: &BTreeMap::new(),
    };
    assert!(!parse(&query).expect(&query).matches(&subject));
}

/// Whether a value is as a pattern says, by definition.
fn naive(parts: &[Part], value: &[u8]) -> bool {
    match (parts.split_first(), value.split_first()) {
        (None, first) => first.is_none(),
        (Some((Part::Many, rest)), None) => naive(rest, value),
        (Some((Part::Many, rest)), Some((_, after))) => naive(rest, value) || naive(parts, after),
        (Some((Part::One, rest)), Some((_, after))) => naive(rest, after),
        (Some((Part::Byte(byte), rest)), Some((first, after))) => {
            first.eq_ignore_ascii_case(byte) && naive(rest, after)
        }
        (Some(_), None) => false,
    }
}

/// Random terms, each with what it says of one thing.
fn term() -> impl Strategy<Value = (String, bool)> {
    let known = [
        ("lamp", true),
        ("thingName:my*", true),
        ("none", false),
        ("attributes.cold>5", false),
    ];
    let known = known.map(|(text, is_true)| (text.to_owned(), is_true));
    let term = proptest::sample::select(known.to_vec());
    term.prop_recursive(4, 10, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|(text, is_true)| (format!("NOT ({text})"), !is_true)),
            two.clone()
                .prop_map(|((a, one), (b, two))| (format!("({a}) AND ({b})"), one && two)),
            two.clone()
                .prop_map(|((a, one), (b, two))| (format!("({a}) ({b})"), one && two)),
            two.prop_map(|((a, one), (b, two))| (format!("({a}) OR ({b})"), one || two)),
        ]
    })
}

proptest! {
    #[test]
    fn operators_mean_what_they_say((query, expected) in term()) {
        // Too many terms are refused.
        if parse(&query).is_ok() {
            prop_assert_eq!(matches(&query), expected, "{}", query);
        }
    }

    #[test]
    fn the_matcher_agrees_with_the_definition(pattern in "[aB*?]{0,8}", value in "[Ab]{0,8}") {
        let parts: Vec<Part> = pattern
            .bytes()
            .map(|byte| match byte {
                b'*' => Part::Many,
                b'?' => Part::One,
                byte => Part::Byte(byte.to_ascii_lowercase()),
            })
            .collect();
        prop_assert_eq!(fits(&parts, value.as_bytes()), naive(&parts, value.as_bytes()));
    }

    #[test]
    fn no_text_makes_it_panic(query in "([a-c:*?(){}<>=\"\\\\é -]|\\[|\\]|AND |OR |NOT | TO |thingName:|attributes\\.a){0,12}") {
        if let Ok(read) = parse(&query) {
            let _ = read.matches(&Subject {
                name: "a",
                id: "b",
                thing_type: None,
                groups: &["c"],
                attributes: &BTreeMap::from([("a".to_owned(), "1".to_owned())]),
            });
        }
    }
}
