//! DeleteThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThing.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::ThingName;

/// delete a thing
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "delete-thing other-thing\ndelete-thing lamp-2")]
pub struct DeleteThing {
    /// the name of the thing
    #[arg(value_name = "thing")]
    pub thing_name: ThingName,
}

pub(crate) const ABOUT: About = About {
    statements: &[Statement::OptionalChangeThingsAndGroups],
    ..About::changes("DeleteThing", Subject::Thing, "`list-things` shows it")
};

impl ControlOperation for DeleteThing {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.delete_thing() {
            set_thing_name: Some(self.thing_name.to_string()),
        })
    }
}
