"""One stack, nested or not: what its references stand for now and after the deployment, and what becomes of its models.

A reference to something of this library is known when it is known what becomes of that: so each of them is handled in
the order in which they need each other, each once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from bedrock_models.cloudformation.physical import Place
from bedrock_models.cloudformation.unknown import are_unread, as_text
from bedrock_models.plan import assembly
from bedrock_models.plan.assembly import HANDLED_TYPES, OWNING_TYPES
from bedrock_models.plan.aws.bedrock import ReadOnlyBedrock
from bedrock_models.plan.aws.cloudformation import CREATING, UPDATING, PlannedStack
from bedrock_models.plan.deployed import Deployed, DeployedStack
from bedrock_models.plan.dry_run import DryRun, DryRunResult
from bedrock_models.plan.stack_template import DeployedTemplate, PlannedTemplate, is_nested
from provider.cloudformation import contract

_FAILED: Final = ("CREATE_FAILED",)
# What of the settings decides about a run or a name, beside the inputs.
_DECIDING: Final = ("NamePrefix", "Path", "LockId", "MaxAttempts", "RetrainProtection", "Wait")
_MODELS: Final = ("modelArn", "modelId", "provisionedModelName")


@dataclass(frozen=True, kw_only=True)
class PlannedEvent:
    """What one event to one resource would do. `kind` is empty if CloudFormation would send none."""

    stack: "StackPlan"
    logical_id: str
    type: str
    kind: str
    new: Mapping[str, Any] = field(default_factory=dict, repr=False)
    old: Mapping[str, Any] = field(default_factory=dict, repr=False)
    held: str = ""
    result: DryRunResult = field(default_factory=DryRunResult)
    cleans_up: bool = False

    @property
    def physical_id(self) -> str:
        """What the resource is called afterwards."""
        answer = self.result.answer
        return answer.physical_id if answer else self.held


@dataclass(frozen=True, kw_only=True)
class AssumedCheck:
    """A model check that the deployment would make: its verdict is not known before, so the model is taken to pass."""

    stack: str
    path: str
    logical_id: str


class WholePlan(Protocol):
    """What a stack needs of the plan around it."""

    @property
    def place(self) -> Place: ...
    @property
    def deployed(self) -> Deployed: ...
    @property
    def dry_run(self) -> DryRun: ...
    def exported(self, name: str) -> Any: ...
    def output_of(self, stack: str, region: str, name: str) -> Any: ...


class StackPlan:
    """One stack of the plan."""

    def __init__(
        self,
        plan: WholePlan,
        *,
        name: str,
        path: tuple[str, ...] = (),
        id: str,
        parent: "StackPlan | None" = None,
        template: Mapping[str, Any] | None,
        directory: Path,
        parameters: Mapping[str, Any],
        deployed: DeployedStack | None,
    ) -> None:
        """`template` is None for a nested stack that is no longer in its parent's."""
        self.plan = plan
        self.name = name
        self.path = path
        self.id = id
        self.parent = parent
        self.directory = directory
        self.deployed = deployed
        self.new: Final = PlannedTemplate(self, template or {}, parameters)
        self.old: Final = DeployedTemplate(self, deployed.template if deployed else {})
        self._children: dict[str, StackPlan | None] = {}
        self._events: dict[str, PlannedEvent] = {}
        held = {name: each.physical_id for name, each in deployed.resources.items()} if deployed else {}
        self.planned = PlannedStack(id=id, status=UPDATING if deployed else CREATING, held=held)
        self.plan.dry_run.clients.cloudformation.stacks[id] = self.planned
        for each in deployed.resources.values() if deployed else ():
            if each.type == "AWS::StepFunctions::StateMachine" and each.physical_id:
                self.plan.dry_run.clients.states.know(each.physical_id)

    @property
    def root(self) -> "StackPlan":
        """The stack that is deployed, itself or the one that this is nested in."""
        return self.parent.root if self.parent else self

    @property
    def shares_nothing(self) -> bool:
        """Whether the deployed stack and the new template have no resource in common, as those of two apps."""
        deployed = self.deployed.resources.keys() if self.deployed else set()
        return bool(deployed) and not deployed & self.new.resources.keys()

    @property
    def bedrock(self) -> ReadOnlyBedrock:
        """What models are looked up in."""
        return self.plan.dry_run.clients.bedrock

    @cached_property
    def unexamined(self) -> list[str]:
        """Nested stacks whose template is nowhere to be found."""
        nested = [name for name, each in self.new.resources.items() if is_nested(each)]
        return [".".join((*self.path, name)) for name in nested if self.child(name) is None]

    def children(self) -> Iterator["StackPlan"]:
        """The nested stacks that hold something of this library, now or afterwards."""
        for name in dict.fromkeys((*self.new.resources, *self.old.resources)):
            definition = self.new.resources.get(name) or self.old.resources.get(name, {})
            child = self.child(name) if is_nested(definition) and not self._never_had_models(name) else None
            if child:
                yield child

    def _never_had_models(self, logical_id: str) -> bool:
        """Whether a nested stack has nothing of this library and stays as it is: then nothing is read of it."""
        new, old = self.new.resources.get(logical_id), self.old.resources.get(logical_id)
        template = assembly.nested_template(new, self.directory) if new else None
        if new is None or template is None or assembly.has_models(template, self.directory):
            return False
        return old is None or new["Properties"].get("TemplateURL") == old.get("Properties", {}).get("TemplateURL")

    def child(self, logical_id: str) -> "StackPlan | None":
        """The nested stack of that name."""
        if logical_id not in self._children:
            self._children[logical_id] = self._child(logical_id)
        return self._children[logical_id]

    def changed_jobs(self) -> Iterator[tuple[str, bool]]:
        """The names of deployed jobs whose definition changes, and whether their model may be replaced or goes."""
        for logical_id, there in self.deployed.resources.items() if self.deployed else ():
            if there.type != contract.MODEL_CUSTOMIZATION_JOB_TYPE or not there.physical_id:
                continue
            old, new = self.old.properties(logical_id), self.new.properties(logical_id)
            if old != new:
                yield there.physical_id, old.get(contract.RUN_INPUTS) != new.get(contract.RUN_INPUTS)
        for child in self.children():
            yield from child.changed_jobs()

    def assumed_checks(self) -> Iterator[AssumedCheck]:
        """The checks of a new model, or under new criteria, nested stacks included."""
        for logical_id, definition in self.new.resources.items():
            if definition["Type"] == contract.MODEL_CHECK_TYPE and self._run_inputs_change(logical_id):
                settings = definition.get("Properties", {}).get(contract.SETTINGS, {})
                path = str(self.new.value(settings.get(contract.PATH, "")) or ".".join((*self.path, logical_id)))
                yield AssumedCheck(stack=self.root.name, path=path, logical_id=logical_id)
        for child in self.children():
            yield from child.assumed_checks()

    def _run_inputs_change(self, logical_id: str) -> bool:
        there = self.deployed.resources.get(logical_id) if self.deployed else None
        if there is None or not there.physical_id or there.status in _FAILED:
            return True
        new, old = self.new.properties(logical_id), self.old.properties(logical_id)
        inputs = contract.RUN_INPUTS
        return bool(as_text(self.new.value(new.get(inputs, {}))) != as_text(self.old.value(old.get(inputs, {}))))

    def creates_and_updates(self) -> list[PlannedEvent]:
        """What is created and updated, nested stacks included."""
        own = [name for name, each in self.new.resources.items() if each["Type"] in HANDLED_TYPES]
        event = [self.event_of(name) for name in own]
        return [*event, *(each for child in self.children() for each in child.creates_and_updates())]

    def cleans_up(self, status: str, removed_status: str) -> list[PlannedEvent]:
        """What the clean-up deletes: what is replaced or gone from the template, nested stacks included."""
        self.planned.status = status
        found = [each for event in [*self._events.values()] if (each := self._replaced(event))]
        gone = [
            (name, each)
            for name, each in (self.deployed.resources.items() if self.deployed else ())
            if each.type in OWNING_TYPES and name not in self.new.resources and each.physical_id
        ]
        for name, _ in gone:
            self.planned.held.pop(name, None)
        found += [self._deleted(name, each.type, each.physical_id) for name, each in gone]
        for child in self.children():
            is_gone = child.path[-1] not in self.new.resources
            found += child.cleans_up(removed_status if is_gone else status, removed_status)
        return found

    def event_of(self, logical_id: str) -> PlannedEvent:
        """What becomes of a resource in the new template."""
        if logical_id not in self._events:
            self._events[logical_id] = self._play(logical_id)
        return self._events[logical_id]

    def _play(self, logical_id: str) -> PlannedEvent:
        definition = self.new.resources[logical_id]
        new = as_text(self.new.value(definition.get("Properties", {})))
        there = self.deployed.resources.get(logical_id) if self.deployed else None
        if there is None or not there.physical_id or there.status in _FAILED:
            return self._event("Create", logical_id, definition["Type"], new, {}, "")
        old = as_text(self.old.value(self.old.resources.get(logical_id, {}).get("Properties", {})))
        kind = "" if new == old else "Update"
        return self._event(kind, logical_id, definition["Type"], new, old, there.physical_id)

    def _event(  # noqa: PLR0917  what makes an event
        self, kind: str, logical_id: str, type: str, new: Mapping[str, Any], old: Mapping[str, Any], held: str
    ) -> PlannedEvent:
        event = PlannedEvent(stack=self, logical_id=logical_id, type=type, kind=kind, new=new, old=old, held=held)
        if not kind:
            return event
        if unreadable := [*are_unread(_deciding(new)), *are_unread(_deciding(old))]:
            text = f"it depends on what cannot be read before the deployment: {', '.join(dict.fromkeys(unreadable))}"
            return _with(event, DryRunResult(unclear=text))
        members = {"OldResourceProperties": old, "PhysicalResourceId": held} if kind == "Update" else {}
        event = _with(event, self._dry_run(kind, logical_id, type, new, **members))
        self.planned.held[logical_id] = event.physical_id
        return event

    def _dry_run(
        self, kind: str, logical_id: str, type: str, properties: Mapping[str, Any], **members: Any
    ) -> DryRunResult:
        dry_run = self.plan.dry_run
        event = dry_run.event(
            kind,
            StackId=self.id,
            LogicalResourceId=logical_id,
            ResourceType=type,
            ResourceProperties=properties,
            **members,
        )
        return dry_run.play(event)

    def _replaced(self, event: PlannedEvent) -> PlannedEvent | None:
        answer = event.result.answer
        if (
            event.type not in OWNING_TYPES
            or event.kind != "Update"
            or answer is None
            or answer.physical_id == event.held
        ):
            return None
        return self._deleted(event.logical_id, event.type, event.held)

    def _deleted(self, logical_id: str, type: str, held: str) -> PlannedEvent:
        properties = as_text(self.old.value(self.old.resources.get(logical_id, {}).get("Properties", {})))
        result = self._dry_run("Delete", logical_id, type, properties, PhysicalResourceId=held)
        return PlannedEvent(
            stack=self, logical_id=logical_id, type=type, kind="Delete", old=properties, held=held, result=result,
            cleans_up=logical_id in self.new.resources,
        )  # fmt: skip

    def _child(self, logical_id: str) -> "StackPlan | None":
        there = self.deployed.resources.get(logical_id) if self.deployed else None
        new = self.new.resources.get(logical_id)
        definition = new or self.old.resources.get(logical_id, {})
        if assembly.is_wait_stack(definition):
            return None
        template = assembly.nested_template(new, self.directory) if new else None
        if new and template is None:
            return None
        deployed = self.plan.deployed.find(there.physical_id) if there and there.physical_id else None
        name = deployed.name if deployed else f"{self.name}-{logical_id}-PLANNED"
        place = self.plan.place
        return StackPlan(
            self.plan,
            name=name,
            path=(*self.path, logical_id),
            id=deployed.id if deployed else place.arn("cloudformation", f"stack/{name}/planned"),
            parent=self,
            template=template,
            directory=self.directory,
            parameters=definition.get("Properties", {}).get("Parameters", {}),
            deployed=deployed,
        )


def _deciding(properties: Mapping[str, Any]) -> Any:
    """What of the properties the decision hangs on; tags and roles are only handed on."""
    settings = properties.get(contract.SETTINGS, {})
    request = settings.get("Request", {})
    return [
        properties.get(contract.RUN_INPUTS),
        properties.get(contract.QUERY),
        {name: settings.get(name) for name in _DECIDING},
        {name: request.get(name) for name in _MODELS},
        properties.get(contract.REMOVAL_POLICY),
    ]


def _with(event: PlannedEvent, result: DryRunResult) -> PlannedEvent:
    return PlannedEvent(
        stack=event.stack, logical_id=event.logical_id, type=event.type, kind=event.kind, new=event.new,
        old=event.old, held=event.held, result=result,
    )  # fmt: skip
