"""Events that CloudFormation would send, and what may be wrong with an event."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    MODEL_LOOKUP_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    WAIT_TYPE,
)
from tests.functional.conftest import ACCOUNT, RESPONSE_URL, STACK_ID

_ROLE = f"arn:aws:iam::{ACCOUNT}:role/service"
_MODEL = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model/amazon.nova-2-lite-v1:0:256k/abcdefghijkl"
_NAMED = {"NamePrefix": "Assistant", "Path": "Assistant"}

PROPERTIES: dict[str, dict[str, Any]] = {
    CUSTOM_MODEL_TYPE: {
        "RunInputs": {"modelSourceConfig": {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}},
        "Settings": {**_NAMED, "Request": {"roleArn": _ROLE}},
        "Tags": [{"Key": "team", "Value": "ml"}],
        "RemovalPolicy": "destroy",
        "ParentStacks": [STACK_ID],
    },
    MODEL_CUSTOMIZATION_JOB_TYPE: {
        "RunInputs": {
            "baseModelIdentifier": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k",
            "customizationType": "REINFORCEMENT_FINE_TUNING",
            "trainingDataConfig": {"contentSha256": "a" * 64},
            "customizationConfig": {"rftConfig": {"hyperParameters": {"epochCount": "2", "learningRate": "0.00001"}}},
        },
        "Settings": {
            **_NAMED,
            "MaxAttempts": "2",
            "TimeoutSeconds": "86400",
            "RollbackBehavior": "keep",
            "Wait": "true",
            "Request": {
                "roleArn": _ROLE,
                "trainingDataConfig": {"s3Uri": "s3://assets/abc.jsonl"},
                "outputDataConfig": {"s3Uri": "s3://output/assistant/"},
                "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
            },
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "CustomModelTags": [{"Key": "team", "Value": "ml"}],
        "RemovalPolicy": "destroy",
    },
    IMPORTED_MODEL_TYPE: {
        "RunInputs": {"modelDataSource": {"s3DataSource": {"s3Uri": "s3://weights/llama/"}}},
        "Settings": {
            **_NAMED,
            "TimeoutSeconds": "86400",
            "RollbackBehavior": "keep",
            "Request": {"roleArn": _ROLE, "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}},
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "CustomModelTags": [{"Key": "team", "Value": "ml"}],
        "RemovalPolicy": "destroy",
    },
    CUSTOM_MODEL_DEPLOYMENT_TYPE: {"Settings": {**_NAMED, "Request": {"modelArn": _MODEL}}, "RemovalPolicy": "destroy"},
    MODEL_LOOKUP_TYPE: {
        "Query": {
            "Find": "CustomModel",
            "Filters": {"nameContains": "assistant", "isOwned": "true", "creationTimeAfter": "2026-11-01T00:00:00Z"},
            "KmsKeyArn": "",
            "Refresh": "1",
        },
    },
    PROVISIONED_MODEL_THROUGHPUT_TYPE: {
        "RunInputs": {"modelUnits": "1"},
        "Settings": {**_NAMED, "Request": {"modelId": _MODEL}},
        "RemovalPolicy": "destroy",
    },
    WAIT_TYPE: {"For": CUSTOM_MODEL_TYPE, "Name": "assistant", "Last": "true", "Seconds": "600"},
}

MEGABYTE = "x" * 1_000_000


def _nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


# Everything that JSON can hold, and the two things that Python's reader lets through besides.
JUNK = st.sampled_from(
    [
        None, True, False, 0, -1, 10**40, 1.5, float("nan"), float("inf"), "", "x", " ", "-", "/", "true", "NaN",
        "1e999", MEGABYTE, "\x00\x1b[31m\r\n", "\ud800", "\N{PILE OF POO}" * 300, "../../etc/passwd", "arn:aws:",
        "${jndi:x}", [], {}, [None], ["x"], [[]], [{}], {"": ""}, {"Key": 1}, [{"Key": "aws:x", "Value": "x"}],
        _nested(300), {"Event": {}}, {"Request": "x"}, {"Request": {"roleArn": []}},
    ]
)  # fmt: skip


def valid_event(request_type: str, resource_type: str) -> dict[str, Any]:
    """An event as CloudFormation would send it."""
    event = {
        "RequestType": request_type,
        "RequestId": "00000000-0000-0000-0000-000000000001",
        "StackId": STACK_ID,
        "LogicalResourceId": "Assistant",
        "ResourceType": resource_type,
        "ResponseURL": RESPONSE_URL,
        "ResourceProperties": {"ServiceToken": "arn", **copy.deepcopy(PROPERTIES[resource_type])},
    }
    if request_type != "Create":
        event["PhysicalResourceId"] = "assistant"
    if request_type == "Update":
        event["OldResourceProperties"] = {"ServiceToken": "arn", **copy.deepcopy(PROPERTIES[resource_type])}
    return event


@st.composite
def damaged(draw: st.DrawFn, thing: Any) -> Any:
    """The thing with up to three of its parts missing or replaced."""
    thing = copy.deepcopy(thing)
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(list(_paths(thing)) or [()])) or [None]
        holder = thing
        for name in parents:
            holder = holder[name]
        if last is None:
            return draw(JUNK)
        if draw(st.booleans()):
            holder[last] = copy.deepcopy(draw(JUNK))
        else:
            del holder[last]
    return thing


@st.composite
def damaged_events(draw: st.DrawFn) -> Any:
    """An event of any kind with something wrong in it."""
    request_type = draw(st.sampled_from(["Create", "Update", "Delete"]))
    return draw(damaged(valid_event(request_type, draw(st.sampled_from(sorted(PROPERTIES))))))


def has_address(event: Any) -> bool:
    """Whether CloudFormation could be answered at all."""
    if not isinstance(event, dict) or event.get("ResponseURL") != RESPONSE_URL:
        return False
    texts = [event.get(name) for name in ("RequestId", "StackId", "LogicalResourceId")]
    return all(isinstance(text, str) and 0 < len(text) < 1000 for text in texts) and event["StackId"] == STACK_ID


def _paths(thing: Any, depth: int = 6) -> Iterator[tuple[Any, ...]]:
    parts = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for name, part in parts if depth else ():
        yield (name,)
        yield from ((name, *rest) for rest in _paths(part, depth - 1))
