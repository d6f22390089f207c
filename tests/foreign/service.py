"""The local service under test, and what several modules do with it."""

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
import uuid

# Seconds that anything may take; a test that passes never waits that long.
PATIENCE_S = 30

# A statement of an AWS IoT policy that allows everything.
EVERYTHING = {"Effect": "Allow", "Action": ["iot:*", "iotjobsdata:*"], "Resource": "*"}

# The program under test.
program = None

# What `serve` printed: where everything is.
offer = None


@contextlib.contextmanager
def serve(path):
    """Runs `jobs-sandbox serve` on free ports, and points the AWS clients of this process and of its children at it."""
    global program
    program = path
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="")
        with another():
            yield


@contextlib.contextmanager
def another(*options, http_port=0):
    """The same for one with further options, for as long as it runs."""
    global offer
    before, environment = offer, dict(os.environ)
    ports = ["--mqtt-port", "0", "--http-port", str(http_port), "--https-port", "0"]
    command = [program, "serve", *ports, "--output", "json", *options]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        # The tests also use topics that no job needs.
        policy = os.path.join(folder, "policy.json")
        with open(policy, "w", encoding="utf-8") as file:
            json.dump({"Version": "2012-10-17", "Statement": [EVERYTHING]}, file)
        # What the service refuses is the business of the tests that provoke it.
        process = stack.enter_context(
            subprocess.Popen(
                [*command, "--policy", policy], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        )
        try:
            offer = json.loads(process.stdout.readline())
            os.environ.update(offer["environment"])
            yield
        finally:
            process.terminate()
            offer = before
            os.environ.clear()
            os.environ.update(environment)
        status = process.wait(PATIENCE_S)
        if status != 0:
            raise RuntimeError(f"serve ended with {status}")


def arn(resource):
    """The ARN of something in the service, such as `thing/lamp`."""
    return f"arn:aws:iot:{offer['region']}:{offer['account']}:{resource}"


def name(prefix):
    """A name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def topic(thing, rest):
    """A topic of a thing's jobs."""
    return f"$aws/things/{thing}/jobs/{rest}"


def take(items):
    """The next of what a callback or a thread has put into a queue."""
    return items.get(timeout=PATIENCE_S)


class Lines:
    """The lines of a pipe, read by a thread of their own, so that waiting for one has an end."""

    def __init__(self, pipe):
        self.seen = []
        self._lines = queue.Queue()
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def _read(self, pipe):
        for line in pipe:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until(self, is_wanted):
        """Reads up to a line that is wanted, and returns it."""
        while True:
            try:
                line = take(self._lines)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError("the line did not come; there were:\n" + "\n".join(self.seen))
            self.seen.append(line)
            if is_wanted(line):
                return line
