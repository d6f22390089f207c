//! The start of a run: its log, and the threads of the network.

use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

use crate::cli::ConnectionArgs;
use crate::logging::{self, LogError};
use crate::panics;
use crate::run::error::RunError;

/// The log, if one is asked for.
pub(crate) fn start_log(args: &ConnectionArgs) -> Result<(), LogError> {
    match &args.log {
        Some(target) => logging::start(target, std::env::var("RUST_LOG").ok().as_deref()),
        None => Ok(()),
    }
}

/// Starts the network's threads, and leaves without waiting for them.
pub(crate) fn in_runtime(
    run: impl FnOnce(&Runtime) -> Result<ExitCode, RunError>,
) -> Result<ExitCode, RunError> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(RunError::Runtime)?;
    let ended = panics::contain(|| run(&runtime));
    // A name server that does not answer must not hold up the end.
    runtime.shutdown_background();
    ended.unwrap_or_else(|fault| Err(RunError::Fault(fault)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::Cause;

    #[test]
    fn a_panic_ends_the_run_with_a_documented_status() {
        panics::take_over(logging::record_panic);
        for run in [
            |_: &Runtime| panic!("here"),
            |runtime: &Runtime| runtime.block_on(async { panic!("here") }),
            |runtime: &Runtime| {
                // Nothing waits for it.
                runtime.spawn_blocking(std::thread::park);
                panic!("here")
            },
        ] {
            let ended: Result<ExitCode, RunError> = in_runtime(run);
            let error = ended.expect_err("a fault");
            assert!(error.to_string().contains("has a fault: here"), "{error}");
            assert_eq!(error.cause(), Cause::Setup);
        }
        // A task that panics does not end the run.
        let ended = in_runtime(|runtime| {
            let task = runtime.spawn(async { panic!("in a task") });
            let ended: Result<(), _> = runtime.block_on(task);
            assert!(ended.is_err());
            Ok(ExitCode::SUCCESS)
        });
        assert!(ended.is_ok());
    }
}
