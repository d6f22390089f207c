//! ListJobTemplates. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobTemplates.html>

use crate::control::declared::Declared;
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["templates"],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("jobTemplates", "")],
                columns: &[
                    Column::plain("jobTemplateId", "/jobTemplateId"),
                    Column::time("createdAt", "/createdAt"),
                    Column::plain("description", "/description"),
                ],
            }),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListJobTemplates", Subject::JobTemplate)
        },
        "GET",
        "/job-templates",
        "list the job templates of the account",
        ["list-job-templates", "templates --all"],
    )
};
