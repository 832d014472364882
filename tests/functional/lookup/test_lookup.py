"""Custom::BedrockModelLookup, event by event: what it finds, what it refuses, and what a rollback goes back to."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from local.bedrock import Fault
from provider.cloudformation.contract import MODEL_LOOKUP_TYPE
from provider.lookup import memory
from tests.functional.conftest import ACCOUNT, Cloud

NOVA_LITE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
WRITES = ("Create", "Update", "Delete", "Stop", "Tag", "Untag")


class Lookups(Cloud):
    """Events for a look-up, and models that are there already."""

    def event(self, request_type: str, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return super().event(request_type, properties, **{"ResourceType": MODEL_LOOKUP_TYPE, **fields})

    def imported(self, name: str, *, key: str = "", wait: bool = True) -> str:
        """The ARN of a model that somebody imported; Active, if waited for."""
        arn = self.client.create_custom_model(
            modelName=name,
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/service",
            modelSourceConfig={"s3DataSource": {"s3Uri": "s3://customer-escrow-1-smtj-a/model/"}},
            **({"modelKmsKeyArn": key} if key else {}),
        )["modelArn"]
        if wait:
            self.clock.advance(timedelta(hours=1))
        return str(arn)

    def trained(self, name: str) -> str:
        """The ARN of the model of a job of that name."""
        self.client.create_model_customization_job(
            jobName=name,
            customModelName=name,
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/service",
            baseModelIdentifier=NOVA_LITE,
            trainingDataConfig={"s3Uri": "s3://data/train.jsonl"},
            validationDataConfig={"validators": [{"s3Uri": "s3://data/check.jsonl"}]},
            outputDataConfig={"s3Uri": "s3://data/output/"},
        )
        self.clock.advance(timedelta(days=2))
        return str(self.client.get_model_customization_job(jobIdentifier=name)["outputModelArn"])

    def remove(self, arn: str) -> None:
        self.client.delete_custom_model(modelIdentifier=arn)

    def swap(self, answer: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """An Update of the stack that asks another question."""
        self.stack("UPDATE_IN_PROGRESS")
        return self.update(answer["PhysicalResourceId"], new, old)

    def roll_back(self, answer: dict[str, Any], old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """Back to the old question, in the rollback of the Update that was answered so."""
        self.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        return self.update(answer["PhysicalResourceId"], old, new)


@pytest.fixture
def cloud(cloud: Cloud) -> Lookups:
    del cloud
    return Lookups()


def named(name: str, **members: Any) -> dict[str, Any]:
    return {"Query": {"Find": "CustomModel", "Name": name, "KmsKeyArn": "", **members}}


def newest(*, refresh: str = "", **filters: Any) -> dict[str, Any]:
    query = {"Find": "CustomModel", "Filters": {"modelStatus": "Active", **filters}, "KmsKeyArn": ""}
    return {"Query": {**query, **({"Refresh": refresh} if refresh else {})}}


def jobs(**filters: Any) -> dict[str, Any]:
    return {"Query": {"Find": "ModelCustomizationJob", "Filters": filters}}


def asked(cloud: Cloud) -> list[str]:
    return [call.operation for call in cloud.bedrock.calls]


class TestByName:
    def test_it_tells_all_that_bedrock_does(self, cloud):
        arn = cloud.trained("assistant")
        told = cloud.create(named("assistant"))["Data"]
        loss = cloud.model("assistant")["trainingMetrics"]["trainingLoss"]
        assert (told["ModelArn"], told["ModelName"], told["JobName"]) == (arn, "assistant", "assistant")
        assert (told["BaseModelArn"], told["CustomizationType"]) == (NOVA_LITE, "FINE_TUNING")
        assert told["TrainingLoss"] == str(loss)
        assert told["ValidationLosses"]
        assert told["JobArn"].startswith("arn:aws:bedrock:")

    def test_every_attribute_is_there_for_a_model_that_has_few(self, cloud):
        cloud.trained("trained")
        cloud.imported("imported")
        assert cloud.create(named("imported"))["Data"].keys() == cloud.create(named("trained"))["Data"].keys()

    def test_nothing_found_says_what_was_asked_and_which_names_are_near(self, cloud):
        cloud.imported("support-assistant")
        cloud.imported("other")
        answer = cloud.create(named("suport-assistant"))
        assert answer["Status"] == "FAILED"
        assert "'suport-assistant'" in answer["Reason"]
        assert "nearest names are: support-assistant (Active)" in answer["Reason"]
        assert "other" not in answer["Reason"]

    def test_names_that_are_far_from_it_are_told_as_the_newest(self, cloud):
        cloud.imported("first")
        cloud.imported("second")
        assert "The newest are: second (Active), first (Active)." in cloud.create(named("zzzz"))["Reason"]

    def test_an_account_without_any_is_told_so(self, cloud):
        assert "has none" in cloud.create(named("assistant"))["Reason"]

    def test_one_that_is_not_active_is_refused_with_its_status(self, cloud):
        cloud.imported("assistant", wait=False)
        assert "is Creating" in cloud.create(named("assistant"))["Reason"]

    def test_one_that_failed_is_refused_with_the_services_words(self, cloud):
        cloud.bedrock.script("*", fail="Unable to read the checkpoint")
        cloud.imported("assistant")
        assert "is Failed: Unable to read the checkpoint" in cloud.create(named("assistant"))["Reason"]


class TestKey:
    def test_a_key_that_the_app_does_not_know_of_is_refused_with_the_argument_to_give(self, cloud):
        cloud.imported("assistant", key=KEY)
        reason = cloud.create(named("assistant"))["Reason"]
        assert f'encryption_key=kms.Key.from_key_arn(scope, id, "{KEY}")' in reason

    def test_the_right_key_is_taken(self, cloud):
        cloud.imported("assistant", key=KEY)
        answer = cloud.create(named("assistant", KmsKeyArn=KEY))
        assert (answer["Status"], answer["Data"]["KmsKeyArn"]) == ("SUCCESS", KEY)

    def test_a_key_of_a_model_that_has_none_is_refused(self, cloud):
        cloud.imported("assistant")
        assert "encryption_key=None" in cloud.create(named("assistant", KmsKeyArn=KEY))["Reason"]

    def test_another_key_alone_does_not_ask_again(self, cloud):
        first = cloud.imported("first", key=KEY)
        answer = cloud.create({"Query": {**newest()["Query"], "KmsKeyArn": KEY}})
        cloud.imported("second", key=KEY)
        answer = cloud.swap(answer, newest(), {"Query": {**newest()["Query"], "KmsKeyArn": KEY}})
        assert answer["Data"]["ModelArn"] == first


class TestNewest:
    def test_the_newest_is_found(self, cloud):
        cloud.imported("first")
        second = cloud.imported("second")
        assert cloud.create(newest())["Data"]["ModelArn"] == second

    @pytest.mark.parametrize(
        "filters",
        [
            {"nameContains": "first"},
            {"baseModelArnEquals": NOVA_LITE},
            {"foundationModelArnEquals": NOVA_LITE},
            {"creationTimeBefore": "{now}"},
        ],
    )
    def test_a_filter_counts(self, cloud, filters):
        first = cloud.trained("first")
        filters = {name: value.format(now=cloud.clock.now().isoformat()) for name, value in filters.items()}
        cloud.imported("second")
        assert cloud.create(newest(**filters))["Data"]["ModelArn"] == first

    def test_booleans_come_as_text(self, cloud):
        arn = cloud.imported("first")
        assert cloud.create(newest(isOwned="true"))["Data"]["ModelArn"] == arn
        assert "isOwned" in cloud.create(newest(isOwned="false"))["Reason"]

    def test_one_that_is_gone_since_the_list_was_made_is_passed_over(self, cloud, monkeypatch):
        first, second = cloud.imported("first"), cloud.imported("second")
        listed = cloud.client.list_custom_models()
        cloud.remove(second)
        monkeypatch.setattr(cloud.outside.bedrock, "list_custom_models", lambda **_: copy.deepcopy(listed))
        assert cloud.create(newest())["Data"]["ModelArn"] == first

    def test_an_empty_page_is_not_the_end(self, cloud, monkeypatch):
        arn = cloud.imported("first")
        real = cloud.outside.bedrock.list_custom_models

        def paged(**request: Any) -> dict[str, Any]:
            return real() if request.get("nextToken") else {"modelSummaries": [], "nextToken": "next"}

        monkeypatch.setattr(cloud.outside.bedrock, "list_custom_models", paged)
        assert cloud.create(newest())["Data"]["ModelArn"] == arn

    def test_nothing_found_says_the_filters(self, cloud):
        cloud.imported("first")
        reason = cloud.create(newest(nameContains="support"))["Reason"]
        assert "nameContains 'support'" in reason
        assert "first (Active)" in reason


class TestJobs:
    def test_the_newest_job_is_found_with_its_model(self, cloud):
        cloud.trained("first")
        arn = cloud.trained("second")
        told = cloud.create(jobs(statusEquals="Completed"))["Data"]
        assert (told["JobName"], told["Status"], told["ModelArn"]) == ("second", "Completed", arn)

    def test_a_job_that_has_not_ended_has_no_model(self, cloud):
        cloud.occupy()
        told = cloud.create(jobs())["Data"]
        assert (told["JobName"], told["ModelArn"]) == ("somebody-elses", "")


class TestUpdate:
    def test_the_answer_stays_while_nothing_asks_again(self, cloud):
        first = cloud.imported("first")
        answer = cloud.create(newest(refresh="1"))
        cloud.imported("second")
        changed = {**newest(refresh="1"), "ServiceTimeout": "60"}
        again = cloud.swap(answer, newest(refresh="1"), changed)
        assert again["Data"]["ModelArn"] == first
        assert again["PhysicalResourceId"] == answer["PhysicalResourceId"]

    def test_another_refresh_asks_again(self, cloud):
        cloud.imported("first")
        answer = cloud.create(newest(refresh="1"))
        second = cloud.imported("second")
        assert cloud.swap(answer, newest(refresh="1"), newest(refresh="2"))["Data"]["ModelArn"] == second

    def test_the_refresh_of_before_asks_again_too(self, cloud):
        cloud.imported("first")
        one, two = newest(refresh="1"), newest(refresh="2")
        answer = cloud.swap(cloud.create(one), one, two)
        second = cloud.imported("second")
        assert cloud.swap(answer, two, one)["Data"]["ModelArn"] == second

    def test_an_answer_that_is_gone_is_asked_for_again(self, cloud):
        cloud.imported("first")
        second = cloud.imported("second")
        answer = cloud.create(newest())
        cloud.remove(second)
        again = cloud.swap(answer, newest(), {**newest(), "ParentStacks": []})
        assert again["Data"]["ModelName"] == "first"

    def test_an_update_that_finds_nothing_keeps_the_id(self, cloud):
        cloud.imported("first")
        answer = cloud.create(newest())
        failed = cloud.swap(answer, newest(), newest(nameContains="zzz"))
        assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", answer["PhysicalResourceId"])


class TestRollback:
    def test_it_goes_back_to_the_model_of_before_although_a_newer_one_fits(self, cloud):
        first = cloud.imported("first")
        one, two = newest(refresh="1"), newest(refresh="2")
        answer = cloud.create(one)
        cloud.imported("second")
        swapped = cloud.swap(answer, one, two)
        back = cloud.roll_back(swapped, one, two)
        assert back["Data"]["ModelArn"] == first
        assert back["PhysicalResourceId"] == answer["PhysicalResourceId"]

    def test_after_an_update_that_failed_it_keeps_the_answer(self, cloud):
        first = cloud.imported("first")
        one, two = newest(refresh="1"), newest(nameContains="zzz")
        failed = cloud.swap(cloud.create(one), one, two)
        cloud.imported("second")
        assert cloud.roll_back(failed, one, two)["Data"]["ModelArn"] == first

    def test_the_second_of_two_swaps_goes_back_to_the_first(self, cloud):
        one, two, three = (newest(refresh=number) for number in "123")
        cloud.imported("first")
        answer = cloud.create(one)
        second = cloud.imported("second")
        answer = cloud.swap(answer, one, two)
        cloud.imported("third")
        answer = cloud.swap(answer, two, three)
        assert cloud.roll_back(answer, two, three)["Data"]["ModelArn"] == second

    def test_a_model_that_is_gone_is_answered_with_its_arn(self, cloud):
        first = cloud.imported("first")
        one, two = newest(refresh="1"), newest(refresh="2")
        answer = cloud.create(one)
        cloud.imported("second")
        swapped = cloud.swap(answer, one, two)
        cloud.remove(first)
        back = cloud.roll_back(swapped, one, two)
        assert (back["Status"], back["Data"]["ModelArn"]) == ("SUCCESS", first)
        assert back["Data"].keys() == answer["Data"].keys()

    def test_with_an_id_that_remembers_nothing_it_asks(self, cloud):
        arn = cloud.imported("first")
        back = cloud.roll_back({"PhysicalResourceId": "of-another-release"}, newest(refresh="1"), newest(refresh="2"))
        assert (back["Status"], back["Data"]["ModelArn"]) == ("SUCCESS", arn)

    def test_it_does_not_fail_if_then_nothing_is_found(self, cloud):
        back = cloud.roll_back({"PhysicalResourceId": "of-another-release"}, newest(refresh="1"), newest(refresh="2"))
        assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", "of-another-release")


def test_a_delete_asks_nothing(cloud):
    cloud.imported("first")
    answer = cloud.create(newest())
    before = len(cloud.bedrock.calls)
    cloud.stack("DELETE_IN_PROGRESS")
    assert cloud.delete(answer["PhysicalResourceId"], newest())["Status"] == "SUCCESS"
    assert len(cloud.bedrock.calls) == before


def test_a_look_up_writes_nothing(cloud):
    cloud.imported("first")
    before = len(cloud.bedrock.calls)
    one, two = newest(refresh="1"), newest(refresh="2")
    answer = cloud.swap(cloud.create(one), one, two)
    cloud.roll_back(answer, one, two)
    assert [each for each in asked(cloud)[before:] if each.startswith(WRITES)] == []


def test_an_outage_is_borne(cloud):
    arn = cloud.imported("first")
    cloud.bedrock.faults.add("ListCustomModels", Fault.THROTTLE, times=5)
    assert cloud.create(newest())["Data"]["ModelArn"] == arn


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"Find": "Teapot"}, "how to find a 'Teapot'"),
        ({"Find": "CustomModel", "Sort": "Loss"}, "unknown member 'Sort'"),
        ({"Find": "CustomModel", "Filters": {"color": "red"}}, "no filter 'color'"),
        ({"Find": "CustomModel", "Filters": {"sortOrder": "Ascending"}}, "no filter 'sortOrder'"),
        ({"Find": "CustomModel", "Filters": {"isOwned": "perhaps"}}, "must be of type boolean"),
        ({"Find": "CustomModel", "Filters": {"creationTimeAfter": "yesterday"}}, "must be a time"),
        ({"Find": "CustomModel", "Filters": {"creationTimeAfter": "2026-11-01T00:00:00"}}, "must be a time"),
        ({"Find": "CustomModel", "Filters": "all"}, "must be an object"),
        ({"Find": ["CustomModel"]}, "must be text"),
        ({}, "must be text"),
    ],
)
def test_a_question_that_this_release_does_not_know_is_refused(cloud, query, words):
    cloud.imported("first")
    answer = cloud.create({"Query": query})
    assert answer["Status"] == "FAILED"
    assert words in answer["Reason"]


def test_the_id_has_room_for_the_longest_arns():
    long = memory.Remembered(arn=f"arn:{'x' * 900}", digest="1" * 20)
    short = memory.Remembered(arn="arn:y", digest="2" * 20)
    assert memory.read(memory.physical_id(short, long)) == [short, long]
    assert memory.read(memory.physical_id(long, long)) == [long]
