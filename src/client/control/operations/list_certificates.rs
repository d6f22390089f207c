//! ListCertificates. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListCertificates.html>

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
                lists: &[("certificates", "")],
                columns: &[
                    Column::plain("certificateId", "/certificateId"),
                    Column::plain("status", "/status"),
                    Column::time("creationDate", "/creationDate"),
                    Column::plain("mode", "/certificateMode"),
                ],
            }),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListCertificates", Subject::Certificate)
        },
        "GET",
        "/certificates",
        "list the certificates of the account",
        ["list-certificates", "list-certificates --ascending-order"],
    )
};
