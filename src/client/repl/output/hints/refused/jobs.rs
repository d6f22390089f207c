//! Refusals of requests on jobs, their executions and their templates. Pure.

use crate::repl::output::hints::refused::row::Row;

/// Refusals of what a device reports.
pub(crate) const OF_DEVICES: &[Row] = &[
    (
        "has no step timer that runs",
        "leave out --step-timeout: no timer runs",
    ),
    (
        "has already finished with status",
        "the execution has ended and keeps its status; `pending` lists the open ones",
    ),
];

pub(crate) const JOBS: &[Row] = &[
    (
        "jobs can be in status DELETION_IN_PROGRESS at the same time",
        "wait until one of them is gone; `list-jobs --status DELETION_IN_PROGRESS` lists them",
    ),
    (
        "status DELETION_IN_PROGRESS",
        "the job is being deleted; wait until `describe-job <jobId>` no longer finds it",
    ),
    (
        "is DELETION_IN_PROGRESS",
        "the job is being deleted; create another one for these targets",
    ),
    (
        "cannot be deleted without force flag",
        "repeat the command with --force; the device can then no longer report on the execution",
    ),
    (
        "cannot be deleted without force",
        "the job has not ended; `delete-job <jobId> --force` deletes it anyway",
    ),
    (
        "cannot be canceled without force",
        "repeat the command with --force; the device can then no longer report on the execution",
    ),
    (
        "cannot be canceled",
        "it has already ended; `list-job-executions <jobId>` shows how",
    ),
    (
        "cannot be updated.",
        "only a job that has not ended can be updated; create another one",
    ),
    (
        "Update Job request",
        "add what is to change, such as --description; `help update-job` lists the flags",
    ),
    (
        "Targets can only be associated with a CONTINUOUS job",
        "create another job for these targets; only a job created with --continuous takes more",
    ),
    (
        "Targets can only be associated with a job in status IN_PROGRESS",
        "`describe-job <jobId>` shows when the job is IN_PROGRESS; if it has ended, create another one",
    ),
    (
        "because its endTime has passed",
        "no further thing gets the job; create another one for these targets",
    ),
    (
        "targets must not be more than",
        "add the things to a thing group, and make that the target",
    ),
    (
        "A job cannot have more than",
        "add the things to a thing group that is a target of the job already",
    ),
    (
        "Invalid target arn",
        "give a target as the name or the ARN of a thing or a thing group",
    ),
    (
        "Execution number is invalid",
        "execution numbers start at 1; `list-job-executions <jobId>` shows them",
    ),
];

pub(crate) const CONFIGURATIONS: &[Row] = &[
    (
        "inProgressTimeoutInMinutes cannot be",
        "choose between 1 and 10080 minutes (one week)",
    ),
    (
        "if the job has no RetryConfig",
        "retries are configured when a job is created; create another job that has them",
    ),
    (
        "FailureTypes must match",
        "`describe-job <jobId>` shows the failure types of the job; name the same ones",
    ),
    (
        "cannot be updated to any number other than 0",
        "an update can only switch retries off; create another job for another number",
    ),
    (
        "failure type ALL must be used by itself",
        "give one criterion for ALL, or one for FAILED and one for TIMED_OUT",
    ),
    (
        "cannot have the same failure type",
        "give one criterion for each failure type",
    ),
    (
        "The number of retries of all failure types together",
        "lower numberOfRetries; all failure types share ten retries",
    ),
    (
        "ThresholdPercentage value",
        "set thresholdPercentage to more than 0 and at most 100, such as 12.5",
    ),
    (
        "Abort thresholdPercentage must have",
        "round thresholdPercentage to two decimals, such as 33.33",
    ),
    (
        "Provide MaximumPerMinute value or",
        "add maximumPerMinute, such as {\"maximumPerMinute\":50}",
    ),
    (
        "Provide MaximumPerMinute value when",
        "add maximumPerMinute to the configuration; it limits the exponential rate",
    ),
    (
        "Provide either NumberOfNotifiedThings",
        "add one of them to rateIncreaseCriteria, such as {\"numberOfNotifiedThings\":100}",
    ),
    (
        "Provide only one of NumberOfNotifiedThings",
        "remove one of them from rateIncreaseCriteria",
    ),
    (
        "baseRatePerMinute should be less",
        "lower baseRatePerMinute, or raise maximumPerMinute",
    ),
    (
        "incrementFactor must have",
        "round incrementFactor to one decimal, such as 1.5",
    ),
    (
        "Given role",
        "name a role by its ARN, such as roleArn=arn:aws:iam::123456789012:role/NAME",
    ),
];

pub(crate) const SCHEDULES: &[Row] = &[
    (
        "MaintenanceWindow cannot be used without StartTime",
        "add --start-time YYYY-MM-DDTHH:MM, in UTC and at least 30 minutes from now",
    ),
    (
        "MaintenanceWindow cannot be used with SNAPSHOT",
        "add --continuous: only CONTINUOUS jobs have maintenance windows",
    ),
    (
        "No maintenance window begins after",
        "choose a window that recurs after --start-time, such as 'cron(0 2 ? * SUN *) for 60'",
    ),
    (
        "is not a cron expression",
        "write the window like 'cron(0 2 ? * SUN *) for 60': Sundays at 02:00 UTC, for 60 minutes",
    ),
    (
        "must follow the format YYYY-MM-DDThh:mm",
        "write the time in UTC and without seconds, such as 2030-12-24T02:00",
    ),
    (
        "startTime must be at least",
        "choose a --start-time between 30 minutes and a year from now, in UTC",
    ),
    (
        "endTime must be at least",
        "choose an --end-time at least 30 minutes after the start, in UTC",
    ),
];

pub(crate) const DOCUMENTS: &[Row] = &[
    (
        "Role must be provided",
        "add --presigned-url-config roleArn=arn:aws:iam::123456789012:role/NAME",
    ),
    (
        "role ARN is required",
        "add --presigned-url-config roleArn=arn:aws:iam::123456789012:role/NAME",
    ),
    (
        "upload placeholder not found",
        "create the bucket first; `help local-service` shows how",
    ),
    (
        "upload placeholder cannot contain",
        "use each placeholder at most twice in the key",
    ),
    (
        "Key cannot be null",
        "add the key of the object: https://s3.amazonaws.com/BUCKET/KEY",
    ),
    (
        "Given S3 url",
        "write the URL of the object as https://s3.amazonaws.com/BUCKET/KEY",
    ),
    (
        "Job document source",
        "write the URL of the document as https://s3.amazonaws.com/BUCKET/KEY",
    ),
    (
        "Bucket specified by url",
        "create the bucket and put the document there; `help local-service` shows how",
    ),
    (
        "located at request input is an invalid JSON document",
        "correct the document; it is JSON, such as {\"Todo\":\"Reboot\"}: `help quoting`",
    ),
    (
        "is an invalid JSON document",
        "correct the object in S3, and retry",
    ),
    (
        "Job document located at",
        "put the document there first; `help local-service` shows how",
    ),
    (
        "exceeds size limit",
        "shorten the document; it can hold the URL of a larger file: `help local-service`",
    ),
    (
        "Job document and job document source cannot",
        "give the document, or --document-source, but not both",
    ),
    (
        "Neither job document nor",
        "give a document, or where it is: --document-source",
    ),
    (
        "Job document and managed job template cannot",
        "leave out the document; AWS's job templates have their own",
    ),
    (
        "documentParameters can only be",
        "only AWS's job templates take parameters; `list-managed-job-templates` lists them",
    ),
    (
        "can only be used in the job document of a managed job template",
        "write the value into the document in place of the placeholder",
    ),
    (
        " is not a parameter of job template",
        "`describe-managed-job-template <template>` lists the parameters of the template",
    ),
    (
        " does not match the regular expression",
        "`describe-managed-job-template <template>` shows an example of the value",
    ),
    (
        " is missing.",
        "add --parameter NAME=VALUE; `describe-managed-job-template <template>` lists the parameters",
    ),
];
