"""The command line over a Bedrock in memory, on a clock that its own waiting moves."""

import io
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from bedrock_models.commands.target import Target
from bedrock_models.commands.watch import screen as watch_screen
from bedrock_models.commands.watch.progress import Watcher
from bedrock_models.context import Context
from bedrock_models.contract import OWNER_TAG, POLICY_TAG, SCOPE_TAG, STACK_TAG, owner
from bedrock_models.main import main
from local.bedrock import Bedrock, ManualClock, MemoryObjects, memory_client
from tests.cli.fakes import (
    ACCOUNT,
    REGION,
    FakeCloudFormation,
    FakeIam,
    FakeKms,
    FakeLogs,
    FakeQuotas,
    FakeS3,
    FakeSageMaker,
    FakeStates,
)
from tests.support.parameters import Ssm

ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer"
NOVA = "amazon.nova-2-lite-v1:0"


class Desk:
    """A person at a terminal of 100 columns, the account that they look at, and short ways to fill it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.objects = MemoryObjects("data", "ireland")
        self.objects.put("data", "train.jsonl", b"{}")
        self.bedrock = Bedrock(self.clock, account=ACCOUNT, region=REGION, objects=self.objects)
        self.api = memory_client(self.bedrock)
        self.stacks, self.iam, self.kms, self.quotas = FakeCloudFormation(), FakeIam(), FakeKms(), FakeQuotas()
        self.logs, self.states, self.sagemaker = FakeLogs(), FakeStates(), FakeSageMaker()
        self.ssm = Ssm()
        self.answers: list[str] = []
        self.between: Callable[[], None] = lambda: None
        self.aws = _Aws(
            {
                "bedrock": self.api,
                "bedrock-runtime": memory_client(self.bedrock, "bedrock-runtime"),
                "logs": self.logs,
                "cloudformation": self.stacks,
                "iam": self.iam,
                "ssm": self.ssm,
                "kms": self.kms,
                "s3": FakeS3(self.objects),
                "sagemaker": self.sagemaker,
                "service-quotas": self.quotas,
                "stepfunctions": self.states,
            }
        )

    def run(self, *arguments: str, terminal: bool = False, width: int = 100) -> tuple[int, str]:
        """Exit code and screen."""
        screen = Console(
            file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, legacy_windows=False
        )
        context = Context(aws=self.aws, screen=screen, now=self.clock.now, sleep=self._sleep, ask=self._ask)
        code = main([*arguments], context)
        return code, screen.file.getvalue()  # type: ignore[attr-defined]

    def picture(self, stack: str = "Models") -> str:
        """What `watch` draws of a stack in a terminal."""
        screen = Console(file=io.StringIO(), width=100, color_system=None)
        context = Context(aws=self.aws, screen=screen, now=self.clock.now)
        screen.print(watch_screen.picture(Watcher(context, Target(stack_id=stack)).read()))
        drawn: str = screen.file.getvalue()  # type: ignore[attr-defined]
        return "\n".join(line.rstrip() for line in drawn.splitlines())

    def wait(self, **duration: float) -> None:
        self.clock.advance(timedelta(**duration))

    def job(self, name: str = "run", *, tags: Mapping[str, str] | None = None, **params: Any) -> str:
        given = {
            "jobName": name,
            "customModelName": f"{name}-model",
            "roleArn": ROLE,
            "baseModelIdentifier": NOVA,
            "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
            "validationDataConfig": {"validators": [{"s3Uri": "s3://data/train.jsonl"}]},
            "outputDataConfig": {"s3Uri": "s3://data/out/"},
            "jobTags": _listed(tags),
            "customModelTags": _listed(tags),
            **params,
        }
        return self.api.create_model_customization_job(**given)["jobArn"]

    def trained(self, name: str = "run", **params: Any) -> str:
        """A finished run's model."""
        self.job(name, **params)
        self.wait(hours=5)
        return self.api.get_model_customization_job(jobIdentifier=name)["outputModelArn"]

    def import_job(self, name: str, *, job: str = "", tags: Mapping[str, str] | None = None) -> str:
        """An import that has just begun; its job's ARN."""
        for file in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            self.objects.put("data", f"weights/{file}", b'{"architectures": ["LlamaForCausalLM"]}')
        started = self.api.create_model_import_job(
            jobName=job or f"{name}-job",
            importedModelName=name,
            roleArn=ROLE,
            modelDataSource={"s3DataSource": {"s3Uri": "s3://data/weights/"}},
            jobTags=_listed(tags),
            importedModelTags=_listed(tags),
        )
        return str(started["jobArn"])

    def imported(self, name: str, *, tags: Mapping[str, str] | None = None) -> str:
        """A finished import's model."""
        arn = self.import_job(name, tags=tags)
        self.wait(hours=2)
        return self.api.get_model_import_job(jobIdentifier=arn)["importedModelArn"]

    def deployment(self, model_arn: str, name: str = "live", *, tags: Mapping[str, str] | None = None) -> str:
        given = {"modelDeploymentName": name, "modelArn": model_arn, "tags": _listed(tags)}
        return self.api.create_custom_model_deployment(**given)["customModelDeploymentArn"]

    def throughput(self, model: str, name: str = "bought", *, tags: Mapping[str, str] | None = None) -> str:
        given = {"provisionedModelName": name, "modelId": model, "modelUnits": 2, "tags": _listed(tags)}
        return self.api.create_provisioned_model_throughput(**given)["provisionedModelArn"]

    def _sleep(self, seconds: float) -> None:
        self.wait(seconds=seconds)
        self.between()

    def _ask(self, question: str) -> str:
        assert question
        return self.answers.pop(0)


class _Aws:
    region, account = REGION, ACCOUNT

    def __init__(self, clients: Mapping[str, Any]) -> None:
        self._clients = clients

    def client(self, service: str) -> Any:
        return self._clients[service]


def tags_of(stack: str, logical_id: str, *, policy: str = "destroy", scope: str = "0123456789") -> dict[str, str]:
    """The tags that the constructs put on what this resource owns."""
    return {
        OWNER_TAG: owner(stack, logical_id),
        STACK_TAG: stack,
        POLICY_TAG: policy,
        SCOPE_TAG: scope,
        "team": "support",
    }


def _listed(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in (tags or {}).items()]


@pytest.fixture
def desk() -> Desk:
    return Desk()
