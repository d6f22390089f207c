"""The AWS CLI: a walk through things and jobs, also on the device's side, and how it reports what is refused."""

import json
import os
import subprocess
import sys
import unittest

import service

# The exit status of version 1 of the AWS CLI when the service has refused.
REFUSED = 255


def aws(*words, endpoint_url=None):
    """Runs `aws iot`, or another service if the first word says so; returns the finished process."""
    environment = dict(os.environ)
    if endpoint_url:
        environment["AWS_ENDPOINT_URL_IOT"] = endpoint_url
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    plane = [] if words[0] in ("iot-jobs-data", "s3", "s3api") else ["iot"]
    command = [sys.executable, program, *plane, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=service.PATIENCE_S)


def answer(*words, endpoint_url=None):
    """What an operation that succeeds answers; an empty answer is None."""
    process = aws(*words, endpoint_url=endpoint_url)
    if process.returncode != 0:
        raise AssertionError(f"{words}: {process.returncode}: {process.stderr}")
    return json.loads(process.stdout) if process.stdout else None


class AwsCli(unittest.TestCase):
    def refused(self, code, *words):
        process = aws(*words)
        self.assertEqual(process.returncode, REFUSED, process.stderr)
        self.assertIn(f"({code})", process.stderr)

    def test_a_thing_is_created_described_and_deleted(self):
        thing = service.name("cli")
        self.refused("ResourceNotFoundException", "describe-thing", "--thing-name", thing)
        created = answer("create-thing", "--thing-name", thing)
        self.assertEqual(created["thingArn"], service.arn(f"thing/{thing}"))
        described = answer("describe-thing", "--thing-name", thing)
        self.assertEqual((described["thingName"], described["thingId"]), (thing, created["thingId"]))
        names = [one["thingName"] for one in answer("list-things")["things"]]
        self.assertIn(thing, names)
        answer("delete-thing", "--thing-name", thing)
        self.refused("ResourceNotFoundException", "describe-thing", "--thing-name", thing)

    def test_a_job_lives_and_is_deleted(self):
        thing, job = service.name("cli"), service.name("job")
        target = answer("create-thing", "--thing-name", thing)["thingArn"]
        document = '{"operation": "blink"}'
        create = ["create-job", "--job-id", job, "--targets", target, "--document", document]
        created = answer(*create)
        self.assertEqual((created["jobId"], created["jobArn"]), (job, service.arn(f"job/{job}")))
        self.refused("ResourceAlreadyExistsException", *create[:-1], '{"operation": "another"}')

        described = answer("describe-job", "--job-id", job)["job"]
        self.assertEqual((described["status"], described["targets"]), ("IN_PROGRESS", [target]))
        self.assertEqual(answer("get-job-document", "--job-id", job)["document"], document)
        listed = answer("list-jobs", "--status", "IN_PROGRESS", "--target-selection", "SNAPSHOT")["jobs"]
        self.assertIn(job, [one["jobId"] for one in listed])
        executions = answer("list-job-executions-for-job", "--job-id", job)["executionSummaries"]
        self.assertEqual([(one["thingArn"], one["jobExecutionSummary"]["status"]) for one in executions], [(target, "QUEUED")])

        self.refused("InvalidStateTransitionException", "delete-job", "--job-id", job)
        answer("delete-job", "--job-id", job, "--force")
        self.refused("ResourceNotFoundException", "describe-job", "--job-id", job)

    def test_the_walkthrough_of_the_readme(self):
        thing, jobs = service.name("cli"), [service.name("job") for _ in range(2)]
        target = answer("create-thing", "--thing-name", thing)["thingArn"]

        def device(operation, *words):
            return answer("iot-jobs-data", operation, "--thing-name", thing, *words)

        def pending():
            lists = device("get-pending-job-executions")
            return [[one["jobId"] for one in lists[name]] for name in ("inProgressJobs", "queuedJobs")]

        self.assertEqual(pending(), [[], []])
        for job in jobs:
            answer("create-job", "--job-id", job, "--targets", target, "--document", '{"Todo":"Reboot"}')
        self.assertEqual(pending(), [[], jobs])
        for job, status in zip(jobs, ("SUCCEEDED", "FAILED")):
            started = device("start-next-pending-job-execution")["execution"]
            self.assertEqual((started["jobId"], started["status"]), (job, "IN_PROGRESS"))
            self.assertEqual(json.loads(started["jobDocument"]), {"Todo": "Reboot"})
            self.assertEqual(pending()[0], [job])
            device("update-job-execution", "--job-id", job, "--status", status)
        self.assertEqual(pending(), [[], []])
        last = ["--thing-name", thing, "--job-id", jobs[1]]
        self.refused("InvalidStateTransitionException", "iot-jobs-data", "update-job-execution", *last, "--status", "SUCCEEDED")
        self.refused("TerminalStateException", "iot-jobs-data", "describe-job-execution", *last)
        for job in jobs:
            answer("delete-job", "--job-id", job)

    def test_an_execution_is_canceled_and_deleted(self):
        thing, job = service.name("cli"), service.name("job")
        target = answer("create-thing", "--thing-name", thing)["thingArn"]
        answer("create-job", "--job-id", job, "--targets", target, "--document", "{}")
        execution = ["--job-id", job, "--thing-name", thing]
        answer("cancel-job-execution", *execution)
        described = answer("describe-job-execution", *execution)["execution"]
        self.assertEqual((described["status"], described["executionNumber"]), ("CANCELED", 1))
        listed = answer("list-job-executions-for-thing", "--thing-name", thing)["executionSummaries"]
        self.assertEqual([one["jobId"] for one in listed], [job])
        answer("delete-job-execution", *execution, "--execution-number", "1")
        self.refused("ResourceNotFoundException", "describe-job-execution", *execution)

    def test_the_endpoint_is_told(self):
        endpoint = answer("describe-endpoint", "--endpoint-type", "iot:Data-ATS")["endpointAddress"]
        self.assertEqual(endpoint, service.offer["endpoint"])

    def test_what_is_not_emulated_says_so(self):
        self.refused("NotEmulatedException", "list-topic-rules")
