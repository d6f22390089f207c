//! The credentials of the AWS environment, and why they are missing.
//!
//! The SDK reports the reason why a profile cannot be used only once; later it only reports that it failed before. So its
//! chain is created again after a failure, which also finds corrections by the user.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_config::BehaviorVersion;
use aws_config::meta::ProviderChainError;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_iot::config::{Region, SharedHttpClient};

use crate::control::environment::credential_flaw;
use crate::control::missing::MissingCredentials;
use crate::control::profile_files::check_profile_files;

/// The state of the credentials.
#[derive(Debug, Clone, Default)]
enum State {
    #[default]
    Fine,
    Asking,
    Failed(MissingCredentials),
}

/// The SDK's default chain of sources, which also remembers why it failed.
#[derive(Clone)]
pub(crate) struct EnvironmentCredentials(Arc<Inner>);

struct Inner {
    environment: Environment,
    chain: tokio::sync::Mutex<Option<SharedCredentialsProvider>>,
    state: Mutex<State>,
}

impl fmt::Debug for EnvironmentCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvironmentCredentials")
            .finish_non_exhaustive()
    }
}

/// What the environment of the SDK depends on.
pub(crate) struct Environment {
    pub(crate) region: Region,
    pub(crate) http_client: SharedHttpClient,
    /// The AWS profile, if it is not the environment that names it.
    pub(crate) profile: Option<String>,
}

impl Environment {
    /// The whole environment, without retries.
    pub(crate) async fn load(&self) -> aws_config::SdkConfig {
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .region(self.region.clone())
            .http_client(self.http_client.clone())
            // Otherwise the SDK panics over variables that it cannot read, and that have no effect here.
            .retry_config(RetryConfig::disabled());
        let Some(profile) = &self.profile else {
            return loader.load().await;
        };
        // In the SDK's default chain, variables come before a profile, also before one that is named.
        let config = ProviderConfig::default()
            .with_region(Some(self.region.clone()))
            .with_http_client(self.http_client.clone());
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&config)
            .profile_name(profile)
            .build();
        let loader = loader.profile_name(profile);
        loader.credentials_provider(credentials).load().await
    }

    /// The name of the AWS profile.
    fn profile_name(&self) -> Option<String> {
        let named = || std::env::var("AWS_PROFILE").ok();
        let name = self.profile.clone().or_else(named);
        name.filter(|name| !name.is_empty())
    }
}

impl EnvironmentCredentials {
    /// The chain uses the environment as it was read: a file of profiles that is a pipe can be read only once.
    pub(crate) fn new(environment: Environment, chain: Option<SharedCredentialsProvider>) -> Self {
        Self(Arc::new(Inner {
            environment,
            chain: tokio::sync::Mutex::new(chain),
            state: Mutex::default(),
        }))
    }

    /// Why the last attempt found no credentials; `None` if it found some.
    pub(crate) fn missing(&self) -> Option<MissingCredentials> {
        match &*self.0.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Fine => None,
            State::Asking => Some(MissingCredentials::late()),
            State::Failed(missing) => Some(missing.clone()),
        }
    }

    fn set(&self, state: State) {
        *self.0.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    async fn provide(&self) -> provider::Result {
        self.set(State::Asking);
        let provided = self.ask().await.and_then(|credentials| {
            check(&credentials).map_err(CredentialsError::invalid_configuration)?;
            Ok(credentials)
        });
        let state = match &provided {
            Ok(_) => State::Fine,
            Err(error) => {
                let profile = self.0.environment.profile_name();
                State::Failed(explain(error, profile.as_deref()).await)
            }
        };
        self.set(state);
        provided
    }

    async fn ask(&self) -> provider::Result {
        let mut chain = self.0.chain.lock().await;
        let places = if let Some(places) = &*chain {
            places.clone()
        } else {
            let config = self.0.environment.load().await;
            let places = config.credentials_provider();
            places.ok_or_else(CredentialsError::not_loaded_no_source)?
        };
        let provided = places.provide_credentials().await;
        *chain = provided.is_ok().then_some(places);
        provided
    }
}

impl ProvideCredentials for EnvironmentCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

/// The SDK puts the credentials into headers unchanged, and panics over characters that are not allowed there.
fn check(credentials: &Credentials) -> Result<(), String> {
    let id = Some(credentials.access_key_id());
    let secret = Some(credentials.secret_access_key());
    for (name, text) in [
        ("the access key id", id),
        ("the secret access key", secret),
        ("the session token", credentials.session_token()),
    ] {
        if let Some(flaw) = text.and_then(credential_flaw) {
            return Err(format!("{name} of the profile {flaw}"));
        }
    }
    if credentials
        .expiry()
        .is_some_and(|end| end < SystemTime::now())
    {
        return Err("the credentials have expired".to_owned());
    }
    Ok(())
}

async fn explain(error: &CredentialsError, profile: Option<&str>) -> MissingCredentials {
    if let Err(flaw) = check_profile_files().await {
        return MissingCredentials::failed(&flaw, profile);
    }
    let source = error.source();
    let chain =
        source.and_then(|source| source.downcast_ref::<ProviderChainError<CredentialsError>>());
    match chain {
        // No source has credentials. If the profile gives a reason, that one counts.
        Some(chain) => {
            let attempts = chain.attempts();
            let of_profile = attempts.iter().find(|attempt| attempt.name() == "Profile");
            let reason = of_profile.and_then(|attempt| attempt.error().source());
            MissingCredentials::nowhere(reason, profile)
        }
        None => MissingCredentials::failed(source.unwrap_or(error), profile),
    }
}
