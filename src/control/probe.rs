//! Requests that tell something about the way to the control plane, and change nothing.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_iot::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_iot::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iot::error::BoxError;
use aws_sdk_iot::primitives::{DateTime, DateTimeFormat};

use crate::control::{Control, ControlError};
use crate::protocol::{JobId, ThingName};

impl Control {
    /// The ARN of a thing, and the time of the server's clock at the answer, in seconds since 1970, if it told.
    pub async fn describe_thing_with_date(
        &self,
        thing: &ThingName,
    ) -> (Result<String, ControlError>, Option<i64>) {
        let date = ServerDate::default();
        let request = self.client.describe_thing().thing_name(thing.as_str());
        let request = request
            .customize()
            .config_override(self.limits())
            .interceptor(date.clone());
        let output = self.answer(request.send().await).await;
        let date_s = *date.0.lock().unwrap_or_else(PoisonError::into_inner);
        (output.map(|it| it.thing_arn.unwrap_or_default()), date_s)
    }

    /// A CreateJob that can create nothing, as it carries neither a document nor a source of one. Who may create jobs gets
    /// `InvalidRequestException`; who may not is told that.
    // GUESS: AWS IoT checks the permission before the contents, as every service of AWS does whose order is documented.
    pub async fn try_create_job(&self, job: &JobId, target: &str) -> Result<(), ControlError> {
        let request = self
            .client
            .create_job()
            .job_id(job.as_str())
            .targets(target);
        let request = request.customize().config_override(self.limits());
        self.answer(request.send().await).await.map(|_| ())
    }
}

/// Keeps the `Date` of a response, in seconds since 1970.
#[derive(Debug, Clone, Default)]
struct ServerDate(Arc<Mutex<Option<i64>>>);

impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "ServerDate"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|text| DateTime::from_str(text, DateTimeFormat::HttpDate).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date.map(|date| date.secs());
        Ok(())
    }
}
