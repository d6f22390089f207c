//! ListPolicies. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicies.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::ASCENDING;
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[ASCENDING],
    paging: Some(Paging::Markers),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("policies", "")],
                columns: &[
                    Column::plain("policyName", "/policyName"),
                    Column::plain("policyArn", "/policyArn"),
                ],
            }),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListPolicies", Subject::Policy)
        },
        "GET",
        "/policies",
        "list the policies of the account",
        ["list-policies", "list-policies --ascending-order"],
    )
};
