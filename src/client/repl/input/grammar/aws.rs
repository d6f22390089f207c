//! The beginning of a line of the AWS CLI, whose commands a session has: `aws iot list-jobs`.

/// The name of the AWS CLI.
pub const AWS: &str = "aws";

/// A service of the AWS CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsService {
    /// The control plane.
    Iot,
    /// The device's side.
    JobsData,
}

impl AwsService {
    pub const ALL: [Self; 2] = [Self::Iot, Self::JobsData];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Iot => "iot",
            Self::JobsData => "iot-jobs-data",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}
