"""Step 1: invocation logging, where nothing is configured. What somebody has configured is never touched."""

from collections.abc import Iterator
from typing import Any, Final

from acceptance.answers import ask
from acceptance.deployment import deployed
from acceptance.probe import NotPossible, Told, probe
from acceptance.run import PREFIX, Run

_STACK: Final = "Logged"
_REFUSED: Final = "ValidationException"


@probe("refused-logging", step=1, settles=("logging-role-is-checked",))
def refused_logging(run: Run) -> Iterator[Told]:
    _require_none(run)
    role = f"arn:{run.partition}:iam::{run.aws.account}:role/{run.nobody}"
    config = {"cloudWatchConfig": {"logGroupName": run.nobody, "roleArn": role}, "textDataDeliveryEnabled": False}
    answer = ask(run.bedrock.put_model_invocation_logging_configuration, loggingConfig=config)
    if answer.is_ok:
        run.bedrock.delete_model_invocation_logging_configuration()
    named = answer.code == _REFUSED and any(word in answer.message.lower() for word in ("role", "permission"))
    yield "logging-role-is-checked", named, str(answer)


@probe("logging-deployed", step=1, settles=("logging-configuration-reads-back",))
def logging_deployed(run: Run) -> Iterator[Told]:
    _require_none(run)
    outputs = deployed(run, _STACK).outputs
    put = {
        "cloudWatchConfig": {"logGroupName": outputs["LogGroupName"], "roleArn": outputs["RoleArn"]},
        "s3Config": {"bucketName": outputs["BucketName"], "keyPrefix": "logs"},
        **{f"{kind}DataDeliveryEnabled": False for kind in ("text", "image", "embedding", "video", "audio")},
    }
    read = ask(run.bedrock.get_model_invocation_logging_configuration)
    yield "logging-configuration-reads-back", _filled(read.value.get("loggingConfig", {})) == put, str(read)


@probe("parameter-versions", step=1, settles=("parameter-versions-count",))
def parameter_versions(run: Run) -> Iterator[Told]:
    ssm, name = run.aws.client("ssm"), f"/{PREFIX}/{run.id}"
    try:
        versions = [
            ssm.put_parameter(Name=name, Value="same", Type="String", Tier="Intelligent-Tiering", Overwrite=True)[
                "Version"
            ]
            for _ in range(3)
        ]
        first = ask(ssm.get_parameter, Name=f"{name}:1")
    finally:
        ask(ssm.delete_parameter, Name=name)
    counted = versions == [1, 2, 3] and first.value.get("Parameter", {}).get("Version") == 1
    yield "parameter-versions-count", counted, f"{versions}; {name}:1 is {first}"


def _require_none(run: Run) -> None:
    found = run.bedrock.get_model_invocation_logging_configuration().get("loggingConfig")
    if found:
        raise NotPossible("invocation logging is configured in this account and Region, so it was left alone")


def _filled(config: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    parts = {name: _filled(part) if isinstance(part, dict) else part for name, part in config.items()}
    return {name: part for name, part in parts.items() if part not in (None, "", {})}
