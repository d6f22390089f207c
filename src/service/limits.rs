//! Every documented limit of the service, one constant each.

/// Bytes of a job id. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) const JOB_ID_CHARACTERS: usize = 64;

/// Characters of a thing's or a thing group's name.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
pub(crate) const THING_NAME_CHARACTERS: usize = 128;

/// Characters of a job document. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) const DOCUMENT_CHARACTERS: usize = 32_768;

/// Levels of nesting that a job document may have; a deeper one counts as invalid JSON (recorded session).
pub(crate) const DOCUMENT_DEPTH: usize = 1000;

/// Characters of a job's description or of the comment on a cancellation.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) const DESCRIPTION_CHARACTERS: usize = 2028;

/// Characters of the reason code of a cancellation.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJob.html>
pub(crate) const REASON_CODE_CHARACTERS: usize = 128;

/// Targets of one job. <https://docs.aws.amazon.com/iot/latest/apireference/API_AssociateTargetsWithJob.html>
pub(crate) const TARGETS: usize = 100;

/// Entries of a list of pending job executions: of a notify event and of GetPendingJobExecutions.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-limits.html>
pub(crate) const PENDING_ENTRIES: usize = 15;

/// Minutes of a timer of a job execution, the in-progress timer and the step timer alike.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
pub(crate) const TIMER_MINUTES: std::ops::RangeInclusive<i64> = 1..=10_080;

/// Pairs of `statusDetails`.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>
pub(crate) const STATUS_DETAILS_PAIRS: usize = 10;

/// Characters of a key of `statusDetails`.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_iot-jobs-data_UpdateJobExecution.html>
pub(crate) const STATUS_DETAILS_KEY_CHARACTERS: usize = 128;

/// Characters of a value of `statusDetails`.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_iot-jobs-data_UpdateJobExecution.html>
pub(crate) const STATUS_DETAILS_VALUE_CHARACTERS: usize = 1024;

/// Entries of one page of a list, and how many there are when nothing is asked for.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
pub(crate) const PAGE_ENTRIES: usize = 250;

/// Attributes of a thing without a thing type.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-registry.html>
pub(crate) const THING_ATTRIBUTES: usize = 3;
