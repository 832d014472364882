"""The sentences of a script: what a user does, what Bedrock does, and time that passes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.bedrock import Fault as BedrockFault
from local.bedrock import Quotas, memory_client
from local.sagemaker import SERVERLESS
from tests.faults.faults import Fault
from tests.faults.templates import Model, Training, logging_to, template
from tests.functional.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.faults.world import World


@dataclass(frozen=True)
class Deploy:
    """`cdk deploy`. A neighbor may fail, or a user delete the stack, so many seconds after its begin.

    `on_failure_delete` is OnFailure=DELETE, `takes_retained` is RetainExceptOnCreate, and `skips` are the resources
    without which a rollback that failed is continued.
    """

    stack: str
    models: Sequence[Model]
    fails_after: float | None = None
    deleted_after: float | None = None
    nested: bool = False
    version: str = ""
    on_failure_delete: bool = False
    takes_retained: bool = False
    skips: Sequence[str] = ()

    def take(self, world: "World") -> None:
        for model in self.models:
            if isinstance(model, Training) and model.keeps:
                world.ec2.groups.add("sg-1")
        made = template(*self.models, version=self.version, fails_after=self.fails_after, nested=self.nested)
        stack = world.cloudformation.find(self.stack)
        if stack and (not stack.is_settled or stack.status in ("DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")):
            return
        before, is_clear = world.logging.live, world.logging.is_clear
        stack = world.cloudformation.deploy(
            self.stack,
            made,
            on_failure_delete=self.on_failure_delete,
            takes_retained=self.takes_retained,
            skips=self.skips,
        )
        if self.deleted_after is not None:
            world.timeline.pass_by(self.deleted_after)
            Delete(self.stack).take(world)
        world.settle(self.stack)
        world.logging.operated(stack, before, is_clear=is_clear)
        world.logging.at_rest()

    def __str__(self) -> str:
        what = " and ".join(str(model) for model in self.models) or "nothing but the neighbor"
        after = f", whose neighbor fails after {self.fails_after:.0f} s" if self.fails_after is not None else ""
        after += ", and the stack is deleted for it at once" if self.on_failure_delete else ""
        after += ", and the rollback deletes what is retained" if self.takes_retained else ""
        after += f", and the rollback goes on without {', '.join(self.skips)}" if self.skips else ""
        deleted = f", and delete it after {self.deleted_after:.0f} s" if self.deleted_after is not None else ""
        return f"deploy {'nested in ' if self.nested else ''}{self.stack}: {what}{after}{deleted}"


@dataclass(frozen=True)
class Delete:
    """`cdk destroy`. `retains` are resources that the stack is deleted without: RetainResources."""

    stack: str
    retains: Sequence[str] = ()

    def take(self, world: "World") -> None:
        stack = world.cloudformation.find(self.stack)
        if stack and (stack.is_settled or stack.status == "CREATE_IN_PROGRESS"):
            world.cloudformation.delete(self.stack, retains=self.retains)
            world.settle(self.stack)
            for each in self.retains:
                world.logging.abandoned(stack.id, each)
            world.logging.at_rest()

    def __str__(self) -> str:
        without = f" without {', '.join(self.retains)}" if self.retains else ""
        return f"delete {self.stack}{without}"


@dataclass(frozen=True)
class Move:
    """A stack refactoring: the resources of this logical id, and its waits, change stack and id without an event."""

    stack: str
    id: str
    to: str

    def take(self, world: "World") -> None:
        source, target = world.cloudformation.find(self.stack), world.cloudformation.find(self.to)
        world.cloudformation.move(self.stack, self.id, self.to)
        if source and target:
            world.logging.moved(source.id, self.id, target.id)

    def __str__(self) -> str:
        return f"move {self.id} from {self.stack} to {self.to} without an event"


@dataclass(frozen=True)
class Pass:
    """Time goes by."""

    minutes: float

    def take(self, world: "World") -> None:
        world.timeline.pass_by(self.minutes * 60)

    def __str__(self) -> str:
        return f"{self.minutes:.0f} minutes pass"


@dataclass(frozen=True)
class NextFails:
    """What is made next fails in Bedrock."""

    times: int = 1

    def take(self, world: "World") -> None:
        world.bedrock.script("*", fail="Unable to parse Amazon S3 file: train.jsonl", times=self.times)

    def __str__(self) -> str:
        return f"the next {self.times} of what is made fails in Bedrock"


@dataclass(frozen=True)
class RolePropagates:
    """IAM does not know the service role yet, for so many tries."""

    tries: int = 4

    def take(self, world: "World") -> None:
        world.bedrock.faults.add("CreateModelCustomizationJob", BedrockFault.VALIDATION, times=self.tries)
        world.bedrock.faults.add("CreateCustomModel", BedrockFault.VALIDATION, times=self.tries)
        world.bedrock.faults.add("CreateModelImportJob", BedrockFault.VALIDATION, times=self.tries)

    def __str__(self) -> str:
        return f"IAM does not know the role for {self.tries} tries"


@dataclass(frozen=True)
class Quota:
    """How many jobs the account may have at a time."""

    jobs: int

    def take(self, world: "World") -> None:
        world.bedrock.config.quotas = Quotas(concurrent_customization_jobs=self.jobs)

    def __str__(self) -> str:
        return f"{self.jobs} jobs may run at a time"


@dataclass(frozen=True)
class Trained:
    """A training job of SageMaker AI has left a checkpoint."""

    job: str

    def take(self, world: "World") -> None:
        world.sagemaker.jobs.put(self.job, "s3://output/nova")
        manifest = json.dumps({"checkpoint_s3_bucket": f"s3://customer-escrow-1-smtj-a/{self.job}/"})
        world.s3.objects[f"s3://output/nova/{self.job}/{SERVERLESS}"] = manifest.encode()

    def __str__(self) -> str:
        return f"SageMaker AI has trained {self.job}"


@dataclass(frozen=True)
class MadeBySdk:
    """The SageMaker Python SDK makes a model from the source of these inputs."""

    inputs: str = "1"

    def take(self, world: "World") -> None:
        uri = f"s3://customer-escrow-1-smtj-a/{self.inputs}/"
        memory_client(world.bedrock).create_custom_model(
            modelName=f"sdk-{self.inputs}",
            modelSourceConfig={"s3DataSource": {"s3Uri": uri}},
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/service",
            modelTags=[{"key": "sagemaker.amazonaws.com/model-source", "value": uri}],
        )
        Pass(300).take(world)

    def __str__(self) -> str:
        return f"the SageMaker SDK makes a model of {self.inputs}"


@dataclass(frozen=True)
class Configure:
    """Somebody configures invocation logging by hand; with no bucket, turns it off."""

    bucket: str = ""

    def take(self, world: "World") -> None:
        config = logging_to(self.bucket) if self.bucket else None
        world.bedrock.store().invocation_logging = config
        world.logging.configured(config)

    def __str__(self) -> str:
        return f"somebody logs invocations to {self.bucket}" if self.bucket else "somebody turns invocation logging off"


@dataclass(frozen=True)
class RefusesLogging:
    """Bedrock finds fault with where invocations are to be logged, so many times."""

    times: int = 1

    def take(self, world: "World") -> None:
        said = "no such thing"
        world.bedrock.faults.add(
            "PutModelInvocationLoggingConfiguration", BedrockFault.VALIDATION, said, times=self.times
        )

    def __str__(self) -> str:
        return f"Bedrock refuses the next {self.times} configurations of invocation logging"


@dataclass(frozen=True)
class Strike:
    """A fault, at the first call where it fits after so many others."""

    fault: Fault
    after: int

    def take(self, world: "World") -> None:
        world.calls.strike_later(self.fault, after=self.after)

    def __str__(self) -> str:
        return f"soon, {self.after} calls from now: {self.fault}"
