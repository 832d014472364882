"""CloudFormation's intrinsic functions, worked out with what references stand for."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from bedrock_models.cloudformation.unknown import is_known, unread

_NO_VALUE: Final = {"Ref": "AWS::NoValue"}
_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]*)\}")


class References(Protocol):
    """What the parts of a template stand for on one side: as it is deployed, or as it will be."""

    @property
    def template(self) -> Mapping[str, Any]: ...
    def ref(self, name: str) -> Any: ...
    def attribute(self, logical_id: str, name: str) -> Any: ...
    def imported(self, export: str) -> Any: ...
    def output(self, stack: str, region: str, name: str) -> Any: ...


class Intrinsics:
    """Works values of one template out. What it does not know stands in the result as `unread`."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": references.ref,
            "Condition": self.condition,
            "Fn::GetAtt": self._get_attribute,
            "Fn::Join": self._join,
            "Fn::Sub": self._substitute,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": lambda given: references.imported(str(self.value(given))),
            "Fn::GetStackOutput": self._get_stack_output,
            "Fn::Base64": lambda given: base64.b64encode(str(self.value(given)).encode()).decode(),
        }

    def value(self, given: Any) -> Any:
        """The same with every function replaced."""
        if isinstance(given, list):
            return [self.value(part) for part in given if not self._is_nothing(part)]
        if not isinstance(given, Mapping):
            return given
        if len(given) == 1:
            [(name, argument)] = given.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        return {name: self.value(part) for name, part in given.items() if not self._is_nothing(part)}

    def condition(self, name: str) -> bool | None:
        """Whether a condition of the template holds; None if that is not known."""
        return self._holds(self._references.template.get("Conditions", {}).get(name, {}))

    def is_there(self, definition: Mapping[str, Any]) -> bool | None:
        """Whether a resource's own condition holds."""
        return self.condition(definition["Condition"]) if definition.get("Condition") else True

    def _call(self, name: str, argument: Any) -> Any:
        function = self._functions.get(name)
        return function(argument) if function else unread(name.removeprefix("Fn::"))

    def _is_nothing(self, given: Any) -> bool:
        """Whether it is the value that leaves a property out, also as the branch of a condition."""
        if given == _NO_VALUE:
            return True
        if not isinstance(given, Mapping) or [*given] != ["Fn::If"]:
            return False
        branch = self._branch(given["Fn::If"])
        return branch is not None and self._is_nothing(branch)

    def _branch(self, argument: Any) -> Any:
        holds = self.condition(str(argument[0]))
        return None if holds is None else argument[1] if holds else argument[2]

    def _if(self, argument: Any) -> Any:
        branch = self._branch(argument)
        return unread(f"the condition {argument[0]}") if branch is None else self.value(branch)

    def _holds(self, given: Any) -> bool | None:
        argument: Any
        name, argument = next(iter(given.items())) if len(given) == 1 else ("", [])
        if name == "Condition":
            return self.condition(str(argument))
        if name == "Fn::Equals":
            first, second = self.value(argument)
            return str(first) == str(second) if is_known([first, second]) else None
        if name == "Fn::Not":
            inner = self._holds(argument[0])
            return None if inner is None else not inner
        if name not in ("Fn::And", "Fn::Or"):
            return None
        inner_ones = [self._holds(each) for each in argument]
        decisive: bool = name == "Fn::Or"
        if decisive in inner_ones:
            return decisive
        return None if None in inner_ones else not decisive

    def _get_attribute(self, argument: Any) -> Any:
        logical_id, name = argument if isinstance(argument, list) else str(argument).split(".", 1)
        return self._references.attribute(str(logical_id), str(self.value(name)))

    def _join(self, argument: Any) -> Any:
        parts = self.value(argument[1])
        return str(argument[0]).join(map(str, parts)) if isinstance(parts, list) else parts

    def _select(self, argument: Any) -> Any:
        index, listed = self.value(argument[0]), self.value(argument[1])
        if isinstance(listed, list) and str(index).isdigit() and int(index) < len(listed):
            return listed[int(index)]
        return unread("Select")

    def _split(self, argument: Any) -> Any:
        text = self.value(argument[1])
        return text.split(str(argument[0])) if isinstance(text, str) and is_known(text) else unread("Split")

    def _find_in_map(self, argument: Any) -> Any:
        found: Any = self._references.template.get("Mappings", {})
        for key in self.value(argument[:3]):
            if not isinstance(found, Mapping) or key not in found:
                return unread("FindInMap")
            found = found[key]
        return self.value(found)

    def _get_stack_output(self, argument: Mapping[str, Any]) -> Any:
        given = self.value(argument)
        return self._references.output(given["StackName"], given.get("Region", ""), given["OutputName"])

    def _substitute(self, argument: Any) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})

        def replacement(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name in own:
                return str(self.value(own[name]))
            if "." in name:
                return str(self._references.attribute(*name.split(".", 1)))
            return str(self._references.ref(name))

        return _VARIABLE.sub(replacement, str(text)).replace("${!", "${")
