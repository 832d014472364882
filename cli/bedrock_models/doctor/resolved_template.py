"""A template whose intrinsic functions are resolved, as far as what they refer to is known before the deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bedrock_models.cloudformation import physical
from bedrock_models.cloudformation.intrinsics import Intrinsics
from bedrock_models.cloudformation.physical import Place
from bedrock_models.cloudformation.unknown import made, unread


@dataclass(frozen=True, kw_only=True)
class ResolvedTemplate:
    """`names` are the physical ids of what is deployed already, by logical id."""

    template: Mapping[str, Any]
    place: Place
    names: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    directory: Path | None = None
    stack_name: str = ""

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical id, without those whose condition does not hold."""
        found = self.template.get("Resources", {})
        return {name: each for name, each in found.items() if self._intrinsics.is_there(each) is not False}

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties, resolved."""
        resolved: dict[str, Any] = self.value(self.resources[logical_id].get("Properties", {}))
        return resolved

    def value(self, given: Any) -> Any:
        """The same with every intrinsic function resolved."""
        return self._intrinsics.value(given)

    def named(self, type: str) -> dict[str, str]:
        """The logical ids of the resources of a type, by their physical ids."""
        return {str(self.ref(each)): each for each, resource in self.resources.items() if resource["Type"] == type}

    def ref(self, name: str) -> Any:
        """What `Ref` stands for: a pseudo parameter, a parameter, or a physical id."""
        pseudo = {
            "AWS::AccountId": self.place.account,
            "AWS::Region": self.place.region,
            "AWS::Partition": self.place.partition,
            "AWS::URLSuffix": self.place.url_suffix,
            "AWS::StackName": self.stack_name or unread("AWS::StackName"),
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        if name in self.template.get("Parameters", {}):
            return self._default(name, self.template["Parameters"][name])
        if self.names.get(name):
            return self.names[name]
        definition = self.template.get("Resources", {}).get(name)
        if definition is None:
            return unread(name)
        given = physical.given_name(definition["Type"], definition.get("Properties", {}))
        return made(name) if given is None else self.value(given)

    def attribute(self, logical_id: str, name: str) -> Any:
        """What `Fn::GetAtt` stands for."""
        definition = self.template.get("Resources", {}).get(logical_id, {})
        properties = self.value(definition.get("Properties", {}))
        kind, physical_id = definition.get("Type", ""), str(self.ref(logical_id))
        found = physical.attribute(self.place, kind, name, physical_id, properties)
        if found is not None:
            return found
        return unread(f"{logical_id}.{name}") if self.names.get(logical_id) else made(f"{logical_id}.{name}")

    def imported(self, export: str) -> Any:
        """What `Fn::ImportValue` stands for: other stacks are not read for an examination."""
        return unread(f"the export {export}")

    def output(self, stack: str, region: str, name: str) -> Any:  # noqa: ARG002  the signature of References
        """What `Fn::GetStackOutput` stands for."""
        return unread(f"the output {name} of {stack}")

    @cached_property
    def _intrinsics(self) -> Intrinsics:
        return Intrinsics(self)

    @staticmethod
    def _default(name: str, definition: Mapping[str, Any]) -> Any:
        # The default of an SSM parameter is the name of it, not its value.
        if str(definition.get("Type", "")).startswith("AWS::SSM::") or "Default" not in definition:
            return unread(f"the parameter {name}")
        return str(definition["Default"])
