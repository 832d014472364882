"""What the references of a stack's template stand for: as it is deployed, and as the deployment leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from bedrock_models.cloudformation import physical
from bedrock_models.cloudformation.intrinsics import Intrinsics, References
from bedrock_models.cloudformation.unknown import made, unread
from bedrock_models.contract import NESTED_STACK_TYPE
from bedrock_models.plan import assembly
from bedrock_models.plan.assembly import HANDLED_TYPES
from provider.cloudformation import contract
from provider.custom_model import model as custom_model
from provider.job.imported_model import ImportedModels
from provider.job.model_customization_job import ModelCustomizationJobs
from provider.lookup.handler import answered
from provider.serving.custom_model_deployment import CustomModelDeployments
from provider.serving.provisioned_model_throughput import ProvisionedModelThroughputs

if TYPE_CHECKING:
    from bedrock_models.plan.stack_plan import PlannedEvent, StackPlan

_FINDS: Final[Mapping[str, Any]] = {
    contract.CUSTOM_MODEL_TYPE: custom_model.find,
    contract.MODEL_CUSTOMIZATION_JOB_TYPE: ModelCustomizationJobs().find,
    contract.IMPORTED_MODEL_TYPE: ImportedModels().find,
    contract.CUSTOM_MODEL_DEPLOYMENT_TYPE: CustomModelDeployments().find,
    contract.MODEL_LOOKUP_TYPE: answered,
    contract.PROVISIONED_MODEL_THROUGHPUT_TYPE: ProvisionedModelThroughputs().find,
}


class StackTemplate:
    """What both have in common."""

    def __init__(self, stack: StackPlan, template: Mapping[str, Any]) -> None:
        self.stack = stack
        self.template = template
        self._intrinsics = Intrinsics(cast("References", self))
        self.value = self._intrinsics.value

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Those that are there, by logical id."""
        found = self.template.get("Resources", {})
        return {name: each for name, each in found.items() if self._intrinsics.is_there(each) is not False}

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        """A resource's properties, as they are written."""
        given: Mapping[str, Any] = self.resources.get(logical_id, {}).get("Properties", {})
        return given

    def pseudo(self, name: str) -> Any:
        """A pseudo parameter, None for anything else."""
        place = self.stack.plan.place
        known = {
            "AWS::AccountId": place.account,
            "AWS::Region": place.region,
            "AWS::Partition": place.partition,
            "AWS::URLSuffix": place.url_suffix,
            "AWS::StackName": self.stack.name,
            "AWS::StackId": self.stack.id,
            "AWS::NotificationARNs": [],
        }
        return known.get(name)

    def _waited_for(self, logical_id: str) -> str:
        """The resource that a wait waits for, and whose attributes it tells."""
        return str(self.properties(logical_id).get("Name", {}).get("Ref", ""))

    def _is_check(self, logical_id: str) -> bool:
        return bool(self.resources.get(logical_id, {}).get("Type") == contract.MODEL_CHECK_TYPE)

    def _checked(self, logical_id: str, name: str) -> Any:
        """An attribute of a model check: it hands the model on, if it passes, and its verdict is not known before."""
        if name != contract.MODEL_ARN:
            return unread(f"{logical_id}.{name}")
        return self.value(self.properties(logical_id).get(contract.RUN_INPUTS, {}).get("modelArn", ""))

    def _follows(self, logical_id: str, type: str, name: str, physical_id: str) -> Any:
        return physical.attribute(
            self.stack.plan.place, type, name, physical_id, self.value(self.properties(logical_id))
        )


class DeployedTemplate(StackTemplate):
    """The stack as it is deployed."""

    def ref(self, name: str) -> Any:
        pseudo = self.pseudo(name)
        if pseudo is not None:
            return pseudo
        assert self.stack.deployed is not None  # noqa: S101  only then this is asked
        if name in self.stack.deployed.parameters:
            return self.stack.deployed.parameters[name]
        found = self.stack.deployed.resources.get(name)
        return found.physical_id if found else unread(name)

    def attribute(self, logical_id: str, name: str) -> Any:
        kind = self.resources.get(logical_id, {}).get("Type", "")
        if kind == contract.WAIT_TYPE:
            waited_for = self._waited_for(logical_id)
            return self._checked(waited_for, name) if self._is_check(waited_for) else self._own(waited_for, name)
        if kind in HANDLED_TYPES:
            return self._own(logical_id, name)
        if is_nested(self.resources.get(logical_id, {})) and name.startswith("Outputs."):
            outputs = self.stack.plan.deployed.outputs(str(self.ref(logical_id))) or {}
            return outputs.get(name.removeprefix("Outputs."), unread(f"{logical_id}.{name}"))
        found = self._follows(logical_id, kind, name, str(self.ref(logical_id)))
        return unread(f"{logical_id}.{name}") if found is None else found

    def imported(self, export: str) -> Any:
        found = self.stack.plan.deployed.export(export)
        return unread(f"the export {export}") if found is None else found

    def output(self, stack: str, region: str, name: str) -> Any:
        outputs = self.stack.plan.deployed.outputs(stack) if region == self.stack.plan.place.region else None
        return (outputs or {}).get(name, unread(f"the output {name} of {stack}"))

    def _own(self, logical_id: str, name: str) -> Any:
        kind = self.resources.get(logical_id, {}).get("Type", "")
        found = _FINDS[kind](self.stack.bedrock, str(self.ref(logical_id))) if kind in _FINDS else None
        return found.attributes.get(name, "") if found else unread(f"{logical_id}.{name}")


class PlannedTemplate(StackTemplate):
    """The stack as the deployment leaves it."""

    def __init__(self, stack: StackPlan, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        super().__init__(stack, template)
        self._given = parameters
        self._parameters: dict[str, Any] = {}

    def ref(self, name: str) -> Any:
        pseudo = self.pseudo(name)
        if pseudo is not None:
            return pseudo
        if name in self.template.get("Parameters", {}):
            return self._parameter(name)
        definition = self.resources.get(name)
        if definition is None:
            return unread(name)
        if definition["Type"] in HANDLED_TYPES:
            return self._ref_of_own(name)
        if is_nested(definition):
            child = self.stack.child(name)
            return child.id if child else self._held(name) or made(name)
        given = physical.given_name(definition["Type"], definition.get("Properties", {}))
        return self.value(given) if given is not None else self._held(name) or made(name)

    def attribute(self, logical_id: str, name: str) -> Any:
        definition = self.resources.get(logical_id, {})
        kind = definition.get("Type", "")
        if kind == contract.WAIT_TYPE:
            waited_for = self._waited_for(logical_id)
            return self._checked(waited_for, name) if self._is_check(waited_for) else self._own(waited_for, name)
        if kind in HANDLED_TYPES:
            return self._own(logical_id, name)
        if is_nested(definition) and name.startswith("Outputs."):
            child = self.stack.child(logical_id)
            output = name.removeprefix("Outputs.")
            return child.new.own_output(output) if child else unread(f"{logical_id}.{name}")
        found = self._follows(logical_id, kind, name, str(self.ref(logical_id)))
        return self._unfollowed(logical_id, name) if found is None else found

    def imported(self, export: str) -> Any:
        return self.stack.plan.exported(export)

    def output(self, stack: str, region: str, name: str) -> Any:
        return self.stack.plan.output_of(stack, region, name)

    def own_output(self, name: str) -> Any:
        """The value of an output of this stack."""
        found = self.template.get("Outputs", {}).get(name)
        return self.value(found["Value"]) if found else unread(f"the output {name} of {self.stack.name}")

    def exports(self) -> dict[str, str]:
        """The outputs by the names of their exports."""
        outputs = self.template.get("Outputs", {}).items()
        return {str(self.value(each["Export"]["Name"])): name for name, each in outputs if "Export" in each}

    def _parameter(self, name: str) -> Any:
        if name not in self._parameters:
            definition = self.template["Parameters"][name]
            deployed = self.stack.deployed.parameters if self.stack.deployed else {}
            if name in self._given:
                # Of a nested stack they are written in its parent's template.
                given = self._given[name]
                self._parameters[name] = self.stack.parent.new.value(given) if self.stack.parent else given
            elif name in deployed:
                self._parameters[name] = deployed[name]
            elif str(definition.get("Type", "")).startswith("AWS::SSM::") or "Default" not in definition:
                self._parameters[name] = unread(f"the parameter {name}")
            else:
                self._parameters[name] = str(definition["Default"])
            if str(definition.get("Type", "")) in ("CommaDelimitedList", "List<Number>") and isinstance(
                self._parameters[name], str
            ):
                self._parameters[name] = [part.strip() for part in self._parameters[name].split(",")]
        return self._parameters[name]

    def _held(self, logical_id: str) -> str:
        there = self.stack.deployed.resources.get(logical_id) if self.stack.deployed else None
        same = there is not None and there.type == self.resources[logical_id]["Type"]
        return there.physical_id if there and same else ""

    def _unfollowed(self, logical_id: str, name: str) -> str:
        """An attribute that only CloudFormation knows: of something new, of what stays, or of what is changed."""
        if not self._held(logical_id):
            kind = self.resources.get(logical_id, {}).get("Type", "")
            is_own = not kind.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))
            return made(f"{logical_id}.{name}") if is_own else unread(f"{logical_id}.{name}")
        stays = self.resources[logical_id] == self.stack.old.template.get("Resources", {}).get(logical_id)
        return unread(f"{logical_id}.{name}") if stays else unread(f"{logical_id}.{name} after its change")

    def _ref_of_own(self, logical_id: str) -> str:
        event = self.stack.event_of(logical_id)
        return event.physical_id or unread(logical_id)

    def _own(self, logical_id: str, name: str) -> Any:
        if logical_id not in self.resources:
            return unread(f"{logical_id}.{name}")
        event = self.stack.event_of(logical_id)
        if not event.kind:
            found = _FINDS[event.type](self.stack.bedrock, event.held)
            return (found.attributes.get(name) if found else "") or self._coming(event, name)
        if event.result.answer is None:
            return unread(f"{logical_id}.{name}")
        value = event.result.answer.data.get(name)
        return value or self._coming(event, name)

    def _coming(self, event: PlannedEvent, name: str) -> str:
        """An attribute that is known when the run has ended."""
        # What is looked up exists already: an attribute that it has not got now stays empty.
        if event.type == contract.MODEL_LOOKUP_TYPE:
            return ""
        what = made(f"{event.logical_id}.{name}")
        if name != "ModelArn" or event.type != contract.MODEL_CUSTOMIZATION_JOB_TYPE:
            return what
        arn = self.stack.plan.place.arn("bedrock", f"custom-model/{what}")
        base = str(event.new.get(contract.RUN_INPUTS, {}).get("baseModelIdentifier", ""))
        made_of = {"modelArn": arn, "modelName": what, "modelStatus": "Active", "baseModelArn": self._base_of(base)}
        self.stack.bedrock.make(arn, made_of)
        return arn

    def _base_of(self, identifier: str) -> str:
        if ":custom-model/" in identifier:
            return str(self.stack.bedrock.get_custom_model(modelIdentifier=identifier).get("baseModelArn", ""))
        place = self.stack.plan.place
        is_arn = identifier.startswith("arn:")
        return identifier if is_arn else f"arn:{place.partition}:bedrock:{place.region}::foundation-model/{identifier}"


def is_nested(definition: Mapping[str, Any]) -> bool:
    """Whether it is a nested stack that may hold something of this library."""
    return definition.get("Type") == NESTED_STACK_TYPE and not assembly.is_wait_stack(definition)
