"""CreateCustomModel: a model from Amazon S3."""

from contextlib import suppress
from typing import Any

IN_PLACE = frozenset({"RoleArn"})


def create(bedrock: Any, properties: dict[str, Any], token: str) -> str:
    made = bedrock.create_custom_model(
        # A replacement lives beside its predecessor for a while.
        modelName=f"{properties['Name']}-{token[:8]}",
        modelSourceConfig={"s3DataSource": {"s3Uri": properties["S3Uri"]}},
        roleArn=properties["RoleArn"],
        modelTags=[{"key": key, "value": value} for key, value in properties["Tags"].items()],
        clientRequestToken=token,
    )
    return str(made["modelArn"])


def update(_bedrock: Any, _arn: str, _properties: dict[str, Any]) -> None:
    """The role matters for the import only."""


def delete(bedrock: Any, arn: str) -> None:
    with suppress(bedrock.exceptions.ResourceNotFoundException):
        bedrock.delete_custom_model(modelIdentifier=arn)


def is_gone(_bedrock: Any, _arn: str) -> bool:
    return True


def look(bedrock: Any, arn: str) -> dict[str, Any] | None:
    model = bedrock.get_custom_model(modelIdentifier=arn)
    if model.get("modelStatus") == "Failed":
        raise RuntimeError(model.get("failureMessage", "the import failed"))
    return {"ModelArn": arn} if model.get("modelStatus") == "Active" else None
