//! The operations on the job templates of the account.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-create.html>
//!
//! Messages follow recorded sessions where they exist.

use serde_json::{Map, Value, json};

use crate::service::abort::AbortCriteria;
use crate::service::control::call::ApiCall;
use crate::service::control::job_api::find_job;
use crate::service::control::job_config::JobConfig;
use crate::service::control::new_document::{NewDocument, check_one_document};
use crate::service::control::paging::page;
use crate::service::control::scheduling::maintenance_windows;
use crate::service::control::template_use::{find_template, resource_in};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::job::Job;
use crate::service::job_template::JobTemplate;
use crate::service::retries::RetryCriteria;
use crate::service::rollout::RolloutConfig;
use crate::service::state::Service;
use crate::service::tags::Tags;
use crate::service::windows::MaintenanceWindow;

/// GUESS: the order of checks is that of CreateJob.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJobTemplate.html>
pub(crate) fn create_job_template(
    service: &mut Service,
    id: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let parameters = call.parameters;
    let mut config = JobConfig::read(parameters);
    config.check(false)?;
    if service.templates.by_id.contains_key(id) {
        return Err(HttpError::conflict(format!(
            "Job Template {id} already exists."
        )));
    }
    check_one_document(parameters)?;
    let tags = Tags::read(parameters);
    tags.check()?;
    // "The new job template uses all of the configurations specified in the job. Optionally, you can change any of the
    // configurations", and the document too (recorded session).
    // <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-cli.html>
    let job = match parameters.text("jobArn") {
        Some(arn) => Some(find_job(
            service,
            resource_in(&service.identity, arn, "job")?,
        )?),
        None => None,
    };
    let mut inherited = match job.as_ref().map(|id| &service.jobs[id]) {
        // GUESS: a template of the account takes no documentParameters, so those of the job are filled in.
        Some(job) => [("document".to_owned(), json!(job.filled_document()))]
            .into_iter()
            .chain(of_job(job))
            .collect(),
        None => Map::new(),
    };
    let has = |name| parameters.get(name).is_some();
    if job.is_none() || has("document") || has("documentSource") {
        inherited.extend(of_document(service, parameters)?);
    }
    inherited.extend(of_request(&config, parameters)?);
    let template = JobTemplate {
        description: config.description.unwrap_or_default(),
        inherited,
        tags,
        created_at: call.now,
        sequence: service.ids.next_sequence(),
    };
    service.templates.insert(id.to_owned(), template);
    Ok(Some(json!({
        "jobTemplateArn": service.identity.template_arn(id),
        "jobTemplateId": id,
    })))
}

/// The document of a request, or where it is. GUESS: it is checked here as CreateJob checks it, but read anew for each job:
/// "Job documents that are specified as Amazon S3 files are retrieved at the time you create the job".
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-cli.html>
fn of_document(
    service: &Service,
    parameters: &Parameters,
) -> Result<[(String, Value); 2], HttpError> {
    let document = NewDocument::read(service, parameters, None)?;
    let text = document.source.is_none().then_some(document.text);
    Ok([
        ("document".to_owned(), json!(text)),
        ("documentSource".to_owned(), json!(document.source)),
    ])
}

/// The configurations of a job, as members of CreateJob.
fn of_job(job: &Job) -> Map<String, Value> {
    let timeout = job.in_progress_timeout_minutes;
    let mut members = members(Some(&job.rollout.config), &job.abort, &job.retry, timeout);
    if !job.presigned_url.is_empty() {
        members.insert("presignedUrlConfig".to_owned(), job.presigned_url.view());
    }
    if let Some(windows) = &job.schedule.windows {
        members.insert("maintenanceWindows".to_owned(), windows.view());
    }
    members
}

/// The same of a request. Numbers read back as AWS writes them: 2 as 2.0 where it has decimals (recorded session).
fn of_request(
    config: &JobConfig,
    parameters: &Parameters,
) -> Result<Map<String, Value>, HttpError> {
    let mut members = members(
        config.rollout.as_ref(),
        config.abort.as_deref().unwrap_or_default(),
        config.retry.as_deref().unwrap_or_default(),
        config.in_progress_timeout_minutes,
    );
    if let Some(presigned_url) = &config.presigned_url {
        members.insert("presignedUrlConfig".to_owned(), presigned_url.view());
    }
    if let Some(windows) = parameters.get("maintenanceWindows") {
        let windows = maintenance_windows(windows)?;
        let windows = windows.iter().map(MaintenanceWindow::view).collect();
        members.insert("maintenanceWindows".to_owned(), windows);
    }
    Ok(members)
}

fn members(
    rollout: Option<&RolloutConfig>,
    abort: &[AbortCriteria],
    retry: &[RetryCriteria],
    timeout: Option<u64>,
) -> Map<String, Value> {
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if let Some(rollout) = rollout.filter(|it| **it != RolloutConfig::default()) {
        add("jobExecutionsRolloutConfig", rollout.view());
    }
    if !abort.is_empty() {
        let criteria: Value = abort.iter().map(AbortCriteria::view).collect();
        add("abortConfig", json!({ "criteriaList": criteria }));
    }
    if !retry.is_empty() {
        let criteria: Value = retry.iter().map(RetryCriteria::view).collect();
        add(
            "jobExecutionsRetryConfig",
            json!({ "criteriaList": criteria }),
        );
    }
    if let Some(minutes) = timeout {
        add(
            "timeoutConfig",
            json!({ "inProgressTimeoutInMinutes": minutes }),
        );
    }
    members
}

/// Every member is there: an absent one is null, and three structures are objects of nulls (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJobTemplate.html>
pub(crate) fn describe_job_template(service: &Service, id: &str) -> ControlAnswer {
    let template = find_template(service, id)?;
    let mut view = summary(service, id, template);
    view["documentSource"] = Value::Null;
    view["document"] = Value::Null;
    view["presignedUrlConfig"] = json!({ "roleArn": null, "expiresInSec": null });
    view["jobExecutionsRolloutConfig"] =
        json!({ "maximumPerMinute": null, "exponentialRate": null });
    view["abortConfig"] = Value::Null;
    view["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": null });
    view["jobExecutionsRetryConfig"] = Value::Null;
    view["maintenanceWindows"] = Value::Null;
    view["destinationPackageVersions"] = Value::Null;
    for (name, value) in &template.inherited {
        match (&mut view[name], value) {
            (Value::Object(all), Value::Object(given)) => all.extend(given.clone()),
            (member, value) => *member = value.clone(),
        }
    }
    Ok(Some(view))
}

/// What ListJobTemplates shows, and DescribeJobTemplate first.
fn summary(service: &Service, id: &str, template: &JobTemplate) -> Value {
    json!({
        "jobTemplateArn": service.identity.template_arn(id),
        "jobTemplateId": id,
        "description": template.description,
        "createdAt": template.created_at,
    })
}

/// The newest first (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobTemplates.html>
pub(crate) fn list_job_templates(service: &Service, parameters: &Parameters) -> ControlAnswer {
    page("jobTemplates", "jobTemplates", parameters, |last| {
        let ids = service.templates.newest_first(last);
        Box::new(ids.map(|(number, id, template)| (number, summary(service, id, template))))
    })
}

/// Jobs that were made from it stay as they are (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJobTemplate.html>
pub(crate) fn delete_job_template(service: &mut Service, id: &str) -> ControlAnswer {
    find_template(service, id)?;
    service.templates.remove(id);
    Ok(None)
}
