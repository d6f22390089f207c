"""The exam of a device that is written on the AWS IoT device SDK for Python as people write it (device.py): its mark sheet."""

import json
import os
import subprocess
import sys
import unittest

import service

# What the exam says of each scenario: the result, and what its reason begins with. A comment explains each failure.
SHEET = {
    "E1": ("pass", None),
    "E2": ("pass", None),
    "E3": ("pass", None),
    "E4": ("pass", None),
    # It subscribes to notify-next alone, and does not ask by itself.
    "E5": ("fail", "E5-1 was never begun, whose event NextJobExecutionChanged was lost"),
    # After a reconnect it does not ask what has become pending; its session is a clean one.
    "E6": ("fail", "the outcome of E6-1 never came"),
    "E7": ("pass", None),
    # The SDK keeps the update until it is connected.
    "E8": ("pass", None),
    # It waits for the reply to the outcome, and the SDK's timeout of a minute is an exception that it does not catch.
    "E9": ("fail", "the next job was never begun: the device still waits for the reply"),
    # Every rejection is an exception that it does not catch. Here it is RequestThrottled, below InvalidStateTransition for an
    # outcome that comes too late, and ResourceNotFound for a job that is gone.
    "E10": ("fail", "the program ended by itself: "),
    "E11": ("fail", "the program ended by itself: "),
    "E12": ("fail", "the program ended by itself: "),
    "E13": ("fail", "the program ended by itself: "),
    "E14": ("notApplicable", "it sent no progress in 4 s of work"),
    # Its update does not say which execution it means, so the outcome of the first, which has timed out, counts for the second.
    "E15": ("fail", "execution 2 was reported, but E15-1 ran 1 time in all"),
    # It does not notice that its document came once more, and so does nothing about it.
    "E16": ("pass", None),
    # It does not look at what it cannot read.
    "E17": ("fail", "it reported SUCCEEDED for a document that it cannot know"),
    "E18": ("notApplicable", "its outcome has no details that could be refused"),
    "E19": ("pass", None),
    "E20": ("fail", "the program ended by itself: "),
    "E21": ("pass", None),
    # SIGTERM ends it at once. The job is still IN_PROGRESS, and start-next hands it out once more.
    "E22": ("pass", None),
    # The SDK reconnects, but the event came while the other client had the client id: as in E6.
    "E23": ("fail", "the outcome of E23-1 never came"),
}


class Exam(unittest.TestCase):
    def test_a_device_on_the_sdk_has_this_mark_sheet(self):
        device = os.path.join(os.path.dirname(__file__), "device.py")
        command = [service.program, "exam", "--output", "json", "--limit", "15", "--", sys.executable, device]
        examined = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(examined.returncode, 1, examined.stderr)
        sheet = json.loads(examined.stdout)["scenarios"]
        self.assertEqual([mark["id"] for mark in sheet], list(SHEET))
        for mark in sheet:
            with self.subTest(mark["id"]):
                result, reason = SHEET[mark["id"]]
                self.assertEqual(mark["result"], result, mark)
                self.assertTrue((mark["reason"] or "").startswith(reason or ""), mark)
