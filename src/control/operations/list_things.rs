//! ListThings. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThings.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, Column, ControlOperation, Statement, Subject, Table};
use crate::control::page::Page;
use crate::protocol::ThingName;

/// list the things of the account
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(
    visible_alias = "things",
    after_help = "list-things\nlist-things --attribute-name room --attribute-value kitchen"
)]
pub struct ListThings {
    /// only things that have this attribute
    #[arg(long, value_name = "name")]
    pub attribute_name: Option<String>,
    /// only things whose attribute has this value
    #[arg(long, value_name = "value")]
    pub attribute_value: Option<String>,
    /// only things of this thing type
    #[arg(long, visible_alias = "thing-type", value_name = "name")]
    pub thing_type_name: Option<String>,
    /// match attribute values by prefix
    #[arg(long, visible_alias = "use-prefix")]
    pub use_prefix_attribute_value: bool,
    #[command(flatten)]
    pub page: Page,
}

pub(crate) const ABOUT: About = About {
    table: Some(&Table {
        lists: &[("things", "")],
        columns: &[
            Column::plain("thingName", "/thingName"),
            Column::plain("thingTypeName", "/thingTypeName"),
            Column::plain("version", "/version"),
            Column::plain("attributes", "/attributes"),
        ],
    }),
    statements: &[Statement::OptionalListAndFindEndpoint],
    ..About::reads("ListThings", Subject::Thing)
};

impl ControlOperation for ListThings {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.list_things() {
            set_attribute_name: self.attribute_name.clone(),
            set_attribute_value: self.attribute_value.clone(),
            set_thing_type_name: self.thing_type_name.clone(),
            set_use_prefix_attribute_value: self.use_prefix_attribute_value.then_some(true),
        }, page self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }
}
