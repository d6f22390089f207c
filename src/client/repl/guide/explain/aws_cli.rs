//! A request of the control plane as a command of the AWS CLI, made from the call that would be sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::control::call::Member;
use crate::control::declared::kebab;
use crate::control::document_args::DocumentSource;
use crate::control::operations::get_job_document;
use crate::control::page::Page;
use crate::control::{self, ControlRequest};
use crate::protocol::JobId;
use crate::repl::guide::explain::service_address::ServiceAddress;
use crate::repl::input::grammar;
use crate::text::quote;

/// The command, as it would be typed in a shell.
pub(crate) fn aws_cli(
    request: &ControlRequest,
    query: Option<&str>,
    address: &ServiceAddress,
) -> String {
    let mut request = request.clone();
    if let Some(targets) = request.targets_mut() {
        name_by_arn(targets, address);
    }
    let call = control::unsent(&request, &address.thing);
    let mut words = Words::new(request.about().name);
    words.is_known = request.unknown_members().is_empty();
    for (name, member) in &call.members {
        match (member, request.document()) {
            // `explain` does not read the document.
            (Member::Document, Some(document)) => {
                words.document(name, document.source(), address);
            }
            _ => words.member(name, member),
        }
    }
    if let Some(page) = &call.page {
        words.page(page);
    }
    words.more(&call.more);
    if let Some(query) = query {
        words.option("query", query);
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
struct Words {
    words: Vec<String>,
    /// Whether the API has all members: its shorthand has no others.
    is_known: bool,
}

impl Words {
    fn new(operation: &str) -> Self {
        let words = ["aws", "iot", &kebab(operation)];
        Self {
            words: words.map(ToOwned::to_owned).to_vec(),
            is_known: true,
        }
    }

    fn option(&mut self, name: &str, value: &str) {
        if value.starts_with('-') {
            // On its own it would be taken for an option.
            self.words.push(format!("--{name}={}", quote(value)));
        } else {
            self.words
                .extend([format!("--{name}"), quote(value).into_owned()]);
        }
    }

    fn member(&mut self, name: &str, member: &Member) {
        match member {
            Member::Text(text) => self.option(name, text),
            Member::Flag(true) => self.words.push(format!("--{name}")),
            Member::Flag(false) => self.words.push(format!("--no-{name}")),
            Member::Map(map) => {
                self.option(name, &serde_json::to_string(map).unwrap_or_default());
            }
            Member::Json(value) => {
                let short = shorthand(value).filter(|_| self.is_known);
                self.option(name, &short.unwrap_or_else(|| value.to_string()));
            }
            Member::Document => {}
            Member::List(list) => {
                self.words.push(format!("--{name}"));
                let words = list.iter().map(|word| quote(word).into_owned());
                self.words.extend(words);
            }
        }
    }

    /// Members of the body: options, or JSON for those that the API does not have.
    fn more(&mut self, members: &Map<String, Value>) {
        let entry = grammar::entry(&self.words[2]);
        let (known, unknown): (Vec<_>, Vec<_>) = members.iter().partition(|(name, _)| {
            let flag = format!("--{}", kebab(name));
            entry.is_some_and(|entry| grammar::known_flag(entry, &flag).is_some())
        });
        for (name, value) in known {
            self.member(&kebab(name), &Member::of(value.clone()));
        }
        if !unknown.is_empty() {
            let unknown: BTreeMap<_, _> = unknown.into_iter().collect();
            self.option("cli-input-json", &json!(unknown).to_string());
        }
    }

    fn document(&mut self, name: &str, source: DocumentSource<'_>, address: &ServiceAddress) {
        match source {
            DocumentSource::Inline(text) => self.option(name, text),
            DocumentSource::File(file) => self.option(name, &format!("file://{file}")),
            DocumentSource::Stdin => self.option(name, "file:///dev/stdin"),
            DocumentSource::Job(job) => {
                let document = document_of(job, address);
                self.words.push(format!("--{name} \"$({document})\""));
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
            self.words.push("--no-paginate".to_owned());
        }
    }

    fn line(self, address: &ServiceAddress) -> String {
        let (before, behind) = address.aws();
        format!("{before}{}{behind}\n", self.words.join(" "))
    }
}

/// The shorthand of a structure of numbers and plain texts.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html>
fn shorthand(value: &Value) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    let members = value.as_object().filter(|members| !members.is_empty())?;
    let members = members.iter().map(|(name, value)| match value {
        Value::Number(number) => Some(format!("{name}={number}")),
        // A text that starts with a letter is not a number.
        Value::String(text)
            if text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(is_plain) =>
        {
            Some(format!("{name}={text}"))
        }
        _ => None,
    });
    Some(members.collect::<Option<Vec<_>>>()?.join(","))
}

/// The command that prints the document of a job.
fn document_of(job_id: &JobId, address: &ServiceAddress) -> String {
    let request = ControlRequest::new(&get_job_document::OPERATION);
    let request = request.with("jobId", job_id.as_str());
    let call = control::unsent(&request, &address.thing);
    let mut words = Words::new(request.about().name);
    for (name, member) in &call.members {
        words.member(name, member);
    }
    words
        .words
        .push("--query document --output text".to_owned());
    words.line(address).trim_end().to_owned()
}
