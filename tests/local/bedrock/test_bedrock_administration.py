import json

import pytest

from local.bedrock import Bedrock, ScaledClock


def test_the_state_is_plain_json(world):
    world.start_job(jobTags=[{"key": "a", "value": "b"}])
    state = world.bedrock.admin("/state")
    assert json.loads(json.dumps(state)) == state
    (resource,) = state["resources"]
    assert (resource["kind"], resource["name"], resource["tags"]) == ("model customization job", "run", {"a": "b"})
    assert resource["description"]["creationTime"] == "2026-01-01T00:00:00Z"
    assert state["calls"][0]["operation"] == "CreateModelCustomizationJob"


def test_faults_scripts_settings_and_time_can_be_steered(world):
    admin = world.bedrock.admin
    admin("faults", {"operation": "ListCustomModels", "fault": "access_denied", "message": "no", "times": 2})
    with pytest.raises(world.client.exceptions.AccessDeniedException, match="no"):
        world.client.list_custom_models()
    assert admin("faults/clear", {}) == {"faults": []}
    assert admin("script", {"name_pattern": "imp*", "fail": "broken"}) == {"scripts": ["imp*"]}
    assert admin("timings", {"model_import": 60})["timings"]["model_import"] == 60
    assert admin("quotas", {"custom_models": 1})["quotas"]["custom_models"] == 1
    world.start_import()
    assert admin("clock", {"advance": 60})["now"] == "2026-01-01T00:01:00Z"
    assert world.client.get_custom_model(modelIdentifier="imported")["failureMessage"] == "broken"


def test_a_reset_leaves_nothing_but_time(world):
    world.bedrock.script("*", fail="broken")
    world.model()
    world.bedrock.admin("reset")
    assert world.bedrock.admin("state") == {"resources": [], "calls": []}
    world.model()
    assert world.client.get_custom_model(modelIdentifier="imported")["modelStatus"] == "Active"


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("nowhere", {}),
        ("faults", {"operation": "ListCustomModels", "fault": "earthquake"}),
        ("timings", {"model_imprt": 1}),
        ("quotas", {"models": 1}),
        ("script", {"name_pattern": "*", "stage": "later"}),
        ("script", {"name_pattern": "*", "durations": {"forever": 1}}),
    ],
)
def test_a_slip_is_told_and_not_ignored(world, path, payload):
    with pytest.raises(ValueError, match=r"earthquake|got"):
        world.bedrock.admin(path, payload)


def test_only_a_manual_clock_can_be_advanced():
    bedrock = Bedrock(ScaledClock(60))
    assert bedrock.admin("clock", {})["now"]
    with pytest.raises(ValueError, match="ManualClock"):
        bedrock.admin("clock", {"advance": 1})
