//! ListAttachedPolicies. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListAttachedPolicies.html>

use crate::control::declared::arguments::POLICY_TARGET;
use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        POLICY_TARGET,
        Argument::switch("recursive", "also those of its parent groups").at(Place::Query),
    ],
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
            statements: &[Statement::OptionalSetUpDevices],
            hints: &[(
                "ResourceNotFoundException",
                "the certificate or the group does not exist; `list-certificates` lists the certificates",
            )],
            ..About::reads("ListAttachedPolicies", Subject::Policy)
        },
        "POST",
        "/attached-policies/{target}",
        "list the policies of a certificate or a group",
        [
            "list-attached-policies 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "list-attached-policies 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a --all",
        ],
    )
};
