//! Operations of the control plane, sent again while the service throttles them and there is time.

use std::time::Duration;

use crate::backoff::while_throttled;
use crate::control::{Control, ControlError};

/// Calls `request` until it is not throttled; `pausing` is called before each pause.
pub(crate) async fn order<T>(
    control: &Control,
    request: impl AsyncFn(Control) -> Result<T, ControlError>,
    pausing: impl Fn(Duration),
) -> Result<T, ControlError> {
    let attempt = async |left| request(control.within(left)).await;
    let is_throttled =
        |answer: &Result<T, ControlError>| answer.as_ref().is_err_and(ControlError::is_throttled);
    while_throttled(control.timeout(), attempt, is_throttled, pausing).await
}
