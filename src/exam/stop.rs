//! Why a scenario ended before its end.

use std::time::Duration;

/// Why a scenario ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The device did what it should not, or not what it should.
    Fail(String),
    /// The device, or its document, cannot be examined in this.
    NotApplicable(String),
    /// The user has ended the exam.
    Interrupted,
    /// The program cannot be started.
    Program(String),
    /// Something of this machine is missing.
    Setup(String),
}

/// A failure unless this holds.
pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds {
        Ok(())
    } else {
        Err(Stop::Fail(otherwise()))
    }
}

/// A time for people, to a tenth of a second.
pub(crate) fn seconds(time: Duration) -> String {
    let tenths = time.as_millis().div_ceil(100);
    if tenths.is_multiple_of(10) {
        format!("{} s", tenths / 10)
    } else {
        format!("{}.{} s", tenths / 10, tenths % 10)
    }
}

/// `1 time`, `2 times`.
pub(crate) fn times(count: usize) -> String {
    format!("{count} time{}", if count == 1 { "" } else { "s" })
}
