"""The model of the API that botocore ships, as the judge of every operation that the local service emulates: for every
constraint of every member a request that violates it and nothing else, which must be refused with 400 and an error that the
operation models."""

import os
import re
import subprocess
import sys
import unittest

import boto3
import service
import test_boto3
from botocore import xform_name
from botocore.client import Config
from botocore.exceptions import ClientError

# Why a violation is answered otherwise, by its kind: with this error, or, without one, because no request can contain it.
EXCEPTIONS = {
    "not a boolean": ("SerializationException", "AWS cannot read the request for the operation, as it says of a number"),
    "not a number": ("SerializationException", "AWS cannot read the request for the operation; recorded session"),
    "not a fraction": (None, "botocore cannot write it"),
    "missing in the path": (None, "a path without the name is the path of another operation"),
}

# What stands for the classes of characters of Java in an expression of Python.
CLASSES = {
    r"[^\p{C}]": "[^\x00-\x1f\x7f-\x9f]",
    r"\p{Upper}": "A-Z",
    r"\p{Digit}": "0-9",
    r"\p{Graph}": "!-~",
    r"\p{L}": "a-zA-Z",
    r"\p{Z}": " ",
    r"\p{N}": "0-9",
}

# How a text may have to begin, and how it goes on.
TEXTS = [("", "a"), ("", "A"), ("arn:", "a")]

# What is wrong in most patterns.
WRONG_TEXTS = ["a\x07b", "a%b", "a b", "é"]


def matches(pattern, text):
    for java, python in CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.fullmatch(pattern, text, re.ASCII) is not None


def text_of(shape, length):
    """A text of a length, in the pattern if there can be one."""
    texts = [(start + letter * length)[:length] for start, letter in TEXTS]
    pattern = shape.metadata.get("pattern", "[^$]*")
    return next((text for text in texts if matches(pattern, text)), texts[0])


def example(shape):
    """A value that violates nothing."""
    limits = shape.metadata
    match shape.type_name:
        case "structure":
            return {name: example(shape.members[name]) for name in shape.required_members}
        case "list":
            return [example(shape.member)] * max(limits.get("min", 1), 1)
        case "map":
            return {example(shape.key): example(shape.value)}
        case "string":
            return shape.enum[0] if shape.enum else text_of(shape, max(limits.get("min", 5), 5))
        case "boolean":
            return True
    return limits.get("min", 1)


def violations(shape):
    """Everything that one constraint forbids, each as the path to the member, the kind of the violation and the whole value."""
    limits = shape.metadata
    match shape.type_name:
        case "structure":
            yield from violations_of_members(shape, example(shape))
        case "list":
            if limits.get("min"):
                yield [], "too few", []
            if "max" in limits:
                yield [], "too many", [example(shape.member)] * (limits["max"] + 1)
            for path, kind, value in violations(shape.member):
                yield ["member", *path], kind, [value]
        case "map":
            for path, kind, value in violations(shape.key):
                yield ["key", *path], kind, {value: example(shape.value)}
            for path, kind, value in violations(shape.value):
                yield ["value", *path], kind, {example(shape.key): value}
        case "string":
            yield from violations_of_text(shape)
        case "boolean":
            yield [], "not a boolean", "maybe"
        case _:
            if "min" in limits:
                yield [], "too small", limits["min"] - 1
            if "max" in limits:
                yield [], "too large", limits["max"] + 1
            yield [], "not a fraction" if shape.type_name == "double" else "not a number", "many"


def violations_of_members(shape, base):
    """The same of an object that is otherwise as given."""
    for name, member in shape.members.items():
        if name in shape.required_members:
            is_in_path = member.serialization.get("location") == "uri"
            kind = "missing in the path" if is_in_path else "missing"
            yield [name], kind, {other: value for other, value in base.items() if other != name}
        for path, kind, value in violations(member):
            # HTTP carries no control characters in a header.
            if member.serialization.get("location") == "header" and kind == "pattern":
                value = value.replace("\x07", "%")
            yield [name, *path], kind, {**base, name: value}


def violations_of_text(shape):
    limits = shape.metadata
    if shape.enum:
        yield [], "no such word", "BOGUS"
    if limits.get("min"):
        yield [], "too short", text_of(shape, limits["min"] - 1)
    if "max" in limits:
        yield [], "too long", text_of(shape, limits["max"] + 1)
    # A pattern that takes every text cannot be violated.
    for wrong in WRONG_TEXTS:
        text = wrong + "a" * (limits.get("min", 0) - len(wrong))
        if not matches(limits.get("pattern", r"[\s\S]*"), text):
            yield [], "pattern", text
            break


def made_by_openssl(*words):
    """A certificate signing request, or with `-x509` a certificate, of a new key."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", os.devnull]
    command = ["openssl", "req", "-new", *words, *key, "-subj", "/CN=model"]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=service.PATIENCE_S).stdout


class Model(unittest.TestCase):
    def setUp(self):
        # What is wrong is to reach the service.
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        self.clients = {name: boto3.client(name, config=config) for name in ["iot", "iot-jobs-data"]}
        self.requests, self.refused, self.excepted = 0, 0, {kind: [] for kind in EXCEPTIONS}

    def parameters(self, operation):
        """What an operation needs, all of which exists unless it creates it."""
        iot = self.clients["iot"]
        thing, group, job, policy = (service.name(kind) for kind in ["thing", "group", "job", "policy"])
        document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}'
        target = service.arn(f"thing/{thing}")
        if operation != "CreateThing":
            iot.create_thing(thingName=thing)
        if operation not in ["CreateThing", "CreateJob"]:
            iot.create_job(jobId=job, targets=[target], document="{}", targetSelection="CONTINUOUS")
        if operation != "CreateThingGroup":
            iot.create_thing_group(thingGroupName=group)
        kind, dynamic = service.name("type"), service.name("dynamic")
        if operation != "CreateThingType":
            iot.create_thing_type(thingTypeName=kind)
        if operation in ["UpdateDynamicThingGroup", "DeleteDynamicThingGroup"]:
            iot.create_dynamic_thing_group(thingGroupName=dynamic, queryString="thingName:none")
        if operation != "CreatePolicy":
            iot.create_policy(policyName=policy, policyDocument=document)
        if operation == "DeletePolicyVersion":
            iot.create_policy_version(policyName=policy, policyDocument=document)
        template = service.name("template")
        if operation != "CreateJobTemplate":
            iot.create_job_template(jobTemplateId=template, description="d", document="{}")
        certificate = iot.create_keys_and_certificate()
        values = {
            "thingName": thing,
            "thingGroupName": dynamic if "Dynamic" in operation else group,
            "thingTypeName": kind,
            "queryString": "thingName:none",
            "jobId": job,
            "jobTemplateId": template,
            "templateName": "AWS-Reboot",
            "policyName": policy,
            "certificateId": certificate["certificateId"],
            "principal": certificate["certificateArn"],
            "target": certificate["certificateArn"],
            "targets": [target],
            "resourceArn": service.arn(f"job/{job}"),
            "policyDocument": document,
            "newStatus": "REVOKED",
            "policyVersionId": "1",
            "certificateSigningRequest": made_by_openssl(),
            "certificatePem": made_by_openssl("-x509"),
            "status": "IN_PROGRESS",
        }
        also = {
            "CreateJob": {"document": "{}"},
            "CreateJobTemplate": {"document": "{}"},
            "UpdateJob": {"description": "new"},
            "DeleteJob": {"force": True},
            "AddThingToThingGroup": {"thingName": thing, "thingGroupName": group},
            "RemoveThingFromThingGroup": {"thingName": thing, "thingGroupName": group},
            "UpdateThingGroupsForThing": {"thingName": thing},
            "GetEffectivePolicies": {"thingName": thing},
            "DeletePolicyVersion": {"policyVersionId": "2"},
        }
        return values, also.get(operation, {})

    def check(self, plane, name):
        """Sends every request that an operation must refuse, and then the one that it must take."""
        client = self.clients[plane]
        model = client.meta.service_model.operation_model(name)
        call = getattr(client, xform_name(name))
        modelled = {error.name for error in model.error_shapes}
        values, also = self.parameters(name)
        shape = model.input_shape
        base = {member: values.get(member, example(shape.members[member])) for member in shape.required_members} | also
        for path, kind, parameters in violations_of_members(shape, base):
            error, _ = EXCEPTIONS.get(kind, (None, None))
            # The data plane reads numbers and booleans itself.
            if plane == "iot-jobs-data" and error:
                error, kind = None, "read by the operation"
            if kind in EXCEPTIONS:
                self.excepted[kind].append(f"{name}.{'.'.join(path)}")
                if EXCEPTIONS[kind][0] is None:
                    continue
            with self.subTest(f"{name} {'.'.join(path)}: {kind}"):
                self.requests += 1
                with self.assertRaises(ClientError) as context:
                    call(**parameters)
                response = context.exception.response
                self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 400, response)
                self.assertIn(response["Error"]["Code"], [error] if error else modelled, response)
                self.refused += error is None
        with self.subTest(f"{name} is taken"):
            if name == "DeleteThingType":
                # It has to wait for five minutes.
                client.deprecate_thing_type(**base)
                self.assertRaisesRegex(ClientError, "wait for 5 minutes", call, **base)
            else:
                call(**base)

    def test_every_other_operation_is_refused_by_name(self):
        emulated = test_boto3.operations()
        client, operations = self.clients["iot"], 0
        for name in client.meta.service_model.operation_names:
            if xform_name(name) in emulated:
                continue
            operations += 1
            shape = client.meta.service_model.operation_model(name).input_shape
            with self.subTest(name):
                with self.assertRaises(ClientError) as context:
                    getattr(client, xform_name(name))(**(example(shape) if shape else {}))
                error = context.exception.response["Error"]
                self.assertEqual(error["Code"], "NotEmulatedException")
                self.assertRegex(error["Message"], r"does not emulate [\w ]+ \(`[A-Z]+ /")
        self.assertGreater(operations, 150)

    def test_every_constraint_is_kept(self):
        emulated = test_boto3.operations()
        planes = {
            "iot": lambda name: xform_name(name) in emulated,
            "iot-jobs-data": lambda name: name != "StartCommandExecution",
        }
        operations = 0
        for plane, is_emulated in planes.items():
            for name in filter(is_emulated, self.clients[plane].meta.service_model.operation_names):
                operations += 1
                self.check(plane, name)
        self.assertGreater(operations, 54)
        print(f"model: {operations} operations, {self.requests} requests, {self.refused} refused as modelled", file=sys.stderr)
        for kind, members in self.excepted.items():
            error, reason = EXCEPTIONS[kind]
            print(f"model: {len(members)} {kind}: {error or 'not sent'}: {reason}: {' '.join(members)}", file=sys.stderr)
