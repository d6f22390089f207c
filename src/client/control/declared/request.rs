//! The call that a request of a declared operation becomes.

use std::borrow::Cow;

use aws_sdk_iot::Client;
use serde_json::{Map, Value};

use crate::control::call::{Member, PreparedCall};
use crate::control::declared::{Argument, DeclaredRequest, Form, Place, Presence, kebab};
use crate::control::document_args::DocumentArgs;
use crate::control::operation::{About, ControlOperation, NewFile};
use crate::control::page::Page;
use crate::control::pending_change::PendingChange;
use crate::control::raw_request::RawRequest;
use crate::control::shape::{TAGS, TIMEOUT, unknown};
use crate::protocol::ThingName;

impl DeclaredRequest {
    /// What an argument sends.
    fn value(&self, argument: &Argument, own: Option<&ThingName>) -> Option<Value> {
        let typed = match argument.form {
            Form::Targets => self.targets.clone().map(Value::from),
            Form::Document | Form::File => {
                let document = self.document.as_ref();
                document.map(|document| document.text().into())
            }
            Form::Edit | Form::DocumentOf => return None,
            _ => None,
        };
        let is_empty = argument.presence == Presence::FlagOrEmpty;
        let own = own.filter(|_| argument.presence == Presence::OptionalPositional);
        typed
            .or_else(|| self.values.get(argument.member).cloned())
            .or_else(|| own.map(|own| own.as_str().into()))
            .or_else(|| is_empty.then(|| Map::new().into()))
    }

    /// The prepared call. It is for the thing `own` if the request does not name one.
    pub(crate) fn prepared(&self, client: &Client, own: Option<&ThingName>) -> PreparedCall {
        let operation = self.operation;
        let mut raw = RawRequest::new(operation.method, operation.path);
        let mut members: Vec<(Cow<'static, str>, Member)> = Vec::new();
        let mut body = Map::new();
        for argument in operation.arguments {
            let Some(value) = self.value(argument, own) else {
                continue;
            };
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
            members.push((argument.name().into(), Member::of(value)));
        }
        for (name, value) in &body {
            let member = match &self.document {
                Some(document) if value == document.text() => Member::Document,
                _ => Member::of(value.clone()),
            };
            members.push((kebab(name).into(), member));
        }
        let mut arguments = operation.arguments.iter();
        let has_body = arguments.any(|argument| argument.place == Place::Body);
        raw.body = has_body.then_some(body);
        if let Some(paging) = operation.paging {
            for (name, value) in paging.members(&self.page) {
                raw.ask(name, &value);
            }
        }
        PreparedCall {
            members,
            page: operation.paging.map(|_| self.page.clone()),
            more: Map::new(),
            send: raw.sent_by(client),
        }
    }
}

impl ControlOperation for DeclaredRequest {
    fn about(&self) -> &'static About {
        &self.operation.about
    }

    fn pending_change(&self) -> PendingChange<'_> {
        (self.operation.change)(self)
    }

    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall {
        self.prepared(client, Some(own))
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        self.operation.paging.map(|_| &mut self.page)
    }

    fn document(&self) -> Option<&DocumentArgs> {
        self.document.as_ref()
    }

    fn document_mut(&mut self) -> Option<&mut DocumentArgs> {
        self.document.as_mut()
    }

    fn document_is_json(&self) -> bool {
        let arguments = self.operation.arguments;
        !(arguments.iter()).any(|argument| matches!(argument.form, Form::File))
    }

    fn unknown_members(&self) -> Vec<String> {
        let arguments = self.operation.arguments.iter();
        let paths = arguments.filter_map(|argument| {
            let shape = match argument.form {
                Form::Structure(shape) => shape,
                Form::Timeout => TIMEOUT,
                Form::Tags => TAGS,
                _ => return None,
            };
            let paths = unknown(self.values.get(argument.member)?, shape).into_iter();
            Some(paths.map(|path| format!("{}.{path}", argument.member)))
        });
        paths.flatten().collect()
    }

    fn targets_mut(&mut self) -> Option<&mut Vec<String>> {
        self.targets.as_mut()
    }

    fn arns_mut(&mut self) -> Vec<(&mut String, &'static str)> {
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

    fn new_files(&self) -> Vec<NewFile<'_>> {
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

/// A value in a path, a query or a header.
fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
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
