"""The AWS IoT device SDK for Python as a device: its V2 client on both versions of MQTT, and its older client."""

import concurrent.futures
import queue
import unittest

import boto3
import service
from awscrt import mqtt, mqtt5, mqtt_request_response
from awsiot import ServiceStreamOptions, V2ServiceException, iotjobs, mqtt5_client_builder, mqtt_connection_builder

JOB_DOCUMENT = {"operation": "blink"}


def identity():
    """What both builders need to know."""
    offer = service.offer
    return {
        "endpoint": offer["endpoint"],
        "port": offer["mqttPort"],
        "cert_filepath": offer["certFile"],
        "pri_key_filepath": offer["keyFile"],
        "ca_filepath": offer["caFile"],
        "client_id": service.name("sdk"),
    }


class Mqtt5:
    """A connection of MQTT 5, for the body of `with`."""

    def __enter__(self):
        connected, self.stopped = concurrent.futures.Future(), concurrent.futures.Future()
        self.client = mqtt5_client_builder.mtls_from_path(
            **identity(),
            on_lifecycle_connection_success=lambda data: connected.set_result(data),
            on_lifecycle_connection_failure=lambda data: connected.set_exception(data.exception),
            on_lifecycle_stopped=lambda data: self.stopped.set_result(data),
        )
        self.client.start()
        self.connected = connected.result(service.PATIENCE_S)
        return self.client

    def __exit__(self, *_):
        self.client.stop()
        self.stopped.result(service.PATIENCE_S)


class Mqtt3:
    """A connection of MQTT 3.1.1, for the body of `with`."""

    def __enter__(self):
        self.connection = mqtt_connection_builder.mtls_from_path(**identity(), clean_session=True)
        self.connection.connect().result(service.PATIENCE_S)
        return self.connection

    def __exit__(self, *_):
        self.connection.disconnect().result(service.PATIENCE_S)


class Jobs:
    """A thing, and the hand that gives it jobs."""

    def __init__(self):
        self.iot = boto3.client("iot")
        self.thing = service.name("sdk")
        self.target = self.iot.create_thing(thingName=self.thing)["thingArn"]

    def create(self):
        job = service.name("job")
        self.iot.create_job(jobId=job, targets=[self.target], document='{"operation": "blink"}')
        return job


class V2Client:
    """The device: the V2 client with both of its streams open."""

    def __init__(self, connection, thing):
        options = mqtt_request_response.ClientOptions(max_request_response_subscriptions=2, max_streaming_subscriptions=2)
        options.operation_timeout_in_seconds = service.PATIENCE_S
        self.client = iotjobs.IotJobsClientV2(connection, options)
        self.thing = thing
        # In the order in which they come, of both kinds.
        self.events = queue.Queue()
        self.changed = self.open(self.client.create_job_executions_changed_stream, iotjobs.JobExecutionsChangedSubscriptionRequest)
        self.next_changed = self.open(
            self.client.create_next_job_execution_changed_stream, iotjobs.NextJobExecutionChangedSubscriptionRequest
        )

    def open(self, create, request):
        established = queue.Queue()
        options = ServiceStreamOptions(
            incoming_event_listener=self.events.put,
            subscription_status_listener=established.put,
            deserialization_failure_listener=self.events.put,
        )
        stream = create(request(thing_name=self.thing), options)
        stream.open()
        status = service.take(established)
        assert status.type == mqtt_request_response.SubscriptionStatusEventType.SUBSCRIPTION_ESTABLISHED, status
        return stream

    def ask(self, operation, request, **members):
        return operation(request(thing_name=self.thing, **members)).result(service.PATIENCE_S)

    def pending(self):
        answer = self.ask(self.client.get_pending_job_executions, iotjobs.GetPendingJobExecutionsRequest)
        return [one.job_id for one in answer.in_progress_jobs], [one.job_id for one in answer.queued_jobs]

    def start_next(self, **members):
        request = iotjobs.StartNextPendingJobExecutionRequest
        return self.ask(self.client.start_next_pending_job_execution, request, **members).execution

    def describe(self, job, **members):
        request = iotjobs.DescribeJobExecutionRequest
        return self.ask(self.client.describe_job_execution, request, job_id=job, **members).execution

    def update(self, job, status, **members):
        request = iotjobs.UpdateJobExecutionRequest
        return self.ask(self.client.update_job_execution, request, job_id=job, status=status, **members)


class DeviceSdk(unittest.TestCase):
    def check_walkthrough(self, connection):
        jobs = Jobs()
        device = V2Client(connection, jobs.thing)
        self.assertEqual(device.pending(), ([], []))
        self.assertIsNone(device.start_next())

        first = jobs.create()
        self.check_events(device, [first], first)
        second = jobs.create()
        self.check_events(device, [first, second])
        self.assertEqual(device.pending(), ([], [first, second]))

        started = device.start_next(status_details={"step": "1"}, step_timeout_in_minutes=5)
        self.assertEqual((started.job_id, started.status, started.version_number), (first, "IN_PROGRESS", 2))
        self.assertEqual((started.job_document, started.status_details), (JOB_DOCUMENT, {"step": "1"}))
        self.assertIsNotNone(started.started_at)
        self.assertEqual(device.pending(), ([first], [second]))
        self.assertEqual(device.describe("$next").job_id, first)
        described = device.describe(first, include_job_document=False, execution_number=1)
        self.assertEqual((described.status, described.job_document), ("IN_PROGRESS", None))

        updated = device.update(
            first, "IN_PROGRESS", status_details={"step": "2"}, expected_version=2, include_job_execution_state=True, include_job_document=True
        )
        state = updated.execution_state
        self.assertEqual((state.status, state.version_number, state.status_details), ("IN_PROGRESS", 3, {"step": "2"}))
        self.assertEqual(updated.job_document, JOB_DOCUMENT)
        device.update(first, "SUCCEEDED")
        self.check_events(device, [second], second)

        self.assertEqual(device.start_next().job_id, second)
        device.update(second, "FAILED", status_details={"reason": "dark"})
        self.check_events(device, [], None)
        self.assertEqual(device.pending(), ([], []))
        self.check_rejections(device, jobs, second)
        self.assertTrue(device.events.empty(), "no event is left over")

    def check_events(self, device, listed, *following):
        """The next event lists these jobs; if what is next has changed, one more says so."""
        changed = service.take(device.events)
        self.assertIsInstance(changed, iotjobs.JobExecutionsChangedEvent)
        self.assertEqual([one.job_id for group in changed.jobs.values() for one in group], listed)
        for job in following:
            changed = service.take(device.events)
            self.assertIsInstance(changed, iotjobs.NextJobExecutionChangedEvent)
            self.assertEqual(changed.execution and changed.execution.job_id, job)

    def check_rejections(self, device, jobs, ended):
        live = jobs.create()
        self.check_events(device, [live], live)
        for code, state, ask in [
            ("InvalidStateTransition", ("FAILED", 3), lambda: device.update(ended, "SUCCEEDED")),
            ("VersionMismatch", ("QUEUED", 1), lambda: device.update(live, "IN_PROGRESS", expected_version=7)),
            ("InvalidRequest", None, lambda: device.update(live, "DONE")),
            ("ResourceNotFound", None, lambda: device.describe("no-such-job")),
            ("TerminalStateReached", None, lambda: device.describe(ended)),
        ]:
            with self.subTest(code), self.assertRaises(V2ServiceException) as context:
                ask()
            error = context.exception.modeled_error
            self.assertIsInstance(error, iotjobs.V2ErrorResponse, context.exception.inner_error)
            self.assertEqual(error.code, code)
            self.assertTrue(error.message and error.client_token and error.timestamp)
            found = error.execution_state and (error.execution_state.status, error.execution_state.version_number)
            self.assertEqual(found, state)
        jobs.iot.delete_job(jobId=live, force=True)
        self.check_events(device, [], None)

    def test_the_v2_client_walks_through_on_mqtt_5(self):
        with Mqtt5() as client:
            self.check_walkthrough(client)

    def test_the_v2_client_walks_through_on_mqtt_3(self):
        with Mqtt3() as connection:
            self.check_walkthrough(connection)

    def test_a_job_of_a_group_reaches_who_joins(self):
        jobs = Jobs()
        group, job = service.name("group"), service.name("job")
        target = jobs.iot.create_thing_group(thingGroupName=group)["thingGroupArn"]
        with Mqtt5() as client:
            device = V2Client(client, jobs.thing)
            jobs.iot.create_job(jobId=job, targets=[target], document="{}", targetSelection="CONTINUOUS")
            self.assertEqual(device.pending(), ([], []))
            jobs.iot.add_thing_to_thing_group(thingGroupName=group, thingName=jobs.thing)
            self.check_events(device, [job], job)
            self.assertEqual(device.start_next().job_id, job)
            device.update(job, "SUCCEEDED")
            self.check_events(device, [], None)
        execution = jobs.iot.describe_job_execution(jobId=job, thingName=jobs.thing)["execution"]
        self.assertEqual(execution["status"], "SUCCEEDED")
        # More things may join, so the job goes on.
        self.assertEqual(jobs.iot.describe_job(jobId=job)["job"]["status"], "IN_PROGRESS")

    def test_the_older_client_walks_through_on_mqtt_3(self):
        jobs = Jobs()
        received = queue.Queue()
        with Mqtt3() as connection:
            client = iotjobs.IotJobsClient(connection)
            thing, qos = jobs.thing, mqtt.QoS.AT_LEAST_ONCE
            of_job = {"thing_name": thing, "job_id": "+"}
            for subscribe, request in [
                (client.subscribe_to_job_executions_changed_events, iotjobs.JobExecutionsChangedSubscriptionRequest(thing_name=thing)),
                (client.subscribe_to_next_job_execution_changed_events, iotjobs.NextJobExecutionChangedSubscriptionRequest(thing_name=thing)),
                (client.subscribe_to_get_pending_job_executions_accepted, iotjobs.GetPendingJobExecutionsSubscriptionRequest(thing_name=thing)),
                (
                    client.subscribe_to_start_next_pending_job_execution_accepted,
                    iotjobs.StartNextPendingJobExecutionSubscriptionRequest(thing_name=thing),
                ),
                (client.subscribe_to_describe_job_execution_accepted, iotjobs.DescribeJobExecutionSubscriptionRequest(**of_job)),
                (client.subscribe_to_update_job_execution_accepted, iotjobs.UpdateJobExecutionSubscriptionRequest(**of_job)),
                (client.subscribe_to_update_job_execution_rejected, iotjobs.UpdateJobExecutionSubscriptionRequest(**of_job)),
            ]:
                granted, _ = subscribe(request, qos, received.put)
                granted.result(service.PATIENCE_S)

            job = jobs.create()
            self.assertEqual(service.take(received).jobs["QUEUED"][0].job_id, job)
            self.assertEqual(service.take(received).execution.job_id, job)
            for publish, request, found in [
                (
                    client.publish_get_pending_job_executions,
                    iotjobs.GetPendingJobExecutionsRequest(thing_name=thing),
                    lambda answer: answer.queued_jobs[0].job_id == job,
                ),
                (
                    client.publish_start_next_pending_job_execution,
                    iotjobs.StartNextPendingJobExecutionRequest(thing_name=thing),
                    lambda answer: answer.execution.job_document == JOB_DOCUMENT,
                ),
                (
                    client.publish_describe_job_execution,
                    iotjobs.DescribeJobExecutionRequest(thing_name=thing, job_id=job),
                    lambda answer: answer.execution.status == "IN_PROGRESS",
                ),
                (
                    client.publish_update_job_execution,
                    iotjobs.UpdateJobExecutionRequest(thing_name=thing, job_id=job, status="QUEUED"),
                    lambda answer: answer.code == "InvalidStateTransition" and "to be QUEUED" in answer.message,
                ),
                (
                    client.publish_update_job_execution,
                    iotjobs.UpdateJobExecutionRequest(thing_name=thing, job_id=job, status="SUCCEEDED"),
                    lambda answer: isinstance(answer, iotjobs.UpdateJobExecutionResponse),
                ),
            ]:
                publish(request, qos).result(service.PATIENCE_S)
                answer = service.take(received)
                self.assertTrue(found(answer), answer)
            self.assertEqual(service.take(received).jobs, {})
            self.assertIsNone(service.take(received).execution)

    def test_what_aws_grants_is_granted(self):
        connection = Mqtt5()
        with connection as client:
            settings = connection.connected.negotiated_settings
            self.assertEqual(settings.maximum_qos, mqtt5.QoS.AT_LEAST_ONCE)
            self.assertEqual((settings.receive_maximum_from_server, settings.maximum_packet_size_to_server), (100, 149504))
            self.assertEqual((settings.server_keep_alive_sec, settings.topic_alias_maximum_to_server), (1200, 8))
            self.assertTrue(settings.retain_available and settings.wildcard_subscriptions_available)
            self.assertFalse(settings.subscription_identifiers_available)

            def subscribe(*filters):
                subscriptions = [mqtt5.Subscription(text, mqtt5.QoS.AT_LEAST_ONCE) for text in filters]
                future = client.subscribe(mqtt5.SubscribePacket(subscriptions))
                return future.result(service.PATIENCE_S).reason_codes

            granted, invalid = mqtt5.SubackReasonCode.GRANTED_QOS_1, mqtt5.SubackReasonCode.TOPIC_FILTER_INVALID
            self.assertEqual(subscribe("a/+", "$SYS/x"), [granted, invalid])
            packet = mqtt5.PublishPacket(topic="$SYS/x", payload=b"x", qos=mqtt5.QoS.AT_LEAST_ONCE)
            puback = client.publish(packet).result(service.PATIENCE_S).puback
            self.assertEqual(puback.reason_code, mqtt5.PubackReasonCode.TOPIC_NAME_INVALID)
