//! ListThingGroups. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingGroups.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, Column, ControlOperation, Statement, Subject, Table};
use crate::control::page::Page;
use crate::protocol::ThingName;

/// list the thing groups of the account
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(
    visible_alias = "groups",
    after_help = "list-thing-groups\nlist-thing-groups --name-prefix lamps --no-recursive"
)]
pub struct ListThingGroups {
    /// only groups below this one
    #[arg(long, value_name = "group")]
    pub parent_group: Option<String>,
    /// only groups whose name starts with this
    #[arg(long, visible_alias = "name-prefix", value_name = "text")]
    pub name_prefix_filter: Option<String>,
    /// also list the groups below those
    #[arg(long, conflicts_with = "no_recursive")]
    pub recursive: bool,
    /// do not list the groups below those
    #[arg(long)]
    pub no_recursive: bool,
    #[command(flatten)]
    pub page: Page,
}

pub(crate) const ABOUT: About = About {
    table: Some(&Table {
        lists: &[("thingGroups", "")],
        columns: &[
            Column::plain("groupName", "/groupName"),
            Column::plain("groupArn", "/groupArn"),
        ],
    }),
    statements: &[Statement::OptionalListAndFindEndpoint],
    ..About::reads("ListThingGroups", Subject::ThingGroup)
};

impl ControlOperation for ListThingGroups {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.list_thing_groups() {
            set_parent_group: self.parent_group.clone(),
            set_name_prefix_filter: self.name_prefix_filter.clone(),
            set_recursive: (self.recursive || self.no_recursive).then_some(self.recursive),
        }, page self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }
}
