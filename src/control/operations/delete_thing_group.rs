//! DeleteThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingGroup.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::argument::name;
use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::ThingName;

/// delete a thing group
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "delete-thing-group group-1\ndelete-thing-group lamps")]
pub struct DeleteThingGroup {
    /// the name of the thing group
    #[arg(value_name = "group", value_parser = name())]
    pub thing_group_name: String,
}

pub(crate) const ABOUT: About = About {
    statements: &[Statement::OptionalChangeThingsAndGroups],
    ..About::changes(
        "DeleteThingGroup",
        Subject::ThingGroup,
        "`list-thing-groups` and `list-things-in-thing-group <group>` show it",
    )
};

impl ControlOperation for DeleteThingGroup {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.delete_thing_group() {
            set_thing_group_name: Some(self.thing_group_name.clone()),
        })
    }
}
