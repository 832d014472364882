"""Step 5 of an acceptance run against the local AWS: an import of open weights, and that nothing of it is left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from acceptance.probe import PROBES
from local.aws import RunningAws
from tests.acceptance.test_acceptance import ROOT, of, run, stacks, things
from tests.e2e.stage import WEIGHTS

BUCKET = "open-weights-of-an-acceptance-run"
URI = f"s3://{BUCKET}/writer/"


@pytest.fixture
def weights(here: RunningAws) -> str:
    s3 = here.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for file in WEIGHTS:
        body = json.dumps({"architectures": ["LlamaForCausalLM"]}).encode()
        s3.put_object(Bucket=BUCKET, Key=f"writer/{file}", Body=body)
    return URI


@pytest.mark.usefixtures("without_cli")
def test_an_import_settles_what_is_open_of_imports_and_leaves_nothing(
    here: RunningAws, folder: Path, weights: str
) -> None:
    code, found = run(here, folder, "5", "--budget", "20", "--weights", weights)

    assert (code, of("refuted", found)) == (0, set())
    settled = {each for probe in PROBES.values() if probe.step == 5 for each in probe.settles}
    # The local AWS counts no invocations.
    assert settled - of("confirmed", found) == {"imported-model-metrics"}
    assert (stacks(here), things(here), found["left"]) == ([], [], [])


def test_without_weights_the_step_is_skipped_and_says_so(here: RunningAws, folder: Path) -> None:
    code, found = run(here, folder, "5", "--budget", "20")

    assert code == 4
    assert found["steps"][0]["why"] == "WEIGHTS=s3://... must name the folder of open weights to import, got none"


def test_an_import_in_progress_is_waited_for_and_its_model_deleted(
    here: RunningAws, folder: Path, weights: str
) -> None:
    given = ["--endpoint-url", here.endpoint, "--steps", "5", "--yes", "--budget", "20", "--pause", "0.2"]
    command = [sys.executable, "-m", "acceptance", *given, "--weights", weights, "--folder", str(folder)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'cli'}"}
    # Long enough that the import that is interrupted is still going on.
    here.bedrock("timings", {"model_import_job": 300})
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as acceptance:
        deadline = time.monotonic() + 120
        while not _raw(here) and time.monotonic() < deadline:
            time.sleep(0.05)
        acceptance.send_signal(signal.SIGINT)
        assert acceptance.wait(180) == 4
    here.bedrock("timings", {"model_import_job": 30})

    assert (stacks(here), things(here)) == ([], [])


def _raw(here: RunningAws) -> bool:
    return any(each.startswith("acceptance-") and each.endswith("-raw") for each in things(here))
