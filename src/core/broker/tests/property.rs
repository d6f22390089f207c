//! The broker under random inputs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::broker::tests::{Table, number};

/// One line of a table about one of a few connections, clients and topics.
fn any_input() -> impl Strategy<Value = String> {
    let connection = 1..20_u64;
    let word = |words: &'static [&'static str]| prop::sample::select(words);
    prop_oneof![
        3 => (connection.clone(), word(&["a", "b", "c"]), word(&["v3", "resume", "expiry=5 resume", "expiry=5", "will=t/w", "window=2 expiry=9 resume will=t delay=3"]))
            .prop_map(|(id, client, options)| format!("{id} connect {client} {options}")),
        3 => (connection.clone(), word(&["t", "t/+", "t/#", "#", "$share/g/t", "$aws/#", "t/w"]), 0..3_u8)
            .prop_map(|(id, filter, qos)| format!("{id} subscribe {filter} {qos}")),
        1 => (connection.clone(), word(&["t", "t/+", "$share/g/t"]))
            .prop_map(|(id, filter)| format!("{id} unsubscribe {filter}")),
        6 => (connection.clone(), word(&["t", "t/w", "t/+", "$SYS/x"]), 0..3_u8, word(&["m", "m retain", "- retain", "m expiry=4"]))
            .prop_map(|(id, topic, qos, rest)| format!("{id} publish {topic} {qos} {rest}")),
        2 => connection.clone().prop_map(|id| format!("{id} reply t m")),
        4 => (connection.clone(), 1..6_u16).prop_map(|(id, packet)| format!("{id} ack {packet}")),
        1 => connection.clone().prop_map(|id| format!("{id} leaves")),
        1 => connection.prop_map(|id| format!("{id} is lost")),
        1 => (1..8_u64).prop_map(|seconds| format!("wait {seconds}")),
    ]
}

/// Whether the connection in this line may connect now: ids are used once.
fn is_reuse(seen: &mut BTreeSet<u64>, input: &str) -> bool {
    match input.split(' ').collect::<Vec<_>>()[..] {
        [id, "connect", ..] => !seen.insert(number(id)),
        _ => false,
    }
}

proptest! {
    /// In any order of inputs, outputs go to open connections, nothing follows the last output of a connection, and no
    /// client has more in flight than its window.
    #[test]
    fn outputs_go_to_connections_that_stand(inputs in prop::collection::vec(any_input(), 0..80)) {
        let mut table = Table::new(0);
        let mut seen = BTreeSet::new();
        let mut open: BTreeMap<u64, BTreeSet<u16>> = BTreeMap::new();
        let mut small: BTreeSet<u64> = BTreeSet::new();
        for input in inputs {
            if is_reuse(&mut seen, &input) {
                continue;
            }
            let words: Vec<&str> = input.split(' ').collect();
            match words[..] {
                [id, "leaves" | "is", ..] => {
                    open.remove(&number(id));
                }
                [id, "ack", packet] => {
                    if let Some(in_flight) = open.get_mut(&number(id)) {
                        in_flight.remove(&number(packet));
                    }
                }
                [id, "connect", ..] if input.contains("window=2") => {
                    small.insert(number(id));
                }
                _ => {}
            }
            for output in table.run(&input).split("; ").filter(|output| !output.is_empty()) {
                let (id, what) = output.split_once(' ').expect("addressed");
                let id = number(id);
                if what.starts_with("connack") {
                    open.insert(id, BTreeSet::new());
                    continue;
                }
                if what.starts_with("refuse") {
                    continue;
                }
                prop_assert!(open.contains_key(&id), "{input} -> {output}");
                if what.starts_with("close") {
                    open.remove(&id);
                } else if let Some(packet) = what.split(" #").nth(1) {
                    let packet = number(packet.split(' ').next().unwrap_or(packet));
                    let in_flight = open.entry(id).or_default();
                    prop_assert!(in_flight.insert(packet), "{input} -> {output}: id in use");
                    let window = if small.contains(&id) { 2 } else { 100 };
                    prop_assert!(in_flight.len() <= window, "{input} -> {output}: window");
                }
            }
        }
    }
}
