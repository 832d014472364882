"""`python -m local`, as a user calls it."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local import cdk

PROJECT = Path(__file__).resolve().parents[3]


def test_help_explains_every_command() -> None:
    text = _local("--help").stdout
    assert all(command in text for command in ("up", "down", "env", "demo", "deploy", "destroy", "synth"))


def test_an_app_that_is_no_file_is_refused() -> None:
    ran = _local("demo", "--app", "no-such-app.py")
    assert ran.returncode == 2
    assert "--app must name a CDK app" in ran.stdout


@pytest.mark.cli
def test_demo_deploys_an_app_with_the_real_cli_and_leaves_nothing(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    app.write_text(
        textwrap.dedent(
            """
            import os

            os.environ["CDK_VALIDATION"] = "false"

            import aws_cdk as cdk
            from aws_cdk import aws_sqs

            app = cdk.App()
            aws_sqs.Queue(cdk.Stack(app, "Tiny"), "Queue")
            app.synth()
            """
        )
    )

    ran = _local("demo", "--app", str(app))

    assert ran.returncode == 0, ran.stdout
    assert "Tiny: destroyed" in ran.stdout
    assert "nothing is left running" in ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["app.py"]


@pytest.mark.cli
def test_an_app_in_a_folder_of_its_own_finds_the_library(tmp_path: Path) -> None:
    app = PROJECT / "examples" / "import_and_serve" / "app.py"

    ran = _local("synth", "--app", cdk.unchecked(app), "--output", str(tmp_path), "--quiet")

    assert ran.returncode == 0, ran.stdout
    assert (tmp_path / "ImportAndServe.template.json").is_file()


def _local(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120
    )
