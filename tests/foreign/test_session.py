"""A session without options, which brings its own local service: another program changes a job, and the session shows it."""

import os
import subprocess
import unittest

import service
import test_aws_cli
import test_explain

# What the second line of a session without options starts with.
FOR_OTHER_TOOLS = "For other tools: export AWS_ENDPOINT_URL_IOT="

CHANGED = "Received JobExecutionsChanged event:"
NEXT_CHANGED = "Received NextJobExecutionChanged event:"


class Session(unittest.TestCase):
    def test_the_session_shows_what_the_aws_cli_does(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # A session points out that it does not use the control plane of the environment.
        environment = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL_IOT"}
        with subprocess.Popen([service.program], **pipes, text=True, env=environment) as session:
            try:
                shown, notices = service.Lines(session.stdout), service.Lines(session.stderr)
                notices.until(lambda line: line.startswith(FOR_OTHER_TOOLS))
                self.assertEqual(len(notices.seen), 2, notices.seen)
                url = notices.seen[1].removeprefix(FOR_OTHER_TOOLS)
                # The thing is created in the course of the start; after the first reply it is there.
                self.write(session, "get-pending-job-executions")
                shown.until(lambda line: '"queuedJobs":[]' in line)

                target = test_aws_cli.answer("describe-thing", "--thing-name", "sandbox-thing", endpoint_url=url)["thingArn"]
                job = ["--job-id", "Job1"]
                create = ["create-job", *job, "--targets", target, "--document", '{"operation": "blink"}']
                test_aws_cli.answer(*create, endpoint_url=url)
                shown.until(lambda line: '"jobs":{"QUEUED":[{"jobId":"Job1"' in line)
                shown.until(lambda line: '"jobDocument":{"operation":"blink"}' in line)
                test_aws_cli.answer("delete-job", *job, "--force", endpoint_url=url)
                shown.until(lambda line: line.startswith('{"timestamp":') and '"jobs":{}' in line)
                shown.until(lambda line: line.startswith('{"timestamp":') and line.count(":") == 1)
                events = [line.split()[1] for line in shown.seen if line.startswith("Received ")]
                self.assertEqual(events, 2 * ["JobExecutionsChanged", "NextJobExecutionChanged"])

                self.write(session, "quit")
                self.assertEqual(session.wait(service.PATIENCE_S), 0)
            finally:
                session.kill()

    def test_the_walkthrough_of_the_cpp_sample(self):
        """Its README creates and deletes jobs with the AWS CLI, in these words.
        https://github.com/aws/aws-iot-device-sdk-cpp-v2/blob/main/samples/service_clients/jobs/jobs-sandbox/README.md"""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([service.program], **pipes, text=True) as session:
            try:
                shown, notices = service.Lines(session.stdout), service.Lines(session.stderr)
                notices.until(lambda line: line.startswith(FOR_OTHER_TOOLS))
                export = notices.seen[-1].removeprefix("For other tools: ")
                arn = service.arn("thing/sandbox-thing")
                both = [CHANGED, NEXT_CHANGED]
                for typed, labels in [
                    ("get-pending-job-executions", ["GetPendingJobExecutionsResponse:"]),
                    ("aws iot describe-thing --thing-name sandbox-thing", []),
                    (rf'aws iot create-job --job-id TestJob --targets "{arn}" --document "{{\"Todo\":\"Reboot\"}}"', both),
                    (
                        rf'aws iot create-job --job-id QuestionableJob --targets "{arn}" '
                        r'--document "{\"Todo\":\"Delete Root User\"}"',
                        [CHANGED],
                    ),
                    ("start-next-pending-job-execution", ["StartNextJobExecutionResponse:"]),
                    ("get-pending-job-executions", ["GetPendingJobExecutionsResponse:"]),
                    ("update-job-execution TestJob SUCCEEDED", ["UpdateJobExecutionResponse:", *both]),
                    ("start-next-pending-job-execution", ["StartNextJobExecutionResponse:"]),
                    ("update-job-execution QuestionableJob FAILED", ["UpdateJobExecutionResponse:", *both]),
                    ("aws iot delete-job --job-id TestJob", []),
                    ("aws iot delete-job --job-id QuestionableJob", []),
                ]:
                    if typed.startswith("aws "):
                        test_explain.shell(f"{export}\n{typed}")
                    else:
                        self.write(session, typed)
                    for label in labels:
                        before = len(shown.seen)
                        shown.until(lambda line: line.startswith("{"))
                        self.assertEqual(shown.seen[before], label, typed)
                self.write(session, "quit")
                self.assertEqual(session.wait(service.PATIENCE_S), 0)
            finally:
                session.kill()

    def write(self, session, line):
        session.stdin.write(line + "\n")
        session.stdin.flush()
