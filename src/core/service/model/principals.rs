//! The operations on certificates, policies and what they are attached to.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html>

use crate::service::http::headers;
use crate::service::limits::{
    CERTIFICATE_CHARACTERS, CERTIFICATE_ID_CHARACTERS, POLICY_DOCUMENT_CHARACTERS,
    POLICY_NAME_CHARACTERS, SIGNING_REQUEST_CHARACTERS,
};
use crate::service::model::shape::{Member, Operation, Shape};
use crate::service::model::shapes::{MAX_RESULTS, NAME, NEXT_TOKEN, PAGE_SIZE, TAGS};
use crate::service::pattern::Pattern;

const CERTIFICATE: Member = Member::path(
    "certificateId",
    &Shape::pattern(
        CERTIFICATE_ID_CHARACTERS,
        CERTIFICATE_ID_CHARACTERS,
        Pattern::CERTIFICATE_ID,
    ),
);

const THING: Member = Member::path("thingName", &NAME);

const PRINCIPAL: Member = Member::header("principal", headers::PRINCIPAL, &Shape::TEXT).required();

const IOT_PRINCIPAL: Member =
    Member::header("principal", headers::IOT_PRINCIPAL, &Shape::TEXT).required();

const POLICY_NAME: Shape = Shape::pattern(1, POLICY_NAME_CHARACTERS, Pattern::POLICY_NAME);

const POLICY: Member = Member::path("policyName", &POLICY_NAME);

const TARGET: Member = Member::body("target", &Shape::TEXT).required();

const MARKER: Member = Member::query("marker", &Shape::pattern(0, 1024, Pattern::MARKER));

const PAGE: Member = Member::query("pageSize", &PAGE_SIZE);

const ASCENDING: Member = Member::query("isAscendingOrder", &Shape::Boolean);

const SET_AS_ACTIVE: Member = Member::query("setAsActive", &Shape::Boolean);

const CERTIFICATE_STATUS: Shape = Shape::Word(&[
    "ACTIVE",
    "INACTIVE",
    "REVOKED",
    "PENDING_TRANSFER",
    "REGISTER_INACTIVE",
    "PENDING_ACTIVATION",
]);

const PRINCIPAL_TYPE: Member = Member::query(
    "thingPrincipalType",
    &Shape::Word(&["EXCLUSIVE_THING", "NON_EXCLUSIVE_THING"]),
);

const CERTIFICATES: &[Operation] = &[
    Operation {
        name: "CreateKeysAndCertificate",
        method: "POST",
        path: "/keys-and-certificate",
        members: &[SET_AS_ACTIVE],
    },
    Operation {
        name: "ListCertificates",
        method: "GET",
        path: "/certificates",
        members: &[PAGE, MARKER, ASCENDING],
    },
    Operation {
        name: "DescribeCertificate",
        method: "GET",
        path: "/certificates/{certificateId}",
        members: &[CERTIFICATE],
    },
    Operation {
        name: "UpdateCertificate",
        method: "PUT",
        path: "/certificates/{certificateId}",
        members: &[
            CERTIFICATE,
            Member::query("newStatus", &CERTIFICATE_STATUS).required(),
        ],
    },
    Operation {
        name: "DeleteCertificate",
        method: "DELETE",
        path: "/certificates/{certificateId}",
        members: &[CERTIFICATE, Member::query("forceDelete", &Shape::Boolean)],
    },
    Operation {
        name: "CreateCertificateFromCsr",
        method: "POST",
        path: "/certificates",
        members: &[
            Member::body(
                "certificateSigningRequest",
                &Shape::text(1, SIGNING_REQUEST_CHARACTERS),
            )
            .required(),
            SET_AS_ACTIVE,
        ],
    },
    Operation {
        name: "RegisterCertificateWithoutCA",
        method: "POST",
        path: "/certificate/register-no-ca",
        members: &[
            Member::body("certificatePem", &Shape::text(1, CERTIFICATE_CHARACTERS)).required(),
            Member::body("status", &CERTIFICATE_STATUS),
        ],
    },
];

const ATTACHMENTS: &[Operation] = &[
    Operation {
        name: "AttachThingPrincipal",
        method: "PUT",
        path: "/things/{thingName}/principals",
        members: &[THING, PRINCIPAL, PRINCIPAL_TYPE],
    },
    Operation {
        name: "DetachThingPrincipal",
        method: "DELETE",
        path: "/things/{thingName}/principals",
        members: &[THING, PRINCIPAL],
    },
    Operation {
        name: "ListThingPrincipals",
        method: "GET",
        path: "/things/{thingName}/principals",
        members: &[THING, MAX_RESULTS, NEXT_TOKEN],
    },
    Operation {
        name: "ListPrincipalThings",
        method: "GET",
        path: "/principals/things",
        members: &[PRINCIPAL, MAX_RESULTS, NEXT_TOKEN],
    },
    Operation {
        name: "ListThingPrincipalsV2",
        method: "GET",
        path: "/things/{thingName}/principals-v2",
        members: &[NEXT_TOKEN, MAX_RESULTS, THING, PRINCIPAL_TYPE],
    },
    Operation {
        name: "ListPrincipalThingsV2",
        method: "GET",
        path: "/principals/things-v2",
        members: &[NEXT_TOKEN, MAX_RESULTS, PRINCIPAL, PRINCIPAL_TYPE],
    },
    Operation {
        name: "AttachPrincipalPolicy",
        method: "PUT",
        path: "/principal-policies/{policyName}",
        members: &[POLICY, IOT_PRINCIPAL],
    },
    Operation {
        name: "DetachPrincipalPolicy",
        method: "DELETE",
        path: "/principal-policies/{policyName}",
        members: &[POLICY, IOT_PRINCIPAL],
    },
    Operation {
        name: "ListPrincipalPolicies",
        method: "GET",
        path: "/principal-policies",
        members: &[IOT_PRINCIPAL, MARKER, PAGE, ASCENDING],
    },
    Operation {
        name: "ListPolicyPrincipals",
        method: "GET",
        path: "/policy-principals",
        members: &[
            Member::header("policyName", headers::IOT_POLICY, &POLICY_NAME).required(),
            MARKER,
            PAGE,
            ASCENDING,
        ],
    },
];

const POLICIES: &[Operation] = &[
    Operation {
        name: "CreatePolicy",
        method: "POST",
        path: "/policies/{policyName}",
        members: &[POLICY, DOCUMENT, Member::body("tags", &TAGS).not_emulated()],
    },
    Operation {
        name: "GetPolicy",
        method: "GET",
        path: "/policies/{policyName}",
        members: &[POLICY],
    },
    Operation {
        name: "ListPolicies",
        method: "GET",
        path: "/policies",
        members: &[MARKER, PAGE, ASCENDING],
    },
    Operation {
        name: "DeletePolicy",
        method: "DELETE",
        path: "/policies/{policyName}",
        members: &[POLICY],
    },
    Operation {
        name: "AttachPolicy",
        method: "PUT",
        path: "/target-policies/{policyName}",
        members: &[POLICY, TARGET],
    },
    Operation {
        name: "DetachPolicy",
        method: "POST",
        path: "/target-policies/{policyName}",
        members: &[POLICY, TARGET],
    },
    Operation {
        name: "ListAttachedPolicies",
        method: "POST",
        path: "/attached-policies/{target}",
        members: &[
            Member::path("target", &Shape::TEXT),
            Member::query("recursive", &Shape::Boolean),
            MARKER,
            PAGE,
        ],
    },
    Operation {
        name: "ListTargetsForPolicy",
        method: "POST",
        path: "/policy-targets/{policyName}",
        members: &[POLICY, MARKER, PAGE],
    },
    Operation {
        name: "GetEffectivePolicies",
        method: "POST",
        path: "/effective-policies",
        members: &[
            Member::body("principal", &Shape::TEXT),
            Member::body("cognitoIdentityPoolId", &Shape::TEXT).not_emulated(),
            Member::query("thingName", &NAME),
        ],
    },
];

const VERSION: Member = Member::path(
    "policyVersionId",
    &Shape::pattern(0, usize::MAX, Pattern::DIGITS),
);

const DOCUMENT: Member = Member::body(
    "policyDocument",
    &Shape::text(0, POLICY_DOCUMENT_CHARACTERS),
)
.required();

const POLICY_VERSIONS: &[Operation] = &[
    Operation {
        name: "CreatePolicyVersion",
        method: "POST",
        path: "/policies/{policyName}/version",
        members: &[
            POLICY,
            DOCUMENT,
            Member::query("setAsDefault", &Shape::Boolean),
        ],
    },
    Operation {
        name: "GetPolicyVersion",
        method: "GET",
        path: "/policies/{policyName}/version/{policyVersionId}",
        members: &[POLICY, VERSION],
    },
    Operation {
        name: "ListPolicyVersions",
        method: "GET",
        path: "/policies/{policyName}/version",
        members: &[POLICY],
    },
    Operation {
        name: "SetDefaultPolicyVersion",
        method: "PATCH",
        path: "/policies/{policyName}/version/{policyVersionId}",
        members: &[POLICY, VERSION],
    },
    Operation {
        name: "DeletePolicyVersion",
        method: "DELETE",
        path: "/policies/{policyName}/version/{policyVersionId}",
        members: &[POLICY, VERSION],
    },
];

pub(crate) const OPERATIONS: [&[Operation]; 4] =
    [CERTIFICATES, ATTACHMENTS, POLICIES, POLICY_VERSIONS];
