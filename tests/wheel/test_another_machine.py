"""A deployment from another machine changes nothing: templates and assets are the same, byte for byte."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.apps import ROOT, own_context
from tests.wheel.conftest import Machine, sources

# With what the CDK CLI adds.
CONTEXT = own_context() | {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From the checkout."""
    return synthesized(
        Machine(python=Path(sys.executable), library=ROOT / "constructs_lib", home=Path.home()),
        app=ROOT / "app.py",
        out=tmp_path_factory.mktemp("cdk.out"),
        umask=0o022,
        PYTHONPATH=str(ROOT),
        PYTHONHASHSEED="1",
        TZ="UTC",
    )


@pytest.fixture(scope="module")
def there(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From the wheel, where everything that may differ does."""
    project = tmp_path_factory.mktemp("an other project")
    shutil.copy(ROOT / "app.py", project)
    shutil.copytree(ROOT / "examples", project / "examples")
    leave_behind(machine.library / "_lambda")
    return synthesized(
        machine,
        app=project / "app.py",
        out=tmp_path_factory.mktemp("other.out"),
        umask=0o077,
        PYTHONHASHSEED="2",
        TZ="Pacific/Kiritimati",
        LC_ALL="tr_TR.UTF-8",
    )


def test_templates_and_assets_are_the_same(here: Path, there: Path) -> None:
    assert contents(there) == contents(here)


def test_the_asset_holds_all_of_the_functions_code(here: Path) -> None:
    [code] = [path.parent for path in here.glob("asset.*/index.py")]
    assert sources(code) == sources(ROOT / "lambda")


def test_lambda_may_read_the_functions_whatever_the_umask(there: Path) -> None:
    modes = {path.stat().st_mode & 0o777 for path in there.rglob("asset.*/**/*.py")}
    assert modes == {0o644}


def test_the_construct_tree_tells_the_types_of_our_resources(here: Path) -> None:
    found = set(re.findall(r'"aws:cdk:cloudformation:type":\s*"(Custom::\w+)"', (here / "tree.json").read_text()))
    assert {"Custom::BedrockCustomModel", "Custom::BedrockModelCustomizationJob"} <= found


def synthesized(machine: Machine, *, app: Path, out: Path, umask: int, **environment: str) -> Path:
    variables = {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(CONTEXT), "CDK_VALIDATION": "false"}
    machine.run(str(app), cwd=app.parent, umask=umask, env=variables | environment)
    return out


def leave_behind(folder: Path) -> None:
    """What tools, editors and other systems leave: bytecode, caches, swap files, line endings."""
    for name in ("__pycache__/index.pyc", "provider/.index.py.swp", ".DS_Store", ".idea/modules.json", "notes.txt~"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("left behind")
    index = folder / "index.py"
    index.write_bytes(index.read_bytes().replace(b"\n", b"\r\n"))
    os.utime(index, (0, 0))


def contents(assembly: Path) -> dict[str, str]:
    """What is deployed: templates, the lists of assets, and the assets, whose lines may end either way."""
    deployed = [*assembly.glob("*.template.json"), *assembly.glob("*.assets.json"), *assembly.glob("asset.*/**/*.*")]
    return {str(path.relative_to(assembly)): path.read_text() for path in deployed if path.is_file()}
