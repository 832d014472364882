"""The real handlers over a Bedrock in memory, with the clock, the stack and the waiter in the test's hand."""

import contextlib
import copy
import functools
import io
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

import index
from local.bedrock import Bedrock, ManualClock, Quotas, memory_client
from local.sagemaker import MissingJobError, TrainingJobs
from provider import abort, events, poll
from provider.aws.clients import Clients, Session, session
from provider.cloudformation import log
from provider.cloudformation.contract import CUSTOM_MODEL_TYPE, KEPT_TAG, LOGGING_RECORD, WAIT_TYPE
from tests.support.own_stack import OwnStackOnly
from tests.support.parameters import Ssm

ACCOUNT = "123456789012"
STACK_ID = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/Models/11111111-2222-3333-4444-555555555555"
EVENTS_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:events"
POLL_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:poll"
WAITER_ARN = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:waiter"
SIGNATURE = "X-Amz-Security-Token=IQoJb3JpZ2luX2VjEB&X-Amz-Signature=0123456789abcdef"
RESPONSE_URL = f"https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/x?{SIGNATURE}"
# How a whole event would look in a line: as an object, as text in text, and as Python shows it.
_WHOLE_EVENTS = ('ResponseURL"', 'ResponseURL\\"', "ResponseURL'")


class Stacks:
    """CloudFormation as far as the provider reads it: stacks and their status."""

    def __init__(self) -> None:
        self.status = {STACK_ID: "CREATE_IN_PROGRESS"}
        self.reason = ""
        self.reasons: dict[str, str] = {}
        self.retain_except_on_create = False
        # Of each stack, newest first: its statuses and their reasons before the one that it is in.
        self.before: dict[str, list[tuple[str, str]]] = {}
        self.unreadable = False
        self.resources: dict[str, str] = {}
        self.held: dict[str, dict[str, str]] = {}

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        if self.unreadable:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "DescribeStacks")
        if StackName not in self.status:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        found = {
            "StackStatus": self.status[StackName],
            "StackStatusReason": self.reasons.get(StackName, self.reason),
            "RetainExceptOnCreate": self.retain_except_on_create,
        }
        return {"Stacks": [found]}

    def describe_stack_events(self, *, StackName: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        """One a page, among those of a resource."""
        self.describe_stacks(StackName=StackName)
        statuses = [(self.status[StackName], self.reason), *self.before.get(StackName, [])]
        own = [
            {"PhysicalResourceId": StackName, "ResourceStatus": status, "ResourceStatusReason": reason}
            for status, reason in statuses
        ]
        other = {"PhysicalResourceId": "assistant", "ResourceStatus": "CREATE_FAILED"}
        page = int(NextToken)
        following = {"NextToken": str(page + 1)} if page + 1 < len(own) else {}
        return {"StackEvents": [other, own[page]], **following}

    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        self.describe_stacks(StackName=StackName)
        held = self.resources.get(LogicalResourceId) or self._held_by(StackName).get(LogicalResourceId, "")
        return {"StackResourceDetail": {"PhysicalResourceId": held}}

    def list_stack_resources(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        self.describe_stacks(StackName=StackName)
        return {
            "StackResourceSummaries": [
                {"LogicalResourceId": name, "PhysicalResourceId": held, "ResourceStatus": "UPDATE_COMPLETE"}
                for name, held in self._held_by(StackName).items()
            ]
        }

    def describe_stack_resources(self, *, PhysicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        for stack_id in self.status:
            for name, held in self._held_by(stack_id).items():
                if held == PhysicalResourceId:
                    found = {"StackId": stack_id, "LogicalResourceId": name, "PhysicalResourceId": held}
                    return {"StackResources": [found]}
        message = f"Stack for {PhysicalResourceId} does not exist"
        raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStackResources")

    def answered(self, event: dict[str, Any], physical_id: str) -> None:
        """What the stack holds then. A clean-up deletes what the resource was before."""
        held, name = self.held.setdefault(event["StackId"], {}), event["LogicalResourceId"]
        if event["RequestType"] != "Delete":
            held[name] = physical_id
        elif held.get(name) == physical_id:
            del held[name]

    def _held_by(self, stack_id: str) -> dict[str, str]:
        return self.held.get(stack_id, {})


class Iam:
    """Roles as far as the provider removes them: by name, each with the job that its tag names; empty without a tag."""

    def __init__(self) -> None:
        self.roles: dict[str, str] = {}
        self.attached: dict[str, list[str]] = {}

    def list_role_tags(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        self._find(RoleName, "ListRoleTags")
        return {"Tags": [{"Key": KEPT_TAG, "Value": self.roles[RoleName]}]}

    def list_role_policies(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        self._find(RoleName, "ListRolePolicies")
        return {"PolicyNames": ["DefaultPolicy"]}

    def delete_role_policy(self, *, RoleName: str, PolicyName: str) -> dict[str, Any]:  # noqa: N803
        assert PolicyName == "DefaultPolicy"
        self._find(RoleName, "DeleteRolePolicy")
        return {}

    def list_attached_role_policies(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        self._find(RoleName, "ListAttachedRolePolicies")
        return {"AttachedPolicies": [{"PolicyArn": arn} for arn in self.attached.get(RoleName, [])]}

    def detach_role_policy(self, *, RoleName: str, PolicyArn: str) -> dict[str, Any]:  # noqa: N803
        self._find(RoleName, "DetachRolePolicy")
        self.attached[RoleName].remove(PolicyArn)
        return {}

    def delete_role(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        self._find(RoleName, "DeleteRole")
        if self.attached.get(RoleName):
            raise ClientError({"Error": {"Code": "DeleteConflict", "Message": "detach all policies"}}, "DeleteRole")
        del self.roles[RoleName]
        return {}

    def _find(self, name: str, operation: str) -> None:
        if name not in self.roles:
            raise ClientError({"Error": {"Code": "NoSuchEntity", "Message": name}}, operation)
        if not self.roles[name]:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": name}}, operation)


class SageMaker:
    """DescribeTrainingJob of the local AWS's training jobs."""

    def __init__(self) -> None:
        self.jobs = TrainingJobs(ACCOUNT, "us-east-1")
        self.missing = "ValidationException"

    def describe_training_job(self, *, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        try:
            return self.jobs.describe(TrainingJobName)
        except MissingJobError as error:
            told = {"Code": self.missing, "Message": str(error)}
            raise ClientError({"Error": told}, "DescribeTrainingJob") from None


class S3:
    """Objects as far as the provider reads them; `denied` ones are there, or not, and nobody says which."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.denied = False

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        body = self.objects.get(f"s3://{Bucket}/{Key}")
        if body is None:
            code = "AccessDenied" if self.denied else "NoSuchKey"
            raise ClientError({"Error": {"Code": code, "Message": f"{code} of {Key}"}}, "GetObject")
        return {"Body": io.BytesIO(body), "ContentLength": len(body)}


class Waiter:
    """Step Functions as far as the waiter needs it: its workflow, each execution on the test's own clock."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.functions: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
        self.executions: dict[str, dict[str, Any]] = {}
        self.due: dict[str, float] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        assert stateMachineArn == WAITER_ARN
        assert len(name) <= 80
        if name in self.executions:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists", "Message": name}}, "StartExecution")
        self.executions[name] = json.loads(input)
        return {"executionArn": f"{stateMachineArn}:{name}"}

    def list_executions(self, *, stateMachineArn: str, statusFilter: str) -> dict[str, Any]:  # noqa: N803
        assert (stateMachineArn, statusFilter) == (WAITER_ARN, "RUNNING")
        names = [name for name, state in self.executions.items() if not state["Done"]]
        return {"executions": [{"name": name, "executionArn": f"{WAITER_ARN}:{name}"} for name in names]}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {"input": json.dumps(self.executions[executionArn.removeprefix(f"{WAITER_ARN}:")])}

    def stop_execution(self, *, executionArn: str, cause: str) -> dict[str, Any]:  # noqa: N803
        assert json.loads(cause)
        self.executions[executionArn.removeprefix(f"{WAITER_ARN}:")]["Done"] = True
        return {}

    def step(self) -> bool:
        """Until the next execution is due, and its look; False when none runs."""
        running = {name: state for name, state in self.executions.items() if not state["Done"]}
        now = self.clock.now().timestamp()
        due = {name: self.due.setdefault(name, now + state["WaitSeconds"]) for name, state in running.items()}
        earliest = max(now, min(due.values(), default=now))
        self.clock.advance(timedelta(seconds=earliest - now))
        for name in [name for name, moment in due.items() if moment <= earliest]:
            del self.due[name]
            self.executions[name] = self._look(running[name])
        return bool(running)

    def run(self) -> None:
        """All executions to their end."""
        while self.step():
            pass

    def _look(self, state: dict[str, Any]) -> dict[str, Any]:
        for _ in range(6):
            try:
                return json.loads(json.dumps(self.functions[state["Function"]](state)))
            except Exception as error:
                failure = {
                    "Error": type(error).__name__,
                    "Cause": json.dumps({"errorType": "X", "errorMessage": str(error)}),
                }
        return {**state, **self.functions[state["EventsFunction"]]({"Abort": {**state, "Error": failure}})}


@functools.cache
def _provider_session() -> Session:
    """The provider's own; read once, because reading service models takes longer than a test."""
    return session()


class Cloud:
    """Everything around the handlers, and CloudFormation's events for them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self._stack_id = STACK_ID
        self.bedrock = Bedrock(self.clock, access=OwnStackOnly(lambda: self._stack_id))
        self.client = memory_client(self.bedrock, caller="test")
        self.stacks = Stacks()
        self.iam = Iam()
        self.ssm = Ssm()
        self.sagemaker = SageMaker()
        self.s3 = S3()
        self.waiter = Waiter(self.clock)
        self.answers: list[dict[str, Any]] = []
        self.outside = SimpleNamespace(
            bedrock=memory_client(self.bedrock, session=_provider_session()),
            cloudformation=self.stacks,
            iam=self.iam,
            ssm=self.ssm,
            sagemaker=self.sagemaker,
            s3=self.s3,
            states=self.waiter,
            put=self._take,
            now=lambda: self.clock.now().timestamp(),
            sleep=lambda seconds: self.clock.advance(timedelta(seconds=seconds)),
        )
        self.waiter.functions = {EVENTS_ARN: self.invoke, POLL_ARN: self.invoke_poll}
        self._ids = itertools.count(1)
        self.sent: dict[str, dict[str, Any]] = {}

    def invoke(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The events function."""
        event = payload.get("Event", payload)
        # Hostile events are anything.
        self._stack_id = str(event["StackId"]) if isinstance(event, dict) and "StackId" in event else STACK_ID
        if "Abort" in payload:
            return abort.handle(payload["Abort"], put=self._take)
        return events.handle(
            payload, SimpleNamespace(invoked_function_arn=EVENTS_ARN), clients=cast("Clients", self.outside)
        )

    def invoke_poll(self, state: dict[str, Any]) -> dict[str, Any]:
        """The poll function."""
        return poll.handle(state, None, clients=cast("Clients", self.outside))

    def event(self, request_type: str, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """An event as CloudFormation would send it."""
        number = next(self._ids)
        event = {
            "RequestType": request_type,
            "RequestId": f"00000000-0000-0000-0000-{number:012}",
            "StackId": STACK_ID,
            "LogicalResourceId": "Assistant",
            "ResourceType": CUSTOM_MODEL_TYPE,
            "ResponseURL": f"{RESPONSE_URL}&X-Amz-Date={self.clock.now():%Y%m%dT%H%M%SZ}",
            "ResourceProperties": {"ServiceToken": EVENTS_ARN, "ServiceTimeout": "3600", **copy.deepcopy(properties)},
            **fields,
        }
        self.sent[event["RequestId"]] = event
        return event

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Delivers it, lets the waiter run, returns the one answer to it."""
        before = len(self.answers)
        self.invoke(copy.deepcopy(event))
        self.waiter.run()
        fresh = self.answers[before:]
        assert len(fresh) == 1, fresh
        assert fresh[0]["RequestId"] == event["RequestId"]
        return fresh[0]

    def create(self, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return self.send(self.event("Create", properties, **fields))

    def update(
        self, physical_id: str, properties: dict[str, Any], old: dict[str, Any], **fields: Any
    ) -> dict[str, Any]:
        event = self.event("Update", properties, PhysicalResourceId=physical_id, OldResourceProperties=old, **fields)
        return self.send(event)

    def delete(self, physical_id: str, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return self.send(self.event("Delete", properties, PhysicalResourceId=physical_id, **fields))

    def wait_for(self, name: str, *, last: bool = True, **properties: Any) -> dict[str, Any]:
        """Creates a segment of waiting for the model of that name."""
        given = {"For": CUSTOM_MODEL_TYPE, "Name": name, **({"Last": "true"} if last else {}), **properties}
        return self.create(given, ResourceType=WAIT_TYPE, LogicalResourceId="AssistantReady")

    def occupy(self) -> None:
        """Somebody else's job takes the only place that the account has."""
        self.client.create_model_customization_job(
            jobName="somebody-elses",
            customModelName="somebody-elses",
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/service",
            baseModelIdentifier="arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
            trainingDataConfig={"s3Uri": "s3://data/train.jsonl"},
            outputDataConfig={"s3Uri": "s3://data/output/"},
        )
        self.bedrock.config.quotas = Quotas(concurrent_customization_jobs=1)

    def stack(self, status: str) -> None:
        self.stacks.status[STACK_ID] = status

    def started(self) -> int:
        """How many custom models were really created."""
        return sum(call.operation == "CreateCustomModel" and call.outcome == "ok" for call in self.bedrock.calls)

    def model(self, name: str) -> dict[str, Any] | None:
        try:
            return self.client.get_custom_model(modelIdentifier=name)
        except self.client.exceptions.ResourceNotFoundException:
            return None

    def ssm_record(self) -> dict[str, Any] | None:
        """What is written down of invocation logging."""
        text = self.ssm.parameters.get(LOGGING_RECORD)
        return json.loads(text) if text else None

    def tags(self, arn: str) -> dict[str, str]:
        listed = self.client.list_tags_for_resource(resourceARN=arn)["tags"]
        return {tag["key"]: tag["value"] for tag in listed}

    def _take(self, url: str, body: bytes) -> bool:
        assert url.startswith(RESPONSE_URL)
        assert len(body) <= 4096
        answer = json.loads(body)
        self.answers.append(answer)
        if (event := self.sent.pop(answer["RequestId"], None)) and answer["Status"] == "SUCCESS":
            self.stacks.answered(event, answer["PhysicalResourceId"])
        return True


@contextlib.contextmanager
def listening() -> Iterator[list[dict[str, Any]]]:
    """Every line that the handlers log meanwhile. None may show a signed URL or a whole event."""
    lines: list[dict[str, Any]] = []
    emit = log._emit

    def keep(line: str) -> None:
        lines.append(json.loads(line, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON")))
        shown = [secret for secret in (*SIGNATURE.split("&"), *_WHOLE_EVENTS) if secret in line]
        assert shown == [], line
        emit(line)

    log._emit = keep
    try:
        yield lines
    finally:
        log._emit = emit


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[dict[str, Any]]]:
    """The same for every test, whatever it is about."""
    with listening() as lines:
        yield lines


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("WAITER_ARN", WAITER_ARN)
    monkeypatch.setenv("POLL_FUNCTION_ARN", POLL_ARN)
    monkeypatch.delenv("SEGMENT_SECONDS", raising=False)
    assert index.on_event is not None
    return Cloud()


@pytest.fixture
def properties() -> dict[str, Any]:
    """What the construct renders for a model from S3."""
    return {
        "RunInputs": {"modelSourceConfig": {"s3DataSource": {"s3Uri": "s3://customer-escrow-1-smtj-a/model/"}}},
        "Settings": {
            "NamePrefix": "Assistant",
            "Path": "Assistant",
            "Request": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/service"},
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "RemovalPolicy": "destroy",
    }
