"""The stacks that are deployed, as CloudFormation tells of them: three reads for each stack."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.failures import Failure, is_missing

_NOT_THERE: Final = ("DELETE_COMPLETE",)
# The CDK CLI deletes what is left of a creation that failed, and makes the stack again.
_MADE_AGAIN: Final = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS")


@dataclass(frozen=True, kw_only=True)
class DeployedResource:
    """One resource of a stack."""

    type: str
    physical_id: str
    status: str


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack as it is now: its template, its parameters, its resources by logical id, its outputs."""

    id: str
    name: str
    status: str
    template: Mapping[str, Any] = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    resources: Mapping[str, DeployedResource] = field(repr=False)
    outputs: Mapping[str, str] = field(repr=False)

    @property
    def is_moving(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and self.status not in _MADE_AGAIN

    @property
    def needs_repair(self) -> bool:
        """Whether it has to be repaired or deleted by hand before anything can be deployed to it."""
        return self.status in ("UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")


class Deployed:
    """The stacks of one account and Region, each read once."""

    def __init__(self, cloudformation: Any) -> None:
        self._api = cloudformation
        self._stacks: dict[str, DeployedStack | None] = {}
        self._described: dict[str, Mapping[str, Any] | None] = {}
        self._exports: dict[str, str] | None = None

    def find(self, name: str) -> DeployedStack | None:
        """The stack of that name or id; None if there is none to update."""
        if name not in self._stacks:
            self._stacks[name] = self._read(name)
        return self._stacks[name]

    def outputs(self, name: str) -> Mapping[str, str] | None:
        """The outputs of a stack; None if there is no such stack."""
        described = self._describe(name)
        return None if described is None else _outputs(described)

    def export(self, name: str) -> str | None:
        """The value of an export of any stack."""
        if self._exports is None:
            pages = self._api.get_paginator("list_exports").paginate()
            self._exports = {each["Name"]: each["Value"] for page in pages for each in page.get("Exports", ())}
        return self._exports.get(name)

    def _describe(self, name: str) -> Mapping[str, Any] | None:
        if name not in self._described:
            try:
                found = self._api.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as error:
                if not is_missing(error):
                    raise
                found = None
            self._described[name] = found
        return self._described[name]

    def _read(self, name: str) -> DeployedStack | None:
        seen = self._describe(name)
        if seen is None or seen["StackStatus"] in (*_NOT_THERE, *_MADE_AGAIN):
            return None
        stack_id = seen["StackId"]
        return DeployedStack(
            id=stack_id,
            name=seen["StackName"],
            status=seen["StackStatus"],
            template=self._template(stack_id),
            parameters={
                each["ParameterKey"]: each.get("ResolvedValue") or each.get("ParameterValue", "")
                for each in seen.get("Parameters", ())
            },
            resources=self._resources(stack_id),
            outputs=_outputs(seen),
        )

    def _resources(self, stack_id: str) -> dict[str, DeployedResource]:
        pages = self._api.get_paginator("list_stack_resources").paginate(StackName=stack_id)
        return {
            each["LogicalResourceId"]: DeployedResource(
                type=each["ResourceType"],
                physical_id=each.get("PhysicalResourceId", ""),
                status=each["ResourceStatus"],
            )
            for page in pages
            for each in page["StackResourceSummaries"]
            if each["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def _template(self, stack_id: str) -> Mapping[str, Any]:
        body = self._api.get_template(StackName=stack_id)["TemplateBody"]
        try:
            read = json.loads(body) if isinstance(body, str) else body
        except ValueError:
            raise Failure(
                f"the deployed template of {stack_id} is not JSON, so not of the CDK: nothing to compare"
            ) from None
        return dict(read)


def _outputs(described: Mapping[str, Any]) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}


class NothingDeployed(Deployed):
    """What is assumed without credentials."""

    def __init__(self) -> None:
        super().__init__(None)

    def export(self, name: str) -> str | None:  # noqa: ARG002  nothing is known
        """None."""
        return None

    def _describe(self, name: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        return None
