"""A full quota is a queue, whatever it is of: taken in turns within the hour, then in an execution of its own."""

import re
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Quotas
from provider.aws import errors
from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    WAIT_TYPE,
)
from tests.functional.conftest import ACCOUNT, Cloud
from tests.functional.kinds import training
from tests.functional.serving_cloud import Serving

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service"


def model(number: int) -> dict[str, Any]:
    source = {"s3DataSource": {"s3Uri": f"s3://customer-escrow-1-smtj-a/{number}/"}}
    settings = {"NamePrefix": f"Model{number}", "Path": f"Model{number}", "TimeoutSeconds": "3000"}
    return {
        "RunInputs": {"modelSourceConfig": source},
        "Settings": {**settings, "Request": {"roleArn": ROLE}},
        "RemovalPolicy": "destroy",
    }


def deployment(number: int, arn: str) -> dict[str, Any]:
    settings = {"NamePrefix": f"Live{number}", "Path": f"Live{number}", "TimeoutSeconds": "6000"}
    return {"Settings": {**settings, "Request": {"modelArn": arn}}, "RemovalPolicy": "destroy"}


class Stack(Serving):
    """Resources side by side, each with its waits one after the other, as CloudFormation goes through them."""

    type = CUSTOM_MODEL_TYPE

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.waits = waits
        self.open: dict[str, tuple[str, str, int]] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.ended: dict[str, dict[str, Any]] = {}
        self.read = 0

    def begin(self, kind: str, name: str, properties: dict[str, Any]) -> None:
        event = self.event("Create", properties, LogicalResourceId=name, ResourceType=kind)
        self.open[event["RequestId"]] = (kind, name, 0)
        self.invoke(event)

    def go_on(self) -> None:
        """Until every resource has its last answer."""
        while self.read < len(self.answers) or self.waiter.step():
            for answer in self.answers[self.read :]:
                self.read += 1
                self._answered(answer)

    def _answered(self, answer: dict[str, Any]) -> None:
        kind, name, waited = self.open.pop(answer["RequestId"])
        if answer["Status"] == "FAILED" or waited == self.waits:
            self.ended[name] = answer
            return
        if waited == 0:
            self.asked[name] = answer
        given = {"For": kind, "Name": self.asked[name]["PhysicalResourceId"]}
        if kind == CUSTOM_MODEL_DEPLOYMENT_TYPE:
            given["ServedModelArn"] = self.asked[name]["Data"]["ServedModelArn"]
        given |= {"Last": "true"} if waited + 1 == self.waits else {"After": "-"}
        fields = {"ResourceType": WAIT_TYPE, "LogicalResourceId": f"{name}Wait{waited + 1}"}
        event = self.event("Create", given, **fields)
        self.open[event["RequestId"]] = (kind, name, waited + 1)
        self.invoke(event)


@pytest.fixture
def environment(cloud: Cloud) -> None:
    assert cloud


@pytest.mark.usefixtures("environment")
def test_twelve_imports_and_twelve_deployments_arrive_under_quotas_of_two() -> None:
    imports = Stack(waits=1)
    imports.bedrock.config.quotas = Quotas(custom_model_deployments=12)
    for number in range(12):
        imports.begin(CUSTOM_MODEL_TYPE, f"Model{number}", model(number))
    imports.go_on()
    assert {answer["Status"] for answer in imports.ended.values()} == {"SUCCESS"}
    assert imports.calls("CreateCustomModel") == 12

    imports.waits = 2
    arns = [answer["Data"]["ModelArn"] for answer in imports.ended.values()]
    imports.ended.clear()
    for number, arn in enumerate(arns):
        imports.begin(CUSTOM_MODEL_DEPLOYMENT_TYPE, f"Live{number}", deployment(number, arn))
    imports.go_on()
    assert [answer["Reason"] for answer in imports.ended.values() if answer["Status"] == "FAILED"] == []
    assert len(imports.ended) == imports.calls("CreateCustomModelDeployment") == 12


@pytest.mark.usefixtures("environment")
class TestOneThatWaitsForALongTime:
    """Two imports of somebody else's take hours."""

    @pytest.fixture
    def stack(self) -> Stack:
        made = Stack(waits=1)
        made.bedrock.script("others-*", durations={"model_import": 4 * 3600})
        for name in ("others-1", "others-2"):
            source = {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}
            made.client.create_custom_model(modelName=name, modelSourceConfig=source, roleArn=ROLE)
        return made

    def test_it_takes_turns_within_the_hour_then_queues_and_its_wait_says_so(self, stack: Stack) -> None:
        began = stack.clock.now()
        stack.begin(CUSTOM_MODEL_TYPE, "Model1", model(1))
        while not stack.answers:
            assert stack.waiter.step()
        assert stack.clock.now() - began < timedelta(minutes=50)
        assert stack.answers[0]["Data"]["Status"] == "Queued"
        stack.go_on()
        (reason,) = [answer["Reason"] for answer in stack.ended.values()]
        for part in ("was still Queued", "nothing is paid", "being created exceeds the account's quota"):
            assert part in reason

    def test_a_delete_takes_it_out_of_the_queue(self, stack: Stack) -> None:
        answer = stack.create(model(1))
        stack.stack("ROLLBACK_IN_PROGRESS")
        assert stack.delete(answer["PhysicalResourceId"], model(1))["Status"] == "SUCCESS"
        stack.waiter.run()
        stack.clock.advance(timedelta(days=1))
        assert stack.model(answer["PhysicalResourceId"]) is None

    def test_its_execution_has_a_name_that_step_functions_logs(self, stack: Stack) -> None:
        stack.create({**model(1), "RunInputs": {**model(1)["RunInputs"], "modelName": "a-model_1"}})
        names = [name for name, state in stack.waiter.executions.items() if state.get("Queued")]
        assert [name for name in names if not re.fullmatch(r"[0-9A-Za-z_-]{1,80}", name)] == []
        assert len(names) == 1


def refused(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateModelCustomizationJob")


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ServiceQuotaExceededException", "anything", True),
        ("LimitExceededException", "anything", True),
        ("ThrottlingException", "You have reached the maximum number of concurrent customization jobs.", True),
        ("ValidationException", "The number of concurrent jobs exceeds the quota of your account.", True),
        ("ConflictException", "Too many jobs are already in progress: the quota is 2.", True),
        ("ThrottlingException", "Too many requests, please wait before trying again.", False),
        ("ThrottlingException", "Rate exceeded for the quota of requests per second.", False),
        ("ValidationException", "The provided job name is currently in use.", False),
        ("AccessDeniedException", "not authorized, whatever the quota", False),
    ],
)
def test_a_full_quota_is_known_by_code_and_words(code: str, message: str, expected: bool) -> None:
    assert errors.is_quota(refused(code, message)) is expected


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("code", ["ServiceQuotaExceededException", "ThrottlingException", "ValidationException"])
def test_a_job_queues_whatever_code_the_full_quota_is_told_with(code: str) -> None:
    kind = training()
    kind.world.occupy()
    real = kind.world.outside.bedrock

    class Told:
        meta = real.meta

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def create_model_customization_job(self, **request: Any) -> Any:
            try:
                return real.create_model_customization_job(**request)
            except ClientError as error:
                raise refused(code, "The number of concurrent jobs exceeds the quota.") from error

    kind.world.outside.bedrock = Told()
    assert kind.world.create(kind.first)["Data"]["Status"] == "Queued"
    kind.world.waiter.run()
    assert len(kind.world.bedrock.training_runs()) == 2


@pytest.mark.usefixtures("environment")
def test_a_wait_of_a_queued_job_tells_bedrocks_words_in_its_log(logged: list[dict[str, Any]]) -> None:
    kind = training()
    kind.world.occupy()
    kind.world.invoke(kind.world.event("Create", kind.first))
    name = kind.world.answers[-1]["PhysicalResourceId"]
    given = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name, "Last": "true"}
    kind.world.invoke(kind.world.event("Create", given, ResourceType=WAIT_TYPE, LogicalResourceId="Ready"))
    kind.world.waiter.step()
    kind.world.waiter.step()
    looks = [line for line in logged if line["event"] == "status" and line["status"] == "Queued"]
    assert looks
    assert "quota" in looks[0]["reason"]
