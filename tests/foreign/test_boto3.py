"""boto3: every operation of both planes over HTTP that the local service answers, and how it refuses."""

import datetime
import json
import os
import re
import unittest
from pathlib import Path

import boto3
import service
from botocore import xform_name
from botocore.client import Config
from botocore.exceptions import ClientError

# Where the local service says which operations it has.
ROUTES = Path(__file__).parents[2] / "src" / "core" / "service" / "control" / "routes.rs"

# The operations that the tests below have called, by their names in Python.
called = set()


def client(name):
    """A client that takes down which operations are called."""
    client = boto3.client(name)
    client.meta.events.register("before-call", lambda model, **_: called.add(xform_name(model.name)))
    return client


def operations():
    """The operations of the control plane, as the local service routes them: `("NAME", [PATH]) => OPERATION(service, …)`."""
    text = ROUTES.read_text()
    routed = re.findall(r'\("[A-Z]\w+", &\[[^]]*\]\)\s*=>\s*(?:\{\s*)?(?:\w+::)?(\w+)\(\s*service', text)
    # None has escaped the expression above.
    if len(routed) != len(re.findall(r'^ +\("[A-Z]\w+", &', text, re.MULTILINE)):
        raise AssertionError("a route is written in another way")
    return set(routed)


class Boto3(unittest.TestCase):
    def setUp(self):
        self.iot = client("iot")

    def refused(self, code, status, operation, **parameters):
        with self.assertRaises(ClientError) as context:
            operation(**parameters)
        response = context.exception.response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))
        self.assertTrue(response["Error"]["Message"])
        self.assertTrue(response["ResponseMetadata"]["RequestId"])
        return response

    def thing(self):
        name = service.name("boto")
        return name, self.iot.create_thing(thingName=name)["thingArn"]

    def job(self, *targets, **more):
        job = service.name("job")
        self.iot.create_job(jobId=job, targets=list(targets), document='{"operation": "blink"}', **more)
        return job

    def test_things(self):
        thing = service.name("boto")
        created = self.iot.create_thing(thingName=thing, attributePayload={"attributes": {"colour": "red"}})
        self.assertEqual(created["thingArn"], service.arn(f"thing/{thing}"))
        described = self.iot.describe_thing(thingName=thing)
        self.assertEqual((described["thingId"], described["attributes"]), (created["thingId"], {"colour": "red"}))
        # The same again is no mistake, another one with the name is.
        self.iot.create_thing(thingName=thing, attributePayload={"attributes": {"colour": "red"}})
        other = {"attributes": {"colour": "blue"}}
        self.refused("ResourceAlreadyExistsException", 409, self.iot.create_thing, thingName=thing, attributePayload=other)
        self.assertIn(thing, [one["thingName"] for one in self.iot.list_things()["things"]])
        self.iot.delete_thing(thingName=thing)
        self.refused("ResourceNotFoundException", 404, self.iot.describe_thing, thingName=thing)
        self.refused("InvalidRequestException", 400, self.iot.create_thing, thingName="no/thing")

    def test_lists_come_in_pages(self):
        things = {self.thing()[0] for _ in range(5)}
        pages = list(self.iot.get_paginator("list_things").paginate(PaginationConfig={"PageSize": 2}))
        self.assertGreater(len(pages), 2)
        listed = [one["thingName"] for page in pages for one in page["things"]]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(things, set(listed))
        self.refused("InvalidRequestException", 400, self.iot.list_things, nextToken="nonsense")

    def test_thing_groups(self):
        thing, thing_arn = self.thing()
        group = service.name("group")
        group_arn = self.iot.create_thing_group(thingGroupName=group)["thingGroupArn"]
        self.assertEqual(self.iot.describe_thing_group(thingGroupName=group)["thingGroupArn"], group_arn)
        self.assertIn(group, [one["groupName"] for one in self.iot.list_thing_groups()["thingGroups"]])

        # A continuous job reaches whoever joins.
        job = self.job(group_arn, targetSelection="CONTINUOUS")
        self.iot.add_thing_to_thing_group(thingGroupName=group, thingName=thing)
        self.assertEqual(self.iot.list_things_in_thing_group(thingGroupName=group)["things"], [thing])
        groups = self.iot.list_thing_groups_for_thing(thingName=thing)["thingGroups"]
        self.assertEqual([one["groupName"] for one in groups], [group])
        executions = self.iot.list_job_executions_for_job(jobId=job)["executionSummaries"]
        self.assertEqual([one["thingArn"] for one in executions], [thing_arn])

        self.iot.remove_thing_from_thing_group(thingGroupName=group, thingName=thing)
        self.assertEqual(self.iot.list_things_in_thing_group(thingGroupName=group)["things"], [])
        self.iot.delete_job(jobId=job, force=True)
        self.iot.delete_thing_group(thingGroupName=group)
        self.refused("ResourceNotFoundException", 404, self.iot.describe_thing_group, thingGroupName=group)

    def test_thing_types(self):
        kind = service.name("type")
        properties = {"thingTypeDescription": "a lamp", "searchableAttributes": ["watts"]}
        created = self.iot.create_thing_type(thingTypeName=kind, thingTypeProperties=properties, tags=[{"Key": "k", "Value": "v"}])
        self.assertEqual(created["thingTypeArn"], service.arn(f"thingtype/{kind}"))
        tags = self.iot.list_tags_for_resource(resourceArn=created["thingTypeArn"])["tags"]
        self.assertEqual(tags, [{"Key": "k", "Value": "v"}])
        described = self.iot.describe_thing_type(thingTypeName=kind)
        self.assertEqual((described["thingTypeId"], described["thingTypeProperties"]), (created["thingTypeId"], properties))
        self.refused("ResourceAlreadyExistsException", 409, self.iot.create_thing_type, thingTypeName=kind)
        [listed] = self.iot.list_thing_types(thingTypeName=kind)["thingTypes"]
        self.assertEqual(listed["thingTypeMetadata"], described["thingTypeMetadata"])

        thing = service.name("typed")
        attributes = {"attributes": {name: "1" for name in ["watts", "a", "b", "c"]}}
        self.refused("InvalidRequestException", 400, self.iot.create_thing, thingName=thing, attributePayload=attributes)
        self.iot.create_thing(thingName=thing, thingTypeName=kind, attributePayload=attributes)
        self.assertEqual(self.iot.describe_thing(thingName=thing)["thingTypeName"], kind)
        self.assertEqual([one["thingTypeName"] for one in self.iot.list_things(thingTypeName=kind)["things"]], [kind])

        added = {"propagatingAttributes": [{"userPropertyKey": "client", "connectionAttribute": "iot:ClientId"}]}
        self.iot.update_thing_type(thingTypeName=kind, thingTypeProperties={"mqtt5Configuration": added})
        described = self.iot.describe_thing_type(thingTypeName=kind)["thingTypeProperties"]
        self.assertEqual(described["mqtt5Configuration"], added)

        self.iot.deprecate_thing_type(thingTypeName=kind)
        self.refused("InvalidRequestException", 400, self.iot.create_thing, thingName=thing + "2", thingTypeName=kind)
        self.iot.deprecate_thing_type(thingTypeName=kind, undoDeprecate=True)
        self.iot.deprecate_thing_type(thingTypeName=kind)
        metadata = self.iot.describe_thing_type(thingTypeName=kind)["thingTypeMetadata"]
        self.assertTrue(metadata["deprecated"])
        self.assertGreaterEqual(metadata["deprecationDate"], metadata["creationDate"])
        self.iot.update_thing(thingName=thing, removeThingType=True, attributePayload={"attributes": {"a": "1"}})
        refusal = self.refused("InvalidRequestException", 400, self.iot.delete_thing_type, thingTypeName=kind)
        # Terraform and CloudFormation retry because of these words.
        self.assertIn("Please wait for 5 minutes after deprecation and then retry", refusal["Error"]["Message"])

    def test_dynamic_thing_groups(self):
        group, room = service.name("warm"), service.name("room")
        query = f"attributes.room:{room} AND attributes.temperature>60"
        created = self.iot.create_dynamic_thing_group(thingGroupName=group, queryString=query)
        self.assertEqual((created["indexName"], created["queryVersion"]), ("AWS_Things", "2017-09-30"))
        described = self.iot.describe_thing_group(thingGroupName=group)
        self.assertEqual((described["status"], described["queryString"]), ("ACTIVE", query))
        job = self.job(created["thingGroupArn"], targetSelection="CONTINUOUS")
        thing = service.name("thing")

        def measured(temperature):
            attributes = {"room": room, "temperature": temperature}
            self.iot.update_thing(thingName=thing, attributePayload={"attributes": attributes})
            executions = self.iot.list_job_executions_for_job(jobId=job)["executionSummaries"]
            return [one["jobExecutionSummary"]["status"] for one in executions]

        self.iot.create_thing(thingName=thing)
        self.assertEqual(measured("60"), [])
        self.assertEqual(measured("61"), ["QUEUED"])
        self.assertEqual(self.iot.list_things_in_thing_group(thingGroupName=group)["things"], [thing])
        self.assertEqual(measured("9"), ["REMOVED"])
        update = {"thingGroupName": group, "thingGroupProperties": {"thingGroupDescription": "cold"}}
        version = self.iot.update_dynamic_thing_group(**update, queryString=f"attributes.room:{room}", expectedVersion=1)["version"]
        self.assertEqual((version, measured("9")), (2, ["QUEUED", "REMOVED"]))
        self.refused("VersionConflictException", 409, self.iot.update_dynamic_thing_group, **update, expectedVersion=1)

        self.refused("InvalidQueryException", 400, self.iot.create_dynamic_thing_group, thingGroupName=group + "2", queryString="a:")
        shadow = {"thingGroupName": group + "2", "queryString": "shadow.reported.battery>80"}
        self.refused("NotEmulatedException", 501, self.iot.create_dynamic_thing_group, **shadow)
        member = {"thingGroupName": group, "thingName": thing}
        self.refused("InvalidRequestException", 400, self.iot.add_thing_to_thing_group, **member)
        self.refused("InvalidRequestException", 400, self.iot.delete_thing_group, thingGroupName=group)
        self.iot.delete_dynamic_thing_group(thingGroupName=group)
        self.refused("ResourceNotFoundException", 404, self.iot.describe_thing_group, thingGroupName=group)

    def test_a_job(self):
        _, thing_arn = self.thing()
        job = self.job(thing_arn, description="the job")
        described = self.iot.describe_job(jobId=job)["job"]
        self.assertEqual((described["status"], described["description"]), ("IN_PROGRESS", "the job"))
        self.assertEqual(described["jobProcessDetails"]["numberOfQueuedThings"], 1)
        age = datetime.datetime.now(datetime.timezone.utc) - described["createdAt"]
        self.assertLess(abs(age), datetime.timedelta(minutes=1))
        self.assertEqual(self.iot.get_job_document(jobId=job)["document"], '{"operation": "blink"}')
        self.assertIn(job, [one["jobId"] for one in self.iot.list_jobs(status="IN_PROGRESS")["jobs"]])

        self.iot.cancel_job(jobId=job, reasonCode="NOT_NOW", comment="later")
        described = self.iot.describe_job(jobId=job)["job"]
        self.assertEqual((described["status"], described["reasonCode"]), ("CANCELED", "NOT_NOW"))
        self.assertEqual(described["jobProcessDetails"]["numberOfCanceledThings"], 1)
        self.iot.delete_job(jobId=job)
        self.refused("ResourceNotFoundException", 404, self.iot.describe_job, jobId=job)

    def test_what_can_be_changed_later(self):
        thing, thing_arn = self.thing()
        group = service.name("group")
        group_arn = self.iot.create_thing_group(thingGroupName=group)["thingGroupArn"]
        self.iot.update_thing(thingName=thing, attributePayload={"attributes": {"colour": "red"}}, expectedVersion=1)
        self.assertEqual(self.iot.describe_thing(thingName=thing)["attributes"], {"colour": "red"})
        properties = {"thingGroupDescription": "lamps"}
        updated = self.iot.update_thing_group(thingGroupName=group, thingGroupProperties=properties)
        self.assertEqual(updated["version"], 2)

        _, other_arn = self.thing()
        tags = [{"Key": "team", "Value": "lights"}]
        job = self.job(other_arn, targetSelection="CONTINUOUS", tags=tags)
        self.iot.associate_targets_with_job(jobId=job, targets=[group_arn])
        self.iot.update_thing_groups_for_thing(thingName=thing, thingGroupsToAdd=[group])
        executions = self.iot.list_job_executions_for_job(jobId=job)["executionSummaries"]
        self.assertEqual({one["thingArn"] for one in executions}, {thing_arn, other_arn})
        self.iot.update_job(jobId=job, description="for all", timeoutConfig={"inProgressTimeoutInMinutes": 5})
        described = self.iot.describe_job(jobId=job)["job"]
        self.assertEqual((described["description"], described["targets"]), ("for all", [other_arn, group_arn]))

        job_arn = service.arn(f"job/{job}")
        self.assertEqual(self.iot.list_tags_for_resource(resourceArn=job_arn)["tags"], tags)
        self.iot.tag_resource(resourceArn=job_arn, tags=[{"Key": "room", "Value": "1"}])
        self.iot.untag_resource(resourceArn=job_arn, tagKeys=["team"])
        tags = self.iot.list_tags_for_resource(resourceArn=job_arn)["tags"]
        self.assertEqual(tags, [{"Key": "room", "Value": "1"}])

    def test_configurations_come_back(self):
        _, thing_arn = self.thing()
        _, other_arn = self.thing()
        exponential = {
            "baseRatePerMinute": 1,
            "incrementFactor": 1.5,
            "rateIncreaseCriteria": {"numberOfSucceededThings": 1},
        }
        criteria = {
            "failureType": "ALL",
            "action": "CANCEL",
            "thresholdPercentage": 12.5,
            "minNumberOfExecutedThings": 1,
        }
        configurations = {
            "jobExecutionsRolloutConfig": {"maximumPerMinute": 10, "exponentialRate": exponential},
            "abortConfig": {"criteriaList": [criteria]},
        }
        described = self.iot.describe_job(jobId=self.job(thing_arn, other_arn, **configurations))["job"]
        self.assertEqual({name: described[name] for name in configurations}, configurations)
        # One waits for the next minute.
        self.assertTrue(described["isConcurrent"])
        self.assertEqual(described["jobProcessDetails"]["numberOfQueuedThings"], 1)

    def test_executions(self):
        thing, thing_arn = self.thing()
        job = self.job(thing_arn)
        execution = {"jobId": job, "thingName": thing}
        described = self.iot.describe_job_execution(**execution)["execution"]
        self.assertEqual((described["status"], described["versionNumber"]), ("QUEUED", 1))
        listed = self.iot.list_job_executions_for_thing(thingName=thing, status="QUEUED")["executionSummaries"]
        self.assertEqual([one["jobId"] for one in listed], [job])
        self.refused("VersionConflictException", 409, self.iot.cancel_job_execution, expectedVersion=9, **execution)
        self.iot.cancel_job_execution(expectedVersion=1, statusDetails={"why": "test"}, **execution)
        described = self.iot.describe_job_execution(**execution)["execution"]
        self.assertEqual((described["status"], described["statusDetails"]["detailsMap"]), ("CANCELED", {"why": "test"}))
        self.iot.delete_job_execution(executionNumber=1, **execution)
        self.refused("ResourceNotFoundException", 404, self.iot.describe_job_execution, **execution)

    def test_a_job_is_refused(self):
        _, thing_arn = self.thing()
        job = self.job(thing_arn)
        create = self.iot.create_job
        response = self.refused("ResourceAlreadyExistsException", 409, create, jobId=job, targets=[thing_arn], document='{"a": 1}')
        self.assertEqual(response["resourceArn"], service.arn(f"job/{job}"))
        nowhere = [service.arn("thing/nowhere")]
        for code, status, parameters in [
            ("InvalidRequestException", 400, {"targets": [thing_arn], "document": "{no json"}),
            ("InvalidRequestException", 400, {"targets": [thing_arn]}),
            ("InvalidRequestException", 400, {"targets": ["lamp"], "document": "{}"}),
            ("ResourceNotFoundException", 404, {"targets": nowhere, "document": "{}"}),
        ]:
            with self.subTest(parameters):
                self.refused(code, status, create, jobId=service.name("job"), **parameters)
        self.refused("InvalidRequestException", 400, create, jobId="no.job", targets=[thing_arn], document="{}")
        self.refused("InvalidStateTransitionException", 409, self.iot.delete_job, jobId=job)

    def test_the_endpoint(self):
        for kind in ["iot:Data-ATS", "iot:CredentialProvider"]:
            endpoint = self.iot.describe_endpoint(endpointType=kind)["endpointAddress"]
            self.assertEqual(endpoint, service.offer["endpoint"])
        self.refused("InvalidRequestException", 400, self.iot.describe_endpoint, endpointType="iot:Jobs")

    def test_event_configurations(self):
        self.iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": True}})
        described = self.iot.describe_event_configurations()
        configurations = described["eventConfigurations"]
        self.assertEqual((configurations["JOB"], configurations["JOB_EXECUTION"]), ({"Enabled": True}, {"Enabled": False}))
        self.assertIsInstance(described["lastModifiedDate"], datetime.datetime)
        self.iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": False}})

    def test_what_is_not_emulated_says_so(self):
        self.refused("NotEmulatedException", 501, self.iot.list_topic_rules)
        # Whatever a service speaks, its client can read the refusal.
        here = os.environ["AWS_ENDPOINT_URL_IOT"]
        for name, operation in [
            ("cloudfront", "list_distributions"),
            ("dynamodb", "list_tables"),
            ("ec2", "describe_regions"),
            ("iam", "list_users"),
            ("iot-data", "list_retained_messages"),
            ("sns", "list_topics"),
            ("sqs", "list_queues"),
            ("sts", "get_caller_identity"),
        ]:
            with self.subTest(name):
                config = Config(retries={"total_max_attempts": 1})
                response = self.refused(
                    "NotEmulatedException", 501, getattr(boto3.client(name, endpoint_url=here, config=config), operation)
                )
                self.assertIn("does not emulate the service", response["Error"]["Message"])

    def test_a_request_may_be_signed_as_it_was_before_2023(self):
        sign = {"signing_name": "execute-api"}
        self.iot.meta.events.register("before-call", lambda context, **_: context.setdefault("signing", {}).update(sign))
        self.thing()
        job = self.job(self.thing()[1])
        self.assertEqual(self.iot.describe_job(jobId=job)["job"]["jobId"], job)

    def test_a_device_over_http(self):
        data = client("iot-jobs-data")
        thing, thing_arn = self.thing()
        pending = data.get_pending_job_executions(thingName=thing)
        self.assertEqual((pending["inProgressJobs"], pending["queuedJobs"]), ([], []))
        self.assertNotIn("execution", data.start_next_pending_job_execution(thingName=thing))

        job = self.job(thing_arn)
        execution = {"jobId": job, "thingName": thing}
        described = data.describe_job_execution(jobId="$next", thingName=thing)["execution"]
        self.assertEqual((described["jobId"], described["thingName"], described["status"]), (job, thing, "QUEUED"))
        started = data.start_next_pending_job_execution(thingName=thing, statusDetails={"step": "one"})["execution"]
        self.assertEqual((started["status"], started["jobDocument"]), ("IN_PROGRESS", '{"operation":"blink"}'))
        for code, status, parameters in [
            ("InvalidRequestException", 400, {"status": "SUCCEEDED", "expectedVersion": 9}),
            ("InvalidStateTransitionException", 409, {"status": "CANCELED"}),
            ("ResourceNotFoundException", 404, {"status": "SUCCEEDED", "executionNumber": 2}),
        ]:
            with self.subTest(parameters):
                self.refused(code, status, lambda: data.update_job_execution(**execution, **parameters))
        wanted = {"status": "SUCCEEDED", "expectedVersion": 2, "includeJobExecutionState": True}
        updated = data.update_job_execution(**execution, **wanted)
        self.assertEqual(updated["executionState"]["versionNumber"], 3)
        self.refused("TerminalStateException", 410, data.describe_job_execution, **execution)

    def test_devices_and_policies(self):
        made = self.iot.create_keys_and_certificate(setAsActive=False)
        certificate, principal = made["certificateId"], made["certificateArn"]
        self.assertIn("PRIVATE KEY", made["keyPair"]["PrivateKey"])
        self.assertEqual(self.status_of(certificate), "INACTIVE")
        self.iot.update_certificate(certificateId=certificate, newStatus="ACTIVE")
        self.assertEqual(self.status_of(certificate), "ACTIVE")
        self.assertIn(certificate, [one["certificateId"] for one in self.iot.list_certificates()["certificates"]])

        policy = service.name("policy")
        document = json.dumps({"Version": "2012-10-17", "Statement": [service.EVERYTHING]})
        self.iot.create_policy(policyName=policy, policyDocument=document)
        self.refused("ResourceAlreadyExistsException", 409, self.iot.create_policy, policyName=policy, policyDocument=document)
        self.refused("MalformedPolicyException", 400, self.iot.create_policy, policyName=policy + "x", policyDocument="{")
        self.assertEqual(self.iot.get_policy(policyName=policy)["policyDocument"], document)
        self.assertIn(policy, [one["policyName"] for one in self.iot.list_policies()["policies"]])
        self.iot.attach_policy(policyName=policy, target=principal)
        attached = self.iot.list_attached_policies(target=principal)["policies"]
        self.assertEqual([one["policyName"] for one in attached], [policy])
        self.assertEqual(self.iot.list_targets_for_policy(policyName=policy)["targets"], [principal])

        thing, _ = self.thing()
        self.iot.attach_thing_principal(thingName=thing, principal=principal)
        self.assertEqual(self.iot.list_thing_principals(thingName=thing)["principals"], [principal])
        self.assertEqual(self.iot.list_principal_things(principal=principal)["things"], [thing])

        # Nothing that is in use is deleted.
        self.refused("DeleteConflictException", 409, self.iot.delete_policy, policyName=policy)
        self.iot.detach_policy(policyName=policy, target=principal)
        self.iot.detach_thing_principal(thingName=thing, principal=principal)
        self.iot.delete_policy(policyName=policy)
        self.refused("ResourceNotFoundException", 404, self.iot.get_policy, policyName=policy)
        self.iot.update_certificate(certificateId=certificate, newStatus="INACTIVE")
        self.iot.delete_certificate(certificateId=certificate)
        self.refused("ResourceNotFoundException", 404, self.iot.describe_certificate, certificateId=certificate)

    def status_of(self, certificate):
        return self.iot.describe_certificate(certificateId=certificate)["certificateDescription"]["status"]

    def test_zz_every_operation_was_called(self):
        """Runs last: unittest goes by the names."""
        data = boto3.client("iot-jobs-data").meta.service_model.operation_names
        # Of the data plane all but the one for AWS IoT commands.
        data = {xform_name(name) for name in data} - {"start_command_execution"}
        self.assertEqual(len(data), 4)
        control = operations()
        self.assertGreater(len(control), 50)
        self.assertEqual((control | data) - called, set())
