//! ListThingsInThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingsInThingGroup.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::argument::name;
use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, Column, ControlOperation, Statement, Subject, Table};
use crate::control::page::Page;
use crate::protocol::ThingName;

/// list the things in a thing group
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    after_help = "list-things-in-thing-group group-1\nlist-things-in-thing-group lamps --recursive"
)]
pub struct ListThingsInThingGroup {
    /// the name of the thing group
    #[arg(value_name = "group", value_parser = name())]
    pub thing_group_name: String,
    /// also list the things in the groups below it
    #[arg(long)]
    pub recursive: bool,
    #[command(flatten)]
    pub page: Page,
}

pub(crate) const ABOUT: About = About {
    table: Some(&Table {
        lists: &[("things", "")],
        columns: &[Column::plain("thingName", "")],
    }),
    statements: &[Statement::OptionalChangeThingsAndGroups],
    ..About::reads("ListThingsInThingGroup", Subject::ThingGroup)
};

impl ControlOperation for ListThingsInThingGroup {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.list_things_in_thing_group() {
            set_thing_group_name: Some(self.thing_group_name.clone()),
            set_recursive: self.recursive.then_some(true),
        }, page self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }
}
