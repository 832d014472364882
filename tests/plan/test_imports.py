"""What an import of open weights costs in a plan: custom model units, which Amazon Bedrock counts at the import."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bedrock_models.bedrock.custom_model_units import Units, family
from bedrock_models.context import Context
from bedrock_models.plan.price_list import RUNNING, STORED, PriceList
from provider.cloudformation.contract import DIGEST_TAG
from tests.cli.conftest import Desk, desk, tags_of
from tests.cli.fakes import REGION, stack_id
from tests.faults.templates import OpenWeights
from tests.plan.test_command import Pricing, _plan, _product, assembly, pricing

__all__ = ["assembly", "desk", "pricing"]

MINUTE = "Custom Model Unit per Min"


@pytest.fixture(autouse=True)
def _units(pricing: Pricing) -> None:
    pricing.products += [
        _product("USE1-Llama-CustomModelImport-Inference-v1:0", MINUTE, 0.05718),
        _product("USE1-Llama-CustomModelImport-Storage-v1:0", "Custom Model Unit/month", 1.95),
        _product("USE1-Qwen2-5-VL-CustomModelImport-Inference-v1:0", MINUTE, 0.07),
        _product("USE1-OSS-CustomModelImport-Inference-v2:0", MINUTE, 0.1433),
    ]


def _upload(desk: Desk, folder: str, architecture: str = "LlamaForCausalLM") -> None:
    body = json.dumps({"architectures": [architecture]}).encode()
    desk.objects.put("weights", f"{folder}/config.json", body)


def _costs(desk: Desk, app: str, **options: Any) -> list[dict[str, Any]]:
    [step] = _plan(desk, app, **options)["steps"]
    return list(step["costs"])


def test_a_planned_one_has_a_price_for_each_unit(
    desk: Desk, assembly: Callable[..., str], snapshot: SnapshotAssertion
) -> None:
    _upload(desk, "1")
    app = assembly(OpenWeights())

    code, shown = desk.run("plan", "--app", app)

    assert code == 0
    assert shown == snapshot
    storage, copy = _costs(desk, app)
    assert (storage["usd"], storage["per"], storage["units"], storage["usdPerUnit"]) == (None, "month", None, 1.95)
    assert (copy["usd"], copy["per"], copy["units"], copy["usdPerUnit"]) == (None, "minute", None, 0.05718)


def test_weights_that_cannot_be_read_leave_the_prices_of_all_families(desk: Desk, assembly: Callable[..., str]) -> None:
    assert (
        "0.05718 to 0.1433 USD a minute for each custom model unit"
        in desk.run("plan", "--app", assembly(OpenWeights()))[1]
    )


def test_unknown_units_are_a_price_that_nobody_knows_but_calls_are_not(
    desk: Desk, assembly: Callable[..., str]
) -> None:
    planned = _plan(desk, assembly(OpenWeights()))
    assert planned["totals"]["unpriced"] == 1
    assert planned["totals"]["usdFirstMonth"] == 0


def test_without_a_price_list_the_pricing_page_is_named(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str]
) -> None:
    pricing.denied = True
    _upload(desk, "1", "MixtralForCausalLM")
    shown = desk.run("plan", "--app", assembly(OpenWeights()))[1]
    assert "storage of the model: price unknown, see pricing page" in shown


def test_another_version_takes_what_the_one_before_takes(desk: Desk, assembly: Callable[..., str]) -> None:
    _deployed(desk, assembly(OpenWeights()))

    storage, copy = _costs(desk, assembly(OpenWeights(inputs="2")))

    assert (storage["usd"], storage["units"]) == (3.9, 2)
    assert storage["madeOf"] == "2 custom model units, as the model before it takes, 1.95 USD for each"
    assert (copy["usd"], copy["units"]) == (pytest.approx(0.11436), 2)


def test_another_architecture_says_nothing_about_units(desk: Desk, assembly: Callable[..., str]) -> None:
    _deployed(desk, assembly(OpenWeights()))
    _upload(desk, "2", "GptOssForCausalLM")

    _, copy = _costs(desk, assembly(OpenWeights(inputs="2")))

    assert (copy["units"], copy["usdPerUnit"]) == (None, 0.1433)


def test_an_adopted_one_is_read(desk: Desk, assembly: Callable[..., str]) -> None:
    app = assembly(OpenWeights())
    [step] = _plan(desk, app)["steps"]
    _import(desk, step["name"])

    [step] = _plan(desk, app)["steps"]

    assert step["action"] == "adopt"
    [copy] = step["costs"]
    assert (copy["per"], copy["units"], copy["madeOf"]) == ("minute", 2, "2 custom model units, 0.05718 USD for each")


def _deployed(desk: Desk, app: str) -> None:
    """The stack of that assembly, with the model that it asks for."""
    [step] = _plan(desk, app)["steps"]
    _import(desk, step["name"])
    template = json.loads((Path(app) / "Models.json").read_text())
    resources = {
        name: (each["Type"], step["name"] if name == step["logicalId"] else name, "CREATE_COMPLETE")
        for name, each in template["Resources"].items()
    }
    desk.stacks.put("Models", "CREATE_COMPLETE", resources)
    desk.stacks.get_template = lambda **_: {"TemplateBody": template}  # type: ignore[attr-defined]


def _import(desk: Desk, job: str) -> None:
    """What an earlier deployment of this construct has left."""
    _, scope, digest = job.rsplit("-", 2)
    tags = {**tags_of(stack_id("Models"), "Assistant", scope=scope), DIGEST_TAG: digest}
    desk.import_job("writer", job=job, tags=tags)
    desk.wait(hours=1)


@pytest.mark.parametrize(
    ("architecture", "name"),
    [
        ("LlamaForCausalLM", "Llama"),
        ("llama", "Llama"),
        ("MllamaForConditionalGeneration", "MLlama"),
        ("MistralForCausalLM", "Mistral"),
        ("T5ForConditionalGeneration", "Flan"),
        ("GPTBigCodeForCausalLM", "GPTBigCode"),
        ("Qwen2VLForConditionalGeneration", "Qwen2VL"),
        ("Qwen2_5_VLForConditionalGeneration", "Qwen2-5-VL"),
        ("GptOssForCausalLM", "OSS"),
    ],
)
def test_an_architecture_has_the_family_of_the_list(architecture: str, name: str) -> None:
    assert family(architecture) == family(name)


@pytest.mark.parametrize(
    ("units", "least", "most"),
    [
        (Units(), 0.05718, 0.1433),
        (Units(version="v2.0"), 0.1433, 0.1433),
        (Units(version="v9.0"), 0.05718, 0.1433),
        (Units(architecture="LlamaForCausalLM", version="v1.0"), 0.05718, 0.05718),
        (Units(architecture="Qwen3ForCausalLM", version="v1.0"), 0.05718, 0.07),
    ],
)
def test_what_is_not_known_of_a_model_leaves_several_prices(
    desk: Desk, units: Units, least: float, most: float
) -> None:
    found = _list(desk).custom_model_unit(RUNNING, units)
    assert found is not None
    assert (found.least, found.most, found.source) == (least, most, "AWS Price List")


@pytest.mark.parametrize(
    ("units", "usd"),
    [
        (Units(architecture="LlamaForCausalLM"), 1.95),
        (Units(architecture="LlamaForCausalLM", version="v1.0"), 1.95),
        (Units(architecture="LlamaForCausalLM", version="v2.0"), None),
        (Units(architecture="MistralForCausalLM"), None),
        (Units(architecture="Llama4ForConditionalGeneration"), None),
        (Units(), None),
    ],
)
def test_without_the_list_only_a_seen_price_is_named(
    desk: Desk, pricing: Pricing, units: Units, usd: float | None
) -> None:
    pricing.denied = True
    found = _list(desk).custom_model_unit(STORED, units)
    assert (found.most if found else None) == usd
    assert found is None or found.source == "prices of 2026-09-12"


def _list(desk: Desk) -> PriceList:
    return PriceList(Context(aws=desk.aws, screen=None, now=desk.clock.now), REGION)  # type: ignore[arg-type]
