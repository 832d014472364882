"""Lambda as custom resources meet it, and whole CDK stacks deployed without the CLI."""

import datetime
import json
import time
from collections import Counter
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda, aws_s3

from local.aws import LocalAws, RunningAws, Settings
from tests.local.aws.recorder import Recorder
from tests.support.cloudformation import delete_stack, deploy_stack
from tests.support.synth import staged_app

ENVIRONMENT = """
import os, time

def handler(event, context):
    time.sleep(event.get("sleep", 0))
    return {
        "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"], "region": os.environ["AWS_REGION"],
        "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis(),
    }
"""


def test_every_event_can_be_delivered_twice() -> None:
    with LocalAws(Settings(auth=False, tls=False, deliver_twice=True)) as aws:
        recorder = Recorder(aws, Recorder.make_function(aws), "twice")
        recorder.deploy(R=recorder.resource())
        recorder.delete()

        # The second delivery of the Delete may still be on its way when the stack is gone.
        while len(delivered := recorder.events) < 4:
            time.sleep(0.05)
        assert Counter(event["RequestType"] for event in delivered) == {"Create": 2, "Delete": 2}
        assert len({event["RequestId"] for event in delivered}) == 2


def test_a_cdk_stack_is_deployed_with_its_assets(aws: RunningAws, tmp_path: Path) -> None:
    stack = cdk.Stack(staged_app(outdir=str(tmp_path)), "WithFunction", env=_environment(aws))
    function = _function(stack, timeout=1)
    bucket = aws_s3.Bucket(stack, "Bucket", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True)
    cdk.CfnOutput(stack, "Function", value=function.function_name)
    cdk.CfnOutput(stack, "Name", value=bucket.bucket_name)

    deployment = deploy_stack(aws, stack)

    assert deployment.status == "CREATE_COMPLETE"
    answer = _invoke(aws, deployment.outputs["Function"], {})
    assert answer["function"] == deployment.outputs["Function"]
    assert answer["region"] == aws.settings.region
    assert answer["arn"].endswith(f":function:{deployment.outputs['Function']}")
    assert 0 < answer["left"] <= 1000
    assert "timed out" in _invoke(aws, deployment.outputs["Function"], {"sleep": 3})["errorMessage"]

    aws.client("s3").put_object(Bucket=deployment.outputs["Name"], Key="left-over", Body=b"")
    assert delete_stack(aws, "WithFunction").status == "DELETE_COMPLETE"


def _environment(aws: RunningAws) -> cdk.Environment:
    return cdk.Environment(account=aws.settings.account, region=aws.settings.region)


def _function(stack: cdk.Stack, timeout: int) -> aws_lambda.Function:
    return aws_lambda.Function(
        stack,
        "Handler",
        runtime=aws_lambda.Runtime.PYTHON_3_12,
        handler="index.handler",
        code=aws_lambda.Code.from_inline(ENVIRONMENT),
        timeout=cdk.Duration.seconds(timeout),
    )


def _invoke(aws: RunningAws, name: str, event: object) -> dict[str, str]:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    payload: dict[str, str] = json.loads(answer["Payload"].read())
    return payload


def test_what_a_function_logged_is_still_told_when_its_log_group_is_gone(recorder: Recorder) -> None:
    before = datetime.datetime.now(datetime.UTC)
    recorder.answers("R", "Create", **{"raise": 1})
    recorder.deploy(R=recorder.resource())
    logs = recorder.aws.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])

    assert any("RuntimeError: as told" in line for line in recorder.aws.logs(since=before))
    assert recorder.aws.logs(since=datetime.datetime.now(datetime.UTC)) == []
