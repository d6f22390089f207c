"""Certificates and what gives them rights: boto3 and the AWS CLI set up a device, whose key openssl made; Mosquitto connects."""

import json
import os
import subprocess
import tempfile
import unittest

import service
import test_aws_cli
import test_boto3
import test_https
import test_mosquitto

# How openssl makes the keys that AWS takes.
KEYS = [
    ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
]

CONNECT = {"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}


def publish(topic):
    """A statement that allows to publish to a topic."""
    return {"Effect": "Allow", "Action": "iot:Publish", "Resource": service.arn(f"topic/{topic}")}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Certificates(unittest.TestCase):
    def setUp(self):
        self.iot = test_boto3.client("iot")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def openssl(self, *words):
        process = subprocess.run(
            ["openssl", *words], cwd=self.folder, capture_output=True, text=True, timeout=service.PATIENCE_S
        )
        self.assertEqual(process.returncode, 0, process.stderr)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def new_key(self, kind=KEYS[1]):
        algorithm, *options = kind
        self.openssl("genpkey", "-algorithm", algorithm, *options, "-out", "key.pem")

    def publishes(self, topic, certificate="certificate.pem", client=None):
        """Whether the broker acknowledges what a client of Mosquitto publishes to a topic."""
        files = (self.path(certificate), self.path("key.pem"))
        words = ["-i", client or service.name("c"), "-q", "1", "-t", topic, "-m", "x"]
        done = test_mosquitto.run("mosquitto_pub", "mqttv5", *words, files=files)
        return done.returncode == 0 and not done.stderr

    def policy(self, *statements):
        name = service.name("policy")
        self.iot.create_policy(policyName=name, policyDocument=document(*statements))
        return name

    def test_a_certificate_from_a_request_connects(self):
        policy = self.policy(CONNECT, publish("${iot:Certificate.Subject.CommonName}"))
        for kind in KEYS:
            with self.subTest(kind):
                self.new_key(kind)
                self.openssl("req", "-new", "-key", "key.pem", "-subj", "/O=o/CN=lamp", "-out", "request.pem")
                request = f"file://{self.path('request.pem')}"
                made = test_aws_cli.answer(
                    "create-certificate-from-csr", "--certificate-signing-request", request, "--set-as-active"
                )
                self.iot.attach_policy(policyName=policy, target=made["certificateArn"])
                with open(self.path("certificate.pem"), "w", encoding="utf-8") as file:
                    file.write(made["certificatePem"])
                self.openssl("verify", "-CAfile", service.offer["caFile"], "certificate.pem")
                self.assertTrue(self.publishes("lamp"))
                self.assertFalse(self.publishes("door"))
        made = self.iot.create_certificate_from_csr(certificateSigningRequest=self.read("request.pem"))
        described = self.iot.describe_certificate(certificateId=made["certificateId"])["certificateDescription"]
        self.assertEqual((described["status"], described["certificateMode"]), ("INACTIVE", "DEFAULT"))
        with self.assertRaises(self.iot.exceptions.InvalidRequestException):
            self.iot.create_certificate_from_csr(certificateSigningRequest=request)

    def test_a_certificate_without_a_ca_connects(self):
        self.new_key()
        policy = self.policy(CONNECT, publish("a"))
        self.openssl("req", "-new", "-key", "key.pem", "-subj", "/CN=self", "-out", "request.pem")
        # Version 1, and version 3.
        self.openssl("x509", "-req", "-in", "request.pem", "-signkey", "key.pem", "-days", "9", "-out", "one.pem")
        self.openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=self", "-days", "9", "-out", "three.pem")
        for name in ["one.pem", "three.pem"]:
            with self.subTest(name):
                self.assertFalse(self.publishes("a", name))
                made = test_aws_cli.answer(
                    "register-certificate-without-ca", "--certificate-pem", f"file://{self.path(name)}", "--status", "ACTIVE"
                )
                self.iot.attach_policy(policyName=policy, target=made["certificateArn"])
                self.assertTrue(self.publishes("a", name))
                certificate = {"certificateId": made["certificateId"]}
                described = self.iot.describe_certificate(**certificate)["certificateDescription"]
                self.assertEqual(described["certificateMode"], "SNI_ONLY")
                with self.assertRaises(self.iot.exceptions.ResourceAlreadyExistsException):
                    self.iot.register_certificate_without_ca(certificatePem=self.read(name))
                self.iot.update_certificate(newStatus="INACTIVE", **certificate)
                self.assertFalse(self.publishes("a", name))
                self.iot.delete_certificate(forceDelete=True, **certificate)
                self.assertFalse(self.publishes("a", name))
        with self.assertRaises(self.iot.exceptions.CertificateValidationException):
            self.iot.register_certificate_without_ca(certificatePem=self.read("request.pem"))

    def registered(self):
        """A new certificate that is registered; its ARN."""
        self.new_key()
        self.openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=self", "-days", "9", "-out", "certificate.pem")
        made = self.iot.register_certificate_without_ca(certificatePem=self.read("certificate.pem"), status="ACTIVE")
        return made["certificateArn"]

    def test_a_certificate_without_a_ca_over_https(self):
        thing, arn = service.name("thing"), self.registered()
        self.iot.create_thing(thingName=thing)
        pending = ("GET", f"/things/{thing}/jobs")
        files = (self.path("certificate.pem"), self.path("key.pem"))
        self.assertEqual(test_https.answer(*pending, files=files)[0], 403)
        jobs = {"Effect": "Allow", "Action": "iotjobsdata:*", "Resource": service.arn(f"thing/{thing}")}
        self.iot.attach_policy(policyName=self.policy(jobs), target=arn)
        self.assertEqual(test_https.answer(*pending, files=files)[0], 200)
        certificate = {"certificateId": arn.rpartition("/")[2]}
        self.iot.update_certificate(newStatus="INACTIVE", **certificate)
        self.assertEqual(test_https.answer(*pending, files=files)[:2], (400, "CertificateValidationException"))
        self.iot.delete_certificate(forceDelete=True, **certificate)
        self.assertIn(test_https.curl(*pending, files=files).returncode, test_https.REFUSED)

    def test_the_versions_of_a_policy(self):
        policy, arn = self.policy(CONNECT, publish("a")), self.registered()
        self.iot.attach_policy(policyName=policy, target=arn)
        self.assertEqual((self.publishes("a"), self.publishes("b")), (True, False))
        name = {"policyName": policy}
        second = document(CONNECT, publish("b"))
        made = self.iot.create_policy_version(policyDocument=second, setAsDefault=True, **name)
        self.assertEqual((made["policyVersionId"], made["isDefaultVersion"]), ("2", True))
        self.assertEqual((self.publishes("a"), self.publishes("b")), (False, True))
        self.assertEqual(self.iot.get_policy(**name)["defaultVersionId"], "2")
        self.iot.set_default_policy_version(policyVersionId="1", **name)
        self.assertEqual((self.publishes("a"), self.publishes("b")), (True, False))
        self.assertEqual(self.iot.get_policy_version(policyVersionId="2", **name)["policyDocument"], second)
        for _ in range(3):
            self.iot.create_policy_version(policyDocument=second, **name)
        versions = self.iot.list_policy_versions(**name)["policyVersions"]
        self.assertEqual([one["versionId"] for one in versions if one["isDefaultVersion"]], ["1"])
        self.assertEqual({one["versionId"] for one in versions}, {"1", "2", "3", "4", "5"})
        with self.assertRaises(self.iot.exceptions.VersionsLimitExceededException):
            self.iot.create_policy_version(policyDocument=second, **name)
        with self.assertRaises(self.iot.exceptions.DeleteConflictException):
            self.iot.delete_policy_version(policyVersionId="1", **name)
        self.iot.detach_policy(target=arn, **name)
        with self.assertRaises(self.iot.exceptions.DeleteConflictException):
            self.iot.delete_policy(**name)
        for version in "2345":
            self.iot.delete_policy_version(policyVersionId=version, **name)
        self.iot.delete_policy(**name)

    def test_deprecated_operations_on_policies(self):
        policy, arn = self.policy(CONNECT, publish("a")), self.registered()
        name = {"policyName": policy}
        self.iot.attach_principal_policy(principal=arn, **name)
        self.assertTrue(self.publishes("a"))
        listed = self.iot.list_principal_policies(principal=arn)["policies"]
        self.assertEqual([one["policyName"] for one in listed], [policy])
        self.assertEqual(self.iot.list_policy_principals(**name)["principals"], [arn])
        self.iot.detach_principal_policy(principal=arn, **name)
        self.assertFalse(self.publishes("a"))

    def test_policies_of_thing_groups(self):
        policy, arn = self.policy(CONNECT, publish("a")), self.registered()
        thing, group = service.name("thing"), service.name("group")
        self.iot.create_thing(thingName=thing)
        self.iot.attach_thing_principal(thingName=thing, principal=arn)
        target = self.iot.create_thing_group(thingGroupName=group)["thingGroupArn"]
        self.iot.add_thing_to_thing_group(thingGroupName=group, thingName=thing)
        self.assertFalse(self.publishes("a", client=thing))
        self.iot.attach_policy(policyName=policy, target=target)
        self.assertTrue(self.publishes("a", client=thing))
        self.assertFalse(self.publishes("a"))
        effective = self.iot.get_effective_policies(principal=arn, thingName=thing)["effectivePolicies"]
        self.assertEqual([one["policyName"] for one in effective], [policy])

    def test_a_thing_that_has_a_certificate_to_itself(self):
        attached = {**CONNECT, "Condition": {"Bool": {"iot:Connection.Thing.IsAttached": "true"}}}
        policy, arn = self.policy(attached, publish("a")), self.registered()
        self.iot.attach_policy(policyName=policy, target=arn)
        things = [service.name("thing"), service.name("thing")]
        for thing in things:
            self.iot.create_thing(thingName=thing)
        self.assertFalse(self.publishes("a"))
        exclusive = "EXCLUSIVE_THING"
        self.iot.attach_thing_principal(thingName=things[0], principal=arn, thingPrincipalType=exclusive)
        self.assertTrue(self.publishes("a"))
        with self.assertRaises(self.iot.exceptions.InvalidRequestException):
            self.iot.attach_thing_principal(thingName=things[1], principal=arn)
        listed = self.iot.list_principal_things_v2(principal=arn)["principalThingObjects"]
        self.assertEqual(listed, [{"thingName": things[0], "thingPrincipalType": exclusive}])
        listed = self.iot.list_thing_principals_v2(thingName=things[0], thingPrincipalType=exclusive)
        self.assertEqual(listed["thingPrincipalObjects"], [{"principal": arn, "thingPrincipalType": exclusive}])
