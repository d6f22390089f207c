"""Objects: the AWS CLI, boto3 and curl as clients of Amazon S3, and a device that downloads what its job names."""

import contextlib
import hashlib
import json
import os
import subprocess
import tempfile
import unittest
import urllib.request

import boto3
import service
import test_aws_cli
import test_device_sdk
from botocore.client import Config
from botocore.exceptions import ClientError

# A role whose form is right; whether it exists is not known.
ROLE = "arn:aws:iam::123456789012:role/firmware-reader"

# Two parts of what the AWS CLI sends.
LARGE = os.urandom(12 << 20)


def s3(*words):
    """What the AWS CLI prints."""
    process = test_aws_cli.aws(*words)
    if process.returncode != 0:
        raise AssertionError(f"{words}: {process.returncode}: {process.stderr}")
    return process.stdout


def curl(*words):
    """What curl receives, and the status."""
    command = ["curl", "--silent", "--show-error", "--globoff", "--write-out", "%{stderr}%{http_code}", *words]
    process = subprocess.run(command, capture_output=True, check=True, timeout=service.PATIENCE_S)
    return int(process.stderr), process.stdout


def advance(seconds):
    """Moves the clock of the service."""
    request = urllib.request.Request(
        service.offer["adminUrl"] + "/clock/advance",
        json.dumps({"seconds": seconds}).encode(),
        {"x-jobs-sandbox": "admin", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=service.PATIENCE_S) as answer:
        answer.read()


def client(**config):
    return boto3.client("s3", config=Config(retries={"total_max_attempts": 1}, **config))


class Objects(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory())

    def serve(self, *options, **more):
        """Runs a service whose clock can be moved."""
        self.stack.enter_context(service.another("--admin-port", "0", *options, **more))

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def refused(self, code, status, operation, **parameters):
        with self.assertRaises(ClientError) as context:
            operation(**parameters)
        response = context.exception.response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))

    def test_a_device_downloads_what_its_job_names(self):
        self.serve()
        image = self.file("image.bin", b"version 2")
        s3("s3", "mb", "s3://firmware")
        s3("s3", "cp", image, "s3://firmware/lamp/image 2.bin")
        jobs = test_device_sdk.Jobs()
        placeholder = "${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/lamp/image 2.bin}"
        document = self.file("document.json", json.dumps({"operation": "flash", "url": placeholder}).encode())
        s3("s3", "cp", document, "s3://firmware/document.json")
        source = "https://firmware.s3.us-east-1.amazonaws.com/document.json"
        job = service.name("job")
        config = json.dumps({"roleArn": ROLE, "expiresInSec": 120})
        create = ["create-job", "--job-id", job, "--targets", jobs.target, "--document-source", source]
        refusal = test_aws_cli.aws(*create)
        self.assertIn("Role must be provided for pre-sign S3 urls", refusal.stderr)
        test_aws_cli.answer(*create, "--presigned-url-config", config)
        described = test_aws_cli.answer("describe-job", "--job-id", job)
        self.assertEqual((described["documentSource"], described["job"]["presignedUrlConfig"]), (source, json.loads(config)))
        self.assertIn(placeholder, test_aws_cli.answer("get-job-document", "--job-id", job)["document"])

        with test_device_sdk.Mqtt5() as connection:
            device = test_device_sdk.V2Client(connection, jobs.thing)
            first = device.start_next().job_document["url"]
            self.assertEqual(curl(first), (200, b"version 2"))
            self.assertEqual(curl("--range", "8-", first), (206, b"2"))
            # It is another file, or another use.
            self.assertEqual(curl(first.replace("image", "other"))[0], 403)
            self.assertEqual(curl("--upload-file", image, first)[0], 403)
            advance(119)
            self.assertEqual(curl(first)[0], 200)
            second = device.describe(job).job_document["url"]
            advance(2)
            status, refusal = curl(first)
            self.assertEqual(status, 403)
            self.assertIn(b"<Code>AccessDenied</Code><Message>Request has expired</Message>", refusal)
            self.assertEqual(curl(second), (200, b"version 2"))
            device.update(job, "SUCCEEDED")

    def test_a_device_sends_a_file_over_http(self):
        self.serve()
        s3("s3", "mb", "s3://uploads")
        jobs = test_device_sdk.Jobs()
        key = "${thingName}/${jobId}/${executionNumber}.log"
        document = json.dumps({"to": "${aws:iot:s3-presigned-url-upload:https://s3.amazonaws.com/uploads/" + key + "}"})
        job = service.name("job")
        jobs.iot.create_job(
            jobId=job, targets=[jobs.target], document=document, presignedUrlConfig={"roleArn": ROLE, "expiresInSec": 60}
        )
        data = boto3.client("iot-jobs-data")
        started = data.start_next_pending_job_execution(thingName=jobs.thing)["execution"]
        url = json.loads(started["jobDocument"])["to"]
        log = self.file("log", b"done")
        self.assertEqual(curl("--upload-file", log, url)[0], 200)
        self.assertEqual(s3("s3", "cp", f"s3://uploads/{jobs.thing}/{job}/1.log", "-"), "done")
        described = data.describe_job_execution(thingName=jobs.thing, jobId=job, includeJobDocument=True)["execution"]
        advance(61)
        self.assertEqual(curl("--upload-file", log, json.loads(described["jobDocument"])["to"])[0], 403)

    def test_the_aws_cli_copies_files(self):
        self.serve()
        s3("s3", "mb", "s3://bucket")
        large, small = self.file("large", LARGE), self.file("small", b"small")
        s3("s3", "cp", large, "s3://bucket/dir/large")
        s3("s3", "cp", small, "s3://bucket/small", "--content-type", "text/plain", "--metadata", "version=2")
        self.assertIn(f"{len(LARGE)} dir/large", s3("s3", "ls", "--recursive", "s3://bucket"))
        self.assertIn("PRE dir/", s3("s3", "ls", "s3://bucket"))
        back = os.path.join(self.folder, "back")
        s3("s3", "cp", "s3://bucket/dir/large", back)
        with open(back, "rb") as file:
            self.assertTrue(file.read() == LARGE)
        s3("s3", "mv", "s3://bucket/small", "s3://bucket/moved")
        head = json.loads(s3("s3api", "head-object", "--bucket", "bucket", "--key", "moved"))
        self.assertEqual((head["ContentType"], head["Metadata"], head["ContentLength"]), ("text/plain", {"version": "2"}, 5))
        s3("s3", "sync", self.folder, "s3://bucket/all")
        self.assertEqual(s3("s3", "sync", self.folder, "s3://bucket/all"), "")
        too_large = self.file("too-large", bytes(33 << 20))
        for command in [
            ["s3", "cp", too_large, "s3://bucket/too-large"],
            ["s3api", "put-object", "--bucket", "bucket", "--key", "k", "--body", too_large],
        ]:
            refusal = test_aws_cli.aws(*command)
            self.assertIn("(EntityTooLarge)", refusal.stderr)
            self.assertIn("here 32 MiB", refusal.stderr)
        self.assertNotIn("Uploads", json.loads(s3("s3api", "list-multipart-uploads", "--bucket", "bucket")))
        self.assertIn("(BucketNotEmpty)", test_aws_cli.aws("s3", "rb", "s3://bucket").stderr)
        s3("s3", "rb", "--force", "s3://bucket")
        self.assertEqual(s3("s3", "ls"), "")

    def test_boto3_puts_and_gets(self):
        self.serve()
        client_ = client()
        self.refused("NoSuchBucket", 404, client_.put_object, Bucket="bucket", Key="k", Body=b"")
        client_.create_bucket(Bucket="bucket")
        self.refused("NoSuchKey", 404, client_.get_object, Bucket="bucket", Key="k")
        for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]:
            for body in [b"", b"1", LARGE[:100_000]]:
                with self.subTest(algorithm, length=len(body)):
                    put = client_.put_object(Bucket="bucket", Key="k", Body=body, ChecksumAlgorithm=algorithm)
                    self.assertEqual(put["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
                    got = client_.get_object(Bucket="bucket", Key="k", ChecksumMode="ENABLED")
                    self.assertEqual(got[f"Checksum{algorithm}"], put[f"Checksum{algorithm}"])
                    self.assertTrue(got["Body"].read() == body)
        # The content is sent in chunks, each with a signature of its own or none.
        with open(self.file("streamed", LARGE[:300_000]), "rb") as file:
            client_.upload_fileobj(file, "bucket", "streamed")
        self.assertEqual(client_.head_object(Bucket="bucket", Key="streamed")["ContentLength"], 300_000)
        self.refused("404", 404, client_.head_object, Bucket="bucket", Key="none")
        self.refused("PreconditionFailed", 412, client_.put_object, Bucket="bucket", Key="k", IfNoneMatch="*")
        self.refused("InvalidRange", 416, client_.get_object, Bucket="bucket", Key="k", Range="bytes=100000-")
        self.refused("NotEmulatedException", 501, client_.get_bucket_acl, Bucket="bucket")
        self.refused("NotEmulatedException", 501, client_.put_object, Bucket="bucket", Key="k", Tagging="a=b")
        client_.delete_object(Bucket="bucket", Key="k")

        keys = [f"dir {number % 3}/ü&+{number}" for number in range(25)]
        for key in keys:
            client_.put_object(Bucket="bucket", Key=key, Body=key.encode())
        for operation in ["list_objects_v2", "list_objects"]:
            pages = client_.get_paginator(operation).paginate(Bucket="bucket", Prefix="dir", PaginationConfig={"PageSize": 4})
            self.assertEqual([one["Key"] for page in pages for one in page["Contents"]], sorted(keys))
            pages = client_.get_paginator(operation).paginate(Bucket="bucket", Delimiter="/", PaginationConfig={"PageSize": 1})
            prefixes = [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
            self.assertEqual(prefixes, ["dir 0/", "dir 1/", "dir 2/"])
        deleted = client_.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": key} for key in [*keys, "none"]]})
        self.assertEqual(len(deleted["Deleted"]), 26)

    def test_conditions_are_kept(self):
        self.serve()
        client_ = client()
        client_.create_bucket(Bucket="bucket")
        name = {"Bucket": "bucket", "Key": "k"}
        put, delete, get = client_.put_object, client_.delete_object, client_.get_object
        tag = put(**name, Body=b"1")["ETag"]
        other = {**name, "Key": "none"}
        failed = ("PreconditionFailed", 412)
        for expected, operation, parameters in [
            (failed, put, {**name, "Body": b"2", "IfMatch": '"00"'}),
            (failed, put, {**name, "Body": b"2", "IfNoneMatch": "*"}),
            (("NotImplemented", 501), put, {**name, "Body": b"2", "IfNoneMatch": '"00"'}),
            (("NoSuchKey", 404), put, {**other, "Body": b"2", "IfMatch": tag}),
            (failed, delete, {**name, "IfMatch": '"00"'}),
            (failed, get, {**name, "IfMatch": '"00"'}),
            (failed, get, {**name, "IfUnmodifiedSince": "2020-01-01"}),
            (("304", 304), get, {**name, "IfNoneMatch": tag}),
            (("304", 304), get, {**name, "IfModifiedSince": get(**name)["LastModified"]}),
        ]:
            with self.subTest(parameters):
                self.refused(*expected, operation, **parameters)
        self.assertEqual(get(**name, IfMatch=tag, IfModifiedSince="2020-01-01")["Body"].read(), b"1")

        upload = {**name, "UploadId": client_.create_multipart_upload(**name)["UploadId"]}
        parts = {"Parts": [{"PartNumber": 1, "ETag": client_.upload_part(**upload, PartNumber=1, Body=b"3")["ETag"]}]}
        complete = client_.complete_multipart_upload
        self.refused(*failed, complete, **upload, MultipartUpload=parts, IfNoneMatch="*")
        tag = complete(**upload, MultipartUpload=parts, IfMatch=tag)["ETag"]
        keys = [{"Key": "k", "ETag": '"00"'}, {"Key": "none"}]
        deleted = client_.delete_objects(Bucket="bucket", Delete={"Objects": keys})
        self.assertEqual([one["Key"] for one in deleted["Deleted"]], ["none"])
        self.assertEqual([(one["Key"], one["Code"]) for one in deleted["Errors"]], [("k", "PreconditionFailed")])
        put(**name, Body=b"4", IfMatch=tag)
        delete(**name, IfMatch="*")
        self.refused("NoSuchKey", 404, get, **name)

    def test_what_s3_does_by_default_may_be_asked_for(self):
        self.serve()
        s3("s3", "mb", "s3://bucket")
        file = self.file("file", b"1")
        for words in [["--sse"], ["--acl", "private"], ["--acl", "bucket-owner-full-control"], ["--storage-class", "STANDARD"]]:
            s3("s3", "cp", file, "s3://bucket/key", *words)
        for words in [["--sse", "aws:kms"], ["--acl", "public-read"], ["--storage-class", "GLACIER"]]:
            self.assertIn("(NotEmulatedException)", test_aws_cli.aws("s3", "cp", file, "s3://bucket/key", *words).stderr)

    def test_pages_of_lists(self):
        self.serve()
        client_ = client()
        keys = ["\u0001", " a ", "b", "ü"]
        client_.create_bucket(Bucket="bucket")
        client_.create_bucket(Bucket="bucket-2")
        for key in keys:
            client_.put_object(Bucket="bucket", Key=key, Body=b"")
        pages = list(client_.get_paginator("list_objects_v2").paginate(Bucket="bucket", PaginationConfig={"PageSize": 1}))
        self.assertEqual([one["Key"] for page in pages for one in page["Contents"]], keys)
        buckets = client_.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1})
        self.assertEqual([one["Name"] for page in buckets for one in page["Buckets"]], ["bucket", "bucket-2"])
        token = pages[0]["NextContinuationToken"]
        for operation, parameters in [
            (client_.list_objects_v2, {"Bucket": "bucket-2", "ContinuationToken": token}),
            (client_.list_objects_v2, {"Bucket": "bucket", "ContinuationToken": "bogus"}),
            (client_.list_buckets, {"ContinuationToken": token}),
            (client_.list_objects_v2, {"Bucket": "bucket", "EncodingType": "none"}),
        ]:
            with self.subTest(parameters):
                self.refused("InvalidArgument", 400, operation, **parameters)
        owner = {"ID": service.offer["account"]}
        listed = client_.list_objects_v2(Bucket="bucket", FetchOwner=True)["Contents"]
        self.assertEqual([one["Owner"] for one in listed], [owner] * 4)
        self.assertNotIn("Owner", client_.list_objects_v2(Bucket="bucket")["Contents"][0])
        deleted = client_.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": key} for key in keys[1:]]})
        self.assertEqual(len(deleted["Deleted"]), 3)
        self.assertEqual([one["Key"] for one in client_.list_objects_v2(Bucket="bucket")["Contents"]], keys[:1])

    def test_boto3_sends_parts(self):
        self.serve()
        client_ = client()
        client_.create_bucket(Bucket="bucket")
        name = {"Bucket": "bucket", "Key": "dir/large"}
        upload = {**name, "UploadId": client_.create_multipart_upload(**name, ContentType="text/css")["UploadId"]}
        parts = [LARGE[: 6 << 20], LARGE[6 << 20 : 7 << 20]]
        etags = [client_.upload_part(**upload, PartNumber=n, Body=part)["ETag"] for n, part in enumerate(parts, 1)]
        self.assertEqual([one["ETag"] for one in client_.list_parts(**upload)["Parts"]], etags)
        chosen = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
        complete = client_.complete_multipart_upload
        for code, wrong in [
            ("InvalidPartOrder", chosen[::-1]),
            ("InvalidPart", [{**chosen[0], "ETag": '"00"'}]),
            ("InvalidPart", [{**chosen[0], "PartNumber": 9}]),
        ]:
            self.refused(code, 400, complete, **upload, MultipartUpload={"Parts": wrong})
        self.refused("NoSuchUpload", 404, complete, **{**upload, "Key": "k"}, MultipartUpload={"Parts": chosen})
        client_.upload_part(**upload, PartNumber=3, Body=b"end")
        etags.append(f'"{hashlib.md5(b"end").hexdigest()}"')
        chosen.append({"PartNumber": 3, "ETag": etags[2]})
        self.refused("EntityTooSmall", 400, complete, **upload, MultipartUpload={"Parts": chosen})
        sums = b"".join(hashlib.md5(part).digest() for part in parts)
        completed = complete(**upload, MultipartUpload={"Parts": chosen[:2]})
        self.assertEqual(completed["ETag"], f'"{hashlib.md5(sums).hexdigest()}-2"')
        got = client_.get_object(**name)
        self.assertTrue(got["Body"].read() == b"".join(parts))
        self.assertEqual(got["ContentType"], "text/css")
        aborted = {**name, "UploadId": client_.create_multipart_upload(**name)["UploadId"]}
        client_.upload_part(**aborted, PartNumber=1, Body=b"part")
        client_.abort_multipart_upload(**aborted)
        self.refused("NoSuchUpload", 404, client_.list_parts, **aborted)

    def test_urls_of_others_are_not_verified(self):
        self.serve()
        client_ = client()
        client_.create_bucket(Bucket="bucket")
        client_.put_object(Bucket="bucket", Key="a b", Body=b"body")
        for version in ["s3v4", "s3"]:
            for operation in ["get_object", "head_object"]:
                signer = client(signature_version=version)
                url = signer.generate_presigned_url(operation, {"Bucket": "bucket", "Key": "a b"}, ExpiresIn=1)
                advance(60)
                head = ["--head"] if operation == "head_object" else []
                status, body = curl(*head, url)
                self.assertEqual(status, 200, url)
                self.assertIn(b"Content-Length: 4" if head else b"body", body.replace(b"content-length", b"Content-Length"))
        # Without a signature nothing is answered, and a form of a web page cannot do anything.
        url = service.offer["environment"]["AWS_ENDPOINT_URL_S3"] + "/bucket/a%20b"
        self.assertEqual(curl(url)[0], 403)
        self.assertEqual(curl("--request", "POST", url + "?uploads&X-Amz-Signature=00")[0], 501)
        self.assertEqual(curl("--header", "Host: bucket.example", url + "?X-Amz-Signature=00")[0], 403)
        # A URL that was cut off, and an HTTP client that adds a header or sends from a stream.
        for version, refused in [("s3v4", 400), ("s3", 403)]:
            signer = client(signature_version=version)
            put = signer.generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "c"})
            cut = put[: put.index("Signature=") - 1]
            self.assertEqual(curl("--request", "PUT", "--data", "body", cut)[0], refused, version)
            self.assertEqual(curl("--header", "Authorization: Bearer t", put)[0], 400, version)
        chunked = ["--request", "PUT", "--data", "body", "--header", "Transfer-Encoding: chunked"]
        status, body = curl(*chunked, put)
        self.assertEqual(status, 501)
        self.assertIn(b"<Header>Transfer-Encoding</Header>", body)
        self.assertEqual(curl("--request", "PUT", "--data", "body", put)[0], 200)

    def test_objects_are_kept(self):
        options = ["--state", os.path.join(self.folder, "state")]
        with service.another(*options):
            client_ = client()
            client_.create_bucket(Bucket="bucket")
            for key in ["kept", "removed"]:
                client_.put_object(Bucket="bucket", Key=key, Body=LARGE, Metadata={"version": "2"})
            client_.delete_object(Bucket="bucket", Key="removed")
            jobs = test_device_sdk.Jobs()
            document = '{"url": "${aws:iot:s3-presigned-url-v2:https://bucket.s3.amazonaws.com/kept}"}'
            jobs.iot.create_job(jobId="job", targets=[jobs.target], document=document, presignedUrlConfig={"roleArn": ROLE})
            with test_device_sdk.Mqtt3() as connection:
                url = test_device_sdk.V2Client(connection, jobs.thing).start_next().job_document["url"]
            port = service.offer["httpPort"]
        with service.another(*options, http_port=port):
            status, body = curl(url)
            self.assertEqual((status, body == LARGE), (200, True))
            client_ = client()
            self.assertEqual([one["Key"] for one in client_.list_objects_v2(Bucket="bucket")["Contents"]], ["kept"])
            self.assertEqual(client_.head_object(Bucket="bucket", Key="kept")["Metadata"], {"version": "2"})
