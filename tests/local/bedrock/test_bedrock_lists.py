from datetime import timedelta

import pytest

from local.bedrock import Quotas
from local.bedrock.clock import EPOCH

LISTS = {
    "models": ("list_custom_models", "modelSummaries", "modelName"),
    "jobs": ("list_model_customization_jobs", "modelCustomizationJobSummaries", "jobName"),
    "deployments": ("list_custom_model_deployments", "modelDeploymentSummaries", "customModelDeploymentName"),
    "throughputs": ("list_provisioned_model_throughputs", "provisionedModelSummaries", "provisionedModelName"),
}
CREATED_FILTERS = {"deployments": ("createdAfter", "createdBefore")}


@pytest.fixture(params=list(LISTS))
def kind(request):
    return request.param


@pytest.fixture
def filled(kind, make_world):
    """Five resources of one kind, item-0 to item-4, a day apart."""
    world = make_world(quotas=Quotas(concurrent_customization_jobs=9))
    model = world.model("base") if kind in ("deployments", "throughputs") else ""
    for number in range(5):
        name = f"item-{number}"
        match kind:
            case "models":
                world.start_import(name)
            case "jobs":
                world.start_job(name)
            case "deployments":
                world.start_deployment(model, name)
            case "throughputs":
                world.start_throughput(model, name)
        world.wait(days=1)
    return world


def listed(world, kind, **params):
    operation, answer, name = LISTS[kind]
    pages = world.client.get_paginator(operation).paginate(**params)
    return [item[name] for page in pages for item in page[answer]]


def test_the_newest_come_first_unless_asked_otherwise(filled, kind):
    newest_first = [f"item-{n}" for n in (4, 3, 2, 1, 0)]
    assert listed(filled, kind) == newest_first
    assert listed(filled, kind, sortBy="CreationTime", sortOrder="Descending") == newest_first
    assert listed(filled, kind, sortOrder="Ascending") == newest_first[::-1]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_pages_show_everything_once(filled, kind, size, order):
    operation, answer, _ = LISTS[kind]
    pages = list(filled.client.get_paginator(operation).paginate(maxResults=size, sortOrder=order))
    assert [len(page[answer]) for page in pages][:-1] == [size] * (len(pages) - 1)
    assert sum(len(page[answer]) for page in pages) == 5


def test_a_page_has_a_size_without_being_asked(filled, kind):
    filled.bedrock.admin("quotas", {"page_size": 2})
    operation, answer, _ = LISTS[kind]
    first = getattr(filled.client, operation)()
    assert (len(first[answer]), "nextToken" in first) == (2, True)
    assert len(listed(filled, kind)) == 5


def test_names_are_searched_for_a_part(filled, kind):
    assert listed(filled, kind, nameContains="em-3") == ["item-3"]
    assert listed(filled, kind, nameContains="other") == []


def test_times_bound_the_list_on_both_sides(filled, kind):
    after, before = CREATED_FILTERS.get(kind, ("creationTimeAfter", "creationTimeBefore"))
    start = EPOCH + timedelta(minutes=10 if kind in CREATED_FILTERS or kind == "throughputs" else 0)
    times = {after: start + timedelta(hours=12), before: start + timedelta(days=2, hours=12)}
    assert listed(filled, kind, **times) == ["item-2", "item-1"]
    assert listed(filled, kind, **{before: start}) == []


def test_a_token_from_elsewhere_is_refused(filled, kind):
    with pytest.raises(filled.client.exceptions.ValidationException, match="pagination token"):
        getattr(filled.client, LISTS[kind][0])(nextToken="not-mine")


@pytest.mark.parametrize(
    ("kind", "name", "before", "after"),
    [
        ("models", "modelStatus", "Creating", "Active"),
        ("jobs", "statusEquals", "InProgress", "Completed"),
        ("deployments", "statusEquals", "Creating", "Active"),
        ("throughputs", "statusEquals", "Creating", "InService"),
    ],
    indirect=False,
)
def test_states_are_filtered(filled, kind, name, before, after):
    assert listed(filled, kind, **{name: after}) == [f"item-{n}" for n in (4, 3, 2, 1, 0)]
    assert listed(filled, kind, **{name: before}) == []


@pytest.mark.parametrize("kind", ["deployments", "throughputs"])
def test_what_serves_a_model_is_found(filled, kind):
    base = filled.client.get_custom_model(modelIdentifier="base")["modelArn"]
    assert len(listed(filled, kind, modelArnEquals=base)) == 5
    assert listed(filled, kind, modelArnEquals=base[:-1] + "z") == []


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"isOwned": True}, ["run-model", "imported"]),
        ({"isOwned": False}, []),
        ({"baseModelArnEquals": "amazon.nova-micro-v1:0"}, ["run-model"]),
        ({"foundationModelArnEquals": "amazon.nova-lite-v1:0"}, ["imported"]),
    ],
)
def test_models_are_filtered_by_owner_and_base(world, filters, names):
    world.model()
    world.trained_model(baseModelIdentifier="amazon.nova-micro-v1:0")
    arn = "arn:aws:bedrock:us-east-1::foundation-model/"
    filters = {key: arn + value if isinstance(value, str) else value for key, value in filters.items()}
    assert listed(world, "models", **filters) == names


def test_jobs_in_a_list_tell_their_models(world):
    model = world.trained_model()
    (job,) = world.client.list_model_customization_jobs()["modelCustomizationJobSummaries"]
    assert (job["customModelArn"], job["customModelName"]) == (model, "run-model")
