//! Devices for the exam: this test program, started in another way. But for one fault each they are the agent of the sandbox.

use std::io::Write as _;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use jobs_sandbox::agent::shell::{Executor, Handle, Tools};
use jobs_sandbox::agent::work::Program;
use jobs_sandbox::device::{Client, ConnectOptions, Event, EventStream};
use jobs_sandbox::executor::core::{Memory, Settings, Worker};
use jobs_sandbox::executor::plan::Plan;
use jobs_sandbox::protocol::{
    DeviceRequest, EventName, GetPendingJobExecutionsRequest, JobId,
    StartNextPendingJobExecutionRequest, ThingName, UpdateJobExecutionRequest, Verdict,
};
use jobs_sandbox::tls;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

/// The variable that says what is wrong with the device.
pub(crate) const FAULT: &str = "EXAM_DEVICE_FAULT";

/// The variable with the path of the program that does the work.
pub(crate) const WORK: &str = "EXAM_DEVICE_WORK";

/// The arguments with which this program is a device.
pub(crate) const ARGUMENTS: [&str; 3] = ["exam::devices::is_a_device", "--exact", "--nocapture"];

/// It hears only `JobExecutionsChanged`.
pub(crate) const ONE_STREAM: &str = "one stream";

/// After a reconnect it has forgotten what it did, and starts over.
pub(crate) const STARTS_OVER: &str = "starts over";

/// It sends what is refused once more, as it was, and what is throttled at once.
pub(crate) const STUBBORN: &str = "stubborn";

/// It begins each job as soon as it hears of it, whatever it works on.
pub(crate) const PARALLEL: &str = "parallel";

/// It asks without a pause.
pub(crate) const FLOODS: &str = "floods";

#[test]
fn is_a_device() {
    // Only the exam, which starts it as a device, names a fault.
    let Ok(fault) = std::env::var(FAULT) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let mut terminated = signal(SignalKind::terminate()).expect("a signal");
        tokio::select! {
            () = device(&fault) => {}
            _ = terminated.recv() => {}
        }
    });
}

/// Is a device until it is dropped.
async fn device(fault: &str) {
    let (client, mut events) = Client::connect(options()).await.expect("a connection");
    if fault == FLOODS {
        loop {
            let request = GetPendingJobExecutionsRequest::default();
            let request = DeviceRequest::GetPendingJobExecutions(request);
            let _ = client.request(&request).await;
        }
    }
    if fault == PARALLEL {
        return in_parallel(&client, &mut events).await;
    }
    if fault == STUBBORN {
        return stubborn(&client).await;
    }
    loop {
        let (executor, handle) = Executor::new(settings(), client.clone(), Box::new(|_| ()));
        let executor = executor.alone(tools(), None, Memory::default());
        let mut work = pin!(executor.run());
        tokio::select! {
            _ = &mut work => return,
            () = attend(fault, &handle, &mut events) => {}
        }
        handle.stop(Duration::ZERO);
        let _ = work.await;
    }
}

/// Claims what is next at the start and at each event, and works on it beside what it works on.
async fn in_parallel(client: &Client, events: &mut EventStream) {
    loop {
        let claim = StartNextPendingJobExecutionRequest::default();
        let claim = DeviceRequest::StartNextPendingJobExecution(claim);
        let execution = insist(client, &claim).await["execution"].take();
        if let Some(job) = execution["jobId"].as_str().map(ToOwned::to_owned) {
            tokio::spawn(work_beside(client.clone(), job, execution));
        }
        loop {
            match events.next().await {
                Some(Event::Message(it)) if it.name == EventName::NextJobExecutionChanged => break,
                Some(_) => {}
                None => return,
            }
        }
    }
}

async fn work_beside(client: Client, job: String, execution: Value) {
    let seconds = &execution["jobDocument"]["exam"]["seconds"];
    let seconds = seconds.as_u64().unwrap_or_default();
    note(&format!("begin {job}\n"));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    note(&format!("end {job}\n"));
    let outcome = DeviceRequest::UpdateJobExecution {
        job: JobId::new(&job).expect("an id"),
        request: UpdateJobExecutionRequest {
            status: "SUCCEEDED".to_owned(),
            execution_number: execution["executionNumber"].as_i64(),
            ..UpdateJobExecutionRequest::default()
        },
    };
    let _ = client.request(&outcome).await;
}

/// Adds to the effects.
fn note(lines: &str) {
    let mut file = std::fs::OpenOptions::new();
    let file = file.append(true).create(true);
    let file = file.open(variable("JOBS_SANDBOX_EXAM_EFFECTS"));
    let written = file.and_then(|mut file| file.write_all(lines.as_bytes()));
    written.expect("the effects");
}

/// Works on one job, without events.
async fn stubborn(client: &Client) {
    let claim =
        DeviceRequest::StartNextPendingJobExecution(StartNextPendingJobExecutionRequest::default());
    let claimed = insist(client, &claim).await;
    let job = claimed["execution"]["jobId"].as_str().expect("a job");
    note(&format!("begin {job}\nend {job}\n"));
    let details = [("out".to_owned(), "x".to_owned())].into_iter().collect();
    let outcome = DeviceRequest::UpdateJobExecution {
        job: JobId::new(job).expect("an id"),
        request: UpdateJobExecutionRequest {
            status: "SUCCEEDED".to_owned(),
            status_details: Some(details),
            ..UpdateJobExecutionRequest::default()
        },
    };
    insist(client, &outcome).await;
    std::future::pending::<()>().await;
}

/// Sends a request until it is accepted.
async fn insist(client: &Client, request: &DeviceRequest) -> Value {
    loop {
        let reply = client.request(request).await.expect("a reply");
        if reply.verdict == Verdict::Accepted {
            return reply.payload.value().clone();
        }
        if reply.head.code.as_deref() != Some("RequestThrottled") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Passes events on, until the device starts over.
async fn attend(fault: &str, handle: &Handle, events: &mut EventStream) {
    while let Some(event) = events.next().await {
        match &event {
            Event::ConnectedAgain { .. } if fault == STARTS_OVER => return,
            Event::Message(message)
                if fault == ONE_STREAM && message.name != EventName::JobExecutionsChanged => {}
            _ => handle.event(&event),
        }
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("a variable of the exam")
}

fn thing() -> ThingName {
    ThingName::new(&variable("JOBS_SANDBOX_THING")).expect("a name")
}

fn options() -> ConnectOptions {
    let [ca, cert, key] =
        ["CA", "CERT", "KEY"].map(|it| variable(&format!("JOBS_SANDBOX_{it}_FILE")));
    let roots = tls::roots(Path::new(&ca)).expect("the CA");
    let tls = tls::client_config(roots, Path::new(&cert), Path::new(&key), None);
    let port = variable("JOBS_SANDBOX_PORT").parse().expect("a port");
    let (host, client_id) = (
        variable("JOBS_SANDBOX_ENDPOINT"),
        variable("JOBS_SANDBOX_CLIENT_ID"),
    );
    ConnectOptions {
        request_timeout: Duration::from_secs(5),
        ..ConnectOptions::new(&host, port, &client_id, thing(), tls.expect("PEM files"))
    }
}

fn settings() -> Settings {
    Settings {
        worker: Worker::Program,
        ..Settings::simulated(thing(), Plan::default(), 1)
    }
}

fn tools() -> Tools {
    let program = Program::find(Path::new(&variable(WORK)), Vec::new(), None);
    Tools::Program(program.expect("a program"))
}
