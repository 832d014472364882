from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import MemoryObjects, Quotas

RFT = {"rftConfig": {"hyperParameters": {"epochCount": 1}}}
DISTILLATION = {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}}}
LOGS = {"invocationLogsConfig": {"invocationLogSource": {"s3Uri": "s3://data/logs/"}}}
VALIDATORS = {"validators": [{"s3Uri": "s3://data/check.jsonl"}]}


def get(world: Any, identifier: str = "run") -> dict[str, Any]:
    return world.client.get_model_customization_job(jobIdentifier=identifier)


def stages(world: Any) -> list[str]:
    details = get(world)["statusDetails"]
    return [details[name]["status"] for name in ("validationDetails", "dataProcessingDetails", "trainingDetails")]


@pytest.mark.parametrize(
    ("minutes", "status", "expected"),
    [
        (0, "InProgress", ["NotStarted", "NotStarted", "NotStarted"]),
        (10, "InProgress", ["InProgress", "NotStarted", "NotStarted"]),
        (15, "InProgress", ["Completed", "InProgress", "NotStarted"]),
        (30, "InProgress", ["Completed", "Completed", "InProgress"]),
        (240, "Completed", ["Completed", "Completed", "Completed"]),
    ],
)
def test_a_job_goes_through_its_stages(world, minutes, status, expected):
    world.start_job()
    world.wait(minutes=minutes)
    assert (get(world)["status"], stages(world)) == (status, expected)


def test_time_that_passes_at_once_gives_each_stage_its_own_moment(world):
    world.start_job()
    world.wait(days=1)
    job = get(world)
    assert (job["endTime"] - job["creationTime"]).total_seconds() == 4 * 3600
    assert job["statusDetails"]["trainingDetails"]["creationTime"] < job["endTime"]


def test_a_completed_job_has_a_model_and_losses(world):
    arn = world.start_job(validationDataConfig=VALIDATORS, hyperParameters={"epochCount": "2"})
    world.wait(days=1)
    job = get(world, arn)
    model = world.client.get_custom_model(modelIdentifier="run-model")
    assert model["modelArn"] == job["outputModelArn"]
    assert (model["jobArn"], model["jobName"], model["modelStatus"]) == (arn, "run", "Active")
    assert model["hyperParameters"] == {"epochCount": "2"}
    assert job["trainingMetrics"] == model["trainingMetrics"] == {"trainingLoss": 0.25}
    assert job["validationMetrics"] == [{"validationLoss": 0.375}]


def test_a_running_job_has_neither(world):
    world.start_job()
    assert not {"outputModelArn", "trainingMetrics", "endTime"} & set(get(world))


@pytest.mark.parametrize("stage", ["validation", "data_processing", "training"])
def test_a_scripted_job_fails_in_its_stage_with_its_message(world, stage):
    world.bedrock.script("r*", fail="Input size exceeded in file train.jsonl", stage=stage)
    world.start_job()
    world.wait(days=1)
    job = get(world)
    assert (job["status"], job["failureMessage"]) == ("Failed", "Input size exceeded in file train.jsonl")
    assert stages(world)[["validation", "data_processing", "training"].index(stage)] == "Failed"
    assert world.client.list_custom_models()["modelSummaries"] == []


def test_a_script_can_change_how_long_a_job_takes(world):
    world.bedrock.script("run", durations={"job_queue": 0, "job_training": 60})
    world.start_job()
    world.wait(minutes=21)
    assert get(world)["status"] == "Completed"


def test_a_job_is_stopping_before_it_is_stopped(world):
    arn = world.start_job()
    world.wait(minutes=12)
    world.client.stop_model_customization_job(jobIdentifier=arn)
    assert (get(world)["status"], stages(world)[0]) == ("Stopping", "Stopping")
    world.wait(minutes=3)
    assert (get(world)["status"], stages(world)[0]) == ("Stopped", "Stopped")
    world.wait(days=1)
    assert get(world)["status"] == "Stopped"


@pytest.mark.parametrize("end", ["Completed", "Failed", "Stopped"])
def test_a_job_that_has_ended_can_not_be_stopped(world, end):
    world.bedrock.script("run", fail="no" if end == "Failed" else None)
    world.start_job()
    if end == "Stopped":
        world.client.stop_model_customization_job(jobIdentifier="run")
    world.wait(days=1)
    with pytest.raises(world.client.exceptions.ConflictException, match=end):
        world.client.stop_model_customization_job(jobIdentifier="run")


@pytest.mark.parametrize("end", ["InProgress", "Completed", "Stopped"])
def test_the_name_of_a_job_is_never_free_again(world, end):
    world.start_job()
    if end == "Stopped":
        world.client.stop_model_customization_job(jobIdentifier="run")
    if end != "InProgress":
        world.wait(days=1)
    with pytest.raises(ClientError, match=r"ValidationException.*The provided job name is currently in use\."):
        world.start_job(customModelName="another")


def test_the_name_of_the_model_must_be_free(world):
    world.start_job("first", customModelName="same")
    with pytest.raises(ClientError, match="custom model name is currently in use"):
        world.start_job("second", customModelName="same")
    world.client.stop_model_customization_job(jobIdentifier="first")
    world.wait(days=1)
    world.start_job("third", customModelName="same")


def test_a_full_account_is_told_apart_from_other_refusals(world):
    world.start_job("one")
    world.start_job("two")
    with pytest.raises(world.client.exceptions.ServiceQuotaExceededException):
        world.start_job("three")
    world.wait(days=1)
    world.start_job("three")


def test_a_stopping_job_still_counts(make_world):
    world = make_world(quotas=Quotas(concurrent_customization_jobs=1))
    world.start_job("one")
    world.client.stop_model_customization_job(jobIdentifier="one")
    with pytest.raises(world.client.exceptions.ServiceQuotaExceededException):
        world.start_job("two")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"customizationType": "IMPORTED"}, "IMPORTED is not supported"),
        ({"customizationType": "DISTILLATION"}, "takes distillationConfig, got None"),
        ({"customizationType": "REINFORCEMENT_FINE_TUNING", "customizationConfig": DISTILLATION}, "takes rftConfig"),
        ({"customizationConfig": RFT}, "takes no configuration, got rftConfig"),
        ({"trainingDataConfig": {}}, "exactly one of s3Uri and invocationLogsConfig"),
        ({"trainingDataConfig": LOGS}, "for distillation only"),
        ({"baseModelIdentifier": "unknown"}, "model identifier is invalid"),
    ],
)
def test_a_customization_that_makes_no_sense_is_refused(world, params, text):
    with pytest.raises(ClientError, match=f"ValidationException.*{text}"):
        world.start_job(**params)


@pytest.mark.parametrize(
    "params",
    [
        {"customizationType": "DISTILLATION", "customizationConfig": DISTILLATION, "trainingDataConfig": LOGS},
        {
            "customizationType": "REINFORCEMENT_FINE_TUNING",
            "customizationConfig": RFT,
            "baseModelIdentifier": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k",
        },
        {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}},
        {"baseModelIdentifier": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0"},
    ],
)
def test_every_customization_comes_back_from_get(world, params):
    world.trained_model(**params)
    job = get(world)
    for name, value in params.items():
        assert job.get(name, job["baseModelArn"]) == value


def test_the_imported_type_can_be_allowed(make_world):
    world = make_world(imported_jobs=True)
    world.start_job(customizationType="IMPORTED")
    assert get(world)["customizationType"] == "IMPORTED"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("11111111-1111-1111-1111-111111111111", ":key/11111111-1111-1111-1111-111111111111"),
        ("arn:aws:kms:us-east-1:123456789012:key/" + "1" * 36, ":key/" + "1" * 36),
        ("alias/models", ":key/"),
        ("arn:aws:kms:us-east-1:123456789012:alias/models", ":key/"),
    ],
)
def test_every_way_to_name_a_key_comes_back_as_a_key_arn(world, key, expected):
    world.start_job(customModelKmsKeyId=key)
    assert expected in get(world)["outputModelKmsKeyArn"]


def test_a_model_can_be_trained_further(world):
    first = world.trained_model("first")
    world.trained_model("second", baseModelIdentifier=first)
    assert get(world, "second")["baseModelArn"].endswith("foundation-model/amazon.nova-lite-v1:0")


def test_a_base_model_must_be_there_and_active(world):
    with pytest.raises(world.client.exceptions.ResourceNotFoundException):
        world.start_job(
            baseModelIdentifier="arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0/aaaaaaaaaaaa"
        )


def test_outputs_are_written_where_the_service_writes_them(make_world, objects):
    objects.put("data", "check.jsonl", b"{}")
    world = make_world(objects=objects)
    job_id = world.start_job(validationDataConfig=VALIDATORS).rpartition("/")[2]
    world.wait(days=1)
    assert get(world)["status"] == "Completed"
    folder = f"out/model-customization-job-{job_id}"
    training = objects.stored["data", f"{folder}/training_artifacts/step_wise_training_metrics.csv"]
    validation = f"{folder}/validation_artifacts/post_fine_tuning_validation/validation_metrics.csv"
    assert training.startswith(b"step_number,epoch_number,training_loss,perplexity\n")
    assert b"validation_loss" in objects.stored["data", validation]


def test_data_that_is_not_there_is_refused_in_the_words_of_the_field(make_world, objects):
    world = make_world(objects=objects)
    with pytest.raises(ClientError, match="GetObject permissions to access Amazon S3 bucket: data at key no"):
        world.start_job(trainingDataConfig={"s3Uri": "s3://data/no.jsonl"})
    with pytest.raises(ClientError, match=r"PutObject permissions to access S3 bucket: nowhere at key out/"):
        world.start_job(outputDataConfig={"s3Uri": "s3://nowhere/out/"})


def test_a_bucket_that_goes_away_fails_the_run(make_world, objects):
    world = make_world(objects=objects)
    world.start_job()
    world.wait(minutes=20)
    world.bedrock.settle()
    world.bedrock.config.objects = MemoryObjects()
    world.wait(days=1)
    assert "PutObject" in get(world)["failureMessage"]


@pytest.mark.parametrize(
    ("action", "statuses"),
    [
        (None, ["InProgress", "Completed"]),
        ("fail", ["InProgress", "Failed"]),
        ("stop", ["InProgress", "Stopping", "Stopped"]),
    ],
)
def test_each_change_of_state_is_one_event(world, action, statuses):
    if action == "fail":
        world.bedrock.script("run", fail="bad data")
    world.start_job()
    if action == "stop":
        world.client.stop_model_customization_job(jobIdentifier="run")
    for _ in range(3):
        world.wait(days=1)
        world.bedrock.settle()
    assert [event["detail"]["jobStatus"] for event in world.events] == statuses


def test_an_event_has_the_fields_that_rules_filter_on(world):
    world.bedrock.script("run", fail="bad data")
    arn = world.start_job(hyperParameters={"epochCount": "1"})
    world.wait(days=1)
    world.bedrock.settle()
    event = world.events[-1]
    assert (event["source"], event["detail-type"]) == ("aws.bedrock", "Model Customization Job State Change")
    assert event["resources"] == [arn]
    assert sorted(event["detail"]) == [
        "baseModelArn",
        "creationTime",
        "endTime",
        "failureMessage",
        "hyperParameters",
        "jobArn",
        "jobName",
        "jobStatus",
        "lastModifiedTime",
        "outputDataConfig",
        "outputModelName",
        "roleArn",
        "trainingDataConfig",
        "validationDataConfig",
    ]


def test_the_id_of_a_job_that_never_was_is_not_found(world):
    with pytest.raises(world.client.exceptions.ResourceNotFoundException):
        get(world, "nothing")
