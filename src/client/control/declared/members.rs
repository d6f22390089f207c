//! Arguments that are declared as data, for a request that is a type.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Map, Value};

use crate::control::declared::arguments::JOB_MEMBERS;
use crate::control::declared::command::arg;
use crate::control::declared::request::put;
use crate::control::declared::typed::value;

/// The members of a job that say how it is carried out, by AWS's names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobMembers(pub Map<String, Value>);

impl Args for JobMembers {
    fn augment_args(command: Command) -> Command {
        command.args(JOB_MEMBERS.iter().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for JobMembers {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut members = Map::new();
        for argument in &JOB_MEMBERS {
            if let Some(value) = value(argument, matches) {
                put(&mut members, argument.member, value);
            }
        }
        Ok(Self(members))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
