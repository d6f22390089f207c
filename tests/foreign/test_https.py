"""The port for HTTPS: curl as a device, with its certificate; and clients of MQTT that ask for it by ALPN."""

import concurrent.futures
import json
import os
import subprocess
import tempfile
import unittest

import boto3
import service
import test_mosquitto
from awscrt import io, mqtt5

# What AWS calls MQTT and HTTP on the port that both share.
MQTT, HTTP = "x-amzn-mqtt-ca", "x-amzn-http-ca"

# What curl exits with when TLS ends it: CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR.
REFUSED = (35, 56)


def curl(method, path, body=None, files=None, words=()):
    """Runs curl to its end, with the certificate of the device of `serve` or that of another one; None for none."""
    offer = service.offer
    certificate, key = files or (offer["certFile"], offer["keyFile"])
    identity = [] if files == () else ["--cert", certificate, "--key", key]
    data = [] if body is None else ["--data", json.dumps(body)]
    line = ["curl", "--silent", "--show-error", "--include", "--cacert", offer["caFile"], *identity]
    line += ["--request", method, *data, *words, offer["httpsUrl"] + path]
    return subprocess.run(line, capture_output=True, text=True, timeout=service.PATIENCE_S)


def answer(*words, **options):
    """The status of a response, the name of its error, and its body."""
    done = curl(*words, **options)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}: {done.stderr}")
    head, _, body = done.stdout.partition("\n\n")
    first, *lines = head.split("\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(first.split(" ")[1]), headers.get("x-amzn-errortype", ""), json.loads(body)


class Https(unittest.TestCase):
    def setUp(self):
        self.iot = boto3.client("iot")
        self.thing, self.job = service.name("https"), service.name("job")
        target = self.iot.create_thing(thingName=self.thing)["thingArn"]
        self.iot.create_job(jobId=self.job, targets=[target], document='{"operation": "blink"}')
        self.jobs = f"/things/{self.thing}/jobs"

    def done(self, *words):
        status, error, body = answer(*words)
        self.assertEqual((status, error), (200, ""), body)
        return body

    def test_a_job_walks_through(self):
        pending = self.done("GET", self.jobs)
        self.assertEqual([one["jobId"] for one in pending["queuedJobs"]], [self.job])
        started = self.done("PUT", f"{self.jobs}/$next", {"statusDetails": {"step": "1"}})["execution"]
        self.assertEqual((started["status"], json.loads(started["jobDocument"])), ("IN_PROGRESS", {"operation": "blink"}))
        described = self.done("GET", f"{self.jobs}/{self.job}?includeJobDocument=false")["execution"]
        self.assertEqual((described["statusDetails"], described.get("jobDocument")), ({"step": "1"}, None))
        update = {"status": "SUCCEEDED", "expectedVersion": described["versionNumber"], "includeJobExecutionState": True}
        updated = self.done("POST", f"{self.jobs}/{self.job}", update)
        self.assertEqual(updated["executionState"]["status"], "SUCCEEDED")
        self.assertEqual(self.done("GET", f"{self.jobs}/$next"), {})
        self.assertEqual(self.iot.describe_job(jobId=self.job)["job"]["status"], "COMPLETED")
        for path, body, expected in [
            (self.job, {"status": "FAILED"}, (409, "InvalidStateTransitionException")),
            ("nothing", {"status": "FAILED"}, (404, "ResourceNotFoundException")),
            (self.job, {"status": "DONE"}, (400, "InvalidRequestException")),
        ]:
            self.assertEqual(answer("POST", f"{self.jobs}/{path}", body)[:2], expected)

    def test_the_lines_of_the_page_do_a_job(self):
        page = os.path.join(os.path.dirname(__file__), "../../src/client/repl/pages/local-service.md")
        with open(page, encoding="utf-8") as file:
            [lines] = [block for block in file.read().split("```") if "device() {" in block]
        own = {"https://localhost:8443": service.offer["httpsUrl"], "sandbox-thing": self.thing, "Job1": self.job}
        for written, here in own.items():
            self.assertIn(written, lines)
            lines = lines.replace(written, here)
        script = lines.removeprefix("sh\n").replace(" curl ", " curl --silent --show-error --write-out '\\n' ")
        folder = os.path.dirname(service.offer["caFile"])
        done = subprocess.run(["sh", "-e"], input=script, cwd=folder, capture_output=True, text=True, timeout=service.PATIENCE_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        pending, started, described, updated = map(json.loads, done.stdout.splitlines())
        self.assertEqual(pending["queuedJobs"][0]["jobId"], self.job)
        self.assertEqual(started["execution"]["status"], "IN_PROGRESS")
        self.assertEqual((described["execution"]["jobId"], updated), (self.job, {}))
        self.assertEqual(self.iot.describe_job(jobId=self.job)["job"]["status"], "COMPLETED")

    def test_the_policy_and_the_status_of_the_certificate_decide(self):
        made = self.iot.create_keys_and_certificate(setAsActive=True)
        policy = service.name("policy")
        statement = {"Effect": "Allow", "Action": "iotjobsdata:Get*", "Resource": service.arn(f"thing/{self.thing}")}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iot.create_policy(policyName=policy, policyDocument=document)
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ("cert.pem", "key.pem")]
            for path, text in zip(files, (made["certificatePem"], made["keyPair"]["PrivateKey"])):
                with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                    file.write(text)
            self.assertEqual(answer("GET", self.jobs, files=files)[:2], (403, "ForbiddenException"))
            self.iot.attach_policy(policyName=policy, target=made["certificateArn"])
            self.assertEqual(answer("GET", self.jobs, files=files)[0], 200)
            self.assertEqual(answer("GET", f"{self.jobs}/$next", files=files)[:2], (403, "ForbiddenException"))
            self.assertEqual(answer("GET", "/things/other/jobs", files=files)[:2], (403, "ForbiddenException"))
            self.iot.update_certificate(certificateId=made["certificateId"], newStatus="INACTIVE")
            self.assertEqual(answer("GET", self.jobs, files=files)[:2], (400, "CertificateValidationException"))

    def test_a_client_without_a_certificate_is_refused(self):
        self.assertIn(curl("GET", self.jobs, files=()).returncode, REFUSED)

    def test_each_version_of_tls_is_taken_with_alpn_and_without(self):
        for words in (["--tlsv1.3"], ["--tls-max", "1.2"], ["--no-alpn"], ["--http1.1"]):
            self.assertEqual(answer("GET", self.jobs, words=words)[0], 200, words)

    def test_what_is_of_another_service_is_refused_by_name(self):
        for path, name in [("/topics/a?qos=1", "publishing"), (f"/things/{self.thing}/shadow", "shadows")]:
            status, error, body = answer("POST", path, {})
            self.assertEqual((status, error), (501, "NotEmulatedException"))
            self.assertIn(name, body["message"])

    def test_mosquitto_speaks_mqtt(self):
        topic = service.topic(self.thing, "get")
        for version in test_mosquitto.VERSIONS:
            words = ["-i", service.name("rr"), "-q", "1", "-t", topic, "-e", f"{topic}/accepted", "-m", "{}"]
            done = test_mosquitto.run("mosquitto_rr", version, *words, "--tls-alpn", MQTT, "-W", str(service.PATIENCE_S), port="httpsPort")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["queuedJobs"][0]["jobId"], self.job)
            # With the other name the port speaks HTTP.
            done = test_mosquitto.run("mosquitto_pub", version, *words[:4], "-t", "a", "-m", "x", "--tls-alpn", HTTP, port="httpsPort")
            self.assertNotEqual(done.returncode, 0)

    def test_the_device_sdk_speaks_mqtt(self):
        # Its builder offers this name on port 443 alone, so this takes what the builder is made of.
        offer = service.offer
        tls = io.TlsContextOptions.create_client_with_mtls_from_path(offer["certFile"], offer["keyFile"])
        tls.override_default_trust_store_from_path(None, offer["caFile"])
        tls.alpn_list = [MQTT]
        connected, replied = concurrent.futures.Future(), concurrent.futures.Future()
        client = mqtt5.Client(
            mqtt5.ClientOptions(
                host_name=offer["endpoint"],
                port=offer["httpsPort"],
                tls_ctx=io.ClientTlsContext(tls),
                connect_options=mqtt5.ConnectPacket(client_id=service.name("sdk")),
                on_lifecycle_event_connection_success_fn=connected.set_result,
                on_lifecycle_event_connection_failure_fn=lambda data: connected.set_exception(data.exception),
                on_publish_callback_fn=replied.set_result,
            )
        )
        client.start()
        try:
            connected.result(service.PATIENCE_S)
            topic = service.topic(self.thing, "start-next")
            filters = [mqtt5.Subscription(f"{topic}/accepted", mqtt5.QoS.AT_LEAST_ONCE)]
            client.subscribe(mqtt5.SubscribePacket(filters)).result(service.PATIENCE_S)
            client.publish(mqtt5.PublishPacket(topic=topic, payload="{}", qos=mqtt5.QoS.AT_LEAST_ONCE)).result(service.PATIENCE_S)
            started = json.loads(replied.result(service.PATIENCE_S).publish_packet.payload)
            self.assertEqual(started["execution"]["jobId"], self.job)
        finally:
            client.stop()
