"""Whether the stack that a resource names as its owner still owns it."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bedrock_models import contract
from bedrock_models.bedrock import run
from bedrock_models.bedrock.resource import Resource
from bedrock_models.cloudformation import stack
from bedrock_models.cloudformation.stack import Stack, StackResource
from bedrock_models.failures import is_missing, is_wrong_input


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Why something is left over. `may_return` if the next deployment of its stack would adopt it."""

    why: str
    may_return: bool = False


class Owners:
    """Looks stacks up, each once."""

    def __init__(self, cloudformation: Any, bedrock: Any) -> None:
        self._bedrock = bedrock
        self.stack = functools.cache(functools.partial(stack.find, cloudformation))
        self._model_of = functools.cache(self._find_model_of)
        self._imported_by = functools.cache(self._find_imported_by)

    def verdict(self, found: Resource) -> Verdict | None:
        """None for what is owned, by what the tags say, and for all that can't be told."""
        if not found.is_ours or not found.stack_id:
            return None
        around = self.living(found.stack_id)
        if around is None:
            return Verdict(why=f"stack {found.stack} is deleted")
        if around.is_moving:
            return None
        owner = _owners(around).get(contract.current_owner(found.tags))
        if owner is None:
            return Verdict(why=f"stack {found.stack} has this resource no more")
        return self._by_owner(found, around, owner)

    def living(self, stack_id: str) -> Stack | None:
        """The stack, unless it is gone."""
        around = self.stack(stack_id)
        return None if around is None or around.status == "DELETE_COMPLETE" else around

    def _by_owner(self, found: Resource, around: Stack, owner: StackResource) -> Verdict | None:
        if is_gone(owner):
            return Verdict(why=f"kept by a rollback of stack {around.name}", may_return=True)
        if self._is_current(found, owner):
            return None
        return Verdict(why=f"stack {around.name} has another one now")

    def _is_current(self, found: Resource, owner: StackResource) -> bool:
        if found.kind == "models" and owner.type == contract.MODEL_CUSTOMIZATION_JOB_TYPE:
            return self._model_of(owner.physical_id) == found.arn
        if found.kind == "imported-models":
            return self._imported_by(owner.physical_id) == found.arn
        return owner.physical_id in (found.name, found.arn)

    def _find_model_of(self, job_name: str) -> str:
        made = run.find(self._bedrock, job_name)
        return made.model_arn if made else ""

    def _find_imported_by(self, job_name: str) -> str:
        try:
            return str(self._bedrock.get_model_import_job(jobIdentifier=job_name).get("importedModelArn", ""))
        except self._bedrock.exceptions.ClientError as error:
            if is_missing(error) or is_wrong_input(error):
                return ""
            raise


def is_gone(resource: StackResource) -> bool:
    """Whether CloudFormation has parted with it, or never got it."""
    return resource.status.startswith("DELETE_") or resource.status == "CREATE_FAILED"


def _owners(around: Stack) -> Mapping[str, StackResource]:
    own = [each for each in around.resources if len(each.path) == 1]
    return {contract.owner(around.id, each.logical_id): each for each in own}
