"""What a test deploys in the AWS that all tests share, and what Bedrock then knows of it."""

import functools
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import cx_api
from botocore.exceptions import ClientError
from constructs import Construct, IDependable

from constructs_lib import Customization, CustomModel, ModelCustomizationJob, ModelSource, OutputData, TrainingData
from constructs_lib.core.contract import SEGMENT_CONTEXT
from local.aws import RunningAws
from tests.support import authorization
from tests.support.cloudformation import Deployment, delete_stack, deploy_template, publish_assets
from tests.support.synth import staged_app

# What a folder of open weights has to hold.
WEIGHTS = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
DATA_BUCKET = "data-of-the-end-to-end-tests"
NOVA = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
JOB, MODEL = "model customization job", "custom model"

# Seconds, as in an account: no test's outcome hangs on them, and a wait has as many segments as there. Without a length
# of its own a segment takes a second here, the fifty minutes of Bedrock's time.
SEGMENT = 3000
NO_QUOTA = 1000
_ENDLESS = 1e9
_PATIENCE = 30

Build = Callable[[cdk.Stack], object]


class SharedAws(RunningAws):
    """The same, with one client for each service: making them is slow, and not safe in threads."""

    @functools.cache  # noqa: B019  lives as long as the tests
    def client(self, service: str) -> Any:
        return super().client(service)


@dataclass(frozen=True)
class Thing:
    """A job or a model, as Bedrock keeps it."""

    name: str
    arn: str
    status: str
    tags: Mapping[str, str]
    description: Mapping[str, Any]

    @property
    def user_tags(self) -> dict[str, str]:
        ours = ("bedrock-models:", "sagemaker.amazonaws.com/")
        return {key: value for key, value in self.tags.items() if not key.startswith(ours)}


@dataclass(frozen=True)
class Seen:
    """How an operation on a stack ended, and what there was in Bedrock then."""

    deployment: Deployment
    runs: list[Thing]
    models: list[Thing]
    id: str

    @property
    def status(self) -> str:
        return self.deployment.status

    def arn(self, which: str = "") -> str:
        """The ARN of the model that the stack names."""
        return self.deployment.outputs[f"ModelArn{which}"]

    def runs_of(self, which: str) -> list[Thing]:
        return [run for run in self.runs if f"{self.id}{which}" in run.name]

    def arns_of(self, which: str) -> list[str]:
        """The ARNs of the models that are there."""
        return [model.arn for model in self.models if f"{self.id}{which}" in model.name]


class Stage:
    """One test's part of the AWS. Constructs carry its `id`, and so do the names of their jobs and models."""

    def __init__(self, aws: RunningAws, test: str, directory: Path) -> None:
        self.aws = aws
        self.id = "T" + hashlib.sha256(test.encode()).hexdigest()[:8]
        self._directories = (directory / f"cdk.out-{number}" for number in itertools.count())
        self._threads = ThreadPoolExecutor(max_workers=8)

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.aws.bedrock("faults/clear")
        self.finish()
        self._threads.shutdown()
        # Each keeps a process alive until its stack is deleted.
        functions = self.aws.client("lambda")
        for name in self.functions():
            functions.delete_function(FunctionName=name)

    def job(self, scope: Construct, which: str = "", *, epochs: int = 2, **arguments: Any) -> ModelCustomizationJob:
        """A training job, and its model's ARN as an output."""
        given = {
            "base_model": bedrock.FoundationModel.from_foundation_model_id(scope, f"Base{which}", NOVA),
            "customization": Customization.fine_tuning(hyper_parameters={"epochCount": epochs}),
            "training_data": TrainingData.from_s3_uri(f"s3://{DATA_BUCKET}/train.jsonl"),
            "output_data": OutputData.to_s3_uri(f"s3://{DATA_BUCKET}/output/{self.id}"),
            "timeout": cdk.Duration.seconds(SEGMENT),
        }
        job = ModelCustomizationJob(scope, f"{self.id}{which}", **{**given, **arguments})
        if arguments.get("wait", True):
            cdk.CfnOutput(scope, f"ModelArn{which}", value=job.custom_model.custom_model_arn)
        return job

    def model(self, scope: Construct, which: str = "", *, uri: str = "", **arguments: Any) -> CustomModel:
        """An imported model, and its ARN as an output."""
        source = ModelSource.from_s3_uri(uri or self.escrow_uri)
        given = {"source": source, "timeout": cdk.Duration.seconds(SEGMENT)}
        model = CustomModel(scope, f"{self.id}{which}", **{**given, **arguments})
        cdk.CfnOutput(scope, f"ModelArn{which}", value=model.custom_model_arn)
        return model

    @functools.cached_property
    def escrow_uri(self) -> str:
        return str(self.aws.bedrock("escrow")["uri"])

    def deploy(self, build: Build, *, name: str = "", segment: int | None = SEGMENT, **options: Any) -> Deployment:
        """Creates or updates a stack, and waits for the end of it."""
        return self.start(build, name=name, segment=segment, **options).result()

    def seen(self, deployment: Deployment) -> Seen:
        return Seen(deployment, self.runs, self.models, self.id)

    def start(
        self, build: Build, *, name: str = "", segment: int | None = SEGMENT, **options: Any
    ) -> Future[Deployment]:
        """The same without waiting."""
        return self.start_template(self.template(build, name=name, segment=segment), name=name, **options)

    def start_template(self, template: Mapping[str, Any], *, name: str = "", **options: Any) -> Future[Deployment]:
        return self._threads.submit(deploy_template, self.aws, name or self.id, template, **options)

    def template(self, build: Build, *, name: str = "", segment: int | None = SEGMENT) -> Mapping[str, Any]:
        """What the app synthesizes to, its assets published."""
        # Beside the bootstrapped environment that the CDK CLI makes in the same AWS.
        synthesizer = cdk.DefaultStackSynthesizer(qualifier="e2e", generate_bootstrap_version_rule=False)
        assembly = self.assembly(build, name=name, segment=segment, synthesizer=synthesizer)
        publish_assets(self.aws, Path(assembly.directory))
        template: Mapping[str, Any] = assembly.get_stack_by_name(name or self.id).template
        flaws = authorization.flaws(template)
        assert not flaws, "\n".join(flaws)
        return template

    def assembly(
        self, build: Build, *, name: str = "", segment: int | None = SEGMENT, **properties: Any
    ) -> cx_api.CloudAssembly:
        """What the app synthesizes to, for the CDK CLI."""
        app = staged_app(outdir=str(next(self._directories)), context={SEGMENT_CONTEXT: segment} if segment else {})
        settings = self.aws.settings
        env = cdk.Environment(account=settings.account, region=settings.region)
        build(cdk.Stack(app, name or self.id, env=env, **properties))
        return app.synth()

    def delete(self, name: str = "") -> Deployment:
        return delete_stack(self.aws, name or self.id)

    @property
    def runs(self) -> list[Thing]:
        """Every training run that was ever started here, the first one first."""
        return self._things(JOB)

    @property
    def models(self) -> list[Thing]:
        """The models that are there now."""
        return self._things(MODEL)

    @property
    def imports(self) -> int:
        """How many imports were ever started here: a call that comes again with its token starts none."""
        calls = [call for call in self.calls("CreateCustomModel") if call["outcome"] == "ok"]
        return len({call["params"]["clientRequestToken"] for call in calls})

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """The calls that concern this test's resources."""
        calls = self.aws.bedrock("calls")["calls"]
        return [call for call in calls if call["operation"] == operation and self.id in json.dumps(call["params"])]

    def script(self, which: str = "", **outcome: Any) -> None:
        """Decides how jobs and models that start from now on will fare."""
        self.aws.bedrock("script", {"name_pattern": f"*{self.id}{which}*", **outcome})

    def hold(self, which: str = "") -> None:
        """Lets jobs that start from now on go on until `finish`."""
        self.script(which, durations={"job_training": _ENDLESS})

    def finish(self, which: str = "") -> None:
        """Lets everything that is under way come to its end."""
        self.aws.bedrock("finish", {"name_pattern": f"*{self.id}{which}*"})

    def fault(self, operation: str, fault: str, **options: Any) -> None:
        """Makes calls fail, until `faults_over`. They strike whoever calls, so no other test may run beside."""
        self.aws.bedrock("faults", {"operation": operation, "fault": fault, **options})

    def faults_over(self) -> None:
        self.aws.bedrock("faults/clear")

    def until(self, what: Callable[[], Any], *, pause: float = 0.1) -> Any:
        """Waits until it is true, and returns it."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := what()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {_PATIENCE} s; runs: {self.runs}")
            time.sleep(pause)
        return found

    def until_status(self, child: str, status: str, *, name: str = "") -> None:
        """Waits until a resource of a job or model in a stack in progress has the status."""
        self.until(lambda: status in self._statuses(name or self.id, f"{self.id}{child}"))

    def until_segment(self, number: int, status: str, which: str = "") -> None:
        """The same of a segment in the nested stack in which a long wait goes on."""
        self.until(lambda: status in self._segment(number, which))

    def waiting_events(self, name: str = "") -> list[dict[str, Any]]:
        """The events of CloudFormation that executions of the provider's waiter carry or carried."""
        states = self.aws.client("stepfunctions")
        machines = states.list_state_machines()["stateMachines"]
        arns = [machine["stateMachineArn"] for machine in machines if self._own(machine["name"], name)]
        executions = [found for arn in arns for found in states.list_executions(stateMachineArn=arn)["executions"]]
        inputs = [states.describe_execution(executionArn=found["executionArn"])["input"] for found in executions]
        return [json.loads(text)["Event"] for text in inputs]

    def deliver(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Hands an event to the stack's events function, once more or too late."""
        token = event["ResourceProperties"]["ServiceToken"]
        answer = self.aws.client("lambda").invoke(FunctionName=token, Payload=json.dumps(event))
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def functions(self, name: str = "") -> list[str]:
        """The names of the provider's functions."""
        pages = self.aws.client("lambda").get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        return [found for found in names if self._own(found, name)]

    def _own(self, physical_name: str, stack_name: str) -> bool:
        return physical_name.startswith(stack_name or self.id)

    @property
    def roles(self) -> list[str]:
        """The names of the IAM roles of this test's stacks."""
        pages = self.aws.client("iam").get_paginator("list_roles").paginate()
        return [role["RoleName"] for page in pages for role in page["Roles"] if self.id in role["RoleName"]]

    def _segment(self, number: int, which: str) -> list[str]:
        waits = {event["PhysicalResourceId"] for event in self._events(self.id, f"{self.id}{which}Waits")}
        return [status for stack in waits if stack for status in self._statuses(stack, f"Wait{number:02}")]

    def _statuses(self, stack_name: str, logical_id: str) -> list[str]:
        return [event["ResourceStatus"] for event in self._events(stack_name, logical_id)]

    def _events(self, stack_name: str, logical_id: str) -> list[dict[str, Any]]:
        try:
            events = self.aws.client("cloudformation").describe_stack_events(StackName=stack_name)["StackEvents"]
        except ClientError:
            # Not created yet.
            return []
        return [dict(event) for event in events if event["LogicalResourceId"].startswith(logical_id)]

    def _things(self, kind: str) -> list[Thing]:
        return [
            Thing(*(found[name] for name in ("name", "arn", "status", "tags", "description")))
            for found in self.aws.bedrock("resources")["resources"]
            if found["kind"] == kind and self.id in found["name"]
        ]


def failure(deployment: Deployment) -> str:
    """What the events say of failures."""
    return "\n".join(
        event.get("ResourceStatusReason", "")
        for event in deployment.events
        if event["ResourceStatus"].endswith("_FAILED")
    )


def in_order(*constructs: Construct) -> tuple[Construct, ...]:
    """One after the other: side by side each would start a function's worker of its own, at half a second each."""
    for earlier, later in itertools.pairwise(constructs):
        later.node.find_child("Resource").node.add_dependency(earlier)
    return constructs


def broken(scope: cdk.Stack, *, after: Iterable[IDependable]) -> None:
    """A resource that fails, once those are there."""
    token = f"arn:aws:lambda:{scope.region}:{scope.account}:function:nobody"
    resource = cdk.CfnResource(scope, "Broken", type="Custom::Broken", properties={"ServiceToken": token})
    resource.node.add_dependency(*after)
