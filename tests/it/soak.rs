//! Many commands from a script while the link is cut again and again: each ends once, and nothing is done twice.
//!
//! `SOAK_COMMANDS=10000 SOAK_CUTS=500 cargo test --release soak -- --nocapture` is the long one; it prints its figures.

use std::io::Write as _;

use crate::proxy::{Cut, Proxy};
use crate::random::{Random, number};
use crate::readme::Piped;
use crate::test_service::TestService;

/// How the commands ended.
#[derive(Debug, Default)]
struct Figures {
    answered: u64,
    failed: u64,
    /// How often the link was cut.
    cuts: u64,
    /// Updates that the service confirmed, that were certainly not sent, and those with an unknown outcome.
    updates_done: u64,
    updates_unsent: u64,
    updates_unknown: u64,
}

/// What one command brought: its reply or its error, without events.
struct Outcome {
    ends: Vec<String>,
    is_unknown: bool,
}

/// Reads up to the answer to a line that is not a command, which marks the end of the command before it.
fn outcome(piped: &Piped, marker: &str) -> Outcome {
    let mut ends = Vec::new();
    let mut is_unknown = false;
    let mut is_event = false;
    let last = format!("error: `{marker}` is not a command");
    loop {
        let line = piped.line();
        if line == last {
            // Its hint.
            piped.line();
            return Outcome { ends, is_unknown };
        }
        // A reply below these lines does not belong to the command.
        let announces =
            line.starts_with("Received ") || line.starts_with("Events may have been missed");
        if !is_event && (line.ends_with("Response:") || line.starts_with("error: ")) {
            ends.push(line.clone());
        }
        is_unknown |= line.starts_with("outcome unknown");
        is_event = announces;
    }
}

#[test]
fn each_command_ends_once_while_the_link_is_cut() {
    let commands = number("SOAK_COMMANDS", 300);
    let cuts = number("SOAK_CUTS", 15);
    let seed = number("SOAK_SEED", 1);
    let mut random = Random::new(seed);
    let service = TestService::new("soak");
    let proxy = Proxy::start(service.local.mqtt_address());
    let mut piped = Piped::start(service.command(&[], proxy.port()).arg("--keep-going"));
    piped.type_line("create-job Job1 {}");
    piped.type_line("marker-start");
    assert_eq!(outcome(&piped, "marker-start").ends, ["CreateJobResponse:"]);
    let memory_before_kb = memory_kb(piped.id());
    let mut memory_early_kb = memory_before_kb;
    let mut figures = Figures::default();
    let mut connections_cut = 0;
    for number in 0..commands {
        let (line, is_update) = match random.below(4) {
            0 | 1 => (format!("update Job1 IN_PROGRESS --detail n={number}"), true),
            2 => ("describe Job1 --no-document".to_owned(), false),
            _ => ("pending".to_owned(), false),
        };
        // Spread at random over the commands; before the command, or while it runs. One connection is cut once.
        let is_cut = proxy.accepted() > connections_cut
            && random.next() % (commands - number) < (cuts - figures.cuts) * 3 / 2;
        if is_cut {
            connections_cut = proxy.accepted();
            figures.cuts += 1;
        }
        let cut = [Cut::Close, Cut::Reset, Cut::ClientSideOnly][random.below(3)];
        let is_early = random.below(2) == 0;
        if is_cut && is_early {
            proxy.cut(cut);
        }
        piped.type_line(&line);
        if is_cut && !is_early {
            proxy.cut(cut);
        }
        let marker = format!("marker-{number}");
        piped.type_line(&marker);
        let outcome = outcome(&piped, &marker);
        assert_eq!(
            outcome.ends.len(),
            1,
            "seed {seed}, command {number} `{line}`: {:?}",
            outcome.ends
        );
        let is_done = outcome.ends[0].ends_with("Response:");
        figures.answered += u64::from(is_done);
        figures.failed += u64::from(!is_done);
        if is_update {
            match (is_done, outcome.is_unknown) {
                (true, _) => figures.updates_done += 1,
                (false, true) => figures.updates_unknown += 1,
                (false, false) => figures.updates_unsent += 1,
            }
        }
        if number == commands / 10 {
            memory_early_kb = memory_kb(piped.id());
        }
    }
    let memory_end_kb = memory_kb(piped.id());
    let version = final_version(&mut piped);
    // Every update adds one to the version, which begins at 1.
    let changes = version - 1;
    assert!(
        (figures.updates_done..=figures.updates_done + figures.updates_unknown).contains(&changes),
        "seed {seed}: {changes} changes; {figures:?}"
    );
    assert_eq!(figures.answered + figures.failed, commands);
    assert!(figures.cuts * 10 >= cuts * 9, "{figures:?}");
    let growth_kb = memory_end_kb.saturating_sub(memory_early_kb);
    assert!(
        growth_kb < 4 * 1024,
        "{growth_kb} kB more: {memory_early_kb}, {memory_end_kb}"
    );
    // For the user who runs the long one; a test that passes shows it with --nocapture.
    let _ = writeln!(
        std::io::stderr(),
        "soak: seed {seed}, {commands} commands, {} connections, {figures:?}, {changes} changes, memory {memory_before_kb} kB at the start, {memory_early_kb} kB after a tenth, {memory_end_kb} kB at the end",
        proxy.accepted()
    );
}

/// The version of Job1 once the link is quiet.
fn final_version(piped: &mut Piped) -> u64 {
    for attempt in 0..20 {
        piped.type_line("describe Job1 --no-document");
        let marker = format!("end-{attempt}");
        piped.type_line(&marker);
        let mut version = None;
        loop {
            let line = piped.line();
            if line.starts_with(&format!("error: `{marker}` is not a command")) {
                piped.line();
                break;
            }
            if let Ok(json) = serde_json::from_str::<serde_json::Value>(&line) {
                version = json["execution"]["versionNumber"].as_u64().or(version);
            }
        }
        if let Some(version) = version {
            return version;
        }
    }
    panic!("Job1 is not described");
}

/// The resident memory of a process, in kB; 0 without /proc.
fn memory_kb(process: u32) -> u64 {
    std::fs::read_to_string(format!("/proc/{process}/status"))
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}
