"""boto3 and the AWS CLI with maintenance windows, and with deletions that take their time, on a clock that stands still."""

import datetime
import json
import math
import subprocess
import unittest
import urllib.request

import boto3
import service
import test_aws_cli
from botocore.exceptions import ClientError

DELETION_S = 30


class Schedules(unittest.TestCase):
    def setUp(self):
        command = [service.program, "serve", "--mqtt-port", "0", "--http-port", "0", "--admin-port", "0", "--output", "json"]
        command += ["--clock", "manual", "--deletion-time", f"{DELETION_S}s"]
        self.serve = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.serve.wait, service.PATIENCE_S)
        self.addCleanup(self.serve.terminate)
        self.addCleanup(self.serve.stdout.close)
        self.offer = json.loads(self.serve.stdout.readline())
        self.url = f"http://127.0.0.1:{self.offer['httpPort']}"
        self.iot, self.data = (boto3.client(name, endpoint_url=self.url) for name in ["iot", "iot-jobs-data"])
        self.thing = service.name("scheduled")
        self.iot.create_thing(thingName=self.thing)
        self.target = service.arn(f"thing/{self.thing}")
        self.now = datetime.datetime.fromtimestamp(self.admin("state")["clock"]["now"], datetime.timezone.utc)

    def admin(self, path, body=None):
        request = urllib.request.Request(
            f"{self.offer['adminUrl']}/{path}",
            data=body and json.dumps(body).encode(),
            headers={"x-jobs-sandbox": "admin"},
        )
        with urllib.request.urlopen(request, timeout=service.PATIENCE_S) as answer:
            return json.load(answer)

    def move_to(self, time):
        seconds = math.ceil((time - self.now).total_seconds())
        self.admin("clock/advance", {"seconds": seconds})
        self.now += datetime.timedelta(seconds=seconds)

    def status(self, job):
        return self.iot.describe_job(jobId=job)["job"]["status"]

    def pending(self):
        pending = self.data.get_pending_job_executions(thingName=self.thing)
        return [one["jobId"] for one in pending["inProgressJobs"] + pending["queuedJobs"]]

    def refused(self, code, status, operation, **parameters):
        with self.assertRaises(ClientError) as context:
            operation(**parameters)
        response = context.exception.response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))

    def test_maintenance_windows(self):
        job = service.name("job")
        start = (self.now + datetime.timedelta(minutes=32)).replace(second=0, microsecond=0)
        opens = start + datetime.timedelta(hours=1)
        window = {"startTime": f"cron({opens.minute} {opens.hour} * * ? *)", "durationInMinutes": 10}
        scheduling = {"startTime": f"{start:%Y-%m-%dT%H:%M}", "maintenanceWindows": [window]}
        request = {"jobId": job, "targets": [self.target], "document": "{}", "schedulingConfig": scheduling}
        self.refused("InvalidRequestException", 400, self.iot.create_job, **request)
        # The AWS CLI's own form of it.
        shorthand = f"startTime={scheduling['startTime']},maintenanceWindows=[{{startTime='{window['startTime']}',durationInMinutes=10}}]"
        create = ["create-job", "--job-id", job, "--targets", self.target, "--document", "{}"]
        create += ["--target-selection", "CONTINUOUS", "--scheduling-config", shorthand]
        test_aws_cli.answer(*create, endpoint_url=self.url)
        described = self.iot.describe_job(jobId=job)["job"]
        self.assertEqual((described["status"], described["schedulingConfig"]), ("SCHEDULED", scheduling))
        openings = [opens + datetime.timedelta(days=day) for day in range(7)]
        self.assertEqual(described["scheduledJobRollouts"], [{"startTime": f"{one:%Y-%m-%dT%H:%M}"} for one in openings])
        self.move_to(start)
        self.assertEqual((self.status(job), self.pending()), ("SCHEDULED", []))
        self.move_to(opens)
        self.assertEqual((self.status(job), self.pending()), ("IN_PROGRESS", [job]))
        self.move_to(opens + datetime.timedelta(minutes=10))
        self.assertEqual((self.status(job), self.pending()), ("SCHEDULED", []))
        self.assertNotIn("execution", self.data.start_next_pending_job_execution(thingName=self.thing))
        self.move_to(openings[1])
        execution = self.data.start_next_pending_job_execution(thingName=self.thing)["execution"]
        self.assertEqual((execution["jobId"], execution["status"]), (job, "IN_PROGRESS"))
        # What has begun goes on.
        self.move_to(openings[1] + datetime.timedelta(hours=1))
        self.assertEqual((self.status(job), self.pending()), ("SCHEDULED", [job]))
        self.data.update_job_execution(jobId=job, thingName=self.thing, status="SUCCEEDED")

    def test_deletion(self):
        jobs = [service.name("job") for _ in range(11)]
        for job in jobs:
            self.iot.create_job(jobId=job, targets=[self.target], document="{}")
            if job != jobs[10]:
                self.iot.delete_job(jobId=job, force=True)
        self.refused("LimitExceededException", 410, self.iot.delete_job, jobId=jobs[10], force=True)
        self.assertEqual(self.pending(), [jobs[10]])
        listed = self.iot.list_jobs(status="DELETION_IN_PROGRESS")["jobs"]
        self.assertEqual({one["jobId"] for one in listed}, set(jobs[:10]))
        job = jobs[0]
        self.assertEqual(self.status(job), "DELETION_IN_PROGRESS")
        self.refused("InvalidStateTransitionException", 409, self.iot.delete_job, jobId=job, force=True)
        self.refused("InvalidRequestException", 400, self.iot.cancel_job, jobId=job)
        self.refused("InvalidRequestException", 400, self.iot.update_job, jobId=job, description="new")
        self.refused("ResourceNotFoundException", 404, self.data.describe_job_execution, jobId=job, thingName=self.thing)
        self.move_to(self.now + datetime.timedelta(seconds=DELETION_S))
        self.refused("ResourceNotFoundException", 404, self.iot.describe_job, jobId=job)
        self.iot.delete_job(jobId=jobs[10], force=True)
        self.assertEqual([one["jobId"] for one in self.iot.list_jobs()["jobs"]], [jobs[10]])
