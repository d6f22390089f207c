//! The settings of a connection: the one table behind options, variables, profiles and the page `profiles`. Pure.

use std::fmt;

/// What a profile can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    Endpoint,
    Port,
    CaFile,
    Cert,
    Key,
    Thing,
    ClientId,
    Region,
    ControlUrl,
    AwsProfile,
    Color,
    Start,
}

impl Setting {
    /// In the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Endpoint,
        Self::Port,
        Self::CaFile,
        Self::Cert,
        Self::Key,
        Self::Thing,
        Self::ClientId,
        Self::Region,
        Self::ControlUrl,
        Self::AwsProfile,
        Self::Color,
        Self::Start,
    ];

    /// The name in a profile. An option of this setting has the same name.
    pub fn member(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Port => "port",
            Self::CaFile => "ca-file",
            Self::Cert => "cert",
            Self::Key => "key",
            Self::Thing => "thing",
            Self::ClientId => "client-id",
            Self::Region => "region",
            Self::ControlUrl => "control-url",
            Self::AwsProfile => "aws-profile",
            Self::Color => "prompt-color",
            Self::Start => "start",
        }
    }

    /// The setting of this name in a profile.
    pub fn of_member(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.member() == name)
    }

    /// The field of [`ConnectionArgs`], which clap calls the id of the argument.
    ///
    /// [`ConnectionArgs`]: crate::cli::ConnectionArgs
    pub fn id(self) -> String {
        self.member().replace('-', "_")
    }

    /// Whether only a connection to an existing service has it, beside the endpoint.
    pub fn is_remote(self) -> bool {
        matches!(
            self,
            Self::Port
                | Self::CaFile
                | Self::Cert
                | Self::Key
                | Self::ControlUrl
                | Self::AwsProfile
        )
    }

    /// The variables of AWS that set it, the first of them first.
    pub fn of_aws(self) -> &'static [&'static str] {
        match self {
            Self::Region => &["AWS_REGION", "AWS_DEFAULT_REGION"],
            Self::AwsProfile => &["AWS_PROFILE"],
            Self::ControlUrl => &["AWS_ENDPOINT_URL_IOT", "AWS_ENDPOINT_URL"],
            _ => &[],
        }
    }

    /// The member of AWS's own profile that sets it.
    pub fn of_aws_profile(self) -> Option<&'static str> {
        match self {
            Self::Region => Some("region"),
            Self::ControlUrl => Some("endpoint_url"),
            _ => None,
        }
    }

    /// What holds if nothing sets it.
    pub fn otherwise(self) -> &'static str {
        match self {
            Self::Endpoint => "a local service is started",
            Self::Port => "8883",
            Self::CaFile => "the platform's authorities",
            Self::Cert | Self::Key => "none; an endpoint needs it",
            Self::Thing => "`sandbox-thing`, for a local service",
            Self::ClientId => "`test-<uuid>`",
            Self::Region => "`us-east-1`, for a local service",
            Self::ControlUrl => "AWS's, in that region",
            Self::AwsProfile => "`default`",
            Self::Color => "`red` on AWS, otherwise none",
            Self::Start => "no lines",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.member())
    }
}
