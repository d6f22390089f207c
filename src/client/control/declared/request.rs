//! What a request is, and the call that it becomes.

use std::collections::BTreeSet;

use aws_sdk_iot::Client;
use serde_json::{Map, Value};

use crate::control::call::{Member, PreparedCall};
use crate::control::declared::{Absent, Argument, ControlRequest, Declared, Form, Place, kebab};
use crate::control::document_args::DocumentArgs;
use crate::control::operation::{About, JobIds, NewFile};
use crate::control::page::Page;
use crate::control::pending_change::PendingChange;
use crate::control::raw_request::RawRequest;
use crate::control::shape::{TAGS, TIMEOUT, unknown, unknown_of};
use crate::protocol::ThingName;

impl ControlRequest {
    /// What an argument sends.
    fn value(&self, argument: &Argument, own: Option<&ThingName>) -> Option<Value> {
        let typed = match argument.form {
            Form::Targets => self.targets.clone().map(Value::from),
            Form::Document | Form::File => {
                let document = self.document.as_ref();
                document.map(|document| document.text().into())
            }
            Form::Edit | Form::DocumentOf | Form::Consent | Form::With(_) => return None,
            _ => None,
        };
        typed
            .or_else(|| self.values.get(argument.member).cloned())
            .or_else(|| match argument.absent {
                Absent::Nothing => None,
                Absent::Own => own.map(|own| own.as_str().into()),
                Absent::Empty => Some(Map::new().into()),
            })
    }

    /// The prepared call. It is for the thing `own` if the request does not name one.
    pub fn call(&self, client: &Client, own: &ThingName) -> PreparedCall {
        self.prepared(client, Some(own))
    }

    /// The same for a request that names its thing, or is not about one.
    pub(crate) fn prepared(&self, client: &Client, own: Option<&ThingName>) -> PreparedCall {
        let operation = self.operation;
        let mut raw = RawRequest::new(operation.method, operation.path);
        let (mut members, mut body, mut sent) = (Vec::new(), Map::new(), BTreeSet::new());
        for argument in operation.arguments_as_sent() {
            let Some(value) = self.value(argument, own) else {
                continue;
            };
            // Two arguments can be two ways to type a member.
            if !sent.insert(argument.member) {
                continue;
            }
            match argument.place {
                Place::Path => raw.fill(argument.member, &text_of(&value)),
                Place::Query => raw.ask(argument.member, &text_of(&value)),
                Place::QueryAs(name) => raw.ask(name, &text_of(&value)),
                Place::Header(name) => raw.headers.push((name, text_of(&value))),
                Place::Body => {
                    put(&mut body, argument.member, value);
                    continue;
                }
                Place::Nowhere => {}
            }
            members.push((kebab(argument.member), Member::of(value)));
        }
        for (name, value) in &body {
            let mut arguments = operation.arguments.iter();
            let argument = arguments.find(|it| it.member == name);
            let member = match argument.map(|it| it.form) {
                Some(Form::Document | Form::File) => Member::Document,
                Some(Form::Pairs | Form::Map) => Member::map(value),
                _ => Member::of(value.clone()),
            };
            members.push((kebab(name), member));
        }
        let mut arguments = operation.arguments.iter();
        let has_body = arguments.any(|argument| argument.place == Place::Body);
        body.extend(self.with.clone());
        raw.body = has_body.then_some(body);
        if let Some(paging) = operation.paging {
            for (name, value) in paging.members(&self.page) {
                raw.ask(name, &value);
            }
        }
        PreparedCall {
            members,
            page: operation.paging.map(|_| self.page.clone()),
            more: self.with.clone(),
            send: raw.sent_by(client),
        }
    }

    /// The properties that all requests of the operation share.
    pub fn about(&self) -> &'static About {
        &self.operation.about
    }

    /// What it does to pending job executions if it is accepted.
    pub fn pending_change(&self) -> PendingChange<'_> {
        (self.operation.change)(self)
    }

    /// What a successful request reveals about job ids.
    pub fn job_ids(&self) -> JobIds<'_> {
        (self.operation.job_ids)(self)
    }

    /// The question to the user before a request that cannot be undone and affects the work of others.
    pub fn question(&self) -> Option<String> {
        (self.operation.question)(self)
    }

    /// Checks whether the request can be sent; the error explains why not.
    pub fn check(&self) -> Result<(), String> {
        (self.operation.check)(self)?;
        let is_given = |member: &str| match member {
            "document" => self.document.is_some(),
            "targets" => self.targets.is_some(),
            _ => self
                .values
                .keys()
                .any(|it| it.split('.').next() == Some(member)),
        };
        let twice = |flag: &str, member: &str| {
            format!("{flag} cannot contain `{member}`: the command line gives it already")
        };
        if let Some(member) = self.with.keys().find(|member| is_given(member)) {
            return Err(twice("--with", member));
        }
        for (whole, value) in &self.values {
            let members = self.values.keys();
            let mut parts = members.filter_map(|it| it.strip_prefix(whole)?.strip_prefix('.'));
            if let Some(part) = parts.find(|part| !lacks(value, part)) {
                return Err(twice(&format!("--{}", kebab(whole)), part));
            }
        }
        Ok(())
    }

    /// The page that it requests; `None` if it does not request a list.
    pub fn page_mut(&mut self) -> Option<&mut Page> {
        self.operation.paging.map(|_| &mut self.page)
    }

    /// The source of its job document; `None` if it does not have one.
    pub fn document(&self) -> Option<&DocumentArgs> {
        self.document.as_ref()
    }

    /// The same, for replacing it by the text of the document.
    pub fn document_mut(&mut self) -> Option<&mut DocumentArgs> {
        self.document.as_mut()
    }

    /// Whether the text of that document has to be JSON.
    pub fn document_is_json(&self) -> bool {
        let arguments = self.operation.arguments;
        !(arguments.iter()).any(|argument| matches!(argument.form, Form::File))
    }

    /// The members that the user has added although the API does not have them; they are sent anyway.
    pub fn unknown_members(&self) -> Vec<String> {
        let arguments = self.operation.arguments.iter();
        let paths = arguments.filter_map(|argument| -> Option<Vec<String>> {
            let shape = match argument.form {
                Form::With(shape) => return Some(unknown_of(&self.with, shape)),
                Form::Structure(shape) => shape,
                Form::Timeout => TIMEOUT,
                Form::Tags => TAGS,
                _ => return None,
            };
            let paths = unknown(self.values.get(argument.member)?, shape).into_iter();
            let paths = paths.map(|path| format!("{}.{path}", argument.member));
            Some(paths.collect())
        });
        paths.flatten().collect()
    }

    /// The target things and thing groups, by name or ARN; empty for this thing. `None` if it does not have targets.
    pub fn targets_mut(&mut self) -> Option<&mut Vec<String>> {
        self.targets.as_mut()
    }

    /// The option of the first argument that AWS requires, but that need not be typed here and was not.
    pub fn left_out(&self) -> Option<String> {
        let is_typed = |member: &str| {
            let mut typed = self.values.keys();
            typed.any(|it| it.split('.').next() == Some(member))
        };
        let is_left_out = |argument: &&Argument| match argument.form {
            Form::Targets => self.targets.as_ref().is_some_and(Vec::is_empty),
            _ => argument.absent != Absent::Nothing && !is_typed(argument.member),
        };
        let left_out = self.operation.arguments.iter().find(is_left_out)?;
        Some(format!("--{}", left_out.name()))
    }

    /// Members that name a resource, which may be typed without what comes before the resource in an ARN; each with the kind of
    /// resource that a name alone belongs to, or an empty text.
    pub fn arns_mut(&mut self) -> Vec<(&mut String, &'static str)> {
        let kind = |member: &str| {
            let arguments = self.operation.arguments;
            let argument = arguments.iter().find(|it| it.member == member)?;
            match argument.form {
                Form::Arn(kind) => Some(kind),
                Form::Resource => Some(""),
                _ => None,
            }
        };
        let arns = self.values.iter_mut();
        let arns = arns.filter_map(|(member, value)| match (kind(member), value) {
            (Some(kind), Value::String(text)) => Some((text, kind)),
            _ => None,
        });
        arns.collect()
    }

    /// The new files for parts of the response. Each part is a secret if it is a key.
    pub fn new_files(&self) -> Vec<NewFile<'_>> {
        let files = self.operation.arguments.iter().filter_map(|argument| {
            let Form::NewFile(at) = argument.form else {
                return None;
            };
            let path = self.text(argument.member)?;
            Some(NewFile { path, at })
        });
        files.collect()
    }
}

impl Declared {
    /// The arguments in the order in which `explain` shows them: what is in the path, the targets, the rest.
    fn arguments_as_sent(&self) -> Vec<&Argument> {
        let mut arguments: Vec<_> = self.arguments.iter().collect();
        arguments.sort_by_key(|argument| match (argument.place, argument.form) {
            (Place::Path, _) => 0,
            (_, Form::Targets) => 1,
            _ => 2,
        });
        arguments
    }
}

/// A value in a path, a query or a header.
fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Whether a member, with the names of the structures that contain it, can be added to a value.
fn lacks(value: &Value, member: &str) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    let (name, rest) = member.split_once('.').unwrap_or((member, ""));
    let inner = members.get(name);
    inner.is_none_or(|inner| !rest.is_empty() && lacks(inner, rest))
}

/// Puts a value into an object, below the structures that contain it.
pub(crate) fn put(object: &mut Map<String, Value>, member: &str, value: Value) {
    let Some((name, rest)) = member.split_once('.') else {
        object.insert(member.to_owned(), value);
        return;
    };
    let inner = object.entry(name).or_insert_with(|| Map::new().into());
    if let Value::Object(inner) = inner {
        put(inner, rest, value);
    }
}
