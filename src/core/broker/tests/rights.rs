//! Policies are asked at the time of an action, not when it was requested; denied and dropped messages are noted.

use crate::broker::limits::{REFUSALS_MAX, RETAINED_MAX, WAITING_BYTES_MAX};
use crate::broker::tests::{Table, check};

/// The notes for the log, a line each.
fn notes(table: &mut Table) -> String {
    let notes = table.broker.take_notes();
    let lines: Vec<String> = notes.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn what_waits_is_for_the_certificate_that_is_connected_now() {
    // Queued, in flight and replies alike; the session itself continues.
    check(
        "
        grant mute connect
        9 connect speaker -> 9 connack
        1 connect a expiry=60 window=1 -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        1 subscribe r 1 -> 1 suback 1
        9 publish t 1 first -> 9 puback; 1 t=first #1
        9 publish t 1 second -> 9 puback
        1 reply r third
        1 is lost
        2 connect a expiry=60 resume certificate=mute -> 2 connack present
        9 publish t 1 fourth -> 9 puback
        9 publish t 0 fifth
        2 is lost
        3 connect a expiry=60 resume -> 3 connack present
        9 publish t 1 sixth -> 9 puback; 3 t=sixth #2
        ",
    );
    // A certificate that may receive gets everything but the replies to the other.
    check(
        "
        grant other receive
        9 connect speaker -> 9 connack
        1 connect a expiry=60 window=1 -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        1 subscribe r 1 -> 1 suback 1
        1 reply r first -> 1 r=first #1
        9 publish t 1 second -> 9 puback
        1 reply r third
        1 is lost
        2 connect a expiry=60 resume certificate=other -> 2 connack present; 2 t=second #2
        ",
    );
}

#[test]
fn what_waits_is_not_delivered_once_the_right_is_gone() {
    check(
        "
        9 connect speaker certificate=s -> 9 connack
        1 connect a window=1 -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        9 publish t 1 first -> 9 puback; 1 t=first #1
        9 publish t 1 second -> 9 puback
        9 publish t 1 third -> 9 puback
        grant 0 connect
        1 ack 1
        grant 0 all
        9 publish t 1 fourth -> 9 puback; 1 t=fourth #2
        ",
    );
    // In a session whose client is away, and after it reconnects.
    check(
        "
        9 connect speaker certificate=s -> 9 connack
        1 connect a expiry=60 -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        9 publish t 1 first -> 9 puback; 1 t=first #1
        1 is lost
        9 publish t 1 second -> 9 puback
        grant 0 connect
        2 connect a expiry=60 resume -> 2 connack present
        ",
    );
    // A message is delivered if it may be received on delivery, whatever was allowed when it was published.
    check(
        "
        9 connect speaker certificate=s -> 9 connack
        1 connect a expiry=60 -> 1 connack
        1 subscribe t 1 -> 1 suback 1
        1 is lost
        grant 0 connect
        9 publish t 1 first -> 9 puback
        grant 0 all
        2 connect a expiry=60 resume -> 2 connack present; 2 t=first #1
        ",
    );
    // Retained, and with a shared subscription.
    check(
        "
        9 connect speaker certificate=s -> 9 connack
        9 publish kept 1 first retain -> 9 puback
        grant 0 receive
        1 connect a -> 1 connack
        1 subscribe kept 1 -> 1 suback: not authorized
        grant 0 all
        1 subscribe $share/g/t 1 -> 1 suback 1
        grant 0 connect
        9 publish t 1 second -> 9 puback
        ",
    );
}

#[test]
fn a_will_is_asked_for_when_it_is_published() {
    let watcher = "
        9 connect watcher certificate=w -> 9 connack
        9 subscribe w 0 -> 9 suback 0
        1 connect a will=w expiry=60 delay=5 -> 1 connack
        2 connect b will=w -> 2 connack
        ";
    for (steps, expected) in [
        ("2 is lost -> 9 w=gone", ""),
        (
            "grant 0 receive
            2 is lost",
            "client `b`: iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/w` is allowed by no statement",
        ),
        (
            "1 is lost
            grant 0 connect
            wait 5",
            "client `a`: iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/w` is allowed by no statement",
        ),
        (
            "1 is lost
            grant 0 connect
            grant 0 all
            wait 5 -> 9 w=gone",
            "",
        ),
        (
            "1 is lost
            grant 0 connect
            3 connect a certificate=w -> 3 connack",
            "client `a`: iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/w` is allowed by no statement",
        ),
        (
            "2 leaves
            1 is lost
            revoke 0
            wait 60",
            "client `a`: iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/w` is refused: its certificate is not registered or not active",
        ),
        (
            "1 leaves
            revoke 0 -> 2 close: not authorized",
            "client `b`: its connection is closed: its certificate is not active\n\
             client `b`: iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/w` is refused: its certificate is not registered or not active",
        ),
    ] {
        check(&format!("{watcher}{steps}"));
        let mut table = Table::new(1_000_000);
        for line in format!("{watcher}{steps}").lines().map(str::trim) {
            if !line.is_empty() {
                table.run(line.split(" -> ").next().unwrap_or(line));
            }
        }
        assert_eq!(notes(&mut table), expected, "{steps}");
    }
}

#[test]
fn what_no_policy_allows_is_also_named_if_it_is_not_emulated() {
    let mut table = Table::new(0);
    table.run("grant mute connect");
    table.run("1 connect a certificate=mute");
    for (input, resource, rest) in [
        (
            "1 publish $aws/things/t/shadow/get 1 m",
            "iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/$aws/things/t/shadow/get`",
            ". The local service does not emulate device shadows; see `jobs-sandbox help limitations`",
        ),
        (
            "1 subscribe $aws/events/presence/# 1",
            "iot:Subscribe on `arn:aws:iot:us-east-1:123456789012:topicfilter/$aws/events/presence/#`",
            ". The local service does not emulate lifecycle events; see `jobs-sandbox help limitations`",
        ),
        (
            "1 subscribe $aws/things/t/jobs/# 1",
            "iot:Subscribe on `arn:aws:iot:us-east-1:123456789012:topicfilter/$aws/things/t/jobs/#`",
            "",
        ),
    ] {
        table.run(input);
        let noted = table.broker.take_notes();
        assert_eq!(
            noted.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [format!(
                "client `a`: {resource} is allowed by no statement{rest}"
            )]
        );
    }
}

#[test]
fn what_the_client_sees_as_a_code_is_noted_in_words() {
    let deep = "a/b/c/d/e/f/g/h/i";
    let long = "x".repeat(300);
    let start = format!("{}…", "x".repeat(256));
    let many = "a/1 a/2 a/3 a/4 a/5 a/6 a/7 a/8 a/9".replace(' ', ",");
    for (input, expected) in [
        (
            "2 connect $a",
            "client `$a`: CONNECT is refused: the client id starts with `$`",
        ),
        (
            &format!("2 connect {long}"),
            &format!(
                "client `{start}`: CONNECT is refused: the client id is longer than 128 bytes"
            ),
        ),
        (
            "2 connect b will=t will-qos=2",
            "client `b`: its will to `t` is refused: AWS IoT Core does not support QoS 2",
        ),
        (
            &format!("2 connect b will={deep}"),
            &format!(
                "client `b`: its will to `{deep}` is refused: the topic has more than 7 forward slashes"
            ),
        ),
        (
            "1 publish a/+ 1 m",
            "client `a`: a message to `a/+` is refused: the topic has a wildcard where it is not allowed",
        ),
        (
            "1 publish $SYS/x 1 m",
            "client `a`: a message to `$SYS/x` is refused: the topic is reserved by AWS",
        ),
        (
            "1 publish t 2 m",
            "client `a`: a message to `t` is refused: AWS IoT Core does not support QoS 2",
        ),
        (
            &format!("1 publish t 1 {}", "x".repeat(131_073)),
            "client `a`: a message to `t` is refused: its payload has 131073 bytes, and at most 131072 are allowed",
        ),
        (
            "1 publish $aws/things/t/jobs/get 1 m retain",
            "client `a`: a message to `$aws/things/t/jobs/get` is refused: a message to a reserved topic cannot be retained",
        ),
        (
            "1 subscribe a/#/b 1",
            "client `a`: SUBSCRIBE to `a/#/b` is refused: the filter has a wildcard where it is not allowed",
        ),
        (
            &format!("1 subscribe {many} 1"),
            "client `a`: SUBSCRIBE is refused: it has 9 filters, and at most 8 are allowed",
        ),
        (
            "revoke 0",
            "client `a`: its connection is closed: its certificate is not active",
        ),
        ("1 leaves", ""),
    ] {
        for version in ["v3", "v5"] {
            let mut table = Table::new(1_000_000);
            if input.starts_with("2 connect") {
                table.run(&format!("{input} {version}"));
            } else {
                table.run(&format!("1 connect a {version}"));
                table.run(input);
            }
            assert_eq!(notes(&mut table), expected, "{input} {version}");
        }
    }
    let mut table = Table::new(0);
    for (input, expected) in [
        ("1 connect a", ""),
        (
            "2 connect a",
            "client `a`: its connection is closed: another client has connected with its client id",
        ),
        ("2 leaves", ""),
        ("3 connect a", ""),
    ] {
        table.run(input);
        assert_eq!(notes(&mut table), expected, "{input}");
    }
}

#[test]
fn a_will_to_a_service_only_goes_to_subscribers() {
    check(
        "
        9 connect watcher -> 9 connack
        9 subscribe $aws/things/# 0 -> 9 suback 0
        9 subscribe # 0 -> 9 suback 0
        1 connect a will=$aws/things/t/shadow/update -> 1 connack
        1 is lost -> 9 $aws/things/t/shadow/update=gone
        2 connect b will=$aws/things/t/jobs/j/update -> 2 connack
        2 is lost -> 9 $aws/things/t/jobs/j/update=gone
        3 connect c will=$aws/rules/r -> 3 connack
        3 is lost
        4 connect d will=$aws/events/job/j/completed -> 4 refuse: topic name invalid
        5 connect d will=$aws/things/t/jobs/get will-retain -> 5 refuse: topic name invalid
        ",
    );
    let mut table = Table::new(0);
    table.run("1 connect a will=$aws/things/t/shadow/update");
    table.run("1 is lost");
    assert_eq!(
        notes(&mut table),
        "client `a`: its will to `$aws/things/t/shadow/update` only goes to subscribers: the services of AWS IoT ignore wills"
    );
}

#[test]
fn what_finds_no_room_is_noted() {
    let mut table = Table::new(1_000_000);
    table.run("9 connect speaker");
    for name in ["a", "b"] {
        table.run(&format!("1 connect {name} expiry=60"));
        table.run("1 subscribe t 1");
        table.run("1 is lost");
    }
    let payload = "x".repeat(100_000);
    let messages = WAITING_BYTES_MAX / 100_000 + 10;
    for _ in 0..messages {
        table.run(&format!("9 publish t 1 {payload}"));
    }
    let line = |name: &str| {
        format!(
            "client `{name}`: messages are dropped, the first to `t`: 64 MiB are already waiting"
        )
    };
    assert_eq!(notes(&mut table), format!("{}\n{}", line("a"), line("b")));
    // Not for each of them.
    table.run(&format!("9 publish t 1 {payload}"));
    assert_eq!(notes(&mut table), "");
    // Every message is delivered or counted.
    let arrived = table.run("1 connect a expiry=60 resume");
    let noted = notes(&mut table);
    let dropped = noted
        .strip_prefix("client `a`: messages that were dropped: ")
        .unwrap_or_else(|| panic!("{noted}"));
    let mut count = arrived.matches("t=x").count();
    for packet_id in 1..=messages {
        count += table
            .run(&format!("1 ack {packet_id}"))
            .matches("t=x")
            .count();
    }
    assert_eq!(
        count + dropped.parse::<usize>().expect("a number"),
        messages + 1
    );
    assert_eq!(notes(&mut table), "");
    // A session that ends.
    table.run("2 connect b");
    assert_eq!(
        notes(&mut table),
        format!("client `b`: messages that were dropped: {dropped}")
    );

    for number in 0..RETAINED_MAX + 2 {
        table.run(&format!("9 publish kept/{number} 0 m retain"));
    }
    assert_eq!(
        notes(&mut table),
        format!(
            "messages are not retained, the first to `kept/{RETAINED_MAX}`: at most {RETAINED_MAX} are, and 256 MiB"
        )
    );
    // At the limit one message fits and the next does not, which is not worth a line each.
    for line in [
        "kept/x 0 m",
        "kept/1 0 n",
        "kept/x 0 m",
        "kept/1 0 -",
        "kept/x 0 m",
        "kept/y 0 m",
    ] {
        table.run(&format!("9 publish {line} retain"));
        assert_eq!(notes(&mut table), "", "{line}");
    }
    for number in 2..=RETAINED_MAX / 10 {
        table.run(&format!("9 publish kept/{number} 0 - retain"));
    }
    assert_eq!(notes(&mut table), "");
    table.run("9 publish kept/x 0 - retain");
    assert_eq!(notes(&mut table), "messages that were not retained: 5");

    table.run("1 subscribe no-receive 0");
    for _ in 0..REFUSALS_MAX + 3 {
        table.run("9 publish no-receive 0 m");
    }
    let noted = notes(&mut table);
    assert_eq!(noted.lines().count(), REFUSALS_MAX + 1);
    assert_eq!(noted.lines().last(), Some("3 more refusals"));
}

#[test]
fn every_denial_is_recorded_with_its_statement() {
    let mut table = Table::new(1_000_000);
    for (input, expected) in [
        (
            "1 connect no-connect",
            "client `no-connect`: iot:Connect on `arn:aws:iot:us-east-1:123456789012:client/no-connect` is denied by statement 2 of policy `policy`",
        ),
        ("2 connect a", ""),
        (
            "2 publish no-publish 1 x",
            "client `a`: iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/no-publish` is denied by statement 3 of policy `policy`",
        ),
        (
            "2 publish no-retain 1 x retain",
            "client `a`: iot:RetainPublish on `arn:aws:iot:us-east-1:123456789012:topic/no-retain` is denied by statement 4 of policy `policy`",
        ),
        (
            "2 subscribe no-subscribe/+ 1",
            "client `a`: iot:Subscribe on `arn:aws:iot:us-east-1:123456789012:topicfilter/no-subscribe/+` is denied by statement 5 of policy `policy`",
        ),
        ("2 publish no-receive 1 x retain", ""),
        (
            "2 subscribe no-receive 1",
            "client `a`: iot:Receive on `arn:aws:iot:us-east-1:123456789012:topic/no-receive` is denied by statement 6 of policy `policy`",
        ),
        (
            "2 publish no-receive 1 x",
            "client `a`: iot:Receive on `arn:aws:iot:us-east-1:123456789012:topic/no-receive` is denied by statement 6 of policy `policy`",
        ),
        ("2 publish yes 1 x", ""),
    ] {
        table.run(input);
        assert_eq!(notes(&mut table), expected, "{input}");
    }
}
