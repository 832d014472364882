"""What we make is the same in a project of today, with every recommended flag, and in one that has set none."""

import json
from pathlib import Path
from typing import Any

import pytest

from local import toolchain
from tests.support import apps

# The CLI's script lies in the package whose `cdk init` would write them.
RECOMMENDED = (
    Path(toolchain.cdk_command([])[1]).parents[1] / "lib" / "init-templates" / ".recommended-feature-flags.json"
)
FLAGS = {"a project of today": json.loads(RECOMMENDED.read_text()), "none": {}}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, apps.Templates]:
    return {name: synthesized(tmp_path_factory.mktemp("cdk.out"), flags) for name, flags in FLAGS.items()}


def synthesized(folder: Path, flags: dict[str, Any]) -> apps.Templates:
    context = {**flags, "training_job": "their-job"}
    return apps.synthesize_elsewhere(folder, "app", context=context)["app"]


def test_cloudformation_takes_the_template_of_a_new_project(templates: dict[str, apps.Templates]) -> None:
    assert apps.findings(templates["a project of today"]["CustomModels"]) == []


def test_no_flag_gives_a_resource_of_ours_another_logical_id(templates: dict[str, apps.Templates]) -> None:
    today, none = templates.values()
    assert ids(today) == ids(none)
    assert any("BedrockModelProviderEvents" in each for each in ids(today).values())


def ids(templates: apps.Templates) -> dict[str, list[str]]:
    """Of our stacks' resources, without those that flags add to other constructs."""
    return {
        stack: sorted(name for name in template["Resources"] if "LogGroup" not in name)
        for stack, template in templates.items()
    }
