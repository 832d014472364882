"""The plan of several stacks: dry runs one after the other, each with its clean-up, on one picture of the account."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.cloudformation.physical import Place
from bedrock_models.cloudformation.unknown import unread
from bedrock_models.failures import Failure
from bedrock_models.plan.assembly import SynthesizedStack
from bedrock_models.plan.aws.bedrock import Quota, ReadOnlyBedrock
from bedrock_models.plan.aws.cloudformation import CLEANING, DELETING, PlannedStacks
from bedrock_models.plan.aws.parameters import ReadOnlyParameters
from bedrock_models.plan.aws.recorder import Recorder
from bedrock_models.plan.aws.s3 import ReadOnlyS3
from bedrock_models.plan.aws.service import ReadOnly
from bedrock_models.plan.aws.step_functions import Waiters
from bedrock_models.plan.deployed import Deployed
from bedrock_models.plan.dry_run import DryRun, DryRunClients
from bedrock_models.plan.stack_plan import AssumedCheck, PlannedEvent, StackPlan

_THREADS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Apis:
    """The clients that the reads go to."""

    bedrock: Any
    cloudformation: Any
    states: Any
    iam: Any
    ec2: Any
    ssm: Any
    sagemaker: Any
    s3: Any


@dataclass(kw_only=True)
class Planner:
    """Knows all stacks of the plan, so that what one exports is what another imports."""

    place: Place
    deployed: Deployed
    dry_run: DryRun
    recorder: Recorder
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    _stacks: dict[str, SynthesizedStack] = field(default_factory=dict)
    _plans: dict[str, StackPlan] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        apis: Apis,
        *,
        place: Place,
        deployed: Deployed,
        at: datetime,
        quota: Quota,
        parameters: Mapping[str, Mapping[str, str]] | None = None,
    ) -> "Planner":
        """A planner whose handlers meet these clients, and change nothing."""
        recorder = Recorder()
        clients = DryRunClients(
            bedrock=ReadOnlyBedrock(
                apis.bedrock, recorder, quota=quota, arn=lambda resource: place.arn("bedrock", resource)
            ),
            cloudformation=PlannedStacks(apis.cloudformation, recorder),
            states=Waiters(apis.states, recorder),
            iam=ReadOnly(apis.iam, recorder),
            ec2=ReadOnly(apis.ec2, recorder),
            ssm=ReadOnlyParameters(apis.ssm, recorder),
            sagemaker=ReadOnly(apis.sagemaker, recorder),
            s3=ReadOnlyS3(apis.s3, recorder),
            at=at,
        )
        dry_run = DryRun(clients=clients, recorder=recorder)
        return cls(place=place, deployed=deployed, dry_run=dry_run, recorder=recorder, parameters=parameters or {})

    def plan(self, stacks: Sequence[SynthesizedStack], *, among: Sequence[SynthesizedStack] = ()) -> list[PlannedEvent]:
        """What becomes of everything in these stacks. `among` are further ones that they may refer to."""
        self._stacks = {each.name: each for each in (*among, *stacks)}
        with ThreadPoolExecutor(_THREADS) as threads:
            # What is found is kept, so the stacks that follow are not asked for again.
            [*threads.map(self.deployed.find, [each.name for each in stacks])]
        self._require_at_rest(stacks)
        self.dry_run.clients.bedrock.prefetch(
            {name: goes for each in stacks for name, goes in self.stack_plan(each.name).changed_jobs()}
        )
        events: list[PlannedEvent] = []
        for each in stacks:
            stack_plan = self.stack_plan(each.name)
            events += stack_plan.creates_and_updates()
            # A stack that is created has nothing to clean up.
            events += stack_plan.cleans_up(CLEANING, DELETING) if stack_plan.deployed else []
        return events

    def stack_plan(self, name: str) -> StackPlan:
        """The root stack of that name."""
        if name not in self._plans:
            stack = self._stacks[name]
            deployed = self.deployed.find(name)
            self._plans[name] = StackPlan(
                self,
                name=name,
                id=deployed.id if deployed else self.place.arn("cloudformation", f"stack/{name}/planned"),
                template=stack.template,
                directory=stack.directory,
                parameters={**stack.parameters, **self.parameters.get("", {}), **self.parameters.get(name, {})},
                deployed=deployed,
            )
        return self._plans[name]

    def assumed_checks(self, stacks: Sequence[SynthesizedStack]) -> list[AssumedCheck]:
        """The model checks of these stacks that the plan takes for passed."""
        return [each for stack in stacks for each in self.stack_plan(stack.name).assumed_checks()]

    def knows(self, name: str) -> bool:
        """Whether the stack was looked at."""
        return name in self._plans

    def exported(self, name: str) -> Any:
        """What an import stands for after the deployment: an export of a planned stack, or one that is there."""
        for stack in self._stacks:
            stack_plan = self.stack_plan(stack) if self._may_export(stack) else None
            output = stack_plan.new.exports().get(name) if stack_plan else None
            if stack_plan and output:
                return stack_plan.new.own_output(output)
        found = self.deployed.export(name)
        return unread(f"the export {name}") if found is None else found

    def output_of(self, stack: str, region: str, name: str) -> Any:
        """The same of an output that is read by its name."""
        if stack in self._stacks and region == self.place.region:
            return self.stack_plan(stack).new.own_output(name)
        outputs = self.deployed.outputs(stack) if region == self.place.region else None
        return (outputs or {}).get(name, unread(f"the output {name} of {stack}"))

    def _may_export(self, stack: str) -> bool:
        return any("Export" in each for each in self._stacks[stack].template.get("Outputs", {}).values())

    def _require_at_rest(self, stacks: Sequence[SynthesizedStack]) -> None:
        for each in stacks:
            found = self.deployed.find(each.name)
            if found and found.is_moving:
                raise Failure(
                    f"the stack {found.name!r} is {found.status}: what is planned now would not hold afterwards; "
                    f"wait for it, for example with: bedrock-models watch {found.name}"
                )
            if found and found.needs_repair:
                raise Failure(
                    f"the stack {found.name!r} is {found.status}: nothing can be deployed to it before it is repaired; "
                    "continue its rollback or delete it, then plan again"
                )


def quota_of(bedrock: Any, limit: tuple[str, float] | None) -> Quota:
    """How many training jobs are in progress now, beside the account's limit."""
    if limit is None:
        return Quota()
    try:
        taken = sum(
            len(page.get("modelCustomizationJobSummaries", ()))
            for status in ("InProgress", "Stopping")
            for page in bedrock.get_paginator("list_model_customization_jobs").paginate(statusEquals=status)
        )
    except ClientError:
        return Quota()
    return Quota(limit=limit[1], taken=taken, name=limit[0])
