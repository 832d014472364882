"""A template with its intrinsic functions worked out as far as it is known what they stand for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_NAMES: Final = {"AWS::S3::Bucket": "BucketName", "AWS::IAM::Role": "RoleName"}
_ARNS: Final = {
    "AWS::S3::Bucket": "arn:{partition}:s3:::{name}",
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:{partition}:kms:{region}:{account}:key/{name}",
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
}


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What is not known stands as `<LogicalId>`: the same unknown is the same text wherever it is used."""

    template: Mapping[str, Any]
    account: str
    region: str
    names: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    stack_name: str = ""

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources by logical id."""
        found: Mapping[str, Mapping[str, Any]] = self.template.get("Resources", {})
        return found

    @property
    def partition(self) -> str:
        """China and GovCloud have their own."""
        prefix = self.region.partition("-")[0]
        return "aws-cn" if prefix == "cn" else "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties, worked out."""
        worked_out: dict[str, Any] = self.value(self.resources[logical_id].get("Properties", {}))
        return worked_out

    def value(self, given: Any) -> Any:
        """The same with every intrinsic function replaced."""
        if isinstance(given, list):
            return [self.value(part) for part in given if part != {"Ref": "AWS::NoValue"}]
        if not isinstance(given, dict):
            return given
        if len(given) == 1:
            [(name, argument)] = given.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        return {key: self.value(part) for key, part in given.items() if part != {"Ref": "AWS::NoValue"}}

    def named(self, type: str) -> dict[str, str]:
        """The logical ids of the resources of a type, by their names."""
        return {self._ref(each): each for each, resource in self.resources.items() if resource["Type"] == type}

    def _call(self, name: str, argument: Any) -> Any:
        functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_attribute,
            "Fn::Join": self._join,
            "Fn::Sub": self._substitute,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
        }
        function = functions.get(name)
        return function(argument) if function else f"<{name.removeprefix('Fn::')}>"

    def _get_attribute(self, argument: Any) -> str:
        return self._attribute(*(argument if isinstance(argument, list) else argument.split(".", 1)))

    def _join(self, argument: Any) -> str:
        return str(argument[0]).join(str(part) for part in self.value(argument[1]))

    def _select(self, argument: Any) -> Any:
        index, listed = int(self.value(argument[0])), self.value(argument[1])
        return listed[index] if isinstance(listed, list) and index < len(listed) else "<Select>"

    def _split(self, argument: Any) -> Any:
        text = self.value(argument[1])
        return text.split(argument[0]) if isinstance(text, str) else "<Split>"

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
            "AWS::StackName": self.stack_name or "<AWS::StackName>",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        if name in self.template.get("Parameters", {}):
            return str(self.template["Parameters"][name].get("Default", f"<{name}>"))
        return self.names.get(name) or self._given_name(name)

    def _given_name(self, logical_id: str) -> str:
        resource = self.resources.get(logical_id, {})
        given = resource.get("Properties", {}).get(_NAMES.get(resource.get("Type", ""), ""))
        return str(self.value(given)) if given else f"<{logical_id}>"

    def _attribute(self, logical_id: str, attribute: Any) -> str:
        arn = _ARNS.get(self.resources.get(logical_id, {}).get("Type", ""))
        if attribute == "Arn" and arn:
            return arn.format(
                partition=self.partition, region=self.region, account=self.account, name=self._ref(logical_id)
            )
        return f"<{logical_id}.{attribute}>"

    def _substitute(self, argument: Any) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})

        def replacement(found: re.Match[str]) -> str:
            name = found[1]
            if name in own:
                return str(self.value(own[name]))
            return self._attribute(*name.split(".", 1)) if "." in name else str(self._ref(name))

        return re.sub(r"\$\{([^!}][^}]*)\}", replacement, text).replace("${!", "${")


def is_known(value: object) -> bool:
    """Whether it stands for itself."""
    return "<" not in str(value)


def logical_id(value: str) -> str:
    """What of this template an unknown value is made of."""
    found = re.search(r"<([^.>]+)", value)
    return found[1] if found else ""
