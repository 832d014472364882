from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance import deployment
from acceptance.app import build
from acceptance.run import Run
from local import cdk
from local.aws import LocalAws, RunningAws, Settings
from tests.support.cloudformation import deploy_template, publish_assets
from tests.support.synth import staged_app

# A minute of Bedrock's time passes in a second.
_SCALE = 60
_SHORT = ("model_import", "model_import_job", "job_queue", "job_validation", "job_data_processing", "job_stop")


@pytest.fixture(scope="session")
def account() -> Iterator[RunningAws]:
    """The local AWS as the account of an acceptance run, with IAM enforced and bootstrapped."""
    with LocalAws(Settings(time_scale=_SCALE, longest_answer=60, cleanup_attempts=1)) as aws:
        cdk.bootstrap(aws)
        # A run goes on until it is stopped, and a deployment is seen while it is being created.
        aws.bedrock("timings", {**dict.fromkeys(_SHORT, 30), "deployment": 180, "job_training": 86400})
        yield aws


@pytest.fixture
def here(account: RunningAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningAws]:
    """The same as what this process's credentials and endpoints name, without profiles."""
    for name, value in account.env.items():
        if name.startswith(("AWS_", "NODE_", "NO_PROXY", "no_proxy")):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("CDK_VALIDATION", "false")
    yield account
    account.bedrock("profiles", {"profiles": []})
    account.bedrock("lifecycles", {"model_id": "amazon.nova-lite-v1:0"})


@pytest.fixture
def without_cli(here: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys the same templates without the CDK CLI and a process for the app: a second, where those take four."""

    def deploy(run: Run, name: str, stage: str) -> int:
        app = staged_app(outdir=str(run.folder / "cdk.out" / stage))
        build(app, deployment.context(run, stage))
        assembly = app.synth()
        publish_assets(here, Path(assembly.directory))
        stack = assembly.get_stack_by_name(name)
        return int("FAILED" in deploy_template(here, name, stack.template, tags=stack.tags).status)

    monkeypatch.setattr(deployment, "_cdk", deploy)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports"
