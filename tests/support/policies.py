"""Policies of a template as IAM would get them: intrinsic functions are resolved to ARNs of the right form."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT, REGION, PARTITION, STACK = "111122223333", "us-east-1", "aws", "Models"
STACK_ID = f"arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/11111111-2222-3333-4444-555555555555"
# What only the deployment knows, as what a custom resource answers.
UNKNOWN = "?"

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": PARTITION,
    "AWS::Region": REGION,
    "AWS::StackId": STACK_ID,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_HERE = f"{REGION}:{ACCOUNT}"
# Of types whose ARNs stand in policies, by what the ARN is asked for with: GetAtt, or Ref.
_ARNS = {
    "AWS::IAM::Role": f"arn:{PARTITION}:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:{PARTITION}:kms:{_HERE}:key/{{}}",
    "AWS::Lambda::Alias": f"arn:{PARTITION}:lambda:{_HERE}:function:{{}}:live",
    "AWS::Lambda::Function": f"arn:{PARTITION}:lambda:{_HERE}:function:{{}}",
    "AWS::Lambda::Version": f"arn:{PARTITION}:lambda:{_HERE}:function:{{}}:1",
    "AWS::Logs::LogGroup": f"arn:{PARTITION}:logs:{_HERE}:log-group:{{}}:*",
    "AWS::S3::Bucket": f"arn:{PARTITION}:s3:::{{}}",
    "AWS::SNS::Topic": f"arn:{PARTITION}:sns:{_HERE}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:{PARTITION}:states:{_HERE}:stateMachine:{{}}",
}
_REFS_ARE_ARNS = (
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::SNS::Topic",
    "AWS::StepFunctions::StateMachine",
)
_NAMES = ("Ref", "Name")
_IDENTITY = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")


@dataclass(frozen=True)
class Template:
    """One template, and what its policies say."""

    content: Mapping[str, Any]

    def resolved(self, value: Any) -> Any:
        """The value without intrinsic functions. What cannot be known is `UNKNOWN`."""
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, given),) = value.items()
            if name == "Ref":
                return self._reference(str(given), "Ref")
            if name == "Fn::GetAtt":
                return self._reference(*(given if isinstance(given, list) else str(given).split(".", 1)))
            if name.startswith("Fn::"):
                return self._function(name, given)
        return {key: self.resolved(each) for key, each in value.items()}

    def _function(self, name: str, given: Any) -> Any:
        if name == "Fn::Join":
            return str(given[0]).join(map(str, self.resolved(given[1])))
        if name == "Fn::Sub" and isinstance(given, str):
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(_PSEUDO.get(found[1], UNKNOWN)), given)
        if name == "Fn::Split":
            return str(self.resolved(given[1])).split(str(given[0]))
        if name == "Fn::Select":
            parts = self.resolved(given[1])
            is_there = isinstance(parts, list) and int(given[0]) < len(parts)
            return parts[int(given[0])] if is_there else UNKNOWN
        return UNKNOWN

    def _reference(self, name: str, attribute: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        type_ = self.content["Resources"].get(name, {}).get("Type", "")
        if attribute == "Arn" or (attribute == "Ref" and type_ in _REFS_ARE_ARNS):
            return _ARNS[type_].format(name) if type_ in _ARNS else UNKNOWN
        return name if attribute in _NAMES and type_ else UNKNOWN

    def documents(self) -> Iterator[tuple[str, bool, Mapping[str, Any]]]:
        """Every policy document: the resource's logical id, whether it is an identity policy, the resolved document."""
        for name, resource in self.content.get("Resources", {}).items():
            for path, document in _documents(self.resolved(resource.get("Properties", {}))):
                yield name, resource["Type"] in _IDENTITY and "Assume" not in path, document

    def role(self, part: str) -> str:
        """The logical id of the one role with this text in it."""
        resources = self.content["Resources"].items()
        (found,) = (name for name, each in resources if each["Type"] == "AWS::IAM::Role" and part in name)
        return str(found)

    def of_role(self, part: str) -> list[Mapping[str, Any]]:
        """The identity policies of that role."""
        role = self.role(part)
        return [
            self.resolved(each["Properties"]["PolicyDocument"])
            for each in self.content["Resources"].values()
            if each["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
            and role in self.resolved(each["Properties"].get("Roles", []))
        ]


def _documents(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("Statement"), list):
            yield path, value
            return
        for key, each in value.items():
            yield from _documents(each, f"{path}.{key}")
    elif isinstance(value, list):
        for each in value:
            yield from _documents(each, path)
