//! A fleet: many connected things, and one job for all of them.

use std::time::Instant;

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Row;
use crate::service::{Serve, file_limit};
use crate::wire::{Wire, client_config};

/// How many things there are unless `BENCH_THINGS` says otherwise.
const THINGS: usize = 10_000;

/// Files that either process has open besides its connections, or keeps for those of other ports.
const OTHER_FILES: usize = 352;

/// How many connect at a time.
const CONNECTING: usize = 32;

/// Advancing the clock so far lets the whole job roll out, whatever AWS's rate per minute.
const ROLLOUT_S: usize = 24 * 3600;

pub(crate) async fn measure() -> Vec<Row> {
    let asked = std::env::var("BENCH_THINGS").ok();
    let asked = asked.and_then(|text| text.parse().ok()).unwrap_or(THINGS);
    let count = asked.min(file_limit().saturating_sub(OTHER_FILES));
    let mut rows = Vec::new();
    if count < asked {
        rows.push((
            format!("fleet of {asked}"),
            format!("the limit of open files allows {count}"),
            "",
        ));
    }
    let serve = Serve::start();
    let mut control = serve.control().await;
    control.call("POST", "/thing-groups/fleet", "{}").await;
    for index in 0..count {
        control
            .call("POST", &format!("/things/t{index}"), "{}")
            .await;
        let member = json!({ "thingGroupName": "fleet", "thingName": format!("t{index}") });
        let path = "/thing-groups/addThingToThingGroup";
        control.call("PUT", path, &member.to_string()).await;
    }

    let before = serve.memory_kib();
    let begun = Instant::now();
    let wires = connect(&serve, count).await;
    let connected = begun.elapsed();
    let memory = serve.memory_kib() - before;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let each = memory / count as f64;
    rows.push((
        format!("memory for each of {count} idle connections"),
        format!(
            "{each:.1} KB (connected in {:.1} s)",
            connected.as_secs_f64()
        ),
        "20 KB",
    ));

    let (sender, mut notified) = mpsc::unbounded_channel();
    for mut wire in wires {
        let sender = sender.clone();
        tokio::spawn(async move {
            wire.receive().await;
            // Nobody listens any more if the benchmark has failed.
            let _ = sender.send(());
            // The connection stays until everything is measured.
            std::future::pending::<()>().await;
            drop(wire);
        });
    }
    // So that every task waits already.
    tokio::task::yield_now().await;
    let mut admin = serve.admin().await;
    let job = json!({
        "targets": ["arn:aws:iot:us-east-1:123456789012:thinggroup/fleet"],
        "document": "{\"operation\":\"blink\"}",
    });
    let begun = Instant::now();
    control.call("PUT", "/jobs/blink", &job.to_string()).await;
    let advance = json!({ "seconds": ROLLOUT_S }).to_string();
    admin.call("POST", "/clock/advance", &advance).await;
    for _ in 0..count {
        notified.recv().await.expect("a notification");
    }
    rows.push((
        format!("one job on {count} connected things, until the last is notified"),
        format!("{:.2} s", begun.elapsed().as_secs_f64()),
        "under 1 s",
    ));
    rows
}

async fn connect(serve: &Serve, count: usize) -> Vec<Wire> {
    let config = client_config(serve);
    let port = serve.port("mqttPort");
    let mut wires = Vec::with_capacity(count);
    let mut connecting = JoinSet::new();
    for index in 0..count {
        let config = config.clone();
        connecting.spawn(async move {
            let mut wire = Wire::connect_with(config, port, &format!("t{index}")).await;
            wire.subscribe(&format!("$aws/things/t{index}/jobs/notify"))
                .await;
            wire
        });
        if connecting.len() >= CONNECTING
            && let Some(wire) = connecting.join_next().await
        {
            wires.push(wire.expect("it connects"));
        }
    }
    while let Some(wire) = connecting.join_next().await {
        wires.push(wire.expect("it connects"));
    }
    wires
}
