//! The operations on the job templates that AWS manages.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/job-template-manage-cli-create.html>

use serde_json::{Value, json};

use crate::service::control::paging::page;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::identity::ServiceIdentity;
use crate::service::managed_template::{ENVIRONMENT, MANAGED, ManagedTemplate, Parameter, VERSION};
use crate::service::state::Service;

/// GUESS: in the order of names. The page does not mention an order, and its example shows neither all nor a clear one.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListManagedJobTemplates.html>
pub(crate) fn list_managed_job_templates(
    service: &Service,
    parameters: &Parameters,
) -> ControlAnswer {
    let name = parameters.query("templateName");
    if let Some(name) = name {
        // GUESS: the operation has a ResourceNotFoundException, which can only be about this name.
        find(&format!("{name}:{VERSION}"))?;
    }
    page(
        "managedJobTemplates",
        "managedJobTemplates",
        parameters,
        |last: Option<String>| {
            let templates = MANAGED.iter().filter(move |it| {
                let is_behind = last.as_deref().is_none_or(|last| it.name > last);
                is_behind && name.is_none_or(|name| it.name == name)
            });
            Box::new(templates.map(|it| (it.name.to_owned(), summary(&service.identity, it))))
        },
    )
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeManagedJobTemplate.html>
pub(crate) fn describe_managed_job_template(
    service: &Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let version = parameters.query("templateVersion").unwrap_or(VERSION);
    let template = find(&format!("{name}:{version}"))?;
    let mut view = summary(&service.identity, template);
    view["documentParameters"] = template.parameters().iter().map(described).collect();
    view["document"] = json!(template.document());
    Ok(Some(view))
}

/// The template of a version such as `AWS-Reboot:1.0`. GUESS: the exception is documented; the message is the one about the
/// account's own templates.
pub(crate) fn find(version: &str) -> Result<&'static ManagedTemplate, HttpError> {
    let mut templates = MANAGED.iter();
    templates
        .find(|template| template.version() == version)
        .ok_or_else(|| HttpError::not_found(format!("Job Template {version} cannot be found.")))
}

fn summary(identity: &ServiceIdentity, template: &ManagedTemplate) -> Value {
    json!({
        "templateArn": identity.managed_template_arn(&template.version()),
        "templateName": template.name,
        "description": template.description,
        "environments": [ENVIRONMENT],
        "templateVersion": VERSION,
    })
}

fn described(parameter: &Parameter) -> Value {
    json!({
        "key": parameter.key,
        "description": parameter.description,
        "regex": parameter.regex.text(),
        "example": parameter.example,
        "optional": parameter.is_optional,
    })
}
