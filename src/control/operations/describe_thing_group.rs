//! DescribeThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThingGroup.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::argument::name;
use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::ThingName;

/// show a thing group
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "describe-thing-group group-1\ndescribe-thing-group lamps")]
pub struct DescribeThingGroup {
    /// the name of the thing group
    #[arg(value_name = "group", value_parser = name())]
    pub thing_group_name: String,
}

pub(crate) const ABOUT: About = About {
    statements: &[Statement::OptionalJobsOfOtherThingsAndGroups],
    ..About::reads("DescribeThingGroup", Subject::ThingGroup)
};

impl ControlOperation for DescribeThingGroup {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.describe_thing_group() {
            set_thing_group_name: Some(self.thing_group_name.clone()),
        })
    }
}
