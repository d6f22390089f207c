//! The commands of the control plane.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::protocol::{JobExecutionStatus, JobId, ThingName};
use crate::repl::input::grammar::detail;

/// A command of the control plane as it was typed.
#[derive(Debug, Subcommand)]
pub enum ControlTyped {
    /// create a job for this thing, or for others; the document is the rest of the line
    #[command(
        visible_alias = "create",
        after_help = "create-job Job1 {\"Todo\":\"Reboot\"}\n\
            create Job2 @document.json --target other-thing --target group-1 --timeout 30"
    )]
    CreateJob(CreateArgs),

    /// cancel a job: its queued executions, with --force also those in progress
    #[command(
        visible_alias = "cancel",
        after_help = "cancel-job Job1\ncancel-job Job1 --force --comment 'wrong version'"
    )]
    CancelJob(CancelArgs),

    /// delete a job
    #[command(
        visible_aliases = ["delete", "rm"],
        after_help = "delete-job Job1\ndelete-job Job1 --force"
    )]
    DeleteJob(DeleteArgs),

    /// show a job and how its executions stand
    #[command(after_help = "describe-job Job1\ndescribe-job my-job")]
    DescribeJob(JobArgs),

    /// list the jobs of the account
    #[command(
        visible_alias = "jobs",
        after_help = "list-jobs\nlist-jobs --status IN_PROGRESS"
    )]
    ListJobs(ListJobsArgs),

    /// show the document of a job
    #[command(
        visible_alias = "document",
        after_help = "get-job-document Job1\ndocument Job1"
    )]
    GetJobDocument(JobArgs),

    /// list the executions of a job, or those of a thing (this one if neither is named)
    #[command(
        visible_alias = "executions",
        after_help = "list-job-executions Job1 --status FAILED\nlist-job-executions --thing other-thing --max-results 10"
    )]
    ListJobExecutions(ListExecutionsArgs),

    /// cancel one execution of a job
    #[command(
        after_help = "cancel-job-execution Job1\ncancel-job-execution Job1 --thing other-thing --force"
    )]
    CancelJobExecution(CancelExecutionArgs),

    /// delete one execution of a job
    #[command(
        after_help = "delete-job-execution Job1 1\ndelete-job-execution Job1 1 --thing other-thing --force"
    )]
    DeleteJobExecution(DeleteExecutionArgs),

    /// create a thing
    #[command(after_help = "create-thing other-thing\ncreate-thing lamp-2")]
    CreateThing(ThingArgs),

    /// show a thing
    #[command(after_help = "describe-thing sandbox-thing\ndescribe-thing lamp-2")]
    DescribeThing(ThingArgs),

    /// list the things of the account
    #[command(
        visible_alias = "things",
        after_help = "list-things\nlist-things --attribute-name room --attribute-value kitchen"
    )]
    ListThings(ListThingsArgs),

    /// delete a thing
    #[command(after_help = "delete-thing other-thing\ndelete-thing lamp-2")]
    DeleteThing(ThingArgs),

    /// create a thing group
    #[command(after_help = "create-thing-group group-1\ncreate-thing-group lamps")]
    CreateThingGroup(GroupArgs),

    /// show a thing group
    #[command(after_help = "describe-thing-group group-1\ndescribe-thing-group lamps")]
    DescribeThingGroup(GroupArgs),

    /// list the thing groups of the account
    #[command(
        visible_alias = "groups",
        after_help = "list-thing-groups\nlist-thing-groups --name-prefix lamps --no-recursive"
    )]
    ListThingGroups(ListGroupsArgs),

    /// list the things in a thing group
    #[command(
        after_help = "list-things-in-thing-group group-1\nlist-things-in-thing-group lamps --recursive"
    )]
    ListThingsInThingGroup(ListMembersArgs),

    /// put a thing into a thing group
    #[command(
        after_help = "add-thing-to-thing-group group-1\nadd-thing-to-thing-group group-1 other-thing"
    )]
    AddThingToThingGroup(MembershipArgs),

    /// take a thing out of a thing group
    #[command(
        after_help = "remove-thing-from-thing-group group-1\nremove-thing-from-thing-group group-1 other-thing"
    )]
    RemoveThingFromThingGroup(MembershipArgs),

    /// delete a thing group
    #[command(after_help = "delete-thing-group group-1\ndelete-thing-group lamps")]
    DeleteThingGroup(GroupArgs),
}

/// Arguments of `create-job`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// the id of the new job
    #[arg(value_name = "jobId")]
    pub job: JobId,
    /// the job document, JSON as it stands; or @file; or @- for standard input
    #[arg(
        value_name = "document",
        allow_hyphen_values = true,
        required_unless_present_any = ["edit", "from"]
    )]
    pub document: Option<String>,
    /// write the document in the editor that VISUAL names, else EDITOR
    #[arg(long, conflicts_with = "document")]
    pub edit: bool,
    /// take the document of this job; with --edit, begin with it
    #[arg(long, value_name = "jobId", conflicts_with = "document")]
    pub from: Option<JobId>,
    /// a thing or a thing group, by name or ARN; can be repeated; this thing if left out
    #[arg(long = "target", value_name = "name", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub targets: Vec<String>,
    /// also for things that join a target group later
    #[arg(long)]
    pub continuous: bool,
    /// what the job is for
    #[arg(long, value_name = "text")]
    pub description: Option<String>,
    /// minutes that an execution may be in progress, 1 to 10080
    #[arg(long, value_name = "minutes", allow_negative_numbers = true)]
    pub timeout: Option<i64>,
    /// more of the request, by the names of the API: tags, jobExecutionsRolloutConfig, abortConfig, …; see help cheat
    #[arg(long, value_name = "JSON", value_parser = members)]
    pub with: Option<Map<String, Value>>,
}

/// Members of a request, as a JSON object.
fn members(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| {
        format!("is not a JSON object: {error}\nhint: texts need double quotes; a space goes between --with and the JSON")
    })
}

/// Arguments of `cancel-job`.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: JobId,
    /// also cancel executions that are in progress
    #[arg(long)]
    pub force: bool,
    /// why, in words
    #[arg(long, value_name = "text")]
    pub comment: Option<String>,
    /// why, as a code of your own
    #[arg(long, value_name = "code")]
    pub reason_code: Option<String>,
}

/// Arguments of `delete-job`.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: JobId,
    /// also delete a job that is in progress; at the prompt you are asked first
    #[arg(long)]
    pub force: bool,
    /// do not ask
    #[arg(long, requires = "force")]
    pub yes: bool,
}

impl ControlTyped {
    /// What a person is asked before this is carried out: it cannot be undone, and takes along what others work on.
    pub fn question(&self) -> Option<String> {
        match self {
            Self::DeleteJob(DeleteArgs { job, force, yes }) if *force && !yes => Some(format!(
                "delete {job} and all its executions, also those in progress?"
            )),
            _ => None,
        }
    }
}

/// One job.
#[derive(Debug, Args)]
pub struct JobArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: JobId,
}

/// Arguments of `list-jobs`.
#[derive(Debug, Args)]
pub struct ListJobsArgs {
    /// only jobs of this status: IN_PROGRESS, CANCELED, COMPLETED, DELETION_IN_PROGRESS or SCHEDULED
    #[arg(long, value_name = "status")]
    pub status: Option<String>,
    /// only jobs of this kind: SNAPSHOT or CONTINUOUS
    #[arg(long, value_name = "selection")]
    pub target_selection: Option<String>,
    /// only jobs on the thing group of this name
    #[arg(long, value_name = "name")]
    pub thing_group: Option<String>,
    /// only jobs on the thing group of this id
    #[arg(long, value_name = "id")]
    pub thing_group_id: Option<String>,
    /// only jobs of this namespace
    #[arg(long, value_name = "id")]
    pub namespace_id: Option<String>,
    /// Which part of it.
    #[command(flatten)]
    pub page: PageFlags,
}

/// Which part of a list.
#[derive(Debug, Args)]
pub struct PageFlags {
    /// list at most so many, 1 to 250; what is left out is behind the nextToken of the answer
    #[arg(long, value_name = "number", allow_negative_numbers = true)]
    pub max_results: Option<i32>,
    /// go on where an answer with this nextToken ended; the other flags must be the same
    #[arg(long, value_name = "token", allow_hyphen_values = true)]
    pub next_token: Option<String>,
    /// ask for page after page to the end, and show one list; --max-results is then the size of a page
    #[arg(long)]
    pub all: bool,
}

/// Arguments of `list-things`.
#[derive(Debug, Args)]
pub struct ListThingsArgs {
    /// only things that have this attribute
    #[arg(long, value_name = "name")]
    pub attribute_name: Option<String>,
    /// only things whose attribute has this value
    #[arg(long, value_name = "value")]
    pub attribute_value: Option<String>,
    /// only things of this thing type
    #[arg(long, value_name = "name")]
    pub thing_type: Option<String>,
    /// the value of the attribute need only begin so
    #[arg(long)]
    pub use_prefix: bool,
    /// Which part of it.
    #[command(flatten)]
    pub page: PageFlags,
}

/// Arguments of `list-thing-groups`.
#[derive(Debug, Args)]
pub struct ListGroupsArgs {
    /// only groups below this one
    #[arg(long, value_name = "group")]
    pub parent_group: Option<String>,
    /// only groups whose name begins so
    #[arg(long, value_name = "text")]
    pub name_prefix: Option<String>,
    /// with the groups below those
    #[arg(long, conflicts_with = "no_recursive")]
    pub recursive: bool,
    /// without the groups below those
    #[arg(long)]
    pub no_recursive: bool,
    /// Which part of it.
    #[command(flatten)]
    pub page: PageFlags,
}

/// Arguments of `list-things-in-thing-group`.
#[derive(Debug, Args)]
pub struct ListMembersArgs {
    /// the name of the thing group
    #[arg(value_name = "group", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub group: String,
    /// with the things in the groups below it
    #[arg(long)]
    pub recursive: bool,
    /// Which part of it.
    #[command(flatten)]
    pub page: PageFlags,
}

/// Arguments of `list-job-executions`.
#[derive(Debug, Args)]
pub struct ListExecutionsArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: Option<JobId>,
    /// on this thing: all of them, or those of the job
    #[arg(long, value_name = "thing")]
    pub thing: Option<ThingName>,
    /// only executions of this status
    #[arg(long, value_name = "status", value_parser = crate::repl::input::grammar::status(), ignore_case = true)]
    pub status: Option<JobExecutionStatus>,
    /// only those of jobs of this namespace; not with a job alone
    #[arg(long, value_name = "id")]
    pub namespace_id: Option<String>,
    /// Which part of it.
    #[command(flatten)]
    pub page: PageFlags,
}

/// Arguments of `cancel-job-execution`.
#[derive(Debug, Args)]
pub struct CancelExecutionArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: JobId,
    /// on which thing; this one if left out
    #[arg(long, value_name = "thing")]
    pub thing: Option<ThingName>,
    /// also if it is in progress
    #[arg(long)]
    pub force: bool,
    /// refuse unless the execution has this version
    #[arg(long, value_name = "version", allow_negative_numbers = true)]
    pub expected_version: Option<i64>,
    /// keep this detail with the execution; can be repeated
    #[arg(long = "detail", value_name = "name=value", value_parser = detail)]
    pub details: Vec<(String, String)>,
}

/// Arguments of `delete-job-execution`.
#[derive(Debug, Args)]
pub struct DeleteExecutionArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job: JobId,
    /// the number of the execution, from 1
    #[arg(value_name = "executionNumber", allow_negative_numbers = true)]
    pub execution_number: i64,
    /// on which thing; this one if left out
    #[arg(long, value_name = "thing")]
    pub thing: Option<ThingName>,
    /// also if it is in progress
    #[arg(long)]
    pub force: bool,
}

/// One thing.
#[derive(Debug, Args)]
pub struct ThingArgs {
    /// the name of the thing
    #[arg(value_name = "thing")]
    pub thing: ThingName,
}

/// One thing group.
#[derive(Debug, Args)]
pub struct GroupArgs {
    /// the name of the thing group
    #[arg(value_name = "group", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub group: String,
}

/// A thing group, and a thing that is or is not in it.
#[derive(Debug, Args)]
pub struct MembershipArgs {
    /// the name of the thing group
    #[arg(value_name = "group", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub group: String,
    /// the name of the thing; this one if left out
    #[arg(value_name = "thing")]
    pub thing: Option<ThingName>,
}
