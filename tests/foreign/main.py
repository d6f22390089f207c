"""Runs every test here against one `jobs-sandbox serve`, and says in its last line how many passed.

Usage: main.py PATH-OF-JOBS-SANDBOX
"""

import os
import sys
import unittest

import service

# The modules with tests, in the order in which they run.
MODULES = [
    "test_aws_cli",
    "test_certificates",
    "test_templates",
    "test_boto3",
    "test_model",
    "test_schedules",
    "test_device_sdk",
    "test_objects",
    "test_mosquitto",
    "test_https",
    "test_session",
    "test_explain",
    "test_commands",
    "test_agent",
    "test_exam",
]


def main(program):
    """Runs the tests; returns the exit status."""
    for name in list(os.environ):
        # Whoever runs this may have an account; it is none of the tests' business.
        if name.startswith("AWS_"):
            del os.environ[name]
    with service.serve(program):
        suite = unittest.defaultTestLoader.loadTestsFromNames(MODULES)
        result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)
    # A part of a test counts as the whole; whatever is no test (a class that could not be set up) counts as one.
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors + result.skipped})
    passed = max(result.testsRun - failed, 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
