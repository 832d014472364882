"""`bedrock-models plot`: finds the losses wherever Bedrock put them, and draws them."""

from pathlib import Path

import pytest

from bedrock_models.bedrock import losses
from tests.cli.conftest import Desk

PNG = b"\x89PNG\r\n\x1a\n"


def test_the_curves_are_drawn_with_their_last_and_lowest_values(desk: Desk) -> None:
    desk.trained()
    code, screen = desk.run("plot", "run")
    assert code == 0
    assert "training loss  first 1.65, last 0.25" in screen
    assert "validation loss  first 0.5945, last 0.375, lowest 0.375 at step 39" in screen
    assert "\x1b" not in screen


def test_a_picture_is_written(desk: Desk, tmp_path: Path) -> None:
    desk.trained()
    path = tmp_path / "losses.png"
    code, screen = desk.run("plot", "run", "--quiet", "--output", str(path))
    assert (code, screen) == (0, f"written: {path}\n")
    assert path.read_bytes().startswith(PNG)


def test_a_run_that_goes_on_says_when_there_will_be_losses(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.job()
    assert desk.run("plot", "run")[0] == 2
    assert "the run 'run' is InProgress; Bedrock writes the losses into s3://data/out/ when it is done" in (
        capsys.readouterr().err
    )


def test_another_layout_is_found_by_the_runs_id(desk: Desk) -> None:
    job_id = desk.job().rpartition("/")[2]
    desk.objects.put("data", f"out/{job_id}/metrics/TRAIN.CSV", b"Step,Training_Loss\n5,0.9\n6,0.8\n")
    desk.objects.put("data", "out/another-run/metrics.csv", b"step,training_loss\n1,9\n")
    assert "first 0.9, last 0.8" in desk.run("plot", "run")[1]


def test_what_lies_beside_the_metrics_is_not_read(desk: Desk) -> None:
    desk.trained()
    [folder] = {key.split("/")[1] for bucket, key in desk.objects.stored if bucket == "data" and "out/model-" in key}
    losses_of_data = b"step,training_loss\n1,9\n"
    desk.objects.put("data", "out/.write_access_check_file.temp", b"")
    desk.objects.put("data", f"out/{folder}/validated_data/train.csv", losses_of_data)
    desk.objects.put("data", f"out/{folder}/input_status/files.csv", losses_of_data)
    screen = desk.run("plot", "run")[1]
    assert "training loss  first 1.65, last 0.25" in screen
    assert screen.count("training loss  first") == 1


@pytest.mark.parametrize(
    ("text", "curves"),
    [
        (
            "step_number,epoch_number,training_loss,perplexity\n0,0,2.0,7\n1,0,1.5,4\n",
            [("training", (0, 1), (2.0, 1.5))],
        ),
        ("epoch_number, validation_loss\n0,0.5\n1,0.4\n", [("validation", (0, 1), (0.5, 0.4))]),
        (
            "step,training_loss,validation_loss\n0,2,\n1,1,0.5\n",
            [("training", (0, 1), (2, 1)), ("validation", (1,), (0.5,))],
        ),
        ("step,training_loss\n0,nan-ish\n", []),
        ("prompt,accepted\nhello,yes\n", []),
        ("", []),
    ],
)
def test_a_file_is_read_by_its_columns(
    text: str, curves: list[tuple[str, tuple[float, ...], tuple[float, ...]]]
) -> None:
    assert [(found.kind, found.steps, found.values) for found in losses.parse(text, "s3://x")] == curves


def test_a_stack_of_several_runs_asks_which(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    kind = "Custom::BedrockModelCustomizationJob"
    desk.job("one")
    desk.job("two")
    desk.stacks.put("Models", "CREATE_COMPLETE", {name: (kind, name, "CREATE_COMPLETE") for name in ("one", "two")})
    assert desk.run("plot", "Models")[0] == 2
    assert "has 2 training runs; name one of them:\n  one\n  two" in capsys.readouterr().err
