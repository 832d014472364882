"""`bedrock-models stop` and `invoke`: exactly what was named is stopped or asked, and everything else is refused."""

import json
from dataclasses import replace

import pytest

from bedrock_models.contract import IMPORTED_MODEL_TYPE, MODEL_CUSTOMIZATION_JOB_TYPE
from tests.cli.conftest import Desk

DEPLOYMENT = "Custom::BedrockCustomModelDeployment"


@pytest.fixture
def live(desk: Desk) -> Desk:
    model = desk.trained()
    desk.deployment(model, "live")
    desk.wait(hours=1)
    desk.stacks.put("Models", "CREATE_COMPLETE", {"Live": (DEPLOYMENT, "live", "CREATE_COMPLETE")})
    return desk


def test_a_run_is_stopped_after_a_question(desk: Desk) -> None:
    desk.job("run")
    desk.answers = ["no"]
    assert desk.run("stop", "run", terminal=True)[1].endswith("Nothing was stopped.\n")
    assert desk.api.get_model_customization_job(jobIdentifier="run")["status"] == "InProgress"

    desk.answers = ["stop"]
    code, screen = desk.run("stop", "run", terminal=True)

    assert code == 0
    assert "What it has trained so far is lost and billed" in screen
    assert desk.api.get_model_customization_job(jobIdentifier="run")["status"] == "Stopping"


def test_the_only_run_of_a_stack_that_goes_on_is_stopped(desk: Desk) -> None:
    desk.trained("done")
    desk.job("run")
    jobs = {name: (MODEL_CUSTOMIZATION_JOB_TYPE, name, "CREATE_COMPLETE") for name in ("done", "run")}
    desk.stacks.put("Models", "CREATE_IN_PROGRESS", jobs)
    assert json.loads(desk.run("stop", "Models", "--yes", "--json")[1])["name"] == "run"


def test_a_run_that_has_ended_is_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.trained("run")
    assert desk.run("stop", "run", "--yes")[0] == 2
    assert "only a run that is InProgress can be stopped, and 'run' is Completed" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["Models", "live"])
def test_a_deployed_model_answers(live: Desk, target: str) -> None:
    code, screen = live.run("invoke", target, "How do I reset it?", "--max-tokens", "20", "--system", "Be short.")
    assert (code, screen.startswith("Answered by arn:aws:bedrock:")) == (0, True)


@pytest.mark.parametrize("target", ["Models", "writer"])
def test_an_imported_model_answers_by_its_own_arn(desk: Desk, target: str) -> None:
    arn = desk.imported("writer")
    desk.stacks.put("Models", "CREATE_COMPLETE", {"Writer": (IMPORTED_MODEL_TYPE, "writer-job", "CREATE_COMPLETE")})
    desk.bedrock.config.timings = replace(desk.bedrock.config.timings, model_copy=0)

    assert desk.run("invoke", target, "Hello") == (0, f"Answered by {arn}\n")


def test_json_has_the_whole_answer(live: Desk) -> None:
    answer = json.loads(live.run("invoke", "live", "Hello", "--json")[1])
    assert answer["usage"]["totalTokens"] == 2
    assert ":custom-model-deployment/" in answer["modelId"]


@pytest.mark.parametrize(
    ("target", "prompt", "said"),
    [
        ("nothing", "Hello", "no stack, deployment, throughput or imported model is named 'nothing'"),
        ("live", " ", "PROMPT must have some text"),
        ("arn:aws:bedrock:us-east-1:1:custom-model/a/b", "Hello", "is invoked through its deployment"),
    ],
)
def test_what_cannot_be_asked_is_a_wrong_argument(
    live: Desk, capsys: pytest.CaptureFixture[str], target: str, prompt: str, said: str
) -> None:
    assert live.run("invoke", target, prompt)[0] == 2
    assert said in capsys.readouterr().err
