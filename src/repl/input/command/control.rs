//! From what was typed to an operation of the control plane.

use crate::control::{Page, Request};
use crate::protocol::{JobExecutionStatus, JobRef, ThingName};
use crate::repl::input::command::error::arguments;
use crate::repl::input::command::{Command, CommandError, CreateJob, Document, check_document};
use crate::repl::input::grammar::{self, ControlTyped, CreateArgs, DescribeArgs, PageFlags};

/// `describe-job-execution --thing`
pub(crate) fn describe_execution(args: DescribeArgs) -> Result<Command, CommandError> {
    let wrong = |what: &str| Err(arguments("describe-job-execution", what.to_owned()));
    match (args.job, args.thing) {
        (_, Some(_)) if args.no_document => {
            wrong("--no-document goes without --thing: the control plane sends no document")
        }
        (JobRef::Id(job), Some(thing)) => Ok(Command::Control(Request::DescribeJobExecution {
            job,
            thing,
            execution_number: args.execution_number,
        })),
        _ => wrong("the control plane knows no $next; name the job"),
    }
}

/// Everything of the control plane; `own` is the thing that is meant where none is named.
pub(crate) fn command(typed: ControlTyped, own: &ThingName) -> Result<Command, CommandError> {
    let word = |status: Option<JobExecutionStatus>| status.map(|status| status.to_string());
    Ok(Command::Control(match typed {
        ControlTyped::CreateJob(args) => return create_job(args),
        ControlTyped::CancelJob(args) => Request::CancelJob {
            job: args.job,
            force: args.force,
            comment: args.comment,
            reason_code: args.reason_code,
        },
        ControlTyped::DeleteJob(args) => Request::DeleteJob {
            job: args.job,
            force: args.force,
        },
        ControlTyped::DescribeJob(args) => Request::DescribeJob { job: args.job },
        ControlTyped::ListJobs(args) => Request::ListJobs {
            status: args.status.map(|status| status.to_ascii_uppercase()),
            target_selection: args.target_selection.map(|it| it.to_ascii_uppercase()),
            thing_group: args.thing_group,
            thing_group_id: args.thing_group_id,
            namespace_id: args.namespace_id,
            page: page(args.page),
        },
        ControlTyped::GetJobDocument(args) => Request::GetJobDocument { job: args.job },
        ControlTyped::ListJobExecutions(args) => match (args.job, args.thing) {
            (Some(_), None) if args.namespace_id.is_some() => {
                let what = "--namespace-id needs --thing: a job is of one namespace".to_owned();
                return Err(arguments("list-job-executions", what));
            }
            (Some(job), None) => Request::ListJobExecutionsForJob {
                job,
                status: word(args.status),
                page: page(args.page),
            },
            (job, thing) => Request::ListJobExecutionsForThing {
                thing: thing.unwrap_or_else(|| own.clone()),
                job,
                status: word(args.status),
                namespace_id: args.namespace_id,
                page: page(args.page),
            },
        },
        ControlTyped::CancelJobExecution(args) => Request::CancelJobExecution {
            job: args.job,
            thing: args.thing.unwrap_or_else(|| own.clone()),
            force: args.force,
            expected_version: args.expected_version,
            status_details: grammar::details(args.details),
        },
        ControlTyped::DeleteJobExecution(args) => Request::DeleteJobExecution {
            job: args.job,
            thing: args.thing.unwrap_or_else(|| own.clone()),
            execution_number: args.execution_number,
            force: args.force,
        },
        ControlTyped::CreateThing(args) => Request::CreateThing { thing: args.thing },
        ControlTyped::DescribeThing(args) => Request::DescribeThing { thing: args.thing },
        ControlTyped::ListThings(args) => Request::ListThings {
            attribute_name: args.attribute_name,
            attribute_value: args.attribute_value,
            thing_type: args.thing_type,
            use_prefix: args.use_prefix,
            page: page(args.page),
        },
        ControlTyped::DeleteThing(args) => Request::DeleteThing { thing: args.thing },
        ControlTyped::CreateThingGroup(args) => Request::CreateThingGroup { group: args.group },
        ControlTyped::DescribeThingGroup(args) => Request::DescribeThingGroup { group: args.group },
        ControlTyped::ListThingGroups(args) => Request::ListThingGroups {
            parent_group: args.parent_group,
            name_prefix: args.name_prefix,
            recursive: (args.recursive || args.no_recursive).then_some(args.recursive),
            page: page(args.page),
        },
        ControlTyped::ListThingsInThingGroup(args) => Request::ListThingsInThingGroup {
            group: args.group,
            recursive: args.recursive,
            page: page(args.page),
        },
        ControlTyped::DeleteThingGroup(args) => Request::DeleteThingGroup { group: args.group },
        ControlTyped::AddThingToThingGroup(args) => Request::AddThingToThingGroup {
            thing: args.thing.unwrap_or_else(|| own.clone()),
            group: args.group,
        },
        ControlTyped::RemoveThingFromThingGroup(args) => Request::RemoveThingFromThingGroup {
            thing: args.thing.unwrap_or_else(|| own.clone()),
            group: args.group,
        },
    }))
}

fn page(flags: PageFlags) -> Page {
    Page {
        max_results: flags.max_results,
        next_token: flags.next_token,
        all: flags.all,
    }
}

fn create_job(args: CreateArgs) -> Result<Command, CommandError> {
    let more = args.with.unwrap_or_default();
    for (member, is_given) in [
        ("jobId", true),
        ("targets", true),
        ("document", true),
        ("targetSelection", args.continuous),
        ("description", args.description.is_some()),
        ("timeoutConfig", args.timeout.is_some()),
    ] {
        if is_given && more.contains_key(member) {
            let what = format!("--with goes without `{member}`: the line says it already");
            return Err(arguments("create-job", what));
        }
    }
    let typed = args.document.unwrap_or_default();
    let document = match (typed.strip_prefix('@'), args.from) {
        (_, from) if args.edit => Document::Editor(from),
        (_, Some(job)) => Document::Job(job),
        (Some(""), _) => {
            let what = "@ needs the name of a file".to_owned();
            return Err(arguments("create-job", what));
        }
        (Some("-"), _) => Document::Stdin,
        (Some(file), _) => Document::File(file.to_owned()),
        (None, _) => {
            check_document(&typed)?;
            Document::Inline(typed)
        }
    };
    Ok(Command::CreateJob(CreateJob {
        job: args.job,
        document,
        targets: args.targets,
        continuous: args.continuous,
        description: args.description,
        timeout_min: args.timeout,
        more,
    }))
}
