//! The control plane, through the AWS SDK: one [`Request`] for each operation, answered with what the service sent.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

mod exchange;
mod probe;
mod request;
mod send;

use std::time::{Duration, Instant};

use aws_sdk_iot::Client;
use aws_sdk_iot::config::retry::RetryConfig;
use aws_sdk_iot::config::timeout::TimeoutConfig;
use aws_sdk_iot::config::{
    BehaviorVersion, Credentials, ProvideCredentials, Region, SharedCredentialsProvider,
};
use aws_sdk_iot::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use serde::Deserialize;

use crate::protocol::ThingName;
use crate::redact;

pub use exchange::Exchange;
pub use request::{Page, Request};

/// How long the credentials may take to tell whether there are any, after something has failed; also, if the operation has used
/// all of its time, how long at least.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(5);
const CREDENTIALS_TIMEOUT_MIN: Duration = Duration::from_millis(200);

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the control plane is, and who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// AWS; credentials (and an endpoint URL, if one is set) from the SDK's default chain.
    Environment,
    /// At this URL, with credentials that mean nothing.
    Url(String),
}

/// A connection to the control plane of one region.
#[derive(Debug, Clone)]
pub struct Control {
    client: Client,
    /// To ask, after a failure, whether there are any credentials.
    credentials: Option<SharedCredentialsProvider>,
    timeout: Duration,
}

/// Why an operation of the control plane did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    #[error("{code}: {message}")]
    Refused {
        /// AWS's name of the exception, verbatim.
        code: String,
        /// The service's words, verbatim but for secrets.
        message: String,
        /// The status of HTTP.
        status: u16,
    },
    /// Nobody to ask as.
    #[error("no AWS credentials were found; the last place asked: {0}")]
    NoCredentials(String),
    /// Its time was over.
    #[error("no answer from the control plane within {after:?}")]
    Late {
        /// How long it waited, to a hundredth of a second.
        after: Duration,
        /// It may have reached the service, which may have carried it out.
        sent: bool,
    },
    /// The service did not answer.
    #[error("no answer from the control plane: {cause}")]
    Unreachable {
        cause: String,
        /// It may have reached the service, which may have carried it out.
        sent: bool,
    },
}

impl ControlError {
    /// Whether the service says that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "ResourceNotFoundException")
    }

    /// Whether the service asks to come again later: ThrottlingException has the status 400 on the control plane, and 429
    /// elsewhere.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>
    pub fn is_throttled(&self) -> bool {
        matches!(self, Self::Refused { code, status, .. }
            if *status == 429 || matches!(code.as_str(), "ThrottlingException" | "Throttling" | "TooManyRequestsException"))
    }
}

/// The region that the AWS environment names: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile.
pub async fn environment_region() -> Option<String> {
    let chain = aws_config::meta::region::RegionProviderChain::first_try(
        aws_config::environment::EnvironmentVariableRegionProvider::new(),
    )
    .or_else(aws_config::profile::ProfileFileRegionProvider::new());
    chain.region().await.map(|region| region.to_string())
}

impl Control {
    /// Sets a client up, whose operations may take `timeout`. Sends nothing.
    ///
    /// Nothing is sent twice: the SDK would repeat on its own, and without a word, what may have been carried out.
    pub async fn open(region: &str, access: &Access, timeout: Duration) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let region = Region::new(region.to_owned());
        let (config, credentials) = match access {
            Access::Environment => {
                let shared = aws_config::defaults(BehaviorVersion::latest())
                    .region(region)
                    .load()
                    .await;
                let config = aws_sdk_iot::config::Builder::from(&shared)
                    .timeout_config(timeouts)
                    .retry_config(RetryConfig::disabled())
                    .build();
                (config, shared.credentials_provider())
            }
            Access::Url(url) => {
                let config = aws_sdk_iot::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(region)
                    .endpoint_url(url)
                    .credentials_provider(Credentials::new("local", "local", None, None, "local"))
                    .timeout_config(timeouts)
                    .retry_config(RetryConfig::disabled())
                    .build();
                (config, None)
            }
        };
        Self {
            client: Client::from_conf(config),
            credentials,
            timeout,
        }
    }

    /// The same client, whose operations may take this long.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// How long an operation may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What an operation has of its own: its time.
    pub(in crate::control) fn limits(&self) -> aws_sdk_iot::config::Builder {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_timeout(self.timeout)
            .build();
        aws_sdk_iot::Config::builder().timeout_config(timeouts)
    }

    /// The ARN of a thing. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html>
    pub async fn describe_thing(&self, thing: &ThingName) -> Result<String, ControlError> {
        let thing = thing.clone();
        self.thing_arn(&Request::DescribeThing { thing }).await.0
    }

    /// Creates a thing, and returns its ARN. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
    pub async fn create_thing(&self, thing: &ThingName) -> Result<String, ControlError> {
        let thing = thing.clone();
        self.thing_arn(&Request::CreateThing { thing }).await.0
    }

    /// The ARN in the answer to a request about one thing, empty if there is none, and what went over the wire.
    async fn thing_arn(&self, request: &Request) -> (Result<String, ControlError>, Exchange) {
        #[derive(Default, Deserialize)]
        struct Thing {
            #[serde(rename = "thingArn", default)]
            arn: String,
        }
        let (result, exchange) = self.exchange(request).await;
        let thing = result.map(|body| serde_json::from_str::<Thing>(&body));
        (thing.map(|thing| thing.unwrap_or_default().arn), exchange)
    }
}

impl Control {
    /// The output of an operation that was to end until then, or what went wrong in terms of whoever asked.
    pub(in crate::control) async fn answer<O, E>(
        &self,
        sent: Result<O, SdkError<E>>,
        until: Instant,
    ) -> Result<O, ControlError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let error = match sent {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        tracing::warn!(error = %innermost(&error), "the control plane");
        if let Some(refusal) = error.as_service_error() {
            let status = error
                .raw_response()
                .map_or(0, |response| response.status().as_u16());
            // Every refusal of AWS has one of them. A page of something in between has neither, whatever its status.
            if refusal.code().is_none() && refusal.message().is_none() {
                return Err(ControlError::Unreachable {
                    cause: format!(
                        "what came (HTTP {status}) is none of AWS; is a proxy in between?"
                    ),
                    sent: true,
                });
            }
            return Err(ControlError::Refused {
                code: refusal.code().unwrap_or("Unknown").to_owned(),
                // A refused signature is explained with what was signed, a session token included.
                message: redact::signatures(refusal.message().unwrap_or_default()).into_owned(),
                status,
            });
        }
        // The SDK's errors do not tell a failure to find credentials from one to connect.
        if let Some(credentials) = &self.credentials {
            let patience = until.saturating_duration_since(Instant::now());
            let patience = patience.clamp(CREDENTIALS_TIMEOUT_MIN, CREDENTIALS_TIMEOUT);
            let found = tokio::time::timeout(patience, credentials.provide_credentials());
            match found.await {
                Ok(Ok(_)) => {}
                Ok(Err(missing)) => return Err(ControlError::NoCredentials(innermost(&missing))),
                Err(_) => {
                    let cause = "it did not answer in time".to_owned();
                    return Err(ControlError::NoCredentials(cause));
                }
            }
        }
        let late = |after: Duration, sent| {
            let hundredths = after.as_micros().div_ceil(10_000);
            let after = Duration::from_millis(10 * u64::try_from(hundredths).unwrap_or(u64::MAX));
            Err(ControlError::Late { after, sent })
        };
        match &error {
            SdkError::TimeoutError(_) => return late(self.timeout, true),
            // Only connecting has a time of its own.
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                return late(CONNECT_TIMEOUT, false);
            }
            _ => {}
        }
        // Without a connection nothing was sent; after that nobody knows.
        let chain = DisplayErrorContext(&error).to_string();
        let is_unconnected = ["dns error", "tcp connect error"]
            .iter()
            .any(|sign| chain.contains(sign));
        Err(ControlError::Unreachable {
            cause: innermost(&error),
            sent: !is_unconnected && !matches!(error, SdkError::ConstructionFailure(_)),
        })
    }
}

/// The last cause in the chain, which names what happened; the SDK's outer errors do not.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
