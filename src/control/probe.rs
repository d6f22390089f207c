//! Requests that tell something about the way to the control plane, and change nothing.

use std::time::Instant;

use crate::control::{Control, ControlError, Request};
use crate::protocol::{JobId, ThingName};

impl Control {
    /// The ARN of a thing, and the time of the server's clock at the answer, in seconds since 1970, if it told.
    pub async fn describe_thing_with_date(
        &self,
        thing: &ThingName,
    ) -> (Result<String, ControlError>, Option<i64>) {
        let thing = thing.clone();
        let (found, exchange) = self.thing_arn(&Request::DescribeThing { thing }).await;
        (found, exchange.date_s)
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
        let until = Instant::now() + self.timeout;
        self.answer(request.send().await, until).await.map(|_| ())
    }
}
