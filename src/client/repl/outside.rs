//! Work that waits for something outside this program, such as a named pipe that no program reads: it blocks neither the
//! session nor Ctrl-C.

use std::time::Duration;

use crate::cause::Cause;
use crate::repl::output::answer::Failure;

/// How long a file may keep a command waiting.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Why work outside was given up.
#[derive(Debug, thiserror::Error)]
enum GivenUp {
    #[error(
        "{0} took longer than {seconds} s: a named pipe waits for the program at its other end",
        seconds = .1.as_secs()
    )]
    TooSlow(String, Duration),
    #[error("{0}: {1}")]
    Failed(String, tokio::task::JoinError),
}

/// Does work that may block, on its own thread, for a limited time. A thread that is given up ends with its work, or with
/// the program.
pub(crate) async fn outside<T: Send + 'static>(
    what: String,
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let working = tokio::task::spawn_blocking(work);
    match tokio::time::timeout(patience, working).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::new(Cause::Setup, &GivenUp::Failed(what, error))),
        Err(_) => Err(Failure::new(
            Cause::Timeout,
            &GivenUp::TooSlow(what, patience),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[tokio::test]
    async fn what_does_not_end_is_given_up() {
        let (end, ended) = channel::<()>();
        let given_up = outside("writing".to_owned(), Duration::ZERO, move || ended.recv()).await;
        let failure = given_up.expect_err("it does not end");
        assert_eq!(failure.cause, Cause::Timeout);
        let expected = "error: writing took longer than 0 s: ";
        assert!(failure.text.starts_with(expected), "{}", failure.text);
        drop(end);
        assert_eq!(outside("writing".to_owned(), PATIENCE, || 1).await, Ok(1));
    }
}
