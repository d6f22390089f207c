//! CreateJob with `jobTemplateArn`: what the job inherits, and the parameters of its document.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
//!
//! Messages follow recorded sessions where they exist.

use serde_json::{Map, Value, json};

use crate::service::control::managed_template_api;
use crate::service::document_parameters::DocumentParameters;
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::identity::ServiceIdentity;
use crate::service::job::JobBasis;
use crate::service::job_template::JobTemplate;
use crate::service::managed_template::ManagedTemplate;
use crate::service::state::Service;

/// The template of a request with `jobTemplateArn`: what the job keeps of it, and the members of the request with those that
/// the job inherits. A member that the request has replaces the template's whole (recorded session).
pub(crate) fn basis(
    service: &Service,
    parameters: &Parameters,
) -> Result<Option<(JobBasis, Parameters)>, HttpError> {
    let Some(arn) = parameters.text("jobTemplateArn") else {
        return no_parameters(parameters).map(|()| None);
    };
    let basis = |parameters| JobBasis {
        template_arn: arn.to_owned(),
        parameters,
    };
    let managed = service.identity.managed_template_arn("");
    if let Some(version) = arn.strip_prefix(&managed) {
        let template = managed_template_api::find(version)?;
        let filling = filling(template, parameters)?;
        let inherited = of_managed(template, parameters)?;
        return Ok(Some((basis(Some(filling)), parameters.over(&inherited))));
    }
    let id = resource_in(&service.identity, arn, "jobtemplate")?;
    let mut inherited = find_template(service, id)?.inherited.clone();
    no_parameters(parameters)?;
    if ["document", "documentSource"]
        .iter()
        .any(|it| parameters.get(it).is_some())
    {
        inherited.remove("document");
        inherited.remove("documentSource");
    }
    let windows = inherited.remove("maintenanceWindows");
    let mut merged = parameters.over(&inherited);
    if let Some(windows) = windows {
        let given = parameters.get("schedulingConfig");
        merged.set("schedulingConfig", with_windows(given, windows));
    }
    Ok(Some((basis(None), merged)))
}

/// The schedule of a request, with the windows of the template unless it has its own.
fn with_windows(given: Option<&Value>, windows: Value) -> Value {
    let mut schedule = given.cloned().unwrap_or_else(|| json!({}));
    if schedule["maintenanceWindows"].is_null() {
        schedule["maintenanceWindows"] = windows;
    }
    schedule
}

/// What a job inherits from a managed template, also its description, as the example in the guide shows.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-template-manage-cli-create.html>
fn of_managed(
    template: &ManagedTemplate,
    parameters: &Parameters,
) -> Result<Map<String, Value>, HttpError> {
    // GUESS: the guide lets a request override "advanced configurations", which a document is not; the parameters are those of
    // the template's own document.
    if parameters.get("document").is_some() || parameters.get("documentSource").is_some() {
        return Err(HttpError::invalid_request(
            "Job document and managed job template cannot be specified at the same time.",
        ));
    }
    Ok(Map::from_iter([
        ("description".to_owned(), json!(template.description)),
        ("document".to_owned(), json!(template.document())),
    ]))
}

/// A job template that exists.
pub(crate) fn find_template<'a>(
    service: &'a Service,
    id: &str,
) -> Result<&'a JobTemplate, HttpError> {
    service
        .templates
        .by_id
        .get(id)
        .ok_or_else(|| HttpError::not_found(format!("Job Template {id} cannot be found.")))
}

/// The resource in an ARN of this account, such as the id in `arn:aws:iot:us-east-1:123456789012:job/ID`. What belongs to
/// another account or region is looked up by its name and not found, as it is with targets (recorded session).
pub(crate) fn resource_in<'a>(
    identity: &ServiceIdentity,
    arn: &'a str,
    kind: &str,
) -> Result<&'a str, HttpError> {
    let resource = arn.splitn(6, ':').nth(5);
    // GUESS: the words of the operations on tags.
    let invalid = || HttpError::invalid_request("Invalid arn in request");
    let (found, id) = resource
        .and_then(|resource| resource.split_once('/'))
        .ok_or_else(invalid)?;
    if found != kind {
        return Err(HttpError::invalid_request(format!(
            "Resource type should be {kind} but found invalid resource type {found}"
        )));
    }
    if arn != identity.arn(&format!("{kind}/{id}")) {
        let what = if kind == "job" { "Job" } else { "Job Template" };
        return Err(HttpError::not_found(format!(
            "{what} {id} cannot be found."
        )));
    }
    Ok(id)
}

fn given(parameters: &Parameters) -> impl Iterator<Item = (&String, &str)> {
    let all = parameters
        .get("documentParameters")
        .and_then(Value::as_object);
    all.into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key, value.as_str()?)))
}

/// "documentParameters can only be used when creating jobs from AWS managed templates." GUESS: the rule is documented, the
/// message is not. An empty map is accepted, because public code sends it.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
fn no_parameters(parameters: &Parameters) -> Result<(), HttpError> {
    match given(parameters).next() {
        Some(_) => Err(HttpError::invalid_request(
            "documentParameters can only be specified together with the jobTemplateArn of a managed job template.",
        )),
        None => Ok(()),
    }
}

/// The values for a managed template. GUESS: what DescribeManagedJobTemplate returns about its parameters is what AWS checks;
/// the messages are not documented.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DocumentParameter.html>
fn filling(
    template: &ManagedTemplate,
    parameters: &Parameters,
) -> Result<DocumentParameters, HttpError> {
    let known = template.parameters();
    let name = template.version();
    for (key, value) in given(parameters) {
        let Some(parameter) = known.iter().find(|it| it.key == key) else {
            return Err(HttpError::invalid_request(format!(
                "Document parameter {key} is not a parameter of job template {name}."
            )));
        };
        if !parameter.regex.matches(value) {
            return Err(HttpError::invalid_request(format!(
                "The value of document parameter {key} does not match the regular expression {}.",
                parameter.regex.text()
            )));
        }
    }
    for parameter in known.iter().filter(|it| !it.is_optional) {
        if !given(parameters).any(|(key, _)| key == parameter.key) {
            return Err(HttpError::invalid_request(format!(
                "Document parameter {} of job template {name} is missing.",
                parameter.key
            )));
        }
    }
    let filling = given(parameters).map(|(key, value)| (key.clone(), value.to_owned()));
    Ok(filling.collect())
}
