"""The local Bedrock trains what its own list says can be trained, and its foundation models live by its clock."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

LITE, MICRO, PRO = "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"
TITAN = "amazon.titan-embed-image-v1:0"
RFT = {"rftConfig": {"hyperParameters": {"epochCount": 1}}}


def distilled_from(teacher: str) -> dict[str, Any]:
    config = {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": teacher}}}
    return {"customizationType": "DISTILLATION", "customizationConfig": config}


def listed(world: Any, kind: str) -> set[str]:
    answer = world.client.list_foundation_models(byCustomizationType=kind)
    return {summary["modelId"] for summary in answer["modelSummaries"]}


def test_exactly_what_is_listed_for_a_type_can_be_trained(make_world):
    every = {summary["modelId"] for summary in make_world().client.list_foundation_models()["modelSummaries"]}
    for model_id in every:
        world = make_world()
        fits = model_id in listed(world, "FINE_TUNING")
        if fits:
            world.start_job(baseModelIdentifier=model_id)
        else:
            with pytest.raises(ClientError, match="does not support the customization type FINE_TUNING"):
                world.start_job(baseModelIdentifier=model_id)
    assert listed(make_world(), "CONTINUED_PRE_TRAINING") == set()


@pytest.mark.parametrize(
    ("base", "params"),
    [
        (LITE, {"customizationType": "CONTINUED_PRE_TRAINING"}),
        (LITE, {"customizationType": "REINFORCEMENT_FINE_TUNING", "customizationConfig": RFT}),
        (PRO, distilled_from(PRO)),
        (TITAN, distilled_from(PRO)),
    ],
)
def test_what_a_model_does_not_take_is_refused(world, base, params):
    with pytest.raises(ClientError, match=r"ValidationException.*does not support the customization type"):
        world.start_job(baseModelIdentifier=base, **params)


@pytest.mark.parametrize(
    "base",
    [
        "acme.invented-v1:0",
        "amazon.nova-premier-v1:0",
        f"us.{LITE}",
        "arn:aws:bedrock:us-east-1::foundation-model/acme.invented-v1:0",
        "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
    ],
)
def test_an_id_that_no_model_has_is_refused(world, base):
    with pytest.raises(ClientError, match=r"(Validation|ResourceNotFound)Exception"):
        world.start_job(baseModelIdentifier=base)
    with pytest.raises(ClientError, match=r"(Validation|ResourceNotFound)Exception"):
        world.start_throughput(base)


@pytest.mark.parametrize(
    "teacher",
    [PRO, f"{PRO}:300k", f"us.{PRO}", f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{PRO}"],
)
def test_a_teacher_is_a_model_or_a_profile_of_it(world, teacher):
    assert world.start_job(**distilled_from(teacher))


@pytest.mark.parametrize(
    ("teacher", "text"),
    [
        ("acme.invented-v1:0", "teacher model identifier is invalid"),
        ("us.amazon.nova-premier-v1:0", "teacher model identifier is invalid"),
        ("meta.llama3-1-70b-instruct-v1:0", "does not support the student model"),
        (MICRO, "does not support the student model"),
    ],
)
def test_who_teaches_nobody_is_refused(world, teacher, text):
    with pytest.raises(ClientError, match=f"ValidationException.*{text}"):
        world.start_job(**distilled_from(teacher))


def life(world: Any, model_id: str = LITE) -> dict[str, Any]:
    return world.client.get_foundation_model(modelIdentifier=model_id)["modelDetails"]["modelLifecycle"]


def test_a_model_is_active_then_legacy_and_tells_both_dates(world):
    now = world.clock.now()
    world.bedrock.set_lifecycle(LITE, legacy=now + timedelta(days=10), end=now + timedelta(days=200))
    assert life(world)["status"] == "ACTIVE"
    world.wait(days=10)
    assert life(world)["status"] == life(world, f"{LITE}:300k")["status"] == "LEGACY"
    assert life(world)["endOfLifeTime"] == now + timedelta(days=200)
    assert life(world, MICRO) == {"status": "ACTIVE"}


def test_a_legacy_model_takes_no_new_jobs_and_no_new_throughput_but_serves_on(world):
    model = world.trained_model()
    deployed = world.start_deployment(model)
    world.bedrock.set_lifecycle(LITE, legacy=world.clock.now() + timedelta(hours=1))
    world.start_throughput(model, "before")
    world.wait(hours=1)
    for start in (lambda: world.start_job("later"), lambda: world.start_throughput(model)):
        with pytest.raises(ClientError, match="marked by provider as Legacy"):
            start()
    world.start_deployment(model, "later")
    assert world.runtime.invoke_model(modelId=deployed, body=b"{}")


def test_after_its_end_every_request_for_it_fails(world):
    model = world.trained_model()
    deployed, bought = world.start_deployment(model), world.start_throughput(model)
    world.wait(days=1)
    world.bedrock.set_lifecycle(LITE, end=world.clock.now())
    for request in (
        lambda: world.start_job("later"),
        lambda: world.start_job("further", baseModelIdentifier=model),
        lambda: world.start_throughput(model, "later"),
        lambda: world.start_deployment(model, "later"),
        lambda: world.runtime.invoke_model(modelId=LITE, body=b"{}"),
        lambda: world.runtime.invoke_model(modelId=deployed, body=b"{}"),
        lambda: world.runtime.invoke_model(modelId=bought, body=b"{}"),
    ):
        with pytest.raises(ClientError, match=r"ResourceNotFoundException.*reached the end of its life"):
            request()


def test_a_teacher_that_has_ended_teaches_no_more(world):
    world.bedrock.set_lifecycle(PRO, end=world.clock.now())
    with pytest.raises(ClientError, match="reached the end of its life"):
        world.start_job(**distilled_from(f"us.{PRO}"))


def test_a_life_is_steered_from_another_process(world):
    dates = {"legacy": "2026-01-01T00:00:00+00:00", "end": "2026-07-01T00:00:00+00:00"}
    assert world.bedrock.admin("lifecycles", {"model_id": LITE, **dates})["lifecycles"][LITE]["end"].startswith(
        "2026-07-01"
    )
    assert life(world)["status"] == "LEGACY"
    world.bedrock.admin("reset")
    assert life(world)["status"] == "ACTIVE"


def test_a_life_does_not_end_before_it_is_legacy(world):
    now = world.clock.now()
    with pytest.raises(ValueError, match="from start to legacy to end"):
        world.bedrock.set_lifecycle(LITE, legacy=now, end=now - timedelta(days=1))
