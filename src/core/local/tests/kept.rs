//! A service that keeps its state: what is there after a restart, and files that are refused.

use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::{Value, json};

use crate::local::state_file::tests::{Folder, append};
use crate::local::tests::wire::{V3, Wire, connect, publish, suback, subscribe};
use crate::local::{
    ClockMode, DeviceOwner, Identity, KnownPolicies, LocalService, Options, StartError,
};

fn options(folder: &Folder) -> Options {
    Options {
        things: vec!["lamp".to_owned()],
        state: Some(folder.file()),
        ..Options::default()
    }
}

fn start(options: &Options) -> LocalService {
    LocalService::start(options).expect("the service starts")
}

/// Creates a job with a timeout, and starts it.
fn begin_job(service: &LocalService) {
    let job = json!({
        "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
        "document": "{}",
        "timeoutConfig": { "inProgressTimeoutInMinutes": 10 },
    });
    assert_eq!(service.control("PUT", "/jobs/J", &job).0, 200);
    let started = service.data("PUT", "/things/lamp/jobs/$next", &json!({}));
    assert_eq!(started.0, 200, "{}", started.1);
}

fn status(service: &LocalService) -> Value {
    service.state()["executions"][0]["status"].clone()
}

#[tokio::test]
async fn clients_go_on_with_a_service_that_was_restarted() {
    let folder = Folder::new();
    let options = options(&folder);
    let service = start(&options);
    begin_job(&service);
    let thing = json!({ "attributePayload": { "attributes": { "a": "b" } } });
    assert_eq!(service.control("PATCH", "/things/lamp", &thing).0, 200);
    let own = service
        .own_device(DeviceOwner::Serve, &["lamp"], &[], KnownPolicies::Keep)
        .expect("a device");
    let other = service.create_device().expect("a device");
    let (before, ca) = (service.state(), service.ca_pem());
    drop(service);

    let service = start(&options);
    let after = service.state();
    for member in ["things", "jobs", "executions", "certificates", "policies"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    assert_eq!(service.ca_pem(), ca);
    let again = service
        .own_device(DeviceOwner::Serve, &["lamp"], &[], KnownPolicies::Keep)
        .expect("a device");
    assert_eq!(again.private_key_pem, own.private_key_pem);
    let mut wire = Wire::greeted(&service, &other, &connect(V3, "lamp")).await;
    wire.send(&subscribe(V3, &["$aws/things/lamp/jobs/#"], 0))
        .await;
    wire.expect(&suback(V3, &[0])).await;
    let done = br#"{"status":"SUCCEEDED"}"#;
    let topic = "$aws/things/lamp/jobs/J/update";
    wire.send(&publish(V3, 0, 0, topic, done)).await;
    let (topic, _) = wire.message(V3).await;
    assert_eq!(topic, "$aws/things/lamp/jobs/J/update/accepted");
    drop(service);
    assert_eq!(status(&start(&options)), "SUCCEEDED");
}

#[test]
fn what_fell_due_meanwhile_happens_at_the_start() {
    let folder = Folder::new();
    let options = options(&folder);
    let service = start(&options);
    begin_job(&service);
    assert_eq!(status(&service), "IN_PROGRESS");
    drop(service);
    // As if it had been started long ago.
    append(&folder.file(), |key, record| {
        let mut record: Value = serde_json::from_str(record).expect("JSON");
        record["inProgressDeadline"] = json!(1_000_000.5);
        (key == "execution/lamp/J/1").then(|| record.to_string())
    });
    let service = start(&options);
    assert_eq!(status(&service), "TIMED_OUT");
    drop(service);
    assert_eq!(status(&start(&options)), "TIMED_OUT");
}

#[test]
fn the_clock_goes_on_from_where_it_was() {
    const DAY: Duration = Duration::from_hours(24);
    let now = |service: &LocalService| service.state()["clock"]["now"].as_f64().expect("a time");
    for clock in [ClockMode::Manual, ClockMode::System] {
        let folder = Folder::new();
        let options = Options {
            clock,
            ..options(&folder)
        };
        let service = start(&options);
        let first = now(&service);
        service.advance_clock(DAY);
        begin_job(&service);
        let before = now(&service);
        drop(service);
        let service = start(&options);
        let after = now(&service);
        match clock {
            ClockMode::Manual => assert!((after - before).abs() < 0.001, "{before} {after}"),
            ClockMode::System => assert!((before..before + 3600.0).contains(&after)),
        }
        assert_eq!(status(&service), "IN_PROGRESS");
        service.advance_clock(Duration::from_mins(10));
        assert_eq!(status(&service), "TIMED_OUT");
        service.reset();
        drop(service);
        let service = start(&options);
        assert_eq!(service.state()["jobs"], json!([]));
        let reset = now(&service);
        match clock {
            // The time of the second start.
            ClockMode::Manual => assert!((reset - before).abs() < 0.001, "{reset} {before}"),
            ClockMode::System => assert!((first..first + 3600.0).contains(&reset)),
        }
    }
}

#[test]
fn the_device_of_the_program_has_the_policies_of_its_start() {
    let folder = Folder::new();
    let options = options(&folder);
    let policy = |action: &str| {
        json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" },
        })
        .to_string()
    };
    let mut ids = Vec::new();
    for (action, known, expected) in [
        ("iot:Connect", KnownPolicies::Replace, "iot:Connect"),
        ("iot:Publish", KnownPolicies::Replace, "iot:Publish"),
        ("iot:Receive", KnownPolicies::Keep, "iot:Publish"),
    ] {
        let service = start(&options);
        let device = service.own_device(
            DeviceOwner::Serve,
            &["lamp"],
            &[("device", &policy(action))],
            known,
        );
        ids.push(device.expect("a device").certificate_id);
        let (_, found) = service.control("GET", "/policies/device", &Value::Null);
        assert_eq!(found["policyDocument"], policy(expected), "{action}");
        let refused = service.create_device_with(&[], &[("device", &policy("iot:Subscribe"))]);
        assert!(refused.is_err());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    // One that is not active any longer is of no use.
    let path = format!("/certificates/{}?newStatus=INACTIVE", ids[0]);
    assert_eq!(start(&options).control("PUT", &path, &Value::Null).0, 200);
    let device =
        start(&options).own_device(DeviceOwner::Serve, &["lamp"], &[], KnownPolicies::Keep);
    assert_ne!(device.expect("a device").certificate_id, ids[0]);
}

#[test]
fn each_program_has_its_own_device() {
    let folder = Folder::new();
    let options = options(&folder);
    let mut ids = Vec::new();
    for owner in [
        DeviceOwner::Serve,
        DeviceOwner::Session,
        DeviceOwner::Serve,
        DeviceOwner::Session,
    ] {
        let service = start(&options);
        let device = service.own_device(owner, &["lamp"], &[], KnownPolicies::Keep);
        ids.push(device.expect("a device").certificate_id);
    }
    assert_eq!(ids[..2], ids[2..]);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_file_that_cannot_be_used_is_refused_and_stays_as_it_is() {
    let folder = Folder::new();
    let options = options(&folder);
    begin_job(&start(&options));
    let file = folder.file();
    let good = std::fs::read(&file).expect("a file");
    let half = good.len() / 2;
    let of = |name: &str, bytes: &[u8]| {
        let path = folder.file().with_file_name(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let mut damaged = good.clone();
    damaged[half] ^= 1;
    let mut newer = good.clone();
    newer[27] = b'7';
    let unknown = of("unknown", &good);
    append(&unknown, |key, _| {
        (key == "account").then(|| "7".to_owned())
    });
    for (path, region, expected) in [
        (of("damaged", &damaged), "us-east-1", "is damaged in line "),
        (
            of("newer", &newer),
            "us-east-1",
            "has format 7, and this program reads format 1",
        ),
        (
            of("foreign", b"{}\n"),
            "us-east-1",
            "is not a state file of jobs-sandbox",
        ),
        (
            of("other", &good),
            "eu-west-1",
            "it is the state of account 123456789012 in region us-east-1\ngive the account and the region of that state",
        ),
        (
            unknown,
            "us-east-1",
            "its record `account` cannot be used: ",
        ),
    ] {
        let before = std::fs::read(&path).expect("a file");
        let options = Options {
            state: Some(path.clone()),
            region: region.to_owned(),
            ..options.clone()
        };
        let error = LocalService::start(&options).expect_err(expected);
        assert!(matches!(error, StartError::State(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(std::fs::read(&path).expect("a file"), before, "{expected}");
    }
    let _running = start(&options);
    let error = LocalService::start(&options).expect_err("it is in use");
    assert!(
        error.to_string().starts_with("another local service uses"),
        "{error}"
    );
}

/// A CA that expired long ago, as the file keeps it.
fn expired_authority() -> String {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    json!({ "certificate": certificate.pem(), "privateKey": key.serialize_pem() }).to_string()
}

#[test]
fn a_ca_that_is_replaced_is_named() {
    let folder = Folder::new();
    let (log, lines) = sync_channel(10);
    let options = Options {
        log: Some(log),
        ..options(&folder)
    };
    let before = start(&options).ca_pem();
    let expired = expired_authority();
    append(&folder.file(), |key, _| {
        (key == "sandbox/authority").then(|| expired.clone())
    });
    let service = start(&options);
    assert!(!expired.contains(&service.ca_pem().replace('\n', "\\n")));
    assert_ne!(service.ca_pem(), before);
    let line = lines.try_recv().expect("a line");
    assert!(
        line.ends_with(
            "expired at 2021-01-01T00:00:00Z, and a new one was made: clients need the new CA, and devices new certificates"
        ),
        "{line}"
    );
    let ca = service.ca_pem();
    drop(service);
    assert_eq!(start(&options).ca_pem(), ca);
    assert!(lines.try_recv().is_err(), "nothing more is said");
    // As with a folder that has a CA of its own.
    let given = Identity::new().expect("an identity");
    let (authority, device) = (&given.authority, &given.device);
    let given_again = Identity::of(
        [&authority.certificate_pem(), &authority.private_key_pem()],
        [&device.certificate_pem, &device.private_key_pem],
    );
    let given_again = given_again.expect("the same");
    for (identity, expected) in [(given, true), (given_again, false)] {
        let _service = LocalService::start_as(&options, Some(identity)).expect("it starts");
        let line = lines.try_recv();
        let is_said = line.is_ok_and(|line| line.contains("is replaced by another one: clients"));
        assert_eq!(is_said, expected);
    }
}

/// Private keys are in the file, and nowhere else.
#[test]
fn what_is_printed_for_debugging_has_no_keys() {
    let folder = Folder::new();
    let options = options(&folder);
    let service = start(&options);
    let device = service.own_device(DeviceOwner::Serve, &["lamp"], &[], KnownPolicies::Keep);
    let text = format!("{service:?} {options:?} {device:?}");
    assert!(!text.contains("PRIVATE"), "{text}");
    drop(service);
    let state: PathBuf = folder.file();
    let text = std::fs::read_to_string(state).expect("a file");
    assert_eq!(text.matches("BEGIN PRIVATE KEY").count(), 2);
}
