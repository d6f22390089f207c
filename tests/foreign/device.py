"""A device as people write it after the guide of AWS's device SDK for Python: claim, work, report, and no more.

`jobs-sandbox exam` examines it (test_exam.py).
"""

import os
import threading
import time

from awscrt import mqtt_request_response
from awsiot import ServiceStreamOptions, iotjobs, mqtt5_client_builder


def connect():
    """The MQTT 5 client, connected."""
    connected = threading.Event()
    client = mqtt5_client_builder.mtls_from_path(
        endpoint=os.environ["JOBS_SANDBOX_ENDPOINT"],
        port=int(os.environ["JOBS_SANDBOX_PORT"]),
        ca_filepath=os.environ["JOBS_SANDBOX_CA_FILE"],
        cert_filepath=os.environ["JOBS_SANDBOX_CERT_FILE"],
        pri_key_filepath=os.environ["JOBS_SANDBOX_KEY_FILE"],
        client_id=os.environ["JOBS_SANDBOX_CLIENT_ID"],
        on_lifecycle_connection_success=lambda _: connected.set(),
    )
    client.start()
    connected.wait()
    return client


def work(execution):
    """Carries out a job document: it says how long that takes."""
    with open(os.environ["JOBS_SANDBOX_EXAM_EFFECTS"], "a", encoding="utf-8") as effects:
        print("begin", execution.job_id, file=effects, flush=True)
        time.sleep(execution.job_document.get("exam", {}).get("seconds", 0))
        print("end", execution.job_id, file=effects)


def main():
    """Works on jobs until it is ended."""
    thing = os.environ["JOBS_SANDBOX_THING"]
    options = mqtt_request_response.ClientOptions(max_request_response_subscriptions=4, max_streaming_subscriptions=1)
    connection = connect()
    client = iotjobs.IotJobsClientV2(connection, options)
    changed = threading.Event()
    stream = client.create_next_job_execution_changed_stream(
        iotjobs.NextJobExecutionChangedSubscriptionRequest(thing_name=thing),
        ServiceStreamOptions(incoming_event_listener=lambda _: changed.set()),
    )
    stream.open()
    while True:
        request = iotjobs.StartNextPendingJobExecutionRequest(thing_name=thing)
        execution = client.start_next_pending_job_execution(request).result().execution
        if execution is None:
            changed.wait()
            changed.clear()
            continue
        work(execution)
        request = iotjobs.UpdateJobExecutionRequest(thing_name=thing, job_id=execution.job_id, status=iotjobs.JobStatus.SUCCEEDED)
        client.update_job_execution(request).result()


if __name__ == "__main__":
    main()
