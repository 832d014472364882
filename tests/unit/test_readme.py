"""What the README shows is correct: every Python block is type-checked and synthesized."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("readme")
    paths = [folder / f"block{number}.py" for number in range(len(BLOCKS))]
    for path, block in zip(paths, BLOCKS, strict=True):
        path.write_text(block)
    return paths


def test_the_blocks_are_well_typed(scripts: list[Path]):
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", *map(str, scripts)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_synthesizes(scripts: list[Path], number: int, tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CDK_OUTDIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, str(scripts[number])], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert list(tmp_path.glob("*.template.json"))
