//! A prepared call of the SDK, which also shows the members that it sends. [`crate::control::client`] sends it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;

use aws_sdk_iot::config;
use aws_sdk_iot::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_sdk_iot::types::{CertificateStatus, JobExecutionStatus, JobStatus, TargetSelection};
use serde_json::{Map, Value};

use crate::control::page::Page;
use crate::protocol::StatusDetails;

/// Sends the call once, with this configuration in addition to the client's.
pub(crate) type Send = dyn Fn(config::Builder) -> Sending + std::marker::Send + Sync;

/// A call that is being sent. It returns no response, because the recorder keeps it.
pub(crate) type Sending =
    Pin<Box<dyn Future<Output = Result<(), SdkError<ErrorMetadata>>> + std::marker::Send>>;

/// One call of an operation. It can be sent more than once.
pub struct PreparedCall {
    /// The members that are sent, in the order of the operation's source, by the SDK's names or as options of the AWS CLI. Such
    /// options also name files for what is received.
    pub members: Vec<(Cow<'static, str>, Member)>,
    /// The requested page; `None` if the operation does not return a list.
    pub page: Option<Page>,
    /// Further members of the body, by the API's names.
    pub more: Map<String, Value>,
    pub(crate) send: Box<Send>,
}

impl fmt::Debug for PreparedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedCall")
            .field("members", &self.members)
            .field("page", &self.page)
            .field("more", &self.more)
            .finish_non_exhaustive()
    }
}

/// The value of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<String>),
    Map(StatusDetails),
    /// A structure, or a list of structures.
    Json(Value),
    /// The document of the request.
    Document,
}

impl Member {
    pub(crate) fn of(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            Value::Bool(is_set) => Self::Flag(is_set),
            Value::Number(number) => Self::Text(number.to_string()),
            Value::Array(list) if list.iter().all(Value::is_string) => {
                let texts = list.iter().filter_map(Value::as_str);
                Self::List(texts.map(ToOwned::to_owned).collect())
            }
            value => Self::Json(value),
        }
    }
}

/// An argument of one of the SDK's setters, as a [`Member`]; `None` if it is absent.
pub(crate) trait AsMember {
    fn as_member(&self) -> Option<Member>;
}

macro_rules! as_member {
    ($($type:ty, $value:ident => $member:expr;)*) => {
        $(impl AsMember for Option<$type> {
            fn as_member(&self) -> Option<Member> {
                self.as_ref().map(|$value| $member)
            }
        })*
    };
}

as_member! {
    String, text => Member::Text(text.clone());
    CertificateStatus, status => Member::Text(status.as_str().to_owned());
    JobStatus, status => Member::Text(status.as_str().to_owned());
    JobExecutionStatus, status => Member::Text(status.as_str().to_owned());
    TargetSelection, selection => Member::Text(selection.as_str().to_owned());
    i64, number => Member::Number(*number);
    bool, flag => Member::Flag(*flag);
    Vec<String>, list => Member::List(list.clone());
    HashMap<String, String>, map => Member::Map(map.clone().into_iter().collect());
}

/// Gives the calls of all operations one type: the output has been recorded, and only the code and the message of an error
/// matter.
pub(crate) fn sending<O, E>(
    sent: impl Future<Output = Result<O, SdkError<E>>> + std::marker::Send + 'static,
) -> Sending
where
    E: ProvideErrorMetadata + 'static,
{
    Box::pin(async move {
        let sent = sent.await.map(drop);
        sent.map_err(|error| error.map_service_error(|refusal| refusal.meta().clone()))
    })
}

/// Prepares a call: `call!(client.list_jobs() { set_status: …, … })`, with `, page …` for a list and `, more …` for further
/// members. The SDK's setter is the only name of a member, so `explain` prints exactly what is sent.
macro_rules! call {
    ($client:ident.$operation:ident() { $($setter:ident: $value:expr),* $(,)? }) => {
        call!(@ $client.$operation() { $($setter: $value),* }, None, serde_json::Map::new())
    };
    ($client:ident.$operation:ident() { $($setter:ident: $value:expr),* $(,)? }, page $page:expr) => {
        call!(
            @ $client.$operation()
                .set_max_results($page.max_results)
                .set_next_token($page.next_token.clone())
            { $($setter: $value),* }, Some($page.clone()), serde_json::Map::new()
        )
    };
    ($client:ident.$operation:ident() { $($setter:ident: $value:expr),* $(,)? }, more $more:expr) => {
        call!(@ $client.$operation() { $($setter: $value),* }, None, $more)
    };
    (@ $client:ident$(.$method:ident($($argument:expr)?))+ { $($setter:ident: $value:expr),* }, $page:expr, $more:expr) => {{
        let mut members = Vec::new();
        let builder = $client$(.$method($($argument)?))+;
        $(
            let value = $value;
            if let Some(member) = $crate::control::call::AsMember::as_member(&value) {
                let name = stringify!($setter).trim_start_matches("set_");
                members.push((name.into(), member));
            }
            let builder = builder.$setter(value);
        )*
        $crate::control::call::PreparedCall {
            members,
            page: $page,
            more: $more,
            send: Box::new(move |config| {
                let customized = builder.clone().customize().config_override(config);
                $crate::control::call::sending(customized.send())
            }),
        }
    }};
}

pub(crate) use call;
