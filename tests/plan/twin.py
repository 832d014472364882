"""The world of `tests/faults` as the plan reads an account: templates as JSON, stacks as the API tells of them."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from bedrock_models.cloudformation.physical import Place
from bedrock_models.plan.assembly import SynthesizedStack
from bedrock_models.plan.aws.bedrock import Quota
from bedrock_models.plan.deployed import Deployed
from bedrock_models.plan.planner import Apis, Planner
from bedrock_models.plan.stack_plan import PlannedEvent
from local.bedrock import memory_client
from local.bedrock.customization_job import CustomizationJob
from tests.faults.records import Stack
from tests.faults.steps import Deploy
from tests.faults.templates import STACK_TYPE, GetAtt, OwnRole, ParentStacks, Ref, Template, template
from tests.faults.world import World
from tests.functional.conftest import ACCOUNT, WAITER_ARN

PLACE = Place(account=ACCOUNT, region="us-east-1", partition="aws")
_GROUP = "sg-1"


def plan(world: World, step: Deploy, directory: Path) -> list[PlannedEvent]:
    """What the plan says before the step is taken."""
    return planner(world, directory).plan([synthesized(step, directory)])


def planner(world: World, directory: Path, *, behind: timedelta = timedelta()) -> Planner:
    """One that reads this world, on a machine whose clock is behind."""
    (directory / "deployed").mkdir()
    cloudformation = _CloudFormation(world, directory / "deployed")
    apis = Apis(
        bedrock=memory_client(world.bedrock),
        cloudformation=cloudformation,
        states=_Paged(world.checks),
        iam=world.iam,
        ec2=world.ec2,
        ssm=world.ssm,
        sagemaker=world.sagemaker,
        s3=world.s3,
    )
    return Planner.of(
        apis,
        place=PLACE,
        deployed=Deployed(cloudformation),
        at=world.timeline.clock.now() - behind,
        quota=_quota(world),
    )


def synthesized(step: Deploy, directory: Path) -> SynthesizedStack:
    """The stack that the step deploys, as it stands in an assembly."""
    made = template(*step.models, version=step.version, fails_after=step.fails_after, nested=step.nested)
    return SynthesizedStack(
        name=step.stack,
        display_name=step.stack,
        account="",
        region="",
        template=as_json(made, directory),
        directory=directory,
    )


def as_json(made: Template, directory: Path, *, nested: bool = False) -> dict[str, Any]:
    """As the CDK would have written it."""
    resources: dict[str, Any] = {}
    for name, resource in made.items():
        written = {"Type": resource.type, "Properties": _value(dict(resource.properties), resources, nested=nested)}
        if resource.type == STACK_TYPE:
            inner = as_json(resource.properties["Template"], directory, nested=True)
            (directory / f"{name}.json").write_text(json.dumps(inner))
            written["Properties"] = {"Parameters": {"Parent": {"Ref": "AWS::StackId"}}}
            written["Metadata"] = {"aws:asset:path": f"{name}.json"}
        resources[name] = written
    parameters = {"Parameters": {"Parent": {"Type": "String"}}} if nested else {}
    return {**parameters, "Resources": resources}


def _value(value: Any, resources: dict[str, Any], *, nested: bool) -> Any:
    if isinstance(value, Ref | GetAtt):
        ref = {"Ref": value.logical_id}
        return {"Fn::GetAtt": [value.logical_id, value.name]} if isinstance(value, GetAtt) else ref
    if isinstance(value, ParentStacks):
        return [{"Ref": "Parent"}] if nested else []
    if isinstance(value, OwnRole):
        resources[f"Role{value.name}"] = {"Type": "AWS::IAM::Role", "Properties": {}}
        return {"Fn::GetAtt": [f"Role{value.name}", "Arn"]}
    if isinstance(value, Mapping):
        return {name: _value(part, resources, nested=nested) for name, part in value.items() if name != "Template"}
    if isinstance(value, list):
        return [_value(part, resources, nested=nested) for part in value]
    return value


def _quota(world: World) -> Quota:
    world.bedrock.settle()
    jobs = [job for job in world.bedrock.store().of(CustomizationJob) if job.status in ("InProgress", "Stopping")]
    limit = world.bedrock.config.quotas.concurrent_customization_jobs
    return Quota(limit=limit, taken=len(jobs), name="jobs")


class _Paged:
    """What every paginator of a client does, in one page."""

    def __init__(self, api: Any) -> None:
        self._api = api

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def get_paginator(self, operation: str) -> Any:
        def paginate(**request: Any) -> Iterator[Any]:
            yield getattr(self, operation)(**request)

        return SimpleNamespace(paginate=paginate)


class _CloudFormation(_Paged):
    """The simulated one, with what only the plan reads."""

    def __init__(self, world: World, directory: Path) -> None:
        super().__init__(world.cloudformation)
        self._world = world
        self._directory = directory

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        stack = self._find(StackName)
        parameters = [{"ParameterKey": "Parent", "ParameterValue": stack.parents[0]}] if stack.parents else []
        told = {"StackId": stack.id, "StackName": stack.name, "StackStatus": stack.status, "Parameters": parameters}
        return {"Stacks": [told]}

    def get_template(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        stack = self._find(StackName)
        return {"TemplateBody": as_json(stack.template, self._directory, nested=bool(stack.parents))}

    def list_stack_resources(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        stack = self._find(StackName)
        held = [
            {
                "LogicalResourceId": name,
                "ResourceType": record.type,
                "PhysicalResourceId": record.physical_id,
                "ResourceStatus": "UPDATE_COMPLETE",
            }
            for name, record in stack.records.items()
        ]
        roles = [
            {
                "LogicalResourceId": f"Role{name.rpartition('-')[0]}",
                "ResourceType": "AWS::IAM::Role",
                "PhysicalResourceId": name,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name in stack.roles
        ]
        waiter = {
            "LogicalResourceId": "Waiter",
            "ResourceType": "AWS::StepFunctions::StateMachine",
            "PhysicalResourceId": WAITER_ARN,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        return {"StackResourceSummaries": [*held, *roles, waiter]}

    def _find(self, name: str) -> Stack:
        stack = self._world.cloudformation.stacks.get(name) or self._world.cloudformation.find(name)
        if stack is None:
            error = {"Code": "ValidationError", "Message": f"Stack with id {name} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return stack
