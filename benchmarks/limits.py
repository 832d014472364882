"""Limits of CloudFormation and IAM, and how much of them a template uses.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

LIMITS: Final = {
    "resources": 500,
    "bytes": 1_000_000,
    "parameters": 200,
    "outputs": 200,
    "characters of a role's inline policies": 10_240,
}
DIRECT_BYTES: Final = 51_200
# Roughly what stands in a deployed policy where a template has a reference.
_ARN: Final = "arn:aws:service:us-east-1:111122223333:kind/Stack-LogicalId0123456789ABCDEF-0123456789AB"
_PSEUDO: Final = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111122223333"}


def used(path: Path) -> dict[str, int]:
    """What a template uses of each limit."""
    template = json.loads(path.read_text())
    return {
        "resources": len(template["Resources"]),
        "bytes": path.stat().st_size,
        "parameters": len(template.get("Parameters", {})),
        "outputs": len(template.get("Outputs", {})),
        "characters of a role's inline policies": max(_inline_policies(template).values(), default=0),
    }


def broken(path: Path) -> list[str]:
    """The limits that a template breaks."""
    return [name for name, value in used(path).items() if value > LIMITS[name]]


def _inline_policies(template: dict[str, Any]) -> Counter[str]:
    """Characters without white space, as IAM counts them, for each role."""
    characters: Counter[str] = Counter()
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy":
            for role in properties.get("Roles", []):
                characters[json.dumps(role)] += _size(properties["PolicyDocument"])
        for policy in properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
            characters[json.dumps({"Ref": logical_id})] += _size(policy["PolicyDocument"])
    return characters


def _size(document: Any) -> int:
    return len("".join(json.dumps(_resolved(document), separators=(",", ":")).split()))


def _resolved(value: Any) -> Any:
    if isinstance(value, list):
        return [_resolved(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(str(_resolved(part)) for part in parts)
    if "Ref" in value:
        return _PSEUDO.get(value["Ref"], _ARN)
    if any(name.startswith("Fn::") for name in value):
        return _ARN
    return {name: _resolved(each) for name, each in value.items()}
