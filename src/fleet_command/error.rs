//! Why a report cannot be made.

use std::path::PathBuf;

use crate::executor::plan::PlanError;
use crate::fleet::{DEVICES_MAX, ExpectError, SetupError, VaryError};
use crate::not_json::NotJson;
use crate::text::NotText;

/// Why a report cannot be made. Except for files that cannot be read or written, it is what was typed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FleetError {
    #[error("a fleet has at least one device and at most {DEVICES_MAX}")]
    Devices,
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error("--plan: {0}")]
    Plan(PlanError),
    #[error(
        "there is more than one --plan for the same devices\nput a group first: --plan canary=PLAN"
    )]
    PlanTwice,
    #[error("--join: {}\nwrite it as --join '20% for 1h..8h'", .0.what())]
    Join(PlanError),
    #[error("--join has more than a share and a time\nwrite it as --join '20% for 1h..8h'")]
    JoinForm,
    #[error(
        "--group `{0}` is not of the form GROUP=PATTERN\nwrite it as --group 'canary=device-00*'"
    )]
    Group(String),
    #[error("--group `{0}`: the pattern {1}")]
    Pattern(String, String),
    #[error("--expect: {0}")]
    Expect(#[from] ExpectError),
    #[error("--vary: {0}")]
    Vary(#[from] VaryError),
    #[error("--vary has no values")]
    NoValues,
    #[error("{option} is not JSON: {}\n{excerpt}\nhint: {}", .reason.what, .reason.hint)]
    NotJson {
        option: &'static str,
        reason: NotJson,
        excerpt: String,
    },
    #[error("cannot read `{path}`: {1}", path = .0.display())]
    Read(PathBuf, std::io::Error),
    #[error("cannot draw the chart: {0}")]
    Draw(String),
    #[error("cannot write the chart to `{path}`: {1}", path = .0.display())]
    Write(PathBuf, std::io::Error),
    #[error("`{path}` is larger than {1} bytes", path = .0.display())]
    TooLarge(PathBuf, u64),
    #[error("`{path}` is not a text: {1}", path = .0.display())]
    NotText(PathBuf, NotText),
}

impl FleetError {
    pub(crate) fn is_usage(&self) -> bool {
        !matches!(
            self,
            Self::Read(..) | Self::Write(..) | Self::TooLarge(..) | Self::NotText(..)
        )
    }
}
