"""A session without options, which brings its own local service: another program changes a job, and the session shows it."""

import subprocess
import unittest

import service
import test_aws_cli

# What the second line of a session without options starts with.
FOR_OTHER_TOOLS = "For other tools: export AWS_ENDPOINT_URL_IOT="


class Session(unittest.TestCase):
    def test_the_session_shows_what_the_aws_cli_does(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([service.program], **pipes, text=True) as session:
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

    def write(self, session, line):
        session.stdin.write(line + "\n")
        session.stdin.flush()
