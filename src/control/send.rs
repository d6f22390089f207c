//! How each operation of the control plane is sent.

use std::time::Instant;

use aws_sdk_iot::config::http::HttpRequest;
use aws_sdk_iot::types::{JobExecutionStatus, JobStatus, TargetSelection};
use serde_json::{Map, Value};

use crate::control::exchange::{Exchange, Recorder};
use crate::control::{Control, ControlError, Request};

/// Puts the part that is asked for into the fluent builder of a list.
macro_rules! paged {
    ($operation:expr, $page:ident) => {
        $operation
            .set_max_results($page.max_results)
            .set_next_token($page.next_token.clone())
    };
}

/// Sends what a fluent builder of the SDK has put together; fails as the operation does.
macro_rules! send {
    ($control:ident, $recorder:ident, $operation:expr) => {
        send!($control, $recorder, customized $operation.customize())
    };
    ($control:ident, $recorder:ident, customized $operation:expr) => {{
        let operation = $operation
            .config_override($control.limits())
            .interceptor($recorder.clone());
        let until = Instant::now() + $control.timeout;
        let sent = operation.send().await;
        $control.answer(sent, until).await.map(|_| ())
    }};
}

/// Adds members to the body of a request before it is signed: the SDK has a type of its own for each, and what a person
/// writes is meant for the service to judge.
fn add(members: &Map<String, Value>, request: &mut HttpRequest) {
    if members.is_empty() {
        return;
    }
    let body = request.body().bytes().unwrap_or_default();
    let mut body: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    body.extend(members.clone());
    let body = Value::Object(body).to_string();
    let length = body.len().to_string();
    request.headers_mut().insert("content-length", length);
    *request.body_mut() = body.into();
}

impl Control {
    /// Carries an operation out; returns the body of the response as the service sent it, `{}` if it sent none.
    pub async fn call(&self, request: &Request) -> Result<String, ControlError> {
        self.exchange(request).await.0
    }

    /// The same, with what went over the wire.
    pub async fn exchange(&self, request: &Request) -> (Result<String, ControlError>, Exchange) {
        let recorder = Recorder::default();
        if self.timeout.is_zero() {
            // Nothing can be sent in no time.
            let late = ControlError::Late {
                after: self.timeout,
                sent: false,
            };
            return (Err(late), recorder.take());
        }
        let result = self.send(request, &recorder).await;
        let exchange = recorder.take();
        let body = result.map(|()| match &exchange.received {
            body if body.is_empty() => "{}".to_owned(),
            body => body.clone(),
        });
        (body, exchange)
    }

    async fn send(&self, request: &Request, recorder: &Recorder) -> Result<(), ControlError> {
        let client = &self.client;
        // A flag that was not given is not sent.
        let flag = |given: &bool| given.then_some(true);
        match request {
            Request::CreateJob {
                job,
                targets,
                document,
                continuous,
                description,
                timeout_min,
                more,
            } => {
                let more = more.clone();
                let timeout = timeout_min.map(|minutes| {
                    aws_sdk_iot::types::TimeoutConfig::builder()
                        .in_progress_timeout_in_minutes(minutes)
                        .build()
                });
                send!(
                    self,
                    recorder,
                    customized client
                        .create_job()
                        .job_id(job.as_str())
                        .set_targets(Some(targets.clone()))
                        .document(document)
                        .set_target_selection(continuous.then_some(TargetSelection::Continuous))
                        .set_description(description.clone())
                        .set_timeout_config(timeout)
                        .customize()
                        .mutate_request(move |request| add(&more, request))
                )
            }
            Request::CancelJob {
                job,
                force,
                comment,
                reason_code,
            } => send!(
                self,
                recorder,
                client
                    .cancel_job()
                    .job_id(job.as_str())
                    .set_force(flag(force))
                    .set_comment(comment.clone())
                    .set_reason_code(reason_code.clone())
            ),
            Request::DeleteJob { job, force } => send!(
                self,
                recorder,
                client
                    .delete_job()
                    .job_id(job.as_str())
                    .set_force(flag(force))
            ),
            Request::DescribeJob { job } => {
                send!(self, recorder, client.describe_job().job_id(job.as_str()))
            }
            Request::ListJobs {
                status,
                target_selection,
                thing_group,
                thing_group_id,
                namespace_id,
                page,
            } => {
                let jobs = client
                    .list_jobs()
                    .set_status(status.as_deref().map(JobStatus::from))
                    .set_target_selection(target_selection.as_deref().map(TargetSelection::from))
                    .set_thing_group_name(thing_group.clone())
                    .set_thing_group_id(thing_group_id.clone())
                    .set_namespace_id(namespace_id.clone());
                send!(self, recorder, paged!(jobs, page))
            }
            Request::GetJobDocument { job } => {
                send!(
                    self,
                    recorder,
                    client.get_job_document().job_id(job.as_str())
                )
            }
            Request::DescribeJobExecution {
                job,
                thing,
                execution_number,
            } => send!(
                self,
                recorder,
                client
                    .describe_job_execution()
                    .job_id(job.as_str())
                    .thing_name(thing.as_str())
                    .set_execution_number(*execution_number)
            ),
            Request::ListJobExecutionsForJob { job, status, page } => {
                let executions = client
                    .list_job_executions_for_job()
                    .job_id(job.as_str())
                    .set_status(status.as_deref().map(JobExecutionStatus::from));
                send!(self, recorder, paged!(executions, page))
            }
            Request::ListJobExecutionsForThing {
                thing,
                job,
                status,
                namespace_id,
                page,
            } => {
                let executions = client
                    .list_job_executions_for_thing()
                    .thing_name(thing.as_str())
                    .set_job_id(job.as_ref().map(ToString::to_string))
                    .set_status(status.as_deref().map(JobExecutionStatus::from))
                    .set_namespace_id(namespace_id.clone());
                send!(self, recorder, paged!(executions, page))
            }
            Request::CancelJobExecution {
                job,
                thing,
                force,
                expected_version,
                status_details,
            } => send!(
                self,
                recorder,
                client
                    .cancel_job_execution()
                    .job_id(job.as_str())
                    .thing_name(thing.as_str())
                    .set_force(flag(force))
                    .set_expected_version(*expected_version)
                    .set_status_details(
                        status_details
                            .as_ref()
                            .map(|details| details.clone().into_iter().collect())
                    )
            ),
            Request::DeleteJobExecution {
                job,
                thing,
                execution_number,
                force,
            } => send!(
                self,
                recorder,
                client
                    .delete_job_execution()
                    .job_id(job.as_str())
                    .thing_name(thing.as_str())
                    .execution_number(*execution_number)
                    .set_force(flag(force))
            ),
            Request::CreateThing { thing } => {
                send!(
                    self,
                    recorder,
                    client.create_thing().thing_name(thing.as_str())
                )
            }
            Request::DescribeThing { thing } => {
                send!(
                    self,
                    recorder,
                    client.describe_thing().thing_name(thing.as_str())
                )
            }
            Request::ListThings {
                attribute_name,
                attribute_value,
                thing_type,
                use_prefix,
                page,
            } => {
                let things = client
                    .list_things()
                    .set_attribute_name(attribute_name.clone())
                    .set_attribute_value(attribute_value.clone())
                    .set_thing_type_name(thing_type.clone())
                    .set_use_prefix_attribute_value(flag(use_prefix));
                send!(self, recorder, paged!(things, page))
            }
            Request::DeleteThing { thing } => {
                send!(
                    self,
                    recorder,
                    client.delete_thing().thing_name(thing.as_str())
                )
            }
            Request::CreateThingGroup { group } => {
                send!(
                    self,
                    recorder,
                    client.create_thing_group().thing_group_name(group)
                )
            }
            Request::DescribeThingGroup { group } => {
                send!(
                    self,
                    recorder,
                    client.describe_thing_group().thing_group_name(group)
                )
            }
            Request::ListThingGroups {
                parent_group,
                name_prefix,
                recursive,
                page,
            } => {
                let groups = client
                    .list_thing_groups()
                    .set_parent_group(parent_group.clone())
                    .set_name_prefix_filter(name_prefix.clone())
                    .set_recursive(*recursive);
                send!(self, recorder, paged!(groups, page))
            }
            Request::ListThingsInThingGroup {
                group,
                recursive,
                page,
            } => {
                let things = client
                    .list_things_in_thing_group()
                    .thing_group_name(group)
                    .set_recursive(flag(recursive));
                send!(self, recorder, paged!(things, page))
            }
            Request::DeleteThingGroup { group } => {
                send!(
                    self,
                    recorder,
                    client.delete_thing_group().thing_group_name(group)
                )
            }
            Request::AddThingToThingGroup { thing, group } => send!(
                self,
                recorder,
                client
                    .add_thing_to_thing_group()
                    .thing_name(thing.as_str())
                    .thing_group_name(group)
            ),
            Request::RemoveThingFromThingGroup { thing, group } => send!(
                self,
                recorder,
                client
                    .remove_thing_from_thing_group()
                    .thing_name(thing.as_str())
                    .thing_group_name(group)
            ),
        }
    }
}
