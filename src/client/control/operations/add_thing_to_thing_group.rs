//! AddThingToThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_AddThingToThingGroup.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::argument::name_of;
use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::control::pending_change::PendingChange;
use crate::protocol::ThingName;

/// add a thing to a thing group
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    after_help = "add-thing-to-thing-group group-1\nadd-thing-to-thing-group group-1 other-thing"
)]
pub struct AddThingToThingGroup {
    /// the name of the thing group
    #[arg(value_name = "group", value_parser = name_of("thinggroup"))]
    pub thing_group_name: String,
    /// the name of the thing (default: this one)
    #[arg(value_name = "thing")]
    pub thing_name: Option<ThingName>,
}

pub(crate) const ABOUT: About = About {
    statements: &[Statement::OptionalChangeThingsAndGroups],
    ..About::changes(
        "AddThingToThingGroup",
        Subject::ThingGroup,
        "`list-thing-groups` and `list-things-in-thing-group <group>` show it",
    )
};

impl ControlOperation for AddThingToThingGroup {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn pending_change(&self) -> PendingChange<'_> {
        PendingChange::Follows {
            thing: self.thing_name.as_ref(),
            group: &self.thing_group_name,
            joins: true,
        }
    }

    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall {
        call!(client.add_thing_to_thing_group() {
            set_thing_group_name: Some(self.thing_group_name.clone()),
            set_thing_name: Some(self.thing_name.as_ref().unwrap_or(own).to_string()),
        })
    }
}
