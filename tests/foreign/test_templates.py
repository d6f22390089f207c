"""Job templates with boto3, and every managed template filled in with the AWS CLI and executed by `agent --handlers`."""

import getpass
import json
import os
import signal
import subprocess
import tempfile
import unittest

import service
import test_aws_cli
import test_boto3
import test_explain
from test_agent import OPTIONS

# The names of the handlers, the parameters of each, and what it is called with behind the user.
HANDLERS = {
    "AWS-Download-File": ("download-file.sh", {"downloadUrl": "https://files.example.com/a?b=c&d=e", "filePath": "/tmp/a b"}),
    "AWS-Install-Application": ("install-packages.sh", {"packages": "curl jq"}),
    "AWS-Reboot": ("reboot.sh", {}),
    "AWS-Remove-Application": ("remove-packages.sh", {"packages": "curl"}),
    "AWS-Restart-Application": ("restart-services.sh", {"services": "nginx redis"}),
    "AWS-Start-Application": ("start-services.sh", {"services": "nginx"}),
    "AWS-Stop-Application": ("stop-services.sh", {"services": "nginx"}),
}

# Writes how it is called, an argument a line.
HANDLER = """#!/bin/sh
printf '%s\\n' "${0##*/}" "$@" >> "$CALLS"
"""


class Templates(unittest.TestCase):
    def setUp(self):
        self.iot = test_boto3.client("iot")

    refused = test_boto3.Boto3.refused
    explained = test_explain.Explain.explained
    run_explained = test_explain.Explain.run_explained

    def target(self):
        return self.iot.create_thing(thingName=service.name("template"))["thingArn"]

    def test_templates_of_the_account(self):
        template = service.name("template")
        config = {
            "abortConfig": {
                "criteriaList": [
                    {"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 20.0, "minNumberOfExecutedThings": 5}
                ]
            },
            "jobExecutionsRetryConfig": {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 2}]},
            "timeoutConfig": {"inProgressTimeoutInMinutes": 30},
        }
        named = {"jobTemplateId": template}
        create = {**named, "description": "full", "document": '{"operation": "blink"}'}
        created = self.iot.create_job_template(**create, **config, tags=[{"Key": "k", "Value": "v"}])
        arn = service.arn(f"jobtemplate/{template}")
        self.assertEqual((created["jobTemplateArn"], created["jobTemplateId"]), (arn, template))
        self.refused("ConflictException", 409, self.iot.create_job_template, **create)
        described = self.iot.describe_job_template(**named)
        self.assertEqual({member: described[member] for member in config}, config)
        self.assertEqual((described["document"], described["description"]), (create["document"], "full"))
        self.assertEqual(self.iot.list_tags_for_resource(resourceArn=arn)["tags"], [{"Key": "k", "Value": "v"}])

        job = service.name("job")
        own = {"timeoutConfig": {"inProgressTimeoutInMinutes": 1}}
        self.iot.create_job(jobId=job, targets=[self.target()], jobTemplateArn=arn, **own)
        shown = self.iot.describe_job(jobId=job)["job"]
        self.assertEqual({member: shown[member] for member in config}, config | own)
        self.assertEqual(shown["jobTemplateArn"], arn)
        self.assertNotIn("description", shown)

        # A template from this job, which is then listed first.
        other = service.name("template")
        self.iot.create_job_template(jobTemplateId=other, description="from a job", jobArn=service.arn(f"job/{job}"))
        described = self.iot.describe_job_template(jobTemplateId=other)
        self.assertEqual({member: described[member] for member in config}, config | own)
        pages = self.iot.get_paginator("list_job_templates").paginate(PaginationConfig={"PageSize": 1})
        listed = [one["jobTemplateId"] for page in pages for one in page["jobTemplates"]]
        self.assertEqual(listed[:2], [other, template])

        self.iot.delete_job_template(**named)
        self.refused("ResourceNotFoundException", 404, self.iot.describe_job_template, **named)
        self.refused("ResourceNotFoundException", 404, self.iot.delete_job_template, **named)
        self.assertEqual(self.iot.get_job_document(jobId=job)["document"], create["document"])

    def test_templates_that_aws_manages(self):
        pages = self.iot.get_paginator("list_managed_job_templates").paginate(PaginationConfig={"PageSize": 3})
        listed = [one for page in pages for one in page["managedJobTemplates"]]
        self.assertEqual({one["templateName"] for one in listed}, {*HANDLERS, "AWS-Run-Command"})
        only = self.iot.list_managed_job_templates(templateName="AWS-Reboot")["managedJobTemplates"]
        self.assertEqual([one["templateName"] for one in only], ["AWS-Reboot"])
        for one in listed:
            described = self.iot.describe_managed_job_template(templateName=one["templateName"], templateVersion="1.0")
            self.assertEqual({member: described[member] for member in one}, one)
            required = {it["key"]: it["example"] for it in described["documentParameters"] if not it["optional"]}
            # Every placeholder has its parameter, and the examples fill them.
            for parameter in described["documentParameters"]:
                self.assertIn(f"${{aws:iot:parameter:{parameter['key']}}}", described["document"])
                self.assertRegex(parameter["example"], f"^{parameter['regex']}$")
            job = service.name("job")
            create = {"jobId": job, "targets": [self.target()], "jobTemplateArn": one["templateArn"]}
            if required:
                self.refused("InvalidRequestException", 400, self.iot.create_job, **create)
            unknown = required | {"unknown": "x"}
            self.refused("InvalidRequestException", 400, self.iot.create_job, **create, documentParameters=unknown)
            created = self.iot.create_job(**create, documentParameters=required)
            self.assertEqual(created["description"], one["description"])
            shown = self.iot.describe_job(jobId=job)["job"]
            self.assertEqual(shown.get("documentParameters", {}), required)
            self.assertNotIn("${", self.iot.get_job_document(jobId=job)["document"])
            before = self.iot.get_job_document(jobId=job, beforeSubstitution=True)["document"]
            self.assertEqual(before, described["document"])
        missing = {"templateName": "AWS-Reboot", "templateVersion": "2.0"}
        self.refused("ResourceNotFoundException", 404, self.iot.describe_managed_job_template, **missing)

    def test_what_is_explained_runs_as_it_is(self):
        test_explain.Explain.setUp(self)
        template, job, document = service.name("template"), self.job, '{"it\'s": [1, "a b"]}'
        create = f"create-job-template {template} {document} --description 'a b' --timeout 5 --tags k=v"
        arn = service.arn(f"jobtemplate/{template}")
        self.assertEqual(self.run_explained(create)["jobTemplateArn"], arn)
        described = self.run_explained(f"describe-job-template {template}")
        self.assertEqual((described["document"], described["timeoutConfig"]), (document, {"inProgressTimeoutInMinutes": 5}))
        self.run_explained(f"create-job {job} --template {template} --timeout 6")
        self.assertEqual(self.run_explained(f"describe-job {job}")["job"]["jobTemplateArn"], arn)
        self.run_explained(f"create-job-template {template}-2 --job {job} --description again")
        listed = self.run_explained("list-job-templates --max-results 2")["jobTemplates"]
        self.assertEqual([one["jobTemplateId"] for one in listed], [f"{template}-2", template])
        self.run_explained(f"delete-job-template {template}-2")
        managed = self.run_explained("list-managed-job-templates --template-name AWS-Run-Command")["managedJobTemplates"]
        self.assertEqual(self.run_explained("describe-managed-job-template AWS-Run-Command")["templateArn"], managed[0]["templateArn"])
        run = f"create-job {job}-2 --template AWS-Run-Command --parameter 'command=echo,a\\,b' --parameter runAsUser=ada"
        self.run_explained(run)
        before = self.run_explained(f"get-job-document {job}-2 --before-substitution")["document"]
        self.assertIn('"${aws:iot:parameter:command}"', before)
        action = json.loads(self.run_explained(f"get-job-document {job}-2")["document"])["steps"][0]["action"]
        self.assertEqual((action["input"]["command"], action["runAsUser"]), ("echo,a\\,b", "ada"))

    def test_the_agent_carries_out_every_managed_template(self):
        thing = service.name("agent")
        test_aws_cli.answer("create-thing", "--thing-name", thing)
        with tempfile.TemporaryDirectory() as folder:
            calls = os.path.join(folder, "calls")
            for place, names in [("handlers", HANDLERS), ("other", ["AWS-Reboot"])]:
                os.mkdir(os.path.join(folder, place), 0o700)
                for name in names:
                    self.write(os.path.join(folder, place, HANDLERS[name][0]))
            self.write(os.path.join(folder, "blink"))
            command = [service.program, "agent", "--output", "jsonl", "--thing", thing, "--state", folder]
            for option, member in OPTIONS.items():
                command += [option, str(service.offer[member])]
            command += ["--handlers", os.path.join(folder, "handlers"), "--allow-path", "--allow-commands", "--as-root"]
            environment = {**os.environ, "CALLS": calls}
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as agent:
                try:
                    shown = service.Lines(agent.stdout)
                    for name, (handler, parameters) in HANDLERS.items():
                        self.run_job(shown, thing, name, parameters)
                        self.assertEqual(self.taken(calls), [handler, "", *parameters.values()], name)
                    # The optional parameters: the agent's own user, and a handler elsewhere.
                    optional = {"runAsUser": getpass.getuser(), "pathToHandler": os.path.join(folder, "other")}
                    self.run_job(shown, thing, "AWS-Reboot", optional)
                    self.assertEqual(self.taken(calls), ["reboot.sh", optional["runAsUser"]])
                    command = ",".join([os.path.join(folder, "blink"), "\\,", '"2"', "$HOME"])
                    self.run_job(shown, thing, "AWS-Run-Command", {"command": command})
                    self.assertEqual(self.taken(calls), ["blink", ",", '"2"', "$HOME"])
                    agent.send_signal(signal.SIGTERM)
                    self.assertEqual(agent.wait(service.PATIENCE_S), 0)
                finally:
                    agent.kill()

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write(HANDLER)
        os.chmod(path, 0o700)

    def taken(self, path):
        """How a handler was called."""
        with open(path, encoding="utf-8") as file:
            calls = file.read().splitlines()
        os.remove(path)
        return calls

    def run_job(self, shown, thing, template, parameters):
        job = service.name("agent")
        arn = test_aws_cli.answer("describe-managed-job-template", "--template-name", template)["templateArn"]
        create = ["create-job", "--job-id", job, "--targets", service.arn(f"thing/{thing}"), "--job-template-arn", arn]
        if parameters:
            create += ["--document-parameters", json.dumps(parameters)]
        test_aws_cli.answer(*create)

        def is_reported(line):
            decision = json.loads(line)
            return decision.get("name") == "reported" and decision.get("jobId") == job

        shown.until(is_reported)
        execution = test_aws_cli.answer("describe-job-execution", "--job-id", job, "--thing-name", thing)["execution"]
        self.assertEqual(execution["status"], "SUCCEEDED", execution)
