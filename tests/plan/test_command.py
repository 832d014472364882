"""What the command says: over a Bedrock in memory, of an assembly that is written out here."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from syrupy.assertion import SnapshotAssertion

from bedrock_models.contract import INVOCATION_LOGGING_TYPE, LOGGING_RECORD
from bedrock_models.plan import cost, provider_code
from tests.cli.conftest import ROLE, Desk, desk, tags_of
from tests.cli.fakes import ACCOUNT, REGION, stack_id
from tests.faults.templates import (
    NOVA_LITE,
    Deployment,
    Import,
    Logging,
    Model,
    Throughput,
    Training,
    logging_to,
    template,
)
from tests.plan.twin import as_json

__all__ = ["desk"]

PlannedBy = Callable[..., int]
RECORD = {"messages": [{"role": "user", "content": [{"text": "x" * 40_000}]}]}


class Pricing:
    """The Price List, as far as it tells of customization."""

    def __init__(self) -> None:
        self.products = [
            _product("USE1-NovaLite-Customization-Training", "1K tokens", 0.002),
            _product("USE1-NovaLite-Customization-Storage", "month", 1.95),
            _product("USE1-NovaMicro-ProvisionedThroughput-NoCommit-ModelUnits", "hour", 20.0),
        ]
        self.denied = False

    def get_paginator(self, operation: str) -> Any:
        assert operation == "get_products"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, ServiceCode: str, Filters: list[dict[str, str]]) -> Iterator[dict[str, Any]]:  # noqa: N803
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetProducts")
        wanted = {each["Field"]: each["Value"] for each in Filters}
        assert (ServiceCode, wanted["regionCode"]) == ("AmazonBedrock", REGION)
        fitting = [each for each in self.products if wanted["usagetype"] in each["product"]["attributes"]["usagetype"]]
        yield {"PriceList": [json.dumps(each) for each in fitting]}


def _product(usage: str, unit: str, usd: float) -> dict[str, Any]:
    dimension = {"unit": unit, "pricePerUnit": {"USD": str(usd)}}
    terms = {"OnDemand": {"term": {"priceDimensions": {"dimension": dimension}}}}
    return {"product": {"attributes": {"usagetype": usage}}, "terms": terms}


@pytest.fixture
def pricing(desk: Desk) -> Pricing:
    found = Pricing()
    desk.aws._clients |= {"pricing": found, "stepfunctions": None, "ec2": None, "ssm": desk.ssm}
    return found


@pytest.fixture
def assembly(tmp_path: Path) -> Callable[..., str]:
    """Writes one of a stack `Models` with these constructs."""

    def write(*models: Model, environment: str = "aws://unknown-account/unknown-region", name: str = "Models") -> str:
        made = as_json(template(*models), tmp_path)
        (tmp_path / f"{name}.json").write_text(json.dumps(made))
        (tmp_path / "train.jsonl").write_text(f"{json.dumps(RECORD)}\n" * 10)
        keys = [
            resource["Properties"].get("Settings", {}).get("Request", {}) for resource in made["Resources"].values()
        ]
        uris = [each["trainingDataConfig"]["s3Uri"] for each in keys if "trainingDataConfig" in each]
        files = {
            str(number): {
                "displayName": "Assistant/TrainingData",
                "source": {"path": "train.jsonl"},
                "destinations": {"here": {"objectKey": uri.rpartition("/")[2]}},
            }
            for number, uri in enumerate(uris)
        }
        (tmp_path / f"{name}.assets.json").write_text(json.dumps({"files": files}))
        stack = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": f"{name}.json"},
        }
        (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {name: stack}}))
        return str(tmp_path)

    return write


@pytest.fixture
def planned_by(desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> PlannedBy:
    """Plans one training for an environment; the exit code."""
    assert pricing.products
    return lambda environment, *options: desk.run(
        "plan", "--app", assembly(Training(), environment=environment), *options
    )[0]


class _Nobody:
    """AWS without credentials."""

    region = REGION

    def __init__(self, desk: Desk) -> None:
        self.client = desk.aws.client

    @property
    def account(self) -> str:
        raise NoCredentialsError


ALL = (Training(), Import(id="Imported"), Deployment(), Throughput())


def test_everything_is_new(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str], snapshot: SnapshotAssertion
) -> None:
    code, shown = desk.run("plan", "--app", assembly(*ALL))
    assert code == 0
    assert pricing.products
    assert shown == snapshot


def test_in_a_terminal_it_says_the_same(desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> None:
    assert pricing.products
    app = assembly(*ALL)
    assert desk.run("plan", "--app", app, terminal=True)[1] == desk.run("plan", "--app", app)[1]


def test_markdown_for_a_comment(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str], snapshot: SnapshotAssertion
) -> None:
    assert pricing.products
    assert desk.run("plan", "--app", assembly(*ALL), "--markdown")[1] == snapshot


def test_a_price_is_multiplied_out_and_its_source_named(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str]
) -> None:
    assert pricing.products
    [step] = _plan(desk, assembly(Training()))["steps"]
    training, storage = step["costs"]
    # 10 records of 40,000 characters are 100,000 tokens; Nova trains two epochs if nobody says otherwise.
    assert step["data"] == {
        "source": "Assistant/TrainingData",
        "records": 10,
        "characters": 400_000,
        "tokens": 100_000,
        "epochs": 2,
        "isEstimate": False,
    }
    assert (training["usd"], training["per"], training["source"]) == (0.4, "once", "AWS Price List")
    assert (storage["usd"], storage["per"]) == (1.95, "month")


def test_without_the_permission_a_price_is_unknown_and_that_is_too_much(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str]
) -> None:
    pricing.denied = True
    code, shown = desk.run("plan", "--app", assembly(Training()), "--max-cost", "1000000")
    assert code == 4
    assert "training: price unknown, see pricing page" in shown
    assert "--max-cost 1e+06: about 0.00 USD in the first month, and 2 more whose price is not known" in shown


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ("3", 3),
        ("3.0", 3),
        ("1.0E1", 10),
        ("2e0", 2),
        (4, 4),
        ("0", None),
        ("1.5", None),
        ("Auto", None),
        ("NaN", None),
        ("", None),
        (None, None),
    ],
)
def test_a_count_is_read_in_every_form_that_the_api_writes(given: object, count: int | None) -> None:
    assert cost.whole_number(given) == count


@pytest.mark.parametrize(("limit", "code"), [("14603", 0), ("14601", 4)])
def test_the_first_month_counts(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str], limit: str, code: int
) -> None:
    assert pricing.products
    # 730 hours of throughput for 20 USD, a training, and a month of its storage.
    assert desk.run("plan", "--app", assembly(Training(), Throughput()), "--max-cost", limit)[0] == code


def test_a_full_quota_is_a_queue_or_without_a_wait_a_refusal(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str]
) -> None:
    assert pricing.products
    desk.quotas.jobs = 1
    desk.job("another", baseModelIdentifier=NOVA_LITE)

    [step] = _plan(desk, assembly(Training()))["steps"]
    assert (step["action"], step["queued"]) == ("train", "1 training jobs are in progress, and 1 may be.")
    [step] = _plan(desk, assembly(Training(quota_waits=False)), code=1)["steps"]
    assert step["action"] == "refuse"
    assert "With wait=False nobody queues for it" in step["text"]


def test_what_such_runs_took_here_stands_beside_the_timeout(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str]
) -> None:
    assert pricing.products
    desk.trained("earlier", baseModelIdentifier=NOVA_LITE, customizationType="FINE_TUNING")

    [step] = _plan(desk, assembly(Training()))["steps"]

    assert step["usual"] == {
        "runs": 1,
        "medianSeconds": 4 * 3600,
        "shortestSeconds": 4 * 3600,
        "longestSeconds": 4 * 3600,
    }
    [warning] = step["warnings"]
    assert warning.startswith("waits for 16 min, and such runs took up to 4 h 0 min here")


def test_without_credentials_everything_is_taken_for_new_and_that_is_said(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pricing.products
    monkeypatch.setattr(desk, "aws", _Nobody(desk))
    planned = _plan(desk, assembly(Training()))
    assert planned["account"] is None
    assert [step["action"] for step in planned["steps"]] == ["train"]
    assert planned["notes"][0].startswith("no credentials: nothing was asked of AWS")


@pytest.mark.parametrize(
    ("words", "code"),
    [("train", 3), ("paid", 3), ("delete,stop", 0), ("replace", 0), ("buy", 0)],
)
def test_a_gate_fails_on_what_it_names(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str], words: str, code: int
) -> None:
    assert pricing.products
    assert desk.run("plan", "--app", assembly(Training()), "--fail-on", words)[0] == code


def test_what_is_unknown_counts_as_everything(desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> None:
    assert pricing.products
    folder = Path(assembly(Training()))
    made = json.loads((folder / "Models.json").read_text())
    made["Resources"]["Assistant"]["Properties"]["RunInputs"]["revision"] = {"Fn::GetAtt": ["Lookup", "Value"]}
    made["Resources"]["Lookup"] = {"Type": "Custom::Lookup"}
    (folder / "Models.json").write_text(json.dumps(made))

    [step] = _plan(desk, str(folder), "--fail-on", "delete", code=3)["steps"]

    assert step["action"] == "unknown"
    assert step["text"] == "it depends on what cannot be read before the deployment: Lookup.Value"


def test_a_missing_permission_is_named(desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> None:
    assert pricing.products

    class Denied:
        meta = desk.api.meta

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.api, name)

        def get_model_customization_job(self, **_: Any) -> Any:
            raise _denied("GetModelCustomizationJob")

        def list_model_customization_jobs(self, **_: Any) -> Any:
            raise _denied("ListModelCustomizationJobs")

    desk.aws._clients["bedrock"] = Denied()
    planned = _plan(desk, assembly(Training(), Throughput()))
    assert [step["action"] for step in planned["steps"]] == ["unknown", "buy"]
    note = "these credentials may not do bedrock:GetModelCustomizationJob: allow it, and the plan tells more"
    assert note in planned["notes"]


@pytest.mark.parametrize(
    ("environment", "options", "said"),
    [
        ("aws://999999999999/us-east-1", (), "is for 999999999999 in us-east-1, and these credentials are for 123456"),
        (f"aws://{ACCOUNT}/eu-west-1", (), "in eu-west-1, and these credentials are for 123456789012 in us-east-1"),
        ("", ("--stack", "Other"), "--stack must name a stack of the assembly, got 'Other'; it has: Models"),
        ("", ("--parameters", "x"), "--parameters must be NAME=VALUE or STACK:NAME=VALUE, got 'x'"),
    ],
)
def test_what_cannot_be_planned_is_said(
    planned_by: PlannedBy, capsys: pytest.CaptureFixture[str], environment: str, options: tuple[str, ...], said: str
) -> None:
    assert planned_by(environment, *options) == 2
    assert said in capsys.readouterr().err


def test_no_assembly_is_said(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for app, said in (("cdk.out", "which is not there; run cdk synth"), ("empty", "which has no manifest.json")):
        code, _ = desk.run("plan", "--app", str(tmp_path / app))
        assert code == 2
        assert said in capsys.readouterr().err


def test_a_stack_in_operation_is_not_planned(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert pricing.products
    desk.stacks.put("Models", "UPDATE_IN_PROGRESS", {})
    desk.stacks.get_template = lambda **_: {"TemplateBody": {"Resources": {}}}  # type: ignore[attr-defined]
    assert desk.run("plan", "--app", assembly(Training()))[0] == 2
    assert "the stack 'Models' is UPDATE_IN_PROGRESS: what is planned now would not hold" in capsys.readouterr().err


def test_an_assembly_of_another_app_is_said(desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> None:
    assert pricing.products
    desk.stacks.put("Models", "UPDATE_COMPLETE", {"Topic": ("AWS::SNS::Topic", "arn", "CREATE_COMPLETE")})
    desk.stacks.get_template = lambda **_: {"TemplateBody": {"Resources": {}}}  # type: ignore[attr-defined]
    [note] = _plan(desk, assembly(Training()))["notes"]
    assert note.startswith("nothing of the deployed stack Models is in this assembly: it may be another app's")


def test_an_assembly_of_another_version_of_the_library_is_refused(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert pricing.products
    folder = Path(assembly(Training()))
    for path in provider_code.FOLDER.glob("provider/**/*.py"):
        copy = folder / "asset.0123" / path.relative_to(provider_code.FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert desk.run("plan", "--app", str(folder))[0] == 0
    (folder / "asset.0123" / "provider" / "wait.py").write_text("# of another release")

    assert desk.run("plan", "--app", str(folder))[0] == 2
    assert "was made by another version of the library than this command line (wait.py differs)" in (
        capsys.readouterr().err
    )


def test_a_word_that_no_plan_has_is_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        desk.run("plan", "--fail-on", "training")
    assert "must be of paid, train, import" in capsys.readouterr().err


def test_a_collision_of_names_is_refused_as_the_deployment_would(
    desk: Desk, pricing: Pricing, assembly: Callable[..., str]
) -> None:
    assert pricing.products
    desk.trained("taken", customModelName="support", roleArn=ROLE)
    folder = Path(assembly(Training()))
    made = json.loads((folder / "Models.json").read_text())
    made["Resources"]["Assistant"]["Properties"]["RunInputs"]["customModelName"] = "support"
    (folder / "Models.json").write_text(json.dumps(made))

    [step] = _plan(desk, str(folder), code=1)["steps"]

    assert "Nothing was started: a custom model named 'support' exists already" in step["text"]


def _denied(operation: str) -> ClientError:
    text = f"User: x is not authorized to perform: bedrock:{operation}"
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": text}}, operation)


def _plan(desk: Desk, app: str, *options: str, code: int = 0) -> dict[str, Any]:
    got, shown = desk.run("plan", "--app", app, "--json", *options)
    assert got == code, shown
    planned: dict[str, Any] = json.loads(shown)
    return planned


class TestTrainingJob:
    """Of SageMaker AI, whose checkpoint is imported."""

    def test_is_read_as_the_deployment_will_read_it(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str]
    ) -> None:
        assert pricing.products
        desk.sagemaker.jobs.put("nova", "s3://data/nova/")
        desk.objects.put("data", "nova/nova/manifest.json", b'{"checkpoint_s3_bucket": "s3://customer-escrow-1/a"}')
        [step] = _plan(desk, assembly(Import(training_job="nova")))["steps"]
        assert step["action"] == "import"
        # Whoever asks again is answered with the whole manifest again.
        [step] = _plan(desk, assembly(Import(training_job="nova", adopt=True)))["steps"]
        assert step["action"] == "import"

    def test_that_has_not_come_to_its_end_is_refused(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str]
    ) -> None:
        assert pricing.products
        desk.sagemaker.jobs.put("nova", "s3://data/nova/", status="InProgress")
        [step] = _plan(desk, assembly(Import(training_job="nova")), code=1)["steps"]
        assert step["action"] == "refuse"
        assert "the training job 'nova' is InProgress" in step["text"]

    def test_whose_model_is_there_already_adopts_it(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str]
    ) -> None:
        assert pricing.products
        uri = "s3://customer-escrow-1-smtj-a/1/"
        desk.objects.put("customer-escrow-1-smtj-a", "1/weights", b"x")
        desk.api.create_custom_model(
            modelName="made-by-the-sdk",
            modelSourceConfig={"s3DataSource": {"s3Uri": uri}},
            roleArn=ROLE,
            modelTags=[{"key": "sagemaker.amazonaws.com/model-source", "value": uri}],
        )
        desk.wait(hours=1)
        [step] = _plan(desk, assembly(Import(adopt=True)))["steps"]
        assert (step["action"], "made-by-the-sdk" in json.dumps(step)) == ("adopt", True)
        [step] = _plan(desk, assembly(Import()))["steps"]
        assert step["action"] == "import"

    def test_without_credentials_is_taken_for_completed(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert pricing.products
        monkeypatch.setattr(desk, "aws", _Nobody(desk))
        [step] = _plan(desk, assembly(Import(training_job="nova")))["steps"]
        assert step["action"] == "import"


class TestInvocationLogging:
    def step(self, desk: Desk, app: str, *, code: int = 0) -> dict[str, Any]:
        [found] = [each for each in _plan(desk, app, code=code)["steps"] if each["kind"] == "invocation logging"]
        return {name: found[name] for name in ("action", "text")}

    def configure(self, desk: Desk, bucket: str) -> None:
        desk.objects.put(bucket, "there", b"")
        desk.api.put_model_invocation_logging_configuration(loggingConfig=logging_to(bucket.removeprefix("logs-")))

    def deployed(self, desk: Desk, tmp_path: Path, model: Logging) -> None:
        """As the stack was deployed: the configuration, and the record of whose it is."""
        self.configure(desk, f"logs-{model.inputs}")
        tags = tags_of(stack_id("Models"), model.id)
        theirs = {"configuration": logging_to("theirs")}
        own = {"configuration": logging_to(model.inputs), "tags": tags}
        desk.ssm.versions[LOGGING_RECORD] = [json.dumps({"layers": [theirs, own]})]
        resources = {model.id: (INVOCATION_LOGGING_TYPE, "model-invocation-logging", "CREATE_COMPLETE")}
        desk.stacks.put("Models", "CREATE_COMPLETE", resources)
        made = as_json(template(model), tmp_path)
        desk.stacks.get_template = lambda **_: {"TemplateBody": made}  # type: ignore[attr-defined]

    def test_the_first_one(self, desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> None:
        assert pricing.products
        assert self.step(desk, assembly(Logging())) == {"action": "configure", "text": "turns invocation logging on"}
        assert desk.ssm.parameters == {}

    def test_another_configuration_is_a_refusal(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str]
    ) -> None:
        assert pricing.products
        self.configure(desk, "logs-theirs")
        found = self.step(desk, assembly(Logging()), code=1)
        assert (found["action"], "logs-theirs" in found["text"]) == ("refuse", True)

    def test_an_adoption_says_that_the_other_is_put_back(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str]
    ) -> None:
        assert pricing.products
        self.configure(desk, "logs-theirs")
        assert self.step(desk, assembly(Logging(adopt=True))) == {
            "action": "configure",
            "text": "turns invocation logging on, over a configuration that is put back when this goes",
        }

    def test_a_change_is_in_place(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str], tmp_path: Path
    ) -> None:
        assert pricing.products
        self.deployed(desk, tmp_path, Logging())
        found = self.step(desk, assembly(Logging(inputs="2")))
        assert (found["action"], found["text"].startswith("changes in place: ")) == ("update", True)

    def test_a_removal_puts_back_what_was_there(
        self, desk: Desk, pricing: Pricing, assembly: Callable[..., str], tmp_path: Path
    ) -> None:
        assert pricing.products
        self.deployed(desk, tmp_path, Logging())
        # Another resource stays the same, or the assembly would be taken for another app's.
        made = as_json(template(Logging(), Import(), version="1"), tmp_path)
        desk.stacks.get_template = lambda **_: {"TemplateBody": made}  # type: ignore[attr-defined]
        desk.stacks.stacks[stack_id("Models")]["resources"]["Neighbor"] = ("Neighbor", "neighbor", "CREATE_COMPLETE")
        assert self.step(desk, assembly(Import())) == {
            "action": "configure",
            "text": "the configuration of invocation logging from before is put back",
        }
