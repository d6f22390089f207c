//! ListTargetsForPolicy. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListTargetsForPolicy.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::POLICY;
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[POLICY],
    paging: Some(Paging::Markers),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("targets", "")],
                columns: &[Column::plain("target", "")],
            }),
            statements: &[Statement::OptionalSetUpDevices],
            ..About::reads("ListTargetsForPolicy", Subject::Policy)
        },
        "POST",
        "/policy-targets/{policyName}",
        "list what a policy is attached to",
        [
            "list-targets-for-policy Lamp",
            "list-targets-for-policy Lamp --all",
        ],
    )
};
