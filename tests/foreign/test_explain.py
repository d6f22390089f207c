"""What `explain` prints is run by a shell as it stands, with the AWS CLI and mosquitto's clients."""

import datetime
import json
import os
import subprocess
import sys
import tempfile
import unittest

import service


def session(options, *lines):
    """Runs lines in a session; returns what it answers to each, as objects."""
    command = [service.program, "--output", "jsonl", *options]
    for line in lines:
        command += ["-c", line]
    done = subprocess.run(command, capture_output=True, text=True, timeout=service.PATIENCE_S)
    if done.returncode != 0:
        raise AssertionError(f"{lines}: {done.returncode}: {done.stdout}{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def shell(text):
    """Runs a text in a shell that finds the AWS CLI of these tests; returns what it prints."""
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    environment = dict(os.environ, PATH=path)
    done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, timeout=service.PATIENCE_S)
    if done.returncode != 0:
        raise AssertionError(f"{text}: {done.returncode}: {done.stderr}")
    return done.stdout


class Explain(unittest.TestCase):
    def setUp(self):
        self.thing, self.other, self.group = service.name("own"), service.name("other"), service.name("group")
        self.job = service.name("job")
        self.options = ["--endpoint", service.offer["endpoint"], "--port", str(service.offer["mqttPort"])]
        for option, member in [("--ca-file", "caFile"), ("--cert", "certFile"), ("--key", "keyFile")]:
            self.options += [option, service.offer[member]]
        self.options += ["--thing", self.thing]

    def explained(self, line):
        return session(self.options, f"explain {line}")[-1]["text"]

    def run_explained(self, line):
        """What the explanation of a line prints, as JSON; None if it prints nothing."""
        printed = shell(self.explained(line))
        return json.loads(printed) if printed.strip() else None

    def test_every_explained_command_runs_as_it_is(self):
        job, document = self.job, '{"it\'s": [1, "a b"]}'
        self.run_explained(f"create-thing {self.other}")
        self.run_explained(f"create-thing-group {self.group}")
        self.run_explained(f"add-thing-to-thing-group {self.group} {self.other}")
        create = f"create-job {job} {document} --target {self.thing} --target {self.group} --continuous --timeout 5 --description 'a b'"
        self.assertIn(service.arn(f"thinggroup/{self.group}"), self.explained(create))
        self.assertEqual(self.run_explained(create)["jobArn"], service.arn(f"job/{job}"))
        self.assertEqual(self.run_explained(f"get-job-document {job}")["document"], document)
        described = self.run_explained(f"describe-job {job}")["job"]
        self.assertEqual((described["description"], described["targetSelection"]), ("a b", "CONTINUOUS"))
        self.assertIn(job, [one["jobId"] for one in self.run_explained("list-jobs --status IN_PROGRESS")["jobs"]])

        # The device.
        self.assertEqual([one["jobId"] for one in self.run_explained("get-pending-job-executions")["queuedJobs"]], [job])
        self.assertEqual(self.run_explained("describe $next --no-document")["execution"]["jobId"], job)
        self.assertEqual(self.run_explained("next --detail step=1")["execution"]["status"], "IN_PROGRESS")
        updated = self.run_explained(f"update {job} IN_PROGRESS --detail 'a=b c' --expected-version 2 --include-state")
        self.assertEqual(updated["executionState"]["statusDetails"], {"a": "b c"})
        self.run_explained(f"done {job}")

        self.run_explained(f"cancel-job-execution {job} --thing {self.other} --detail why=old --expected-version 1")
        statuses = {}
        for one in self.run_explained(f"list-job-executions {job}")["executionSummaries"]:
            statuses[one["thingArn"]] = one["jobExecutionSummary"]["status"]
        self.assertEqual(statuses, {service.arn(f"thing/{self.thing}"): "SUCCEEDED", service.arn(f"thing/{self.other}"): "CANCELED"})
        self.assertEqual(len(self.run_explained("executions --status SUCCEEDED")["executionSummaries"]), 1)
        described = self.run_explained(f"describe {job} --thing {self.other} --execution-number 1")["execution"]
        self.assertEqual(described["statusDetails"]["detailsMap"], {"why": "old"})
        self.run_explained(f"delete-job-execution {job} 1 --thing {self.other}")
        self.run_explained(f"cancel-job {job} --force --comment='-1 is too old'")
        self.run_explained(f"delete-job {job} --force")

        members = self.run_explained(f"list-things-in-thing-group {self.group}")["things"]
        self.assertEqual(members, [self.other])
        self.run_explained(f"remove-thing-from-thing-group {self.group} {self.other}")
        self.assertIn(self.group, [one["groupName"] for one in self.run_explained("list-thing-groups")["thingGroups"]])
        self.run_explained(f"delete-thing-group {self.group}")
        self.run_explained(f"delete-thing {self.other}")
        self.assertEqual(self.run_explained(f"describe-thing {self.thing}")["thingName"], self.thing)
        self.assertNotIn(self.other, [one["thingName"] for one in self.run_explained("things")["things"]])

    def test_a_device_is_set_up_with_what_is_explained(self):
        with tempfile.TemporaryDirectory() as folder:
            files = {name: os.path.join(folder, name) for name in ["cert.pem", "key.pem", "pub.pem", "policy.json"]}
            policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
            with open(files["policy.json"], "w", encoding="utf-8") as file:
                json.dump(policy, file)
            self.run_explained(f"create-thing {self.other} --attribute room=attic")
            self.run_explained(f"update-thing {self.other} --attribute floor=2 --merge --expected-version 1")
            self.assertEqual(self.run_explained(f"describe-thing {self.other}")["attributes"], {"floor": "2", "room": "attic"})
            outfiles = f"--cert {files['cert.pem']} --key {files['key.pem']} --public-key {files['pub.pem']}"
            certificate = self.run_explained(f"create-keys-and-certificate --set-as-active {outfiles}")["certificateId"]
            for name in ["cert.pem", "key.pem", "pub.pem"]:
                with open(files[name], encoding="utf-8") as file:
                    self.assertIn("-----BEGIN ", file.read())
            name = self.group
            self.run_explained(f"create-policy {name} @{files['policy.json']}")
            self.assertEqual(json.loads(self.run_explained(f"get-policy {name}")["policyDocument"]), policy)
            self.run_explained(f"attach-policy {name} {certificate}")
            self.run_explained(f"attach-thing-principal {self.other} {certificate}")
            arn = service.arn(f"cert/{certificate}")
            self.assertEqual(self.run_explained(f"list-thing-principals {self.other}")["principals"], [arn])
            self.assertEqual(self.run_explained(f"list-principal-things {certificate}")["things"], [self.other])
            attached = self.run_explained(f"list-attached-policies {certificate}")["policies"]
            self.assertEqual([one["policyName"] for one in attached], [name])
            self.assertEqual(self.run_explained(f"list-targets-for-policy {name}")["targets"], [arn])
            self.assertEqual(len(self.run_explained("list-certificates --max-results 1 --ascending-order")["certificates"]), 1)
            self.assertIn(name, [one["policyName"] for one in self.run_explained("list-policies --all")["policies"]])
            self.run_explained(f"detach-thing-principal {self.other} {certificate}")
            self.run_explained(f"detach-policy {name} {certificate}")
            self.run_explained(f"update-certificate {certificate} INACTIVE")
            described = self.run_explained(f"describe-certificate {certificate}")["certificateDescription"]
            self.assertEqual(described["status"], "INACTIVE")
            self.run_explained(f"delete-certificate {certificate}")
            self.run_explained(f"delete-policy {name}")
            self.run_explained(f"delete-thing {self.other}")

    def test_a_job_is_changed_and_tagged_with_what_is_explained(self):
        job = self.job
        self.run_explained(f"create-thing {self.other}")
        self.run_explained(f"create-job {job} {{}} --continuous --target {self.other}")
        self.run_explained(f"associate-targets-with-job {job} --comment 'a b'")
        self.run_explained(f"update-job {job} --description 'a b' --timeout 30")
        described = self.run_explained(f"describe-job {job}")["job"]
        targets = [service.arn(f"thing/{thing}") for thing in [self.other, self.thing]]
        self.assertEqual(sorted(described["targets"]), sorted(targets))
        self.assertEqual((described["description"], described["timeoutConfig"]), ("a b", {"inProgressTimeoutInMinutes": 30}))
        self.run_explained(f"tag-resource job/{job} team=blue,floor=2")
        self.run_explained(f"untag-resource job/{job} floor")
        self.assertEqual(self.run_explained(f"list-tags-for-resource job/{job}")["tags"], [{"Key": "team", "Value": "blue"}])
        self.run_explained(f"delete-job {job} --force")
        self.run_explained(f"delete-thing {self.other}")

    def test_a_line_of_the_aws_cli_is_typed_in_the_session(self):
        """The same options, with structures in the shorthand and several values behind one option."""
        arns = [service.arn(f"thing/{self.thing}"), service.arn(f"thing/{self.other}")]
        start = (datetime.datetime.now() + datetime.timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
        options = (
            f"--targets {' '.join(arns)} --document '{{}}' --target-selection CONTINUOUS "
            "--timeout-config inProgressTimeoutInMinutes=7 "
            "--presigned-url-config roleArn=arn:aws:iam::123456789012:role/r,expiresInSec=60 "
            "--job-executions-rollout-config 'exponentialRate={baseRatePerMinute=5,incrementFactor=1.5,"
            "rateIncreaseCriteria={numberOfNotifiedThings=10}},maximumPerMinute=100' "
            "--abort-config 'criteriaList=[{failureType=FAILED,action=CANCEL,thresholdPercentage=12.5,minNumberOfExecutedThings=1},"
            "{failureType=TIMED_OUT,action=CANCEL,thresholdPercentage=50,minNumberOfExecutedThings=2}]' "
            "--job-executions-retry-config 'criteriaList=[{failureType=ALL,numberOfRetries=2}]' "
            "--scheduling-config 'maintenanceWindows=[{startTime=cron(0 2 ? * SUN *),durationInMinutes=60}],"
            f"startTime={start}' "
            "--tags Key=team,Value=blue Key=floor,Value=2"
        )
        self.run_explained(f"create-thing {self.other}")
        before, _, behind = self.explained("list-jobs").partition("aws iot list-jobs --no-paginate")
        typed, pasted = service.name("typed"), service.name("pasted")
        shell(f"{before}aws iot create-job --job-id {pasted} {options}{behind}")
        session(self.options, f"create-job --job-id {typed} {options}")
        jobs, tags = [], []
        for job in [typed, pasted]:
            described = self.run_explained(f"describe-job {job}")["job"]
            for member in ["jobArn", "jobId", "createdAt", "lastUpdatedAt"]:
                del described[member]
            jobs.append(described)
            tags.append(self.run_explained(f"list-tags-for-resource job/{job}")["tags"])
        self.assertEqual(*jobs)
        self.assertEqual(jobs[0]["abortConfig"]["criteriaList"][0]["thresholdPercentage"], 12.5)
        self.assertEqual(*tags)
        self.assertEqual(len(tags[0]), 2)
        for job in [typed, pasted]:
            self.run_explained(f"delete-job {job} --force")
        self.run_explained(f"delete-thing {self.other}")

    def test_types_groups_and_versions_are_made_with_what_is_explained(self):
        name, thing = self.group, self.other
        self.run_explained(f"create-thing-type {name} --description 'a b' --searchable-attribute room")
        self.run_explained(f"create-thing {thing} --thing-type {name} --attribute room=attic")
        self.run_explained(f"create-dynamic-thing-group {name} 'thingTypeName:{name} AND attributes.room:attic' --tags a=b")
        self.assertEqual(self.run_explained(f"list-things-in-thing-group {name}")["things"], [thing])
        self.run_explained(f"update-dynamic-thing-group {name} --query-string attributes.room:cellar --expected-version 1")
        self.run_explained(f"update-dynamic-thing-group {name} --description 'all lamps'")
        described = self.run_explained(f"describe-thing-group {name}")
        self.assertEqual((described["queryString"], described["version"]), ("attributes.room:cellar", 3))
        self.run_explained(f"delete-dynamic-thing-group {name}")
        self.run_explained(f"update-thing-type {name} --mqtt5-configuration {{\"propagatingAttributes\":[]}}")
        self.run_explained(f"update-thing {thing} --remove-thing-type")
        self.run_explained(f"deprecate-thing-type {name}")
        [listed] = self.run_explained(f"list-thing-types --thing-type {name}")["thingTypes"]
        self.assertTrue(listed["thingTypeMetadata"]["deprecated"])
        self.run_explained(f"deprecate-thing-type {name} --undo-deprecate")
        self.run_explained(f"delete-thing {thing}")

        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}'
        self.run_explained(f"create-policy {name} {policy}")
        self.run_explained(f"create-policy-version {name} {policy}")
        self.run_explained(f"set-default-policy-version {name} 2")
        self.assertTrue(self.run_explained(f"get-policy-version {name} 2")["isDefaultVersion"])
        self.run_explained(f"delete-policy-version {name} 1")
        self.assertEqual(len(self.run_explained(f"list-policy-versions {name}")["policyVersions"]), 1)
        self.run_explained(f"delete-policy {name}")

    def test_a_certificate_of_another_is_registered_with_what_is_explained(self):
        with tempfile.TemporaryDirectory() as folder:
            pem = os.path.join(folder, "lamp.pem")
            make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=lamp", "-out", pem]
            subprocess.run([*make, "-keyout", os.path.join(folder, "key")], check=True, capture_output=True)
            certificate = self.run_explained(f"register-certificate-without-ca @{pem} --status INACTIVE")["certificateId"]
            described = self.run_explained(f"describe-certificate {certificate}")["certificateDescription"]
            self.assertEqual((described["status"], described["certificateMode"]), ("INACTIVE", "SNI_ONLY"))
            self.run_explained(f"delete-certificate {certificate}")

    def test_job_templates_are_used_with_what_is_explained(self):
        name, job = self.group, self.job
        window = "cron(0 2 ? * SUN *) for 60"
        self.run_explained(f"create-job-template {name} {{}} --description 'a b' --maintenance-window '{window}' --timeout 5")
        described = self.run_explained(f"describe-job-template {name}")
        self.assertEqual(described["maintenanceWindows"], [{"startTime": "cron(0 2 ? * SUN *)", "durationInMinutes": 60}])
        start = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
        self.run_explained(f"create-job {job} --template {name} --continuous --timeout 7 --start-time {start}")
        described = self.run_explained(f"describe-job {job}")["job"]
        self.assertEqual(described["timeoutConfig"], {"inProgressTimeoutInMinutes": 7})
        self.assertEqual(described["schedulingConfig"]["maintenanceWindows"][0]["durationInMinutes"], 60)
        self.assertIn(name, [one["jobTemplateId"] for one in self.run_explained("list-job-templates")["jobTemplates"]])
        self.run_explained(f"delete-job-template {name}")
        managed = self.run_explained("describe-managed-job-template AWS-Run-Command --version 1.0")
        self.assertIn("command", [one["key"] for one in managed["documentParameters"]])
        self.assertEqual(len(self.run_explained("list-managed-job-templates")["managedJobTemplates"]), 8)
        self.run_explained(f"create-job {job}-2 --template AWS-Run-Command --parameter command=ls,-l --parameter runAsUser=a")
        document = self.run_explained(f"get-job-document {job}-2")["document"]
        self.assertIn('"ls,-l"', document)
        for one in [job, f"{job}-2"]:
            self.run_explained(f"delete-job {one} --force")

    def test_a_session_of_its_own_names_its_service(self):
        """Nothing but the printed line leads to it: no variable of the environment does."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([service.program], **pipes, text=True) as process:
            try:
                shown = service.Lines(process.stdout)
                process.stdin.write('explain create-job Job1 {"a": 1}\n')
                process.stdin.flush()
                shown.until(lambda line: "aws iot create-job" in line)
                shell(f"unset ${{!AWS_*}}; {shown.seen[-1]}")
                shown.until(lambda line: '"jobDocument":{"a":1}' in line)
            finally:
                process.kill()
