//! The walkthroughs in the READMEs of the four jobs sandboxes of AWS, typed as they stand there. What the service answers is
//! compared in kind: which replies, which events, in which order. Two of them show both events of an update the other way
//! round; AWS promises no order.
//!
//! <https://github.com/aws/aws-iot-device-sdk-java-v2/blob/main/samples/ServiceClients/JobsSandbox/README.md>
//! <https://github.com/aws/aws-iot-device-sdk-python-v2/blob/main/samples/service_clients/jobs.md>
//! <https://github.com/aws/aws-iot-device-sdk-js-v2/blob/main/samples/node/service_clients/jobs/README.md>
//! <https://github.com/aws/aws-iot-device-sdk-cpp-v2/blob/main/samples/service_clients/jobs/jobs-sandbox/README.md>

use crate::readme::Piped;

const CHANGED: &str = "Received JobExecutionsChanged event:";
const NEXT_CHANGED: &str = "Received NextJobExecutionChanged event:";

/// Types the commands of one README; `deleted` are those that it deletes at its end.
fn walk(first: [&str; 2], second: [&str; 2], deleted: &[&str]) {
    let [job1, document1] = first;
    let [job2, document2] = second;
    let pending = "get-pending-job-executions".to_owned();
    let start_next = "start-next-pending-job-execution".to_owned();
    let mut steps = vec![
        (pending.clone(), vec!["GetPendingJobExecutionsResponse:"]),
        (
            format!("create-job {job1} {document1}"),
            vec!["CreateJobResponse:", CHANGED, NEXT_CHANGED],
        ),
        (
            format!("create-job {job2} {document2}"),
            vec!["CreateJobResponse:", CHANGED],
        ),
        (start_next.clone(), vec!["StartNextJobExecutionResponse:"]),
        (pending, vec!["GetPendingJobExecutionsResponse:"]),
        (
            format!("update-job-execution {job1} SUCCEEDED"),
            vec!["UpdateJobExecutionResponse:", CHANGED, NEXT_CHANGED],
        ),
        (start_next, vec!["StartNextJobExecutionResponse:"]),
        (
            format!("update-job-execution {job2} FAILED"),
            vec!["UpdateJobExecutionResponse:", CHANGED, NEXT_CHANGED],
        ),
    ];
    for job in deleted {
        steps.push((format!("delete-job {job}"), vec!["DeleteJobResponse:"]));
    }
    steps.push(("quit".to_owned(), Vec::new()));
    let mut sandbox = Piped::spawn(&[]);
    for (typed, labels) in &steps {
        sandbox.type_line(typed);
        for label in labels {
            assert_eq!(sandbox.line(), *label, "after {typed}");
            let payload = sandbox.line();
            assert!(payload.starts_with('{'), "after {typed}: {payload}");
        }
    }
    assert_eq!(sandbox.end(), (Vec::new(), Some(0)));
}

#[test]
fn the_walkthrough_of_the_java_sample_works() {
    let second = ["Job2", r#"{"ToDo":"Delete Root User"}"#];
    walk(["Job1", r#"{"Todo":"Reboot"}"#], second, &["Job1"]);
}

#[test]
fn the_walkthroughs_of_the_python_and_the_javascript_sample_work() {
    let second = ["Job2", r#"{"ToDo":"Delete Root User"}"#];
    walk(["Job1", r#"{"ToDo":"Reboot"}"#], second, &["Job1"]);
}

/// Its control plane is the AWS CLI, with documents quoted for a shell; they are read the same way here.
#[test]
fn the_walkthrough_of_the_cpp_sample_works() {
    walk(
        ["TestJob", r#""{\"Todo\":\"Reboot\"}""#],
        ["QuestionableJob", r#""{\"Todo\":\"Delete Root User\"}""#],
        &["TestJob", "QuestionableJob"],
    );
}
