"""A word that this release does not know is refused for every resource and every request, before anything is touched.

A guess could delete, stop or pay for something: what a newer or a damaged template says is never a default.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    WAIT_TYPE,
)
from tests.functional.conftest import POLL_ARN, WAITER_ARN
from tests.functional.hostile import PROPERTIES
from tests.functional.kinds import KINDS, Kind

TYPES = {
    "import": CUSTOM_MODEL_TYPE,
    "open weights": IMPORTED_MODEL_TYPE,
    "training": MODEL_CUSTOMIZATION_JOB_TYPE,
    "deployment": CUSTOM_MODEL_DEPLOYMENT_TYPE,
    "throughput": PROVISIONED_MODEL_THROUGHPUT_TYPE,
    "wait": WAIT_TYPE,
}

# Where the word stands, and what a release that does not know it could read there.
WORDS: list[tuple[str, Any]] = [
    *(
        ("RemovalPolicy", word)
        for word in ("DESTROY", "Delete", "snapshot", "retain-on-update", "true", True, 0, [], {})
    ),
    *(("Settings.RollbackBehavior", word) for word in ("KEEP", "stop", "delete-all", "true", True, 0, ["keep"])),
    *(("Settings.RetrainProtection", word) for word in ("yes", "1", 1, 0, "on", "none", [], {})),
    *(("Settings.Wait", word) for word in ("no", "0", 0, "never", ["false"], {})),
    *(("Settings.MaxAttempts", word) for word in ("many", "-1", "0", "1.5", "inf", "nan", True, [], {})),
    *(("Settings.TimeoutSeconds", word) for word in ("1h", "-1", "inf", "nan", [], {})),
    *(("Settings.Request", word) for word in ("x", ["roleArn"], 1, True)),
    *(("Settings.Kept", word) for word in ("x", ["role"], 1, 0, False, [])),
    *(("Settings.NamePrefix", word) for word in (1, ["a"], {"a": "b"}, True, 0, False, [])),
    *(("Settings.LockId", word) for word in (1, ["a"], {"a": "b"}, True, 0, False, [])),
    *(("Settings", word) for word in ("x", ["a"], 1, True)),
    *(("RunInputs", word) for word in ("x", ["a"], 1, True)),
    *(("Tags", word) for word in ("x", {"a": "b"}, 1, True, ["a"], [{"Key": 1, "Value": "b"}])),
    *(("ParentStacks", word) for word in ("x", {"a": "b"}, 1, True, ["a"], [1])),
]


def placed(properties: dict[str, Any], place: str, word: Any) -> dict[str, Any]:
    changed = copy.deepcopy(properties)
    holder, _, name = place.rpartition(".")
    (changed.setdefault(holder, {}) if holder else changed)[name] = word
    return changed


def told(place: str) -> str:
    """What the refusal names."""
    return "ParentStacks|a stack's id" if place == "ParentStacks" else place.rpartition(".")[2]


@dataclass
class Standing:
    """One thing of each kind that stands, with the event that would be sent for it. What is refused changes nothing."""

    kind: Kind
    name: str
    resource_type: str
    properties: dict[str, Any]

    def send(self, request_type: str, properties: dict[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {"ResourceType": self.resource_type}
        if request_type != "Create":
            fields["PhysicalResourceId"] = self.name
        if request_type == "Update":
            fields["OldResourceProperties"] = self.properties
        return self.kind.world.send(self.kind.world.event(request_type, properties, **fields))

    @property
    def touched(self) -> tuple[int, int, dict[str, str]]:
        """How often Bedrock was asked, what waits, and the roles that stand."""
        world = self.kind.world
        return len(world.bedrock.calls), len(world.waiter.executions), dict(world.iam.roles)


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAITER_ARN", WAITER_ARN)
        patch.setenv("POLL_FUNCTION_ARN", POLL_ARN)
        yield


@pytest.fixture(scope="module", params=TYPES)
def standing(request: pytest.FixtureRequest, environment: None) -> Standing:
    kind = KINDS["import" if request.param == "wait" else request.param]()
    name = kind.made(kind.first)
    if request.param == "wait":
        return Standing(kind, "AssistantReady", WAIT_TYPE, {**PROPERTIES[WAIT_TYPE], "Name": name})
    return Standing(kind, name, TYPES[request.param], kind.first)


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(("place", "word"), WORDS)
def test_an_unknown_word_is_refused_and_nothing_is_touched(
    standing: Standing, place: str, word: Any, request_type: str
) -> None:
    before = standing.touched
    answer = standing.send(request_type, placed(standing.properties, place, word))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("The event cannot be read, so nothing was done: ")
    assert re.search(f"({told(place)}) must be ", answer["Reason"])
    assert standing.touched == before


@pytest.mark.parametrize("request_type", ["Create", "Update"])
@pytest.mark.parametrize(
    ("place", "word"),
    [
        *(("For", word) for word in ("Custom::Unknown", "", None, 1, True, [])),
        *(("Last", word) for word in ("yes", "1", 1, 0, [])),
        *(("Seconds", word) for word in ("many", "-1", "inf", "nan", True, [], {})),
    ],
)
def test_an_unknown_word_of_a_wait_is_refused_before_the_first_look(place: str, word: Any, request_type: str) -> None:
    kind = KINDS["import"]()
    properties = {**PROPERTIES[WAIT_TYPE], "Name": kind.made(kind.first)}
    wait = Standing(kind, "AssistantReady", WAIT_TYPE, properties)
    before = wait.touched
    answer = wait.send(request_type, placed(properties, place, word))
    assert (answer["Status"], wait.touched) == ("FAILED", before)
    assert re.search(f"{place} must be .*, got", answer["Reason"])


@pytest.mark.parametrize("request_type", ["create", "Read", "DELETE"])
def test_an_unknown_request_is_refused(standing: Standing, request_type: str) -> None:
    before = standing.touched
    answer = standing.send(request_type, standing.properties)
    assert (answer["Status"], standing.touched) == ("FAILED", before)
    assert "RequestType must be one of Create, Update, Delete, got" in answer["Reason"]


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_an_unknown_resource_type_is_refused(standing: Standing, request_type: str) -> None:
    before = standing.touched
    unknown = replace(standing, resource_type="Custom::BedrockSomethingNew")
    answer = unknown.send(request_type, standing.properties)
    assert (answer["Status"], standing.touched) == ("FAILED", before)
    assert answer["Reason"].startswith("This provider does not know the resource type")
