"""A custom model whose checkpoint is found in the output of a training job, or whose model exists already."""

import copy
import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from local.aws.sagemaker_service import archive_of
from local.bedrock import Fault
from local.sagemaker import ARCHIVE, HYPERPOD, SERVERLESS
from provider.cloudformation.contract import OWNER_TAG
from tests.functional.conftest import ACCOUNT, Cloud

JOB = "Nova-Lite-Support"
OUTPUT = "s3://output/nova/"
CHECKPOINT = "s3://customer-escrow-123456789012-smtj-abc/support/step_40"
SOURCE_TAG = "sagemaker.amazonaws.com/model-source"


def manifest(checkpoint: Any = CHECKPOINT) -> bytes:
    return json.dumps({"checkpoint_s3_bucket": checkpoint}).encode()


def created(cloud: Cloud) -> dict[str, Any]:
    """The last request that made a model."""
    return [call.params for call in cloud.bedrock.calls if call.operation == "CreateCustomModel"][-1]


@pytest.fixture
def trained(cloud: Cloud, properties: dict[str, Any]) -> dict[str, Any]:
    """The properties of a model from a training job that has come to its end."""
    cloud.sagemaker.jobs.put(JOB, OUTPUT)
    cloud.s3.objects[f"{OUTPUT}{JOB}/{SERVERLESS}"] = manifest()
    properties["RunInputs"] = {"trainingJob": {"trainingJobName": JOB}}
    return properties


def test_the_job_is_what_the_service_model_says(cloud: Cloud):
    cloud.sagemaker.jobs.put(JOB, OUTPUT)
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model("DescribeTrainingJob").output_shape
    report = ParamValidator().validate(cloud.sagemaker.jobs.describe(JOB), shape)
    assert report.generate_report() == ""


class TestCheckpoint:
    @pytest.mark.parametrize("layout", [HYPERPOD, SERVERLESS, ARCHIVE])
    def test_is_found_in_every_layout(self, cloud: Cloud, properties, layout):
        cloud.sagemaker.jobs.put(JOB, OUTPUT)
        cloud.s3.objects[f"{OUTPUT}{JOB}/{layout}"] = archive_of(manifest()) if layout == ARCHIVE else manifest()
        properties["RunInputs"] = {"trainingJob": {"trainingJobName": JOB}}
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert created(cloud)["modelSourceConfig"] == {"s3DataSource": {"s3Uri": CHECKPOINT}}
        assert "trainingJob" not in created(cloud)

    @pytest.mark.parametrize("code", ["ResourceNotFound", "ResourceNotFoundException", "ValidationException"])
    def test_of_a_job_that_no_api_knows_is_found_where_the_template_says(self, cloud: Cloud, properties, code):
        cloud.sagemaker.missing = code
        cloud.s3.objects[f"{OUTPUT}{JOB}/{HYPERPOD}"] = manifest()
        properties["RunInputs"] = {"trainingJob": {"trainingJobName": JOB, "s3OutputPath": "s3://output/nova"}}
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert created(cloud)["modelSourceConfig"] == {"s3DataSource": {"s3Uri": CHECKPOINT}}

    def test_is_not_looked_for_again_when_the_model_is_there(self, cloud: Cloud, trained):
        name = cloud.create(trained)["PhysicalResourceId"]
        cloud.wait_for(name)
        # SageMaker AI has forgotten the job, and somebody has emptied the bucket.
        cloud.sagemaker.jobs.jobs.clear()
        cloud.s3.objects.clear()
        cloud.stack("UPDATE_IN_PROGRESS")
        changed = {**trained, "Tags": [{"Key": "team", "Value": "new"}]}
        assert cloud.update(name, changed, trained)["PhysicalResourceId"] == name
        assert cloud.tags(cloud.model(name)["modelArn"])["team"] == "new"
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(name, trained, changed)["PhysicalResourceId"] == name
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, trained)["Status"] == "SUCCESS"
        assert (cloud.model(name), cloud.started()) == (None, 1)

    def test_of_another_job_is_another_model(self, cloud: Cloud, trained):
        name = cloud.create(trained)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.sagemaker.jobs.put("second", OUTPUT)
        cloud.s3.objects[f"{OUTPUT}second/{SERVERLESS}"] = manifest(f"{CHECKPOINT}-2")
        second = {**trained, "RunInputs": {"trainingJob": {"trainingJobName": "second"}}}
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.update(name, second, trained)["PhysicalResourceId"] != name
        assert created(cloud)["modelSourceConfig"] == {"s3DataSource": {"s3Uri": f"{CHECKPOINT}-2"}}

    def test_found_twice_makes_one_model(self, cloud: Cloud, trained):
        cloud.bedrock.faults.add("CreateCustomModel", Fault.LOST_AFTER_EFFECT, times=3)
        assert cloud.create(trained)["Status"] == "SUCCESS"
        assert len(cloud.client.list_custom_models()["modelSummaries"]) == 1


class TestRefused:
    def refused(self, cloud: Cloud, properties: dict[str, Any]) -> str:
        answer = cloud.create(properties)
        assert (answer["Status"], cloud.started()) == ("FAILED", 0)
        return str(answer["Reason"])

    @pytest.mark.parametrize(
        ("status", "failure", "said"),
        [
            ("InProgress", "", "is InProgress"),
            ("Stopped", "", "is Stopped"),
            ("Failed", "AlgorithmError: no data", "is Failed: AlgorithmError: no data"),
        ],
    )
    def test_a_job_that_has_not_completed(self, cloud: Cloud, trained, status, failure, said):
        cloud.sagemaker.jobs.put(JOB, OUTPUT, status=status, failure=failure)
        reason = self.refused(cloud, trained)
        assert said in reason
        assert "Deploy again" in reason

    def test_an_unknown_job(self, cloud: Cloud, properties):
        properties["RunInputs"] = {"trainingJob": {"trainingJobName": "typo"}}
        reason = self.refused(cloud, properties)
        assert "no training job 'typo'" in reason
        assert "bucket= and prefix=" in reason

    def test_an_output_path_that_is_not_the_jobs(self, cloud: Cloud, trained):
        trained["RunInputs"]["trainingJob"]["s3OutputPath"] = "s3://another/place"
        reason = self.refused(cloud, trained)
        assert "writes to s3://output/nova/" in reason
        assert "s3://another/place" in reason

    @pytest.mark.parametrize(
        ("layout", "content", "said"),
        [
            (SERVERLESS, b"not json", "it is no JSON"),
            (SERVERLESS, b"[]", "it has no S3 URI"),
            (SERVERLESS, b'{"checkpoint_s3_bucket": "arn:aws:s3:::escrow"}', "it has no S3 URI"),
            (SERVERLESS, b" " * (1024 * 1024 + 1), "at most 1,048,576 bytes"),
            (ARCHIVE, b"not an archive", "no readable archive"),
            (ARCHIVE, archive_of(manifest())[:-40], "no readable archive"),
            (HYPERPOD, b"\xff\xfe", "it is no JSON"),
        ],
    )
    def test_an_output_that_tells_no_checkpoint(self, cloud: Cloud, trained, layout, content, said):
        cloud.s3.objects = {f"{OUTPUT}{JOB}/{layout}": content}
        reason = self.refused(cloud, trained)
        assert f"{OUTPUT}{JOB}/{layout}: " in reason
        assert said in reason
        assert "it is not there" in reason
        assert "from_s3_uri" in reason

    def test_an_archive_that_is_too_large_is_not_read(self, cloud: Cloud, trained, monkeypatch):
        monkeypatch.setattr("provider.custom_model.training_job._ARCHIVE_LIMIT", 10)
        cloud.s3.objects = {f"{OUTPUT}{JOB}/{ARCHIVE}": archive_of(manifest())}
        assert "at most 10 are searched" in self.refused(cloud, trained)

    def test_a_bucket_that_may_not_be_read_is_tried_for_five_minutes(self, cloud: Cloud, trained):
        cloud.s3.objects.clear()
        cloud.s3.denied = True
        start = cloud.clock.now()
        reason = self.refused(cloud, trained)
        assert "AccessDenied" in reason
        assert "bucket=" in reason
        assert 300 <= (cloud.clock.now() - start).total_seconds() < 600

    @pytest.mark.parametrize("job", [{}, {"trainingJobName": ""}, {"trainingJobName": "a", "region": "b"}, "a", [1]])
    def test_what_another_version_of_the_library_wrote(self, cloud: Cloud, properties, job):
        properties["RunInputs"] = {"trainingJob": job}
        assert "trainingJob" in self.refused(cloud, properties)


class TestSourceTag:
    """By it the SageMaker Python SDK finds what was made already."""

    def test_says_what_the_model_was_made_of(self, cloud: Cloud, trained):
        arn = cloud.create(trained)["Data"]["ModelArn"]
        assert cloud.tags(arn)[SOURCE_TAG] == CHECKPOINT

    def test_of_a_long_source_ends_in_its_hash(self, cloud: Cloud, properties):
        # Computed by the SDK's rule: 224 characters, a hyphen, 31 of the SHA-256.
        uri = f"s3://customer-escrow-1-smtj-a/{'x' * 300}/"
        properties["RunInputs"]["modelSourceConfig"]["s3DataSource"]["s3Uri"] = uri
        tag = cloud.tags(cloud.create(properties)["Data"]["ModelArn"])[SOURCE_TAG]
        assert (len(tag), tag[:224], tag[224]) == (256, uri[:224], "-")

    def test_is_left_out_of_what_no_tag_can_say(self, cloud: Cloud, properties):
        properties["RunInputs"]["modelSourceConfig"]["s3DataSource"]["s3Uri"] = "s3://escrow/model(1)/"
        assert SOURCE_TAG not in cloud.tags(cloud.create(properties)["Data"]["ModelArn"])

    def test_is_left_out_where_there_is_no_room(self, cloud: Cloud, properties):
        properties["Tags"] = [{"Key": f"key{number}", "Value": "x"} for number in range(44)]
        tags = cloud.tags(cloud.create(properties)["Data"]["ModelArn"])
        assert (len(tags), SOURCE_TAG in tags) == (50, False)

    def test_of_the_users_own_stays(self, cloud: Cloud, properties):
        properties["Tags"] = [{"Key": SOURCE_TAG, "Value": "mine"}]
        assert cloud.tags(cloud.create(properties)["Data"]["ModelArn"])[SOURCE_TAG] == "mine"


def made_by_sdk(cloud: Cloud, name: str = "sdk-model", source: str = CHECKPOINT, **request: Any) -> str:
    """A model as the SageMaker Python SDK makes it, old enough for its tags to show."""
    made = cloud.client.create_custom_model(
        modelName=name,
        modelSourceConfig={"s3DataSource": {"s3Uri": source}},
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/service",
        modelTags=[{"key": SOURCE_TAG, "value": source}],
        **request,
    )
    cloud.wait_for(name)
    return str(made["modelArn"])


def adopting(properties: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    changed = copy.deepcopy(properties)
    changed["Settings"]["Adopt"] = "true"
    changed["RunInputs"] |= inputs
    return changed


class TestAdopt:
    def test_takes_the_model_of_the_same_source(self, cloud: Cloud, trained):
        arn = made_by_sdk(cloud)
        answer = cloud.create(adopting(trained))
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "sdk-model")
        assert "something else made" in answer["Reason"]
        assert cloud.started() == 1
        assert {"team", OWNER_TAG, SOURCE_TAG} <= cloud.tags(arn).keys()
        assert cloud.wait_for("sdk-model")["Data"]["ModelArn"] == arn

    def test_is_never_silent(self, cloud: Cloud, trained):
        arn = made_by_sdk(cloud)
        assert cloud.create(trained)["PhysicalResourceId"] != "sdk-model"
        assert OWNER_TAG not in cloud.tags(arn)

    def test_takes_the_oldest_of_several(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        made_by_sdk(cloud, "sdk-model-2")
        assert cloud.create(adopting(trained))["PhysicalResourceId"] == "sdk-model"

    def test_takes_none_of_another_source_or_key_or_that_failed(self, cloud: Cloud, trained):
        made_by_sdk(cloud, "another-source", source=f"{CHECKPOINT}-2")
        made_by_sdk(
            cloud,
            "encrypted",
            modelKmsKeyArn=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
        )
        cloud.bedrock.script("broken", fail="The source is broken", times=1)
        made_by_sdk(cloud, "broken")
        before = cloud.started()
        assert cloud.create(adopting(trained))["PhysicalResourceId"].startswith("Assistant-")
        assert cloud.started() == before + 1

    def test_takes_none_of_another_stack(self, cloud: Cloud, trained):
        theirs = cloud.create(trained, LogicalResourceId="Other")["PhysicalResourceId"]
        elsewhere = copy.deepcopy(trained)
        elsewhere["Settings"]["Path"] = "Elsewhere"
        assert cloud.create(adopting(elsewhere))["PhysicalResourceId"] != theirs

    def test_by_its_name_takes_the_one_of_that_name_alone(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        second = made_by_sdk(cloud, "sdk-model-2")
        answer = cloud.create(adopting(trained, modelName="sdk-model-2"))
        assert answer["PhysicalResourceId"] == "sdk-model-2"
        assert OWNER_TAG in cloud.tags(second)
        fresh = cloud.create(adopting(trained, modelName="fresh"), LogicalResourceId="Fresh")
        assert fresh["PhysicalResourceId"] == "fresh"

    def test_by_its_name_refuses_one_of_another_source(self, cloud: Cloud, trained):
        made_by_sdk(cloud, source=f"{CHECKPOINT}-2")
        answer = cloud.create(adopting(trained, modelName="sdk-model"))
        assert answer["Status"] == "FAILED"
        assert "from_custom_model_arn" in answer["Reason"]

    def test_twice_adopts_once(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        event = cloud.event("Create", adopting(trained))
        assert cloud.send(event)["PhysicalResourceId"] == cloud.send(event)["PhysicalResourceId"] == "sdk-model"
        assert cloud.started() == 1

    def test_whose_tagging_was_lost_adopts_once(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        cloud.bedrock.faults.add("TagResource", Fault.LOST_AFTER_EFFECT, times=3)
        assert cloud.create(adopting(trained))["PhysicalResourceId"] == "sdk-model"
        assert cloud.started() == 1

    def test_then_tags_change_in_place(self, cloud: Cloud, trained):
        arn = made_by_sdk(cloud)
        before = adopting(trained)
        name = cloud.create(before)["PhysicalResourceId"]
        cloud.stack("UPDATE_IN_PROGRESS")
        after = {**before, "Tags": [{"Key": "team", "Value": "new"}]}
        assert cloud.update(name, after, before)["PhysicalResourceId"] == name
        assert cloud.tags(arn)["team"] == "new"

    def test_then_a_rolled_back_replacement_goes_back_to_it(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        first = cloud.create(adopting(trained))["PhysicalResourceId"]
        cloud.stack("UPDATE_IN_PROGRESS")
        # Adopted is adopted: the argument may go.
        settled = copy.deepcopy(trained)
        assert cloud.update(first, settled, adopting(trained))["PhysicalResourceId"] == first
        cloud.sagemaker.jobs.put("second", OUTPUT)
        cloud.s3.objects[f"{OUTPUT}second/{SERVERLESS}"] = manifest(f"{CHECKPOINT}-2")
        second = {**settled, "RunInputs": {"trainingJob": {"trainingJobName": "second"}}}
        new = cloud.update(first, second, settled)["PhysicalResourceId"]
        assert new != first
        cloud.wait_for(new)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(new, settled, second)["PhysicalResourceId"] == first

    def test_then_goes_by_policy(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        name = cloud.create(adopting(trained))["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, adopting(trained))["Status"] == "SUCCESS"
        assert cloud.model("sdk-model") is None

    def test_then_a_rollback_keeps_it_and_the_next_deployment_takes_it_again(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        given = adopting(trained)
        cloud.create(given)
        # CloudFormation never got the answer: it invents an id.
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete("Models-Assistant-1ABCDEF2GHIJ", given)["Status"] == "SUCCESS"
        assert cloud.model("sdk-model")
        cloud.stack("CREATE_IN_PROGRESS")
        assert cloud.create(given)["PhysicalResourceId"] == "sdk-model"
        assert cloud.started() == 1

    def test_that_a_rollback_kept_goes_with_its_stack(self, cloud: Cloud, trained):
        made_by_sdk(cloud)
        given = adopting(trained)
        cloud.create(given)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete("Models-Assistant-1ABCDEF2GHIJ", given)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete("Models-Assistant-1ABCDEF2GHIJ", given)["Status"] == "SUCCESS"
        assert cloud.model("sdk-model") is None
