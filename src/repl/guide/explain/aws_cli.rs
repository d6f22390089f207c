//! A request of the control plane as a command of the AWS CLI, made from the call that would be sent.

use crate::control::call::Member;
use crate::control::declared::{DeclaredRequest, kebab};
use crate::control::document_args::DocumentSource;
use crate::control::operations::get_job_document;
use crate::control::page::Page;
use crate::control::{self, ControlOperation as _, ControlRequest};
use crate::protocol::JobId;
use crate::repl::guide::explain::service_address::ServiceAddress;
use crate::text::quote;

/// The command, as it would be typed in a shell.
pub(crate) fn aws_cli(request: &ControlRequest, address: &ServiceAddress) -> String {
    let mut request = request.clone();
    if let Some(targets) = request.operation_mut().targets_mut() {
        name_by_arn(targets, address);
    }
    let operation = request.operation();
    let call = control::unsent(operation, &address.thing);
    let mut words = Words::new(operation.about().name);
    for (name, member) in &call.members {
        let name = name.replace('_', "-");
        match (&*name, member, operation.document()) {
            // `explain` does not read the document.
            ("document", _, Some(document)) | (_, Member::Document, Some(document)) => {
                words.document(&name, document.source(), address);
            }
            _ => words.member(&name, member),
        }
    }
    if let Some(page) = &call.page {
        words.page(page);
    }
    if !call.more.is_empty() {
        let more = serde_json::to_string(&call.more).unwrap_or_default();
        words.option("cli-input-json", &more);
    }
    words.line(address)
}

fn name_by_arn(targets: &mut Vec<String>, address: &ServiceAddress) {
    for target in targets.iter_mut().filter(|it| !it.starts_with("arn:")) {
        *target = address.arn_of(target);
    }
    if targets.is_empty() {
        targets.push(address.own_arn());
    }
}

/// The words of one command of the AWS CLI, quoted.
struct Words(Vec<String>);

impl Words {
    fn new(operation: &str) -> Self {
        Self(
            ["aws", "iot", &kebab(operation)]
                .map(ToOwned::to_owned)
                .to_vec(),
        )
    }

    fn option(&mut self, name: &str, value: &str) {
        if value.starts_with('-') {
            // On its own it would be taken for an option.
            self.0.push(format!("--{name}={}", quote(value)));
        } else {
            self.0
                .extend([format!("--{name}"), quote(value).into_owned()]);
        }
    }

    fn member(&mut self, name: &str, member: &Member) {
        match member {
            Member::Text(text) => self.option(name, text),
            Member::Number(number) => self.option(name, &number.to_string()),
            Member::Flag(true) => self.0.push(format!("--{name}")),
            Member::Flag(false) => self.0.push(format!("--no-{name}")),
            Member::Map(map) => {
                self.option(name, &serde_json::to_string(map).unwrap_or_default());
            }
            Member::Structure(members) => {
                let members = members.iter();
                let members: Vec<String> = members
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                self.option(name, &members.join(","));
            }
            Member::Json(value) => self.option(name, &value.to_string()),
            Member::Document => {}
            Member::List(list) => {
                self.0.push(format!("--{name}"));
                let words = list.iter().map(|word| quote(word).into_owned());
                self.0.extend(words);
            }
        }
    }

    fn document(&mut self, name: &str, source: DocumentSource<'_>, address: &ServiceAddress) {
        match source {
            DocumentSource::Inline(text) | DocumentSource::Object(text) => {
                self.option(name, text);
            }
            DocumentSource::File(file) => self.option(name, &format!("file://{file}")),
            DocumentSource::Stdin => self.option(name, "file:///dev/stdin"),
            DocumentSource::Job(job) => {
                let document = document_of(job, address);
                self.0.push(format!("--{name} \"$({document})\""));
            }
            DocumentSource::Editor(_) => self.option(name, "file://document.json"),
        }
    }

    /// The AWS CLI fetches all pages by itself, unless one page is requested.
    fn page(&mut self, page: &Page) {
        let [size, token] = if page.all {
            ["page-size", "starting-token"].map(ToOwned::to_owned)
        } else {
            page.paging.names().map(kebab)
        };
        if let Some(results) = page.max_results {
            self.option(&size, &results.to_string());
        }
        if let Some(next) = &page.next_token {
            self.option(&token, next);
        }
        if !page.all {
            self.0.push("--no-paginate".to_owned());
        }
    }

    fn line(self, address: &ServiceAddress) -> String {
        let (before, behind) = address.aws();
        format!("{before}{}{behind}\n", self.0.join(" "))
    }
}

/// The command that prints the document of a job.
fn document_of(job_id: &JobId, address: &ServiceAddress) -> String {
    let request = DeclaredRequest::new(&get_job_document::OPERATION);
    let request = request.with("jobId", job_id.as_str());
    let call = control::unsent(&request, &address.thing);
    let mut words = Words::new(request.about().name);
    for (name, member) in &call.members {
        words.member(&name.replace('_', "-"), member);
    }
    words.0.push("--query document --output text".to_owned());
    words.line(address).trim_end().to_owned()
}
