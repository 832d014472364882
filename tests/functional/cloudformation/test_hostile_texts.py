"""Texts of others on their way to a person: long, in many scripts, or refused by the service."""

from typing import Any

import pytest

from provider.cloudformation.contract import MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.functional.conftest import Cloud
from tests.functional.hostile import valid_event


class Talkative:
    """A Bedrock whose failure messages are longer than its own service model allows."""

    def __init__(self, bedrock: Any, message: str) -> None:
        self._bedrock, self._message = bedrock, message

    def get_custom_model(self, **request: Any) -> dict[str, Any]:
        return {**self._bedrock.get_custom_model(**request), "modelStatus": "Failed", "failureMessage": self._message}


@pytest.mark.parametrize(
    "message",
    [
        "Training failed: " + "x" * 100_000,
        "学習に失敗しました: " + "語" * 50_000,
        "Échec \N{PILE OF POO}: " + "\N{PILE OF POO}" * 30_000,
        "Line 1\nLine 2\x00\x1b[31m\r\n" + '"\\' * 40_000,
    ],
)
def test_bedrocks_message_of_100_kb_is_readable_from_its_beginning(cloud: Cloud, properties, message):
    name = cloud.create(properties)["PhysicalResourceId"]
    cloud.outside.bedrock = Talkative(cloud.outside.bedrock, message)
    told = cloud.wait_for(name)["Reason"]
    assert message[:13] in told
    assert told.endswith(" ...")
    assert not {"\x00", "\x1b", "\r"} & set(told)
    # A quarter of what fits is the least, in a script where a character takes four bytes.
    assert len(told) > 800


@pytest.mark.parametrize("tag", [("team", "\N{PILE OF POO}"), ("équipe", "ml"), ("team", "x" * 257), ("", "x")])
def test_a_tag_that_bedrock_refuses_is_told_in_its_words_and_nothing_is_started(cloud: Cloud, tag):
    event = valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE)
    event["ResourceProperties"]["Tags"] = [{"Key": tag[0], "Value": tag[1]}]
    told = cloud.send(event)
    assert told["Status"] == "FAILED"
    assert "tag" in told["Reason"].lower() or "valid" in told["Reason"].lower()
    assert cloud.bedrock.training_runs() == []


def test_a_tag_that_bedrock_refuses_leaves_the_old_ones_on_an_update(cloud: Cloud, properties):
    name = cloud.create(properties)["PhysicalResourceId"]
    arn = cloud.client.get_custom_model(modelIdentifier=name)["modelArn"]
    before = cloud.tags(arn)
    changed = {**properties, "Tags": [{"Key": "team", "Value": "\N{PILE OF POO}"}]}
    answer = cloud.update(name, changed, properties)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
    assert cloud.tags(arn) == before


def test_a_wait_for_something_with_a_strange_name_ends(cloud: Cloud):
    event = valid_event("Create", WAIT_TYPE)
    event["ResourceProperties"]["Name"] = "../\N{SNOWMAN}\x00\n"
    assert cloud.send(event)["Status"] == "FAILED"
