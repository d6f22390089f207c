//! The lines of the commands that set up devices, tag and change jobs, and what each sends.

/// The id of a certificate.
macro_rules! id {
    () => {
        "4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a"
    };
}

/// What stands before a resource in an ARN, and the same in a URL.
macro_rules! arn {
    ($resource:literal) => {
        concat!("arn:aws:iot:us-east-1:123456789012:", $resource)
    };
}
macro_rules! url {
    ($resource:literal) => {
        concat!("arn%3Aaws%3Aiot%3Aus-east-1%3A123456789012%3A", $resource)
    };
}

/// A command, and what of it is sent.
pub(crate) const TABLE: &[(&str, &str)] = &[
    (
        "update-job J --description 'a b' --timeout 5",
        r#"PATCH /jobs/J {"description":"a b","timeoutConfig":{"inProgressTimeoutInMinutes":5}}"#,
    ),
    (
        r#"update-job --job-id J --timeout-config inProgressTimeoutInMinutes=5 --abort-config {"a":1} --job-executions-rollout-config {"b":2} --job-executions-retry-config {"c":3} --presigned-url-config {"d":4} --namespace-id n"#,
        r#"PATCH /jobs/J?namespaceId=n {"timeoutConfig":{"inProgressTimeoutInMinutes":5},"jobExecutionsRolloutConfig":{"b":2},"abortConfig":{"a":1},"jobExecutionsRetryConfig":{"c":3},"presignedUrlConfig":{"d":4}}"#,
    ),
    ("update-job J", "PATCH /jobs/J {}"),
    (
        "update-job J --description x",
        r#"PATCH /jobs/J {"description":"x"}"#,
    ),
    (
        "associate-targets-with-job J",
        concat!(
            r#"POST /jobs/J/targets {"targets":[""#,
            arn!("thing/sandbox-thing"),
            r#""]}"#
        ),
    ),
    (
        "associate-targets-with-job J --targets arn:a --target arn:b --comment c --namespace-id n",
        r#"POST /jobs/J/targets?namespaceId=n {"targets":["arn:a","arn:b"],"comment":"c"}"#,
    ),
    (
        "create-thing t --thing-type-name l --attribute a=b --attribute c=d=e",
        r#"POST /things/t {"thingTypeName":"l","attributePayload":{"attributes":{"a":"b","c":"d=e"}}}"#,
    ),
    (
        r#"create-thing t --attribute-payload {"attributes":{"a":"b"}}"#,
        r#"POST /things/t {"attributePayload":{"attributes":{"a":"b"}}}"#,
    ),
    (
        "update-thing t --attribute a=b --merge --thing-type-name l --remove-thing-type --expected-version 2",
        r#"PATCH /things/t {"thingTypeName":"l","removeThingType":true,"attributePayload":{"attributes":{"a":"b"},"merge":true},"expectedVersion":2}"#,
    ),
    (
        r#"update-thing t --attribute-payload {"attributes":{}} --merge"#,
        r#"PATCH /things/t {"attributePayload":{"attributes":{},"merge":true}}"#,
    ),
    (
        "list-thing-groups-for-thing",
        "GET /things/sandbox-thing/thing-groups",
    ),
    (
        "list-thing-groups-for-thing t --max-results 5 --next-token n",
        "GET /things/t/thing-groups?maxResults=5&nextToken=n",
    ),
    (
        "list-thing-principals",
        "GET /things/sandbox-thing/principals",
    ),
    (
        "list-thing-principals --thing-name a:b --max-results 5 --next-token n",
        "GET /things/a%3Ab/principals?maxResults=5&nextToken=n",
    ),
    (
        "create-thing-type l --description 'a b' --searchable-attribute a --searchable-attribute b --tags a=b,c=d",
        r#"POST /thing-types/l {"thingTypeProperties":{"thingTypeDescription":"a b","searchableAttributes":["a","b"]},"tags":[{"Key":"a","Value":"b"},{"Key":"c","Value":"d"}]}"#,
    ),
    (
        r#"create-thing-type l --thing-type-properties {"thingTypeDescription":"x"}"#,
        r#"POST /thing-types/l {"thingTypeProperties":{"thingTypeDescription":"x"}}"#,
    ),
    ("describe-thing-type l", "GET /thing-types/l"),
    (
        "list-thing-types --thing-type-name l --max-results 5 --next-token n",
        "GET /thing-types?thingTypeName=l&maxResults=5&nextToken=n",
    ),
    (
        r#"update-thing-type l --mqtt5-configuration {"a":1}"#,
        r#"PATCH /thing-types/l {"thingTypeProperties":{"mqtt5Configuration":{"a":1}}}"#,
    ),
    (
        r#"create-thing-type l --mqtt5-configuration {"a":1}"#,
        r#"POST /thing-types/l {"thingTypeProperties":{"mqtt5Configuration":{"a":1}}}"#,
    ),
    (
        "update-thing-type l --thing-type-properties {}",
        r#"PATCH /thing-types/l {"thingTypeProperties":{}}"#,
    ),
    ("deprecate-thing-type l", "POST /thing-types/l/deprecate {}"),
    (
        "deprecate-thing-type l --undo-deprecate",
        r#"POST /thing-types/l/deprecate {"undoDeprecate":true}"#,
    ),
    ("delete-thing-type l", "DELETE /thing-types/l"),
    (
        "create-thing-group g --parent-group-name h --description x --attribute a=b --tags a=b",
        r#"POST /thing-groups/g {"parentGroupName":"h","thingGroupProperties":{"thingGroupDescription":"x","attributePayload":{"attributes":{"a":"b"}}},"tags":[{"Key":"a","Value":"b"}]}"#,
    ),
    (
        "create-thing-group g --thing-group-properties {} --tags Key=a,Value=b",
        r#"POST /thing-groups/g {"thingGroupProperties":{},"tags":[{"Key":"a","Value":"b"}]}"#,
    ),
    (
        "create-dynamic-thing-group g 'thingName:a* AND attributes.b:c' --description x --attribute a=b --index-name AWS_Things --query-version 2017-09-30 --tags a=b",
        r#"POST /dynamic-thing-groups/g {"queryString":"thingName:a* AND attributes.b:c","thingGroupProperties":{"thingGroupDescription":"x","attributePayload":{"attributes":{"a":"b"}}},"indexName":"AWS_Things","queryVersion":"2017-09-30","tags":[{"Key":"a","Value":"b"}]}"#,
    ),
    (
        "create-dynamic-thing-group g --query-string thingName:a --thing-group-properties {}",
        r#"POST /dynamic-thing-groups/g {"queryString":"thingName:a","thingGroupProperties":{}}"#,
    ),
    (
        "update-thing-group g --description x --attribute a= --merge --expected-version 1",
        r#"PATCH /thing-groups/g {"thingGroupProperties":{"thingGroupDescription":"x","attributePayload":{"attributes":{"a":""},"merge":true}},"expectedVersion":1}"#,
    ),
    (
        r#"update-thing-group g --thing-group-properties {"x":1}"#,
        r#"PATCH /thing-groups/g {"thingGroupProperties":{"x":1}}"#,
    ),
    (
        "update-dynamic-thing-group g --query-string thingName:b --description x --attribute a=b --merge --index-name i --query-version v --expected-version 1",
        r#"PATCH /dynamic-thing-groups/g {"queryString":"thingName:b","thingGroupProperties":{"thingGroupDescription":"x","attributePayload":{"attributes":{"a":"b"},"merge":true}},"indexName":"i","queryVersion":"v","expectedVersion":1}"#,
    ),
    (
        "update-dynamic-thing-group g --query-string thingName:b",
        r#"PATCH /dynamic-thing-groups/g {"queryString":"thingName:b","thingGroupProperties":{}}"#,
    ),
    (
        "update-dynamic-thing-group g --thing-group-properties {}",
        r#"PATCH /dynamic-thing-groups/g {"thingGroupProperties":{}}"#,
    ),
    (
        "delete-dynamic-thing-group g --expected-version 1",
        "DELETE /dynamic-thing-groups/g?expectedVersion=1",
    ),
    (
        "create-keys-and-certificate --cert c.pem --key c.key --public-key c.pub --set-as-active",
        "POST /keys-and-certificate?setAsActive=true",
    ),
    (
        "create-keys-and-certificate --certificate-pem-outfile d.pem --private-key-outfile d.key --public-key-outfile d.pub",
        "POST /keys-and-certificate",
    ),
    (
        "create-certificate-from-csr '-----BEGIN X' --set-as-active --certificate-pem-outfile e.pem",
        r#"POST /certificates?setAsActive=true {"certificateSigningRequest":"-----BEGIN X"}"#,
    ),
    (
        "register-certificate-without-ca '-----BEGIN X'",
        r#"POST /certificate/register-no-ca {"certificatePem":"-----BEGIN X"}"#,
    ),
    (
        "register-certificate-without-ca --certificate-pem '-----BEGIN X' --status active",
        r#"POST /certificate/register-no-ca {"certificatePem":"-----BEGIN X","status":"ACTIVE"}"#,
    ),
    (
        concat!("describe-certificate ", id!()),
        concat!("GET /certificates/", id!()),
    ),
    ("list-certificates", "GET /certificates"),
    (
        "list-certificates --ascending-order --max-results 5 --next-token n",
        "GET /certificates?isAscendingOrder=true&pageSize=5&marker=n",
    ),
    (
        "list-certificates --page-size 5 --marker n",
        "GET /certificates?pageSize=5&marker=n",
    ),
    (
        concat!("update-certificate ", id!(), " inactive"),
        concat!("PUT /certificates/", id!(), "?newStatus=INACTIVE"),
    ),
    (
        concat!(
            "update-certificate --new-status REVOKED --certificate-id ",
            id!()
        ),
        concat!("PUT /certificates/", id!(), "?newStatus=REVOKED"),
    ),
    (
        concat!("delete-certificate ", id!(), " --force-delete"),
        concat!("DELETE /certificates/", id!(), "?forceDelete=true"),
    ),
    (
        concat!(
            "attach-thing-principal t ",
            id!(),
            " --thing-principal-type exclusive_thing"
        ),
        "PUT /things/t/principals?thingPrincipalType=EXCLUSIVE_THING",
    ),
    (
        concat!(
            "detach-thing-principal --principal ",
            id!(),
            " --thing-name t"
        ),
        "DELETE /things/t/principals",
    ),
    (
        concat!(
            "list-principal-things ",
            id!(),
            " --max-results 5 --next-token n"
        ),
        "GET /principals/things?maxResults=5&nextToken=n",
    ),
    (
        r#"create-policy P {"a": 1} --tags a=b"#,
        r#"POST /policies/P {"policyDocument":"{\"a\": 1}","tags":[{"Key":"a","Value":"b"}]}"#,
    ),
    (
        "create-policy --policy-document {} --policy-name a/b",
        r#"POST /policies/a%2Fb {"policyDocument":"{}"}"#,
    ),
    ("get-policy P", "GET /policies/P"),
    (
        "list-policies --ascending-order --max-results 5 --next-token n",
        "GET /policies?isAscendingOrder=true&pageSize=5&marker=n",
    ),
    ("delete-policy P", "DELETE /policies/P"),
    (
        "attach-policy P arn:x",
        r#"PUT /target-policies/P {"target":"arn:x"}"#,
    ),
    (
        concat!("attach-policy P ", id!()),
        concat!(
            r#"PUT /target-policies/P {"target":""#,
            arn!("cert/"),
            id!(),
            r#""}"#
        ),
    ),
    (
        "detach-policy P attic",
        concat!(
            r#"POST /target-policies/P {"target":""#,
            arn!("thinggroup/attic"),
            r#""}"#
        ),
    ),
    (
        "list-attached-policies attic --recursive --max-results 5 --next-token n",
        concat!(
            "POST /attached-policies/",
            url!("thinggroup%2Fattic"),
            "?recursive=true&pageSize=5&marker=n"
        ),
    ),
    (
        "list-targets-for-policy P --max-results 5 --next-token n",
        "POST /policy-targets/P?pageSize=5&marker=n",
    ),
    (
        "create-policy-version P {} --set-as-default",
        r#"POST /policies/P/version?setAsDefault=true {"policyDocument":"{}"}"#,
    ),
    ("list-policy-versions P", "GET /policies/P/version"),
    ("get-policy-version P 2", "GET /policies/P/version/2"),
    (
        "set-default-policy-version P 2",
        "PATCH /policies/P/version/2",
    ),
    (
        "delete-policy-version --policy-version-id 2 --policy-name P",
        "DELETE /policies/P/version/2",
    ),
    (
        "tag-resource job/J a=b,c=d",
        concat!(
            r#"POST /tags {"resourceArn":""#,
            arn!("job/J"),
            r#"","tags":[{"Key":"a","Value":"b"},{"Key":"c","Value":"d"}]}"#
        ),
    ),
    (
        "untag-resource thinggroup/g a,b",
        concat!(
            r#"POST /untag {"resourceArn":""#,
            arn!("thinggroup/g"),
            r#"","tagKeys":["a","b"]}"#
        ),
    ),
    (
        "list-tags-for-resource job/J --next-token n",
        concat!("GET /tags?resourceArn=", url!("job%2FJ"), "&nextToken=n"),
    ),
    (
        "describe-endpoint --endpoint-type iot:data-ats",
        "GET /endpoint?endpointType=iot%3AData-ATS",
    ),
    (
        "describe-endpoint --endpoint-type iot:Other",
        "GET /endpoint?endpointType=iot%3AOther",
    ),
    ("describe-event-configurations", "GET /event-configurations"),
    (
        r#"update-event-configurations --event-configurations {"JOB":{"Enabled":true}}"#,
        r#"PATCH /event-configurations {"eventConfigurations":{"JOB":{"Enabled":true}}}"#,
    ),
];
