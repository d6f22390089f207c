//! ListPrincipalThings. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPrincipalThings.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::PRINCIPAL;
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[PRINCIPAL],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("things", "")],
                columns: &[Column::plain("thingName", "")],
            }),
            statements: &[Statement::OptionalCertificatesAndEvents],
            ..About::reads("ListPrincipalThings", Subject::Certificate)
        },
        "GET",
        "/principals/things",
        "list the things of a certificate",
        [
            "list-principal-things 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "list-principal-things 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a --all",
        ],
    )
};
