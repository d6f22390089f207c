//! CreateThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>

use aws_sdk_iot::Client;
use clap::{Args, ValueHint};

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::ThingName;

/// create a thing
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "create-thing other-thing\ncreate-thing lamp-2")]
pub struct CreateThing {
    /// the name of the thing
    #[arg(value_name = "thing", value_hint = ValueHint::Other)]
    pub thing_name: ThingName,
}

pub(crate) const ABOUT: About = About {
    statements: &[
        Statement::FindOrCreateThisThing,
        Statement::OptionalChangeThingsAndGroups,
    ],
    ..About::changes("CreateThing", Subject::Thing, "`list-things` shows it")
};

impl ControlOperation for CreateThing {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.create_thing() {
            set_thing_name: Some(self.thing_name.to_string()),
        })
    }
}
