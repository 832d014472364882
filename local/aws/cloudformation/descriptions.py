"""DescribeStacks names a nested stack's parent and root, which ministack knows and leaves out."""

import re
from typing import Any

from local.aws import seams
from local.aws.cloudformation import stack

_STACK_ID = re.compile(rb"<StackId>([^<]+)</StackId>")


def install() -> None:
    actions = seams.take("services.cloudformation.handlers", "_ACTION_HANDLERS")
    describe = actions["DescribeStacks"]

    def describe_with_family(parameters: Any) -> Any:
        status, headers, body = describe(parameters)
        return status, headers, _STACK_ID.sub(_with_family, body)

    actions["DescribeStacks"] = describe_with_family


def _with_family(found: re.Match[bytes]) -> bytes:
    record = stack.by_id(found[1].decode()) or {}
    family = "".join(f"<{name}>{record[name]}</{name}>" for name in ("ParentId", "RootId") if record.get(name))
    return found[0] + family.encode()
