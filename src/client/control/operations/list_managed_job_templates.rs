//! ListManagedJobTemplates. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListManagedJobTemplates.html>

use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["managed-templates"],
    arguments: &[Argument::flag(
        "templateName",
        "name",
        "only the versions of this job template",
    )
    .at(Place::Query)
    .or("template")],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("managedJobTemplates", "")],
                columns: &[
                    Column::plain("templateName", "/templateName"),
                    Column::plain("version", "/templateVersion"),
                    Column::plain("environments", "/environments"),
                    Column::plain("description", "/description"),
                ],
            }),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListManagedJobTemplates", Subject::JobTemplate)
        },
        "GET",
        "/managed-job-templates",
        "list the job templates that AWS manages",
        [
            "list-managed-job-templates",
            "list-managed-job-templates --template-name AWS-Reboot",
        ],
    )
};
