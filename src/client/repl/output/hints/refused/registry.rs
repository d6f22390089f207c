//! Refusals of requests on things, their types and groups, certificates, policies, tags; and of pages of lists. Pure.

use crate::repl::output::hints::refused::row::Row;

pub(crate) const THINGS: &[Row] = &[
    (
        "is deprecated. New things cannot",
        "choose another thing type (`list-thing-types`), or `deprecate-thing-type <type> --undo-deprecate`",
    ),
    (
        "thingTypeName and removeThingType cannot",
        "give --thing-type-name or --remove-thing-type, but not both",
    ),
    (
        "A thing without a thing type cannot have more than",
        "remove attributes, or give the thing a thing type: --thing-type-name",
    ),
    (
        "A thing with a thing type cannot have more than",
        "remove attributes; --merge keeps those that the thing has already",
    ),
    (
        "A thing group cannot have more than 50",
        "remove attributes; --merge keeps those that the thing group has already",
    ),
    (
        "The value of attribute",
        "give the attribute a value, or leave it out",
    ),
    (
        "attributeValue cannot be used without",
        "add --attribute-name, the attribute that has the value",
    ),
    (
        "is still attached to one or more principals",
        "`list-thing-principals <thing>` lists its certificates; `detach-thing-principal` detaches one",
    ),
    (
        "because one of the two is exclusive",
        "detach it from the other thing first (`detach-thing-principal`), or use another certificate",
    ),
    (
        "endpointType",
        "leave out --endpoint-type; the default is iot:Data-ATS",
    ),
    (
        "Please use iot:Data-ATS",
        "leave out --endpoint-type; the default is iot:Data-ATS",
    ),
    (
        "Please deprecate it first",
        "`deprecate-thing-type <type>`; five minutes later it can be deleted",
    ),
    (
        "There are still things associated with it",
        "`list-things --thing-type <type>` lists them; `update-thing THING --remove-thing-type` frees one",
    ),
    (
        "Please wait for 5 minutes",
        "retry five minutes after the deprecationDate that `describe-thing-type <type>` shows",
    ),
    (
        "Only mqtt5Configuration of",
        "give --mqtt5-configuration alone; create another thing type for other properties",
    ),
    (
        "searchable attributes.",
        "give at most three --searchable-attribute",
    ),
    (
        "propagating attributes.",
        "remove attributes from mqtt5Configuration",
    ),
    (
        "A propagating attribute needs",
        "write each one like {\"userPropertyKey\":\"room\",\"thingAttribute\":\"room\"}",
    ),
    (
        "is not a connectionAttribute",
        "choose one of these two, or a thingAttribute",
    ),
];

pub(crate) const GROUPS: &[Row] = &[
    (
        "Index ",
        "leave out --index-name; the only index is AWS_Things",
    ),
    ("Query version", "leave out --query-version"),
    (
        "cannot have child groups",
        "the parent of a thing group must be static; name another one, or leave out --parent-group-name",
    ),
    (
        "when there are still child groups",
        "`list-thing-groups --parent-group <group>` lists its child groups; delete them first",
    ),
    (
        "A hierarchy of thing groups cannot be deeper",
        "choose a parent higher up in the hierarchy",
    ),
    ("direct child groups", "choose another parent"),
    (
        "which is in the same hierarchy as",
        "remove the thing from that group first: `remove-thing-from-thing-group`",
    ),
    (
        "A thing cannot be in more than",
        "`list-thing-groups-for-thing <thing>` lists its groups; remove it from one of them",
    ),
    (
        "dynamic thing groups.",
        "`delete-dynamic-thing-group` deletes one that is no longer needed",
    ),
];

pub(crate) const POLICIES: &[Row] = &[
    (
        "Things must be detached",
        "`list-principal-things <certificateId>` lists them; `detach-thing-principal` detaches one",
    ),
    (
        "Certificate policies must be detached",
        "add --force-delete, or detach the policies that `list-attached-policies <certificateId>` lists",
    ),
    (
        "The certificate status cannot be set to",
        "set it to ACTIVE, INACTIVE or REVOKED",
    ),
    (
        "A certificate cannot be registered as",
        "register it as ACTIVE, INACTIVE or REVOKED",
    ),
    (
        "CSR violates constraints",
        "give a signing request in PEM; `openssl req -new -key KEY -subj /CN=NAME` makes one",
    ),
    (
        "does not represent a cert",
        "name a certificate, by its id or its ARN; `list-certificates` lists them",
    ),
    (
        "Invalid principal:",
        "name a certificate of this account, by its id or its ARN; `list-certificates` lists them",
    ),
    (
        "Invalid target:",
        "name a certificate by its id or a thing group by its name, or give an ARN of this account",
    ),
    (
        "is attached to one or more principals (name=",
        "`list-targets-for-policy <policy>` lists them; `detach-policy <policy> TARGET` detaches one",
    ),
    (
        "as versions other than",
        "`list-policy-versions <policy>` lists them; `delete-policy-version <policy> VERSION` deletes one",
    ),
    (
        "The target has",
        "`list-attached-policies <target>` lists them; `detach-policy POLICY <target>` detaches one",
    ),
];

pub(crate) const TAGS_AND_LISTS: &[Row] = &[
    (
        "Too many tags provided",
        "give fewer tags; a resource has at most 50",
    ),
    (
        "A resource cannot have more than",
        "`list-tags-for-resource <resource>` lists its tags; `untag-resource` removes some",
    ),
    (
        "Tags cannot begin with",
        "choose another name; those that begin with aws: belong to AWS",
    ),
    ("Invalid tag parameter", "give each tag once"),
    (
        "Next token is invalid",
        "leave out --next-token to begin with the first page; --all fetches all pages",
    ),
    (
        "Resource type should be job but",
        "name a job: its id, or its ARN",
    ),
    (
        "Resource type should be jobtemplate but",
        "name a job template: its id, or its ARN",
    ),
    (
        "does not match specified",
        "give the name or the ARN, but not both",
    ),
    (
        "Need to specify at least one of them",
        "give the name or the ARN",
    ),
    (
        "Invalid arn in request",
        "name the resource like job/Job1 or thinggroup/attic, or by an ARN of this account and region",
    ),
];
