//! Every documented limit of the service, one constant each.

/// Characters of a job id. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
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

/// Entries of a list of pending job executions, of a notify event and of GetPendingJobExecutions: without a scheduling
/// configuration and with one. GUESS: no recording has that many, and the pages contradict each other. These are the numbers
/// of the newer one, <https://docs.aws.amazon.com/iot/latest/developerguide/job-limits.html>; the other knows only 15,
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-comm-notifications.html>.
pub(crate) const PENDING_ENTRIES: (usize, usize) = (10, 15);

/// Minutes of a job execution's in-progress timer and step timer.
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

/// Entries of one page of a list, and the default.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
pub(crate) const PAGE_ENTRIES: usize = 250;

/// Attributes of a thing without a thing type.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-registry.html>
pub(crate) const THING_ATTRIBUTES: usize = 3;

/// Attributes of a thing with a thing type.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types.html>
pub(crate) const TYPED_THING_ATTRIBUTES: usize = 50;

/// Searchable attributes of a thing type. GUESS: the API has no limit; the console takes "up to three".
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingTypeProperties.html>
pub(crate) const SEARCHABLE_ATTRIBUTES: usize = 3;

/// Propagating attributes of a thing type. GUESS: the quota has this name; its page does not give the number for an account
/// that has not asked for more.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#thing-limits>
pub(crate) const PROPAGATING_ATTRIBUTES: usize = 20;

/// Milliseconds between the deprecation of a thing type and its deletion: "You must wait five minutes after you deprecate a
/// thing type before you can delete it."
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types.html>
pub(crate) const DEPRECATION_MS: u64 = 5 * 60 * 1000;

/// Dynamic thing groups of an account.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#thing-group-limits>
pub(crate) const DYNAMIC_GROUPS: usize = 100;

/// Characters of a query.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-iot-thinggroup.html>
pub(crate) const QUERY_CHARACTERS: usize = 1000;

/// Characters of a query with a term that begins with a wildcard.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/query-syntax.html>
pub(crate) const LEADING_WILDCARD_CHARACTERS: usize = 100;

/// Terms of a query. <https://docs.aws.amazon.com/iot/latest/developerguide/query-syntax.html>
pub(crate) const QUERY_TERMS: usize = 12;

/// Parentheses of a query that are open at a time. GUESS: twelve terms do not need more, and the reader needs memory for each.
pub(crate) const QUERY_DEPTH: usize = 100;

/// Things per minute that a rollout reaches at most, also the default.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-limits.html>
pub(crate) const ROLLOUT_PER_MINUTE: i64 = 1000;

/// Minutes from now to the start or the end of a scheduled job, and from its start to its end, at least.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
pub(crate) const SCHEDULE_MINUTES_MIN: u64 = 30;

/// Minutes from now to the start of a scheduled job at most: a year.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
pub(crate) const START_MINUTES_MAX: u64 = 366 * 24 * 60;

/// Minutes from now to the end of a scheduled job at most: two years.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
pub(crate) const END_MINUTES_MAX: u64 = 2 * START_MINUTES_MAX;

/// Maintenance windows that DescribeJob shows at most.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ScheduledJobRollout.html>
pub(crate) const WINDOWS_SHOWN: usize = 7;

/// Jobs that are being deleted at the same time.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>
pub(crate) const DELETIONS: usize = 10;

/// Tags of one resource. <https://docs.aws.amazon.com/iot/latest/developerguide/tagging-iot.html>
pub(crate) const TAGS: usize = 50;

/// Characters of the key of a tag. <https://docs.aws.amazon.com/iot/latest/apireference/API_Tag.html>
pub(crate) const TAG_KEY_CHARACTERS: usize = 128;

/// Characters of the value of a tag. <https://docs.aws.amazon.com/iot/latest/apireference/API_Tag.html>
pub(crate) const TAG_VALUE_CHARACTERS: usize = 256;

/// Characters of the name of an attribute of a thing or a thing group.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html>
pub(crate) const ATTRIBUTE_NAME_CHARACTERS: usize = 128;

/// Characters of the value of an attribute.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html>
pub(crate) const ATTRIBUTE_VALUE_CHARACTERS: usize = 800;

/// Attributes of a thing group.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#thing-limits>
pub(crate) const GROUP_ATTRIBUTES: usize = 50;

/// Levels of a hierarchy of thing groups.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#thing-limits>
pub(crate) const GROUP_LEVELS: usize = 7;

/// Groups that are directly in a thing group.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#thing-limits>
pub(crate) const CHILD_GROUPS: usize = 100;

/// Thing groups that a thing is in.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#thing-limits>
pub(crate) const GROUPS_OF_THING: usize = 10;

/// Retries of both kinds of failures together.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
pub(crate) const RETRIES: u32 = 10;

/// Characters of a certificate's id.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html>
pub(crate) const CERTIFICATE_ID_CHARACTERS: usize = 64;

/// Characters of a certificate, as PEM.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificateWithoutCA.html>
pub(crate) const CERTIFICATE_CHARACTERS: usize = 65_536;

/// Characters of a certificate signing request.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html>
pub(crate) const SIGNING_REQUEST_CHARACTERS: usize = 4096;

/// Characters of a policy's name.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>
pub(crate) const POLICY_NAME_CHARACTERS: usize = 128;

/// Versions of a policy. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html>
pub(crate) const POLICY_VERSIONS: usize = 5;

/// Characters of a policy's document.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>
pub(crate) const POLICY_DOCUMENT_CHARACTERS: usize = 404_600;
