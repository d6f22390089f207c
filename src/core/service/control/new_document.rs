//! The document of a new job or job template: given, or read from an object.
//!
//! Messages follow recorded sessions.

use serde_json::value::RawValue;

use crate::service::document_parameters::{DocumentParameters, fill};
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::job_document;
use crate::service::limits::DOCUMENT_CHARACTERS;
use crate::service::objects::s3_url::{self, S3UrlError};
use crate::service::state::Service;

/// The document of a new job or job template.
#[derive(Debug)]
pub(crate) struct NewDocument {
    /// As given, byte for byte, before its parameters are filled in.
    pub(crate) text: String,
    /// As a device receives it.
    pub(crate) for_device: Box<RawValue>,
    /// The URL from which it was read.
    pub(crate) source: Option<String>,
}

pub(crate) fn check_one_document(parameters: &Parameters) -> Result<(), HttpError> {
    let has = |name| parameters.get(name).is_some();
    if has("document") && has("documentSource") {
        return Err(HttpError::invalid_request(
            "Job document and job document source cannot be specified at the same time.",
        ));
    }
    Ok(())
}

impl NewDocument {
    /// Reads the document of a request, with the parameters that are to be filled in. Placeholders for URLs stay.
    pub(crate) fn read(
        service: &Service,
        parameters: &Parameters,
        filling: Option<&DocumentParameters>,
    ) -> Result<Self, HttpError> {
        let source = parameters.text("documentSource");
        let (text, place) = match (parameters.text("document"), source) {
            (Some(document), _) => (document.to_owned(), "request input"),
            (None, Some(url)) => (document_at(service, url)?, url),
            (None, None) => {
                return Err(HttpError::invalid_request(
                    "Neither job document nor job document source is specified.",
                ));
            }
        };
        let filled = filling.map(|filling| fill(&text, filling));
        let for_device =
            job_document::for_device(filled.as_deref().unwrap_or(&text)).map_err(|_| {
                HttpError::invalid_request(format!(
                    "Job document located at {place} is an invalid JSON document."
                ))
            })?;
        check_placeholders(for_device.get())?;
        Ok(Self {
            text,
            for_device,
            source: source.map(ToOwned::to_owned),
        })
    }
}

/// The document in an object, which is read once (recorded session, as its messages).
fn document_at(service: &Service, url: &str) -> Result<String, HttpError> {
    let object = s3_url::read(url).map_err(|error| {
        HttpError::invalid_request(match error {
            S3UrlError::NotS3 => format!("Job document source {url} is invalid."),
            S3UrlError::NoKey => {
                format!("Provided S3 url is not valid: {url}. Error: Key cannot be null")
            }
        })
    })?;
    if service.objects.bucket(&object.bucket).is_err() {
        return Err(HttpError::invalid_request(format!(
            "Bucket specified by url: {url} is not found."
        )));
    }
    let object = service.objects.get(&object).ok_or_else(|| {
        HttpError::invalid_request(format!("Job document located at {url} is not found."))
    })?;
    if object.content.len() > DOCUMENT_CHARACTERS {
        return Err(HttpError::limit_exceeded(format!(
            "Job document from {url} exceeds size limit {DOCUMENT_CHARACTERS} bytes."
        )));
    }
    let content = object.content.joined();
    let text = std::str::from_utf8(&content).map_err(|_| {
        HttpError::invalid_request(format!(
            "Job document located at {url} is an invalid JSON document."
        ))
    })?;
    Ok(text.to_owned())
}

/// Other placeholders that AWS replaces. That is not emulated, so they are refused: a device must not receive them as they are.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/manage-job-cli.html>
/// <https://docs.aws.amazon.com/iot/latest/developerguide/preparing-jobs-for-service-package-catalog.html>
const PLACEHOLDERS: [&str; 2] = ["code-sign-signature", "package"];

/// Refuses a document with such placeholders. The document has no unnecessary escapes.
fn check_placeholders(document: &str) -> Result<(), HttpError> {
    for placeholder in document.split("${aws:iot:").skip(1) {
        let name = placeholder.split([':', '}']).next().unwrap_or_default();
        // GUESS: AWS takes values for parameters only for its own templates, so nothing could replace such a placeholder.
        // <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-managed.html>
        if name == "parameter" {
            return Err(HttpError::invalid_request(
                "The placeholder ${aws:iot:parameter:…} can only be used in the job document of a managed job template.",
            ));
        }
        if PLACEHOLDERS.contains(&name) {
            return Err(HttpError::not_emulated(&format!(
                "the placeholder `${{aws:iot:{name}:…}}` of a job document"
            )));
        }
    }
    Ok(())
}
