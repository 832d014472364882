"""A custom resource provider for tests: properties and scripts say how it answers, and it keeps what it was sent."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from local.aws import RunningAws
from tests.support.cloudformation import Deployment, delete_stack, deploy_template

_BUCKET = "recorder"
_CODE = """
import json, time, urllib.request, uuid
import boto3

s3 = boto3.client("s3")

def handler(event, context):
    url = event.pop("ResponseURL")
    stack = event["StackId"].split("/")[1].split("-Nested")[0]
    logical = event["LogicalResourceId"]
    key = f"events/{stack}/{time.time_ns()}-{uuid.uuid4().hex}"
    if event["ResourceProperties"].get("Describe"):
        stacks = boto3.client("cloudformation").describe_stacks(StackName=event["StackId"])["Stacks"]
        event["StatusMeanwhile"] = stacks[0]["StackStatus"]
    s3.put_object(Bucket="recorder", Key=key, Body=json.dumps(event))
    answer = script(stack, f"{logical}-{event['RequestType']}-{event['ResourceProperties'].get('Version', '')}")
    answer = answer or script(stack, f"{logical}-{event['RequestType']}") or {}
    earlier = [e for e in s3.list_objects_v2(Bucket="recorder", Prefix=f"ids/{event['RequestId']}").get("Contents", [])]
    s3.put_object(Bucket="recorder", Key=f"ids/{event['RequestId']}-{uuid.uuid4().hex}", Body=b"")
    time.sleep(answer.pop("sleep", 0))
    if len(earlier) < answer.pop("raise", 0):
        raise RuntimeError("as told")
    if answer.pop("silent", False):
        return
    own = {
        "Status": "SUCCESS", "StackId": event["StackId"], "RequestId": event["RequestId"],
        "LogicalResourceId": logical, "PhysicalResourceId": event.get("PhysicalResourceId", f"{logical}-1"),
        "Data": {"Version": event["ResourceProperties"].get("Version", "")},
    }
    if answer.pop("first_for_another", False):
        put(url, {**own, "Status": "FAILED", "RequestId": "another"})
    put(url, {**own, **answer})

def script(stack, name):
    try:
        return json.loads(s3.get_object(Bucket="recorder", Key=f"scripts/{stack}/{name}")["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None

def put(url, answer):
    body = json.dumps({key: value for key, value in answer.items() if value is not None}).encode()
    urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""}))
"""


class Recorder:
    def __init__(self, aws: RunningAws, function_arn: str, stack_name: str) -> None:
        self.aws = aws
        self.function_arn = function_arn
        self.stack_name = stack_name
        self._s3 = aws.client("s3")

    @classmethod
    def make_function(cls, aws: RunningAws, name: str = "recorder") -> str:
        aws.client("s3").create_bucket(Bucket=_BUCKET)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", _CODE)
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        created = aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="index.handler",
            Role=role,
            Timeout=15,
            Code={"ZipFile": content.getvalue()},
        )
        arn: str = created["FunctionArn"]
        return arn

    def answers(self, logical_id: str, request_type: str, **answer: Any) -> None:
        """`request_type` may carry a version: "Update-2" is the Update to Version 2."""
        key = f"scripts/{self.stack_name}/{logical_id}-{request_type}"
        self._s3.put_object(Bucket=_BUCKET, Key=key, Body=json.dumps(answer).encode())

    def resource(self, version: int = 1, **properties: Any) -> dict[str, Any]:
        own = {"ServiceToken": self.function_arn, "Version": version}
        return {"Type": "Custom::Recorded", "Properties": own | properties}

    def deploy(self, options: dict[str, Any] | None = None, **resources: Any) -> Deployment:
        return deploy_template(self.aws, self.stack_name, {"Resources": resources}, **(options or {}))

    def begin(self, **resources: Any) -> None:
        """Starts to create the stack, and does not wait."""
        body = json.dumps({"Resources": resources})
        self.aws.client("cloudformation").create_stack(
            StackName=self.stack_name, TemplateBody=body, Capabilities=["CAPABILITY_AUTO_EXPAND"]
        )

    def until_sent(self, logical_id: str) -> None:
        """Waits until an event for the resource has come."""
        deadline = time.monotonic() + 10
        while not any(event["LogicalResourceId"] == logical_id for event in self.events):
            assert time.monotonic() < deadline, f"no event for {logical_id}"
            time.sleep(0.02)

    def described(self, logical_id: str, stack: str = "") -> dict[str, Any]:
        """What DescribeStackResource says of it now."""
        client = self.aws.client("cloudformation")
        found = client.describe_stack_resource(StackName=stack or self.stack_name, LogicalResourceId=logical_id)
        detail: dict[str, Any] = found["StackResourceDetail"]
        return detail

    def delete(self) -> Deployment:
        return delete_stack(self.aws, self.stack_name)

    def nested(self, **resources: Any) -> dict[str, Any]:
        """A nested stack of these resources."""
        return self.nested_template({"Resources": resources})

    def nested_template(self, template: Mapping[str, Any], **parameters: Any) -> dict[str, Any]:
        """A nested stack of this template with these parameters; the same template has the same URL."""
        body = json.dumps(template).encode()
        key = f"templates/{uuid.uuid5(uuid.NAMESPACE_URL, body.decode()).hex}.json"
        self._s3.put_object(Bucket=_BUCKET, Key=key, Body=body)
        url = f"https://s3.{self.aws.settings.region}.amazonaws.com/{_BUCKET}/{key}"
        given = {"Parameters": parameters} if parameters else {}
        return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **given}}

    @property
    def children(self) -> list[dict[str, Any]]:
        """The nested stacks, as DescribeStacks has them."""
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        return [stack for stack in stacks if stack["StackName"].startswith(f"{self.stack_name}-Nested")]

    @property
    def events(self) -> list[dict[str, Any]]:
        listed = self._s3.list_objects_v2(Bucket=_BUCKET, Prefix=f"events/{self.stack_name}/").get("Contents", [])
        keys = sorted(entry["Key"] for entry in listed)
        return [json.loads(self._s3.get_object(Bucket=_BUCKET, Key=key)["Body"].read()) for key in keys]

    @property
    def sent(self) -> list[tuple[str, str | None, str]]:
        """Request type, physical id and version of each event, in order."""
        return [
            (event["RequestType"], event.get("PhysicalResourceId"), event["ResourceProperties"]["Version"])
            for event in self.events
        ]
