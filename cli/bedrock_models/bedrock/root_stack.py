"""The root of a nested stack: the name that people deploy by; its own name is CloudFormation's invention."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models import contract
from bedrock_models.bedrock.resource import Resource
from bedrock_models.context import Context

# Parent, logical id and twelve or so characters: only what may be nested is asked for.
_NESTED: Final = re.compile(r".+-.+-[0-9A-Z]{12,14}")


def named(context: Context, found: Sequence[Resource]) -> list[Resource]:
    """The same with the names of their root stacks. Who may not ask CloudFormation sees the nested stacks' names."""
    ids = {each.stack_id for each in found if _NESTED.fullmatch(contract.stack_name(each.stack_id))}
    roots = {stack_id: _root(context.aws.client("cloudformation"), stack_id) for stack_id in ids}
    return [replace(each, root_stack=roots.get(each.stack_id, "")) for each in found]


def _root(cloudformation: Any, stack_id: str) -> str:
    try:
        found = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    except ClientError:
        return ""
    return contract.stack_name(found.get("RootId", stack_id))
