//! Arguments of several operations.

use crate::control::declared::{Argument, Form, Place, Presence};
use crate::control::shape;

pub(crate) const JOB: Argument =
    Argument::positional("jobId", "jobId", "the id of the job").form(Form::Job);

/// The two kinds of jobs. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) const SELECTIONS: &[&str] = &["SNAPSHOT", "CONTINUOUS"];

/// The configurations of a job.
pub(crate) const CONFIGURATIONS: [Argument; 5] = [
    Argument::flag(
        "timeoutConfig",
        "minutes",
        "minutes that an execution may be in progress, 1 to 10080",
    )
    .form(Form::Timeout)
    .or("timeout"),
    Argument::flag(
        "jobExecutionsRolloutConfig",
        "config",
        "how fast the job reaches its targets",
    )
    .form(Form::Structure(shape::ROLLOUT))
    .or("rollout-config"),
    Argument::flag("abortConfig", "config", "when the job is cancelled")
        .form(Form::Structure(shape::ABORT)),
    Argument::flag(
        "jobExecutionsRetryConfig",
        "config",
        "how often a failed execution is retried",
    )
    .form(Form::Structure(shape::RETRY))
    .or("retry-config"),
    Argument::flag(
        "presignedUrlConfig",
        "config",
        "how URLs are signed: roleArn=ARN[,expiresInSec=SECONDS]",
    )
    .form(Form::Structure(shape::PRESIGNED_URL)),
];

/// Maintenance windows, which are this member.
pub(crate) const fn windows(member: &'static str) -> Argument {
    Argument::flag(
        member,
        "window",
        "'cron(0 2 ? * SUN *) for 60' minutes; can be repeated",
    )
    .form(Form::Windows)
    .named("maintenance-windows")
    .or("maintenance-window")
}

/// A job document, written in the line or in an editor, or that of a job.
pub(crate) const JOB_DOCUMENT: [Argument; 3] = [
    Argument::positional(
        "document",
        "document",
        "the job document: JSON, @file, or @- for standard input",
    )
    .form(Form::Document)
    .at(Place::Body),
    EDIT.in_place_of("document"),
    Argument::flag(
        "from",
        "jobId",
        "use the document of this job; --edit starts with it",
    )
    .form(Form::DocumentOf)
    .at(Place::Nowhere)
    .in_place_of("document"),
];

const EDIT: Argument = Argument::switch(
    "edit",
    "write the document in the editor of VISUAL or EDITOR",
)
.form(Form::Edit)
.at(Place::Nowhere);

pub(crate) const JOB_TEMPLATE: Argument =
    Argument::positional("jobTemplateId", "templateId", "the id of the job template")
        .form(Form::Name("jobtemplate"));

pub(crate) const NEW_JOB_TEMPLATE: Argument = Argument::positional(
    "jobTemplateId",
    "templateId",
    "the id of the new job template",
)
.form(Form::NewName);

pub(crate) const NAMESPACE: Argument =
    Argument::flag("namespaceId", "id", "the namespace of the job").at(Place::Query);

pub(crate) const THING: Argument =
    Argument::positional("thingName", "thing", "the name of the thing").form(Form::Thing);

pub(crate) const OWN_THING: Argument = Argument::positional(
    "thingName",
    "thing",
    "the name of the thing (default: this one)",
)
.form(Form::Thing)
.or_own();

/// The thing of an execution.
pub(crate) const ON_THING: Argument = Argument {
    presence: Presence::Flag,
    ..OWN_THING
}
.or("thing");

/// Whether an execution that is in progress is ended.
pub(crate) const FORCE: Argument =
    Argument::switch("force", "also if the execution is in progress").at(Place::Query);

pub(crate) const EXECUTION_STATUS: Argument =
    Argument::flag("status", "status", "only executions of this status")
        .form(Form::Status)
        .at(Place::Query);

/// The details of an execution.
pub(crate) const STATUS_DETAILS: [Argument; 2] = [
    Argument::flag(
        "statusDetails",
        "name=value",
        "keep this detail with the execution; can be repeated",
    )
    .form(Form::Pairs)
    .named("detail"),
    Argument::flag(
        "statusDetails",
        "details",
        "the details as in the AWS CLI: name=value,… or JSON",
    )
    .form(Form::Map)
    .not_with(&["detail"])
    .hidden(),
];

pub(crate) const THING_GROUP: Argument =
    Argument::positional("thingGroupName", "group", "the name of the thing group")
        .form(Form::Name("thinggroup"));

pub(crate) const THING_TYPE: Argument =
    Argument::positional("thingTypeName", "type", "the name of the thing type")
        .form(Form::Name("thingtype"));

pub(crate) const NEW_THING_TYPE: Argument =
    Argument::positional("thingTypeName", "type", "the name of the new thing type")
        .form(Form::NewName);

pub(crate) const OF_THING_TYPE: Argument =
    Argument::flag("thingTypeName", "type", "the thing type of the thing").or("thing-type");

/// The attributes of a thing.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html>
pub(crate) const ATTRIBUTES: [Argument; 2] = [
    Argument::flag("attributePayload", "JSON", "the attributes as in the API")
        .form(Form::Structure(shape::ATTRIBUTE_PAYLOAD))
        .hidden(),
    Argument::flag(
        "attributePayload.attributes",
        "name=value",
        "an attribute; can be repeated",
    )
    .form(Form::Pairs)
    .named("attribute"),
];

pub(crate) const MERGE_ATTRIBUTES: Argument = Argument::switch(
    "attributePayload.merge",
    "keep attributes that are not given; name= removes one",
)
.named("merge");

/// The properties of a thing group.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingGroupProperties.html>
pub(crate) const GROUP_PROPERTIES: [Argument; 3] = [
    Argument::flag(
        "thingGroupProperties",
        "JSON",
        "the properties as in the API",
    )
    .form(Form::Structure(shape::GROUP_PROPERTIES))
    .hidden(),
    Argument::flag(
        "thingGroupProperties.thingGroupDescription",
        "text",
        "a description of the thing group",
    )
    .named("description"),
    Argument::flag(
        "thingGroupProperties.attributePayload.attributes",
        "name=value",
        "an attribute; can be repeated",
    )
    .form(Form::Pairs)
    .named("attribute"),
];

pub(crate) const MERGE_GROUP_ATTRIBUTES: Argument = Argument::switch(
    "thingGroupProperties.attributePayload.merge",
    "keep attributes that are not given; name= removes one",
)
.named("merge");

/// The properties of a thing type.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingTypeProperties.html>
pub(crate) const TYPE_PROPERTIES: [Argument; 3] = [
    Argument::flag(
        "thingTypeProperties",
        "JSON",
        "the properties as in the API",
    )
    .form(Form::Structure(shape::TYPE_PROPERTIES))
    .hidden(),
    Argument::flag(
        "thingTypeProperties.thingTypeDescription",
        "text",
        "a description of the thing type",
    )
    .named("description"),
    Argument::flag(
        "thingTypeProperties.searchableAttributes",
        "name",
        "an attribute to search by; can be repeated",
    )
    .form(Form::List)
    .named("searchable-attribute"),
];

/// The only property that can change.
pub(crate) const MQTT5: Argument = Argument::flag(
    "thingTypeProperties.mqtt5Configuration",
    "JSON",
    "attributes that MQTT 5 messages carry, as in the API",
)
.form(Form::Structure(shape::MQTT5))
.named("mqtt5-configuration");

pub(crate) const EXPECTED_VERSION: Argument =
    Argument::flag("expectedVersion", "version", "only if it has this version").form(Form::Number);

pub(crate) const CERTIFICATE: Argument = Argument::positional(
    "certificateId",
    "certificateId",
    "the id of the certificate",
)
.form(Form::Name("cert"));

/// What a thing is known by: a certificate, or an identity of Amazon Cognito.
pub(crate) const PRINCIPAL: Argument = Argument::positional(
    "principal",
    "certificate",
    "the certificate: its id or its ARN",
)
.form(Form::Arn(""))
.at(Place::Header("x-amzn-principal"));

pub(crate) const SET_AS_ACTIVE: Argument =
    Argument::switch("setAsActive", "activate the certificate").at(Place::Query);

pub(crate) const CERTIFICATE_FILE: Argument = Argument::new_file(
    "certificatePemOutfile",
    "cert",
    "/certificatePem",
    "write the certificate to this new file",
);

pub(crate) const POLICY: Argument =
    Argument::positional("policyName", "policy", "the name of the policy")
        .form(Form::Name("policy"));

pub(crate) const POLICY_DOCUMENT: [Argument; 2] = [
    Argument::positional(
        "policyDocument",
        "document",
        "the policy: JSON, @file, or @- for standard input",
    )
    .form(Form::Document)
    .at(Place::Body),
    EDIT.in_place_of("policy_document"),
];

pub(crate) const POLICY_VERSION: Argument = Argument::positional(
    "policyVersionId",
    "versionId",
    "the id of the version, such as 2",
);

pub(crate) const POLICY_TARGET: Argument = Argument::positional(
    "target",
    "target",
    "a certificate id, a thing group, or an ARN",
)
.form(Form::Arn("thinggroup"));

pub(crate) const ASCENDING: Argument =
    Argument::switch("ascendingOrder", "the oldest first").at(Place::QueryAs("isAscendingOrder"));

pub(crate) const RESOURCE: Argument = Argument::positional(
    "resourceArn",
    "resource",
    "the resource: job/Job1, thinggroup/g, … or an ARN",
)
.form(Form::Resource);

pub(crate) const TAGS: Argument = Argument::flag(
    "tags",
    "name=value,…",
    "tags of the new resource; can be repeated",
)
.form(Form::Tags);
