//! What can go wrong between a device and AWS IoT, each with what the person sees, and that nothing is lost or done twice.
//!
//! | what goes wrong | what the person sees | shown by |
//! |---|---|---|
//! | unreadable, empty, damaged, exchanged files; an encrypted key; the key of another certificate | which file, and what to do | `a_file_that_is_of_no_use_is_named` |
//! | name, port, no TLS | which of them | `a_place_without_the_service_is_named` |
//! | silence or a reset at the start | which step got no answer, within 10 s | `a_link_that_is_silent_or_cut_at_the_start_is_named` |
//! | wrong CA, host name, expired or not yet valid server certificate | which of them | `a_server_that_is_not_trusted_is_named` |
//! | unknown, expired or not yet valid client certificate | the alert, and the dates | `a_client_certificate_that_is_refused_is_named` |
//! | wrong ALPN (goes with port 443, so against a scripted server) | ALPN refused | `a_failed_tls_handshake_names_its_cause` |
//! | refused in CONNACK, hang-up instead of it, no MQTT | the reason, or the likely one | `a_server_that_speaks_no_mqtt_is_named` |
//! | connect, subscribe or publish denied | the action and the resource | `what_a_policy_does_not_allow_is_named` |
//! | receive denied | no event; `policy check` names it | `an_event_that_may_not_be_received_does_not_come_and_nothing_else_is_lost` |
//! | endpoint without `-ats` | the one to use | `the_wrong_kind_of_endpoint_is_pointed_out` |
//! | close, reset, half-open, half-closed | lost, reconnected, what is pending | `a_cut_link_is_repaired_and_nothing_is_lost` |
//! | black hole without FIN | stopped responding (keep-alive), reconnected | `a_link_that_is_dead_without_a_word_is_noticed_by_keep_alive` |
//! | black hole for a while | no reply in time, then the late replies as such | `an_update_into_a_black_hole_is_neither_lost_nor_done_twice` |
//! | service stops | its farewell | `a_service_that_stops_sends_a_disconnect` |
//! | service away for a while | commands fail unsent, reconnected | `a_service_that_is_away_for_a_while_is_awaited` |
//! | same client id twice | taken over; gives way the second time | `two_sessions_with_one_client_id_do_not_fight_for_ever` |
//! | DISCONNECT without properties | hung up again, and the likely cause | `a_disconnect_in_short_form_is_reported_as_far_as_possible` |
//! | link lost during an update | outcome unknown, and what shows it | `an_update_that_is_lost_with_the_link_has_an_unknown_outcome` |
//! | outcome unknown, on a terminal | Enter asks | `a_person_asks_for_an_unknown_outcome_with_enter` |
//! | 1 kB/s | the same, slowly | `a_slow_link_is_slow_and_nothing_else` |
//! | replies in another order | each with its command, the late one as such | `replies_in_another_order_find_their_commands` |
//! | a reply twice | the second one as such | `a_reply_that_comes_twice_counts_once` |
//! | a reply lost, alone or with the link | outcome unknown, and what shows it; `wait` asks once more | `a_reply_that_is_lost_leaves_the_outcome_open_and_nothing_is_repeated` |
//! | packets that make no sense; a server that restarts | a protocol error, or the farewell; reconnected | `a_packet_that_ends_the_connection_is_reported_and_the_client_reconnects` |
//! | payloads that make no sense | as they are, harmless | `a_reply_that_makes_no_sense_is_shown_for_what_it_is` |
//! | silence over HTTP | no answer within the timeout, which all requests of a command share; outcome unknown | `a_control_plane_that_is_silent_is_waited_for_as_long_as_a_command_may_take`, `the_requests_of_one_command_share_its_time` |
//! | a page of a proxy over HTTP | not from AWS; outcome unknown | `a_control_plane_that_makes_no_sense_is_shown_for_what_it_is` |
//! | a failure of the service, MQTT and HTTP | failed; outcome unknown, and what shows it | `a_failure_of_the_service_leaves_the_outcome_open` |
//! | too large a document or message | refused, the session continues | `what_is_too_large_is_refused_and_the_session_continues` |
//! | throttling, MQTT and HTTP | said, tried again within the timeout | `a_throttled_request_of_a_device_is_retried`, `the_control_plane_is_asked_again_when_it_is_busy_and_only_then` |
//! | anything, 10,000 times | one end for each command | `each_command_ends_once_while_the_link_is_cut` |

mod answers;
mod connecting;
mod staying;

use jobs_sandbox::local::{Fault, FaultKind, FaultTarget};

use crate::proxy::Proxy;
use crate::readme::{Piped, normal};
use crate::test_service::TestService;

const JOB1_QUEUED: &str = "{\"clientToken\":C,\"timestamp\":T,\"inProgressJobs\":[],\"queuedJobs\":[{\"jobId\":\"Job1\",\"queuedAt\":T,\"lastUpdatedAt\":T,\"executionNumber\":1,\"versionNumber\":1}]}";

/// The next lines, time stamps and tokens replaced.
fn expect(piped: &Piped, lines: &[&str]) {
    for expected in lines {
        assert_eq!(normal(&piped.line()), *expected);
    }
}

/// The link has been repaired, and this is pending.
fn expect_repaired(piped: &Piped, pending: &str) {
    let line = piped.line();
    assert!(
        line.starts_with("Reconnected after ") && line.ends_with(" s"),
        "{line}"
    );
    expect(
        piped,
        &[
            "Events may have been missed. Pending now:",
            "GetPendingJobExecutionsResponse:",
            pending,
        ],
    );
}

/// A session through a proxy, with everything that it prints in order.
struct Session {
    service: TestService,
    proxy: Proxy,
    piped: Piped,
}

impl Session {
    fn start(name: &str, options: &[&str]) -> Self {
        Self::at(TestService::new(name), options)
    }

    fn at(service: TestService, options: &[&str]) -> Self {
        let proxy = Proxy::start(service.local.mqtt_address());
        let piped = Piped::start(
            service
                .command(&[], proxy.port())
                .arg("--keep-going")
                .args(options),
        );
        let mut session = Self {
            service,
            proxy,
            piped,
        };
        // The connection stands once something was answered.
        session.piped.type_line("create-job Job1 {\"a\":1}");
        session.expect(&[
            "CreateJobResponse:",
            "{\"jobArn\":\"arn:aws:iot:us-east-1:123456789012:job/Job1\",\"jobId\":\"Job1\"}",
            "Received JobExecutionsChanged event:",
            "{\"timestamp\":T,\"jobs\":{\"QUEUED\":[{\"jobId\":\"Job1\",\"queuedAt\":T,\"lastUpdatedAt\":T,\"executionNumber\":1,\"versionNumber\":1}]}}",
            "Received NextJobExecutionChanged event:",
            "{\"timestamp\":T,\"execution\":{\"jobId\":\"Job1\",\"status\":\"QUEUED\",\"queuedAt\":T,\"lastUpdatedAt\":T,\"versionNumber\":1,\"executionNumber\":1,\"jobDocument\":{\"a\":1}}}",
        ]);
        session
    }

    fn type_line(&mut self, line: &str) {
        self.piped.type_line(line);
    }

    /// The next lines, time stamps and tokens replaced.
    fn expect(&mut self, lines: &[&str]) {
        expect(&self.piped, lines);
    }

    /// The next reply of the service goes wrong.
    fn fault(&self, kind: FaultKind, delay_ms: Option<u64>) {
        let fault = Fault {
            of: Some(FaultTarget::Replies),
            count: Some(1),
            delay_ms,
            ..Fault::new(kind)
        };
        self.service.local.add_fault(fault).expect("a fault");
    }

    /// Describes Job1, which has been changed `version` - 1 times.
    fn expect_job1(&mut self, status: &str, version: u32) {
        self.type_line("describe-job-execution Job1 --no-document");
        self.expect(&["DescribeJobExecutionResponse:"]);
        let line = normal(&self.piped.line());
        for expected in [
            format!("\"status\":\"{status}\""),
            format!("\"versionNumber\":{version}"),
        ] {
            assert!(line.contains(&expected), "{expected}: {line}");
        }
    }

    /// The link has been repaired, and this is pending.
    fn expect_repaired(&mut self, pending: &str) {
        expect_repaired(&self.piped, pending);
    }

    fn end(self, expected_code: i32) {
        let (rest, code) = self.piped.end();
        assert_eq!((rest, code), (Vec::new(), Some(expected_code)));
        drop((self.proxy, self.service));
    }
}

#[test]
fn the_table_names_tests_that_are_there() {
    let tests = [
        include_str!("answers.rs"),
        include_str!("connecting.rs"),
        include_str!("staying.rs"),
        include_str!("../soak.rs"),
        include_str!("../throttling.rs"),
        include_str!("../../../src/client/device/tests/connecting.rs"),
        include_str!("../../../src/client/device/tests/repairing.rs"),
    ];
    let mut rows = 0;
    for row in include_str!("mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .skip(1)
    {
        let names = row.rsplit(" | ").next().unwrap_or_default();
        for name in names.trim_end_matches(" |").split(", ") {
            let function = format!("fn {}()", name.trim_matches('`'));
            assert!(tests.iter().any(|text| text.contains(&function)), "{name}");
            rows += 1;
        }
    }
    assert!(rows > 20, "{rows}");
}
