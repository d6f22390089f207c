"""The clients of Mosquitto, which know nothing of AWS: publish, subscribe, request, and get refused, in both versions."""

import json
import os
import subprocess
import tempfile
import unittest

import boto3
import service

VERSIONS = ["mqttv311", "mqttv5"]

# What the clients exit with: MOSQ_ERR_CONN_LOST, and the end of `-W SECONDS`.
CONNECTION_LOST = 7
TIMED_OUT = 27


def command(program, version, *words, with_certificate=True, files=None, port="mqttPort"):
    """The command line of a client that is connected as a device of the local service; `files` are those of another one."""
    offer = service.offer
    certificate, key = files or (offer["certFile"], offer["keyFile"])
    identity = ["--cert", certificate, "--key", key] if with_certificate else []
    where = ["-h", offer["endpoint"], "-p", str(offer[port]), "--cafile", offer["caFile"]]
    return [program, *where, *identity, "-V", version, *words]


def run(*words, **options):
    """Runs a client to its end."""
    line = command(*words, **options)
    return subprocess.run(line, capture_output=True, text=True, timeout=service.PATIENCE_S)


class Subscriber:
    """A `mosquitto_sub` that prints topics and payloads; in the body of `with` its subscriptions stand."""

    def __init__(self, version, *topics):
        filters = [word for topic in topics for word in ("-t", topic)]
        line = command("mosquitto_sub", version, "-i", service.name("sub"), "-q", "1", "-d", "-F", "MESSAGE %t %p", *filters)
        # Its own words are buffered unless it runs on a terminal; this makes it write line by line.
        self.process = subprocess.Popen(["stdbuf", "-oL", *line], stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.lines = service.Lines(self.process.stdout)
        self.lines.until(lambda line: line.startswith("Subscribed (mid: "))
        return self

    def message(self):
        """The next message: its topic and its payload."""
        line = self.lines.until(lambda line: line.startswith("MESSAGE "))
        _, topic, payload = line.split(" ", 2)
        return topic, payload

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(service.PATIENCE_S)
        self.process.stdout.close()


class Mosquitto(unittest.TestCase):
    def request(self, version, topic, answer, payload):
        """Publishes a request, and returns the answer on a topic."""
        words = ["-i", service.name("rr"), "-q", "1", "-t", topic, "-e", f"{topic}/{answer}", "-m", payload]
        done = run("mosquitto_rr", version, *words, "-W", str(service.PATIENCE_S))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_what_one_publishes_another_gets(self):
        for version in VERSIONS:
            with self.subTest(version):
                room = service.name("room")
                with Subscriber(version, f"{room}/+") as subscriber:
                    for text, qos in [("first", "1"), ("second", "0")]:
                        done = run("mosquitto_pub", version, "-i", service.name("pub"), "-q", qos, "-t", f"{room}/a", "-m", text)
                        self.assertEqual((done.returncode, done.stderr), (0, ""))
                        self.assertEqual(subscriber.message(), (f"{room}/a", text))

    def test_a_retained_message_is_kept(self):
        for version in VERSIONS:
            with self.subTest(version):
                topic = service.name("kept")
                done = run("mosquitto_pub", version, "-i", service.name("pub"), "-q", "1", "-r", "-t", topic, "-m", "here")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                with Subscriber(version, topic) as subscriber:
                    self.assertEqual(subscriber.message(), (topic, "here"))

    def test_a_job_walks_through(self):
        iot = boto3.client("iot")
        for version in VERSIONS:
            with self.subTest(version):
                thing, job = service.name("mosquitto"), service.name("job")
                target = iot.create_thing(thingName=thing)["thingArn"]
                notify, notify_next = service.topic(thing, "notify"), service.topic(thing, "notify-next")
                with Subscriber(version, notify, notify_next) as events:
                    iot.create_job(jobId=job, targets=[target], document='{"operation": "blink"}')
                    changed, changed_next = events.message(), events.message()
                    self.assertEqual((changed[0], changed_next[0]), (notify, notify_next))
                    self.assertEqual(json.loads(changed[1])["jobs"]["QUEUED"][0]["jobId"], job)
                    self.assertEqual(json.loads(changed_next[1])["execution"]["jobDocument"], {"operation": "blink"})

                    pending = self.request(version, service.topic(thing, "get"), "accepted", '{"clientToken": "t1"}')
                    self.assertEqual(pending["clientToken"], "t1")
                    self.assertEqual([one["jobId"] for one in pending["queuedJobs"]], [job])
                    started = self.request(version, service.topic(thing, "start-next"), "accepted", "{}")
                    self.assertEqual(started["execution"]["status"], "IN_PROGRESS")
                    described = self.request(version, service.topic(thing, "$next/get"), "accepted", "{}")
                    self.assertEqual(described["execution"]["jobId"], job)
                    rejected = self.request(version, service.topic(thing, f"{job}/update"), "rejected", '{"status": "DONE"}')
                    self.assertEqual(rejected["code"], "InvalidRequest")
                    rejected = self.request(version, service.topic(thing, "get"), "rejected", "{")
                    self.assertEqual(rejected["code"], "InvalidJson")
                    self.request(version, service.topic(thing, f"{job}/update"), "accepted", '{"status": "SUCCEEDED"}')

                    self.assertEqual(json.loads(events.message()[1])["jobs"], {})
                    self.assertNotIn("execution", json.loads(events.message()[1]))

    def test_a_publish_that_aws_does_not_take_is_refused(self):
        for topic in ["$SYS/broker", service.topic("lamp", "notify"), service.topic("lamp", "get/accepted")]:
            words = ["-i", service.name("pub"), "-q", "1", "-t", topic, "-m", "{}"]
            done = run("mosquitto_pub", "mqttv311", *words)
            self.assertEqual(done.returncode, CONNECTION_LOST, (topic, done.stderr))
            done = run("mosquitto_pub", "mqttv5", *words)
            self.assertIn("Publish 1 failed: Topic Name invalid", done.stderr, topic)

    def test_qos_2_is_refused(self):
        done = run("mosquitto_pub", "mqttv5", "-i", service.name("pub"), "-q", "2", "-t", "a", "-m", "x")
        self.assertIn("QoS not supported", done.stderr)

    def test_a_subscription_that_aws_does_not_take_is_refused(self):
        words = ["-i", service.name("sub"), "-q", "1", "-t", "$SYS/#", "-d", "-C", "1"]
        done = run("mosquitto_sub", "mqttv5", *words, "-W", str(service.PATIENCE_S))
        self.assertIn("All subscription requests were denied.", done.stderr)
        # In 3.1.1 the connection ends instead, and this client connects anew, again and again.
        done = run("mosquitto_sub", "mqttv311", *words, "-W", "2")
        self.assertEqual(done.returncode, TIMED_OUT, done.stderr)
        self.assertGreater(done.stdout.count("received CONNACK (0)"), 1, done.stdout)
        self.assertNotIn("received SUBACK", done.stdout)

    def test_what_the_policy_denies_is_refused(self):
        iot = boto3.client("iot")
        made = iot.create_keys_and_certificate(setAsActive=True)
        policy = service.name("policy")
        statement = {
            "Effect": "Allow",
            "Action": "iot:*",
            "Resource": [service.arn("client/*"), service.arn("topic/allowed"), service.arn("topicfilter/allowed")],
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iot.create_policy(policyName=policy, policyDocument=document)
        iot.attach_policy(policyName=policy, target=made["certificateArn"])
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ("cert.pem", "key.pem")]
            for path, text in zip(files, (made["certificatePem"], made["keyPair"]["PrivateKey"])):
                with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                    file.write(text)

            def publish(version, topic):
                words = ["-i", service.name("pub"), "-q", "1", "-t", topic, "-m", "x"]
                return run("mosquitto_pub", version, *words, files=files)

            def subscribe(version, seconds):
                words = ["-i", service.name("sub"), "-q", "1", "-t", "allowed", "-t", "denied", "-d", "-W", seconds]
                return run("mosquitto_sub", version, *words, files=files)

            for version in VERSIONS:
                done = publish(version, "allowed")
                self.assertEqual((done.returncode, done.stderr), (0, ""), version)
            # In MQTT 5 the refusal has a name (0x87, 135), and the connection stays.
            self.assertIn("Publish 1 failed: Not authorized", publish("mqttv5", "denied").stderr)
            done = subscribe("mqttv5", "1")
            self.assertIn("Subscribed (mid: 1): 1, 135", done.stdout)
            # In 3.1.1 the connection ends.
            self.assertEqual(publish("mqttv311", "denied").returncode, CONNECTION_LOST)
            done = subscribe("mqttv311", "2")
            self.assertEqual(done.returncode, TIMED_OUT, done.stderr)
            self.assertGreater(done.stdout.count("received CONNACK (0)"), 1, done.stdout)
            self.assertNotIn("received SUBACK", done.stdout)

    def test_a_client_id_that_aws_does_not_take_is_refused(self):
        for version, words in [("mqttv311", "identifier rejected"), ("mqttv5", "Client Identifier not valid")]:
            for client_id in ["$client", "c" * 129]:
                done = run("mosquitto_pub", version, "-i", client_id, "-t", "a", "-m", "x")
                self.assertNotEqual(done.returncode, 0, version)
                self.assertIn(words, done.stderr, version)

    def test_a_client_without_a_certificate_is_refused(self):
        for version in VERSIONS:
            with self.subTest(version):
                words = ["-i", service.name("pub"), "-t", "a", "-m", "x"]
                done = run("mosquitto_pub", version, *words, with_certificate=False)
                # How the client puts it depends on when the end of TLS reaches it.
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("Error: ", done.stderr)

    def test_the_second_with_a_client_id_ends_the_first(self):
        for version in VERSIONS:
            with self.subTest(version):
                client_id = service.name("twin")
                line = command("mosquitto_sub", version, "-i", client_id, "-t", "a", "-d")
                first = subprocess.Popen(["stdbuf", "-oL", *line], stdout=subprocess.PIPE, text=True)
                try:
                    lines = service.Lines(first.stdout)
                    lines.until(lambda line: line.startswith("Subscribed (mid: "))
                    done = run("mosquitto_pub", version, "-i", client_id, "-t", "a", "-m", "x")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    # In MQTT 5 it is told why. In 3.1.1 the connection just ends, and this client connects anew.
                    end = "Received DISCONNECT (142)" if version == "mqttv5" else "received CONNACK"
                    lines.until(lambda line: end in line)
                finally:
                    first.kill()
                    first.wait(service.PATIENCE_S)
                    first.stdout.close()
