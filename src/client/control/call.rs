//! A prepared call of the SDK, which also shows the members that it sends. [`crate::control::client`] sends it.

use std::fmt;
use std::pin::Pin;

use aws_sdk_iot::config;
use aws_sdk_iot::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
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
    /// The members that are sent, as options of the AWS CLI. Such options also name files for what is received.
    pub members: Vec<(String, Member)>,
    /// The requested page; `None` if the operation does not return a list.
    pub page: Option<Page>,
    /// Further members of the body, by the API's names, as the user wrote them.
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

    /// A map of texts.
    pub(crate) fn map(value: &Value) -> Self {
        let members = value.as_object().into_iter().flatten();
        let texts =
            members.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())));
        Self::Map(texts.collect())
    }
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
