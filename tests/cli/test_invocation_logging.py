"""`list`, `orphans` and `doctor` about invocation logging: whose it is, what a gone stack left, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from bedrock_models.contract import INVOCATION_LOGGING_TYPE, LOGGING_RECORD
from constructs_lib import InvocationLogging
from local.bedrock import Fault
from tests.cli.conftest import Desk, tags_of
from tests.cli.fakes import ACCOUNT, REGION, stack_id

GONE, MODELS = stack_id("Gone"), stack_id("Models")
NAME = "model-invocation-logging"


def config(bucket: str) -> dict[str, Any]:
    return {"s3Config": {"bucketName": bucket, "keyPrefix": "bedrock"}, "textDataDeliveryEnabled": True}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for bucket in ("ours", "theirs", "others"):
        desk.objects.put(bucket, "there", b"")
    return desk


def configured(desk: Desk, bucket: str) -> None:
    desk.api.put_model_invocation_logging_configuration(loggingConfig=config(bucket))


def live(desk: Desk) -> dict[str, Any] | None:
    found: dict[str, Any] | None = desk.api.get_model_invocation_logging_configuration().get("loggingConfig")
    return found


def recorded(desk: Desk, *layers: tuple[str, str]) -> None:
    """Layers are (bucket, id of the stack), from the lowest; somebody else's has no stack."""
    written = [
        {"configuration": config(bucket), **({"tags": tags_of(stack, "Logging")} if stack else {})}
        for bucket, stack in layers
    ]
    desk.ssm.versions[LOGGING_RECORD] = [json.dumps({"layers": written})]


def left(desk: Desk) -> list[str]:
    found = desk.ssm.parameters.get(LOGGING_RECORD, '{"layers": []}')
    return [each["configuration"]["s3Config"]["bucketName"] for each in json.loads(found)["layers"]]


def line(desk: Desk) -> str:
    return desk.run("list", "invocation-logging")[1].strip()


class TestList:
    def test_nothing_is_configured(self, desk: Desk) -> None:
        assert line(desk) == "Invocation logging: not configured"
        assert desk.run("list", "invocation-logging", "--json")[1].strip() == "[]"

    def test_it_stands_below_everything_else(self, desk: Desk) -> None:
        assert desk.run("list")[1].rstrip().endswith("Invocation logging: not configured")
        assert "logging" not in desk.run("list", "models")[1]
        assert "logging" not in desk.run("list", "--stack", "Models")[1]

    def test_somebody_elses(self, desk: Desk) -> None:
        configured(desk, "theirs")
        assert line(desk) == "Invocation logging: to s3://theirs/bedrock, not by these constructs"

    def test_a_stacks(self, desk: Desk) -> None:
        configured(desk, "ours")
        recorded(desk, ("theirs", ""), ("ours", MODELS))
        assert line(desk) == "Invocation logging: to s3://ours/bedrock, put by the stack Models"
        [told] = json.loads(desk.run("list", "invocation-logging", "--json")[1])
        assert (told["kind"], told["stack"], told["stackId"]) == ("invocation-logging", "Models", MODELS)
        assert told["loggingConfig"] == config("ours")

    def test_one_that_was_changed_by_hand_is_nobodys(self, desk: Desk) -> None:
        configured(desk, "theirs")
        recorded(desk, ("ours", MODELS))
        assert line(desk).endswith("not by these constructs")

    def test_what_may_not_be_read_ends_nothing(self, desk: Desk) -> None:
        said = "User: me is not authorized to perform: bedrock:GetModelInvocationLoggingConfiguration"
        desk.bedrock.faults.add("GetModelInvocationLoggingConfiguration", Fault.ACCESS_DENIED, said)
        code, screen = desk.run("list")
        assert code == 0
        assert "may not do bedrock:GetModelInvocationLoggingConfiguration" in screen


class TestOrphans:
    @pytest.fixture
    def orphaned(self, desk: Desk) -> Desk:
        configured(desk, "ours")
        recorded(desk, ("theirs", ""), ("ours", GONE))
        return desk

    def test_a_layer_whose_stack_is_gone(self, orphaned: Desk) -> None:
        [found] = json.loads(orphaned.run("orphans", "--json")[1])
        assert (found["kind"], found["name"], found["why"]) == (
            "logging", f"{NAME}/Gone", "stack Gone is deleted, and it still logs",
        )  # fmt: skip

    def test_a_stack_that_lives_owns_it(self, desk: Desk) -> None:
        configured(desk, "ours")
        recorded(desk, ("ours", MODELS))
        resources = {"Logging": (INVOCATION_LOGGING_TYPE, NAME, "CREATE_COMPLETE")}
        desk.stacks.put("Models", "CREATE_COMPLETE", resources)
        assert json.loads(desk.run("orphans", "--json")[1]) == []

    def test_deleting_it_puts_back_what_was_below(self, orphaned: Desk) -> None:
        code, screen = orphaned.run("orphans", "--delete", "--yes")
        assert (code, "deleted  logging" in screen) == (0, True)
        assert (live(orphaned), left(orphaned)) == (config("theirs"), [])

    def test_deleting_the_only_one_turns_logging_off(self, desk: Desk) -> None:
        configured(desk, "ours")
        recorded(desk, ("ours", GONE))
        assert desk.run("orphans", "--delete", f"{NAME}/Gone", "--yes")[0] == 0
        assert (live(desk), left(desk)) == (None, [])

    def test_below_another_stacks_it_is_only_taken_out_of_the_record(self, desk: Desk) -> None:
        configured(desk, "others")
        recorded(desk, ("theirs", ""), ("ours", GONE), ("others", MODELS))
        resources = {"Logging": (INVOCATION_LOGGING_TYPE, NAME, "CREATE_COMPLETE")}
        desk.stacks.put("Models", "CREATE_COMPLETE", resources)
        assert desk.run("orphans", "--delete", "--yes")[0] == 0
        assert (live(desk), left(desk)) == (config("others"), ["theirs", "others"])

    def test_what_somebody_configured_since_stays(self, orphaned: Desk) -> None:
        configured(orphaned, "others")
        assert orphaned.run("orphans", "--delete", "--yes")[0] == 0
        assert (live(orphaned), left(orphaned)) == (config("others"), [])

    def test_what_cannot_be_put_back_is_said_and_nothing_is_forgotten(self, orphaned: Desk) -> None:
        said = "Failed to validate permissions for bucket: theirs"
        orphaned.bedrock.faults.add("PutModelInvocationLoggingConfiguration", Fault.VALIDATION, said)
        code, screen = orphaned.run("orphans", "--delete", "--yes")
        assert (code, said in screen, "delete-model-invocation-logging-configuration" in screen) == (1, True, True)
        assert (live(orphaned), left(orphaned)) == (config("ours"), ["theirs", "ours"])


STACK = cdk.Environment(account=ACCOUNT, region=REGION)
WRITES = {
    "Effect": "Allow",
    "Principal": {"Service": "bedrock.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::ours/bedrock/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/*",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
}


class TestDoctor:
    """What the deployment would be refused for, or what would leave the log empty, is told before."""

    @pytest.fixture
    def examine(self, desk: Desk, tmp_path: Path) -> Callable[..., dict[str, tuple[str, str]]]:
        """The findings by their check, of a stack with an imported bucket and log group."""

        def examined(*more: str, made: bool = False, role: str = "", **arguments: Any) -> dict[str, tuple[str, str]]:
            app = cdk.App(outdir=str(tmp_path / "cdk.out"))
            stack = cdk.Stack(app, "Models", env=STACK)
            bucket = s3.Bucket(stack, "Made") if made else s3.Bucket.from_bucket_name(stack, "Logs", "ours")
            group = logs.LogGroup(stack, "Own") if made else logs.LogGroup.from_log_group_name(stack, "Group", "asked")
            if role:
                arguments["role"] = iam.Role.from_role_arn(stack, "Writer", role)
            InvocationLogging(stack, "Logging", bucket=bucket, prefix="bedrock", log_group=group, **arguments)
            app.synth()
            template = str(tmp_path / "cdk.out" / "Models.template.json")
            found = json.loads(desk.run("doctor", "--template", template, "--json", *more)[1])
            return {each["check"]: (each["verdict"], each["text"]) for each in found["Logging"]}

        return examined

    def test_what_the_stack_makes_is_well(self, examine: Callable[..., dict[str, tuple[str, str]]]) -> None:
        found = examine(made=True)
        assert {check: verdict for check, (verdict, _) in found.items()} == dict.fromkeys(
            ("configured", "bucket", "log group", "trust"), "ok"
        )

    @pytest.mark.parametrize(
        ("adopt", "verdict", "said"), [(False, "problem", "already, not by these"), (True, "ok", "put back on delete")]
    )
    def test_another_configuration(
        self,
        desk: Desk,
        examine: Callable[..., dict[str, tuple[str, str]]],
        adopt: bool,
        verdict: str,
        said: str,
    ) -> None:
        configured(desk, "theirs")
        assert (examine(adopt=adopt)["configured"][0], said in examine(adopt=adopt)["configured"][1]) == (verdict, True)

    def test_a_role_that_could_not_be_passed(
        self, desk: Desk, examine: Callable[..., dict[str, tuple[str, str]]]
    ) -> None:
        theirs = {"cloudWatchConfig": {"logGroupName": "theirs", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/theirs"}}
        desk.api.put_model_invocation_logging_configuration(loggingConfig=theirs)
        assert examine(adopt=True)["configured"][0] == "problem"

    def test_its_own(self, desk: Desk, examine: Callable[..., dict[str, tuple[str, str]]]) -> None:
        configured(desk, "ours")
        recorded(desk, ("ours", MODELS))
        desk.stacks.put("Models", "CREATE_COMPLETE", {})
        assert examine("Models")["configured"] == ("ok", "it logs to s3://ours/bedrock, put by this stack")
        assert examine()["configured"][0] == "warning"

    def test_the_policy_of_an_imported_bucket(
        self, desk: Desk, examine: Callable[..., dict[str, tuple[str, str]]]
    ) -> None:
        assert examine()["bucket"][0] == "problem"
        policies = desk.aws.client("s3").policies
        policies["ours"] = {"Statement": [{**WRITES, "Resource": "arn:aws:s3:::ours/other/*"}]}
        assert examine()["bucket"][0] == "problem"
        policies["ours"] = {"Statement": [WRITES]}
        assert examine()["bucket"][0] == "ok"

    def test_an_imported_log_group(self, desk: Desk, examine: Callable[..., dict[str, tuple[str, str]]]) -> None:
        desk.logs.groups = ["asked-others"]
        assert examine()["log group"] == ("problem", "asked does not exist")
        desk.logs.groups.append("asked")
        assert examine()["log group"][0] == "ok"

    @pytest.mark.parametrize(
        ("service", "verdict"), [("bedrock.amazonaws.com", "ok"), ("lambda.amazonaws.com", "problem")]
    )
    def test_the_trust_of_a_role(
        self, desk: Desk, examine: Callable[..., dict[str, tuple[str, str]]], service: str, verdict: str
    ) -> None:
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
        arn = desk.iam.put("writer", {"Statement": [trust]})
        assert examine(role=arn)["trust"][0] == verdict
