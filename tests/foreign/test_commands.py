"""The model of the API that botocore ships, as the judge of what the operator's commands send: every example is sent with the method
of its operation, to its path, with members that the operation has in the query and in the body."""

import json
import os
import re
import subprocess
import tempfile
import unittest
import urllib.parse

import boto3
import service
from botocore import xform_name

# Commands that choose from operations with other names.
CHOOSING = {"list-job-executions": ["ListJobExecutionsForJob", "ListJobExecutionsForThing"]}

# A request that marks where the next example begins.
MARK = "describe-thing marks-the-next-example"


def program(folder, *arguments, text=""):
    """What the program prints."""
    command = [service.program, *arguments]
    done = subprocess.run(command, input=text, cwd=folder, capture_output=True, text=True, timeout=4 * service.PATIENCE_S)
    return done.stdout


def examples_of(shown):
    return [line.strip() for line in shown.split("examples:\n")[1].splitlines()]


class Commands(unittest.TestCase):
    def setUp(self):
        self.model = boto3.client("iot", region_name="us-east-1").meta.service_model
        self.operations = {xform_name(name, "-"): name for name in self.model.operation_names}
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in ["document.json", "policy.json", "lamp-4.csr", "lamp-5.pem"]:
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write("{}")
        listed = program(self.folder, "help", "operator")
        self.commands = re.findall(r"^  ([a-z]+(?:-[a-z]+)+)", listed, re.MULTILINE)
        self.help = {name: program(self.folder, "help", name) for name in self.commands}

    def models_of(self, command):
        names = CHOOSING.get(command) or [self.operations[command]]
        return [self.model.operation_model(name) for name in names]

    def is_as_modelled(self, request, model):
        """Whether a request, such as `GET /jobs?status=COMPLETED` with its body, is one of the operation."""
        method, _, target = request["name"].partition(" ")
        path, _, query = target.partition("?")
        uri = re.sub(r"\{[^}]*\}", "[^/]+", model.http["requestUri"])
        if method != model.http["method"] or not re.fullmatch(uri, path):
            return False
        members = model.input_shape.members if model.input_shape else {}
        names = {"querystring": set(), "body": set()}
        for name, shape in members.items():
            place = shape.serialization.get("location", "body")
            names.setdefault(place, set()).add(shape.serialization.get("name", name))
        asked = set(urllib.parse.parse_qs(query, keep_blank_values=True))
        body = request["payload"] or {}
        return asked <= names["querystring"] and set(body) <= names["body"]

    def test_every_example_is_sent_as_the_model_says(self):
        self.assertGreater(len(self.commands), 60)
        examples = [(name, line) for name in self.commands for line in examples_of(self.help[name])]
        before = "create-thing other-thing\ncreate-thing lamp-2\ncreate-thing-group group-1\nwire on\n"
        script = before + "".join(f"{line}\n{MARK}\n" for _, line in examples)
        shown = map(json.loads, program(self.folder, "--keep-going", "--output", "jsonl", text=script).splitlines())
        sent = [one for one in shown if one["type"] == "wire" and one["direction"] == "sent"]
        groups = [[]]
        for request in sent:
            if request["name"].endswith(MARK.split()[-1]):
                groups.append([])
            else:
                groups[-1].append(request)
        self.assertEqual(len(groups), len(examples) + 1)
        for (command, line), requests in zip(examples, groups):
            with self.subTest(line):
                models = self.models_of(command)
                fits = [request for request in requests for model in models if self.is_as_modelled(request, model)]
                self.assertTrue(fits, requests)
