//! DescribeThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::ThingName;

/// show a thing
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "describe-thing sandbox-thing\ndescribe-thing lamp-2")]
pub struct DescribeThing {
    /// the name of the thing
    #[arg(value_name = "thing")]
    pub thing_name: ThingName,
}

pub(crate) const ABOUT: About = About {
    statements: &[
        Statement::FindOrCreateThisThing,
        Statement::OptionalJobsOfOtherThingsAndGroups,
    ],
    ..About::reads("DescribeThing", Subject::Thing)
};

impl ControlOperation for DescribeThing {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.describe_thing() {
            set_thing_name: Some(self.thing_name.to_string()),
        })
    }
}
