"""How the local AWS runs an app: as the project that it belongs to would."""

import json
import os
import sys
from pathlib import Path

import pytest

from local.app import App, stack_names
from local.aws.process import PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project beside the checkout, as docs/start.md makes one."""
    (tmp_path / "app.py").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    _cdk_json(tmp_path, ".venv/bin/python app.py")
    return tmp_path


def _cdk_json(folder: Path, command: str) -> None:
    (folder / "cdk.json").write_text(json.dumps({"app": command}))


def test_a_project_is_run_by_its_own_cdk_json_with_its_own_environment(project: Path) -> None:
    for path in (project / "app.py", project):
        app = App(path)
        assert (app.exists, app.project, app.options) == (True, project, [])
        assert app.environment["PATH"].split(os.pathsep)[0] == str(project / ".venv" / "bin")
        assert "PYTHONPATH" not in app.environment


def test_another_app_of_a_project_runs_in_the_same_environment(project: Path) -> None:
    (project / "other.py").touch()
    app = App(project / "other.py")
    assert app.options == ["--app", f"{project / '.venv' / 'bin' / 'python'} {project / 'other.py'}"]
    assert "PYTHONPATH" not in app.environment


def test_a_project_without_an_environment_has_that_of_the_terminal(project: Path) -> None:
    (project / ".venv" / "bin" / "python").unlink()
    (project / ".venv" / "bin").rmdir()
    assert App(project / "app.py").environment == {"PATH": os.environ["PATH"]}


def test_a_file_without_a_project_borrows_the_checkouts_python_and_library(tmp_path: Path) -> None:
    (tmp_path / "app.py").touch()
    app = App(tmp_path / "app.py")
    assert app.options == ["--app", f"{sys.executable} {tmp_path / 'app.py'}"]
    assert app.environment["PYTHONPATH"].split(os.pathsep)[0] == str(PROJECT)


def test_an_example_runs_with_the_checkouts_context_and_library() -> None:
    app = App(PROJECT / "examples" / "teams" / "app.py")
    assert app.project == PROJECT
    assert app.options[1].endswith("examples/teams/app.py")
    assert app.environment["PYTHONPATH"].split(os.pathsep)[0] == str(PROJECT)


def test_stacks_of_stages_are_found_by_the_names_they_are_deployed_under(tmp_path: Path) -> None:
    stage = tmp_path / "assembly-Prod"
    stage.mkdir()
    stack = {
        "type": "aws:cloudformation:stack",
        "displayName": "Prod/Models",
        "properties": {"stackName": "Prod-Models"},
    }
    (stage / "manifest.json").write_text(json.dumps({"artifacts": {"ProdModels": stack, "Tree": {"type": "cdk:tree"}}}))
    plain = {"type": "aws:cloudformation:stack", "displayName": "Models"}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"Models": plain}}))
    assert stack_names(tmp_path) == {"Prod-Models", "Models"}
