//! The commands of the device.

use clap::{Args, Subcommand};

use crate::argument::{DetailArgs, ExecutionStatus, detail, detail_map};
use crate::protocol::{JobExecutionStatus, JobId, JobRef, StatusDetails, ThingName};

/// A command of the device as it was typed.
#[derive(Debug, Subcommand)]
pub enum DeviceTyped {
    /// list this thing's open jobs
    #[command(
        visible_alias = "pending",
        after_help = "get-pending-job-executions\npending"
    )]
    GetPendingJobExecutions,

    /// start or resume the next job
    #[command(
        visible_alias = "next",
        after_help = "start-next-pending-job-execution\nnext --detail step=download --step-timeout 5"
    )]
    StartNextPendingJobExecution(StartNextArgs),

    /// show one execution of a job
    #[command(
        visible_alias = "describe",
        after_help = "describe-job-execution Job1\ndescribe $next --no-document"
    )]
    DescribeJobExecution(DescribeArgs),

    /// report a status
    #[command(
        visible_alias = "update",
        after_help = "update-job-execution Job1 SUCCEEDED\n\
            update Job1 in_progress --detail progress=40% --expected-version 2"
    )]
    UpdateJobExecution(UpdateArgs),

    /// report that a job succeeded
    #[command(after_help = "done Job1\ndone Job1 --detail duration=12s")]
    Done(FinishArgs),

    /// report that a job failed
    #[command(after_help = "fail Job1\nfail Job1 --detail reason='disk full'")]
    Fail(FinishArgs),

    /// report that this thing does not take a job
    #[command(after_help = "reject Job1\nreject Job1 --detail reason='low battery'")]
    Reject(FinishArgs),
}

#[derive(Debug, Args)]
pub struct StartNextArgs {
    #[command(flatten)]
    pub details: DetailArgs,
    /// step timeout in minutes, 1 to 10080
    #[arg(
        long,
        visible_alias = "step-timeout",
        value_name = "minutes",
        allow_negative_numbers = true
    )]
    pub step_timeout_in_minutes: Option<i64>,
}

#[derive(Debug, Args)]
pub struct DescribeArgs {
    /// the id of the job, or $next for the next one
    #[arg(value_name = "jobId")]
    pub job_id: JobRef,
    /// ask the control plane, which also shows ended executions
    #[arg(long, visible_alias = "thing", value_name = "thing")]
    pub thing_name: Option<ThingName>,
    /// leave the job document out of the reply
    #[arg(long, visible_alias = "no-document")]
    pub no_include_job_document: bool,
    /// ask for the job document (the default)
    #[arg(long, conflicts_with = "no_include_job_document", hide = true)]
    pub include_job_document: bool,
    /// the number of the execution (default: the latest)
    #[arg(long, value_name = "number", allow_negative_numbers = true)]
    pub execution_number: Option<i64>,
}

#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
    /// the new status, in any case
    #[arg(value_name = "IN_PROGRESS | SUCCEEDED | FAILED | REJECTED", value_parser = ExecutionStatus { offered: &JobExecutionStatus::REPORTED }, ignore_case = true)]
    pub status: JobExecutionStatus,
    #[command(flatten)]
    pub more: UpdateFlags,
}

#[derive(Debug, Args)]
pub struct FinishArgs {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
    #[command(flatten)]
    pub more: UpdateFlags,
}

#[derive(Debug, Args)]
pub struct UpdateFlags {
    /// set this detail, replacing all earlier ones; can be repeated
    #[arg(long = "detail", value_name = "name=value", value_parser = detail)]
    pub details: Vec<(String, String)>,
    /// the details as in the AWS CLI: name=value,… or JSON
    #[arg(long, value_name = "details", value_parser = detail_map, conflicts_with = "details", hide = true)]
    pub status_details: Option<StatusDetails>,
    /// only if the execution has this version
    #[arg(long, value_name = "version", allow_negative_numbers = true)]
    pub expected_version: Option<i64>,
    /// the number of the execution (default: the latest)
    #[arg(long, value_name = "number", allow_negative_numbers = true)]
    pub execution_number: Option<i64>,
    /// show the state of the execution in the reply
    #[arg(long, visible_alias = "include-state")]
    pub include_job_execution_state: bool,
    /// show the job document in the reply
    #[arg(long, visible_alias = "include-document")]
    pub include_job_document: bool,
    /// step timeout in minutes, 1 to 10080; -1 stops the timer
    #[arg(
        long,
        visible_alias = "step-timeout",
        value_name = "minutes",
        allow_negative_numbers = true
    )]
    pub step_timeout_in_minutes: Option<i64>,
}
