"""Templates as the constructs render them: owning resources, their waits, and a neighbor that may fail."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    INVOCATION_LOGGING_TYPE,
    MODEL_CHECK_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    MODEL_LOOKUP_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    WAIT_TYPE,
)
from tests.faults.checks import MACHINE_ARN
from tests.functional.conftest import ACCOUNT

NEIGHBOR_TYPE = "Neighbor"
STACK_TYPE = "AWS::CloudFormation::Stack"
NOVA_LITE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
NOVA_MICRO = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0"


@dataclass(frozen=True)
class Ref:
    logical_id: str


@dataclass(frozen=True)
class GetAtt:
    logical_id: str
    name: str


@dataclass(frozen=True)
class ParentStacks:
    """What the constructs render in a nested stack: the ids of the stacks above."""


@dataclass(frozen=True)
class OwnRole:
    """The ARN of the role that the library makes for a job: each stack that is made has another one."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Resource:
    """`retained` is CloudFormation's own policy, which only waits have."""

    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    retained: bool = False

    def needs(self) -> set[str]:
        return {*self.after, *(each.logical_id for each in _references(self.properties))}


Template = Mapping[str, Resource]


def _references(value: Any) -> Iterator[Ref | GetAtt]:
    if isinstance(value, Ref | GetAtt):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


@dataclass(frozen=True, kw_only=True)
class Model:
    """What the user writes of one construct. `inputs` is whatever a change of means another run."""

    id: str = "Assistant"
    inputs: str = "1"
    tags: str = "ml"
    policy: str = "destroy"
    waits: int = 2
    lock: str = ""

    def __str__(self) -> str:
        kind = type(self).__name__.lower()
        return f"{self.id} ({kind} {self.inputs}, tag {self.tags}, {self.policy})"

    def common(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Settings": {"NamePrefix": self.id, "Path": self.id, "LockId": self.lock, "Request": dict(request)},
            "Tags": [{"Key": "team", "Value": self.tags}],
            "RemovalPolicy": self.policy,
        }

    def owner(self, type: str, properties: Mapping[str, Any], *expecting: str) -> dict[str, Resource]:
        """The owning resource and its chain of waits."""
        made = {self.id: Resource(type=type, properties={**properties, "ParentStacks": ParentStacks()})}
        expected = {name: GetAtt(self.id, name) for name in expecting}
        told = {"For": type, "Name": Ref(self.id), **expected}
        earlier = [f"{self.id}Wait{number:02}" for number in range(1, self.waits)]
        ended: GetAtt | str = "-"
        for name in earlier:
            made[name] = Resource(type=WAIT_TYPE, properties={**told, "After": ended}, retained=True)
            ended = GetAtt(name, "Ended")
        last = {**told, "ParentStacks": ParentStacks(), "Last": "true"}
        made[f"{self.id}Ready"] = Resource(type=WAIT_TYPE, properties=last, after=tuple(earlier[-1:]), retained=True)
        return made


@dataclass(frozen=True, kw_only=True)
class Training(Model):
    """A ModelCustomizationJob. Its role is the library's, so it is kept and removed by the provider."""

    role: str = "trainer"
    keeps: bool = False
    attempts: int = 2
    rollback: str = "keep"
    quota_waits: bool = True
    protected: bool = False
    of: str = ""

    def _kept(self, request: Mapping[str, Any]) -> dict[str, Any]:
        groups = request["vpcConfig"]["securityGroupIds"]
        return {"For": "Assistant", "RoleArn": request["roleArn"], "SecurityGroupIds": groups}

    def resources(self) -> dict[str, Resource]:
        digest = hashlib.sha256(self.inputs.encode()).hexdigest()
        request: dict[str, Any] = {
            "roleArn": OwnRole(self.role) if self.keeps else f"arn:aws:iam::{ACCOUNT}:role/{self.role}",
            "trainingDataConfig": {"s3Uri": f"s3://assets/{digest}.jsonl"},
            "outputDataConfig": {"s3Uri": "s3://output/assistant/"},
        }
        if self.keeps:
            request["vpcConfig"] = {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}
        properties = self.common(request)
        properties["RunInputs"] = {
            "baseModelIdentifier": GetAtt(f"{self.of}Ready", "ModelArn") if self.of else NOVA_LITE,
            "customizationType": "FINE_TUNING",
            "trainingDataConfig": {"contentSha256": digest},
        }
        properties["CustomModelTags"] = [{"Key": "for", "Value": "the model alone"}]
        properties["Settings"] |= {
            "MaxAttempts": str(self.attempts),
            "TimeoutSeconds": str(self.waits * 500),
            "RollbackBehavior": self.rollback,
            "RetrainProtection": str(self.protected).lower(),
            "Wait": str(self.quota_waits).lower(),
            **({"Kept": self._kept(request)} if self.keeps else {}),
        }
        return self.owner(MODEL_CUSTOMIZATION_JOB_TYPE, properties)


@dataclass(frozen=True, kw_only=True)
class OpenWeights(Model):
    """An ImportedModel. Nothing stops its job."""

    role: str = "importer"
    keeps: bool = False
    rollback: str = "keep"

    def resources(self) -> dict[str, Resource]:
        request: dict[str, Any] = {
            "roleArn": OwnRole(self.role) if self.keeps else f"arn:aws:iam::{ACCOUNT}:role/{self.role}"
        }
        properties = self.common(request)
        source = {"s3DataSource": {"s3Uri": f"s3://weights/{self.inputs}/"}}
        properties["RunInputs"] = {"modelDataSource": source}
        properties["CustomModelTags"] = [{"Key": "for", "Value": "the model alone"}]
        properties["Settings"] |= {
            "TimeoutSeconds": str(self.waits * 500),
            "RollbackBehavior": self.rollback,
            **({"Kept": {"For": "Assistant", "RoleArn": request["roleArn"]}} if self.keeps else {}),
        }
        return self.owner(IMPORTED_MODEL_TYPE, properties)


@dataclass(frozen=True, kw_only=True)
class Import(Model):
    """A CustomModel."""

    waits: int = 1
    role: str = "service"
    # The training job of SageMaker AI whose checkpoint it is.
    training_job: str = ""
    adopt: bool = False

    def resources(self) -> dict[str, Resource]:
        source = {"s3DataSource": {"s3Uri": f"s3://customer-escrow-1-smtj-a/{self.inputs}/"}}
        inputs = {"trainingJob": {"trainingJobName": self.training_job}} if self.training_job else {}
        properties = self.common({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{self.role}"})
        if self.adopt:
            properties["Settings"]["Adopt"] = "true"
        return self.owner(CUSTOM_MODEL_TYPE, {**properties, "RunInputs": inputs or {"modelSourceConfig": source}})


@dataclass(frozen=True, kw_only=True)
class Check(Model):
    """A ModelCheck of the model of that construct."""

    id: str = "Check"
    of: str = "Assistant"
    passes: bool = True
    waits: int = 2

    def resources(self) -> dict[str, Resource]:
        request = {"stateMachineArn": MACHINE_ARN, "input": json.dumps({"passes": self.passes})}
        model = GetAtt(f"{self.of}Ready", "ModelArn")
        inputs = {"modelArn": model, "check": {"payload": f"{self.inputs} {self.passes}"}}
        properties = {**self.common(request), "RunInputs": inputs}
        return self.owner(MODEL_CHECK_TYPE, properties, "Execution", "ModelArn")


@dataclass(frozen=True, kw_only=True)
class Deployment(Model):
    """A CustomModelDeployment of the model of that construct."""

    id: str = "Live"
    of: str = "Assistant"
    waits: int = 2

    def resources(self) -> dict[str, Resource]:
        properties = self.common({"modelArn": GetAtt(f"{self.of}Ready", "ModelArn")})
        return self.owner(CUSTOM_MODEL_DEPLOYMENT_TYPE, {**properties, "RunInputs": {}}, "ServedModelArn")


@dataclass(frozen=True, kw_only=True)
class Throughput(Model):
    """A ProvisionedModelThroughput, of a foundation model or of the model of a construct."""

    id: str = "Bought"
    of: str = ""
    units: int = 1
    waits: int = 2

    def resources(self) -> dict[str, Resource]:
        model = GetAtt(f"{self.of}Ready", "ModelArn") if self.of else NOVA_MICRO
        properties = self.common({"modelId": model})
        inputs = {"modelUnits": str(self.units)}
        return self.owner(PROVISIONED_MODEL_THROUGHPUT_TYPE, {**properties, "RunInputs": inputs}, "ServedModelArn")


@dataclass(frozen=True, kw_only=True)
class Found(Model):
    """A look-up of the newest model. It has no wait: what refers to it refers to the resource itself."""

    id: str = "Assistant"
    refresh: str = "1"

    def resources(self) -> dict[str, Resource]:
        query = {"Find": "CustomModel", "Filters": {"modelStatus": "Active"}, "KmsKeyArn": "", "Refresh": self.refresh}
        properties = {"Query": query, "ParentStacks": ParentStacks()}
        return {f"{self.id}Ready": Resource(type=MODEL_LOOKUP_TYPE, properties=properties, retained=True)}


@dataclass(frozen=True, kw_only=True)
class Logging(Model):
    """An InvocationLogging. What it logs to is there at once, so it has no wait; `inputs` names its bucket."""

    id: str = "Logging"
    adopt: bool = False

    def resources(self) -> dict[str, Resource]:
        properties = self.common({"loggingConfig": {**logging_to(self.inputs), "textDataDeliveryEnabled": "true"}})
        properties["Settings"] |= {"Adopt": str(self.adopt).lower()}
        return {
            self.id: Resource(type=INVOCATION_LOGGING_TYPE, properties={**properties, "ParentStacks": ParentStacks()})
        }


def logging_to(bucket: str) -> dict[str, Any]:
    """A configuration of invocation logging, as Bedrock takes it."""
    return {"s3Config": {"bucketName": f"logs-{bucket}"}, "textDataDeliveryEnabled": True}


def template(*models: Model, version: str = "", fails_after: float | None = None, nested: bool = False) -> Template:
    """All of them in one stack, or in one nested in it, beside a neighbor that may fail after so many seconds."""
    resources: dict[str, Resource] = {}
    for model in models:
        resources |= model.resources()  # type: ignore[attr-defined]
    if nested:
        resources = {"Nested": Resource(type=STACK_TYPE, properties={"Template": resources})}
    told = {"Version": version} if fails_after is None else {"FailsAfter": fails_after}
    return {"Neighbor": Resource(type=NEIGHBOR_TYPE, properties=told), **resources}
