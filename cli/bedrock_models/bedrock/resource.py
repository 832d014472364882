"""What Bedrock lists of custom and imported models, jobs, deployments and Provisioned Throughput, in one form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bedrock_models import contract


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One of them. `base_model` is the id of the foundation model, as far as Bedrock tells; `model` what it serves."""

    kind: str
    name: str
    arn: str
    status: str
    created: datetime
    base_model: str = ""
    customization: str = ""
    model_arn: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    root_stack: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the constructs made it, or adopted it."""
        return contract.OWNER_TAG in self.tags

    @property
    def stack_id(self) -> str:
        """The stack that owns it, by its tag."""
        return self.tags.get(contract.STACK_TAG, "")

    @property
    def stack(self) -> str:
        """The name that `cdk deploy` knows: of a nested stack the root's, as far as it could be asked."""
        return self.root_stack or contract.stack_name(self.stack_id)

    @property
    def is_retained(self) -> bool:
        """Whether it was meant to stay."""
        return self.tags.get(contract.POLICY_TAG, contract.RETAIN) == contract.RETAIN

    @property
    def user_tags(self) -> dict[str, str]:
        """The tags that are not the library's."""
        return {key: value for key, value in self.tags.items() if not key.startswith(contract.PREFIX)}


def of_model(summary: Mapping[str, Any]) -> Resource:
    """A custom model. One from before there was a status is active."""
    return Resource(
        kind="models",
        name=summary["modelName"],
        arn=summary["modelArn"],
        status=summary.get("modelStatus", "Active"),
        created=summary["creationTime"],
        base_model=model_id(summary.get("baseModelArn", "")),
        customization=summary.get("customizationType", ""),
        model_arn=summary["modelArn"],
        summary=summary,
    )


def of_job(summary: Mapping[str, Any]) -> Resource:
    """A model customization job."""
    return Resource(
        kind="jobs",
        name=summary["jobName"],
        arn=summary["jobArn"],
        status=summary["status"],
        created=summary["creationTime"],
        base_model=model_id(summary.get("baseModelArn", "")),
        customization=summary.get("customizationType", ""),
        model_arn=summary.get("customModelArn", ""),
        summary=summary,
    )


def of_deployment(summary: Mapping[str, Any]) -> Resource:
    """A custom model deployment."""
    return Resource(
        kind="deployments",
        name=summary["customModelDeploymentName"],
        arn=summary["customModelDeploymentArn"],
        status=summary["status"],
        created=summary["createdAt"],
        model_arn=summary["modelArn"],
        summary=summary,
    )


def of_imported_model(summary: Mapping[str, Any]) -> Resource:
    """A model imported from open weights. It has no status: it is there when its import has ended."""
    return Resource(
        kind="imported-models",
        name=summary["modelName"],
        arn=summary["modelArn"],
        status="Active",
        created=summary["creationTime"],
        base_model=summary.get("modelArchitecture", ""),
        model_arn=summary["modelArn"],
        summary=summary,
    )


def of_throughput(summary: Mapping[str, Any]) -> Resource:
    """A Provisioned Throughput."""
    return Resource(
        kind="throughput",
        name=summary["provisionedModelName"],
        arn=summary["provisionedModelArn"],
        status=summary["status"],
        created=summary["creationTime"],
        base_model=model_id(summary.get("foundationModelArn", "")),
        model_arn=summary["modelArn"],
        summary=summary,
    )


def model_id(arn: str) -> str:
    """The part of a model's ARN that people know."""
    return arn.partition("/")[2] or arn
