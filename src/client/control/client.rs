//! The client of the control plane, through the AWS SDK. It returns what the service sent.

use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_iot::Client;
use aws_sdk_iot::config::retry::RetryConfig;
use aws_sdk_iot::config::timeout::TimeoutConfig;
use aws_sdk_iot::config::{BehaviorVersion, Credentials, IdentityCache, Region, SharedInterceptor};
use aws_sdk_iot::error::{DisplayErrorContext, ErrorMetadata, SdkError};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::control::call::PreparedCall;
use crate::control::credentials::{Environment, EnvironmentCredentials};
use crate::control::declared::ControlRequest;
use crate::control::environment::EnvironmentError;
use crate::control::error::ControlError;
use crate::control::exchange::{Exchange, Recorder};
use crate::control::http_client::http_client;
use crate::control::missing::MissingCredentials;
use crate::control::operations::{create_job, create_thing, describe_thing};
use crate::control::profile_files::check_profile_files;
use crate::control::proxies::{Proxies, Proxy};
use crate::protocol::{JobId, ThingName};
use crate::underway::Underway;
use crate::{panics, redact};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The address of the control plane, and the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// AWS, with the SDK's default chain for credentials and for an endpoint URL; with the credentials of this AWS profile if
    /// one is named.
    Environment { profile: Option<String> },
    /// This URL, with meaningless credentials.
    Url(String),
}

/// A client of the control plane of one region.
#[derive(Debug, Clone)]
pub struct Control {
    client: Client,
    /// The credentials of the environment, which may be missing.
    credentials: Option<EnvironmentCredentials>,
    proxies: Proxies,
    timeout: Duration,
    underway: Underway,
}

/// The region that the AWS environment names: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the AWS profile, which may be named; the
/// error says what is wrong with the files that might name it.
pub async fn environment_region(profile: Option<&str>) -> Result<Option<String>, EnvironmentError> {
    let mut of_profile = aws_config::profile::region::Builder::default();
    if let Some(name) = profile {
        of_profile = of_profile.profile_name(name);
    }
    let chain = aws_config::meta::region::RegionProviderChain::first_try(
        aws_config::environment::EnvironmentVariableRegionProvider::new(),
    )
    .or_else(of_profile.build());
    if let Some(region) = chain.region().await {
        return Ok(Some(region.to_string()));
    }
    match check_profile_files().await {
        Ok(()) => Ok(None),
        Err(flaw) => {
            let MissingCredentials { cause, next } = MissingCredentials::failed(&flaw, None);
            Err(EnvironmentError::File { cause, next })
        }
    }
}

/// The call of a request, to be printed rather than sent.
pub fn unsent(request: &ControlRequest, own: &ThingName) -> PreparedCall {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        let config = aws_sdk_iot::Config::builder();
        let config = config.behavior_version(BehaviorVersion::latest());
        Client::from_conf(config.build())
    });
    request.call(client, own)
}

impl Control {
    /// Creates a client; an operation may take `timeout`. Sends nothing.
    ///
    /// Nothing is resent: the SDK would silently repeat a request that may have been carried out.
    pub async fn open(region: &str, access: &Access, timeout: Duration) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let region = Region::new(region.to_owned());
        let proxies = match access {
            Access::Environment { .. } => Proxies::of(|name| std::env::var_os(name)),
            Access::Url(_) => Proxies::default(),
        };
        let http_client = http_client(proxies.clone());
        let (config, credentials) = match access {
            Access::Environment { profile } => {
                let environment = Environment {
                    region,
                    http_client,
                    profile: profile.clone(),
                };
                let shared = environment.load().await;
                let credentials =
                    EnvironmentCredentials::new(environment, shared.credentials_provider());
                let config = aws_sdk_iot::config::Builder::from(&shared)
                    .credentials_provider(credentials.clone())
                    .identity_cache(IdentityCache::lazy().load_timeout(timeout).build());
                (config, Some(credentials))
            }
            Access::Url(url) => {
                let config = aws_sdk_iot::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(region)
                    .endpoint_url(url)
                    .http_client(http_client)
                    .credentials_provider(Credentials::new("local", "local", None, None, "local"));
                (config, None)
            }
        };
        let config = config
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled());
        Self {
            client: Client::from_conf(config.build()),
            credentials,
            proxies,
            timeout,
            underway: Underway::default(),
        }
    }

    /// The same client with another timeout for operations.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// The same client; it marks operations while they are being sent.
    #[must_use]
    pub fn marking(&self, underway: &Underway) -> Self {
        Self {
            underway: underway.clone(),
            ..self.clone()
        }
    }

    /// Whether credentials were found, as far as this has been tried.
    pub fn has_credentials(&self) -> bool {
        let credentials = self.credentials.as_ref();
        credentials.is_none_or(|it| it.missing().is_none())
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The timeout for operations.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Prepares the call of a request. It is for the thing `own` if the request does not name one.
    pub fn prepare(&self, request: &ControlRequest, own: &ThingName) -> PreparedCall {
        request.call(&self.client, own)
    }

    /// Sends a call once. Returns the body of the response as the service sent it, or `{}` if it is empty, and the exchange.
    pub async fn send(&self, call: &PreparedCall) -> (Result<String, ControlError>, Exchange) {
        let recorder = Recorder::new(self.underway.clone());
        if self.timeout.is_zero() {
            // With a timeout of zero, nothing can be sent.
            let late = ControlError::Late {
                after: self.timeout,
                sent: false,
            };
            return (Err(late), recorder.take());
        }
        let mut config = self.limits();
        config.push_interceptor(SharedInterceptor::new(recorder.clone()));
        let result = panics::contain_future((call.send)(config)).await;
        self.underway.end();
        let exchange = recorder.take();
        let is_sent = !exchange.method.is_empty();
        let result = match result {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.explain(&error, &exchange)),
            Err(fault) => Err(ControlError::Broken {
                fault,
                sent: is_sent,
            }),
        };
        let body = result.and_then(|()| match &exchange.received {
            body if body.is_empty() => Ok("{}".to_owned()),
            // The SDK does not read the body if the response has no members.
            body if serde_json::from_str::<IgnoredAny>(body).is_err() => {
                Err(foreign(exchange.status))
            }
            body => Ok(body.clone()),
        });
        (body, exchange)
    }

    /// The ARN of a thing. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html>
    pub async fn describe_thing(&self, thing: &ThingName) -> Result<String, ControlError> {
        self.describe_thing_and_exchange(thing).await.0
    }

    /// The ARN of a thing, and the exchange.
    pub async fn describe_thing_and_exchange(
        &self,
        thing: &ThingName,
    ) -> (Result<String, ControlError>, Exchange) {
        let request = ControlRequest::new(&describe_thing::OPERATION);
        let request = request.with("thingName", thing.as_str());
        self.thing_arn(&request, thing).await
    }

    /// Creates a thing, and returns its ARN. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
    pub async fn create_thing(&self, thing: &ThingName) -> Result<String, ControlError> {
        let request = ControlRequest::new(&create_thing::OPERATION);
        let request = request.with("thingName", thing.as_str());
        self.thing_arn(&request, thing).await.0
    }

    /// Tries a CreateJob that cannot create anything, as it carries neither a document nor a source of one. A caller that
    /// may create jobs gets `InvalidRequestException`; any other gets the refusal of its permission.
    // GUESS: AWS IoT checks the permission before the contents, as all AWS services do that document the order.
    pub async fn try_create_job(&self, job: &JobId, target: &str) -> Result<(), ControlError> {
        let mut request = ControlRequest::new(&create_job::OPERATION).with("jobId", job.as_str());
        request.targets = Some(vec![target.to_owned()]);
        let call = request.prepared(&self.client, None);
        self.send(&call).await.0.map(drop)
    }

    /// The ARN in the response to a request about one thing (empty if absent), and the exchange.
    async fn thing_arn(
        &self,
        request: &ControlRequest,
        thing: &ThingName,
    ) -> (Result<String, ControlError>, Exchange) {
        let call = self.prepare(request, thing);
        let (body, exchange) = self.send(&call).await;
        (body.map(|body| arn_in(&body)), exchange)
    }

    /// The configuration of one operation: its timeout.
    fn limits(&self) -> aws_sdk_iot::config::Builder {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_timeout(self.timeout)
            .build();
        aws_sdk_iot::Config::builder().timeout_config(timeouts)
    }

    /// The cause of a failure, in the caller's terms.
    fn explain(&self, error: &SdkError<ErrorMetadata>, exchange: &Exchange) -> ControlError {
        tracing::warn!(error = %innermost(error), "the control plane");
        if let Some(refusal) = error.as_service_error() {
            let response = error.raw_response();
            return refused(refusal, response.map_or(0, |it| it.status().as_u16()));
        }
        let is_sent = !exchange.method.is_empty();
        // The SDK's errors do not distinguish a failure to find credentials from a failure to connect.
        let credentials = self.credentials.as_ref().filter(|_| !is_sent);
        if let Some(missing) = credentials.and_then(EnvironmentCredentials::missing) {
            return ControlError::NoCredentials(missing);
        }
        match error {
            SdkError::TimeoutError(_) => late(self.timeout, is_sent),
            // Only connecting has its own timeout.
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                late(CONNECT_TIMEOUT, false)
            }
            _ => self.unreachable(error, exchange),
        }
    }

    /// Without a connection nothing was sent. With one, the request may have been sent.
    fn unreachable(&self, error: &SdkError<ErrorMetadata>, exchange: &Exchange) -> ControlError {
        let chain = DisplayErrorContext(error).to_string();
        let is_unconnected = ["dns error", "tcp connect error", "tunnel error"]
            .iter()
            .any(|sign| chain.contains(sign));
        let is_unusable = matches!(error, SdkError::DispatchFailure(failure) if failure.is_user());
        let through = self
            .proxy_to(&exchange.origin)
            .map_or_else(String::new, |proxy| {
                format!(" (through the proxy {})", proxy.shown())
            });
        ControlError::Unreachable {
            cause: innermost(error) + &through,
            sent: !exchange.method.is_empty() && !is_unconnected && !is_unusable,
        }
    }

    /// The proxy for requests to `https://HOST`.
    pub fn proxy_to(&self, origin: &str) -> Option<&Proxy> {
        self.proxies.for_url(origin)
    }
}

/// The ARN in the description of a thing or a thing group; empty if absent.
pub fn arn_in(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let arn = body["thingArn"].as_str().or(body["thingGroupArn"].as_str());
    arn.unwrap_or_default().to_owned()
}

fn refused(refusal: &ErrorMetadata, status: u16) -> ControlError {
    // Every refusal of AWS has one of them. A page of a proxy has neither, whatever its status.
    if refusal.code().is_none() && refusal.message().is_none() {
        return foreign(status);
    }
    ControlError::Refused {
        code: refusal.code().unwrap_or("Unknown").to_owned(),
        // The message about a refused signature contains what was signed, including a session token.
        message: redact::signatures(refusal.message().unwrap_or_default()).into_owned(),
        status,
    }
}

/// A response that does not come from AWS.
fn foreign(status: u16) -> ControlError {
    ControlError::Unreachable {
        cause: format!(
            "the response (HTTP {status}) is not from AWS; is there a proxy in between?"
        ),
        sent: true,
    }
}

fn late(after: Duration, sent: bool) -> ControlError {
    let hundredths = after.as_micros().div_ceil(10_000);
    let after = Duration::from_millis(10 * u64::try_from(hundredths).unwrap_or(u64::MAX));
    ControlError::Late { after, sent }
}

/// The innermost cause, which names what happened; the SDK's outer errors do not.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
