//! The connection to the control plane, through the AWS SDK. A request is answered with what the service sent.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aws_sdk_iot::Client;
use aws_sdk_iot::config::retry::RetryConfig;
use aws_sdk_iot::config::timeout::TimeoutConfig;
use aws_sdk_iot::config::{
    BehaviorVersion, Credentials, ProvideCredentials, Region, SharedCredentialsProvider,
    SharedInterceptor,
};
use aws_sdk_iot::error::{DisplayErrorContext, ErrorMetadata, SdkError};
use serde_json::Value;

use crate::control::call::{PreparedCall, call};
use crate::control::error::ControlError;
use crate::control::exchange::{Exchange, MoreMembers, Recorder};
use crate::control::operation::ControlOperation;
use crate::control::operations::create_thing::CreateThing;
use crate::control::operations::describe_thing::DescribeThing;
use crate::protocol::{JobId, ThingName};
use crate::redact;
use crate::underway::Underway;

/// The longest time to look for credentials after an operation has failed, and the time that this gets even if the operation has
/// used up its own.
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
    underway: Underway,
}

/// The region that the AWS environment names: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile.
pub async fn environment_region() -> Option<String> {
    let chain = aws_config::meta::region::RegionProviderChain::first_try(
        aws_config::environment::EnvironmentVariableRegionProvider::new(),
    )
    .or_else(aws_config::profile::ProfileFileRegionProvider::new());
    chain.region().await.map(|region| region.to_string())
}

/// The call of a request, to be read and not sent.
pub fn unsent(request: &dyn ControlOperation, own: &ThingName) -> PreparedCall {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        let config = aws_sdk_iot::Config::builder();
        let config = config.behavior_version(BehaviorVersion::latest());
        Client::from_conf(config.build())
    });
    request.call(client, own)
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
            underway: Underway::default(),
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

    /// The same client, whose operations are marked while they are on their way.
    #[must_use]
    pub fn marking(&self, underway: &Underway) -> Self {
        Self {
            underway: underway.clone(),
            ..self.clone()
        }
    }

    /// How long an operation may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Prepares the call of a request. It is about `own` if the request does not name a thing.
    pub fn prepare(&self, request: &dyn ControlOperation, own: &ThingName) -> PreparedCall {
        request.call(&self.client, own)
    }

    /// Sends a call once. Returns the body of the response as the service sent it, or `{}` if it is empty, and the exchange.
    pub async fn send(&self, call: &PreparedCall) -> (Result<String, ControlError>, Exchange) {
        let recorder = Recorder::new(self.underway.clone());
        if self.timeout.is_zero() {
            // Nothing can be sent in no time.
            let late = ControlError::Late {
                after: self.timeout,
                sent: false,
            };
            return (Err(late), recorder.take());
        }
        let mut config = self.limits();
        config.push_interceptor(SharedInterceptor::new(MoreMembers(call.more.clone())));
        config.push_interceptor(SharedInterceptor::new(recorder.clone()));
        let until = Instant::now() + self.timeout;
        let result = match (call.send)(config).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explain(&error, until).await),
        };
        self.underway.end();
        let exchange = recorder.take();
        let body = result.map(|()| match &exchange.received {
            body if body.is_empty() => "{}".to_owned(),
            body => body.clone(),
        });
        (body, exchange)
    }

    /// The ARN of a thing. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html>
    pub async fn describe_thing(&self, thing: &ThingName) -> Result<String, ControlError> {
        self.describe_thing_with_date(thing).await.0
    }

    /// The ARN of a thing, and the time of the server's clock at the answer, in seconds since 1970, if the response has it.
    pub async fn describe_thing_with_date(
        &self,
        thing: &ThingName,
    ) -> (Result<String, ControlError>, Option<i64>) {
        let request = DescribeThing {
            thing_name: thing.clone(),
        };
        let (found, exchange) = self.thing_arn(&request, thing).await;
        (found, exchange.date_s)
    }

    /// Creates a thing, and returns its ARN. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
    pub async fn create_thing(&self, thing: &ThingName) -> Result<String, ControlError> {
        let request = CreateThing {
            thing_name: thing.clone(),
        };
        self.thing_arn(&request, thing).await.0
    }

    /// A CreateJob that cannot create anything, as it carries neither a document nor a source of one. A caller that may create
    /// jobs gets `InvalidRequestException`; any other gets the refusal of its permission.
    // GUESS: AWS IoT checks the permission before the contents, as every service of AWS does whose order is documented.
    pub async fn try_create_job(&self, job: &JobId, target: &str) -> Result<(), ControlError> {
        let client = &self.client;
        let call = call!(client.create_job() {
            set_job_id: Some(job.to_string()),
            set_targets: Some(vec![target.to_owned()]),
        });
        self.send(&call).await.0.map(drop)
    }

    /// The ARN in the answer to a request about one thing, empty if there is none, and what went over the wire.
    async fn thing_arn(
        &self,
        request: &dyn ControlOperation,
        thing: &ThingName,
    ) -> (Result<String, ControlError>, Exchange) {
        let call = self.prepare(request, thing);
        let (body, exchange) = self.send(&call).await;
        (body.map(|body| arn_in(&body)), exchange)
    }

    /// What an operation has of its own: its time.
    fn limits(&self) -> aws_sdk_iot::config::Builder {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_timeout(self.timeout)
            .build();
        aws_sdk_iot::Config::builder().timeout_config(timeouts)
    }

    /// What went wrong with an operation whose time ends at `until`, in the caller's terms.
    async fn explain(&self, error: &SdkError<ErrorMetadata>, until: Instant) -> ControlError {
        tracing::warn!(error = %innermost(error), "the control plane");
        if let Some(refusal) = error.as_service_error() {
            let response = error.raw_response();
            return refused(refusal, response.map_or(0, |it| it.status().as_u16()));
        }
        // The SDK's errors do not distinguish a failure to find credentials from a failure to connect.
        if let Some(missing) = self.missing_credentials(until).await {
            return ControlError::NoCredentials(missing);
        }
        match error {
            SdkError::TimeoutError(_) => late(self.timeout, true),
            // Only connecting has a time of its own.
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                late(CONNECT_TIMEOUT, false)
            }
            _ => unreachable(error),
        }
    }

    /// Why there are no credentials; `None` if there are some.
    async fn missing_credentials(&self, until: Instant) -> Option<String> {
        let credentials = self.credentials.as_ref()?;
        let patience = until.saturating_duration_since(Instant::now());
        let patience = patience.clamp(CREDENTIALS_TIMEOUT_MIN, CREDENTIALS_TIMEOUT);
        match tokio::time::timeout(patience, credentials.provide_credentials()).await {
            Ok(Ok(_)) => None,
            Ok(Err(missing)) => Some(innermost(&missing)),
            Err(_) => Some("it did not answer in time".to_owned()),
        }
    }
}

/// The ARN in the description of a thing or a thing group, empty if there is none.
pub fn arn_in(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let arn = body["thingArn"].as_str().or(body["thingGroupArn"].as_str());
    arn.unwrap_or_default().to_owned()
}

fn refused(refusal: &ErrorMetadata, status: u16) -> ControlError {
    // Every refusal of AWS has one of them. A page of something in between has neither, whatever its status.
    if refusal.code().is_none() && refusal.message().is_none() {
        return ControlError::Unreachable {
            cause: format!("what came (HTTP {status}) is none of AWS; is a proxy in between?"),
            sent: true,
        };
    }
    ControlError::Refused {
        code: refusal.code().unwrap_or("Unknown").to_owned(),
        // A refused signature is explained with what was signed, a session token included.
        message: redact::signatures(refusal.message().unwrap_or_default()).into_owned(),
        status,
    }
}

fn late(after: Duration, sent: bool) -> ControlError {
    let hundredths = after.as_micros().div_ceil(10_000);
    let after = Duration::from_millis(10 * u64::try_from(hundredths).unwrap_or(u64::MAX));
    ControlError::Late { after, sent }
}

/// Without a connection nothing was sent. With one, the request may have been sent.
fn unreachable(error: &SdkError<ErrorMetadata>) -> ControlError {
    let chain = DisplayErrorContext(error).to_string();
    let is_unconnected = ["dns error", "tcp connect error"]
        .iter()
        .any(|sign| chain.contains(sign));
    ControlError::Unreachable {
        cause: innermost(error),
        sent: !is_unconnected && !matches!(error, SdkError::ConstructionFailure(_)),
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
