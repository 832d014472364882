"""CreateCustomModelDeployment: a model to be invoked on demand."""

from contextlib import suppress
from typing import Any

IN_PLACE = frozenset({"ModelArn"})


def create(bedrock: Any, properties: dict[str, Any], token: str) -> str:
    made = bedrock.create_custom_model_deployment(
        modelDeploymentName=f"{properties['Name']}-{token[:8]}",
        modelArn=properties["ModelArn"],
        tags=[{"key": key, "value": value} for key, value in properties["Tags"].items()],
        clientRequestToken=token,
    )
    return str(made["customModelDeploymentArn"])


def update(bedrock: Any, arn: str, properties: dict[str, Any]) -> None:
    found = bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=arn)
    if found["modelArn"] != properties["ModelArn"]:
        bedrock.update_custom_model_deployment(customModelDeploymentIdentifier=arn, modelArn=properties["ModelArn"])


def delete(bedrock: Any, arn: str) -> None:
    with suppress(bedrock.exceptions.ResourceNotFoundException):
        bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier=arn)


def is_gone(bedrock: Any, arn: str) -> bool:
    try:
        bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=arn)
    except bedrock.exceptions.ResourceNotFoundException:
        return True
    return False


def look(bedrock: Any, arn: str) -> dict[str, Any] | None:
    found = bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=arn)
    if found["status"] == "Failed":
        raise RuntimeError(found.get("failureMessage", "the deployment failed"))
    swapping = found.get("updateDetails", {}).get("updateStatus") == "Updating"
    return {"DeploymentArn": arn} if found["status"] == "Active" and not swapping else None
