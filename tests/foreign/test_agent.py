"""`agent --exec` with a program in Python, against the running service: the AWS CLI creates its jobs and reads what became of them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

import service
import test_aws_cli

# How a device is pointed at the service: each option, and the member of what `serve` prints.
OPTIONS = {"--endpoint": "endpoint", "--port": "mqttPort", "--ca-file": "caFile", "--cert": "certFile", "--key": "keyFile"}

# Reports its progress, and ends with the status that its document gives.
PROGRAM = """
import json, os, sys
document = json.load(sys.stdin)
print("::jobs-sandbox phase=" + document["phase"], flush=True)
print("attempt", os.environ["JOBS_SANDBOX_ATTEMPT"], "of", os.environ["JOBS_SANDBOX_JOB_ID"])
print("n\\u00fctzlich", file=sys.stderr)
sys.exit(document["status"])
"""


class Agent(unittest.TestCase):
    def test_a_program_in_python_carries_out_jobs(self):
        thing = service.name("agent")
        test_aws_cli.answer("create-thing", "--thing-name", thing)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(PROGRAM)
            command = [service.program, "agent", "--output", "jsonl", "--thing", thing]
            for option, member in OPTIONS.items():
                command += [option, str(service.offer[member])]
            command += ["--state", folder, "--exec", sys.executable, "--", path]
            environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as agent:
                try:
                    shown = service.Lines(agent.stdout)
                    for status, verdict in [(0, "SUCCEEDED"), (3, "FAILED"), (199, "REJECTED")]:
                        self.run_job(shown, thing, status, verdict)
                    agent.send_signal(signal.SIGTERM)
                    self.assertEqual(agent.wait(service.PATIENCE_S), 0)
                finally:
                    agent.kill()

    def run_job(self, shown, thing, status, verdict):
        job = service.name("agent")
        document = json.dumps({"phase": "flash", "status": status})
        target = service.arn(f"thing/{thing}")
        test_aws_cli.answer("create-job", "--job-id", job, "--targets", target, "--document", document)

        def is_reported(line):
            decision = json.loads(line)
            return decision.get("name") == "reported" and decision.get("jobId") == job

        shown.until(is_reported)
        answer = test_aws_cli.answer("describe-job-execution", "--job-id", job, "--thing-name", thing)
        execution = answer["execution"]
        details = execution["statusDetails"]["detailsMap"]
        self.assertEqual(execution["status"], verdict)
        self.assertEqual(details["phase"], "flash")
        self.assertEqual(details["stdout"].strip(), f"attempt 1 of {job}")
        self.assertEqual(details["stderr"].strip(), "nützlich")
        self.assertEqual("reason" in details, status != 0, details)
