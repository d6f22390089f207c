//! The protocol against literal lines: what AWS's pages and recorded sessions show, written down independently of the code.

use std::collections::BTreeMap;

use jobs_sandbox::protocol::{
    DescribeJobExecutionRequest, GetPendingJobExecutionsRequest, JobsTopic, Operation, ReplyHead,
    StartNextPendingJobExecutionRequest, Topic, TopicError, UpdateJobExecutionRequest,
};
use serde::Serialize;

use crate::service::golden;

fn lines(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(golden(name)).expect("a golden file");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (first, rest) = line.split_once(' ').expect("two columns");
            (first.to_owned(), rest.trim().to_owned())
        })
        .collect()
}

fn operation(operation: &Operation) -> String {
    match operation {
        Operation::DescribeJobExecution(job) => format!("{} {job}", operation.name()),
        Operation::UpdateJobExecution(job) => format!("{} {job}", operation.name()),
        _ => operation.name().to_owned(),
    }
}

#[test]
fn every_topic_reads_and_writes_as_the_page_has_it() {
    let lines = lines("topics.txt");
    assert!(lines.len() > 30);
    for (text, meaning) in lines {
        let topic = text.parse::<JobsTopic>();
        let read = match &topic {
            Ok(JobsTopic {
                topic: Topic::Notify,
                ..
            }) => "notify".to_owned(),
            Ok(JobsTopic {
                topic: Topic::NotifyNext,
                ..
            }) => "notify-next".to_owned(),
            Ok(JobsTopic {
                topic: Topic::Request(op),
                ..
            }) => format!("request {}", operation(op)),
            Ok(JobsTopic {
                topic: Topic::Reply(op, verdict),
                ..
            }) => format!("{verdict} {}", operation(op)),
            Err(TopicError::NoSuchApi) => "no such API".to_owned(),
            Err(TopicError::NotJobs) => "not Jobs".to_owned(),
        };
        assert_eq!(read, meaning, "{text}");
        if let Ok(topic) = topic {
            assert_eq!(topic.to_string(), text);
        }
    }
}

#[test]
fn every_request_is_written_as_the_page_has_it() {
    fn json(request: &impl Serialize) -> String {
        serde_json::to_string(request).expect("JSON")
    }
    let token = || Some("t".to_owned());
    let details =
        |name: &str, value: &str| Some(BTreeMap::from([(name.to_owned(), value.to_owned())]));
    let written = [
        ("get", json(&GetPendingJobExecutionsRequest::default())),
        (
            "get",
            json(&GetPendingJobExecutionsRequest {
                client_token: token(),
            }),
        ),
        (
            "start-next",
            json(&StartNextPendingJobExecutionRequest::default()),
        ),
        (
            "start-next",
            json(&StartNextPendingJobExecutionRequest {
                status_details: details("step", "1"),
                step_timeout_in_minutes: Some(5),
                client_token: token(),
            }),
        ),
        ("J/get", json(&DescribeJobExecutionRequest::default())),
        (
            "J/get",
            json(&DescribeJobExecutionRequest {
                execution_number: Some(1),
                include_job_document: Some(false),
                client_token: token(),
            }),
        ),
        (
            "J/update",
            json(&UpdateJobExecutionRequest {
                status: "SUCCEEDED".to_owned(),
                ..UpdateJobExecutionRequest::default()
            }),
        ),
        (
            "J/update",
            json(&UpdateJobExecutionRequest {
                status: "IN_PROGRESS".to_owned(),
                status_details: details("progress", "50"),
                expected_version: Some(2),
                execution_number: Some(1),
                include_job_execution_state: Some(true),
                include_job_document: Some(true),
                step_timeout_in_minutes: Some(-1),
                client_token: token(),
            }),
        ),
    ]
    .map(|(topic, payload)| (topic.to_owned(), payload));
    assert_eq!(written.to_vec(), lines("requests.txt"));
}

#[test]
fn the_head_of_a_reply_is_read_and_the_rest_is_left_alone() {
    for (payload, token, code) in [
        (
            r#"{"clientToken":"t","timestamp":1719940632,"inProgressJobs":[],"queuedJobs":[]}"#,
            Some("t"),
            None,
        ),
        (
            r#"{"clientToken":"v","timestamp":1,"executionState":{"status":"QUEUED","versionNumber":1},"code":"VersionMismatch","message":"Expected version 99 but found version 1"}"#,
            Some("v"),
            Some("VersionMismatch"),
        ),
        (
            r#"{"timestamp":1,"code":"SomethingNew","more":{"a":[1]}}"#,
            None,
            Some("SomethingNew"),
        ),
        ("not JSON", None, None),
        ("[]", None, None),
        ("", None, None),
    ] {
        let head = ReplyHead::parse(payload.as_bytes());
        assert_eq!(
            (head.client_token.as_deref(), head.code.as_deref()),
            (token, code),
            "{payload}"
        );
    }
}
